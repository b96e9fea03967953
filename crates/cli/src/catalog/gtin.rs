//! `stoa catalog gtin …`.

use clap::Subcommand;
use serde_json::json;
use stoa_catalog::server::Access;
use stoa_core::api::Result;

use super::{Place, blocking, refused, seller};
use crate::Context;

#[derive(Subcommand)]
pub enum Gtin {
    /// Takes a GTIN away from the product that is offered with it: the product loses it, or is withdrawn when its code is the GTIN.
    Free {
        /// 8, 12, 13 or 14 digits.
        gtin: String,
        /// Keep it for this seller, by id or name; without it, it is for whoever comes first.
        #[arg(long = "for", value_name = "SELLER")]
        owner: Option<String>,
        #[command(flatten)]
        place: Place,
    },
}

pub async fn run(verb: Gtin, context: &Context) -> Result<()> {
    let Gtin::Free { gtin, owner, place } = verb;
    let number = gtin.clone();
    let (owner, taken) = blocking(move || {
        let catalog = place.open()?;
        let owner = owner.map(|wanted| seller(&catalog, Some(&wanted))).transpose()?;
        let id = owner.as_ref().map(|owner| owner.id.as_str());
        let taken = catalog.give_gtin(&Access::operator(), &number, id).map_err(refused)?;
        Ok((owner, taken))
    })
    .await?;
    let answer = json!({ "gtin": gtin, "seller": owner.as_ref().map(|owner| &owner.id), "taken_from": taken });
    context.out.answer(&answer, |_| {
        let from = match &taken {
            Some(product) if product.withdrawn => format!("{} of {} is withdrawn", product.code, product.seller.name),
            Some(product) => format!("{} of {} is without it now", product.code, product.seller.name),
            None => "no other product had it".to_owned(),
        };
        let whose = owner.as_ref().map_or_else(|| "whoever comes first".to_owned(), |owner| owner.name.clone());
        format!("{gtin} is for {whose}; {from}")
    })
}
