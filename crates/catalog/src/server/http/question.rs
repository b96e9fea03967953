//! Parts of a request's address, refused as JSON when they are not of their shape.

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::answers::Refusal;

/// The one name in the path, decoded.
pub(super) struct Named(pub String);

/// Two names in the path, decoded.
pub(super) struct Within(pub String, pub String);

/// The query.
pub(super) struct Of<T>(pub T);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Path(name) = Path::from_request_parts(parts, state).await?;
        Ok(Self(name))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Within {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Path((outer, inner)) = Path::from_request_parts(parts, state).await?;
        Ok(Self(outer, inner))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Of<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Query(asked) = Query::from_request_parts(parts, state).await?;
        Ok(Self(asked))
    }
}
