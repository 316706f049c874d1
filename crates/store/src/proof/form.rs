//! What a proof looks like in its file: every value in one way only, and no member but these.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::{StoredCommit, StoredEvent};
use crate::log::rows;

/// An earlier checkpoint, and what proves that its log is a beginning of the newer one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Earlier {
    pub(super) checkpoint: String,
    pub(super) consistency: Vec<Hex<32>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "a proof names its fields as the format does")]
pub(super) struct Commit {
    pub(super) commit_id: Id,
    pub(super) actor: String,
    pub(super) actor_kind: String,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) on_behalf_of: Option<String>,
    pub(super) auth: String,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) idempotency_key: Option<String>,
    pub(super) request_hash: Hex<32>,
    pub(super) command: String,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) correlation_id: Option<Id>,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) causation_id: Option<Id>,
    pub(super) first_position: i64,
    pub(super) last_position: i64,
    pub(super) recorded_at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "a proof names its fields as the format does")]
pub(super) struct Event {
    pub(super) position: i64,
    pub(super) event_id: Id,
    pub(super) commit_id: Id,
    pub(super) stream: String,
    pub(super) version: i64,
    pub(super) event_type: String,
    pub(super) schema_version: u16,
    pub(super) occurred_on: String,
    pub(super) recorded_at: i64,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) corrects: Option<Id>,
    pub(super) body: String,
    pub(super) parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "a proof names its fields as the format does")]
pub(super) struct Part {
    pub(super) part: String,
    pub(super) key_id: Id,
    pub(super) nonce: Hex<24>,
    pub(super) ciphertext_hash: Hex<32>,
}

impl From<&StoredCommit> for Commit {
    fn from(stored: &StoredCommit) -> Self {
        let fields = rows::commit_fields(stored);
        Self {
            commit_id: Id(fields.commit_id),
            actor: fields.actor.to_owned(),
            actor_kind: fields.actor_kind.to_owned(),
            on_behalf_of: fields.on_behalf_of.map(str::to_owned),
            auth: fields.auth.to_owned(),
            idempotency_key: fields.idempotency_key.map(str::to_owned),
            request_hash: Hex(*fields.request_hash),
            command: fields.command.to_owned(),
            correlation_id: fields.correlation_id.map(Id),
            causation_id: fields.causation_id.map(Id),
            first_position: fields.first_position,
            last_position: fields.last_position,
            recorded_at: fields.recorded_at.timestamp_micros(),
        }
    }
}

impl From<&StoredEvent> for Event {
    fn from(event: &StoredEvent) -> Self {
        let parts = event.parts.iter().map(|part| Part {
            part: part.name.clone(),
            key_id: Id(part.key_id.get()),
            nonce: Hex(part.nonce),
            ciphertext_hash: Hex(part.ciphertext_hash),
        });
        Self {
            position: event.position.get(),
            event_id: Id(event.id.get()),
            commit_id: Id(event.commit_id.get()),
            stream: event.stream.as_str().to_owned(),
            version: event.version.get(),
            event_type: event.event_type.clone(),
            schema_version: event.schema_version,
            occurred_on: event.occurred_on.to_string(),
            recorded_at: event.recorded_at.timestamp_micros(),
            corrects: event.corrects.map(|id| Id(id.get())),
            body: event.body.clone(),
            parts: parts.collect(),
        }
    }
}

/// Bytes as hexadecimal digits, small letters only: one way to write them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(super) struct Hex<const N: usize>(pub(super) [u8; N]);

impl<const N: usize> From<Hex<N>> for String {
    fn from(bytes: Hex<N>) -> Self {
        let mut digits = String::new();
        crate::json::push_hex(&mut digits, &bytes.0);
        digits
    }
}

impl<const N: usize> TryFrom<String> for Hex<N> {
    type Error = &'static str;

    fn try_from(digits: String) -> Result<Self, Self::Error> {
        let fault = "it is not the hexadecimal digits, in small letters, of so many bytes";
        let mut bytes = [0; N];
        let is_small = digits.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c));
        if digits.len() != 2 * N || !is_small {
            return Err(fault);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            let pair = str::from_utf8(pair).map_err(|_| fault)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| fault)?;
        }
        Ok(Self(bytes))
    }
}

/// An id in its 36 characters, small letters only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(super) struct Id(pub(super) Uuid);

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.0.to_string()
    }
}

impl TryFrom<String> for Id {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let id = Uuid::try_parse(&text).ok().filter(|id| id.to_string() == text);
        id.map(Self).ok_or("it is no id in 36 characters, small letters only")
    }
}
