//! The fingerprint of a request, by which a repeated one is known.
//!
//! Fingerprints stand in clear for ever, and a wish may hold a birth date, which is quickly guessed
//! from a bare hash. So every fingerprint is taken under the store's own secret first.

use std::fmt::Write;

use chrono::NaiveDate;
use serde_json::Value;
use sha2::{Digest, Sha256};
use spor_domain::door::Command;
use spor_history::codec::canonical;
use spor_store::{Store, StoreError};

/// Characters of a line's hash in its key: 128 bits.
const LINE_HASH_CHARS: usize = 32;

/// The hash of a command in canonical form, without ids or clock.
pub(crate) fn hash(
    store: &Store,
    command: &Command,
    reason: Option<&str>,
) -> Result<[u8; 32], StoreError> {
    let id = command.id.as_ref().map(spor_domain::ids::EntryId::as_str);
    let mut whole = format!(
        "{}\n{}\n{}\n{}\n{}\n{}",
        command.stream.name(),
        command.kind.name,
        command.on,
        Value::from(id),
        Value::from(reason),
        canonical(&command.clear),
    );
    for (compartment, fields) in &command.sealed {
        write!(whole, "\n{compartment} {}", canonical(fields))
            .expect("writing to memory does not fail");
    }
    let keyed = store.claim_stream("request", &whole)?;
    Ok(Sha256::digest(keyed.as_str()).into())
}

/// The key of a line of a file: its content, and which one it is among identical lines. The day in
/// front keeps the keys of a journal in its own order, so that the store's index grows at its end.
pub(crate) fn line_key(
    store: &Store,
    content: &str,
    day: NaiveDate,
    ordinal: u32,
) -> Result<String, StoreError> {
    let keyed = store.claim_stream("line", content)?;
    let hash: String =
        keyed.reference().trim_start_matches("line-").chars().take(LINE_HASH_CHARS).collect();
    Ok(format!("{day}-{hash}-{ordinal}"))
}
