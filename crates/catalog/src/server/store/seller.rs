//! Sellers and the keys that act for them.

use super::{Row, Rows, Value, maybe_hash, maybe_text};
use crate::Seller;
use crate::server::{Error, KeyInfo, Rights};

fn seller_row(mut row: Row) -> Result<Seller, Error> {
    let (id, name, logo, badges) = (row.text(0)?, row.text(1)?, row.maybe_hash(2)?, row.text(3)?);
    let badges = serde_json::from_str(&badges).map_err(|error| Error::Corrupt(format!("badges: {error}")))?;
    Ok(Seller { id, name, logo, badges })
}

pub(in crate::server) fn seller(rows: &mut dyn Rows, id: &str) -> Result<Option<Seller>, Error> {
    if crate::id("seller", id).is_err() {
        return Ok(None);
    }
    let found = rows.query("SELECT id, name, logo, badges FROM seller WHERE id = ?1", &[Value::Text(id)])?;
    found.into_iter().next().map(seller_row).transpose()
}

pub(in crate::server) fn sellers(rows: &mut dyn Rows) -> Result<Vec<Seller>, Error> {
    let found = rows.query("SELECT id, name, logo, badges FROM seller ORDER BY name, id", &[])?;
    found.into_iter().map(seller_row).collect()
}

pub(in crate::server) fn put_seller(rows: &mut dyn Rows, seller: &Seller) -> Result<(), Error> {
    let badges = serde_json::to_string(&seller.badges).map_err(|error| Error::Invalid(error.to_string()))?;
    let sql = "INSERT INTO seller (id, name, logo, badges) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, logo = excluded.logo, badges = excluded.badges";
    let values = [Value::Text(&seller.id), Value::Text(&seller.name), maybe_hash(seller.logo.as_ref()), Value::Text(&badges)];
    rows.execute(sql, &values)?;
    Ok(())
}

/// What a seller keeps, and what the operator set for them.
#[derive(Clone, Copy)]
pub(in crate::server) struct Kept {
    pub(in crate::server) most_products: Option<u64>,
    pub(in crate::server) most_picture_bytes: Option<u64>,
    /// Withdrawn ones too.
    pub(in crate::server) products: u64,
    /// Those too that are no longer shown and not yet swept.
    pub(in crate::server) picture_bytes: u64,
}

fn kept_row(row: &mut Row, at: usize) -> Result<Kept, Error> {
    let (most_products, most_picture_bytes) = (u64::try_from(row.int(at)?).ok(), u64::try_from(row.int(at + 1)?).ok());
    Ok(Kept { most_products, most_picture_bytes, products: row.version(at + 2)?, picture_bytes: row.version(at + 3)? })
}

pub(in crate::server) fn kept(rows: &mut dyn Rows, seller: &str) -> Result<Option<Kept>, Error> {
    let sql =
        "SELECT coalesce(most_products, -1), coalesce(most_picture_bytes, -1), products, picture_bytes FROM seller WHERE id = ?1";
    let found = rows.query(sql, &[Value::Text(seller)])?;
    found.into_iter().next().map(|mut row| kept_row(&mut row, 0)).transpose()
}

/// All sellers by name, each with what they keep.
pub(in crate::server) fn sellers_kept(rows: &mut dyn Rows) -> Result<Vec<(Seller, Kept)>, Error> {
    let sql =
        "SELECT id, name, logo, badges, coalesce(most_products, -1), coalesce(most_picture_bytes, -1), products, picture_bytes
        FROM seller ORDER BY name, id";
    let read = |mut row: Row| Ok((kept_row(&mut row, 4)?, seller_row(row)?)).map(|(kept, seller)| (seller, kept));
    rows.query(sql, &[])?.into_iter().map(read).collect()
}

/// Up to which code the seller's products are signed as their row says; `None` when all are.
pub(in crate::server) fn signing(rows: &mut dyn Rows, seller: &str) -> Result<Option<String>, Error> {
    let found = rows.query("SELECT signing FROM seller WHERE id = ?1", &[Value::Text(seller)])?;
    found.into_iter().next().map_or(Ok(None), |mut row| row.maybe_text(0))
}

pub(in crate::server) fn set_signing(rows: &mut dyn Rows, seller: &str, code: Option<&str>) -> Result<(), Error> {
    rows.execute("UPDATE seller SET signing = ?2 WHERE id = ?1", &[Value::Text(seller), maybe_text(code)])?;
    Ok(())
}

/// Sellers of whom not all products are signed as their row says.
pub(in crate::server) fn half_signed(rows: &mut dyn Rows) -> Result<Vec<String>, Error> {
    let found = rows.query("SELECT id FROM seller WHERE signing IS NOT NULL ORDER BY id", &[])?;
    found.into_iter().map(|mut row| row.text(0)).collect()
}

pub(in crate::server) fn set_quota(
    rows: &mut dyn Rows,
    seller: &str,
    products: Option<u64>,
    picture_bytes: Option<u64>,
) -> Result<bool, Error> {
    let most = |most: Option<u64>| most.map_or(Value::Null, super::int);
    let sql = "UPDATE seller SET most_products = ?2, most_picture_bytes = ?3 WHERE id = ?1";
    Ok(rows.execute(sql, &[Value::Text(seller), most(products), most(picture_bytes)])? > 0)
}

fn key_row(mut row: Row) -> Result<KeyInfo, Error> {
    let (id, seller, rights, made) = (row.text(0)?, row.maybe_text(1)?, row.int(2)?, row.int(3)?);
    Ok(KeyInfo { id, seller, rights: Rights::from_bits(rights), made })
}

pub(in crate::server) fn key_of_hash(rows: &mut dyn Rows, hash: &[u8; 32]) -> Result<Option<KeyInfo>, Error> {
    let found = rows.query("SELECT id, seller, rights, made FROM access WHERE hash = ?1", &[Value::Bytes(hash)])?;
    found.into_iter().next().map(key_row).transpose()
}

pub(in crate::server) fn keys(rows: &mut dyn Rows) -> Result<Vec<KeyInfo>, Error> {
    let found = rows.query("SELECT id, seller, rights, made FROM access ORDER BY made, id", &[])?;
    found.into_iter().map(key_row).collect()
}

pub(in crate::server) fn add_key(rows: &mut dyn Rows, key: &KeyInfo, hash: &[u8; 32]) -> Result<(), Error> {
    let values = [
        Value::Text(&key.id),
        Value::Bytes(hash),
        maybe_text(key.seller.as_deref()),
        Value::Int(key.rights.bits()),
        Value::Int(key.made),
    ];
    rows.execute("INSERT INTO access (id, hash, seller, rights, made) VALUES (?1, ?2, ?3, ?4, ?5)", &values)?;
    Ok(())
}

pub(in crate::server) fn remove_key(rows: &mut dyn Rows, id: &str) -> Result<bool, Error> {
    Ok(rows.execute("DELETE FROM access WHERE id = ?1", &[Value::Text(id)])? > 0)
}
