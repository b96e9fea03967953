//! Opening a home: database, keys, network, and the tasks that run until it is closed.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, RwLock};

use tokio::sync::{Notify, broadcast, mpsc};
use tokio::time::Instant;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::db::{self, Db};
use crate::entries::Own;
use crate::error::{Error, Result};
use crate::live::LiveState;
use crate::presence::standing::Standing;
use crate::stoa::{CHANGES_WAITING, Inner, Stoa};
use crate::time::Time;
use crate::touch::Touches;
use crate::{conversations, inbox, looks, me, personas, photos, presence, products, project, serve, teller};

/// How to open a home.
pub struct Config {
    /// The home's folder; exists, belongs to this process alone.
    pub home: PathBuf,
    /// Raw SQLCipher key of the database.
    pub key: [u8; 32],
    /// Multiaddrs to listen on; all interfaces, TCP and QUIC, when empty.
    pub listen: Vec<String>,
    /// Whether to announce and look for devices on the LAN by mDNS.
    pub lan: bool,
    /// The program re-executed as the picture-decoding child.
    pub media_program: PathBuf,
}

impl Stoa {
    /// Opens a home: database, keys, network. Makes what is missing.
    ///
    /// # Errors
    /// `home_locked`, `disk_full`, `internal`.
    pub async fn open(config: Config) -> Result<Self> {
        let (touched, told) = Touches::channel(CHANGES_WAITING);
        let (wakes, woken) = mpsc::channel(CHANGES_WAITING);
        let path = db::file(&config.home);
        private_files(&path, &config.home.join("blobs"))?;
        let db = Db::open(&path, &config.key, touched.clone(), wakes)?;
        let fingerprint = me::home::fingerprint(&path)?;
        let own = Arc::new(db.write(move |tx| me::home::own(tx, fingerprint, project::project)).await?);
        db.write(conversations::project::note_old_links).await?;
        let (node, events, asks) = start_node(&db, &own, &config).await?;
        let kept = |conn: &_| Ok((Standing::kept(conn)?, products::rules::Rules::load(conn)?, photos::expiry::kept(conn)?));
        let (mut standing, rules, floor) = db.read(kept).await?;
        let own_state = standing.shown(Instant::now(), Time::now());
        let live = LiveState { own: own_state, standing, floor, ..Default::default() };
        let stoa = Self(Arc::new(Inner {
            db,
            own,
            node,
            media: stoa_media::Media::new(config.media_program),
            fetcher: stoa_fetch::Fetcher::new().map_err(stoa_catalog::Error::from)?,
            home: config.home,
            lan: config.lan,
            listen: config.listen,
            fetch: Notify::new(),
            prepare: Notify::new(),
            live: Mutex::new(live),
            rules: RwLock::new(Arc::new(rules)),
            cards: products::Cards::default(),
            looks: looks::Looks::default(),
            wardrobe: personas::Wardrobe::default(),
            links: Mutex::default(),
            links_changed: Notify::new(),
            following: tokio::sync::Mutex::default(),
            turns: presence::idle::Turns::default(),
            told: presence::told(),
            touched,
            changes: broadcast::channel(CHANGES_WAITING).0,
            tasks: TaskTracker::new(),
            ending: CancellationToken::new(),
        }));
        if let Err(error) = looks::tidy::forget_unnoted(&stoa).await {
            tracing::warn!(%error, "bytes of looks that nothing names stay behind");
        }
        stoa.spawn(teller::run(stoa.clone(), told));
        stoa.spawn(inbox::wakes(stoa.clone(), woken));
        stoa.spawn(inbox::events(stoa.clone(), events));
        stoa.spawn(serve::run(stoa.clone(), asks));
        stoa.spawn(looks::fetch::run(stoa.clone()));
        stoa.spawn(photos::fetch::run(stoa.clone()));
        stoa.spawn(photos::prepare::run(stoa.clone()));
        stoa.spawn(photos::expiry::run(stoa.clone()));
        stoa.spawn(presence::idle::run(stoa.clone()));
        stoa.spawn(inbox::links(stoa.clone()));
        Ok(stoa)
    }
}

