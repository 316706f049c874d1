//! The keyring: one data key per subject and compartment, in a file of its own.
//!
//! A key is on disk before anything is sealed with it. Each key is wrapped by the key-encryption
//! key, which lies in a third file that only the program's user may read.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::io::Write;
use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::backend::{Batch, Connection, Row, Value};
use crate::error::{Result, StoreError};
use crate::event::{SealedPart, StoredEvent, StoredPart};
use crate::ids::{CLAIM, EventId, KeyId, StoreId, StreamName};
use crate::json::{self, JsonRows};
use crate::location::{KeyFiles, Open, OpenOptions};
use crate::seal::{self, KeyPlace, PartPlace};
use crate::sqlite::{Purpose, SqliteLink, file};
use crate::words::words;
use crate::{random, sql};

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

/// A keyring that this process has open.
pub(crate) struct Keyring {
    kek: [u8; 32],
    claims: [u8; 32],
    open: Mutex<OpenRing>,
}

struct OpenRing {
    link: SqliteLink,
    /// Changes when another process has changed the file: then nothing in memory counts.
    data_version: i64,
    by_subject: HashMap<(StreamName, Compartment), DataKey>,
    by_id: HashMap<KeyId, Option<[u8; 32]>>,
}

const KEY_ENCRYPTION_KEY_MODE: u32 = 0o400;
const EPOCH: i64 = 1;
const CLAIMS: &str = "claims";
const CLAIMS_SUBJECT: &str = "programme";
/// Bytes of the keyed hash in the name of a claim.
const CLAIM_BYTES: usize = 20;

impl Keyring {
    /// Makes keyring and key file for a new store.
    pub(crate) async fn create(files: &KeyFiles, store_id: StoreId) -> Result<()> {
        let kek: [u8; 32] = random::bytes();
        let mut line = String::new();
        json::push_hex(&mut line, &kek);
        let mut key_file = file::make_empty(&files.kek, KEY_ENCRYPTION_KEY_MODE)?;
        writeln!(key_file, "{line}")
            .and_then(|()| key_file.sync_all())
            .map_err(|error| file::unreadable(error, &files.kek))?;
        let purpose = Purpose::Keyring(OpenOptions::new(Open::ReadWrite));
        let mut link = file::create(&files.keyring, file::KEYRING, purpose).await?;
        let claims = new_key(&kek, CLAIMS_SUBJECT, CLAIMS);
        let mut rows = JsonRows::new();
        claims.push(&mut rows);
        let batch = Batch::new()
            .run(sql::BEGIN_WRITING, vec![])
            .run(sql::CREATE_KEYRING, vec![Value::from(store_id.get())])
            .run(sql::ADD_KEYS, vec![rows.finish()])
            .run_built("COMMIT", vec![]);
        link.run(batch).await?;
        Box::new(link).close().await
    }

    /// Opens the keyring of a store.
    pub(crate) async fn open(
        files: &KeyFiles,
        store_id: StoreId,
        options: OpenOptions,
    ) -> Result<Self> {
        file::check_private(&files.kek)?;
        file::check_private(&files.keyring)?;
        let kek = read_kek(&files.kek)?;
        file::check(&files.keyring, file::KEYRING, options.mode)?;
        let mut link = SqliteLink::open(&files.keyring, Purpose::Keyring(options)).await?;
        file::bring_up(&mut link, file::KEYRING, options.mode).await?;
        let mut wanted = JsonRows::new();
        wanted.row().text(CLAIMS_SUBJECT).text(CLAIMS);
        let batch = Batch::new()
            .ask(sql::READ_KEYRING, vec![])
            .ask(sql::FIND_LIVING_KEYS, vec![wanted.finish()]);
        let answers = link.run(batch).await?;
        let mut rows = answers.into_iter().flat_map(|answer| answer.rows);
        let (Some(mut owner), Some(claims)) = (rows.next(), rows.next()) else {
            return Err(StoreError::WrongKeyring);
        };
        if owner.uuid()? != store_id.get() {
            return Err(StoreError::WrongKeyring);
        }
        let claims = found_key(&kek, claims)?.secret;
        let claims = claims.ok_or(StoreError::WrongKeyring)?;
        let open = OpenRing {
            link,
            data_version: 0,
            by_subject: HashMap::new(),
            by_id: HashMap::new(),
        };
        Ok(Self {
            kek,
            claims,
            open: Mutex::new(open),
        })
    }

