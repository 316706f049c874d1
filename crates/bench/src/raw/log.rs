//! Storing events by hand: the head kept in memory, one text of statements a transaction.

use std::path::Path;

use anyhow::{Result, anyhow};
use chrono::{DateTime, Utc};
use spor_store::envelope::{self, CommitFields, Encoder, Envelope, Hash, PartFields};
use spor_store::merkle::Frontier;
use spor_store::{Append, Expected, NewEvent, SealedPart};
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Arguments, Connection, Row};
use uuid::Uuid;

use super::{connect, places, run};

/// A log that only this loop writes to.
pub(crate) struct RawLog {
    connection: SqliteConnection,
    store_id: Uuid,
    position: i64,
    recorded_at: DateTime<Utc>,
    frontier: Frontier,
    encoder: Encoder,
}

impl RawLog {
    /// Opens a log that a store has made.
    pub(crate) async fn open(path: &Path) -> Result<Self> {
        let mut connection = connect(path).await?;
        let head = "SELECT store_id, position, recorded_at, frontier FROM log_head";
        let row = sqlx::query(head).fetch_one(&mut connection).await?;
        let recorded_at: i64 = row.try_get(2)?;
        Ok(Self {
            store_id: row.try_get(0)?,
            position: row.try_get(1)?,
            recorded_at: DateTime::from_timestamp_micros(recorded_at).unwrap_or_default(),
            frontier: Frontier::from_bytes(&row.try_get::<Vec<u8>, _>(3)?)?,
            encoder: Encoder::new(),
            connection,
        })
    }

    /// Stores requests of one event each in one transaction; no stream occurs twice.
    pub(crate) async fn append(&mut self, group: &[Append]) -> Result<()> {
        let mut text = String::from("BEGIN IMMEDIATE;");
        let mut values = SqliteArguments::default();
        let parts =
            group.iter().flat_map(|append| &append.events).map(|(_, e)| e.parts.len()).sum();
        text.push_str(&statements(group.len(), parts));
        self.bind(group, &mut values)?;
        text.push_str("UPDATE log_head SET position = ?, recorded_at = ?, frontier = ?;COMMIT");
        bind(&mut values, self.position)?;
        bind(&mut values, self.recorded_at.timestamp_micros())?;
        bind(&mut values, self.frontier.to_bytes())?;
        run(&mut self.connection, text, values).await
    }

    /// Ends the connection.
    pub(crate) async fn close(self) -> Result<()> {
        Ok(self.connection.close().await?)
    }

    /// Binds table by table, in the order of the statements.
    fn bind(&mut self, group: &[Append], values: &mut SqliteArguments) -> Result<()> {
        let mut admitted = Vec::with_capacity(group.len());
        for append in group {
            let [(stream, event)] = append.events.as_slice() else {
                return Err(anyhow!("the loop stores one event a commit"));
            };
            let Expected::Read(read) = &append.expected else {
                return Err(anyhow!("the loop knows the versions"));
            };
            self.position += 1;
            self.recorded_at = self.recorded_at.max(append.at);
            let place = Place {
                stream: stream.as_str(),
                category: stream.category(),
                version: read.version(stream).next().get(),
                position: self.position,
                recorded_at: self.recorded_at,
            };
            let leaf = self.leaf(append, event, &place);
            self.frontier.append(leaf);
            admitted.push((append, event, place, leaf));
        }
        for (append, _, place, _) in &admitted {
            bind_commit(values, append, place)?;
        }
        for (_, _, place, _) in &admitted {
            bind(values, place.stream.to_owned())?;
            bind(values, place.category.to_owned())?;
            bind(values, place.version)?;
        }
        for (append, event, place, leaf) in &admitted {
            bind_event(values, append, event, place, *leaf)?;
        }
        for (_, event, place, _) in &admitted {
            for part in &event.parts {
                bind_part(values, place, part)?;
            }
        }
        Ok(())
    }