/// SQLite gives its log files the mode of the database, so that is made first, for the owner alone.
fn private_files(database: &std::path::Path, blobs: &std::path::Path) -> Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(database)?;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(blobs)?;
    Ok(())
}

/// Starts the network on the ports of last time, so that contacts find this device where they knew it.
async fn start_node(db: &Db, own: &Own, config: &Config) -> Result<(stoa_p2p::Node, stoa_p2p::Events, stoa_p2p::Asks)> {
    let hidden = db.read(db::is_hidden).await?;
    let wanted = config.listen.join("\n");
    let kept = db
        .read(move |conn| {
            let text = |key| Ok::<_, Error>(String::from_utf8(db::meta(conn, key)?.unwrap_or_default()).unwrap_or_default());
            Ok(if text("listen_wanted")? == wanted { text("listen_had")? } else { String::new() })
        })
        .await?;
    let listen = |addrs: Vec<String>| stoa_p2p::Config {
        secret: own.device.secret(),
        listen: addrs,
        lan: config.lan,
        hidden,
        store: config.home.join("blobs"),
    };
    if !kept.is_empty() {
        match stoa_p2p::start(listen(kept.lines().map(str::to_owned).collect())).await {
            // one port of two may be taken
            Ok(started) if hidden || !kept.contains("/tcp/") || started.0.addrs().iter().any(|addr| addr.contains("/tcp/")) => {
                return Ok(started);
            }
            Ok(started) => started.0.stop().await,
            Err(error) => tracing::info!(%error, "the ports of last time are taken; new ones are chosen"),
        }
    }
    Ok(stoa_p2p::start(listen(config.listen.clone())).await?)
}

/// Notes the ports that are listened on, for the next start. While nothing is listened on, the last ones stay.
pub async fn keep_ports(stoa: &Stoa, addrs: Vec<String>) {
    if addrs.is_empty() {
        return;
    }
    let (wanted, had) = (stoa.listen.join("\n"), ports_fixed(&stoa.listen, &addrs));
    let kept = stoa.db.write(move |tx| {
        let is = |key, value: &str| Ok::<_, Error>(db::meta(tx, key)?.is_some_and(|kept| kept == value.as_bytes()));
        if !is("listen_wanted", &wanted)? || !is("listen_had", &had)? {
            db::set_meta(tx, "listen_wanted", wanted.as_bytes())?;
            db::set_meta(tx, "listen_had", had.as_bytes())?;
        }
        Ok(())
    });
    if let Err(error) = kept.await {
        tracing::warn!(%error, "the ports were not kept");
    }
}

/// The wished addresses with the ports that were given; the default ones when none were wished.
fn ports_fixed(wished: &[String], given: &[String]) -> String {
    let port = |marker: &str| given.iter().find_map(|addr| addr.split_once(marker)?.1.split('/').next()?.parse::<u16>().ok());
    let (tcp, udp) = (port("/tcp/").unwrap_or(0), port("/udp/").unwrap_or(0));
    let default = ["/ip4/0.0.0.0/tcp/0", "/ip4/0.0.0.0/udp/0/quic-v1", "/ip6/::/tcp/0", "/ip6/::/udp/0/quic-v1"];
    let wished: Vec<&str> = if wished.is_empty() { default.to_vec() } else { wished.iter().map(String::as_str).collect() };
    let fix = |addr: &str| {
        let addr = addr.replace("/tcp/0", &format!("/tcp/{tcp}"));
        if addr.ends_with("/udp/0") {
            addr.replace("/udp/0", &format!("/udp/{udp}"))
        } else {
            addr.replace("/udp/0/", &format!("/udp/{udp}/"))
        }
    };
    wished.into_iter().map(fix).collect::<Vec<_>>().join("\n")
}
