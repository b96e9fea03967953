//! `stoa catalog serve`.

use std::net::{IpAddr, SocketAddr};

use clap::Args;
use serde_json::json;
use stoa_catalog::server::{self, Catalog, Door};
use stoa_core::api::{Code, Error, Result};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{Place, blocking, refused, studio};
use crate::Context;
use crate::node::end_of_stdin;

/// Where the links of the sample shop lead: a name that belongs to nobody (RFC 2606).
const SAMPLE_LINKS: &str = "https://shop.example";

#[derive(Args)]
pub struct Serve {
    #[command(flatten)]
    place: Place,
    #[arg(long, default_value = "127.0.0.1:4600", value_name = "ADDR")]
    listen: SocketAddr,
    /// The address of one's own reverse proxy, once for each: of its requests the last hop of X-Forwarded-For counts as who asks.
    #[arg(long, value_name = "IP")]
    behind_proxy: Vec<IpAddr>,
    /// Put a small shop into it.
    #[arg(long)]
    sample: bool,
    /// What the links of the small shop begin with.
    #[arg(long, default_value = SAMPLE_LINKS, value_name = "URL", requires = "sample")]
    sample_links: String,
    /// Stop when stdin ends, so that the catalog never outlives the program that started it.
    #[arg(long, hide = true)]
    stop_on_eof: bool,
}

pub async fn run(serve: Serve, context: &Context) -> Result<()> {
    let (place, links) = (serve.place, serve.sample.then_some(serve.sample_links));
    let catalog = blocking(move || {
        let catalog = place.open()?;
        if let Some(links) = links {
            catalog.seed_sample_shop(&links, stoa_layouts::BUILT_IN).map_err(refused)?;
        }
        Ok(catalog)
    })
    .await?;
    let door = Door { listen: serve.listen, proxies: serve.behind_proxy };
    let done = until_stopped(catalog.clone(), door, serve.stop_on_eof, context).await;
    // A connection to a database is closed by waiting for it.
    blocking(move || {
        drop(catalog);
        Ok(())
    })
    .await?;
    done
}

async fn until_stopped(catalog: Catalog, door: Door, stop_on_eof: bool, context: &Context) -> Result<()> {
    let key = catalog.key().to_string();
    let stop = CancellationToken::new();
    let listen = door.listen;
    let (address, serving) = server::serve(catalog, door, Some(studio::build()), stop.clone().cancelled_owned())
        .await
        .map_err(|error| Error::new(Code::BadRequest, format!("the catalog cannot listen on {listen}: {error}")))?;
    let serving = tokio::spawn(serving);
    let ready = json!({ "ready": true, "url": format!("http://{address}"), "key": key });
    let told = context.out.json(&ready);
    if told.is_ok() {
        asked_to_stop(stop_on_eof).await?;
    }
    stop.cancel();
    serving.await.map_err(|error| Error::new(Code::Internal, error.to_string()))?;
    told
}

async fn asked_to_stop(stop_on_eof: bool) -> Result<()> {
    let eof = if stop_on_eof { end_of_stdin() } else { CancellationToken::new() };
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = eof.cancelled() => {}
    }
    Ok(())
}
