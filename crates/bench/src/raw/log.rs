//! Storing events by hand: the head kept in memory, prepared statements of many rows.

use std::path::Path;

use anyhow::{Result, anyhow};
use chrono::{DateTime, Utc};
use spor_store::envelope::{self, CommitFields, Encoder, Envelope, Hash, PartFields};
use spor_store::merkle::Frontier;
use spor_store::{Append, EventId, Expected, NewEvent, SealedPart, StreamName};
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
        let admitted = self.admit(group)?;
        let mut script = Script { is_joined: group.len() == 1, statements: Vec::new() };
        script.statement("BEGIN IMMEDIATE");
        script.insert(COMMITS, &admitted, bind_commit)?;
        script.insert(STREAMS, &admitted, bind_stream)?;
        script.insert(EVENTS, &admitted, bind_event)?;
        let mut parts = Vec::new();
        for row in &admitted {
            parts.extend(row.event.parts.iter().map(|part| (row.position, part)));
        }
        script.insert(PARTS, &parts, bind_part)?;
        let head =
            script.statement("UPDATE log_head SET position = ?, recorded_at = ?, frontier = ?");
        bind(head, self.position)?;
        bind(head, self.recorded_at.timestamp_micros())?;
        bind(head, self.frontier.to_bytes())?;
        script.statement("COMMIT");
        for (text, values) in script.statements {
            run(&mut self.connection, text, values).await?;
        }
        Ok(())
    }

    /// Ends the connection.
    pub(crate) async fn close(self) -> Result<()> {
        Ok(self.connection.close().await?)
    }

    /// Gives events their places and hashes.
    fn admit<'a>(&mut self, group: &'a [Append]) -> Result<Vec<Admitted<'a>>> {
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
            let mut row = Admitted {
                append,
                event,
                stream,
                version: read.version(stream).next().get(),
                position: self.position,
                recorded_at: self.recorded_at,
                leaf: [0; 32],
            };
            row.leaf = self.leaf(&row);
            self.frontier.append(row.leaf);
            admitted.push(row);
        }
        Ok(admitted)
    }

    fn leaf(&mut self, place: &Admitted<'_>) -> Hash {
        let (commit, event) = (&place.append.commit, place.event);
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
            stream: place.stream.as_str(),
            version: place.version,
            event_type: &event.event_type,
            schema_version: event.schema_version,
            occurred_on: event.occurred_on,
            recorded_at: place.recorded_at,
            corrects: event.corrects.map(EventId::get),
            commit_hash: &commit_hash,
            body_hash: &envelope::hash(event.body.as_bytes()),
            parts: &parts,
        })
    }
}

/// An event with its place in the log.
#[derive(Clone, Copy)]
struct Admitted<'a> {
    append: &'a Append,
    event: &'a NewEvent,
    stream: &'a StreamName,
    version: i64,
    position: i64,
    recorded_at: DateTime<Utc>,
    leaf: Hash,
}

/// How rows come into a table.
#[derive(Clone, Copy)]
struct Insert {
    head: &'static str,
    columns: usize,
    tail: &'static str,
}

const COMMITS: Insert = Insert {
    head: "INSERT INTO commits (first_position, last_position, commit_id, recorded_at, actor, \
         actor_kind, on_behalf_of, auth, idempotency_key, request_hash, command, correlation_id, \
         causation_id) VALUES ",
    columns: 13,
    tail: "",
};
const STREAMS: Insert = Insert {
    head: "INSERT INTO streams (stream, category, version) VALUES ",
    columns: 3,
    tail: " ON CONFLICT (stream) DO UPDATE SET version = excluded.version",
};
const EVENTS: Insert = Insert {
    head: "INSERT INTO events (position, event_id, commit_id, stream, version, event_type, \
         schema_version, occurred_on, recorded_at, corrects, body, leaf_hash) VALUES ",
    columns: 12,
    tail: "",
};
const PARTS: Insert = Insert {
    head: "INSERT INTO sealed_parts (position, part, key_id, nonce, ciphertext, ciphertext_hash) \
         VALUES ",
    columns: 6,
    tail: "",
};
/// Rows of one statement; few sizes, so that each is prepared once.
const SIZES: [usize; 4] = [64, 16, 4, 1];

/// The statements of one transaction: one by one, or all in one text where there are few.
struct Script {
    is_joined: bool,
    statements: Vec<(String, SqliteArguments)>,
}

impl Script {
    /// Adds a statement; its values are bound to what comes back.
    fn statement(&mut self, text: &str) -> &mut SqliteArguments {
        match self.statements.last_mut() {
            Some((joined, _)) if self.is_joined => {
                joined.push(';');
                joined.push_str(text);
            }
            Some(_) | None => {
                self.statements.push((text.to_owned(), SqliteArguments::default()));
            }
        }
        let last = self.statements.last_mut();
        &mut last.expect("a statement was added or was there").1
    }

    fn insert<T>(
        &mut self,
        insert: Insert,
        mut rows: &[T],
        bind: impl Fn(&mut SqliteArguments, &T) -> Result<()>,
    ) -> Result<()> {
        while let Some(size) = SIZES.into_iter().find(|size| *size <= rows.len()) {
            let (some, rest) = rows.split_at(size);
            let places = places(size, insert.columns);
            let values = self.statement(&format!("{}{places}{}", insert.head, insert.tail));
            for row in some {
                bind(values, row)?;
            }
            rows = rest;
        }
        Ok(())
    }
}

fn bind_commit(values: &mut SqliteArguments, row: &Admitted<'_>) -> Result<()> {
    let commit = &row.append.commit;
    bind(values, row.position)?;
    bind(values, row.position)?;
    bind(values, commit.id.get())?;
    bind(values, row.recorded_at.timestamp_micros())?;
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

fn bind_stream(values: &mut SqliteArguments, row: &Admitted<'_>) -> Result<()> {
    bind(values, row.stream.as_str().to_owned())?;
    bind(values, row.stream.category().to_owned())?;
    bind(values, row.version)
}

fn bind_event(values: &mut SqliteArguments, row: &Admitted<'_>) -> Result<()> {
    let event = row.event;
    bind(values, row.position)?;
    bind(values, event.id.get())?;
    bind(values, row.append.commit.id.get())?;
    bind(values, row.stream.as_str().to_owned())?;
    bind(values, row.version)?;
    bind(values, event.event_type.clone())?;
    bind(values, i64::from(event.schema_version))?;
    bind(values, event.occurred_on.to_string())?;
    bind(values, row.recorded_at.timestamp_micros())?;
    bind(values, event.corrects.map(EventId::get))?;
    bind(values, event.body.clone())?;
    bind(values, row.leaf.to_vec())
}

fn bind_part(values: &mut SqliteArguments, row: &(i64, &SealedPart)) -> Result<()> {
    let (position, part) = row;
    bind(values, *position)?;
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
