//! The keyring's file, and the keys of it that are in memory.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use super::kek::{self, Candidate, Kek};
use super::{Compartment, DataKey};
use crate::backend::{Answer, Batch, Connection, Row, Value, values};
use crate::error::{Result, StoreError};
use crate::ids::{KeyId, StreamName};
use crate::json::{self, JsonRows};
use crate::location::KeyFiles;
use crate::seal::{self, KeyPlace};
use crate::{random, sql};

/// What is left of a key.
#[derive(Clone, Copy)]
pub(super) enum Secret {
    Living([u8; 32]),
    Destroyed,
}

/// The open file.
pub(super) struct OpenRing {
    pub(super) link: Box<dyn Connection>,
    from: KeyFiles,
    kek: Kek,
    epoch: i64,
    /// Changes when another process has changed the file: then nothing in memory counts.
    data_version: i64,
    /// How often what was in memory has stopped to count.
    forgotten: u64,
    by_subject: HashMap<(StreamName, Compartment), DataKey>,
    by_id: HashMap<KeyId, Secret>,
}

impl OpenRing {
    pub(super) fn new(link: Box<dyn Connection>, from: KeyFiles, kek: Kek, epoch: i64) -> Self {
        let (by_subject, by_id) = (HashMap::new(), HashMap::new());
        Self { link, from, kek, epoch, data_version: 0, forgotten: 0, by_subject, by_id }
    }

    pub(super) fn kek(&self) -> &Kek {
        &self.kek
    }

    pub(super) fn epoch(&self) -> i64 {
        self.epoch
    }

    /// Goes on under another key-encryption key; what is in memory does not depend on it.
    pub(super) fn adopt(&mut self, kek: Kek, epoch: i64) {
        (self.kek, self.epoch) = (kek, epoch);
    }

    pub(super) fn link(&mut self) -> &mut dyn Connection {
        &mut *self.link
    }

    pub(super) fn key_of(&self, asked: &(StreamName, Compartment)) -> Option<DataKey> {
        self.by_subject.get(asked).cloned()
    }

    pub(super) fn secret(&self, id: KeyId) -> Option<Secret> {
        self.by_id.get(&id).copied()
    }

    /// How often what was in memory has stopped to count.
    pub(super) fn forgotten(&self) -> u64 {
        self.forgotten
    }

    pub(super) fn forget(&mut self) {
        self.forgotten += 1;
        self.by_subject.clear();
        self.by_id.clear();
    }

    /// Forgets everything when another process has changed the file.
    pub(super) async fn refresh(&mut self) -> Result<()> {
        let asked = Batch::new().ask(sql::READ_DATA_VERSION, vec![]);
        let answers = match self.link.run(asked.clone()).await {
            // A link to a server comes back by itself.
            Err(StoreError::Unreachable { .. }) => self.link.run(asked).await?,
            answered => answered?,
        };
        let mut row = first_row(answers)?;
        let data_version = row.take()?;
        if data_version != self.data_version {
            self.data_version = data_version;
            self.forget();
            let asked = Batch::new().ask(sql::READ_EPOCH, vec![]);
            let epoch = first_row(self.link.run(asked).await?)?.take()?;
            self.follow(epoch).await?;
        }
        Ok(())
    }

    /// Reads the key-encryption key anew when another process has rotated it.
    async fn follow(&mut self, epoch: i64) -> Result<()> {
        if epoch == self.epoch {
            return Ok(());
        }
        let mut wanted = JsonRows::default();
        wanted.push(values![super::CLAIMS_SUBJECT, super::CLAIMS]);
        let asked = Batch::new().ask(sql::FIND_LIVING_KEYS, vec![wanted.finish()]);
        let claims = first_row(self.link.run(asked).await?)?;
        let (fits, _) = fitting(&kek::candidates(&self.from)?, claims)?;
        self.adopt(fits.kek, epoch);
        Ok(())
    }

    /// Whether one of these keys is not in memory.
    pub(super) fn lacks(&self, wanted: &[(StreamName, Compartment)]) -> bool {
        wanted.iter().any(|key| !self.by_subject.contains_key(key))
    }

    /// Loads the living ones of these keys.
    pub(super) async fn find(&mut self, wanted: &[(StreamName, Compartment)]) -> Result<()> {
        let answers = self.link.run(Batch::new().ask(sql::FIND_LIVING_KEYS, named(wanted))).await?;
        self.take_in(answers)
    }

    /// Loads the keys that exist, makes the others, and stores these at once; all under the lock,
    /// for another process may want the same.
    pub(super) async fn make(&mut self, wanted: &[(StreamName, Compartment)]) -> Result<()> {
        let look = Batch::new()
            .run(sql::BEGIN_KEYRING, vec![])
            .ask(sql::READ_DATA_VERSION, vec![])
            .ask(sql::READ_EPOCH, vec![])
            .ask(sql::FIND_LIVING_KEYS, named(wanted));
        let made = match self.link.run(look).await {
            Ok(answers) => self.add_missing(wanted, answers).await,
            Err(error) => Err(error),
        };
        if made.is_err() {
            // Without a transaction there is nothing to roll back.
            let _ = self.link.run(Batch::new().run_built("ROLLBACK", vec![])).await;
        }
        made
    }

