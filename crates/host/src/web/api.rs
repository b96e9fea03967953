//! Commands and changes over HTTP and WebSocket.

use std::path::Path;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use stoa_core::Changes;
use stoa_core::api::{Answer, CardCodes, Code, Command, Error, PersonaPhoto, Result, SchemePrepare, SellerImport, SellerPhoto};
use tokio::sync::OwnedSemaphorePermit;

use super::session::PROTOCOL;
use super::{Door, Failure, Web};

/// A browser has nothing to say on the WebSocket.
const MESSAGE_CAP: usize = 4 * 1024;

pub(super) async fn invoke(State(web): State<Arc<Web>>, headers: HeaderMap, body: Bytes) -> Result<Json<Answer>, Failure> {
    // Any other type can be posted by a form of another site.
    if headers.get(CONTENT_TYPE).is_none_or(|value| !value.as_bytes().starts_with(b"application/json")) {
        return Err(Failure(Error::new(Code::BadRequest, "a command is sent as application/json")));
    }
    let command: Command =
        serde_json::from_slice(&body).map_err(|error| Error::new(Code::BadRequest, format!("not a command: {error}")))?;
    confine(&command, &web.uploads)?;
    Ok(Json(web.stoa.invoke(command).await?))
}

/// A browser names no paths of this machine, except those of its own uploads.
fn confine(command: &Command, uploads: &Path) -> Result<()> {
    let outside = || Error::new(Code::Refused, "in a browser, files are uploaded and downloaded, not named by path");
    let uploaded = |path: &String| {
        let path = Path::new(path).canonicalize().map_err(|_| outside())?;
        // <uploads>/<random>/<name>, nothing above and no folder.
        let own = path.parent().and_then(Path::parent) == Some(uploads);
        if own && path.is_file() { Ok(()) } else { Err(outside()) }
    };
    match command {
        Command::ShareAdd(add) => add.paths.iter().try_for_each(uploaded),
        Command::CardCodes(CardCodes { path, .. })
        | Command::SellerPhoto(SellerPhoto { path, .. })
        | Command::SellerImport(SellerImport { path, .. })
        | Command::PersonaPhoto(PersonaPhoto { path, .. })
        | Command::SchemePrepare(SchemePrepare { path, .. }) => uploaded(path),
        Command::ShareSave(_) | Command::SellerExport(_) | Command::PersonaExport(_) => Err(outside()),
        _ => Ok(()),
    }
}

/// A one-time address, for the owner to open on another device.
pub(super) async fn link(State(web): State<Arc<Web>>) -> Json<Link> {
    Json(Link { url: Door { address: web.address, sessions: web.sessions.clone() }.invite() })
}

#[derive(Serialize)]
pub(super) struct Link {
    url: String,
}

pub(super) async fn changes(State(web): State<Arc<Web>>, upgrade: WebSocketUpgrade) -> Response {
    let Ok(room) = web.listener_room.clone().try_acquire_owned() else {
        return Failure(Error::new(Code::TooMany, "too many windows listen already")).into_response();
    };
    // from before the browser hears that it is connected, so that nothing falls between its first read and this
    let changes = web.stoa.changes();
    let upgrade = upgrade.protocols([PROTOCOL]).max_message_size(MESSAGE_CAP);
    upgrade.on_upgrade(move |socket| tell(socket, web, changes, room))
}

async fn tell(mut socket: WebSocket, web: Arc<Web>, mut changes: Changes, _room: OwnedSemaphorePermit) {
    loop {
        tokio::select! {
            () = web.closing.cancelled() => break,
            change = changes.next() => {
                let Some(change) = change else { break };
                let Ok(text) = serde_json::to_string(&change) else { continue };
                if socket.send(Message::Text(text.into())).await.is_err() {
                    return;
                }
            }
            heard = socket.recv() => match heard {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
        }
    }
    // The browser may be gone first.
    let _ = socket.send(Message::Close(None)).await;
}
