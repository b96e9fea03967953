//! What the page may ask of the shell. Everything else goes through `invoke` to core.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;
use stoa_core::api::{Code, Error, Result};
use tauri::ipc::{InvokeBody, Request};
use tauri::{AppHandle, State, WebviewWindow};
use tauri_plugin_dialog::{DialogExt, FilePath};
use tokio::sync::oneshot;

use crate::shell::Shell;

/// Runs `{"verb":…,"args":…}`.
#[tauri::command]
pub async fn invoke(shell: State<'_, Shell>, command: Value) -> Result<Value> {
    shell.backend().await.invoke(command).await
}

/// What the window was opened with.
#[derive(Serialize)]
pub struct Start {
    /// An invitation link to redeem.
    invite: Option<String>,
    /// A contact whose conversation to open.
    open: Option<String>,
}

#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "tauri hands state over by value")]
pub fn start(shell: State<'_, Shell>) -> Start {
    Start { invite: shell.arguments.invite(), open: shell.arguments.open.clone() }
}

/// The page is about to open the camera: its next question for one is answered with yes.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "tauri hands state over by value")]
pub fn expect_camera(shell: State<'_, Shell>) {
    shell.camera.expect();
}

/// Keeps a file that the page holds as bytes, under the name in the header `name` (percent-encoded). An absolute path.
#[tauri::command]
pub async fn upload(shell: State<'_, Shell>, request: Request<'_>) -> Result<String> {
    let bytes = raw(&request)?.to_vec();
    let path = stoa_host::page::upload::keep(&shell.arguments.home()?, &name(&request), bytes).await?;
    text(FilePath::Path(path))
}

/// Asks for pictures. Absolute paths; none when the owner changed their mind.
#[tauri::command]
pub async fn pick_pictures(app: AppHandle, window: WebviewWindow) -> Result<Vec<String>> {
    let (picked, paths) = oneshot::channel();
    app.dialog()
        .file()
        .set_parent(&window)
        .add_filter("JPEG, PNG, WebP, GIF", &["jpg", "jpeg", "png", "webp", "gif", "JPG", "JPEG", "PNG"])
        .pick_files(move |files| {
            // The page may be gone before the dialog is.
            let _ = picked.send(files.unwrap_or_default());
        });
    paths.await.unwrap_or_default().into_iter().map(text).collect()
}

/// Asks for a folder. An absolute path, or none.
#[tauri::command]
pub async fn pick_folder(app: AppHandle, window: WebviewWindow) -> Result<Option<String>> {
    let (picked, path) = oneshot::channel();
    app.dialog().file().set_parent(&window).pick_folder(move |folder| {
        // The page may be gone before the dialog is.
        let _ = picked.send(folder);
    });
    path.await.unwrap_or_default().map(text).transpose()
}

/// Asks where to save bytes that the page holds, under the name in the header `name` (percent-encoded), and writes them there; false
/// when the owner changed their mind. The dialog asks before a file is replaced.
#[tauri::command]
pub async fn save_as(app: AppHandle, window: WebviewWindow, request: Request<'_>) -> Result<bool> {
    let bytes = raw(&request)?.to_vec();
    let name = name(&request);
    let name = Path::new(&name).file_name().unwrap_or("picture.webp".as_ref()).to_string_lossy().into_owned();
    let (picked, path) = oneshot::channel();
    app.dialog().file().set_parent(&window).set_file_name(name).save_file(move |file| {
        // The page may be gone before the dialog is.
        let _ = picked.send(file);
    });
    let Some(path) = path.await.unwrap_or_default() else { return Ok(false) };
    let path = path.into_path().map_err(|error| Error::new(Code::FileUnreadable, error.to_string()))?;
    tokio::fs::write(&path, bytes).await.map_err(|error| match Error::from(error) {
        full if full.code == Code::DiskFull => full,
        other => Error::new(Code::FileUnreadable, format!("{} cannot be written: {}", path.display(), other.message)),
    })?;
    Ok(true)
}

fn raw<'a>(request: &'a Request<'_>) -> Result<&'a [u8]> {
    match request.body() {
        InvokeBody::Raw(bytes) => Ok(bytes),
        InvokeBody::Json(_) => Err(Error::new(Code::BadRequest, "a file is bytes")),
    }
}

fn name(request: &Request<'_>) -> String {
    let name = request.headers().get("name").and_then(|name| name.to_str().ok()).unwrap_or_default();
    percent_encoding::percent_decode_str(name).decode_utf8_lossy().into_owned()
}

fn text(path: FilePath) -> Result<String> {
    let path = path.into_path().map_err(|error| Error::new(Code::FileUnreadable, error.to_string()))?;
    path.into_os_string()
        .into_string()
        .map_err(|path| Error::new(Code::FileUnreadable, format!("{} is not UTF-8", path.to_string_lossy())))
}
