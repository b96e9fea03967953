//! The routes with their description (OpenAPI 3.1). A handler is routed by its description, so that neither is without the other.

use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::schemas::{Found, Goods, SignedAnswer, SignedPage};
use super::{Site, gtins, linkset, operator, pages, preview, public, seller, transfer};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Product catalog",
        description = "Signed products for cards. What is public is cacheable by its content: send `If-None-Match`. Errors are JSON: `{\"error\": {\"code\", \"message\"}}`.",
    ),
    components(schemas(SignedAnswer, Found, SignedPage, Goods)),
    modifiers(&Keys),
    tags(
        (name = "public", description = "For everybody"),
        (name = "seller", description = "With a seller's key"),
        (name = "operator", description = "With the operator's key"),
        (name = "pages", description = "For people"),
    )
)]
struct Description;

struct Keys;

impl Modify for Keys {
    fn modify(&self, document: &mut Document) {
        let key =
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("stoa_…").description(Some("A key of this catalog"));
        document.components.get_or_insert_default().add_security_scheme("key", SecurityScheme::Http(key.build()));
    }
}

pub(super) fn described() -> OpenApiRouter<Site> {
    OpenApiRouter::with_openapi(Description::openapi()).merge(reading()).merge(selling()).merge(operating())
}

fn reading() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(public::manifest))
        .routes(routes!(public::products))
        .routes(routes!(public::search))
        .routes(routes!(public::blob))
        .routes(routes!(linkset::resolve))
        .routes(routes!(linkset::description))
        .routes(routes!(pages::document))
        .routes(routes!(pages::docs))
        .routes(routes!(pages::admin))
        .routes(routes!(pages::file))
}

fn selling() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(public::product, seller::put, seller::patch, seller::withdraw))
        .routes(routes!(seller::standing))
        .routes(routes!(seller::goods))
        .routes(routes!(seller::add_photo))
        .routes(routes!(seller::remove_photo))
        .routes(routes!(seller::logo))
        .routes(routes!(preview::preview))
        .routes(routes!(preview::card))
        .routes(routes!(transfer::import))
        .routes(routes!(transfer::export))
}

fn operating() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(operator::sellers, operator::add_seller))
        .routes(routes!(operator::rename_seller))
        .routes(routes!(operator::add_key))
        .routes(routes!(operator::add_operator_key))
        .routes(routes!(operator::remove_key))
        .routes(routes!(operator::set_badges))
        .routes(routes!(operator::set_quota))
        .routes(routes!(gtins::give))
        .routes(routes!(operator::put_layout, operator::remove_layout))
        .routes(routes!(preview::layout))
        .routes(routes!(operator::put_rule, operator::remove_rule))
        .routes(routes!(operator::set_hosts))
        .routes(routes!(operator::put_badge, operator::remove_badge))
        .routes(routes!(operator::put_pack, operator::remove_pack))
        .routes(routes!(operator::set_name))
        .routes(routes!(operator::rotate_key))
}
