//! Opening sealed birth dates by hand: the keyring read once, its keys unwrapped.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use serde_json::{Map, Value};
use spor_domain::case::Recorded;
use spor_domain::sealed::Sealed;
use spor_store::KeyFiles;
use spor_store::seal::{self, KeyPlace, PartPlace};
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use crate::raw::connect;

/// The types whose fold asks for what is sealed.
const PARTS: &str = "SELECT e.event_id, e.stream, p.key_id, p.nonce, p.ciphertext \
     FROM events AS e JOIN sealed_parts AS p ON p.position = e.position AND p.part = 'person' \
     WHERE e.event_type IN ('CaseOpened', 'CaseImported', 'EntryCorrected')";
const KEYS: &str = "SELECT key_id, subject, compartment, epoch, wrapped FROM subject_keys \
     WHERE compartment = 'person' AND wrapped IS NOT NULL";
const KEY_BYTES: usize = 32;

/// The opened parts that folds ask for, by event.
pub(crate) struct Parts(HashMap<Uuid, Map<String, Value>>);

impl Parts {
    /// Opens all of them.
    pub(crate) async fn open(log: &Path, keys: &KeyFiles) -> Result<Self> {
        let secrets = secrets(keys).await?;
        let mut connection = connect(log).await?;
        let rows = sqlx::query(PARTS).fetch_all(&mut connection).await?;
        let mut parts = HashMap::with_capacity(rows.len());
        for row in rows {
            let (event_id, key_id): (Uuid, Uuid) = (row.try_get(0)?, row.try_get(2)?);
            let stream: String = row.try_get(1)?;
            let place = PartPlace { event_id, stream: &stream, part: "person", key_id };
            let secret = secrets.get(&key_id).context("a key is missing")?;
            let nonce: Vec<u8> = row.try_get(3)?;
            let nonce = nonce.try_into().map_err(|_| anyhow!("a nonce has 24 bytes"))?;
            let text = seal::open_part(secret, &nonce, &place, &row.try_get::<Vec<u8>, _>(4)?)?;
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

async fn secrets(keys: &KeyFiles) -> Result<HashMap<Uuid, [u8; KEY_BYTES]>> {
    let kek = key_encryption_key(&keys.kek)?;
    let url = format!("sqlite:{}?mode=ro", keys.keyring.display());
    let mut keyring = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url).await?;
    let rows = sqlx::query(AssertSqlSafe(KEYS)).fetch_all(&mut keyring).await?;
    let mut secrets = HashMap::with_capacity(rows.len());
    for row in rows {
        let key_id: Uuid = row.try_get(0)?;
        let (subject, compartment): (String, String) = (row.try_get(1)?, row.try_get(2)?);
        let epoch = row.try_get(3)?;
        let place = KeyPlace { key_id, subject: &subject, compartment: &compartment, epoch };
        let secret = seal::unwrap_key(&kek, &place, &row.try_get::<Vec<u8>, _>(4)?)?;
        secrets.insert(key_id, secret);
    }
    Ok(secrets)
}

fn key_encryption_key(path: &Path) -> Result<[u8; KEY_BYTES]> {
    let text = std::fs::read_to_string(path)?;
    let digits = text.trim_end();
    let mut key = [0; KEY_BYTES];
    for (at, byte) in key.iter_mut().enumerate() {
        let pair = digits.get(2 * at..2 * at + 2).context("the key file is too short")?;
        *byte = u8::from_str_radix(pair, 16)?;
    }
    Ok(key)
}
