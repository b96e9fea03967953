//! Answers: what may be cached, by its content; and refusals, as JSON with a code.

use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use serde::Serialize;

use super::super::Error;
use crate::{Signable, Signed};

/// Named by its hash: it never changes.
pub(super) const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// Kept by every cache on the way and asked for again each time, which costs no body while it is unchanged.
pub(super) const REVALIDATED: &str = "no-cache";
/// For one key only.
pub(super) const PRIVATE: &str = "private, no-store";

/// Seconds after which a busy catalog is asked again.
const RETRY: u32 = 5;

/// `{"error": {"code", "message"}}` with its status.
#[derive(Debug)]
pub(super) struct Refusal {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: String,
    /// Of the draft, when one is to blame.
    pub field: Option<&'static str>,
    pub retry: Option<u32>,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Error)]
pub(super) struct Refused {
    error: Why,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ErrorDetail)]
struct Why {
    /// Stable, for programs.
    code: &'static str,
    /// For people; says what to do.
    message: String,
    /// The field of a draft that is to blame.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
}

impl Refusal {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), field: None, retry: None }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", message)
    }

    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "the catalog does not know this")
    }

    pub fn busy(message: impl Into<String>) -> Self {
        Self { retry: Some(RETRY), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message) }
    }

    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the catalog failed; its log says why")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response<Body> {
        let body = Refused { error: Why { code: self.code, message: self.message, field: self.field } };
        let mut response = whole(self.status, "application/json", "no-store", serde_json::to_vec(&body).unwrap_or_default());
        if let Some(retry) = self.retry {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"catalog\""));
        }
        response
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let code = error.code();
        let field = match &error {
            Error::Field { field, .. } => Some(*field),
            Error::GtinTaken { .. } | Error::GtinKept { .. } => Some("gtin"),
            _ => None,
        };
        let status = match code {
            "forbidden" | "not_yours" => StatusCode::FORBIDDEN,
            "not_found" => StatusCode::NOT_FOUND,
            "gtin_taken" => StatusCode::CONFLICT,
            "changed" => StatusCode::PRECONDITION_FAILED,
            "quota_products" => StatusCode::CONFLICT,
            "quota_pictures" => StatusCode::PAYLOAD_TOO_LARGE,
            "cursor" => StatusCode::BAD_REQUEST,
            "invalid" => StatusCode::UNPROCESSABLE_ENTITY,
            "busy" => return Self::busy("the catalog is busy; try again in a few seconds"),
            _ => {
                tracing::error!(%error, code, "a request failed");
                return Self::internal();
            }
        };
        Self { field, ..Self::new(status, code, error.to_string()) }
    }
}

impl From<PathRejection> for Refusal {
    fn from(rejection: PathRejection) -> Self {
        Self::bad_request(rejection.body_text())
    }
}

impl From<QueryRejection> for Refusal {
    fn from(rejection: QueryRejection) -> Self {
        Self::bad_request(rejection.body_text())
    }
}

/// A signed answer, in its wire form.
pub(super) fn signed<T: Signable>(headers: &HeaderMap, signed: &Signed<T>) -> Result<Response<Body>, Refusal> {
    json(headers, signed)
}

/// JSON that every cache may keep and must confirm.
pub(super) fn json(headers: &HeaderMap, value: &impl Serialize) -> Result<Response<Body>, Refusal> {
    let bytes = serde_json::to_vec(value).map_err(|_| Refusal::internal())?;
    Ok(revalidated(headers, "application/json", bytes))
}

/// With an entity tag made of the bytes. It is weak, since compression on the way keeps the meaning and not the bytes.
pub(super) fn revalidated(headers: &HeaderMap, media: &str, bytes: Vec<u8>) -> Response<Body> {
    let etag = format!("W/\"{}\"", &blake3::hash(&bytes).to_hex()[..16]);
    cached(headers, &etag, REVALIDATED, media, bytes)
}

pub(super) fn cached(headers: &HeaderMap, etag: &str, cache: &'static str, media: &str, bytes: Vec<u8>) -> Response<Body> {
    let mut response = if matches(headers, etag) {
        let mut response = whole(StatusCode::NOT_MODIFIED, media, cache, Vec::new());
        // A card that was seen is confirmed for 300 bytes in both directions.
        for name in [CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS] {
            response.headers_mut().remove(name);
        }
        response
    } else {
        whole(StatusCode::OK, media, cache, bytes)
    };
    if let Ok(etag) = HeaderValue::from_str(etag) {
        response.headers_mut().insert(ETAG, etag);
    }
    response
}

/// JSON for the holder of a key.
pub(super) fn private(status: StatusCode, value: &impl Serialize) -> Response<Body> {
    match serde_json::to_vec(value) {
        Ok(bytes) => whole(status, "application/json", PRIVATE, bytes),
        Err(_) => Refusal::internal().into_response(),
    }
}

pub(super) fn whole(status: StatusCode, media: &str, cache: &'static str, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(media) = HeaderValue::from_str(media) {
        headers.insert(CONTENT_TYPE, media);
    }
    response
}

/// RFC 9110 section 13.1.2: weak comparison, a list, or `*`.
fn matches(headers: &HeaderMap, etag: &str) -> bool {
    let bare = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
    let wanted = bare(etag);
    let values = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).any(|tag| tag == "*" || bare(tag) == wanted)
}
