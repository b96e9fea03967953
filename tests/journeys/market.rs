//! A catalog that runs, what its operator does to it, and a door in front of it that counts what is asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::program::{answer, stoa};

/// A catalog with the sample shop in it, under an address that stays when it goes.
pub struct Market {
    child: Child,
    folder: tempfile::TempDir,
    door: Door,
    pub url: String,
}

impl Market {
    pub fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (child, port) = serve(&folder.path().join("data"), true);
        let door = Door::open(port);
        let url = door.url();
        Self { child, folder, door, url }
    }

    /// Bytes that anybody has sent it.
    pub fn asked(&self) -> u64 {
        self.door.asked.load(Ordering::SeqCst)
    }

    /// How often anybody has asked it for a blob.
    pub fn blobs_asked(&self) -> u64 {
        self.door.blobs.load(Ordering::SeqCst)
    }

    /// Gone: nothing answers at its address.
    pub fn close(&mut self) {
        self.door.shut(true);
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn reopen(&mut self) {
        let (child, port) = serve(&self.data(), false);
        self.child = child;
        self.door.port.store(port, Ordering::SeqCst);
        self.door.shut(false);
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// `stoa catalog ARGS… --data …`, which must succeed.
    pub fn run(&self, args: &[&str]) -> Value {
        let data = self.data();
        let output = stoa(self.folder.path(), ["catalog"].iter().chain(args)).arg("--data").arg(data).output().unwrap();
        let said = answer(&output, &args.join(" ")).unwrap_or_else(|refusal| panic!("{args:?}: {refusal:?}"));
        said.into_iter().next().unwrap_or(Value::Null)
    }

    /// As [`Market::run`], of what must fail: its code.
    pub fn refused(&self, args: &[&str]) -> String {
        let output = stoa(self.folder.path(), ["catalog"].iter().chain(args)).arg("--data").arg(self.data()).output().unwrap();
        answer(&output, &args.join(" ")).expect_err("it must fail").code
    }

    /// Adds or changes a product of this catalog's own seller, who is made when missing.
    pub fn put(&self, product: &Value) {
        let listed = stoa(self.folder.path(), ["catalog", "seller", "list"]).arg("--data").arg(self.data()).output().unwrap();
        let sellers = answer(&listed, "seller list").unwrap();
        if !sellers.iter().any(|seller| seller["name"] == SELLER) {
            self.run(&["seller", "add", SELLER]);
        }
        let feed = self.file("feed.json", Value::Array(vec![product.clone()]).to_string());
        self.run(&["import", &feed, "--seller", SELLER]);
    }

    /// Gives a product a photo.
    pub fn photograph(&self, product: &Value, picture: &[u8]) {
        let name = format!("photos/{}.png", product["code"].as_str().unwrap());
        let file = self.file(&name, picture);
        let feed = self.file("feed.json", Value::Array(vec![product.clone()]).to_string());
        let folder = Path::new(&file).parent().unwrap().to_str().unwrap().to_owned();
        self.run(&["import", &feed, "--seller", SELLER, "--photos", &folder]);
    }
}

/// The seller of the products that tests put.
pub const SELLER: &str = "Corner Shop";

impl Drop for Market {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(data: &Path, sample: bool) -> (Child, u16) {
    let mut args = vec!["catalog", "serve", "--data", data.to_str().unwrap(), "--listen", "127.0.0.1:0"];
    if sample {
        args.push("--sample");
    }
    let mut child = stoa(data, args).stderr(Stdio::inherit()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("the catalog said {line:?}: {e}"));
    let port = ready["url"].as_str().unwrap().rsplit(':').next().unwrap().trim_end_matches('/').parse().unwrap();
    (child, port)
}

/// Passes connections on and counts the bytes of those who ask, and their questions for blobs.
struct Door {
    asked: Arc<AtomicU64>,
    blobs: Arc<AtomicU64>,
    port: Arc<AtomicU16>,
    shut: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
    here: u16,
}

impl Door {
    fn open(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let door = Self {
            asked: Arc::default(),
            blobs: Arc::default(),
            port: Arc::new(AtomicU16::new(port)),
            shut: Arc::default(),
            open: Arc::default(),
            here: listener.local_addr().unwrap().port(),
        };
        let (asked, blobs) = (door.asked.clone(), door.blobs.clone());
        let (port, shut, open) = (door.port.clone(), door.shut.clone(), door.open.clone());
        std::thread::spawn(move || {
            for guest in listener.incoming().map_while(Result::ok) {
                // a closed shop hangs up
                if shut.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(host) = TcpStream::connect(("127.0.0.1", port.load(Ordering::SeqCst))) else { continue };
                open.lock().unwrap().extend([guest.try_clone().unwrap(), host.try_clone().unwrap()]);
                let (from_guest, from_host) = (guest.try_clone().unwrap(), host.try_clone().unwrap());
                let (asked, blobs) = (asked.clone(), blobs.clone());
                let count = move |bytes: &[u8]| {
                    asked.fetch_add(bytes.len() as u64, Ordering::SeqCst);
                    blobs.fetch_add(u64::from(bytes.starts_with(b"GET /blobs/")), Ordering::SeqCst);
                };
                std::thread::spawn(move || pass(from_guest, host, count));
                std::thread::spawn(move || pass(from_host, guest, |_| {}));
            }
        });
        door
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.here)
    }

    fn shut(&self, shut: bool) {
        self.shut.store(shut, Ordering::SeqCst);
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, count: impl Fn(&[u8])) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(read) = from.read(&mut buffer) {
        count(&buffer[..read]);
        if read == 0 || to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// Black and white cells, `scale` pixels each with a quiet zone, as PNG.
pub fn png_of_cells(rows: &[Vec<bool>], scale: u32) -> Vec<u8> {
    let quiet = 10;
    let (width, height) = (u32::try_from(rows[0].len()).unwrap() + 2 * quiet, u32::try_from(rows.len()).unwrap() + 2 * quiet);
    let picture = image::GrayImage::from_fn(width * scale, height * scale, |x, y| {
        let cell = |at: u32| (at / scale).checked_sub(quiet).map(|at| at as usize);
        let dark = cell(x).zip(cell(y)).and_then(|(x, y)| rows.get(y)?.get(x).copied()).unwrap_or(false);
        image::Luma([if dark { 0 } else { 255 }])
    });
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

pub fn qr(text: &str) -> Vec<u8> {
    let code = qrcode::QrCode::new(text).unwrap();
    let dark: Vec<bool> = code.to_colors().into_iter().map(|color| color == qrcode::Color::Dark).collect();
    png_of_cells(&dark.chunks(code.width()).map(<[bool]>::to_vec).collect::<Vec<_>>(), 6)
}

/// An EAN-13. GS1 General Specifications, 5.2.1.
pub fn ean13(digits: &str) -> Vec<u8> {
    const LEFT: [&str; 10] =
        ["0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011"];
    const PARITY: [&str; 10] =
        ["AAAAAA", "AABABB", "AABBAB", "AABBBA", "ABAABB", "ABBAAB", "ABBBAA", "ABABAB", "ABABBA", "ABBABA"];
    let value: Vec<usize> = digits.bytes().map(|digit| usize::from(digit - b'0')).collect();
    let right = |digit: usize| LEFT[digit].chars().map(|bar| if bar == '0' { '1' } else { '0' }).collect::<String>();
    let mut bars = "101".to_owned();
    for (digit, set) in value[1..7].iter().zip(PARITY[value[0]].chars()) {
        bars += &if set == 'A' { LEFT[*digit].to_owned() } else { right(*digit).chars().rev().collect() };
    }
    bars += "01010";
    value[7..].iter().for_each(|digit| bars += &right(*digit));
    bars += "101";
    let row: Vec<bool> = bars.chars().map(|bar| bar == '1').collect();
    png_of_cells(&vec![row; 60], 4)
}

/// A picture of noise: no code in it, and its bytes do not shrink.
pub fn photo(seed: u8) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(320, 240, |x, y| {
        let hash = blake3::hash(&[&[seed][..], &x.to_be_bytes(), &y.to_be_bytes()].concat());
        image::Rgb([hash.as_bytes()[0], seed, hash.as_bytes()[1]])
    });
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}
