//! What goes into the log and what comes out of it.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::envelope::Hash;
use crate::ids::{CommitId, EventId, KeyId, Position, StoreId, StreamName, Version};
use crate::ledger::LedgerChange;
use crate::words::words;

/// A fact before it is stored.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Its id, a UUID of version 7.
    pub id: EventId,
    /// The stored name of its type.
    pub event_type: String,
    /// The version of that type's shape.
    pub schema_version: u16,
    /// The local day on which it happened.
    pub occurred_on: NaiveDate,
    /// The event that it corrects.
    pub corrects: Option<EventId>,
    /// What may stand in clear: exact JSON text.
    pub body: String,
    /// What may not.
    pub parts: Vec<SealedPart>,
}

/// Personal text, already encrypted for its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedPart {
    /// Its name within the event.
    pub name: String,
    /// The data key that opens it.
    pub key_id: KeyId,
    /// The nonce it was sealed with.
    pub nonce: [u8; 24],
    /// The sealed bytes.
    pub ciphertext: Vec<u8>,
}

/// Personal text as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPart {
    /// Its name within the event.
    pub name: String,
    /// The data key that opens it.
    pub key_id: KeyId,
    /// The nonce it was sealed with.
    pub nonce: [u8; 24],
    /// The sealed bytes; none once they were erased.
    pub ciphertext: Option<Vec<u8>>,
    /// SHA-256 of the sealed bytes, which outlives them.
    pub ciphertext_hash: Hash,
}

/// A fact as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its place in the log.
    pub position: Position,
    /// Its id.
    pub id: EventId,
    /// The commit that brought it.
    pub commit_id: CommitId,
    /// The stream it belongs to.
    pub stream: StreamName,
    /// Its place in that stream.
    pub version: Version,
    /// The stored name of its type.
    pub event_type: String,
    /// The version of that type's shape.
    pub schema_version: u16,
    /// The local day on which it happened.
    pub occurred_on: NaiveDate,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// The event that it corrects.
    pub corrects: Option<EventId>,
    /// The exact JSON text.
    pub body: String,
    /// Its sealed parts, ordered by name.
    pub parts: Vec<StoredPart>,
    /// The hash that stands for it in the tree.
    pub leaf_hash: Hash,
}

words! {
    /// What kind of actor acted.
    pub enum ActorKind {
        /// A human being.
        Person = "person",
        /// The program by itself.
        System = "system",
        /// A file that was imported.
        Import = "import",
    }
}

words! {
    /// How the actor was proven.
    pub enum Auth {
        /// Not at all: only a sandbox accepts that.
        Sandbox = "sandbox",
        /// As the operating system's user.
        Os = "os",
        /// As the user on the other end of a local socket.
        Socket = "socket",
        /// By the municipality's login.
        Oidc = "oidc",
    }
}

/// Who acts, with which request, before it is stored.
#[derive(Clone, Debug)]
pub struct NewCommit {
    /// Its id, a UUID of version 7.
    pub id: CommitId,
    /// Who acts.
    pub actor: String,
    /// What kind of actor that is.
    pub actor_kind: ActorKind,
    /// For whom, when that is somebody else.
    pub on_behalf_of: Option<String>,
    /// How the actor was proven.
    pub auth: Auth,
    /// The key under which a repeated request finds its first answer.
    pub idempotency_key: Option<String>,
    /// SHA-256 of the canonical command, without ids or clock.
    pub request_hash: Hash,
    /// The name of the command.
    pub command: String,
    /// The session of work it belongs to.
    pub correlation_id: Option<Uuid>,
    /// The event that made somebody ask.
    pub causation_id: Option<Uuid>,
}

/// A commit as it is stored.
#[derive(Clone, Debug)]
pub struct StoredCommit {
    /// All that was asked for.
    pub commit: NewCommit,
    /// The position of its first event.
    pub first_position: Position,
    /// The position of its last event.
    pub last_position: Position,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
}

