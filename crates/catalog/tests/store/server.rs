//! A PostgreSQL of Debian's, in a folder of its own, reached by a socket in it.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub struct Server {
    dir: tempfile::TempDir,
    bin: PathBuf,
    process: Option<Child>,
    settings: Vec<String>,
}

impl Server {
    /// `None`, said aloud, where it is not installed.
    pub fn start() -> Option<Self> {
        let mut server = Self::made()?;
        server.settings.push("listen_addresses=".to_owned());
        server.restart();
        Some(server)
    }

    /// On loopback, for who speaks TLS only; with the port it has.
    pub fn with_tls(certificate: &str, key: &str) -> Option<(Self, u16)> {
        let mut server = Self::made()?;
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let data = server.dir.path().join("data");
        std::fs::write(data.join("pg_hba.conf"), "hostssl all all 127.0.0.1/32 trust\n").unwrap();
        for (name, text) in [("server.crt", certificate), ("server.key", key)] {
            let file = data.join(name);
            std::fs::write(&file, text).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
            if root() {
                chown(&file, Some(id("-u")), Some(id("-g"))).unwrap();
            }
        }
        server.settings.extend([format!("port={port}"), "listen_addresses=127.0.0.1".to_owned(), "ssl=on".to_owned()]);
        server.restart();
        Some((server, port))
    }

    fn made() -> Option<Self> {
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
        Some(Self { dir, bin, process: None, settings: Vec::new() })
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
            .args(["-c", "fsync=off", "-c", "log_min_messages=log"])
            .args(self.settings.iter().flat_map(|setting| ["-c", setting]))
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
