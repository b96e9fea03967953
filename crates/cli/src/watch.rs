//! `stoa watch`.

use stoa_core::api::{Code, Error, Result};

use crate::Context;

pub async fn run(context: &Context) -> Result<()> {
    let mut watch = context.client().await?.watch().await?;
    loop {
        tokio::select! {
            change = watch.next() => match change {
                Some(change) => context.out.json(&change)?,
                None => return Err(Error::new(Code::NoNode, "the node stopped")),
            },
            stopped = tokio::signal::ctrl_c() => return Ok(stopped?),
        }
    }
}
