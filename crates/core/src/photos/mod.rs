//! Photo shares: offered in the log, fetched by hash, for chosen contacts and a time.

pub mod api;
pub mod expiry;
pub mod fetch;
mod files;
pub mod kinds;
pub mod offer;
pub mod prepare;
pub mod project;
pub mod serve;

use std::path::Path;

use rusqlite::Connection;

use crate::api::{
    Bytes, Done, ItemState, Saved, Share, ShareAdd, ShareDetails, ShareFetched, ShareItem, ShareList, ShareRevoke, ShareSave,
    ShareShow, ShareStarted, ShareState,
};
use crate::contacts::find::find;
use crate::conversations;
use crate::db::{self, ItemRow, ShareRow, Tx};
use crate::entries::Own;
use crate::error::{Code, Error, Result, bad};
use crate::ids::{Person, ShareId};
use crate::stoa::Stoa;
use crate::text::visible;
use crate::time::Time;
use crate::touch::{Touched, Wake};
use crate::wire::{Register, encode};

use kinds::{FETCHED, REVOKE, known};
use offer::{ITEMS_CAP, Revoke};

const FORTNIGHT: u32 = 15 * 86_400;

pub async fn add(stoa: &Stoa, ShareAdd { paths, with, name, expires }: ShareAdd) -> Result<ShareStarted> {
    let seconds = expires.unwrap_or(FORTNIGHT);
    if !(60..=365 * 86_400).contains(&seconds) {
        return bad(Code::BadRequest, "a share lasts a minute to a year");
    }
    if with.is_empty() || paths.is_empty() {
        return bad(Code::BadRequest, "a share needs pictures and somebody to see them");
    }
    let found = tokio::task::spawn_blocking(move || files::gather(&paths)).await;
    let files::Found { files, folder } = found.map_err(|error| Error::new(Code::Internal, error.to_string()))??;
    let name = visible(&name.or(folder).unwrap_or_default(), project::NAME_CAP);
    let name = if name.is_empty() { files::today() } else { name };
    let id = ShareId(rand::random());
    let own = stoa.own.clone();
    stoa.db
        .write(move |tx| {
            let at = Time::now();
            let owner = own.person.person();
            let row = ShareRow {
                id,
                owner,
                mine: true,
                name,
                at,
                expires: at.plus_seconds(seconds),
                state: "preparing".into(),
                paused: false,
                problems: "[]".into(),
                grant: Vec::new(),
            };
            db::put_share(tx, &row)?;
            for contact in &with {
                db::add_share_person(tx, id, conversations::open(tx, contact)?.person)?;
            }
            for (index, path) in (1..).zip(&files) {
                db::add_source(tx, id, index, path)?;
            }
            tx.touch(Touched::Share(id));
            tx.wake(Wake::Prepare);
            Ok(())
        })
        .await?;
    Ok(ShareStarted { share: id.to_string() })
}

pub async fn list(stoa: &Stoa, ShareList { with }: ShareList) -> Result<Vec<Share>> {
    let own = stoa.clone();
    stoa.db
        .read(move |conn| {
            let person = with.map(|contact| find(conn, &contact).map(|row| row.person)).transpose()?;
            let ids = db::shares_with(conn, person)?;
            ids.into_iter().filter_map(|id| view_of(&own, conn, id).transpose()).collect()
        })
        .await
}

pub async fn show(stoa: &Stoa, ShareShow { share }: ShareShow) -> Result<ShareDetails> {
    let id: ShareId = share.parse()?;
    let own = stoa.clone();
    stoa.db
        .read(move |conn| {
            let row = known(conn, id)?;
            let items = db::items(conn, id)?;
            let mut fetched: Vec<ShareFetched> = Vec::new();
            for (person, index) in db::fetched(conn, id)? {
                let person = person.to_string();
                match fetched.last_mut() {
                    Some(last) if last.person == person => last.items.push(index),
                    _ => fetched.push(ShareFetched { person, count: 0, items: vec![index] }),
                }
            }
            for who in &mut fetched {
                who.count = u32::try_from(who.items.len()).unwrap_or(u32::MAX);
            }
            Ok(ShareDetails {
                share: view(&own, conn, &row, &items)?,
                items: items.iter().map(|item| item_view(&own, item)).collect(),
                fetched,
            })
        })
        .await
}

