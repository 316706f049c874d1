//! Opening sealed birth dates by hand: the keyring read once, its keys unwrapped.

use std::collections::HashMap;

use anyhow::{Context, Result};
use serde_json::{Map, Value};
use spor_domain::case::Recorded;
use spor_domain::sealed::Sealed;
use spor_store::seal::{self, KeyPlace, PartPlace};
use uuid::Uuid;

use crate::raw::{Bare, Bound, Texts, Words, unhex};
use crate::scratch::Scratch;

/// The types whose fold asks for what is sealed.
const PARTS: Words = Words(
    "SELECT hex(e.event_id), e.stream, hex(p.key_id), hex(p.nonce), hex(p.ciphertext) \
     FROM events AS e JOIN sealed_parts AS p ON p.position = e.position AND p.part = 'person' \
     WHERE e.event_type IN ('CaseOpened', 'CaseImported', 'EntryCorrected')",
    "SELECT e.event_id::text, e.stream, p.key_id::text, encode(p.nonce, 'hex'), \
     encode(p.ciphertext, 'hex') \
     FROM events AS e JOIN sealed_parts AS p ON p.position = e.position AND p.part = 'person' \
     WHERE e.event_type IN ('CaseOpened', 'CaseImported', 'EntryCorrected')",
);
const KEYS: Words = Words(
    "SELECT hex(key_id), subject, compartment, CAST(epoch AS TEXT), hex(wrapped) \
     FROM subject_keys WHERE compartment = 'person' AND wrapped IS NOT NULL",
    "SELECT key_id::text, subject, compartment, epoch::text, encode(wrapped, 'hex') \
     FROM subject_keys WHERE compartment = 'person' AND wrapped IS NOT NULL",
);
const KEY_BYTES: usize = 32;

/// The keys of a keyring, unwrapped.
pub(crate) struct Secrets(HashMap<Uuid, [u8; KEY_BYTES]>);

/// The opened parts that folds ask for, by event.
pub(crate) struct Parts(HashMap<Uuid, Map<String, Value>>);

impl Secrets {
    /// Unwraps all of them.
    pub(crate) async fn of(scratch: &Scratch) -> Result<Self> {
        let kek: [u8; KEY_BYTES] = bytes(std::fs::read_to_string(&scratch.keys.kek)?.trim_end())?;
        let mut keyring = Bare::connect(&scratch.keyring).await?;
        let mut secrets = HashMap::new();
        for row in keyring.texts(keyring.words(KEYS), &[]).await? {
            let [id, subject, compartment, epoch, wrapped] = fields(row)?;
            let key_id = Uuid::try_parse(&id)?;
            let (subject, compartment) = (subject.as_str(), compartment.as_str());
            let place = KeyPlace { key_id, subject, compartment, epoch: epoch.parse()? };
            let wrapped = unhex(&wrapped).context("a wrapped key")?;
            secrets.insert(key_id, seal::unwrap_key(&kek, &place, &wrapped)?);
        }
        Ok(Self(secrets))
    }
}

impl Parts {
    /// Opens all of them.
    pub(crate) async fn open(scratch: &Scratch) -> Result<Self> {
        let secrets = Secrets::of(scratch).await?;
        let mut bare = Bare::connect(&scratch.place).await?;
        Self::read(bare.texts(bare.words(PARTS), &[]).await?, &secrets)
    }

    /// Opens those of one stream.
    pub(crate) async fn of_stream(
        bare: &mut Bare,
        stream: &str,
        secrets: &Secrets,
    ) -> Result<Self> {
        let mark = bare.words(Words("?", "$1"));
        let text = format!("{} AND e.stream = {mark}", bare.words(PARTS));
        Self::read(bare.texts(&text, &[Bound::Text(stream)]).await?, secrets)
    }

    fn read(rows: Vec<Texts>, secrets: &Secrets) -> Result<Self> {
        let mut parts = HashMap::with_capacity(rows.len());
        for row in rows {
            let [event_id, stream, key_id, nonce, ciphertext] = fields(row)?;
            let (event_id, key_id) = (Uuid::try_parse(&event_id)?, Uuid::try_parse(&key_id)?);
            let place = PartPlace { event_id, stream: &stream, part: "person", key_id };
            let secret = secrets.0.get(&key_id).context("a key is missing")?;
            let ciphertext = unhex(&ciphertext).context("a ciphertext")?;
            let text = seal::open_part(secret, &bytes(&nonce)?, &place, &ciphertext)?;
            parts.insert(event_id, serde_json::from_str(&text)?);
        }
        Ok(Self(parts))
    }

    /// Gives an event what its fold asks for.
    pub(crate) fn give(&self, recorded: &mut Recorded) {
        if let Some(part) = self.0.get(&recorded.event_id.0) {
            recorded.event.open(&Sealed::Known(part.clone()));
        }
    }
}

fn fields<const N: usize>(row: Texts) -> Result<[String; N]> {
    let fields: Option<Vec<String>> = row.into_iter().collect();
    let fields = fields.and_then(|fields| fields.try_into().ok());
    fields.context("a row has all of its fields")
}

fn bytes<const N: usize>(digits: &str) -> Result<[u8; N]> {
    unhex(digits).and_then(|bytes| bytes.try_into().ok()).context("so many bytes")
}
