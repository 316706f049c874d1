//! Storing events by hand: the head kept in memory, all statements of a group in one text.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result, anyhow};
use chrono::{DateTime, Utc};
use spor_store::envelope::{self, CommitFields, Encoder, Envelope, Hash, PartFields};
use spor_store::merkle::Frontier;
use spor_store::{Append, EventId, Expected, NewEvent, SealedPart, StreamName};
use sqlx::Arguments;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use uuid::Uuid;

use super::{Bare, Place, Words, log_server, places, run, unhex};

const HEAD: Words = Words(
    "SELECT hex(store_id), CAST(position AS TEXT), CAST(recorded_at AS TEXT), hex(frontier) \
     FROM log_head",
    "SELECT store_id::text, position::text, recorded_at::text, encode(frontier, 'hex') \
     FROM log_head",
);

/// A log that only this loop writes to.
pub(crate) struct RawLog {
    bare: Bare,
    store_id: Uuid,
    position: i64,
    recorded_at: DateTime<Utc>,
    frontier: Frontier,
    encoder: Encoder,
}

impl RawLog {
    /// Opens a log that a store has made.
    pub(crate) async fn open(place: &Place) -> Result<Self> {
        let mut bare = Bare::connect(place).await?;
        let row = bare.texts(bare.words(HEAD), &[]).await?.pop().context("a log has a head")?;
        let head: Option<Vec<String>> = row.into_iter().collect();
        let [store_id, position, recorded_at, frontier] =
            head.and_then(|head| head.try_into().ok()).context("a head has four fields")?;
        Ok(Self {
            bare,
            store_id: Uuid::try_parse(&store_id)?,
            position: position.parse()?,
            recorded_at: DateTime::from_timestamp_micros(recorded_at.parse()?).unwrap_or_default(),
            frontier: Frontier::from_bytes(&unhex(&frontier).context("a frontier")?)?,
            encoder: Encoder::new(),
        })
    }

    /// Stores requests in one transaction.
    pub(crate) async fn append(&mut self, group: &[Append]) -> Result<()> {
        let (commits, events) = self.admit(group)?;
        let moved: BTreeMap<&StreamName, i64> =
            events.iter().map(|row| (row.stream, row.version)).collect();
        let mut parts = Vec::new();
        for row in &events {
            parts.extend(row.event.parts.iter().map(|part| (row.position, part)));
        }
        let group = Group {
            streams: moved.into_iter().collect(),
            commits,
            events,
            parts,
            position: self.position,
            recorded_at: self.recorded_at.timestamp_micros(),
            frontier: self.frontier.to_bytes(),
        };
        match &mut self.bare {
            Bare::Sqlite(connection) => to_file(connection, group).await,
            Bare::Postgres(connection) => log_server::store(connection, group).await,
        }
    }

    /// Ends the connection.
    pub(crate) async fn close(self) -> Result<()> {
        self.bare.close().await
    }

    /// Gives events their places and hashes.
    fn admit<'a>(&mut self, group: &'a [Append]) -> Result<(Vec<Commit<'a>>, Vec<Admitted<'a>>)> {
        let (mut commits, mut events) = (Vec::new(), Vec::new());
        for append in group {
            let Expected::Read(read) = &append.expected else {
                return Err(anyhow!("the loop knows the versions"));
            };
            self.recorded_at = self.recorded_at.max(append.at);
            let count = i64::try_from(append.events.len())?;
            let commit = Commit {
                append,
                first: self.position + 1,
                last: self.position + count,
                recorded_at: self.recorded_at,
            };
            let commit_hash = self.encoder.commit_hash(self.store_id, &commit.fields());
            let mut versions: HashMap<&StreamName, i64> = HashMap::new();
            for (stream, event) in &append.events {
                self.position += 1;
                let version = versions.entry(stream).or_insert_with(|| read.version(stream).get());
                *version += 1;
                let mut row = Admitted {
                    commit,
                    event,
                    stream,
                    version: *version,
                    position: self.position,
                    leaf: [0; 32],
                };
                row.leaf = self.leaf(&row, &commit_hash);
                self.frontier.append(row.leaf);
                events.push(row);
            }
            commits.push(commit);
        }
        Ok((commits, events))
    }

    fn leaf(&mut self, row: &Admitted<'_>, commit_hash: &Hash) -> Hash {
        let event = row.event;
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
            position: row.position,
            event_id: event.id.get(),
            commit_id: row.commit.append.commit.id.get(),
            stream: row.stream.as_str(),
            version: row.version,
            event_type: &event.event_type,
            schema_version: event.schema_version,
            occurred_on: event.occurred_on,
            recorded_at: row.commit.recorded_at,
            corrects: event.corrects.map(EventId::get),
            commit_hash,
            body_hash: &envelope::hash(event.body.as_bytes()),
            parts: &parts,
        })
    }
}

