//! The list of api.rs as TypeScript, for `ui/src/lib/ipc/generated.ts`.

use std::fmt::Write;

use specta::Types;
use specta_typescript::Typescript;

use crate::api;

/// Every type, and `Verbs`: arguments and answer by verb.
///
/// # Errors
/// When a type of the api cannot be said in TypeScript.
pub fn typescript() -> Result<String, String> {
    let mut types = Types::default().register::<api::Change>().register::<api::Error>();
    let verbs = api::verb_types(&mut types);
    let header = "// Generated from crates/core/src/api.rs; a test fails when it is stale. Make it anew with `make types`.\n";
    let mut text =
        Typescript::default().header(header).export(&types, specta_serde::Format).map_err(|error| error.to_string())?;
    text.push_str("\nexport interface Verbs {\n");
    for (name, args, answer) in verbs {
        let _ = writeln!(text, "\t\"{name}\": {{ args: {args}; answer: {answer} }};");
    }
    text.push_str("}\n");
    Ok(text)
}
