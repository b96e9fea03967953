//! The window's types are generated from the api and committed.

#![allow(clippy::unwrap_used)]

use std::path::Path;

/// With `STOA_WRITE_TYPES` set, writes the file instead of comparing.
#[test]
fn the_windows_types_are_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/lib/ipc/generated.ts");
    let fresh = stoa_core::typescript().unwrap();
    if std::env::var_os("STOA_WRITE_TYPES").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == fresh, "ui/src/lib/ipc/generated.ts is stale: run `make types`");
}
