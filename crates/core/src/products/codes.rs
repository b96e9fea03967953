//! Product codes in pictures: read in the media child, told apart here. Nobody is contacted.

use stoa_catalog::gs1::{gtin_forms, gtin_of};
use stoa_media::{CodeFormat, Found};

use crate::api::{CardCodes, PictureCode};
use crate::error::Result;
use crate::stoa::Stoa;

use super::target;

/// # Errors
/// `bad_request`, `file_unreadable`, `too_large`, `picture_unreadable`.
pub async fn codes(stoa: &Stoa, CardCodes { path, thorough }: CardCodes) -> Result<Vec<PictureCode>> {
    let bytes = crate::files::read(&path).await?;
    let mut codes = Vec::new();
    for found in stoa.media.codes(bytes, thorough).await? {
        let show = shown(stoa, &found).await?;
        codes.push(PictureCode { format: found.format.name().to_owned(), text: found.text, show });
    }
    Ok(codes)
}

/// What `card.show` takes: a recognised link in the text, or the code, as it is kept here when it is.
async fn shown(stoa: &Stoa, found: &Found) -> Result<Option<String>> {
    let text = found.text.trim();
    if let Some(found) = stoa.rules().first(text) {
        return Ok(Some(found.link));
    }
    let Some(forms) = forms(found.format, text) else { return Ok(None) };
    let first = forms.first().cloned();
    Ok(target::kept_code(stoa, forms).await?.or(first))
}

/// Eight digits of a UPC-E are a longer number; the GTIN in a Digital Link is a code even where no catalog answers for the link's host.
fn forms(format: CodeFormat, text: &str) -> Option<Vec<String>> {
    let of_gtin = |upc_e| gtin_of(text, upc_e).map(|gtin| gtin_forms(&gtin));
    if format == CodeFormat::UpcE { of_gtin(true) } else { target::forms(text).or_else(|| of_gtin(false)) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_links_are_told_apart() {
        let forms = |format, text: &str| forms(format, text).unwrap_or_default();
        assert_eq!(forms(CodeFormat::Ean8, "96385074")[0], "96385074");
        assert_eq!(forms(CodeFormat::UpcE, "04252614"), ["0042100005264", "00042100005264", "042100005264"]);
        assert_eq!(forms(CodeFormat::DataBarExpanded, "(01)09506000134352(10)LOT")[0], "9506000134352");
        assert_eq!(forms(CodeFormat::QrCode, "https://brand.example/01/09506000134352/10/A")[0], "9506000134352");
        assert_eq!(forms(CodeFormat::Code128, "SKU-1"), ["SKU-1"]);
        assert!(forms(CodeFormat::QrCode, "https://brand.example/about").is_empty());
        assert!(forms(CodeFormat::QrCode, "WIFI:T:WPA;S:shop;;").is_empty());
    }
}
