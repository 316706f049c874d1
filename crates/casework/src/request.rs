//! The fingerprint of a request, by which a repeated one is known.
//!
//! Fingerprints stand in clear for ever, and a wish may hold a birth date, which is quickly guessed
//! from a bare hash. So every fingerprint is taken under the store's own secret first.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use spor_domain::door::Command;
use spor_history::codec::canonical;
use spor_store::{Store, StoreError};

/// The hash of a command in canonical form, without ids or clock.
pub(crate) fn hash(
    store: &Store,
    command: &Command,
    reason: Option<&str>,
) -> Result<[u8; 32], StoreError> {
    let sealed: Map<String, Value> = command
        .sealed
        .iter()
        .map(|(compartment, fields)| {
            (compartment.as_str().to_owned(), Value::Object(fields.clone()))
        })
        .collect();
    let whole = Value::from(Map::from_iter([
        ("stream".to_owned(), Value::from(command.stream.name())),
        ("type".to_owned(), Value::from(command.kind.name)),
        ("date".to_owned(), Value::from(command.on.to_string())),
        ("id".to_owned(), Value::from(command.id.as_ref().map(ToString::to_string))),
        ("clear".to_owned(), Value::Object(command.clear.clone())),
        ("sealed".to_owned(), Value::Object(sealed)),
        ("reason".to_owned(), Value::from(reason)),
    ]));
    let keyed = store.claim_stream("request", &canonical(&whole))?;
    Ok(Sha256::digest(keyed.as_str()).into())
}

/// The key of a line of a file: its content, and which one it is among identical lines.
pub(crate) fn line_key(store: &Store, content: &str, ordinal: u32) -> Result<String, StoreError> {
    let keyed = store.claim_stream("line", content)?;
    Ok(format!("{}-{ordinal}", keyed.reference()))
}