/// The streams a decision has read, each with the version it saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadSet(BTreeMap<StreamName, Version>);

impl ReadSet {
    /// Nothing read yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes that a stream was read at a version; absent streams are at version 0.
    pub fn note(&mut self, stream: StreamName, version: Version) {
        self.0.insert(stream, version);
    }

    /// Takes over what another set has noted.
    pub fn extend(&mut self, other: ReadSet) {
        self.0.extend(other.0);
    }

    /// The version that was seen; a stream that was not read is taken to be absent.
    pub fn version(&self, stream: &StreamName) -> Version {
        self.0.get(stream).copied().unwrap_or_default()
    }

    /// All that was read, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&StreamName, Version)> {
        self.0.iter().map(|(stream, version)| (stream, *version))
    }
}

/// What must still hold when the events are stored.
#[derive(Clone, Debug)]
pub enum Expected {
    /// Every stream that was read is where it was; a written one that was not read is absent.
    Read(ReadSet),
    /// Nothing: only for what the system itself records.
    Any,
}

/// Whose work goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Somebody waits for the answer.
    People,
    /// Nobody does.
    Background,
}

/// A request to store events, all or none.
#[derive(Clone, Debug)]
pub struct Append {
    /// Who acts, with which request.
    pub commit: NewCommit,
    /// What must still hold.
    pub expected: Expected,
    /// The events, in order, each with its stream.
    pub events: Vec<(StreamName, NewEvent)>,
    /// The present instant; recorded is the later one of this and the log's head.
    pub at: DateTime<Utc>,
    /// Changes of the ledger and the outbox that belong to the same commit.
    pub ledger: Vec<LedgerChange>,
    /// Whose work it is.
    pub priority: Priority,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The commit that holds the events.
    pub commit_id: CommitId,
    /// The position of its first event.
    pub first: Position,
    /// The position of its last event.
    pub last: Position,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Whether this is the answer to the same request, given earlier.
    pub replayed: bool,
}

/// Which part of the log a reader wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upto {
    /// All there is.
    Everything,
    /// Up to and with a position.
    Position(Position),
    /// What was recorded up to and at an instant.
    RecordedAt(DateTime<Utc>),
}

/// One stream as somebody saw it.
#[derive(Clone, Debug)]
pub struct StreamSlice {
    /// Which stream.
    pub stream: StreamName,
    /// Its version in this view; 0 when it is absent.
    pub version: Version,
    /// Its events in this view, in order.
    pub events: Vec<StoredEvent>,
}

words! {
    /// What kind of store it is.
    pub enum Kind {
        /// Real people: time comes from the clock.
        Production = "production",
        /// Invented people: time may come from the input.
        Sandbox = "sandbox",
    }
}

/// The end of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The last position; 0 when the log is empty.
    pub position: Position,
    /// When the last event was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Which store.
    pub store_id: StoreId,
    /// What kind of store.
    pub kind: Kind,
}

/// One event as the fast scan shows it, without its sealed parts.
#[derive(Clone, Copy, Debug)]
pub struct LogRow<'a> {
    /// Its place in the log.
    pub position: Position,
    /// Its id.
    pub id: EventId,
    /// The stream it belongs to.
    pub stream: &'a str,
    /// Its place in that stream.
    pub version: Version,
    /// The stored name of its type.
    pub event_type: &'a str,
    /// The version of that type's shape.
    pub schema_version: u16,
    /// The local day on which it happened.
    pub occurred_on: NaiveDate,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// The exact JSON text.
    pub body: &'a str,
}

impl StoredEvent {
    /// The event as the fast scan would show it.
    pub fn row(&self) -> LogRow<'_> {
        LogRow {
            position: self.position,
            id: self.id,
            stream: self.stream.as_str(),
            version: self.version,
            event_type: &self.event_type,
            schema_version: self.schema_version,
            occurred_on: self.occurred_on,
            recorded_at: self.recorded_at,
            body: &self.body,
        }
    }
}
