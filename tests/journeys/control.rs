//! The control socket of a node: verbs that only a window has, and changes with the moment in which they are told.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use serde_json::{Value, json};

use crate::person::{PATIENCE, Person};

/// Runs a verb that must succeed.
pub fn ask(person: &Person, verb: &str, args: &Value) -> Value {
    let answer = reply(person, verb, args);
    assert!(answer["error"].is_null(), "{}: {verb} {args}: {answer}", person.name);
    answer["ok"].clone()
}

/// The code of a verb that must be refused.
pub fn refused(person: &Person, verb: &str, args: &Value) -> String {
    let answer = reply(person, verb, args);
    answer["error"]["code"].as_str().unwrap_or_else(|| panic!("{}: {verb} {args}: {answer}", person.name)).to_owned()
}

fn reply(person: &Person, verb: &str, args: &Value) -> Value {
    let mut answer = Value::Null;
    converse(stream(person), &json!({ "id": 1, "verb": verb, "args": args }), |reply| {
        answer = reply;
        false
    });
    answer
}

/// Every change since this was made.
pub struct Moments(Receiver<(Instant, Value)>);

impl Moments {
    pub fn of(person: &Person) -> Self {
        let (tell, told) = channel();
        let (stands, standing) = channel();
        let stream = stream(person);
        std::thread::spawn(move || {
            converse(stream, &json!({ "id": 1, "watch": true }), |reply| match reply.get("change") {
                Some(change) => tell.send((Instant::now(), change.clone())).is_ok(),
                None => stands.send(()).is_ok(),
            });
        });
        standing.recv_timeout(PATIENCE).unwrap();
        Self(told)
    }

    /// When a change was told that `look` sees something in.
    pub fn first(&self, what: &str, look: impl Fn(&Value) -> bool) -> Instant {
        loop {
            match self.0.recv_timeout(PATIENCE) {
                Ok((at, change)) if look(&change) => return at,
                Ok(_) => {}
                Err(error) => panic!("{what} was never told: {error}"),
            }
        }
    }
}

fn stream(person: &Person) -> UnixStream {
    let home = person.home().canonicalize().unwrap();
    let far = std::fs::read(home.join("control.path")).map(|path| PathBuf::from(std::ffi::OsStr::from_bytes(&path)));
    UnixStream::connect(far.unwrap_or_else(|_| home.join("control.sock"))).unwrap()
}

/// Sends one line and hears the answers, until `hear` has heard enough or the node is gone.
fn converse(mut stream: UnixStream, request: &Value, mut hear: impl FnMut(Value) -> bool) {
    stream.write_all(format!("{request}\n").as_bytes()).unwrap();
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        if !hear(serde_json::from_str(&line).unwrap()) {
            return;
        }
    }
}
