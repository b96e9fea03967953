//! Connections to PostgreSQL: at most sixteen, looked at before they are written to, replaced when the server has been away.
//!
//! To another machine they are encrypted (TLS by rustls, the server's certificate checked by name against the system's roots, which
//! `SSL_CERT_FILE` may replace); on this machine only when the address says `sslmode=require`.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use postgres::config::{Host, SslMode};
use postgres::error::SqlState;
use postgres::{Client, Config, NoTls, Statement};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::server::Error;

const CONNECTIONS: usize = 16;
/// How long a verb waits for a connection.
const WAIT: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(10);
const HEALTH: Duration = Duration::from_secs(5);
/// No statement of a catalog takes long, but one may wait for another's import.
const SESSION: &str = "SET statement_timeout = '60s'; SET lock_timeout = '60s'; SET idle_in_transaction_session_timeout = '60s';
    SET default_transaction_isolation = 'read committed'; SET standard_conforming_strings = on; SET client_min_messages = warning";

/// Statements prepared on a connection.
pub(super) type Statements = HashMap<&'static str, Statement>;

pub(crate) struct Pool {
    config: Config,
    /// `None` on this machine, unless the address wants it.
    tls: Option<MakeRustlsConnect>,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    lent: usize,
}

struct Connection {
    client: Client,
    statements: Statements,
}

/// Makes room when it goes, also when the work panics.
struct Lease<'a> {
    pool: &'a Pool,
    connection: Option<Connection>,
}

impl Pool {
    pub(super) fn of(url: &str) -> Result<Self, Error> {
        // Whoever is encrypted here is verified, too: libpq's words for that are understood.
        let url = url.replace("sslmode=verify-full", "sslmode=require").replace("sslmode=verify-ca", "sslmode=require");
        let mut config: Config = url.parse().map_err(|error| Error::Invalid(format!("the database's address: {error}")))?;
        config.application_name("stoa-catalog").connect_timeout(CONNECT).tcp_user_timeout(WAIT);
        let plain = is_local(&config) && config.get_ssl_mode() != SslMode::Require;
        let tls = if plain { None } else { Some(encrypted(&mut config)?) };
        Ok(Self { config, tls, state: Mutex::default(), returned: Condvar::new() })
    }

    /// Lends a connection; `checked`, one that the server answered on just now.
    pub(super) fn with<T>(
        &self,
        checked: bool,
        work: impl FnOnce(&mut Client, &mut Statements) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut lease = self.lease()?;
        let usable = |idle: &mut Connection| !checked || idle.client.is_valid(HEALTH).is_ok();
        let mut connection = match lease.connection.take_if(usable) {
            Some(idle) => idle,
            None => self.connect()?,
        };
        let done = work(&mut connection.client, &mut connection.statements);
        let dead = matches!(&done, Err(Error::Postgres(error)) if is_dead(error)) || connection.client.is_closed();
        if dead {
            // The others were open when the server went away, too.
            self.forget();
        } else {
            lease.connection = Some(connection);
        }
        done
    }

    fn connect(&self) -> Result<Connection, Error> {
        let mut client = match &self.tls {
            Some(tls) => self.config.connect(tls.clone())?,
            None => self.config.connect(NoTls)?,
        };
        client.batch_execute(SESSION)?;
        Ok(Connection { client, statements: Statements::new() })
    }

    fn lease(&self) -> Result<Lease<'_>, Error> {
        let full = |state: &mut State| state.lent >= CONNECTIONS;
        let waited = self.returned.wait_timeout_while(self.state(), WAIT, full).unwrap_or_else(PoisonError::into_inner);
        let mut state = waited.0;
        if state.lent >= CONNECTIONS {
            return Err(Error::Busy("all connections are taken"));
        }
        state.lent += 1;
        let connection = state.idle.pop();
        Ok(Lease { pool: self, connection })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self) {
        let idle = std::mem::take(&mut self.state().idle);
        drop(idle);
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.state();
        state.lent -= 1;
        state.idle.extend(self.connection.take());
        drop(state);
        self.pool.returned.notify_one();
    }
}

impl Drop for Pool {
    /// The last handle may be dropped in an async task, where the client may not wait for its goodbye.
    fn drop(&mut self) {
        let idle = std::mem::take(&mut self.state().idle);
        if !idle.is_empty() {
            let closing = std::thread::Builder::new().name("catalog-close".to_owned()).spawn(move || drop(idle));
            if let Err(error) = closing {
                tracing::warn!(%error, "connections were left open");
            }
        }
    }
}

/// True when the connection is of no use any more.
pub(super) fn is_dead(error: &postgres::Error) -> bool {
    let gone = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    let broken = || std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>);
    error.is_closed() || error.code().is_some_and(|code| gone.contains(code)) || broken()
}

fn is_local(config: &Config) -> bool {
    let here = |host: &Host| match host {
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    let addresses = config.get_hostaddrs();
    if addresses.is_empty() { config.get_hosts().iter().all(here) } else { addresses.iter().all(std::net::IpAddr::is_loopback) }
}

/// No password leaves this machine in the clear, whatever the address asks for.
fn encrypted(config: &mut Config) -> Result<MakeRustlsConnect, Error> {
    if config.get_ssl_mode() == SslMode::Disable {
        return Err(Error::Invalid("a database on another machine is reached by TLS only: leave sslmode out".to_owned()));
    }
    config.ssl_mode(SslMode::Require);
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let invalid = |error: rustls::Error| Error::Invalid(format!("TLS: {error}"));
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(invalid)?;
    Ok(MakeRustlsConnect::new(builder.with_platform_verifier().map_err(invalid)?.with_no_client_auth()))
}
