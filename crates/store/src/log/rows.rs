//! Rows of the log's tables, read and written.

use crate::backend::{Row, read, values};
use crate::envelope::{CommitFields, Envelope, Hash, PartFields};
use crate::error::{Result, StoreError};
use crate::event::{NewCommit, StoredCommit, StoredEvent, StoredPart};
use crate::ids::{EventId, Position};
use crate::json::JsonRows;

/// Reads a commit.
pub(crate) fn commit(mut row: Row) -> Result<StoredCommit> {
    let first_position = row.take()?;
    rest_of_commit(row, first_position).map_err(|error| at(first_position, error))
}

fn rest_of_commit(mut row: Row, first_position: Position) -> Result<StoredCommit> {
    let last_position = row.take()?;
    let id = row.take()?;
    let recorded_at = row.take()?;
    let commit = read!(row => NewCommit {
        actor, actor_kind, on_behalf_of, auth, idempotency_key, request_hash, command,
        correlation_id, causation_id,
    } with { id });
    Ok(StoredCommit { commit, first_position, last_position, recorded_at })
}

/// Reads an event, as yet without its parts.
pub(crate) fn event(mut row: Row) -> Result<StoredEvent> {
    let position = row.take()?;
    rest_of_event(row, position).map_err(|error| at(position, error))
}

fn rest_of_event(mut row: Row, position: Position) -> Result<StoredEvent> {
    Ok(read!(row => StoredEvent {
        id, commit_id, stream, version, event_type, schema_version, occurred_on, recorded_at,
        corrects, body, leaf_hash,
    } with { position, parts: Vec::new() }))
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
        Some((position, _)) => {
            Err(StoreError::Integrity { position, what: "a sealed part has no event".to_owned() })
        }
    }
}

fn part(mut row: Row) -> Result<(Position, StoredPart)> {
    let position = row.take()?;
    let part = rest_of_part(row).map_err(|error| at(position, error))?;
    Ok((position, part))
}

fn rest_of_part(mut row: Row) -> Result<StoredPart> {
    Ok(read!(row => StoredPart { name, key_id, nonce, ciphertext, ciphertext_hash }))
}

/// A row of the log that cannot be read is damage, at a position.
pub(crate) fn at(position: Position, error: StoreError) -> StoreError {
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
    rows.push(values![
        stored.first_position,
        stored.last_position,
        commit.id,
        stored.recorded_at,
        commit.actor.as_str(),
        commit.actor_kind,
        commit.on_behalf_of.as_deref(),
        commit.auth,
        commit.idempotency_key.as_deref(),
        &commit.request_hash[..],
        commit.command.as_str(),
        commit.correlation_id,
        commit.causation_id,
    ]);
}

/// Adds an event's row, and the rows of its parts.
pub(crate) fn push_event(rows: &mut JsonRows, part_rows: &mut JsonRows, event: &StoredEvent) {
    rows.push(values![
        event.position,
        event.id,
        event.commit_id,
        &event.stream,
        event.version,
        event.event_type.as_str(),
        event.schema_version,
        event.occurred_on,
        event.recorded_at,
        event.corrects,
        event.body.as_str(),
        &event.leaf_hash[..],
    ]);
    for part in &event.parts {
        part_rows.push(values![
            event.position,
            part.name.as_str(),
            part.key_id,
            &part.nonce[..],
            part.ciphertext.as_deref(),
            &part.ciphertext_hash[..],
        ]);
    }
}
