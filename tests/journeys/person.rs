//! One person: a home, the real node on it, the command line against it, and the changes it tells.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::liar::Liar;
use crate::program::{Answer, answer, binary, stoa};

/// Ends a test that hangs; nothing waits this long when all is well.
pub const PATIENCE: Duration = Duration::from_secs(90);
/// A change told before the watch stood is noticed after this.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// How a node is started.
#[derive(Clone, Default)]
pub struct Start {
    /// This home instead of a new one.
    pub home: Option<PathBuf>,
    /// Run in this network namespace and announce on its LAN.
    pub namespace: Option<String>,
    /// Seconds that the node's wall clock is ahead.
    pub ahead: Option<i64>,
    /// What the node's log holds, as `STOA_LOG` says it.
    pub log: Option<String>,
    /// Its decoder lies: see [`Liar`].
    pub lies: bool,
}

pub struct Person {
    pub name: String,
    folder: TempDir,
    home: PathBuf,
    start: Mutex<Start>,
    running: Mutex<Option<Running>>,
    /// Ports stay the same over restarts, so that contacts find the node where it was.
    listen: Mutex<Vec<String>>,
    changes: Mutex<Option<Changes>>,
}

struct Running {
    child: Child,
    ready: Value,
    _liar: Option<Liar>,
}

struct Changes {
    child: Child,
    lines: Receiver<Value>,
}

impl Person {
    /// A new person with a running node and a name.
    pub fn new(name: &str) -> Self {
        Self::with(name, Start::default())
    }

    pub fn with(name: &str, start: Start) -> Self {
        let person = Self::asleep(name, start);
        person.wake();
        person.ok(["me", "set", "--name", name]);
        person
    }

    /// A person whose node does not run yet.
    pub fn asleep(name: &str, start: Start) -> Self {
        let folder = tempfile::Builder::new().prefix("stoa-journey-").tempdir().unwrap();
        let home = start.home.clone().unwrap_or_else(|| folder.path().join("home"));
        let listen = match start.namespace {
            Some(_) => vec!["/ip4/0.0.0.0/tcp/0".to_owned(), "/ip4/0.0.0.0/udp/0/quic-v1".to_owned()],
            None => vec!["/ip4/127.0.0.1/tcp/0".to_owned(), "/ip4/127.0.0.1/udp/0/quic-v1".to_owned()],
        };
        Self {
            name: name.to_owned(),
            folder,
            home,
            start: Mutex::new(start),
            running: Mutex::new(None),
            listen: Mutex::new(listen),
            changes: Mutex::new(None),
        }
    }

    pub fn home(&self) -> &Path {
        &self.home
    }

    /// A folder of this person's machine, outside the home.
    pub fn folder(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    /// Starts the node and waits for its ready line.
    pub fn wake(&self) {
        let start = self.start.lock().unwrap().clone();
        let listen = self.listen.lock().unwrap().clone();
        let liar = start.lies.then(Liar::new);
        let program = liar.as_ref().map_or_else(|| binary("stoa"), Liar::program);
        let mut command = self.node(&start, &listen, &program);
        let log = File::options().create(true).append(true).open(self.log()).unwrap();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let ready: Value =
            serde_json::from_str(&line).unwrap_or_else(|e| panic!("{}'s node said {line:?} ({e}):\n{}", self.name, self.tail()));
        assert_eq!(ready["ready"], true, "{line}");
        // Somebody has to read on, or a full pipe would stop the node.
        std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        // who is invisible listens nowhere and comes back where it was
        if start.namespace.is_none() && ready["addrs"] != serde_json::json!([]) {
            *self.listen.lock().unwrap() = ports(&ready);
        }
        if let Some(liar) = &liar {
            liar.lie();
        }
        *self.running.lock().unwrap() = Some(Running { child, ready, _liar: liar });
        *self.changes.lock().unwrap() = Some(self.watch());
    }

    fn node(&self, start: &Start, listen: &[String], program: &Path) -> Command {
        let mut command = match &start.namespace {
            Some(namespace) => {
                let mut command = Command::new("ip");
                command.args(["netns", "exec", namespace]).arg(program);
                command
            }
            None => Command::new(program),
        };
        // whoever sits at this machine is nobody in these tests
        command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        command.arg("--home").arg(&self.home).args(["--json", "node", "run", "--web", "127.0.0.1:0"]);
        for address in listen {
            command.args(["--listen", address]);
        }
        if start.namespace.is_none() {
            command.arg("--no-lan");
        }
        if let Some(log) = &start.log {
            command.env("STOA_LOG", log).env("NO_COLOR", "1");
        }
        if let Some(ahead) = start.ahead {
            crate::clock::ahead(&mut command, ahead);
        }
        command
    }

    /// From the next start on, the node's wall clock is this far ahead.
    pub fn set_clock_ahead(&self, seconds: i64) {
        self.start.lock().unwrap().ahead = Some(seconds);
    }

    /// Ends the node at once, as a power cut would.
    pub fn kill(&self) {
        self.changes.lock().unwrap().take();
        if let Some(mut running) = self.running.lock().unwrap().take() {
            running.child.kill().unwrap();
            running.child.wait().unwrap();
        }
    }

    /// Asks the node to end and waits until it did.
    pub fn sleep(&self) {
        self.changes.lock().unwrap().take();
        self.ok(["node", "stop"]);
        if let Some(mut running) = self.running.lock().unwrap().take() {
            let status = running.child.wait().unwrap();
            assert!(status.success(), "{}'s node ended with {status}:\n{}", self.name, self.tail());
        }
    }

    /// The line the node said when it was ready.
    pub fn ready(&self) -> Value {
        self.running.lock().unwrap().as_ref().unwrap().ready.clone()
    }

    /// Runs a command; one JSON value for each line it printed.
    pub fn cli<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Answer {
        let args: Vec<&str> = args.into_iter().collect();
        let output = stoa(&self.home, &args).output().unwrap();
        answer(&output, &format!("{}: stoa {}", self.name, args.join(" ")))
    }

    /// Every value of a command that must succeed.
    pub fn list<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Vec<Value> {
        let args: Vec<&str> = args.into_iter().collect();
        self.cli(args.iter().copied())
            .unwrap_or_else(|e| panic!("{}: stoa {}: {e:?}\n{}", self.name, args.join(" "), self.tail()))
    }

    /// The one value of a command that must succeed.
    pub fn ok<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Value {
        self.list(args).into_iter().next().unwrap_or(Value::Null)
    }

    /// A text field of the answer of a command that must succeed.
    pub fn word<'a>(&self, args: impl IntoIterator<Item = &'a str>, field: &str) -> String {
        self.ok(args)[field].as_str().unwrap().to_owned()
    }

