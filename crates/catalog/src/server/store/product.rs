//! Products.

use super::{Row, Rows, Value, int, maybe_text};
use crate::server::Error;
use crate::{CODE_CAP, Product, Signed, plain};

pub(in crate::server) struct ProductRow {
    pub(in crate::server) change: i64,
    pub(in crate::server) code: String,
    pub(in crate::server) seller: String,
    pub(in crate::server) signed: Signed<Product>,
}

impl ProductRow {
    fn read(mut row: Row) -> Result<Self, Error> {
        let (change, code, seller) = (row.int(0)?, row.text(1)?, row.text(2)?);
        Ok(Self { change, code, seller, signed: Signed::from_parts(row.text(3)?, row.text(4)?) })
    }

    /// What this catalog signed itself.
    pub(in crate::server) fn product(&self) -> Result<Product, Error> {
        Ok(self.signed.parse()?)
    }
}

fn first<T>(rows: Vec<Row>, read: impl FnOnce(Row) -> Result<T, Error>) -> Result<Option<T>, Error> {
    rows.into_iter().next().map(read).transpose()
}

fn all(rows: Vec<Row>) -> Result<Vec<ProductRow>, Error> {
    rows.into_iter().map(ProductRow::read).collect()
}

/// A text that no code can be is not asked about: PostgreSQL refuses some characters.
pub(in crate::server) fn product(rows: &mut dyn Rows, code: &str) -> Result<Option<ProductRow>, Error> {
    if plain("code", code, CODE_CAP).is_err() {
        return Ok(None);
    }
    let sql = "SELECT change, code, seller, payload, signature FROM product WHERE code = ?1";
    first(rows.query(sql, &[Value::Text(code)])?, ProductRow::read)
}

/// The product with this GTIN, of 14 digits: the one that is offered, else the last that was.
pub(in crate::server) fn by_gtin(rows: &mut dyn Rows, gtin: &str) -> Result<Option<ProductRow>, Error> {
    let sql =
        "SELECT change, code, seller, payload, signature FROM product WHERE gtin = ?1 ORDER BY withdrawn, change DESC LIMIT 1";
    first(rows.query(sql, &[Value::Text(gtin)])?, ProductRow::read)
}

/// A product that is offered under one of these codes, of which there are at most four, but not under this one.
pub(in crate::server) fn offered_under(rows: &mut dyn Rows, codes: &[String], but: &str) -> Result<Option<String>, Error> {
    let sql = "SELECT code FROM product WHERE code IN (?1, ?2, ?3, ?4) AND code <> ?5 AND withdrawn = 0 LIMIT 1";
    let at = |place: usize| Value::Text(codes.get(place).map_or(but, String::as_str));
    first(rows.query(sql, &[at(0), at(1), at(2), at(3), Value::Text(but)])?, |mut row| row.text(0))
}

/// The seller for whom the operator keeps this GTIN, of 14 digits.
pub(in crate::server) fn gtin_keeper(rows: &mut dyn Rows, gtin: &str) -> Result<Option<String>, Error> {
    first(rows.query("SELECT seller FROM kept_gtin WHERE gtin = ?1", &[Value::Text(gtin)])?, |mut row| row.text(0))
}

/// For one seller, or for whoever comes first.
pub(in crate::server) fn keep_gtin(rows: &mut dyn Rows, gtin: &str, seller: Option<&str>) -> Result<(), Error> {
    rows.execute("DELETE FROM kept_gtin WHERE gtin = ?1", &[Value::Text(gtin)])?;
    if let Some(seller) = seller {
        let sql = "INSERT INTO kept_gtin (gtin, seller) VALUES (?1, ?2)";
        rows.execute(sql, &[Value::Text(gtin), Value::Text(seller)])?;
    }
    Ok(())
}