    async fn add_missing(
        &mut self,
        wanted: &[(StreamName, Compartment)],
        found: Vec<Answer>,
    ) -> Result<()> {
        let mut found = found.into_iter();
        let mut number = || first_row(found.by_ref().take(1).collect())?.take::<i64>();
        // Under the lock: a rotation in between must not leave a key that nothing opens.
        let (data_version, epoch) = (number()?, number()?);
        if data_version != self.data_version {
            self.forget();
        }
        self.follow(epoch).await?;
        self.take_in(found.collect())?;
        let (mut rows, mut keys) = (JsonRows::default(), Vec::new());
        let missing = wanted.iter().filter(|key| !self.by_subject.contains_key(key));
        for (subject, compartment) in missing.collect::<BTreeSet<_>>() {
            let kek = self.kek.bytes();
            let key = new_key(kek, self.epoch, subject.as_str(), compartment.as_str());
            key.push(&mut rows);
            keys.push(key);
        }
        // A server counts our own changes too: what we have made is no reason to forget it.
        let batch = Batch::new().run(sql::ADD_KEYS, vec![rows.finish()]);
        let batch = batch.ask(sql::READ_DATA_VERSION, vec![]).run_built("COMMIT", vec![]);
        let data_version = first_row(self.link.run(batch).await?)?.take()?;
        self.data_version = data_version;
        // Only what is on disk may seal anything.
        for key in keys {
            self.remember(key);
        }
        Ok(())
    }

    pub(super) async fn load(&mut self, ids: BTreeSet<KeyId>) -> Result<()> {
        let unknown = ids.into_iter().filter(|id| !self.by_id.contains_key(id));
        let unknown: Vec<Uuid> = unknown.map(KeyId::get).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let asked = Batch::new().ask(sql::FIND_KEYS, vec![json::ids(unknown)]);
        let answers = self.link.run(asked).await?;
        self.take_in(answers)
    }

    fn take_in(&mut self, answers: Vec<Answer>) -> Result<()> {
        for row in answers.into_iter().flat_map(|answer| answer.rows) {
            let key = found_key(self.kek.bytes(), row)?;
            self.remember(key);
        }
        Ok(())
    }

    fn remember(&mut self, key: FoundKey) {
        self.by_id.insert(key.id, key.secret);
        let compartment = Compartment::parse(&key.compartment);
        if let (Secret::Living(secret), Some(compartment)) = (key.secret, compartment) {
            let data_key =
                DataKey { id: key.id, subject: key.subject.clone(), compartment, secret };
            self.by_subject.insert((key.subject, compartment), data_key);
        }
    }
}

fn named(keys: &[(StreamName, Compartment)]) -> Vec<Value> {
    let mut named = JsonRows::default();
    for (subject, compartment) in keys {
        named.push(values![subject, *compartment]);
    }
    vec![named.finish()]
}

/// A key of the file; a destroyed one has no secret.
pub(super) struct FoundKey {
    pub(super) id: KeyId,
    pub(super) subject: StreamName,
    pub(super) compartment: String,
    epoch: i64,
    pub(super) secret: Secret,
    wrapped: Vec<u8>,
}

impl FoundKey {
    pub(super) fn push(&self, rows: &mut JsonRows) {
        let wrapped = self.wrapped.as_slice();
        rows.push(values![self.id, &self.subject, &*self.compartment, self.epoch, wrapped]);
    }
}

pub(super) fn new_key(kek: &[u8; 32], epoch: i64, subject: &str, compartment: &str) -> FoundKey {
    let id = uuid::Builder::from_random_bytes(random::bytes()).into_uuid();
    let secret: [u8; 32] = random::bytes();
    let place = KeyPlace { key_id: id, subject, compartment, epoch };
    FoundKey {
        id: KeyId::new(id),
        subject: StreamName::trusted(subject.to_owned()),
        compartment: compartment.to_owned(),
        wrapped: seal::wrap_key(kek, &random::bytes(), &place, &secret),
        secret: Secret::Living(secret),
        epoch,
    }
}

/// The key-encryption key that opens the store's own secret, and that secret.
pub(super) fn fitting(candidates: &[Candidate], mut claims: Row) -> Result<(Candidate, [u8; 32])> {
    let (key_id, subject, compartment) =
        (claims.take()?, claims.take::<String>()?, claims.take::<String>()?);
    let (epoch, wrapped) = (claims.take()?, claims.take::<Option<Vec<u8>>>()?);
    let place = KeyPlace { key_id, subject: &subject, compartment: &compartment, epoch };
    let wrapped = wrapped.ok_or(StoreError::WrongKeyring)?;
    let opened = candidates.iter().find_map(|candidate| {
        let secret = seal::unwrap_key(candidate.kek.bytes(), &place, &wrapped).ok()?;
        Some((candidate.clone(), secret))
    });
    opened.ok_or(StoreError::WrongKeyring)
}

pub(super) fn found_key(kek: &[u8; 32], mut row: Row) -> Result<FoundKey> {
    let (id, subject, compartment) = (row.take()?, row.take::<String>()?, row.take::<String>()?);
    let (epoch, wrapped): (i64, _) = (row.take()?, row.take::<Option<Vec<u8>>>()?);
    let place = KeyPlace { key_id: id, subject: &subject, compartment: &compartment, epoch };
    let secret = match &wrapped {
        None => Secret::Destroyed,
        Some(wrapped) => seal::unwrap_key(kek, &place, wrapped)
            .map(Secret::Living)
            .map_err(|_| StoreError::WrongKeyring)?,
    };
    Ok(FoundKey {
        id: KeyId::new(id),
        secret,
        epoch,
        subject: StreamName::trusted(subject),
        compartment,
        wrapped: wrapped.unwrap_or_default(),
    })
}

pub(super) fn first_row(answers: Vec<Answer>) -> Result<Row> {
    let mut rows = answers.into_iter().flat_map(|answer| answer.rows);
    rows.next().ok_or_else(|| StoreError::unreadable("an answer has no row"))
}
