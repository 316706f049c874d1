//! What an operator does with a keyring: look, rotate, copy, and destroy for good.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::{Compartment, Keyring, kek, ring};
use crate::backend::{Answer, Batch, Row, Value, read, values};
use crate::erasure::Destroyed;
use crate::error::{Result, StoreError};
use crate::ids::{KeyId, StoreId, StreamName};
use crate::json::{self, JsonRows};
use crate::keyring::Kek;
use crate::location::{KeyFiles, Open, OpenOptions};
use crate::seal::{self, KeyPlace};
use crate::sqlite::file;
use crate::{random, sql};

/// One key-encryption key's time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epoch {
    /// Counted from 1.
    pub epoch: i64,
    /// Since when.
    pub begun_at: DateTime<Utc>,
    /// When a second copy of the keys was last made in it.
    pub exported_at: Option<DateTime<Utc>>,
    /// Living keys that it wraps.
    pub living: i64,
}

/// How a keyring stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyStatus {
    /// Every epoch; the last one is in force.
    pub epochs: Vec<Epoch>,
    /// Keys that were destroyed.
    pub destroyed: i64,
    /// Files of earlier key-encryption keys that nobody has removed.
    pub retired: Vec<PathBuf>,
}

impl KeyStatus {
    /// The epoch in force.
    pub fn current(&self) -> Option<&Epoch> {
        self.epochs.last()
    }

    /// Keys that can still open something.
    pub fn living(&self) -> i64 {
        self.epochs.iter().map(|epoch| epoch.living).sum()
    }
}

/// What a rotation did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// The epoch that began.
    pub epoch: i64,
    /// Keys that were wrapped anew.
    pub rewrapped: usize,
    /// Where the old key-encryption key lies, when it was in a file.
    pub retired: Option<PathBuf>,
}

/// A key without use may belong to a request that is still under way.
const ORPHAN_MICROS: i64 = 24 * 60 * 60 * 1_000_000;
const FOLDER_MODE: u32 = 0o700;

impl Keyring {
    pub(crate) async fn status(&self, files: &KeyFiles) -> Result<KeyStatus> {
        let mut open = self.open.lock().await;
        let asked =
            Batch::new().ask(sql::LIST_EPOCHS, vec![]).ask(sql::COUNT_DESTROYED_KEYS, vec![]);
        let answers = open.link.run(asked).await?;
        let [epochs, destroyed] = answers
            .try_into()
            .map_err(|_| StoreError::unreadable("two questions have two answers"))?;
        let epoch = |mut row: Row| Ok(read!(row => Epoch { epoch, begun_at, exported_at, living }));
        let epochs = epochs.rows.into_iter().map(epoch).collect::<Result<_>>()?;
        let destroyed = ring::first_row(vec![destroyed])?.take()?;
        Ok(KeyStatus { epochs, destroyed, retired: kek::retired(files) })
    }

    /// The living keys of people that are at least a day old.
    pub(crate) async fn old_keys(&self) -> Result<Vec<KeyId>> {
        let mut open = self.open.lock().await;
        let asked = Batch::new().ask(sql::LIST_OLD_KEYS, values![ORPHAN_MICROS]);
        let rows = open.link.run(asked).await?.into_iter().flat_map(|answer| answer.rows);
        rows.map(|mut row| row.take()).collect()
    }

    /// Removes keys that seal nothing.
    pub(crate) async fn remove(&self, orphans: &[KeyId]) -> Result<()> {
        let mut open = self.open.lock().await;
        let ids = json::ids(orphans.iter().map(|id| id.get()));
        open.forget();
        open.link.run(Batch::new().run(sql::REMOVE_KEYS, vec![ids])).await.map(|_| ())
    }

    /// Destroys keys at once, and names all of these pairs' keys that are destroyed.
    pub(crate) async fn destroy(
        &self,
        wanted: &[(StreamName, Compartment)],
        at: DateTime<Utc>,
    ) -> Result<Vec<Destroyed>> {
        let pairs = as_rows(wanted);
        let mut open = self.open.lock().await;
        open.forget();
        let mut destroy = values![at];
        destroy.push(pairs.clone());
        let batch = Batch::new()
            .run(sql::DESTROY_KEYS_OF, destroy)
            .ask(sql::FIND_DESTROYED_KEYS, vec![pairs]);
        let answers = open.link.run(batch).await?;
        open.link.run(Batch::new().run(sql::REWRITE_FILE, vec![])).await?;
        destroyed(answers)
    }

    /// The destroyed keys of these pairs.
    pub(crate) async fn destroyed(
        &self,
        wanted: &[(StreamName, Compartment)],
    ) -> Result<Vec<Destroyed>> {
        let asked = Batch::new().ask(sql::FIND_DESTROYED_KEYS, vec![as_rows(wanted)]);
        destroyed(self.open.lock().await.link.run(asked).await?)
    }

    /// Destroys what the log says was destroyed: this keyring may come from an old copy.
    pub(crate) async fn destroy_again(&self, gone: &[(KeyId, DateTime<Utc>)]) -> Result<bool> {
        let mut rows = JsonRows::default();
        for (id, at) in gone {
            rows.push(values![*id, *at]);
        }
        let mut open = self.open.lock().await;
        let batch = Batch::new().ask(sql::DESTROY_KEYS, vec![rows.finish()]);
        let answers = open.link.run(batch).await?;
        let is_older = answers.iter().any(|answer| answer.changed > 0);
        if is_older {
            open.forget();
            open.link.run(Batch::new().run(sql::REWRITE_FILE, vec![])).await?;
        }
        Ok(is_older)
    }

