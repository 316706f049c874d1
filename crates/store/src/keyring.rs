//! The keyring: one data key per subject and compartment, in a file of its own.
//!
//! A key is on disk before anything is sealed with it. Each key is wrapped by the key-encryption
//! key, which lies in a third file that only the program's user may read.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::sync::Mutex;

use crate::backend::{Batch, Connection, values};
use crate::carry::{self, Linked};
use crate::custody::Tombstone;
use crate::error::{Result, StoreError};
use crate::event::{SealedPart, StoredEvent, StoredPart};
use crate::ids::{CLAIM, EventId, KeyId, StoreId, StreamName};
use crate::json::{self, JsonRows};
use crate::location::{KeyFiles, Open, OpenOptions};
use crate::seal::{self, PartPlace};
use crate::sqlite::{Purpose, SqliteLink, file};
use crate::words::words;
use crate::{random, sql};

mod care;
pub(crate) mod kek;
mod ring;

pub use care::{Epoch, KeyStatus, Rotated};
pub use kek::Kek;

use ring::{OpenRing, Secret};

words! {
    /// Which of a subject's texts a key opens.
    pub enum Compartment {
        /// The ordinary ones.
        Person = "person",
        /// The confidential room.
        Confidential = "confidential",
    }
}

/// The key that seals one compartment of one subject.
#[derive(Clone)]
pub struct DataKey {
    id: KeyId,
    subject: StreamName,
    compartment: Compartment,
    secret: [u8; 32],
}

impl DataKey {
    /// Its id, which stands beside everything it seals.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The stream of the subject.
    pub fn subject(&self) -> &StreamName {
        &self.subject
    }

    /// Which of the subject's texts it seals.
    pub fn compartment(&self) -> Compartment {
        self.compartment
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey({}, {})", self.subject, self.compartment.as_str())
    }
}

/// What a sealed part holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// Its text.
    Text(String),
    /// It was erased, for ever.
    Erased,
    /// Its key is not in the keyring, and nobody has destroyed it.
    KeyMissing,
}

/// A mark of the keys that a process has seen; see [`Store::keys_seen`](crate::Store::keys_seen).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeysSeen(u64);

/// A keyring that this process has open.
pub(crate) struct Keyring {
    claims: [u8; 32],
    open: Mutex<OpenRing>,
}

const FIRST_EPOCH: i64 = 1;
const CLAIMS: &str = "claims";
const CLAIMS_SUBJECT: &str = "programme";
/// Bytes of the keyed hash in the name of a claim.
const CLAIM_BYTES: usize = 20;

impl Keyring {
    /// Makes the keyring of a new store.
    pub(crate) async fn create(path: &Path, kek: &Kek, store_id: StoreId) -> Result<()> {
        let purpose = Purpose::Keyring(OpenOptions::new(Open::ReadWrite));
        let mut link = file::create(path, file::KEYRING, purpose).await?;
        let batch = Batch::new()
            .run(sql::BEGIN_KEYRING, vec![])
            .then(first_keys(kek, store_id))
            .run_built("COMMIT", vec![]);
        link.run(batch).await?;
        Box::new(link).close().await
    }

    /// Opens the keyring of a store, a file of its own.
    pub(crate) async fn open(
        files: &KeyFiles,
        store_id: StoreId,
        options: OpenOptions,
    ) -> Result<Self> {
        let candidates = kek::candidates(files)?;
        file::check_private(&files.keyring)?;
        file::check(&files.keyring, file::KEYRING, options.mode)?;
        if options.mode == Open::ReadOnly {
            file::settle(&files.keyring, Purpose::Keyring(OpenOptions::new(Open::ReadWrite)))
                .await?;
        }
        let mut link = SqliteLink::open(&files.keyring, Purpose::Keyring(options)).await?;
        file::bring_up(&mut link, file::KEYRING, options.mode).await?;
        Self::unlock((files, candidates), Box::new(link), store_id, options.mode).await
    }

    /// Opens the keyring that lies in the store's own database.
    pub(crate) async fn open_beside_log(
        files: &KeyFiles,
        link: Box<dyn Connection>,
        store_id: StoreId,
        mode: Open,
    ) -> Result<Self> {
        Self::unlock((files, kek::candidates(files)?), link, store_id, mode).await
    }

    async fn unlock(
        (files, candidates): (&KeyFiles, Vec<kek::Candidate>),
        mut link: Box<dyn Connection>,
        store_id: StoreId,
        mode: Open,
    ) -> Result<Self> {
        let mut wanted = JsonRows::default();
        wanted.push(values![CLAIMS_SUBJECT, CLAIMS]);
        let batch = Batch::new()
            .ask(sql::READ_KEYRING, vec![])
            .ask(sql::READ_EPOCH, vec![])
            .ask(sql::FIND_LIVING_KEYS, vec![wanted.finish()]);
        let answers = link.run(batch).await?;
        let mut rows = answers.into_iter().flat_map(|answer| answer.rows);
        let (Some(mut owner), Some(mut epoch), Some(claims)) =
            (rows.next(), rows.next(), rows.next())
        else {
            return Err(StoreError::WrongKeyring);
        };
        if owner.take::<StoreId>()? != store_id {
            return Err(StoreError::WrongKeyring);
        }
        let epoch = epoch.take()?;
        let (fits, claims) = ring::fitting(&candidates, claims)?;
        if fits.is_new && mode == Open::ReadWrite {
            // A rotation was interrupted after the keyring was wrapped anew.
            kek::take_over(files, epoch)?;
        }
        let from = files.clone();
        Ok(Self { claims, open: Mutex::new(OpenRing::new(link, from, fits.kek, epoch)) })
    }