pub(crate) fn view_of(stoa: &Stoa, conn: &Connection, id: ShareId) -> Result<Option<Share>> {
    db::share(conn, id)?.map(|row| view(stoa, conn, &row, &db::items(conn, id)?)).transpose()
}

pub(crate) fn item_of(stoa: &Stoa, conn: &Connection, id: ShareId, index: u32) -> Result<Option<ShareItem>> {
    Ok(db::item(conn, id, index)?.map(|item| item_view(stoa, &item)))
}

fn view(stoa: &Stoa, conn: &Connection, row: &ShareRow, items: &[ItemRow]) -> Result<Share> {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let count_of = |state: &str| number(items.iter().filter(|item| item.state == state).count());
    let people = db::share_people(conn, row.id)?;
    let with = match row.mine {
        true => people.iter().filter(|(_, revoked)| !revoked).map(|(person, _)| person.to_string()).collect(),
        false => vec![stoa.own.person.person().to_string()],
    };
    let prepared: u32 = number(items.len());
    let waiting = if row.state == "preparing" { number(db::sources(conn, row.id)?.len()) } else { 0 };
    let cover = items.iter().filter(|item| item.thumb_here).take(4).map(thumbnail_id).collect();
    Ok(Share {
        id: row.id.to_string(),
        name: row.name.clone(),
        owner: row.owner.to_string(),
        mine: row.mine,
        with,
        at: row.at,
        expires: row.expires,
        state: state(stoa, row),
        count: prepared + waiting,
        size: Bytes(items.iter().map(|item| item.size).sum()),
        here: count_of("here") + count_of("failed"),
        wanted: count_of("wanted"),
        paused: row.paused,
        done: Bytes(items.iter().map(|item| done(stoa, item)).sum()),
        goal: Bytes(items.iter().filter(|item| item.state != "listed").map(|item| item.size).sum()),
        rate: Bytes(stoa.live().rate(row.id)),
        problems: serde_json::from_str(&row.problems).unwrap_or_default(),
        cover,
    })
}

fn state(stoa: &Stoa, row: &ShareRow) -> ShareState {
    match row.state.as_str() {
        "revoked" => ShareState::Revoked,
        "expired" => ShareState::Expired,
        "failed" => ShareState::Failed,
        _ if row.expires <= stoa.now() => ShareState::Expired,
        "preparing" => ShareState::Preparing,
        _ => ShareState::Open,
    }
}

fn done(stoa: &Stoa, item: &ItemRow) -> u64 {
    match item.state.as_str() {
        "here" | "failed" => item.size,
        "wanted" => stoa.live().transfers.get(&(item.share, item.index)).map_or(0, |transfer| transfer.done),
        _ => 0,
    }
}

fn thumbnail_id(item: &ItemRow) -> String {
    format!("thumb/{}/{}", item.share, item.index)
}

fn item_view(stoa: &Stoa, item: &ItemRow) -> ShareItem {
    let moving = stoa.live().transfers.contains_key(&(item.share, item.index));
    let state = match item.state.as_str() {
        "here" => ItemState::Here,
        "failed" => ItemState::Failed,
        "wanted" if moving => ItemState::Fetching,
        "wanted" => ItemState::Wanted,
        _ => ItemState::Listed,
    };
    ShareItem {
        index: item.index,
        name: item.name.clone(),
        hash: item.hash.to_string(),
        size: Bytes(item.size),
        width: item.width,
        height: item.height,
        thumbnail: if item.thumb_here { thumbnail_id(item) } else { String::new() },
        preview: if item.state == "here" { format!("preview/{}/{}", item.share, item.index) } else { String::new() },
        state,
        done: Bytes(done(stoa, item)),
    }
}

