//! `media://localhost/<id>`: the bytes of `media.get` for the page.

use stoa_core::api::Code;
use tauri::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use tauri::http::{Request, Response, StatusCode};
use tauri::{AppHandle, Manager, UriSchemeResponder};

use crate::shell::Shell;

pub fn serve(app: &AppHandle, request: &Request<Vec<u8>>, responder: UriSchemeResponder) {
    let app = app.clone();
    let id = decode(request.uri().path().trim_start_matches('/'));
    tauri::async_runtime::spawn(async move {
        let response = match id {
            Some(id) => respond(&app, id).await,
            None => empty(StatusCode::BAD_REQUEST),
        };
        responder.respond(response);
    });
}

async fn respond(app: &AppHandle, id: String) -> Response<Vec<u8>> {
    let Some(shell) = app.try_state::<Shell>() else { return empty(StatusCode::SERVICE_UNAVAILABLE) };
    match shell.backend().await.picture(id).await {
        Ok((mime, bytes)) => Response::builder()
            .header(CONTENT_TYPE, mime)
            .header(X_CONTENT_TYPE_OPTIONS, "nosniff")
            // An id stands for the same bytes for ever.
            .header(CACHE_CONTROL, "private, max-age=31536000, immutable")
            .body(bytes)
            .unwrap_or_else(|_| empty(StatusCode::INTERNAL_SERVER_ERROR)),
        Err(error) if error.code == Code::NotFound => empty(StatusCode::NOT_FOUND),
        Err(error) => {
            tracing::warn!(%error, "a picture");
            empty(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

fn empty(status: StatusCode) -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;
    response
}

/// Undoes `encodeURIComponent`.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn ids_come_back_whole() {
        assert_eq!(decode("card%3Aab%2Fcd-1.webp").as_deref(), Some("card:ab/cd-1.webp"));
        assert_eq!(decode("%E6%B5%B7").as_deref(), Some("海"));
        for broken in ["%", "%4", "%zz", "%FF"] {
            assert_eq!(decode(broken), None, "{broken}");
        }
    }
}
