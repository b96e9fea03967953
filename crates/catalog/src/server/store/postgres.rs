//! PostgreSQL, for several instances of one catalog: a small pool, the tables of [`super::sqlite`], locks of the database.
//!
//! Writers of one seller's products wait for each other, steps of imports for steps of imports, and everybody waits for who changes the catalog itself. Who
//! takes a code or a GTIN that another transaction has just taken waits for its end and is then told that it is taken.

use std::collections::VecDeque;

use postgres::error::SqlState;
use postgres::types::{FromSql, IsNull, ToSql, Type};
use postgres::{Client, GenericClient, Statement};

use super::pool::{Pool, Statements, is_dead};
use super::{Cell, Database, Lock, Row, Rows, Value, Words};
use crate::server::{Error, IN_THE_WAY};

const MIGRATIONS: &[&str] = &[
    include_str!("postgres-1.sql"),
    include_str!("postgres-2.sql"),
    include_str!("postgres-3.sql"),
    include_str!("postgres-4.sql"),
];
/// Advisory lock of the catalog as a whole: "stoa cat".
const CATALOG_LOCK: i64 = 0x7374_6F61_2063_6174;
/// Advisory lock of the steps of imports: "stoa imp".
const IMPORT_LOCK: i64 = 0x7374_6F61_2069_6D70;
/// A step waits for others as long as they may take.
const IMPORT_WAIT: &str = "SET LOCAL statement_timeout = '10min'; SET LOCAL lock_timeout = '10min'";
/// Around a statement that may find what it takes taken.
const TAKING: (&str, &str) = ("SAVEPOINT taken", "RELEASE SAVEPOINT taken");
/// Two that want what the other has wait for each other until the server ends one, after its `deadlock_timeout` of a second: by then a
/// single write has given way, so that it is not the import.
const GIVING_WAY: (&str, &str) =
    ("SAVEPOINT taken; SET LOCAL lock_timeout = '300ms'", "SET LOCAL lock_timeout = '60s'; RELEASE SAVEPOINT taken");
const IMPORT_WORK: &str = "SET LOCAL statement_timeout = '60s'; SET LOCAL lock_timeout = '60s'";

impl Pool {
    pub(crate) fn open(url: &str) -> Result<Self, Error> {
        let pool = Self::of(url)?;
        pool.with(true, |client, _| migrate(client))?;
        Ok(pool)
    }
}

/// Instances that start at once wait for each other.
fn migrate(client: &mut Client) -> Result<(), Error> {
    let mut tx = client.transaction()?;
    tx.execute("SELECT pg_advisory_xact_lock($1)", &[&CATALOG_LOCK])?;
    tx.batch_execute("CREATE TABLE IF NOT EXISTS migration (version BIGINT NOT NULL PRIMARY KEY)")?;
    let have: i64 = tx.query_one("SELECT count(*) FROM migration", &[])?.get(0);
    let steps = usize::try_from(have).ok().and_then(|have| MIGRATIONS.get(have..)).ok_or(Error::TooNew)?;
    for (version, step) in (have + 1..).zip(steps) {
        tx.batch_execute(step)?;
        tx.execute("INSERT INTO migration (version) VALUES ($1)", &[&version])?;
    }
    Ok(tx.commit()?)
}

impl Database for Pool {
    fn read(&self, work: &mut dyn FnMut(&mut dyn Rows) -> Result<(), Error>) -> Result<(), Error> {
        let mut read = || self.with(false, |client, statements| work(&mut Connected::new(client, statements)));
        match read() {
            // It had been idle while the server went away: the next one is new.
            Err(Error::Postgres(error)) if is_dead(&error) => read(),
            done => done,
        }
    }

    fn write(&self, lock: Lock<'_>, work: &mut dyn FnMut(&mut dyn Rows) -> Result<(), Error>) -> Result<(), Error> {
        self.with(true, |client, statements| {
            let mut tx = client.transaction()?;
            if let Lock::Import(_) = lock {
                tx.batch_execute(IMPORT_WAIT)?;
                tx.execute("SELECT pg_advisory_xact_lock($1)", &[&IMPORT_LOCK])?;
                tx.batch_execute(IMPORT_WORK)?;
            }
            match lock {
                Lock::Catalog => tx.execute("SELECT pg_advisory_xact_lock($1)", &[&CATALOG_LOCK])?,
                Lock::Seller(seller) | Lock::Import(seller) => tx.execute(
                    "SELECT pg_advisory_xact_lock_shared($1), pg_advisory_xact_lock($2)",
                    &[&CATALOG_LOCK, &seller_lock(seller)],
                )?,
            };
            let gives_way = !matches!(lock, Lock::Import(_));
            work(&mut Connected { gives_way, ..Connected::new(&mut tx, statements) })?;
            Ok(tx.commit()?)
        })
    }
}

fn seller_lock(seller: &str) -> i64 {
    let digest = blake3::hash(seller.as_bytes());
    i64::from_be_bytes(std::array::from_fn(|at| digest.as_bytes()[at]))
}

