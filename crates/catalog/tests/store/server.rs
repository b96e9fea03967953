//! A PostgreSQL of Debian's, in a folder of its own, reached by a socket in it.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub struct Server {
    dir: tempfile::TempDir,
    bin: PathBuf,
    process: Option<Child>,
}

impl Server {
    /// `None`, said aloud, where it is not installed.
    pub fn start() -> Option<Self> {
        let Some(bin) = newest() else {
            eprintln!("skipped: no PostgreSQL in /usr/lib/postgresql; apt-get install postgresql");
            return None;
        };
        let dir = tempfile::tempdir().unwrap();
        if root() {
            chown(dir.path(), Some(id("-u")), Some(id("-g"))).unwrap();
        }
        let data = dir.path().join("data");
        let args = ["--no-sync", "--locale=C", "--encoding=UTF8", "--auth=trust", "--username=postgres", "-D"];
        let made = unprivileged(&bin.join("initdb")).args(args).arg(&data).stdout(Stdio::null()).status().unwrap();
        assert!(made.success());
        let mut server = Self { dir, bin, process: None };
        server.restart();
        Some(server)
    }

    /// Ends it as a crash would, and starts it again.
    pub fn restart(&mut self) {
        self.stop();
        let folder = self.dir.path();
        let mut process = unprivileged(&self.bin.join("postgres"))
            .arg("-D")
            .arg(folder.join("data"))
            .arg("-k")
            .arg(folder)
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "log_min_messages=log"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut told = Vec::new();
        loop {
            let line = lines.next().unwrap_or_else(|| panic!("the server ended: {told:?}")).unwrap();
            if line.contains("ready to accept connections") {
                break;
            }
            told.push(line);
        }
        std::thread::spawn(move || lines.for_each(drop));
        self.process = Some(process);
    }

    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            Command::new("kill").args(["-QUIT", &process.id().to_string()]).status().unwrap();
            process.wait().unwrap();
        }
    }

    /// A new database's address.
    pub fn database(&self, name: &str) -> String {
        let created =
            unprivileged(&self.bin.join("createdb")).arg("-h").arg(self.dir.path()).args(["-U", "postgres", name]).status();
        assert!(created.unwrap().success());
        let host = self.dir.path().to_str().unwrap().replace('/', "%2F");
        format!("postgres://postgres@{host}/{name}")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn newest() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            path.join("bin/initdb").exists().then(|| (version, path.join("bin")))
        })
        .collect();
    found.sort();
    found.pop().map(|(_, bin)| bin)
}

/// It refuses to run as root, and must not outlive the test.
fn unprivileged(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "QUIT"]).current_dir("/");
    if root() {
        command.args(["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]);
    }
    command.arg("--").arg(program);
    command
}

fn root() -> bool {
    ids(&["-u"]) == 0
}

fn id(which: &str) -> u32 {
    ids(&[which, "postgres"])
}

fn ids(args: &[&str]) -> u32 {
    let told = Command::new("id").args(args).output().unwrap().stdout;
    String::from_utf8(told).unwrap().trim().parse().unwrap()
}
