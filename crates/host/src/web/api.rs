//! Commands and changes over HTTP and WebSocket.

use std::path::Path;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use stoa_core::Changes;
use stoa_core::api::{CardCodes, Code, Command, Error, PersonaPhoto, Result, SchemePrepare, SellerImport, SellerPhoto};
use tokio::sync::OwnedSemaphorePermit;

use super::session::PROTOCOL;
use super::{Failure, Invitations, Web};
use crate::invoke::{self, Asked};
use crate::page::upload;

/// A browser has nothing to say on the WebSocket.
const MESSAGE_CAP: usize = 4 * 1024;

pub(super) async fn invoke(State(web): State<Arc<Web>>, headers: HeaderMap, body: Bytes) -> Result<Response, Failure> {
    // Any other type can be posted by a form of another site.
    if headers.get(CONTENT_TYPE).is_none_or(|value| !value.as_bytes().starts_with(b"application/json")) {
        return Err(Failure(Error::new(Code::BadRequest, "a command is sent as application/json")));
    }
    let command =
        serde_json::from_slice(&body).map_err(|error| Error::new(Code::BadRequest, format!("not a command: {error}")))?;
    match invoke::read(command)? {
        Asked::Phone(asked) => Ok(Json(web.phone.answer(asked).await?).into_response()),
        Asked::Core(command) => {
            confine(&command, &web.uploads)?;
            Ok(Json(web.stoa.invoke(*command).await?).into_response())
        }
    }
}

/// A browser names no paths of this machine, except those of its own uploads.
fn confine(command: &Command, uploads: &Path) -> Result<()> {
    let uploaded = |path: &String| upload::uploaded(uploads, Path::new(path)).map(drop);
    match command {
        Command::ShareAdd(add) => add.paths.iter().try_for_each(uploaded),
        Command::CardCodes(CardCodes { path, .. })
        | Command::SellerPhoto(SellerPhoto { path, .. })
        | Command::SellerImport(SellerImport { path, .. })
        | Command::PersonaPhoto(PersonaPhoto { path, .. })
        | Command::SchemePrepare(SchemePrepare { path, .. }) => uploaded(path),
        Command::ShareSave(_) | Command::SellerExport(_) | Command::PersonaExport(_) => Err(upload::outside()),
        _ => Ok(()),
    }
}

#[derive(Deserialize)]
pub(super) struct Named {
    #[serde(default)]
    name: String,
}

#[derive(Serialize)]
pub(super) struct Uploaded {
    path: String,
}

pub(super) async fn upload(
    State(web): State<Arc<Web>>,
    Query(Named { name }): Query<Named>,
    body: Body,
) -> Result<Json<Uploaded>, Failure> {
    let Ok(_room) = web.upload_room.acquire().await else {
        return Err(Failure(Error::new(Code::Internal, "the bridge is closing")));
    };
    let path = upload::take(&web.uploads, &name, body).await?;
    Ok(Json(Uploaded { path: path.to_string_lossy().into_owned() }))
}

/// A one-time address, for the owner to open on another device.
pub(super) async fn link(State(web): State<Arc<Web>>) -> Json<Link> {
    Json(Link { url: Invitations { address: web.address, sessions: web.sessions.clone() }.invite() })
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
