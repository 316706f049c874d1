//! The bytes that the tree is built from: one event's envelope, one commit's fields.
//!
//! `docs/format.md` is the authority; whatever differs from it here is a mistake here.

use std::io::Write;

use chrono::{DateTime, NaiveDate, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

#[cfg(test)]
mod tests;

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// The word that opens every commit's bytes.
pub const COMMIT_FORMAT: &str = "spor/commit/1";
/// The word that opens every event's envelope.
pub const EVENT_FORMAT: &str = "spor/event/1";

const LEAF_PREFIX: u8 = 0x00;
const NULL_LENGTH: u32 = u32::MAX;
/// Bytes: an envelope of an event with two sealed parts fits without growing the buffer.
const TYPICAL_BYTES: usize = 1024;

/// What a commit says about who acted, why it may, and which positions it filled.
#[derive(Clone, Copy, Debug)]
pub struct CommitFields<'a> {
    /// The commit's own id, a UUID of version 7.
    pub commit_id: Uuid,
    /// Who acted.
    pub actor: &'a str,
    /// `person`, `system` or `import`.
    pub actor_kind: &'a str,
    /// For whom the actor acted, when that is somebody else.
    pub on_behalf_of: Option<&'a str>,
    /// How the actor was proven: `sandbox`, `os`, `socket` or `oidc`.
    pub auth: &'a str,
    /// The key under which a repeated request finds its first answer.
    pub idempotency_key: Option<&'a str>,
    /// SHA-256 of the canonical command, without ids or clock.
    pub request_hash: &'a Hash,
    /// The name of the command.
    pub command: &'a str,
    /// The request that this commit belongs to.
    pub correlation_id: Option<Uuid>,
    /// The event that made somebody ask for this commit.
    pub causation_id: Option<Uuid>,
    /// The position of the commit's first event.
    pub first_position: i64,
    /// The position of the commit's last event.
    pub last_position: i64,
    /// When the commit was recorded; only whole microseconds count.
    pub recorded_at: DateTime<Utc>,
}

/// What an event's envelope says about one sealed part.
#[derive(Clone, Copy, Debug)]
pub struct PartFields<'a> {
    /// The part's name, unique within the event.
    pub name: &'a str,
    /// The data key that seals it.
    pub key_id: Uuid,
    /// The nonce it was sealed with.
    pub nonce: &'a [u8; 24],
    /// SHA-256 of the ciphertext, which outlives the ciphertext.
    pub ciphertext_hash: &'a Hash,
}

/// Everything the tree vouches for about one event.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// The store the event belongs to.
    pub store_id: Uuid,
    /// The event's place in the log, from 1.
    pub position: i64,
    /// The event's own id, a UUID of version 7.
    pub event_id: Uuid,
    /// The commit that brought the event.
    pub commit_id: Uuid,
    /// The stream it belongs to.
    pub stream: &'a str,
    /// Its place in the stream, from 1.
    pub version: i64,
    /// The name of its type.
    pub event_type: &'a str,
    /// The version of that type's shape.
    pub schema_version: u16,
    /// The local day on which it happened.
    pub occurred_on: NaiveDate,
    /// When it was recorded; only whole microseconds count.
    pub recorded_at: DateTime<Utc>,
    /// The event that this one corrects.
    pub corrects: Option<Uuid>,
    /// What [`commit_hash`] says of the commit that brought it.
    pub commit_hash: &'a Hash,
    /// SHA-256 of the body's exact bytes.
    pub body_hash: &'a Hash,
    /// The sealed parts, in any order: the bytes carry them ordered by name.
    pub parts: &'a [PartFields<'a>],
}

