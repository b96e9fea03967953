//! Shapes of answers, for their description (OpenAPI).

use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::{Hash, Product};

/// `{"payload": "<JSON text>", "signature": "<base64>"}`: the payload's bytes are what was signed, by ed25519 (RFC 8032) under the tag
/// `stoa catalog product v1\0` or `stoa catalog manifest v1\0`.
#[derive(Serialize, ToSchema)]
pub(super) struct SignedAnswer {
    payload: String,
    signature: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Found {
    products: Vec<SignedAnswer>,
    /// Codes that are not known.
    missing: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct SignedPage {
    products: Vec<SignedAnswer>,
    /// `after` of the next page; null on the last one.
    next: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Goods {
    products: Vec<Product>,
    /// `after` of the next page; null on the last one.
    next: Option<String>,
}

/// Bytes as they are.
pub(super) struct Binary;

impl PartialSchema for Binary {
    fn schema() -> RefOr<Schema> {
        RefOr::T(Schema::Object(
            ObjectBuilder::new().schema_type(Type::String).content_media_type("application/octet-stream").build(),
        ))
    }
}

impl ToSchema for Binary {}

impl PartialSchema for Hash {
    fn schema() -> RefOr<Schema> {
        let hash = ObjectBuilder::new().schema_type(Type::String).description(Some("BLAKE3, 64 hexadecimal digits"));
        RefOr::T(Schema::Object(hash.pattern(Some("^[0-9a-f]{64}$")).build()))
    }
}

impl ToSchema for Hash {}
