//! What a text names: the product of a recognised link, or of a bare code that a trusted catalog knows.

use stoa_catalog::gs1::{gtin_forms, gtin_of, gtin14};

use crate::db;
use crate::error::{Code, Error, Result, bad};
use crate::ids::Person;
use crate::stoa::Stoa;
use crate::time::Time;

use super::catalogs::trusted;
use super::known::{self, Target};

/// # Errors
/// `no_card`; `catalog_unreachable` when the catalogs that could know the code do not answer.
pub async fn of(stoa: &Stoa, text: &str, from: Option<Person>) -> Result<Target> {
    let text = text.trim();
    if let Some(found) = stoa.rules().first(text) {
        return Ok(Target { catalog: found.catalog, code: found.code, link: Some(found.link), from });
    }
    if stoa.db.read(db::catalogs).await?.is_empty() {
        return bad(Code::NoCard, "no catalog is trusted yet; trust one to see cards");
    }
    match forms(text) {
        Some(forms) => of_code(stoa, &forms).await,
        None => bad(Code::NoCard, "no rule of a trusted catalog recognises this link"),
    }
}

/// What a bare code is looked for by: a GTIN in all its forms, anything else as it is. None for what is no code.
pub fn forms(text: &str) -> Option<Vec<String>> {
    let link = text.contains("://");
    if !link && let Some(gtin) = gtin_of(text, false) {
        let mut forms = gtin_forms(&gtin);
        // as it was typed or scanned first
        forms.sort_by_key(|form| form != text);
        return Some(forms);
    }
    let letter = |letter: char| !letter.is_control() && !letter.is_whitespace() && !matches!(letter, '/' | ':');
    let bare = !text.is_empty() && text.chars().count() <= stoa_catalog::CODE_CAP && text.chars().all(letter);
    bare.then(|| vec![text.to_owned()])
}

/// Every trusted catalog in turn: what is kept first, then what they answer.
async fn of_code(stoa: &Stoa, forms: &[String]) -> Result<Target> {
    let kept = forms.to_vec();
    let (catalogs, kept) = stoa.db.read(move |conn| Ok((db::catalogs(conn)?, of_kept(conn, &kept)?))).await?;
    if let Some((_, target)) = kept {
        return Ok(target);
    }
    let mut unreachable = None;
    for catalog in catalogs {
        match looked_up(stoa, &catalog.url, forms).await {
            Ok(Some(target)) => return Ok(target),
            Ok(None) => {}
            Err(error) => unreachable = unreachable.or(Some(error)),
        }
    }
    let unknown = || Error::new(Code::NoCard, "no trusted catalog knows this code");
    Err(unreachable.unwrap_or_else(unknown))
}

/// The form it is kept under, and the product. What a barcode counts is the GTIN: a shop's own code may look like one.
fn of_kept(conn: &rusqlite::Connection, forms: &[String]) -> Result<Option<(String, Target)>> {
    let gtin = forms.first().and_then(|form| gtin14(form));
    for catalog in db::catalogs(conn)? {
        let by_gtin = gtin.as_deref().map_or(Ok(None), |gtin| db::product_of_gtin(conn, &catalog.url, gtin))?;
        if let Some(row) = by_gtin.filter(|row| !row.withdrawn) {
            let form = forms.iter().find(|form| **form == row.code).or(forms.first());
            return Ok(form.map(|form| (form.clone(), bare(&catalog.url, &row.code))));
        }
        for code in forms {
            if let Some(row) = db::product(conn, &catalog.url, code)? {
                return Ok(Some((code.clone(), bare(&catalog.url, &row.code))));
            }
        }
    }
    Ok(None)
}

/// The code as it is kept under, for a scanner's answer that contacts nobody.
pub async fn kept_code(stoa: &Stoa, forms: Vec<String>) -> Result<Option<String>> {
    Ok(stoa.db.read(move |conn| of_kept(conn, &forms)).await?.map(|(form, _)| form))
}

fn bare(catalog: &str, code: &str) -> Target {
    Target { catalog: catalog.to_owned(), code: code.to_owned(), link: None, from: None }
}

async fn looked_up(stoa: &Stoa, catalog: &str, forms: &[String]) -> Result<Option<Target>> {
    let held = trusted(stoa, catalog).await?;
    let (found, _) = held.client.lookup(forms).await?;
    // what a barcode counts is the GTIN: a shop's own code may look like one
    let gtin = forms.first().and_then(|form| gtin14(form));
    let mut offered: Vec<_> = found.into_iter().filter(|(product, _)| !product.withdrawn).collect();
    offered.sort_by_key(|(product, _)| gtin.is_none() || product.gtin14() != gtin);
    let Some((product, signed)) = offered.into_iter().next() else { return Ok(None) };
    let target = bare(catalog, &product.code);
    known::keep(stoa, &target, &known::row(&product, &signed, String::new(), Time::now())?).await?;
    Ok(Some(target))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_looked_for_by_all_its_forms() {
        assert_eq!(forms("4006381333931").unwrap(), ["4006381333931", "04006381333931"]);
        assert_eq!(forms("036000291452").unwrap(), ["036000291452", "0036000291452", "00036000291452"]);
        assert_eq!(forms("(01)09506000134352(10)LOT").unwrap(), ["9506000134352", "09506000134352"]);
        assert_eq!(forms("honey-500").unwrap(), ["honey-500"]);
        assert_eq!(forms("4006381333932").unwrap(), ["4006381333932"], "a wrong check digit: no GTIN, perhaps a shop's own code");
        for none in ["", "two words", "https://shop.example/x", "a/b", &"x".repeat(129)] {
            assert_eq!(forms(none), None, "{none}");
        }
    }
}
