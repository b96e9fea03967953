//! Puts the built-in accessories (icons/accessories) into the program: `PACK`, and `DRAWINGS` by file name.

use std::fmt::Write;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("../../icons/accessories");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<_> = std::fs::read_dir(&folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.sort();
    let mut code = String::new();
    writeln!(code, "const PACK: &str = include_str!({:?});", folder.join("pack.json"))?;
    writeln!(code, "const DRAWINGS: &[(&str, &str)] = &[")?;
    for file in files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "svg")) {
        let name = file.file_name().and_then(|name| name.to_str()).ok_or("a drawing's name is not UTF-8")?;
        writeln!(code, "    ({name:?}, include_str!({file:?})),")?;
    }
    writeln!(code, "];")?;
    std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("accessories.rs"), code)?;
    Ok(())
}