pub async fn revoke(stoa: &Stoa, ShareRevoke { share, from }: ShareRevoke) -> Result<Done> {
    let id: ShareId = share.parse()?;
    let own = stoa.own.clone();
    stoa.db
        .write(move |tx| {
            if !known(tx, id)?.mine {
                return bad(Code::Refused, "only the owner revokes a share");
            }
            let only = from.map(|contact| find(tx, &contact).map(|row| row.person)).transpose()?;
            let people = db::share_people(tx, id)?;
            for (person, _) in people.iter().filter(|(person, revoked)| !revoked && only.is_none_or(|only| only == *person)) {
                db::revoke_share(tx, id, *person)?;
                if let Some(contact) = db::contact(tx, *person)? {
                    conversations::append(tx, &own, &contact, REVOKE, encode(&Revoke { share: id }))?;
                }
            }
            if db::share_people(tx, id)?.iter().all(|(_, revoked)| *revoked) {
                db::set_share_state(tx, id, "revoked")?;
            }
            tx.touch(Touched::Share(id));
            tx.wake(Wake::Cut(id));
            Ok(())
        })
        .await?;
    Ok(Done {})
}

pub async fn save(stoa: &Stoa, ShareSave { share, only, into }: ShareSave) -> Result<Saved> {
    let id: ShareId = share.parse()?;
    let items = stoa
        .db
        .read(move |conn| {
            known(conn, id)?;
            db::items(conn, id)
        })
        .await?;
    let wanted: Vec<_> =
        items.into_iter().filter(|item| item.state == "here" && (only.is_empty() || only.contains(&item.index))).collect();
    if wanted.is_empty() {
        return bad(Code::NotFound, "none of these pictures is here yet; fetch them first");
    }
    let folder = Path::new(&into);
    if !folder.is_absolute() {
        return bad(Code::BadRequest, "the folder must be named with its whole path");
    }
    tokio::fs::create_dir_all(folder).await?;
    let mut saved = Vec::with_capacity(wanted.len());
    for item in wanted {
        let to = files::free_name(folder, item.index, &item.name)?;
        stoa.node.blobs().export(item.hash.into(), &to).await?;
        saved.push(to.to_string_lossy().into_owned());
    }
    Ok(Saved { files: saved })
}

fn receipt_of(key: &str) -> Option<ShareId> {
    key.strip_prefix(FETCHED)?.parse().ok()
}

/// Whether a register's key is a receipt of an own share that was made for this person.
pub(crate) fn is_receipt(conn: &Connection, own: &Own, person: Person, key: &str) -> Result<bool> {
    let Some(id) = receipt_of(key) else { return Ok(false) };
    let mine = db::share(conn, id)?.is_some_and(|row| row.owner == own.person.person());
    Ok(mine && db::share_people(conn, id)?.iter().any(|(of, _)| *of == person))
}

/// A contact's device says which pictures it has.
pub(crate) fn fetched_by(tx: &mut Tx<'_>, person: Person, before: Option<&Register>, now: &Register) -> Result<()> {
    let Some(id) = receipt_of(&now.key) else { return Ok(()) };
    let bit =
        |register: &Register, index: u32| register.value.get(index as usize / 8).is_some_and(|byte| byte >> (index % 8) & 1 == 1);
    let last = u32::try_from(ITEMS_CAP).unwrap_or(u32::MAX);
    for index in (1..=last).filter(|index| bit(now, *index) && !before.is_some_and(|before| bit(before, *index))) {
        // only of pictures the share has
        if db::item(tx, id, index)?.is_some() {
            db::set_fetched(tx, id, person, index)?;
        }
    }
    tx.touch(Touched::Share(id));
    Ok(())
}