    /// The keys of these subjects; missing ones are made and stored in one commit first.
    pub(crate) async fn data_keys(
        &self,
        wanted: &[(StreamName, Compartment)],
    ) -> Result<Vec<DataKey>> {
        let mut open = self.open.lock().await;
        open.refresh().await?;
        if open.lacks(wanted) {
            open.find(wanted).await?;
        }
        if open.lacks(wanted) {
            open.make(wanted).await?;
        }
        let found = wanted.iter().map(|asked| open.key_of(asked));
        found.map(|key| key.ok_or(StoreError::WrongKeyring)).collect()
    }

    /// A mark that no longer holds once any key may have been made, destroyed or brought back by
    /// another process, or destroyed by this one.
    pub(crate) async fn seen(&self) -> Result<KeysSeen> {
        let mut open = self.open.lock().await;
        open.refresh().await?;
        Ok(KeysSeen(open.forgotten()))
    }

    /// Opens the sealed parts of events, each with its part's name.
    pub(crate) async fn open_parts(
        &self,
        events: &[StoredEvent],
    ) -> Result<Vec<Vec<(String, Opened)>>> {
        let mut open = self.open.lock().await;
        let sealed = events.iter().flat_map(|event| &event.parts);
        let ids: BTreeSet<KeyId> = sealed.map(|part| part.key_id).collect();
        if !ids.is_empty() {
            open.refresh().await?;
            open.load(ids).await?;
        }
        let mut opened = Vec::with_capacity(events.len());
        for event in events {
            let parts = event.parts.iter().map(|part| {
                let text = open_part(open.secret(part.key_id), event, part)?;
                Ok((part.name.clone(), text))
            });
            opened.push(parts.collect::<Result<_>>()?);
        }
        Ok(opened)
    }

    /// The stream that stands for a value that may occur once, without telling the value.
    pub(crate) fn claim_stream(&self, kind: &str, value: &str) -> Result<StreamName> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.claims)
            .expect("a keyed hash takes keys of every length");
        mac.update(kind.as_bytes());
        mac.update(&[0]);
        mac.update(value.as_bytes());
        let hash = mac.finalize().into_bytes();
        let mut reference = format!("{kind}-");
        json::push_hex(&mut reference, &hash[..CLAIM_BYTES]);
        StreamName::new(CLAIM, &reference)
    }

    /// A copy of the keyring in a new file: wrapped keys, and what is left of destroyed ones.
    pub(crate) async fn make_copy(&self, store_id: StoreId, path: &Path) -> Result<()> {
        let purpose = Purpose::Keyring(OpenOptions::new(Open::ReadWrite));
        let mut link = file::create(path, file::KEYRING, purpose).await?;
        link.run(Batch::new().run(sql::CREATE_KEYRING, values![store_id])).await?;
        self.carry(&mut link).await?;
        Box::new(link).close().await
    }

    /// Brings another keyring of the same store what it lacks.
    pub(crate) async fn carry_to(&self, other: &Self) -> Result<()> {
        self.carry(other.open.lock().await.link()).await
    }

    /// Brings a keyring of the same store, behind this connection, what it lacks.
    pub(crate) async fn carry(&self, to: &mut dyn Connection) -> Result<()> {
        let mut open = self.open.lock().await;
        for table in carry::KEYS {
            carry::carry(table, &mut Linked(open.link()), &mut Linked(to)).await?;
        }
        Ok(())
    }

    /// The keys that were destroyed.
    pub(crate) async fn tombstones(&self) -> Result<Vec<Tombstone>> {
        let asked = Batch::new().ask(sql::LIST_TOMBSTONES, vec![]);
        let answers = self.open.lock().await.link().run(asked).await?;
        let rows = answers.into_iter().flat_map(|answer| answer.rows);
        rows.map(|mut row| Ok((row.take()?, row.take()?))).collect()
    }

    pub(crate) async fn close(&self) {
        // The file has no write-ahead log; what was committed is in it.
        self.open.lock().await.forget();
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring")
    }
}

/// Seals a text for its place; the nonce is random and long enough never to repeat.
pub(crate) fn seal(
    key: &DataKey,
    event: EventId,
    stream: &StreamName,
    part: &str,
    plaintext: &str,
) -> SealedPart {
    let nonce = random::bytes();
    let place =
        PartPlace { event_id: event.get(), stream: stream.as_str(), part, key_id: key.id.get() };
    SealedPart {
        name: part.to_owned(),
        key_id: key.id,
        nonce,
        ciphertext: seal::seal_part(&key.secret, &nonce, &place, plaintext),
    }
}

fn open_part(key: Option<Secret>, event: &StoredEvent, part: &StoredPart) -> Result<Opened> {
    let Some(ciphertext) = &part.ciphertext else {
        return Ok(Opened::Erased);
    };
    let secret = match key {
        None => return Ok(Opened::KeyMissing),
        Some(Secret::Destroyed) => return Ok(Opened::Erased),
        Some(Secret::Living(secret)) => secret,
    };
    let place = PartPlace {
        event_id: event.id.get(),
        stream: event.stream.as_str(),
        part: &part.name,
        key_id: part.key_id.get(),
    };
    let opened = seal::open_part(&secret, &part.nonce, &place, ciphertext);
    opened.map(Opened::Text).map_err(|error| StoreError::Integrity {
        position: event.position,
        what: format!("part {}: {error}", part.name),
    })
}

/// What a new keyring begins with.
pub(crate) fn first_keys(kek: &Kek, store_id: StoreId) -> Batch {
    let mut rows = JsonRows::default();
    ring::new_key(kek.bytes(), FIRST_EPOCH, CLAIMS_SUBJECT, CLAIMS).push(&mut rows);
    Batch::new().run(sql::CREATE_KEYRING, values![store_id]).run(sql::ADD_KEYS, vec![rows.finish()])
}
