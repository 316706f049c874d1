//! Making a store: all of it or nothing, and never in the place of another.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};

use super::{Genesis, open_file};
use crate::backend::{Batch, Connection, Value, values};
use crate::error::{Result, StoreError};
use crate::event::{Append, Expected, Priority, ReadSet};
use crate::ids::StoreId;
use crate::keyring::{self, Kek, Keyring, kek};
use crate::location::{KeyFiles, Open, OpenOptions, Servers};
use crate::log::append::store_group;
use crate::log::request::{self, Refused, Request};
use crate::merkle::Frontier;
use crate::note::Signer;
use crate::postgres::{self, check};
use crate::sql;
use crate::sqlite::{Purpose, file};

const WRITE: OpenOptions = OpenOptions::new(Open::ReadWrite);

/// Makes a store in a file.
pub(super) async fn make_file(path: &Path, keys: &KeyFiles, genesis: Genesis) -> Result<()> {
    refuse_taken(&[path, &keys.keyring])?;
    let mut made = Made::default();
    let kek = make_key_files(keys, genesis.store_id, &mut made)?;
    made.will_make(&keys.keyring);
    Keyring::create(&keys.keyring, &kek, genesis.store_id).await?;
    // Made under another name first, so that a half-made store is never found at its place.
    let draft = file::beside(path, &format!(".{}.new", std::process::id()));
    made.will_make(&draft);
    make_log(&draft, genesis).await?;
    put_in_place(&draft, path)?;
    made.keep();
    Ok(())
}

/// Makes a store in a database that was prepared for it: one transaction holds all but the key.
pub(super) async fn make_in(servers: &Servers, keys: &KeyFiles, genesis: Genesis) -> Result<()> {
    let mut link = postgres::connect(servers, WRITE).await?;
    let checked = check::check(&mut link, servers).await?;
    if checked.kind.is_some() {
        return Err(StoreError::Exists { path: servers.place().into() });
    }
    checked.refuse_unsafe(Some(genesis.kind))?;
    let mut made = Made::default();
    let kek = make_key_files(keys, genesis.store_id, &mut made)?;
    let begin = Batch::new()
        .run(sql::BEGIN_WORK, vec![])
        .run(sql::CREATE_HEAD, empty_head(&genesis))
        .then(keyring::first_keys(&kek, genesis.store_id));
    let append = first_append(genesis);
    request::check(&append)?;
    let group = [Request { job: 0, append: &append }];
    let answers = store_group(&mut link, begin, &group, Refused::default(), false).await?;
    answers.into_iter().next().unwrap_or(Err(StoreError::Closed))?;
    made.keep();
    Box::new(link).close().await
}

/// Makes the files that no database holds: the key-encryption key unless it is supplied, and the
/// pair that signs.
fn make_key_files(keys: &KeyFiles, store_id: StoreId, made: &mut Made) -> Result<Kek> {
    let public = keys.public();
    refuse_taken(&[&keys.signing, &public])?;
    if keys.supplied.is_none() {
        refuse_taken(&[&keys.kek])?;
        made.will_make(&keys.kek);
    }
    made.will_make(&keys.signing);
    made.will_make(&public);
    Signer::create(keys, store_id)?;
    kek::make(keys)
}

/// Gives a finished file its name, unless something has it already.
pub(crate) fn put_in_place(draft: &Path, path: &Path) -> Result<()> {
    fs::hard_link(draft, path).map_err(|source| match source.kind() {
        std::io::ErrorKind::AlreadyExists => StoreError::Exists { path: path.to_owned() },
        _ => StoreError::Io { path: path.to_owned(), source },
    })?;
    // It is there; a draft that stays behind does no harm.
    let _ = fs::remove_file(draft);
    Ok(())
}

/// Writes a small file of this mode; it gets its name when it is whole and durable.
pub(crate) fn put_whole(path: &Path, mode: u32, bytes: &[u8]) -> Result<()> {
    let draft = file::beside(path, &format!(".{}.new", std::process::id()));
    let mut new = file::make_empty(&draft, mode)?;
    let written = std::io::Write::write_all(&mut new, bytes).and_then(|()| new.sync_all());
    let placed = match written {
        Ok(()) => put_in_place(&draft, path),
        Err(error) => Err(file::unreadable(error, path)),
    };
    if placed.is_err() {
        // What is half-written must not stay; the first failure is what the caller must know.
        let _ = fs::remove_file(&draft);
    }
    placed
}

fn refuse_taken(places: &[&Path]) -> Result<()> {
    match places.iter().find(|taken| fs::symlink_metadata(taken).is_ok()) {
        Some(taken) => Err(StoreError::Exists { path: (*taken).to_owned() }),
        None => Ok(()),
    }
}

/// Makes a log with its first commit in a file that does not exist yet.
async fn make_log(path: &Path, genesis: Genesis) -> Result<()> {
    let mut link = file::create(path, file::LOG, Purpose::Write(WRITE)).await?;
    link.run(Batch::new().run(sql::CREATE_HEAD, empty_head(&genesis))).await?;
    Box::new(link).close().await?;
    let log = open_file(path, WRITE).await?;
    let appended = log.append(first_append(genesis)).await;
    log.close().await?;
    appended.map(|_| ())
}

fn empty_head(genesis: &Genesis) -> Vec<Value> {
    let frontier = Frontier::new().to_bytes();
    values![genesis.store_id, genesis.kind, before_everything(), frontier]
}

fn first_append(genesis: Genesis) -> Append {
    Append {
        commit: genesis.commit,
        expected: Expected::Read(ReadSet::new()),
        events: genesis.events,
        at: genesis.at,
        ledger: Vec::new(),
        priority: Priority::People,
    }
}

/// The head of an empty log is as old as a store can be.
pub(crate) fn before_everything() -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(1900, 1, 1)
        .and_then(|day| day.and_hms_opt(0, 0, 0))
        .expect("1900-01-01 is a day")
        .and_utc()
}

/// Files that are removed again unless the whole succeeds.
#[derive(Default)]
pub(crate) struct Made {
    paths: Vec<PathBuf>,
}

impl Made {
    pub(crate) fn will_make(&mut self, path: &Path) {
        self.paths.push(path.to_owned());
    }

    pub(crate) fn keep(mut self) {
        self.paths.clear();
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        for path in &self.paths {
            for ending in ["", "-wal", "-shm", "-journal"] {
                // Most of them do not exist; none is worth another error.
                let _ = fs::remove_file(file::beside(path, ending));
            }
        }
    }
}
