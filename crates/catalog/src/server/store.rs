//! Tables and statements. A migration that has shipped is never edited.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, params};

use super::Error;
use crate::{Hash, Manifest, Product, Rule, Signed};

const MIGRATIONS: &[&str] = &["
    CREATE TABLE product (
        code TEXT NOT NULL PRIMARY KEY,
        version INTEGER NOT NULL,
        payload TEXT NOT NULL,
        signature TEXT NOT NULL
    ) STRICT;
    CREATE TABLE blob (
        hash BLOB NOT NULL PRIMARY KEY,
        media TEXT NOT NULL,
        bytes BLOB NOT NULL
    ) STRICT;
    CREATE TABLE layout (
        id TEXT NOT NULL PRIMARY KEY,
        hash BLOB NOT NULL REFERENCES blob (hash)
    ) STRICT;
    CREATE TABLE rule (
        id TEXT NOT NULL PRIMARY KEY,
        rule TEXT NOT NULL
    ) STRICT;
    CREATE TABLE host (
        host TEXT NOT NULL PRIMARY KEY
    ) STRICT;
    CREATE TABLE manifest (
        one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        expires INTEGER NOT NULL,
        payload TEXT NOT NULL,
        signature TEXT NOT NULL
    ) STRICT;
"];

pub(super) fn connect(file: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

pub(super) fn migrate(connection: &mut Connection) -> Result<(), Error> {
    let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let have: usize = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for step in MIGRATIONS.get(have..).ok_or(Error::TooNew)? {
        tx.execute_batch(step)?;
    }
    tx.pragma_update(None, "user_version", MIGRATIONS.len())?;
    Ok(tx.commit()?)
}

pub(super) fn product(connection: &Connection, code: &str) -> Result<Option<Signed<Product>>, Error> {
    let mut statement = connection.prepare_cached("SELECT payload, signature FROM product WHERE code = ?1")?;
    Ok(statement.query_row([code], |row| Ok(Signed::from_parts(row.get(0)?, row.get(1)?))).optional()?)
}

pub(super) fn product_version(tx: &Transaction<'_>, code: &str) -> Result<u64, Error> {
    let found = tx.query_row("SELECT version FROM product WHERE code = ?1", [code], |row| row.get(0)).optional()?;
    Ok(found.unwrap_or(0))
}

pub(super) fn put_product(tx: &Transaction<'_>, product: &Product, signed: &Signed<Product>) -> Result<(), Error> {
    tx.prepare_cached("INSERT OR REPLACE INTO product (code, version, payload, signature) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![product.code, product.version, signed.payload, signed.signature])?;
    Ok(())
}

/// Media type and bytes.
pub(super) fn blob(connection: &Connection, hash: &Hash) -> Result<Option<(String, Vec<u8>)>, Error> {
    let mut statement = connection.prepare_cached("SELECT media, bytes FROM blob WHERE hash = ?1")?;
    Ok(statement.query_row([&hash.0[..]], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

pub(super) fn has_blob(connection: &Connection, hash: &Hash) -> Result<bool, Error> {
    Ok(connection.prepare_cached("SELECT 1 FROM blob WHERE hash = ?1")?.exists([&hash.0[..]])?)
}

pub(super) fn put_blob(tx: &Transaction<'_>, hash: &Hash, media: &str, bytes: &[u8]) -> Result<(), Error> {
    tx.execute("INSERT OR IGNORE INTO blob (hash, media, bytes) VALUES (?1, ?2, ?3)", params![&hash.0[..], media, bytes])?;
    Ok(())
}

pub(super) fn put_layout(tx: &Transaction<'_>, id: &str, hash: &Hash) -> Result<(), Error> {
    tx.execute("INSERT OR REPLACE INTO layout (id, hash) VALUES (?1, ?2)", params![id, &hash.0[..]])?;
    Ok(())
}

pub(super) fn layouts(connection: &Connection) -> Result<Vec<(String, Hash)>, Error> {
    let mut statement = connection.prepare_cached("SELECT id, hash FROM layout ORDER BY id")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, Hash(row.get(1)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn put_rule(tx: &Transaction<'_>, rule: &Rule) -> Result<(), Error> {
    let json = serde_json::to_string(rule).map_err(|error| Error::Invalid(error.to_string()))?;
    tx.execute("INSERT OR REPLACE INTO rule (id, rule) VALUES (?1, ?2)", params![rule.id, json])?;
    Ok(())
}

pub(super) fn rules(connection: &Connection) -> Result<Vec<Rule>, Error> {
    let mut statement = connection.prepare_cached("SELECT rule FROM rule ORDER BY id")?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    let parse = |json: String| serde_json::from_str(&json).map_err(|error| Error::Invalid(error.to_string()));
    rows.map(|row| parse(row?)).collect()
}

pub(super) fn put_host(tx: &Transaction<'_>, host: &str) -> Result<(), Error> {
    tx.execute("INSERT OR IGNORE INTO host (host) VALUES (?1)", [host])?;
    Ok(())
}

pub(super) fn hosts(connection: &Connection) -> Result<Vec<String>, Error> {
    let mut statement = connection.prepare_cached("SELECT host FROM host ORDER BY host")?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) struct ManifestRow {
    pub(super) name: String,
    pub(super) version: u64,
    pub(super) expires: i64,
    pub(super) signed: Signed<Manifest>,
}

pub(super) fn manifest(connection: &Connection) -> Result<Option<ManifestRow>, Error> {
    let mut statement = connection.prepare_cached("SELECT name, version, expires, payload, signature FROM manifest")?;
    let row = statement.query_row([], |row| {
        let signed = Signed::from_parts(row.get(3)?, row.get(4)?);
        Ok(ManifestRow { name: row.get(0)?, version: row.get(1)?, expires: row.get(2)?, signed })
    });
    Ok(row.optional()?)
}

pub(super) fn put_manifest(tx: &Transaction<'_>, manifest: &Manifest, signed: &Signed<Manifest>) -> Result<(), Error> {
    tx.execute(
        "INSERT OR REPLACE INTO manifest (one, name, version, expires, payload, signature) VALUES (1, ?1, ?2, ?3, ?4, ?5)",
        params![manifest.name, manifest.version, manifest.expires, signed.payload, signed.signature],
    )?;
    Ok(())
}
