//! Rows of the log's tables, read and written.

use crate::backend::Row;
use crate::envelope::{CommitFields, Envelope, Hash, PartFields};
use crate::error::{Result, StoreError};
use crate::event::{ActorKind, Auth, NewCommit, StoredCommit, StoredEvent, StoredPart};
use crate::ids::{CommitId, EventId, KeyId, Position, StreamName, Version};
use crate::json::JsonRows;

/// Reads a commit.
pub(crate) fn commit(mut row: Row) -> Result<StoredCommit> {
    let first_position = Position::new(row.integer()?);
    rest_of_commit(row, first_position).map_err(|error| at(first_position, error))
}

fn rest_of_commit(mut row: Row, first_position: Position) -> Result<StoredCommit> {
    let last_position = Position::new(row.integer()?);
    let id = CommitId::new(row.uuid()?);
    let recorded_at = row.instant()?;
    let commit = NewCommit {
        id,
        actor: row.text()?,
        actor_kind: row.word(ActorKind::parse)?,
        on_behalf_of: row.optional_text()?,
        auth: row.word(Auth::parse)?,
        idempotency_key: row.optional_text()?,
        request_hash: row.bytes()?,
        command: row.text()?,
        correlation_id: row.optional_uuid()?,
        causation_id: row.optional_uuid()?,
    };
    Ok(StoredCommit {
        commit,
        first_position,
        last_position,
        recorded_at,
    })
}

/// Reads an event, as yet without its parts.
pub(crate) fn event(mut row: Row) -> Result<StoredEvent> {
    let position = Position::new(row.integer()?);
    rest_of_event(row, position).map_err(|error| at(position, error))
}

fn rest_of_event(mut row: Row, position: Position) -> Result<StoredEvent> {
    Ok(StoredEvent {
        position,
        id: EventId::new(row.uuid()?),
        commit_id: CommitId::new(row.uuid()?),
        stream: StreamName::trusted(row.text()?),
        version: Version::new(row.integer()?),
        event_type: row.text()?,
        schema_version: schema_version(row.integer()?)?,
        occurred_on: row.date()?,
        recorded_at: row.instant()?,
        corrects: row.optional_uuid()?.map(EventId::new),
        body: row.text()?,
        leaf_hash: row.bytes()?,
        parts: Vec::new(),
    })
}

pub(crate) fn schema_version(number: i64) -> Result<u16> {
    u16::try_from(number).map_err(|_| StoreError::unreadable("no version of a type is that great"))
}

/// Reads events and their parts; both are in the same order.
pub(crate) fn events(event_rows: Vec<Row>, part_rows: Vec<Row>) -> Result<Vec<StoredEvent>> {
    let parts: Vec<(Position, StoredPart)> =
        part_rows.into_iter().map(part).collect::<Result<_>>()?;
    let mut parts = parts.into_iter().peekable();
    let mut events = Vec::with_capacity(event_rows.len());
    for row in event_rows {
        let mut event = event(row)?;
        while let Some((_, part)) = parts.next_if(|(position, _)| *position == event.position) {
            event.parts.push(part);
        }
        events.push(event);
    }
    match parts.next() {
        None => Ok(events),
        Some((position, part)) => Err(StoreError::Integrity {
            position,
            what: format!("the sealed part {} has no event", part.name),
        }),
    }
}

fn part(mut row: Row) -> Result<(Position, StoredPart)> {
    let position = Position::new(row.integer()?);
    let part = rest_of_part(row).map_err(|error| at(position, error))?;
    Ok((position, part))
}

fn rest_of_part(mut row: Row) -> Result<StoredPart> {
    Ok(StoredPart {
        name: row.text()?,
        key_id: KeyId::new(row.uuid()?),
        nonce: row.bytes()?,
        ciphertext: row.optional_blob()?,
        ciphertext_hash: row.bytes()?,
    })
}

