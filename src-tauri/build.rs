//! Lets tauri find the window's files and its permissions.

use std::path::Path;

const NOT_BUILT: &str = "<!doctype html><meta charset=\"utf-8\"><title>Stoa</title>\
<p>The window's files were not built into this program. Build them with <code>npm --prefix ui run build</code>, \
then build the program again.\n";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let index = Path::new("../ui/dist/index.html");
    if !index.exists() {
        std::fs::create_dir_all("../ui/dist")?;
        std::fs::write(index, NOT_BUILT)?;
    }
    let commands = tauri_build::AppManifest::new().commands(&[
        "invoke",
        "pick_pictures",
        "pick_folder",
        "start",
        "upload",
        "save_as",
        "expect_camera",
    ]);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands)).map_err(|error| format!("{error:#}"))?;
    Ok(())
}
