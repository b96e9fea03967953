//! `stoa phone open | show | close`.

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;
use stoa_core::api::Result;
use stoa_host::phone::{Link, Open, Opened, Shown};

use crate::Context;
use crate::out::{at, facts, remark};
use crate::qr;

#[derive(Subcommand)]
pub enum Phone {
    /// Lets one phone on the same network in, to make your picture there. Prints the link, and in a terminal its code to scan; it works
    /// once, within ten minutes.
    Open {
        /// Where to listen: a private address of this machine, e.g. 192.168.1.5 or 192.168.1.5:8080.
        #[arg(long, value_name = "ADDR")]
        at: Option<String>,
        /// Let nobody stay longer than so many minutes, 1 to 240; 30 unless told.
        #[arg(long, value_name = "N")]
        minutes: Option<u32>,
        /// Draw the code into this file too: .svg or .png.
        #[arg(long, value_name = "FILE")]
        qr: Option<PathBuf>,
    },
    /// Whether it is open, until when, and how many phones are in.
    Show,
    /// Closes it at once.
    Close,
}

pub async fn run(phone: Phone, context: &Context) -> Result<()> {
    let client = context.client().await?;
    let out = &context.out;
    match phone {
        Phone::Open { at: place, minutes, qr } => {
            if let Some(file) = &qr {
                qr::can_draw(file)?;
            }
            let opened: Opened = client.ask_for("phone.open", &Open { at: place, minutes }).await?;
            if let Some(file) = &qr {
                qr::draw(&opened.url, file)?;
            }
            if !out.json && std::io::stdout().is_terminal() {
                remark(&qr::text(&opened.url)?);
                remark(&format!(
                    "Scan it with the phone's camera within ten minutes; it works once. Closes at {}:",
                    at(opened.until)
                ));
            }
            out.answer(&opened, |opened| opened.url.clone())
        }
        Phone::Show => {
            let shown: Shown = client.ask_for("phone.show", &json!({})).await?;
            out.answer(&shown, |shown| match &shown.open {
                None => "closed; open it with: stoa phone open".to_owned(),
                Some(open) => facts(&[
                    ("open at", open.address.clone()),
                    ("until", at(open.until)),
                    ("phones", open.phones.to_string()),
                    ("newest code", word(open.link).to_owned()),
                ]),
            })
        }
        Phone::Close => {
            let closed = client.ask("phone.close", json!({})).await?;
            out.answer(&closed, |_| "closed".to_owned())
        }
    }
}

fn word(link: Link) -> &'static str {
    match link {
        Link::Waiting => "waits to be scanned",
        Link::Used => "was used",
        Link::Expired => "expired",
    }
}
