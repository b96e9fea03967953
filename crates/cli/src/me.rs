//! `stoa me show | set`.

use clap::Subcommand;
use stoa_core::api::{MeSet, MeShow, Result};

use crate::Context;
use crate::out::facts;
use crate::presence::state_line;

#[derive(Subcommand)]
pub enum Me {
    /// Shows your name, ids and state.
    Show,
    /// Changes your name.
    Set {
        #[arg(long)]
        name: String,
    },
}

pub async fn run(me: Me, context: &Context) -> Result<()> {
    let client = context.client().await?;
    match me {
        Me::Show => {
            let me = client.call(MeShow {}).await?;
            context.out.answer(&me, |me| {
                facts(&[
                    ("name", if me.name.is_empty() { "not chosen yet".to_owned() } else { me.name.clone() }),
                    ("person", me.person.clone()),
                    ("device", me.device.clone()),
                    ("state", state_line(&me.presence)),
                ])
            })
        }
        Me::Set { name } => {
            let done = client.call(MeSet { name: name.clone() }).await?;
            context.out.answer(&done, |_| format!("you are {}", crate::out::plain(&name)))
        }
    }
}
