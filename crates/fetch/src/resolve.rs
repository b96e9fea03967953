//! Names to addresses inside the connector: what is checked is what is dialled, so a name cannot change its mind in between.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::{is_private, is_public};

/// Which addresses a client may dial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    PublicOnly,
    Any,
    PrivateOnly,
}

impl Reach {
    pub(crate) fn check(self, ip: IpAddr) -> Result<(), Refused> {
        match self {
            Self::PublicOnly if !is_public(ip) => Err(Refused::NotPublic),
            Self::PrivateOnly if !is_private(ip) => Err(Refused::NotPrivate),
            Self::Any if !is_public(ip) && !is_private(ip) => Err(Refused::NotPublic),
            _ => Ok(()),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    NotPublic,
    NotPrivate,
    Unknown,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotPublic => "not a public address",
            Self::NotPrivate => "not a private address",
            Self::Unknown => "unknown name",
        })
    }
}

impl std::error::Error for Refused {}

type Answer = BoxFuture<'static, io::Result<Vec<IpAddr>>>;

/// The source of addresses; tests put a lying one in its place.
#[derive(Clone)]
pub(crate) struct Lookup(Arc<dyn Fn(String) -> Answer + Send + Sync>);

impl Lookup {
    pub(crate) fn system() -> Self {
        Self::new(|host| {
            Box::pin(async move {
                let found = tokio::net::lookup_host((host, 0)).await?;
                Ok(found.map(|address| address.ip()).take(32).collect())
            })
        })
    }

    pub(crate) fn new(answer: impl Fn(String) -> Answer + Send + Sync + 'static) -> Self {
        Self(Arc::new(answer))
    }
}

#[derive(Clone)]
pub(crate) struct Resolver {
    pub(crate) reach: Reach,
    pub(crate) lookup: Lookup,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let Self { reach, lookup } = self.clone();
        Box::pin(async move {
            let found = (lookup.0)(name.as_str().to_owned()).await.map_err(|_| Refused::Unknown)?;
            if found.is_empty() {
                return Err(Refused::Unknown.into());
            }
            // One bad address refuses the name: a mixed answer is an attack or a mistake.
            for ip in &found {
                reach.check(*ip)?;
            }
            Ok(Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}
