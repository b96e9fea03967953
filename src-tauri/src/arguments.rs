//! How the window was started.

use std::path::PathBuf;

use clap::Parser;
use stoa_core::api::{Code, Error, Result};
use stoa_host::{Options, Unlock, home};
use zeroize::Zeroizing;

/// Bytes of a link that opens the window.
const LINK_CAP: usize = 600;

/// Stoa's window.
#[derive(Parser)]
#[command(name = "stoa-window", version)]
pub struct Arguments {
    /// Whose Stoa: the folder of one person. The platform's data folder unless told.
    #[arg(long, env = "STOA_HOME", value_name = "DIR")]
    home: Option<PathBuf>,
    /// Where to listen when no node runs yet, as a multiaddr; may be given more than once.
    #[arg(long, value_name = "MULTIADDR")]
    listen: Vec<String>,
    /// Neither announce this node on the LAN nor look for others.
    #[arg(long)]
    no_lan: bool,
    /// Begin with the conversation with this contact.
    #[arg(long, value_name = "CONTACT")]
    pub open: Option<String>,
    /// The page's language (BCP 47) instead of the system's, until another is chosen in the window.
    #[arg(long, value_parser = language)]
    pub language: Option<String>,
    /// Close when stdin ends, so that the window never outlives the program that started it.
    #[arg(long, hide = true)]
    pub stop_on_eof: bool,
    /// A stoa://invite/… link to redeem.
    link: Option<String>,
}

/// Letters, digits and hyphens: it becomes part of a script.
fn language(text: &str) -> std::result::Result<String, String> {
    if !text.is_empty() && text.len() <= 35 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Ok(text.to_owned());
    }
    Err(format!("{text:?} names no language"))
}

impl Arguments {
    pub fn read() -> Self {
        Self::parse()
    }

    /// The invitation, when the link is one. Anything else on the command line may come from a web page and is dropped.
    pub fn invite(&self) -> Option<String> {
        self.link.clone().filter(|link| link.starts_with("stoa://invite/") && link.len() <= LINK_CAP)
    }

    /// # Errors
    /// `not_found` when the environment names no home folder.
    pub fn home(&self) -> Result<PathBuf> {
        self.home.clone().map_or_else(home::default_dir, Ok)
    }

    /// How to run a node, should none run on the home.
    ///
    /// # Errors
    /// As `home`; `file_unreadable` when this program's own path is unknown.
    pub fn options(&self) -> Result<Options> {
        let media_program = std::env::current_exe()
            .map_err(|error| Error::new(Code::FileUnreadable, format!("this program's own path: {error}")))?;
        let passphrase = std::env::var("STOA_PASSPHRASE").ok().filter(|text| !text.is_empty()).map(Zeroizing::new);
        Ok(Options {
            home: self.home()?,
            unlock: Unlock { passphrase },
            listen: self.listen.clone(),
            lan: !self.no_lan,
            web: None,
            media_program,
        })
    }
}
