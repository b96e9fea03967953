//! Puts the window's built files (ui/dist) into the binary, for the browser bridge. Without them a page that says so.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const NOT_BUILT: &str = "<!doctype html><meta charset=\"utf-8\"><title>Stoa</title>\
<p>The window's files were not built into this program. Build them with <code>npm --prefix ui run build</code>, \
then build the program again.\n";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let crate_dir = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let dist = crate_dir.join("../../ui/dist");
    let index = dist.join("index.html");
    if !index.exists() {
        // A path that is missing would make cargo run this again and again.
        std::fs::create_dir_all(&dist)?;
        std::fs::write(&index, NOT_BUILT)?;
    }
    println!("cargo:rerun-if-changed={}", dist.display());
    println!("cargo:rerun-if-changed=build.rs");

    let mut files = Vec::new();
    collect(&dist, &mut files)?;
    files.sort();
    let mut table = String::from("pub(super) static FILES: &[(&str, &[u8])] = &[\n");
    for file in files {
        let name = file.strip_prefix(&dist)?.to_str().ok_or("a file name of the window is not UTF-8")?;
        writeln!(table, "    ({:?}, include_bytes!({:?})),", name.replace('\\', "/"), file.canonicalize()?)?;
    }
    table.push_str("];\n");
    std::fs::write(PathBuf::from(std::env::var("OUT_DIR")?).join("ui_files.rs"), table)?;
    Ok(())
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
