//! `stoa catalog sweep`.

use std::time::Duration;

use clap::Args;
use serde_json::json;
use stoa_catalog::server::{GRACE, Swept};
use stoa_core::api::Result;

use super::{Place, blocking, refused};
use crate::Context;

const DAY: u64 = 24 * 3600;

#[derive(Args)]
pub struct Sweep {
    #[command(flatten)]
    place: Place,
    /// How long nothing has named it. Below 30 days a signed answer that is cached somewhere may lose its picture.
    #[arg(long, value_name = "DAYS", default_value_t = GRACE.as_secs() / DAY, value_parser = clap::value_parser!(u64).range(1..=3650))]
    older_than: u64,
    /// Also objects of `--blobs` that the database does not know. The place must be this catalog's alone.
    #[arg(long)]
    strays: bool,
}

pub async fn run(sweep: Sweep, context: &Context) -> Result<()> {
    let Sweep { place, older_than, strays } = sweep;
    let grace = Duration::from_secs(older_than * DAY);
    let (swept, astray) = blocking(move || {
        let catalog = place.open()?;
        let swept = catalog.sweep(grace).map_err(refused)?;
        let astray = if strays { catalog.sweep_strays(grace).map_err(refused)? } else { Swept::default() };
        Ok((swept, astray))
    })
    .await?;
    let answer = json!({ "blobs": swept.blobs, "bytes": swept.bytes, "strays": astray.blobs, "stray_bytes": astray.bytes });
    context.out.answer(&answer, |_| {
        let blobs = swept.blobs + astray.blobs;
        format!("{blobs} blobs removed, {} bytes", swept.bytes + astray.bytes)
    })
}
