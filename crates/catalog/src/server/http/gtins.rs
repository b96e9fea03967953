//! Whose a GTIN is, as the operator says.

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use serde::{Deserialize, Serialize};

use super::Site;
use super::answers::{Refusal, Refused, private};
use super::auth::Operator;
use super::body::Json;
use super::question::Named;
use crate::Product;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Owner {
    /// A seller's id; absent or null: whoever comes first.
    #[serde(default)]
    seller: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct Given {
    gtin: String,
    seller: Option<String>,
    /// The other seller's product from which it was taken, as it is now: without the GTIN, or withdrawn when its code is the GTIN.
    taken_from: Option<Product>,
}

/// Takes a GTIN away from another seller's product, and keeps it for one seller or for whoever comes first
#[utoipa::path(put, path = "/operator/gtins/{gtin}", tag = "operator", security(("key" = [])),
    params(("gtin" = String, Path, description = "8, 12, 13 or 14 digits", example = "4006381333931")),
    request_body = Owner,
    responses(
        (status = 200, description = "Whose it is now", body = Given),
        (status = 404, description = "No such seller", body = Refused),
        (status = 422, description = "Not a GTIN", body = Refused),
    )
)]
pub(super) async fn give(
    State(site): State<Site>,
    Operator(access): Operator,
    Named(gtin): Named,
    Json(Owner { seller }): Json<Owner>,
) -> Result<Response<Body>, Refusal> {
    let (number, owner) = (gtin.clone(), seller.clone());
    let taken_from = site.write(move |catalog| catalog.give_gtin(&access, &number, owner.as_deref())).await?;
    Ok(private(StatusCode::OK, &Given { gtin, seller, taken_from }))
}
