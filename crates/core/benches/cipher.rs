//! What encryption at rest costs: the same inserts, commits and reads with a SQLCipher key and without, in one run.
//! Prints one JSON line per figure.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

const ROWS: u32 = 20_000;
const COMMITS: u32 = 200;
const ROUNDS: usize = 5;

struct Times {
    insert: Duration,
    commit: Duration,
    read: Duration,
}

fn open(folder: &std::path::Path, key: bool) -> Connection {
    let conn = Connection::open(folder.join(if key { "cipher.db" } else { "plain.db" })).unwrap();
    if key {
        conn.pragma_update(None, "key", format!("x'{}'", "42".repeat(32))).unwrap();
    }
    conn.pragma_update(None, "journal_mode", "WAL").unwrap();
    conn.pragma_update(None, "synchronous", "FULL").unwrap();
    conn.execute_batch("CREATE TABLE message (id BLOB PRIMARY KEY, place BLOB NOT NULL, text TEXT NOT NULL) STRICT; CREATE INDEX place ON message (place);").unwrap();
    conn
}

fn insert(conn: &Connection, from: u32, upto: u32) {
    conn.execute_batch("BEGIN").unwrap();
    for number in from..upto {
        let id = blake3::hash(&number.to_be_bytes());
        conn.prepare_cached("INSERT INTO message VALUES (?1, ?2, ?3)")
            .unwrap()
            .execute(params![id.as_bytes(), number.to_be_bytes(), "a message of about a hundred letters ".repeat(3)])
            .unwrap();
    }
    conn.execute_batch("COMMIT").unwrap();
}

fn round(key: bool) -> Times {
    let folder = tempfile::tempdir().unwrap();
    let conn = open(folder.path(), key);
    let time = |work: &dyn Fn()| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    let inserted = time(&|| insert(&conn, 0, ROWS));
    let committed = time(&|| (ROWS..ROWS + COMMITS).for_each(|at| insert(&conn, at, at + 1)));
    drop(conn);
    let conn = Connection::open(folder.path().join(if key { "cipher.db" } else { "plain.db" })).unwrap();
    if key {
        conn.pragma_update(None, "key", format!("x'{}'", "42".repeat(32))).unwrap();
    }
    let read = time(&|| {
        let mut query = conn.prepare("SELECT text FROM message ORDER BY place").unwrap();
        let bytes: usize = query.query_map([], |row| row.get::<_, String>(0)).unwrap().map(|text| text.unwrap().len()).sum();
        assert!(bytes > 0);
    });
    Times { insert: inserted, commit: committed / COMMITS, read }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let rounds: Vec<(Times, Times)> = (0..ROUNDS).map(|_| (round(true), round(false))).collect();
    type Of = fn(&Times) -> Duration;
    let figures: [(&str, Of); 3] = [
        ("sqlite insert 20000 rows", |times| times.insert),
        ("sqlite commit of one row", |times| times.commit),
        ("sqlite read 20000 rows, cold", |times| times.read),
    ];
    for (name, of) in figures {
        let cipher = median(rounds.iter().map(|(cipher, _)| of(cipher).as_secs_f64() * 1e3).collect());
        let plain = median(rounds.iter().map(|(_, plain)| of(plain).as_secs_f64() * 1e3).collect());
        let ratio = median(rounds.iter().map(|(cipher, plain)| of(cipher).as_secs_f64() / of(plain).as_secs_f64()).collect());
        println!(
            "{}",
            serde_json::json!({ "name": name, "value": cipher, "unit": "ms", "peer": "plain SQLite", "peer_value": plain, "ratio": ratio })
        );
    }
}