/// False when somebody else's transaction took the code or the GTIN first.
pub(in crate::server) fn add_product(
    rows: &mut dyn Rows,
    change: i64,
    product: &Product,
    gtin: Option<&str>,
    signed: &Signed<Product>,
) -> Result<bool, Error> {
    let sql = "INSERT INTO product (change, code, seller, version, gtin, withdrawn, payload, signature)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING";
    let values = [
        Value::Int(change),
        Value::Text(&product.code),
        Value::Text(&product.seller.id),
        int(product.version),
        maybe_text(gtin),
        Value::Int(i64::from(product.withdrawn)),
        Value::Text(&signed.payload),
        Value::Text(&signed.signature),
    ];
    Ok(rows.execute(sql, &values)? == 1)
}

/// The product keeps its place under a new change. False when another product that is offered has the GTIN; only who `claims` one that
/// they had not can be told so.
pub(in crate::server) fn change_product(
    rows: &mut dyn Rows,
    change: i64,
    product: &Product,
    gtin: Option<&str>,
    claims: bool,
    signed: &Signed<Product>,
) -> Result<bool, Error> {
    let sql =
        "UPDATE product SET change = ?2, version = ?3, gtin = ?4, withdrawn = ?5, payload = ?6, signature = ?7 WHERE code = ?1";
    let values = [
        Value::Text(&product.code),
        Value::Int(change),
        int(product.version),
        maybe_text(gtin),
        Value::Int(i64::from(product.withdrawn)),
        Value::Text(&signed.payload),
        Value::Text(&signed.signature),
    ];
    let changed = if claims { rows.execute_unless_taken(sql, &values)? } else { Some(rows.execute(sql, &values)?) };
    Ok(changed == Some(1))
}

/// A new signature, in the place that the product has in the order of changes.
pub(in crate::server) fn sign_product(
    rows: &mut dyn Rows,
    change: i64,
    version: u64,
    signed: &Signed<Product>,
) -> Result<(), Error> {
    let sql = "UPDATE product SET version = ?2, payload = ?3, signature = ?4 WHERE change = ?1";
    rows.execute(sql, &[Value::Int(change), int(version), Value::Text(&signed.payload), Value::Text(&signed.signature)])?;
    Ok(())
}

/// Newest change first: all that are offered.
pub(in crate::server) fn newest(rows: &mut dyn Rows, before: i64, limit: i64) -> Result<Vec<Row>, Error> {
    let sql = "SELECT change, payload, signature FROM product WHERE change < ?1 AND withdrawn = 0 ORDER BY change DESC LIMIT ?2";
    rows.query(sql, &[Value::Int(before), Value::Int(limit)])
}

/// Newest change first: a seller's, withdrawn ones too.
pub(in crate::server) fn newest_of(rows: &mut dyn Rows, seller: &str, before: i64, limit: i64) -> Result<Vec<Row>, Error> {
    let sql = "SELECT change, payload, signature FROM product WHERE seller = ?1 AND change < ?2 ORDER BY change DESC LIMIT ?3";
    rows.query(sql, &[Value::Text(seller), Value::Int(before), Value::Int(limit)])
}

/// A seller's products by code: an order that changes meanwhile do not move.
pub(in crate::server) fn codes_after(
    rows: &mut dyn Rows,
    seller: &str,
    code: &str,
    limit: i64,
) -> Result<Vec<ProductRow>, Error> {
    let sql =
        "SELECT change, code, seller, payload, signature FROM product WHERE seller = ?1 AND code > ?2 ORDER BY code LIMIT ?3";
    all(rows.query(sql, &[Value::Text(seller), Value::Text(code), Value::Int(limit)])?)
}

/// All products by their change, from the oldest.
pub(in crate::server) fn changes_after(rows: &mut dyn Rows, change: i64, limit: i64) -> Result<Vec<ProductRow>, Error> {
    let sql = "SELECT change, code, seller, payload, signature FROM product WHERE change > ?1 ORDER BY change LIMIT ?2";
    all(rows.query(sql, &[Value::Int(change), Value::Int(limit)])?)
}

/// Products that an older version of the tables left without a signature.
pub(in crate::server) fn unsigned(rows: &mut dyn Rows, limit: i64) -> Result<Vec<ProductRow>, Error> {
    let sql = "SELECT change, code, seller, payload, signature FROM product WHERE signature = '' ORDER BY change LIMIT ?1";
    all(rows.query(sql, &[Value::Int(limit)])?)
}