/// A group on its way to the database.
pub(super) struct Group<'a> {
    pub(super) commits: Vec<Commit<'a>>,
    pub(super) streams: Vec<(&'a StreamName, i64)>,
    pub(super) events: Vec<Admitted<'a>>,
    pub(super) parts: Vec<(i64, &'a SealedPart)>,
    /// Where the head goes.
    pub(super) position: i64,
    pub(super) recorded_at: i64,
    pub(super) frontier: Vec<u8>,
}

async fn to_file(connection: &mut SqliteConnection, group: Group<'_>) -> Result<()> {
    let mut script = Script::default();
    script.statement("BEGIN IMMEDIATE");
    script.insert(COMMITS, &group.commits, bind_commit)?;
    script.insert(STREAMS, &group.streams, bind_stream)?;
    script.insert(EVENTS, &group.events, bind_event)?;
    script.insert(PARTS, &group.parts, bind_part)?;
    script.statement("UPDATE log_head SET position = ?, recorded_at = ?, frontier = ?");
    bind(&mut script.values, group.position)?;
    bind(&mut script.values, group.recorded_at)?;
    bind(&mut script.values, group.frontier)?;
    script.statement("COMMIT");
    run(connection, script.text, script.values).await
}

/// A commit with its place in the log.
#[derive(Clone, Copy)]
pub(super) struct Commit<'a> {
    pub(super) append: &'a Append,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) recorded_at: DateTime<Utc>,
}

impl Commit<'_> {
    fn fields(&self) -> CommitFields<'_> {
        let commit = &self.append.commit;
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
            first_position: self.first,
            last_position: self.last,
            recorded_at: self.recorded_at,
        }
    }
}

/// An event with its place in the log.
#[derive(Clone, Copy)]
pub(super) struct Admitted<'a> {
    pub(super) commit: Commit<'a>,
    pub(super) event: &'a NewEvent,
    pub(super) stream: &'a StreamName,
    pub(super) version: i64,
    pub(super) position: i64,
    pub(super) leaf: Hash,
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

/// The statements of one transaction in one text: one way to the database's thread.
#[derive(Default)]
struct Script {
    text: String,
    values: SqliteArguments,
}

impl Script {
    fn statement(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push(';');
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
            self.statement(&format!("{}{places}{}", insert.head, insert.tail));
            for row in some {
                bind(&mut self.values, row)?;
            }
            rows = rest;
        }
        Ok(())
    }
}

fn bind_commit(values: &mut SqliteArguments, row: &Commit<'_>) -> Result<()> {
    let commit = &row.append.commit;
    bind(values, row.first)?;
    bind(values, row.last)?;
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

fn bind_stream(values: &mut SqliteArguments, row: &(&StreamName, i64)) -> Result<()> {
    bind(values, row.0.as_str().to_owned())?;
    bind(values, row.0.category().to_owned())?;
    bind(values, row.1)
}

fn bind_event(values: &mut SqliteArguments, row: &Admitted<'_>) -> Result<()> {
    let event = row.event;
    bind(values, row.position)?;
    bind(values, event.id.get())?;
    bind(values, row.commit.append.commit.id.get())?;
    bind(values, row.stream.as_str().to_owned())?;
    bind(values, row.version)?;
    bind(values, event.event_type.clone())?;
    bind(values, i64::from(event.schema_version))?;
    bind(values, event.occurred_on.to_string())?;
    bind(values, row.commit.recorded_at.timestamp_micros())?;
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
