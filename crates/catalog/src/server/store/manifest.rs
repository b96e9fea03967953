//! What the manifest is made of.

use super::{Row, Rows, Value, int};
use crate::server::Error;
use crate::{Hash, Key, Manifest, Rule, Signed, Succession};

pub(in crate::server) struct ManifestRow {
    pub(in crate::server) name: String,
    pub(in crate::server) version: u64,
    pub(in crate::server) expires: i64,
    pub(in crate::server) signed: Signed<Manifest>,
}

/// What a name in the manifest leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum Kind {
    Layout,
    Badge,
    Pack,
}

impl Kind {
    pub(in crate::server) fn name(self) -> &'static str {
        match self {
            Self::Layout => "layout",
            Self::Badge => "badge",
            Self::Pack => "pack",
        }
    }
}

pub(in crate::server) fn put_named(rows: &mut dyn Rows, kind: Kind, id: &str, hash: &Hash) -> Result<bool, Error> {
    let sql = "INSERT INTO named (kind, id, hash) VALUES (?1, ?2, ?3)
        ON CONFLICT (kind, id) DO UPDATE SET hash = excluded.hash WHERE named.hash <> excluded.hash";
    Ok(rows.execute(sql, &[Value::Text(kind.name()), Value::Text(id), Value::Bytes(&hash.0)])? > 0)
}

/// What this name leads to now.
pub(in crate::server) fn named_hash(rows: &mut dyn Rows, kind: Kind, id: &str) -> Result<Option<Hash>, Error> {
    let sql = "SELECT hash FROM named WHERE kind = ?1 AND id = ?2";
    let found = rows.query(sql, &[Value::Text(kind.name()), Value::Text(id)])?;
    found.into_iter().next().map(|mut row| row.hash(0)).transpose()
}

pub(in crate::server) fn remove_named(rows: &mut dyn Rows, kind: Kind, id: &str) -> Result<bool, Error> {
    Ok(rows.execute("DELETE FROM named WHERE kind = ?1 AND id = ?2", &[Value::Text(kind.name()), Value::Text(id)])? > 0)
}

pub(in crate::server) fn named<C: FromIterator<(String, Hash)>>(rows: &mut dyn Rows, kind: Kind) -> Result<C, Error> {
    let found = rows.query("SELECT id, hash FROM named WHERE kind = ?1 ORDER BY id", &[Value::Text(kind.name())])?;
    found.into_iter().map(|mut row| Ok((row.text(0)?, row.hash(1)?))).collect()
}

pub(in crate::server) fn put_rule(rows: &mut dyn Rows, rule: &Rule) -> Result<(), Error> {
    let json = serde_json::to_string(rule).map_err(|error| Error::Invalid(error.to_string()))?;
    let sql = "INSERT INTO rule (id, rule) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET rule = excluded.rule";
    rows.execute(sql, &[Value::Text(&rule.id), Value::Text(&json)])?;
    Ok(())
}

pub(in crate::server) fn remove_rule(rows: &mut dyn Rows, id: &str) -> Result<bool, Error> {
    Ok(rows.execute("DELETE FROM rule WHERE id = ?1", &[Value::Text(id)])? > 0)
}

pub(in crate::server) fn rules(rows: &mut dyn Rows) -> Result<Vec<Rule>, Error> {
    let found = rows.query("SELECT rule FROM rule ORDER BY id", &[])?;
    found.into_iter().map(|mut row| json("rule", &row.text(0)?)).collect()
}

pub(in crate::server) fn put_host(rows: &mut dyn Rows, host: &str) -> Result<(), Error> {
    rows.execute("INSERT INTO host (host) VALUES (?1) ON CONFLICT DO NOTHING", &[Value::Text(host)])?;
    Ok(())
}

pub(in crate::server) fn remove_hosts(rows: &mut dyn Rows) -> Result<(), Error> {
    rows.execute("DELETE FROM host", &[])?;
    Ok(())
}

pub(in crate::server) fn hosts(rows: &mut dyn Rows) -> Result<Vec<String>, Error> {
    rows.query("SELECT host FROM host ORDER BY host", &[])?.into_iter().map(|mut row| row.text(0)).collect()
}

pub(in crate::server) fn manifest(rows: &mut dyn Rows) -> Result<Option<ManifestRow>, Error> {
    let found = rows.query("SELECT name, version, expires, payload, signature FROM manifest", &[])?;
    let read = |mut row: Row| {
        let (name, version, expires) = (row.text(0)?, row.version(1)?, row.int(2)?);
        Ok(ManifestRow { name, version, expires, signed: Signed::from_parts(row.text(3)?, row.text(4)?) })
    };
    found.into_iter().next().map(read).transpose()
}

/// 0 before the first one is signed.
pub(in crate::server) fn manifest_version(rows: &mut dyn Rows) -> Result<u64, Error> {
    let found = rows.query("SELECT version FROM manifest", &[])?;
    found.into_iter().next().map_or(Ok(0), |mut row| row.version(0))
}

pub(in crate::server) fn put_manifest(rows: &mut dyn Rows, manifest: &Manifest, signed: &Signed<Manifest>) -> Result<(), Error> {
    let sql = "INSERT INTO manifest (one, name, version, expires, payload, signature) VALUES (1, ?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (one) DO UPDATE SET name = excluded.name, version = excluded.version, expires = excluded.expires,
            payload = excluded.payload, signature = excluded.signature";
    let values = [
        Value::Text(&manifest.name),
        int(manifest.version),
        Value::Int(manifest.expires),
        Value::Text(&signed.payload),
        Value::Text(&signed.signature),
    ];
    rows.execute(sql, &values)?;
    Ok(())
}

/// The public key the tables are signed with.
pub(in crate::server) fn identity(rows: &mut dyn Rows) -> Result<Option<Key>, Error> {
    let found = rows.query("SELECT key FROM identity", &[])?;
    found.into_iter().next().map(|mut row| Ok(Key::from_bytes(&row.hash(0)?.0)?)).transpose()
}

pub(in crate::server) fn put_identity(rows: &mut dyn Rows, key: &Key) -> Result<(), Error> {
    let sql = "INSERT INTO identity (one, key) VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET key = excluded.key";
    rows.execute(sql, &[Value::Bytes(key.as_bytes())])?;
    Ok(())
}

/// Oldest first, each with its number, counted from 1.
pub(in crate::server) fn successions(rows: &mut dyn Rows) -> Result<Vec<(i64, Succession)>, Error> {
    let found = rows.query("SELECT number, succession FROM succession ORDER BY number", &[])?;
    found.into_iter().map(|mut row| Ok((row.int(0)?, json("succession", &row.text(1)?)?))).collect()
}

pub(in crate::server) fn add_succession(rows: &mut dyn Rows, number: i64, succession: &Succession) -> Result<(), Error> {
    let json = serde_json::to_string(succession).map_err(|error| Error::Invalid(error.to_string()))?;
    rows.execute("INSERT INTO succession (number, succession) VALUES (?1, ?2)", &[Value::Int(number), Value::Text(&json)])?;
    Ok(())
}

fn json<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::Corrupt(format!("{what}: {error}")))
}
