//! The arrows and absences of ARCHITECTURE.md, read from the manifests and the sources.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

use crate::program::repository;

/// What each crate may name of this workspace; whatever is not listed may name nothing.
const ARROWS: &[(&str, &[&str])] = &[
    ("stoa-window", &["stoa-host", "stoa-core", "stoa-media"]),
    ("stoa-cli", &["stoa-host", "stoa-core", "stoa-layouts", "stoa-media", "stoa-catalog"]),
    ("stoa-host", &["stoa-core", "stoa-media"]),
    ("stoa-core", &["stoa-p2p", "stoa-layouts", "stoa-media", "stoa-fetch", "stoa-catalog"]),
    ("stoa-catalog", &["stoa-fetch"]),
];

/// Which crates alone may name a dependency.
const KEEPERS: &[(&str, &[&str])] = &[
    ("libp2p", &["stoa-p2p"]),
    ("iroh", &["stoa-p2p"]),
    ("iroh-blobs", &["stoa-p2p"]),
    ("reqwest", &["stoa-fetch"]),
    ("rusqlite", &["stoa-core", "stoa-catalog"]),
    ("takumi", &["stoa-layouts"]),
    ("tauri", &["stoa-window"]),
    ("webp", &["stoa-media"]),
    ("axum", &["stoa-host", "stoa-catalog", "stoa-fetch"]),
];

struct Dependency {
    name: String,
    features: Vec<String>,
    dev: bool,
}

struct Package {
    manifest: PathBuf,
    dependencies: Vec<Dependency>,
}

/// The members of the workspace as Cargo reads them.
static PACKAGES: LazyLock<BTreeMap<String, Package>> = LazyLock::new(|| {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(repository())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let dependency = |d: &Value| Dependency {
        name: text(&d["name"]),
        features: d["features"].as_array().unwrap().iter().map(text).collect(),
        dev: d["kind"] == "dev",
    };
    let package = |p: &Value| Package {
        manifest: text(&p["manifest_path"]).into(),
        dependencies: p["dependencies"].as_array().unwrap().iter().map(dependency).collect(),
    };
    metadata["packages"].as_array().unwrap().iter().map(|p| (text(&p["name"]), package(p))).collect()
});

/// All files below a folder with one of these endings, without what tools put there.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            if !["node_modules", "target", "dist"].iter().any(|skip| path.ends_with(skip)) {
                found.extend(files(&path, endings));
            }
        } else if endings.iter().any(|ending| path.extension().is_some_and(|e| e == *ending)) {
            found.push(path);
        }
    }
    found
}

/// Lines of code that name one of `words`: comments and what stands below `#[cfg(test)]` left out.
fn naming(files: &[PathBuf], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            if words.iter().any(|word| line.contains(word)) {
                found.push(format!("{}: {}", file.strip_prefix(repository()).unwrap().display(), line.trim()));
            }
        }
    }
    found
}

fn sources(package: &str) -> Vec<PathBuf> {
    let folder = PACKAGES[package].manifest.parent().unwrap().join("src");
    let mut found = files(&folder, &["rs"]);
    found.retain(|file| !file.ends_with("tests.rs"));
    assert!(!found.is_empty(), "{package} has no sources");
    found
}

const NOTHING: [String; 0] = [];

#[test]
fn crates_name_only_what_stands_to_their_right() {
    for (name, package) in PACKAGES.iter().filter(|(name, _)| *name != "stoa-tests") {
        let allowed = ARROWS.iter().find(|(from, _)| from == name).map_or(&[] as &[&str], |(_, to)| to);
        for dependency in package.dependencies.iter().filter(|d| d.name.starts_with("stoa-")) {
            assert!(allowed.contains(&dependency.name.as_str()), "{name} may not name {}", dependency.name);
        }
    }
}

#[test]
fn each_heavy_dependency_has_its_keepers() {
    for (name, package) in PACKAGES.iter().filter(|(name, _)| *name != "stoa-tests") {
        for dependency in package.dependencies.iter().filter(|d| !d.dev) {
            if let Some((_, keepers)) = KEEPERS.iter().find(|(kept, _)| *kept == dependency.name) {
                assert!(keepers.contains(&name.as_str()), "{name} may not name {}", dependency.name);
            }
        }
    }
}

#[test]
fn only_the_command_line_links_the_catalog_server() {
    for (name, package) in &*PACKAGES {
        let serves = package.dependencies.iter().any(|d| d.name == "stoa-catalog" && d.features.contains(&"server".into()));
        assert_eq!(serves, name == "stoa-cli", "{name}");
    }
}

#[test]
fn core_names_no_socket() {
    let sockets = ["std::net", "tokio::net", "os::unix::net", "libp2p", "reqwest", "TcpStream", "UdpSocket", "UnixStream"];
    assert_eq!(naming(&sources("stoa-core"), &sockets), NOTHING);
}

#[test]
fn the_network_knows_no_database_and_no_contact() {
    assert_eq!(naming(&sources("stoa-p2p"), &["rusqlite", "stoa_core", "SELECT "]), NOTHING);
}

#[test]
fn only_media_decodes_pictures() {
    let decoders =
        ["load_from_memory", "ImageReader", "image::open", "ImageDecoder", "webp::Decoder", "JpegDecoder", "PngDecoder"];
    for name in PACKAGES.keys().filter(|name| !["stoa-media", "stoa-tests"].contains(&name.as_str())) {
        assert_eq!(naming(&sources(name), &decoders), NOTHING, "in {name}");
    }
}

#[test]
fn only_one_folder_of_the_window_knows_the_backend() {
    let src = repository().join("ui/src");
    let mut outside = files(&src, &["ts", "svelte", "js"]);
    outside.retain(|file| !file.starts_with(src.join("lib/ipc")));
    assert!(outside.len() > 3, "the window's sources are elsewhere");
    assert_eq!(naming(&outside, &["@tauri-apps", "__TAURI", "new WebSocket("]), NOTHING);
    let shared = files(&src.join("lib/shared"), &["ts", "svelte"]);
    let features = ["contacts", "conversations", "photos", "products", "presence", "me"];
    let imports: Vec<String> = features.iter().map(|f| format!("$lib/{f}")).collect();
    let imports: Vec<&str> = imports.iter().map(String::as_str).collect();
    assert_eq!(naming(&shared, &imports), NOTHING, "shared imports no feature");
}

#[test]
fn versions_and_lints_stand_in_one_place() {
    for (name, package) in &*PACKAGES {
        let manifest = std::fs::read_to_string(&package.manifest).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{name} has its own lints");
        let mut in_dependencies = false;
        for line in manifest.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            if line.starts_with('[') {
                in_dependencies = line.contains("dependencies]");
            } else if in_dependencies {
                assert!(line.contains("workspace = true"), "{name}: {line}");
            }
        }
    }
}