/// A transaction, or a connection that is only read from.
struct Connected<'a, C> {
    client: &'a mut C,
    statements: &'a mut Statements,
    /// Numbers of changes, taken from the database before they are needed.
    numbers: VecDeque<i64>,
    /// Waits for others only a moment when it takes a GTIN.
    gives_way: bool,
    ask: i64,
}

impl<'a, C> Connected<'a, C> {
    fn new(client: &'a mut C, statements: &'a mut Statements) -> Self {
        Self { client, statements, numbers: VecDeque::new(), gives_way: true, ask: 0 }
    }
}

impl<C: GenericClient> Connected<'_, C> {
    fn statement(&mut self, sql: &'static str) -> Result<Statement, Error> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(&sql.replace('?', "$"))?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }
}

impl<C: GenericClient> Rows for Connected<'_, C> {
    fn execute(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, Error> {
        let statement = self.statement(sql)?;
        Ok(self.client.execute(&statement, &parameters(values))?)
    }

    fn execute_unless_taken(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Option<u64>, Error> {
        let statement = self.statement(sql)?;
        let (before, after) = if self.gives_way { GIVING_WAY } else { TAKING };
        self.client.batch_execute(before)?;
        match self.client.execute(&statement, &parameters(values)) {
            Ok(changed) => {
                self.client.batch_execute(after)?;
                Ok(Some(changed))
            }
            Err(error) if self.gives_way && error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => Err(Error::Busy(IN_THE_WAY)),
            Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
                self.client.batch_execute("ROLLBACK TO SAVEPOINT taken; RELEASE SAVEPOINT taken")?;
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn query(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, Error> {
        let statement = self.statement(sql)?;
        let rows = self.client.query(&statement, &parameters(values))?;
        rows.iter().map(|row| (0..row.len()).map(|at| Ok(row.try_get(at)?)).collect::<Result<_, Error>>().map(Row)).collect()
    }

    fn next_change(&mut self) -> Result<i64, Error> {
        if self.numbers.is_empty() {
            // An import asks often: more at once each time. A gap does no harm.
            self.ask = (self.ask * 2).clamp(1, 256);
            let given = self.query("SELECT nextval('change_order') FROM generate_series(1, ?1)", &[Value::Int(self.ask)])?;
            self.numbers = given.into_iter().map(|mut row| row.int(0)).collect::<Result<_, _>>()?;
        }
        self.numbers.pop_front().ok_or(Error::Busy("no number was given"))
    }

    fn add_words(&mut self, change: i64, words: &[String]) -> Result<(), Error> {
        let sql = "INSERT INTO word (change, words) VALUES (?1, array_to_tsvector(string_to_array(?2, ' ')))";
        self.execute(sql, &[Value::Int(change), Value::Text(&words.join(" "))])?;
        Ok(())
    }

    fn drop_words(&mut self, change: i64) -> Result<(), Error> {
        self.execute("DELETE FROM word WHERE change = ?1", &[Value::Int(change)])?;
        Ok(())
    }

    fn with_words(&mut self, words: &Words<'_>) -> Result<Vec<Row>, Error> {
        // Words hold neither quotes nor backslashes.
        let quoted = words.all.iter().map(|word| format!("'{word}'")).chain(words.prefix.map(|word| format!("'{word}':*")));
        let question = quoted.collect::<Vec<_>>().join(" & ");
        self.query(
            "SELECT product.change, product.payload, product.signature FROM word JOIN product ON product.change = word.change
             WHERE word.words @@ (?1::text)::tsquery AND word.change < ?2 AND product.withdrawn <= ?3 ORDER BY word.change DESC LIMIT ?4",
            &[Value::Text(&question), Value::Int(words.before), Value::Int(i64::from(words.withdrawn)), Value::Int(words.limit)],
        )
    }
}

fn parameters<'a>(values: &'a [Value<'_>]) -> Vec<&'a (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

type Failure = Box<dyn std::error::Error + Sync + Send>;

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut bytes::BytesMut) -> Result<IsNull, Failure> {
        match *self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(int) if *kind == Type::INT4 => i32::try_from(int)?.to_sql(kind, out),
            Value::Int(int) => int.to_sql(kind, out),
            Value::Text(text) => text.to_sql(kind, out),
            Value::Bytes(bytes) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT4 | Type::INT8 | Type::TEXT | Type::BYTEA)
    }

    postgres::types::to_sql_checked!();
}

impl<'a> FromSql<'a> for Cell {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Failure> {
        Ok(match *kind {
            Type::INT4 => Self::Int(i32::from_sql(kind, raw)?.into()),
            Type::INT8 => Self::Int(i64::from_sql(kind, raw)?),
            Type::BYTEA => Self::Bytes(raw.to_owned()),
            _ => Self::Text(String::from_sql(kind, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Failure> {
        Ok(Self::Null)
    }

    fn accepts(kind: &Type) -> bool {
        <Value<'_> as ToSql>::accepts(kind)
    }
}