/// A row of the log that cannot be read is damage, at a position.
fn at(position: Position, error: StoreError) -> StoreError {
    match error {
        StoreError::Database { what } => StoreError::Integrity { position, what },
        other => other,
    }
}

/// What a commit's hash is made of.
pub(crate) fn commit_fields(stored: &StoredCommit) -> CommitFields<'_> {
    let commit = &stored.commit;
    CommitFields {
        commit_id: commit.id.get(),
        actor: &commit.actor,
        actor_kind: commit.actor_kind.as_str(),
        on_behalf_of: commit.on_behalf_of.as_deref(),
        auth: commit.auth.as_str(),
        idempotency_key: commit.idempotency_key.as_deref(),
        request_hash: &commit.request_hash,
        command: &commit.command,
        correlation_id: commit.correlation_id,
        causation_id: commit.causation_id,
        first_position: stored.first_position.get(),
        last_position: stored.last_position.get(),
        recorded_at: stored.recorded_at,
    }
}

/// What the envelope says about an event's parts.
pub(crate) fn part_fields(parts: &[StoredPart]) -> Vec<PartFields<'_>> {
    let fields = parts.iter().map(|part| PartFields {
        name: &part.name,
        key_id: part.key_id.get(),
        nonce: &part.nonce,
        ciphertext_hash: &part.ciphertext_hash,
    });
    fields.collect()
}

/// What an event's envelope is made of.
pub(crate) fn envelope<'a>(
    store_id: uuid::Uuid,
    event: &'a StoredEvent,
    hashes: &'a Hashes,
    parts: &'a [PartFields<'a>],
) -> Envelope<'a> {
    Envelope {
        store_id,
        position: event.position.get(),
        event_id: event.id.get(),
        commit_id: event.commit_id.get(),
        stream: event.stream.as_str(),
        version: event.version.get(),
        event_type: &event.event_type,
        schema_version: event.schema_version,
        occurred_on: event.occurred_on,
        recorded_at: event.recorded_at,
        corrects: event.corrects.map(EventId::get),
        commit_hash: &hashes.commit,
        body_hash: &hashes.body,
        parts,
    }
}

/// The hashes of what an envelope only refers to.
pub(crate) struct Hashes {
    pub(crate) commit: Hash,
    pub(crate) body: Hash,
}

/// Adds a commit's row.
pub(crate) fn push_commit(rows: &mut JsonRows, stored: &StoredCommit) {
    let commit = &stored.commit;
    rows.row()
        .integer(stored.first_position.get())
        .integer(stored.last_position.get())
        .hex(commit.id.get().as_bytes())
        .integer(crate::instant::micros(stored.recorded_at))
        .text(&commit.actor)
        .text(commit.actor_kind.as_str())
        .optional_text(commit.on_behalf_of.as_deref())
        .text(commit.auth.as_str())
        .optional_text(commit.idempotency_key.as_deref())
        .hex(&commit.request_hash)
        .text(&commit.command)
        .optional_id(commit.correlation_id)
        .optional_id(commit.causation_id);
}

/// Adds an event's row, and the rows of its parts.
pub(crate) fn push_event(rows: &mut JsonRows, part_rows: &mut JsonRows, event: &StoredEvent) {
    rows.row()
        .integer(event.position.get())
        .hex(event.id.get().as_bytes())
        .hex(event.commit_id.get().as_bytes())
        .text(event.stream.as_str())
        .integer(event.version.get())
        .text(&event.event_type)
        .integer(i64::from(event.schema_version))
        .text(&event.occurred_on.to_string())
        .integer(crate::instant::micros(event.recorded_at))
        .optional_id(event.corrects.map(EventId::get))
        .text(&event.body)
        .hex(&event.leaf_hash);
    for part in &event.parts {
        part_rows
            .row()
            .integer(event.position.get())
            .text(&part.name)
            .hex(part.key_id.get().as_bytes())
            .hex(&part.nonce)
            .hex(part.ciphertext.as_deref().unwrap_or_default())
            .hex(&part.ciphertext_hash);
    }
}