/// The SHA-256 of some bytes: of a body, or of a ciphertext.
pub fn hash(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// The hash that stands for a commit in the envelope of each of its events.
///
/// For many of them, keep an [`Encoder`].
pub fn commit_hash(store_id: Uuid, commit: &CommitFields<'_>) -> Hash {
    Encoder::new().commit_hash(store_id, commit)
}

/// The hash that stands for an event in the tree.
///
/// For many of them, keep an [`Encoder`].
pub fn leaf_hash(envelope: &Envelope<'_>) -> Hash {
    Encoder::new().leaf_hash(envelope)
}

/// Writes commits and envelopes into one buffer that is used again and again.
#[derive(Debug)]
pub struct Encoder {
    bytes: Vec<u8>,
}

impl Default for Encoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Encoder {
    /// An encoder whose buffer holds a usual envelope.
    pub fn new() -> Self {
        Self { bytes: Vec::with_capacity(TYPICAL_BYTES) }
    }

    /// The hash that stands for a commit in the envelope of each of its events.
    pub fn commit_hash(&mut self, store_id: Uuid, commit: &CommitFields<'_>) -> Hash {
        hash(self.commit(store_id, commit))
    }

    /// The hash that stands for an event in the tree.
    pub fn leaf_hash(&mut self, envelope: &Envelope<'_>) -> Hash {
        self.write_leaf(envelope);
        hash(&self.bytes)
    }

    /// A commit's bytes, as they are hashed.
    pub fn commit(&mut self, store_id: Uuid, commit: &CommitFields<'_>) -> &[u8] {
        self.bytes.clear();
        let mut fields = Fields(&mut self.bytes);
        fields.text(COMMIT_FORMAT);
        fields.id(store_id);
        fields.id(commit.commit_id);
        fields.text(commit.actor);
        fields.text(commit.actor_kind);
        fields.optional_text(commit.on_behalf_of);
        fields.text(commit.auth);
        fields.optional_text(commit.idempotency_key);
        fields.bytes(commit.request_hash);
        fields.text(commit.command);
        fields.optional_id(commit.correlation_id);
        fields.optional_id(commit.causation_id);
        fields.integer(commit.first_position);
        fields.integer(commit.last_position);
        fields.instant(commit.recorded_at);
        &self.bytes
    }

    /// An event's envelope, without the leaf's prefix.
    pub fn envelope(&mut self, envelope: &Envelope<'_>) -> &[u8] {
        self.write_leaf(envelope);
        &self.bytes[1..]
    }

    fn write_leaf(&mut self, envelope: &Envelope<'_>) {
        self.bytes.clear();
        self.bytes.push(LEAF_PREFIX);
        let mut fields = Fields(&mut self.bytes);
        fields.text(EVENT_FORMAT);
        fields.id(envelope.store_id);
        fields.integer(envelope.position);
        fields.id(envelope.event_id);
        fields.id(envelope.commit_id);
        fields.text(envelope.stream);
        fields.integer(envelope.version);
        fields.text(envelope.event_type);
        fields.integer(i64::from(envelope.schema_version));
        fields.date(envelope.occurred_on);
        fields.instant(envelope.recorded_at);
        fields.optional_id(envelope.corrects);
        fields.bytes(envelope.commit_hash);
        fields.bytes(envelope.body_hash);
        fields.parts(envelope.parts);
    }
}

/// Writes values one after the other, each with its length in front.
pub(crate) struct Fields<'a>(pub(crate) &'a mut Vec<u8>);

impl Fields<'_> {
    pub(crate) fn bytes(&mut self, value: &[u8]) {
        let length = u32::try_from(value.len()).ok().filter(|length| *length != NULL_LENGTH);
        let length = length.expect("the store refuses texts long before they reach 4 GiB");
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(value);
    }

    pub(crate) fn text(&mut self, value: &str) {
        self.bytes(value.as_bytes());
    }

    pub(crate) fn id(&mut self, value: Uuid) {
        self.bytes(value.as_bytes());
    }

    pub(crate) fn integer(&mut self, value: i64) {
        self.bytes(&value.to_be_bytes());
    }

    fn instant(&mut self, value: DateTime<Utc>) {
        self.integer(value.timestamp_micros());
    }

    fn date(&mut self, value: NaiveDate) {
        self.0.extend_from_slice(&10_u32.to_be_bytes());
        write!(self.0, "{value}").expect("writing to memory does not fail");
    }

    fn null(&mut self) {
        self.0.extend_from_slice(&NULL_LENGTH.to_be_bytes());
    }

    fn optional_text(&mut self, value: Option<&str>) {
        match value {
            Some(value) => self.text(value),
            None => self.null(),
        }
    }

    fn optional_id(&mut self, value: Option<Uuid>) {
        match value {
            Some(value) => self.id(value),
            None => self.null(),
        }
    }

    fn parts(&mut self, parts: &[PartFields<'_>]) {
        self.integer(i64::try_from(parts.len()).expect("no event has that many parts"));
        if parts.is_sorted_by_key(|part| part.name) {
            for part in parts {
                self.part(part);
            }
        } else {
            let mut ordered: Vec<_> = parts.iter().collect();
            ordered.sort_by_key(|part| part.name);
            for part in ordered {
                self.part(part);
            }
        }
    }

    fn part(&mut self, part: &PartFields<'_>) {
        self.text(part.name);
        self.id(part.key_id);
        self.bytes(part.nonce);
        self.bytes(part.ciphertext_hash);
    }
}