    /// The keys of these subjects; missing ones are made and stored in one commit first.
    pub(crate) async fn data_keys(
        &self,
        wanted: &[(StreamName, Compartment)],
    ) -> Result<Vec<DataKey>> {
        let mut open = self.open.lock().await;
        open.refresh().await?;
        let missing = open.missing(wanted);
        if !missing.is_empty() {
            open.make(&self.kek, &missing).await?;
        }
        let found = wanted.iter().map(|asked| open.by_subject.get(asked));
        found
            .map(|key| key.cloned().ok_or(StoreError::WrongKeyring))
            .collect()
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
            open.load(&self.kek, ids).await?;
        }
        let mut opened = Vec::with_capacity(events.len());
        for event in events {
            let parts = event.parts.iter().map(|part| {
                let text = open_part(open.by_id.get(&part.key_id), event, part)?;
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

    pub(crate) async fn close(&self) {
        // The file has no write-ahead log; what was committed is in it.
        self.open.lock().await.by_id.clear();
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
    let place = PartPlace {
        event_id: event.get(),
        stream: stream.as_str(),
        part,
        key_id: key.id.get(),
    };
    SealedPart {
        name: part.to_owned(),
        key_id: key.id,
        nonce,
        ciphertext: seal::seal_part(&key.secret, &nonce, &place, plaintext),
    }
}

fn open_part(
    key: Option<&Option<[u8; 32]>>,
    event: &StoredEvent,
    part: &StoredPart,
) -> Result<Opened> {
    let Some(ciphertext) = &part.ciphertext else {
        return Ok(Opened::Erased);
    };
    let secret = match key {
        None => return Ok(Opened::KeyMissing),
        Some(None) => return Ok(Opened::Erased),
        Some(Some(secret)) => secret,
    };
    let place = PartPlace {
        event_id: event.id.get(),
        stream: event.stream.as_str(),
        part: &part.name,
        key_id: part.key_id.get(),
    };
    let opened = seal::open_part(secret, &part.nonce, &place, ciphertext);
    opened
        .map(Opened::Text)
        .map_err(|error| StoreError::Integrity {
            position: event.position,
            what: format!("part {}: {error}", part.name),
        })
}

impl OpenRing {
    /// Forgets everything when another process has changed the file.
    async fn refresh(&mut self) -> Result<()> {
        let asked = Batch::new().ask(sql::READ_DATA_VERSION, vec![]);
        let mut row = first_row(self.link.run(asked).await?)?;
        let data_version = row.integer()?;
        if data_version != self.data_version {
            self.data_version = data_version;
            self.by_subject.clear();
            self.by_id.clear();
        }
        Ok(())
    }

    fn missing(&self, wanted: &[(StreamName, Compartment)]) -> Vec<(StreamName, Compartment)> {
        let unknown = wanted.iter().filter(|k| !self.by_subject.contains_key(k));
        let unknown: BTreeSet<_> = unknown.cloned().collect();
        unknown.into_iter().collect()
    }

    /// Loads the keys that exist, under the lock makes the others, and stores these at once.
    async fn make(&mut self, kek: &[u8; 32], wanted: &[(StreamName, Compartment)]) -> Result<()> {
        let mut asked = JsonRows::new();
        for (subject, compartment) in wanted {
            asked
                .row()
                .text(subject.as_str())
                .text(compartment.as_str());
        }
        let asked = asked.finish();
        let look = Batch::new().ask(sql::FIND_LIVING_KEYS, vec![asked.clone()]);
        let answers = self.link.run(look).await?;
        self.take_in(kek, answers)?;
        let missing = self.missing(wanted);
        if missing.is_empty() {
            return Ok(());
        }
        // Another process may have made some in between: look again inside the lock.
        let look = Batch::new()
            .run(sql::BEGIN_WRITING, vec![])
            .ask(sql::FIND_LIVING_KEYS, vec![asked]);
        let made = match self.link.run(look).await {
            Ok(answers) => self.add_missing(kek, wanted, answers).await,
            Err(error) => Err(error),
        };
        if made.is_err() {
            let rollback = Batch::new().run_built("ROLLBACK", vec![]);
            // Without a transaction there is nothing to roll back.
            let _ = self.link.run(rollback).await;
        }
        made
    }

    async fn add_missing(
        &mut self,
        kek: &[u8; 32],
        wanted: &[(StreamName, Compartment)],
        answers: Vec<crate::backend::Answer>,
    ) -> Result<()> {
        self.take_in(kek, answers)?;
        let missing = self.missing(wanted);
        let mut rows = JsonRows::new();
        let mut keys = Vec::with_capacity(missing.len());
        for (subject, compartment) in missing {
            let key = new_key(kek, subject.as_str(), compartment.as_str());
            key.push(&mut rows);
            keys.push(key);
        }
        let mut batch = Batch::new();
        if !rows.is_empty() {
            batch = batch.run(sql::ADD_KEYS, vec![rows.finish()]);
        }
        self.link.run(batch.run_built("COMMIT", vec![])).await?;
        // Only what is on disk may seal anything.
        keys.into_iter().for_each(|key| self.remember(key));
        Ok(())
    }

    async fn load(&mut self, kek: &[u8; 32], ids: BTreeSet<KeyId>) -> Result<()> {
        let unknown = ids.into_iter().filter(|id| !self.by_id.contains_key(id));
        let unknown: Vec<Uuid> = unknown.map(KeyId::get).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let asked = Batch::new().ask(sql::FIND_KEYS, vec![json::ids(unknown)]);
        let answers = self.link.run(asked).await?;
        self.take_in(kek, answers)
    }

    fn take_in(&mut self, kek: &[u8; 32], answers: Vec<crate::backend::Answer>) -> Result<()> {
        for row in answers.into_iter().flat_map(|answer| answer.rows) {
            let key = found_key(kek, row)?;
            self.remember(key);
        }
        Ok(())
    }

    fn remember(&mut self, key: FoundKey) {
        self.by_id.insert(key.id, key.secret);
        let compartment = Compartment::parse(&key.compartment);
        if let (Some(secret), Some(compartment)) = (key.secret, compartment) {
            let data_key = DataKey {
                id: key.id,
                subject: key.subject.clone(),
                compartment,
                secret,
            };
            self.by_subject.insert((key.subject, compartment), data_key);
        }
    }
}

/// A key of the file; a destroyed one has no secret.
struct FoundKey {
    id: KeyId,
    subject: StreamName,
    compartment: String,
    secret: Option<[u8; 32]>,
    wrapped: Vec<u8>,
}

impl FoundKey {
    fn push(&self, rows: &mut JsonRows) {
        rows.row()
            .hex(self.id.get().as_bytes())
            .text(self.subject.as_str())
            .text(&self.compartment)
            .integer(EPOCH)
            .hex(&self.wrapped);
    }
}

fn new_key(kek: &[u8; 32], subject: &str, compartment: &str) -> FoundKey {
    let id = uuid::Builder::from_random_bytes(random::bytes()).into_uuid();
    let secret = random::bytes();
    let place = KeyPlace {
        key_id: id,
        subject,
        compartment,
        epoch: EPOCH,
    };
    FoundKey {
        id: KeyId::new(id),
        subject: StreamName::trusted(subject.to_owned()),
        compartment: compartment.to_owned(),
        wrapped: seal::wrap_key(kek, &random::bytes(), &place, &secret),
        secret: Some(secret),
    }
}

fn found_key(kek: &[u8; 32], mut row: Row) -> Result<FoundKey> {
    let id = row.uuid()?;
    let subject = row.text()?;
    let compartment = row.text()?;
    let epoch = row.integer()?;
    let wrapped = row.optional_blob()?;
    let place = KeyPlace {
        key_id: id,
        subject: &subject,
        compartment: &compartment,
        epoch,
    };
    let unwrap = |wrapped: &Vec<u8>| seal::unwrap_key(kek, &place, wrapped);
    let secret = wrapped.as_ref().map(unwrap).transpose();
    Ok(FoundKey {
        id: KeyId::new(id),
        secret: secret.map_err(|_| StoreError::WrongKeyring)?,
        subject: StreamName::trusted(subject),
        compartment,
        wrapped: wrapped.unwrap_or_default(),
    })
}

fn first_row(answers: Vec<crate::backend::Answer>) -> Result<Row> {
    let mut rows = answers.into_iter().flat_map(|answer| answer.rows);
    rows.next()
        .ok_or_else(|| StoreError::unreadable("an answer has no row"))
}

fn read_kek(path: &Path) -> Result<[u8; 32]> {
    let malformed = || StoreError::KeyFileMalformed {
        path: path.to_owned(),
    };
    let text = std::fs::read_to_string(path).map_err(|error| file::unreadable(error, path))?;
    let digits = text.trim_end().as_bytes();
    let mut key = [0; 32];
    if digits.len() != 2 * key.len() {
        return Err(malformed());
    }
    for (byte, pair) in key.iter_mut().zip(digits.chunks(2)) {
        let pair = str::from_utf8(pair).map_err(|_| malformed())?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| malformed())?;
    }
    Ok(key)
}
