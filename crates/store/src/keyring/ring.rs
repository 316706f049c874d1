//! The keyring's file, and the keys of it that are in memory.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use super::{Compartment, DataKey};
use crate::backend::{Answer, Batch, Connection, Row, values};
use crate::error::{Result, StoreError};
use crate::ids::{KeyId, StreamName};
use crate::json::{self, JsonRows};
use crate::seal::{self, KeyPlace};
use crate::sqlite::SqliteLink;
use crate::{random, sql};

const EPOCH: i64 = 1;

/// What is left of a key.
#[derive(Clone, Copy)]
pub(super) enum Secret {
    Living([u8; 32]),
    Destroyed,
}

/// The open file.
pub(super) struct OpenRing {
    link: SqliteLink,
    /// Changes when another process has changed the file: then nothing in memory counts.
    data_version: i64,
    by_subject: HashMap<(StreamName, Compartment), DataKey>,
    by_id: HashMap<KeyId, Secret>,
}

impl OpenRing {
    pub(super) fn new(link: SqliteLink) -> Self {
        Self { link, data_version: 0, by_subject: HashMap::new(), by_id: HashMap::new() }
    }

    pub(super) fn key_of(&self, asked: &(StreamName, Compartment)) -> Option<DataKey> {
        self.by_subject.get(asked).cloned()
    }

    pub(super) fn secret(&self, id: KeyId) -> Option<Secret> {
        self.by_id.get(&id).copied()
    }

    pub(super) fn forget(&mut self) {
        self.by_subject.clear();
        self.by_id.clear();
    }

    /// Forgets everything when another process has changed the file.
    pub(super) async fn refresh(&mut self) -> Result<()> {
        let asked = Batch::new().ask(sql::READ_DATA_VERSION, vec![]);
        let mut row = first_row(self.link.run(asked).await?)?;
        let data_version = row.take()?;
        if data_version != self.data_version {
            self.data_version = data_version;
            self.forget();
        }
        Ok(())
    }

    pub(super) fn missing(
        &self,
        wanted: &[(StreamName, Compartment)],
    ) -> Vec<(StreamName, Compartment)> {
        let unknown = wanted.iter().filter(|k| !self.by_subject.contains_key(k));
        let unknown: BTreeSet<_> = unknown.cloned().collect();
        unknown.into_iter().collect()
    }

    /// Loads the keys that exist, makes the others, and stores these at once; all under the lock,
    /// for another process may want the same.
    pub(super) async fn make(
        &mut self,
        kek: &[u8; 32],
        wanted: &[(StreamName, Compartment)],
    ) -> Result<()> {
        let mut asked = JsonRows::default();
        for (subject, compartment) in wanted {
            asked.push(values![subject, *compartment]);
        }
        let look = Batch::new()
            .run(sql::BEGIN_WRITING, vec![])
            .ask(sql::FIND_LIVING_KEYS, vec![asked.finish()]);
        let made = match self.link.run(look).await {
            Ok(answers) => self.add_missing(kek, wanted, answers).await,
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
        kek: &[u8; 32],
        wanted: &[(StreamName, Compartment)],
        found: Vec<Answer>,
    ) -> Result<()> {
        self.take_in(kek, found)?;
        let (mut rows, mut keys) = (JsonRows::default(), Vec::new());
        for (subject, compartment) in self.missing(wanted) {
            let key = new_key(kek, subject.as_str(), compartment.as_str());
            key.push(&mut rows);
            keys.push(key);
        }
        let batch = Batch::new().run(sql::ADD_KEYS, vec![rows.finish()]);
        self.link.run(batch.run_built("COMMIT", vec![])).await?;
        // Only what is on disk may seal anything.
        for key in keys {
            self.remember(key);
        }
        Ok(())
    }

    pub(super) async fn load(&mut self, kek: &[u8; 32], ids: BTreeSet<KeyId>) -> Result<()> {
        let unknown = ids.into_iter().filter(|id| !self.by_id.contains_key(id));
        let unknown: Vec<Uuid> = unknown.map(KeyId::get).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let asked = Batch::new().ask(sql::FIND_KEYS, vec![json::ids(unknown)]);
        let answers = self.link.run(asked).await?;
        self.take_in(kek, answers)
    }

    fn take_in(&mut self, kek: &[u8; 32], answers: Vec<Answer>) -> Result<()> {
        for row in answers.into_iter().flat_map(|answer| answer.rows) {
            let key = found_key(kek, row)?;
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

/// A key of the file; a destroyed one has no secret.
pub(super) struct FoundKey {
    id: KeyId,
    subject: StreamName,
    compartment: String,
    pub(super) secret: Secret,
    wrapped: Vec<u8>,
}

impl FoundKey {
    pub(super) fn push(&self, rows: &mut JsonRows) {
        let wrapped = self.wrapped.as_slice();
        rows.push(values![self.id, &self.subject, &*self.compartment, EPOCH, wrapped]);
    }
}

pub(super) fn new_key(kek: &[u8; 32], subject: &str, compartment: &str) -> FoundKey {
    let id = uuid::Builder::from_random_bytes(random::bytes()).into_uuid();
    let secret: [u8; 32] = random::bytes();
    let place = KeyPlace { key_id: id, subject, compartment, epoch: EPOCH };
    FoundKey {
        id: KeyId::new(id),
        subject: StreamName::trusted(subject.to_owned()),
        compartment: compartment.to_owned(),
        wrapped: seal::wrap_key(kek, &random::bytes(), &place, &secret),
        secret: Secret::Living(secret),
    }
}

pub(super) fn found_key(kek: &[u8; 32], mut row: Row) -> Result<FoundKey> {
    let (id, subject, compartment) = (row.take()?, row.take::<String>()?, row.take::<String>()?);
    let (epoch, wrapped) = (row.take()?, row.take::<Option<Vec<u8>>>()?);
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
        subject: StreamName::trusted(subject),
        compartment,
        wrapped: wrapped.unwrap_or_default(),
    })
}

fn first_row(answers: Vec<Answer>) -> Result<Row> {
    let mut rows = answers.into_iter().flat_map(|answer| answer.rows);
    rows.next().ok_or_else(|| StoreError::unreadable("an answer has no row"))
}
