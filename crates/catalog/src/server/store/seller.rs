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

/// Most products and most bytes of pictures, where the operator has set them.
pub(in crate::server) fn quota(rows: &mut dyn Rows, seller: &str) -> Result<(Option<u64>, Option<u64>), Error> {
    let sql = "SELECT coalesce(most_products, -1), coalesce(most_picture_bytes, -1) FROM seller WHERE id = ?1";
    let found = rows.query(sql, &[Value::Text(seller)])?;
    let Some(mut row) = found.into_iter().next() else { return Ok((None, None)) };
    Ok((u64::try_from(row.int(0)?).ok(), u64::try_from(row.int(1)?).ok()))
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
