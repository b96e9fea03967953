//! Whom the node lets in, with whom it stays connected, and whether it can be found.

use std::collections::{HashMap, HashSet};

use stoa_p2p::{DeviceId, Protocol};

use crate::db;
use crate::error::Result;
use crate::stoa::Stoa;

/// What a contact's device may ask.
const OPEN: [Protocol; 6] = [Protocol::Pair, Protocol::Sync, Protocol::Live, Protocol::Card, Protocol::Look, Protocol::Blob];

/// The node is told what is stored now.
pub async fn follow(stoa: &Stoa) -> Result<()> {
    let _turn = stoa.following.lock().await;
    let (gate, keep, hidden) = gate(stoa).await?;
    // those shut out go first: they hear of no address that ends
    stoa.node.set_gate(gate);
    stoa.node.keep(keep);
    stoa.node.hide(hidden);
    Ok(())
}

type Gate = HashMap<DeviceId, Vec<Protocol>>;

async fn gate(stoa: &Stoa) -> Result<(Gate, Vec<(DeviceId, Vec<String>)>, bool)> {
    let (me, own) = (stoa.own.person.person(), stoa.own.device.device());
    stoa.db
        .read(move |conn| {
            let (mut gate, mut keep) = (HashMap::new(), Vec::new());
            let hidden_from: HashSet<_> = db::hidden_from(conn)?.into_iter().collect();
            let from_all = db::hidden_from_all(conn)?;
            let people = db::contacts(conn)?.into_iter().map(|row| (row.person, row.blocked)).collect::<Vec<_>>();
            for (person, blocked) in people.into_iter().chain([(me, false)]) {
                let shut_out = blocked || person != me && (from_all || hidden_from.contains(&person));
                for device in db::devices_of(conn, person)?.into_iter().filter(|device| *device != own) {
                    if shut_out {
                        gate.insert(device.into(), Vec::new());
                        continue;
                    }
                    gate.insert(device.into(), OPEN.to_vec());
                    keep.push((device.into(), db::addrs(conn, device)?));
                }
            }
            Ok((gate, keep, db::is_hidden(conn)?))
        })
        .await
}
