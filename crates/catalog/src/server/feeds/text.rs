//! Bytes to text: UTF-8 and UTF-16 by their marks, what an XML declaration names, else what old spreadsheets write.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::Error;

/// The whole feed as text, without a byte order mark.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Error> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, _, broken) = encoding.decode(&bytes[mark..]);
        return if broken { Err(unreadable(encoding)) } else { Ok(text) };
    }
    if bytes.contains(&0) {
        return Err(Error::Invalid("the file is no text; a workbook is saved as CSV first".to_owned()));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(Cow::Borrowed(text));
    }
    let encoding = declared(bytes).unwrap_or_else(|| if is_chinese(bytes) { GB18030 } else { WINDOWS_1252 });
    let (text, broken) = encoding.decode_without_bom_handling(bytes);
    if broken { Err(unreadable(encoding)) } else { Ok(text) }
}

fn unreadable(encoding: &'static Encoding) -> Error {
    Error::Invalid(format!("the file is not all {}: save it as UTF-8", encoding.name()))
}

/// `<?xml version="1.0" encoding="…"?>`
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.strip_prefix(b"<?xml")?;
    let head = &head[..head.iter().take(256).position(|b| *b == b'>')?];
    let head = std::str::from_utf8(head).ok()?;
    let after = head.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let label = after[1..].split(quote).next()?;
    let encoding = Encoding::for_label(label.as_bytes())?;
    (encoding != UTF_8 && encoding != UTF_16LE && encoding != UTF_16BE).then_some(encoding)
}

/// In GB 18030 the common Han characters are pairs of high bytes, the first from B0 to F7; in Windows-1252 high bytes stand alone.
fn is_chinese(bytes: &[u8]) -> bool {
    let (mut high, mut paired, mut at) = (0usize, 0usize, 0);
    while at < bytes.len() {
        if bytes[at] < 0x80 {
            at += 1;
        } else if (0xA1..=0xF7).contains(&bytes[at]) && bytes.get(at + 1).is_some_and(|next| *next >= 0xA1) {
            high += 2;
            paired += if bytes[at] >= 0xB0 || matches!(bytes[at], 0xA1 | 0xA3) { 2 } else { 0 };
            at += 2;
        } else {
            high += 1;
            at += 1;
        }
    }
    paired * 10 >= high * 8 && !GB18030.decode_without_bom_handling(bytes).1
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_encoding_is_read() {
        let text = "id,title\n1,Käse für 5 €\n";
        let utf16 = |be: bool| -> Vec<u8> {
            let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
            units.flat_map(|unit| if be { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        };
        assert_eq!(decode(text.as_bytes()).unwrap(), text);
        assert_eq!(decode(&[b"\xEF\xBB\xBF", text.as_bytes()].concat()).unwrap(), text);
        assert_eq!(decode(&utf16(true)).unwrap(), text);
        assert_eq!(decode(&utf16(false)).unwrap(), text);
        assert_eq!(decode(&WINDOWS_1252.encode(text).0).unwrap(), text);
        let chinese = "编号,名称,价格\n1,景德镇青花瓷碗,128.00\n2,龙井茶 250克,¥88\n";
        assert_eq!(decode(&GB18030.encode(chinese).0).unwrap(), chinese);
    }

    #[test]
    fn an_xml_declaration_names_the_encoding_and_binary_is_refused() {
        let latin2 = b"<?xml version='1.0' encoding='ISO-8859-2'?><a>\xB1</a>";
        assert!(decode(latin2).unwrap().contains('ą'));
        assert!(decode(b"PK\x03\x04\0\0").is_err());
        assert!(decode(b"\xFF\xFEa").is_err(), "half a unit of UTF-16");
    }
}