    fn leaf(&mut self, append: &Append, event: &NewEvent, place: &Place<'_>) -> Hash {
        let commit = &append.commit;
        let commit_hash = self.encoder.commit_hash(
            self.store_id,
            &CommitFields {
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
                first_position: place.position,
                last_position: place.position,
                recorded_at: place.recorded_at,
            },
        );
        let hashes: Vec<Hash> = event.parts.iter().map(|p| envelope::hash(&p.ciphertext)).collect();
        let parts: Vec<PartFields<'_>> = event
            .parts
            .iter()
            .zip(&hashes)
            .map(|(part, hash)| PartFields {
                name: &part.name,
                key_id: part.key_id.get(),
                nonce: &part.nonce,
                ciphertext_hash: hash,
            })
            .collect();
        self.encoder.leaf_hash(&Envelope {
            store_id: self.store_id,
            position: place.position,
            event_id: event.id.get(),
            commit_id: commit.id.get(),
            stream: place.stream,
            version: place.version,
            event_type: &event.event_type,
            schema_version: event.schema_version,
            occurred_on: event.occurred_on,
            recorded_at: place.recorded_at,
            corrects: event.corrects.map(spor_store::EventId::get),
            commit_hash: &commit_hash,
            body_hash: &envelope::hash(event.body.as_bytes()),
            parts: &parts,
        })
    }
}

/// Where an event comes to stand.
struct Place<'a> {
    stream: &'a str,
    category: &'a str,
    version: i64,
    position: i64,
    recorded_at: DateTime<Utc>,
}

fn statements(rows: usize, parts: usize) -> String {
    let mut text = format!(
        "INSERT INTO commits (first_position, last_position, commit_id, recorded_at, actor, \
         actor_kind, on_behalf_of, auth, idempotency_key, request_hash, command, correlation_id, \
         causation_id) VALUES {};\
         INSERT INTO streams (stream, category, version) VALUES {} \
         ON CONFLICT (stream) DO UPDATE SET version = excluded.version;\
         INSERT INTO events (position, event_id, commit_id, stream, version, event_type, \
         schema_version, occurred_on, recorded_at, corrects, body, leaf_hash) VALUES {};",
        places(rows, 13),
        places(rows, 3),
        places(rows, 12)
    );
    if parts > 0 {
        text.push_str(
            "INSERT INTO sealed_parts (position, part, key_id, nonce, ciphertext, \
             ciphertext_hash) VALUES ",
        );
        text.push_str(&places(parts, 6));
        text.push(';');
    }
    text
}

fn bind_commit(values: &mut SqliteArguments, append: &Append, place: &Place<'_>) -> Result<()> {
    let commit = &append.commit;
    bind(values, place.position)?;
    bind(values, place.position)?;
    bind(values, commit.id.get())?;
    bind(values, place.recorded_at.timestamp_micros())?;
    bind(values, commit.actor.clone())?;
    bind(values, commit.actor_kind.as_str())?;
    bind(values, commit.on_behalf_of.clone())?;
    bind(values, commit.auth.as_str())?;
    bind(values, commit.idempotency_key.clone())?;
    bind(values, commit.request_hash.to_vec())?;
    bind(values, commit.command.clone())?;
    bind(values, commit.correlation_id)?;
    bind(values, commit.causation_id)
}

fn bind_event(
    values: &mut SqliteArguments,
    append: &Append,
    event: &NewEvent,
    place: &Place<'_>,
    leaf: Hash,
) -> Result<()> {
    bind(values, place.position)?;
    bind(values, event.id.get())?;
    bind(values, append.commit.id.get())?;
    bind(values, place.stream.to_owned())?;
    bind(values, place.version)?;
    bind(values, event.event_type.clone())?;
    bind(values, i64::from(event.schema_version))?;
    bind(values, event.occurred_on.to_string())?;
    bind(values, place.recorded_at.timestamp_micros())?;
    bind(values, event.corrects.map(spor_store::EventId::get))?;
    bind(values, event.body.clone())?;
    bind(values, leaf.to_vec())
}

fn bind_part(values: &mut SqliteArguments, place: &Place<'_>, part: &SealedPart) -> Result<()> {
    bind(values, place.position)?;
    bind(values, part.name.clone())?;
    bind(values, part.key_id.get())?;
    bind(values, part.nonce.to_vec())?;
    bind(values, part.ciphertext.clone())?;
    bind(values, envelope::hash(&part.ciphertext).to_vec())
}

/// Binds the next value.
fn bind<'t, T>(values: &mut SqliteArguments, value: T) -> Result<()>
where
    T: sqlx::Encode<'t, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    values.add(value).map_err(|error| anyhow!(error))
}