    /// Wraps every living key anew in one transaction; then the old key is retired.
    pub(crate) async fn rotate(&self, files: &KeyFiles, new: Option<Kek>) -> Result<Rotated> {
        let mut open = self.open.lock().await;
        let in_file = files.supplied.is_none();
        let new = match (new, in_file) {
            (Some(new), _) => new,
            (None, true) => Kek::fresh(),
            (None, false) => {
                return Err(StoreError::bad_request(
                    "the key-encryption key is supplied from outside, so is the next one",
                ));
            }
        };
        open.refresh().await?;
        if *open.kek() == new {
            return Err(StoreError::bad_request("the new key-encryption key is the old one"));
        }
        let begun = open.link.run(Batch::new().run(sql::BEGIN_KEYRING, vec![])).await.map(|_| ());
        let wrapped = match begun {
            Ok(()) => open.wrap_anew(files, &new).await,
            Err(error) => Err(error),
        };
        if wrapped.is_err() {
            // Without a transaction there is nothing to roll back.
            let _ = open.link.run(Batch::new().run_built("ROLLBACK", vec![])).await;
        }
        let (epoch, rewrapped) = wrapped?;
        open.adopt(new, epoch);
        let retired = if in_file { Some(kek::take_over(files, epoch)?) } else { None };
        // What the old key wrapped is useless once that is gone; it need not stay meanwhile.
        open.link.run(Batch::new().run(sql::REWRITE_FILE, vec![])).await?;
        Ok(Rotated { epoch, rewrapped, retired })
    }

    /// Copies keyring and key-encryption key into a folder, and opens the copy to see that it does.
    pub(crate) async fn export(&self, store_id: StoreId, folder: &Path) -> Result<KeyFiles> {
        let failed = |error| file::unreadable(error, folder);
        fs::DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder).map_err(failed)?;
        let copy = KeyFiles {
            keyring: folder.join("spor.keys"),
            kek: folder.join("spor.kek"),
            supplied: None,
            signing: folder.join("spor.sign"),
        };
        let (kek, epoch) = {
            let mut open = self.open.lock().await;
            open.refresh().await?;
            (open.kek().clone(), open.epoch())
        };
        kek.write(&copy.kek)?;
        self.make_copy(store_id, &copy.keyring).await?;
        kek::sync_folder(&copy.keyring)?;
        let opened = Self::open(&copy, store_id, OpenOptions::new(Open::ReadOnly)).await?;
        opened.open.lock().await.check_all().await?;
        opened.close().await;
        let mut open = self.open.lock().await;
        open.link.run(Batch::new().run(sql::NOTE_EXPORT, values![epoch])).await?;
        Ok(copy)
    }
}

impl ring::OpenRing {
    /// Wraps every living key under a new key-encryption key, in the transaction that is open.
    async fn wrap_anew(&mut self, files: &KeyFiles, new: &Kek) -> Result<(i64, usize)> {
        let asked = Batch::new().ask(sql::READ_EPOCH, vec![]).ask(sql::LIST_LIVING_KEYS, vec![]);
        let mut answers = self.link.run(asked).await?.into_iter();
        let epoch: i64 = ring::first_row(answers.by_ref().take(1).collect())?.take()?;
        if epoch != self.epoch() {
            return Err(StoreError::MovedOn { what: "the key-encryption key".to_owned() });
        }
        let next = epoch.saturating_add(1);
        let mut rows = JsonRows::default();
        let mut rewrapped = 0;
        for row in answers.flat_map(|answer| answer.rows) {
            let key = ring::found_key(self.kek().bytes(), row)?;
            let ring::Secret::Living(secret) = key.secret else {
                continue;
            };
            let subject = key.subject.as_str();
            let compartment = key.compartment.as_str();
            let place = KeyPlace { key_id: key.id.get(), subject, compartment, epoch: next };
            let wrapped = seal::wrap_key(new.bytes(), &random::bytes(), &place, &secret);
            rows.push(values![key.id, next, wrapped]);
            rewrapped += 1;
        }
        if files.supplied.is_none() {
            kek::lay_out(files, new)?;
        }
        let batch = Batch::new()
            .run(sql::BEGIN_EPOCH, values![next])
            .run(sql::REWRAP_KEYS, vec![rows.finish()])
            .run_built("COMMIT", vec![]);
        self.link.run(batch).await?;
        Ok((next, rewrapped))
    }

    /// Unwraps every living key.
    async fn check_all(&mut self) -> Result<()> {
        let rows = self.link.run(Batch::new().ask(sql::LIST_LIVING_KEYS, vec![])).await?;
        for row in rows.into_iter().flat_map(|answer| answer.rows) {
            ring::found_key(self.kek().bytes(), row)?;
        }
        Ok(())
    }
}

fn as_rows(wanted: &[(StreamName, Compartment)]) -> Value {
    let mut pairs = JsonRows::default();
    for (subject, compartment) in wanted {
        pairs.push(values![subject, *compartment]);
    }
    pairs.finish()
}

fn destroyed(answers: Vec<Answer>) -> Result<Vec<Destroyed>> {
    let rows = answers.into_iter().flat_map(|answer| answer.rows);
    rows.map(|mut row| Ok(read!(row => Destroyed { key, at, epoch }))).collect()
}