    /// The code of a command that must be refused.
    pub fn refused<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> String {
        let args: Vec<&str> = args.into_iter().collect();
        match self.cli(args.iter().copied()) {
            Ok(answer) => panic!("{}: stoa {} was not refused: {answer:?}", self.name, args.join(" ")),
            Err(refusal) => {
                assert!(!refusal.message.is_empty(), "a refusal says why");
                refusal.code
            }
        }
    }

    /// Looks at once and after every change, until `look` sees something.
    pub fn until<T>(&self, what: &str, look: impl Fn(&Self) -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(seen) = look(self) {
                return seen;
            }
            assert!(began.elapsed() < PATIENCE, "{} never saw {what}\n{}", self.name, self.tail());
            self.await_change();
        }
    }

    fn await_change(&self) {
        let changes = self.changes.lock().unwrap();
        let lines = &changes.as_ref().unwrap_or_else(|| panic!("{}'s node does not run", self.name)).lines;
        match lines.recv_timeout(LOOK_AGAIN) {
            // A burst is looked at once.
            Ok(_) => while lines.try_recv().is_ok() {},
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                panic!("{}'s node is gone:\n{}", self.name, self.tail())
            }
        }
    }

    fn watch(&self) -> Changes {
        let mut child = stoa(&self.home, ["watch"]).stderr(Stdio::null()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (tell, lines) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let Ok(change) = serde_json::from_str(&line) else {
                    return;
                };
                if tell.send(change).is_err() {
                    return;
                }
            }
        });
        Changes { child, lines }
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("node.log")
    }

    /// Lines of the node's log, since the person's first start, that say this.
    pub fn logged(&self, what: &str) -> usize {
        std::fs::read_to_string(self.log()).unwrap_or_default().lines().filter(|line| line.contains(what)).count()
    }

    /// The numbers of bytes that such lines say.
    pub fn logged_bytes(&self, what: &str) -> Vec<usize> {
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        let bytes = |line: &str| line.split_once("bytes=")?.1.split_whitespace().next()?.parse().ok();
        log.lines().filter(|line| line.contains(what)).map(|line| bytes(line).unwrap()).collect()
    }

    /// The last words of the node's log.
    pub fn tail(&self) -> String {
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(40).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        if let Ok(running) = self.running.get_mut()
            && let Some(running) = running
        {
            let _ = running.child.kill();
            let _ = running.child.wait();
        }
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The addresses of a ready line as `--listen` wants them: without the `/p2p/…` end.
fn ports(ready: &Value) -> Vec<String> {
    let addresses = ready["addrs"].as_array().unwrap();
    assert!(!addresses.is_empty(), "a ready node listens somewhere: {ready}");
    addresses.iter().map(|a| a.as_str().unwrap().split("/p2p/").next().unwrap().to_owned()).collect()
}

/// Two new people who are contacts.
pub fn pair_of(one: &str, other: &str) -> (Person, Person) {
    let (one, other) = (Person::new(one), Person::new(other));
    pair(&one, &other);
    (one, other)
}

/// `guest` redeems an invitation of `host`; returns when both list each other as online.
pub fn pair(host: &Person, guest: &Person) {
    let link = invite(host);
    guest.ok(["contact", "accept", &link]);
    meet(host, guest);
}

pub fn invite(host: &Person) -> String {
    host.word(["contact", "invite"], "link")
}

/// Waits until both see each other online.
pub fn meet(one: &Person, other: &Person) {
    for (reader, read) in [(one, other), (other, one)] {
        reader.until(&format!("{} online", read.name), |p| {
            (contact(p, &read.name)?["presence"]["state"] == "online").then_some(())
        });
    }
}

/// The contact of this name, as the list shows it.
pub fn contact(person: &Person, name: &str) -> Option<Value> {
    person.list(["contact", "list"]).into_iter().find(|c| c["name"] == name)
}
