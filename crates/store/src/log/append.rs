//! A group of requests under the lock: decided in memory, stored with one statement per table.

use std::collections::{BTreeSet, HashMap};

use chrono::SubsecRound;
use uuid::Uuid;

use super::request::{Refused, Request};
use super::rows::{self, Hashes};
use super::{FullHead, full_head};
use crate::backend::{Batch, Connection, Value, count, values};
use crate::envelope::{self, Encoder, Hash};
use crate::error::{Result, StoreError};
use crate::event::{Append, Appended, Expected, SealedPart, StoredCommit, StoredEvent, StoredPart};
use crate::ids::{CommitId, Position, StreamName, Version};
use crate::json::{self, JsonRows};
use crate::{ledger, sql};

/// The log counts in microseconds.
const MICROS_DIGITS: u16 = 6;

/// What opens the transaction of a group: locks, always in the same order.
pub(crate) fn begin(group: &[Request<'_>]) -> Batch {
    let goes_around = group.iter().any(|request| !request.append.ledger.is_empty());
    let begin = if goes_around { sql::BEGIN_BOTH } else { sql::BEGIN_WRITING };
    Batch::new().run(begin, vec![])
}

/// Stores a group in one transaction that these statements open; each request gets its own answer.
///
/// An error of the whole group means that nothing of it was stored, unless the connection was lost:
/// then the group is in doubt, and what it has stored is found by the ids of its commits.
pub(crate) async fn store_group(
    connection: &mut dyn Connection,
    begin: Batch,
    group: &[Request<'_>],
    mut refused: Refused,
    is_in_doubt: bool,
) -> Result<Vec<Result<Appended>>> {
    let mut under_lock = UnderLock::begin(connection, begin, group, is_in_doubt).await?;
    let mut answers = Vec::with_capacity(group.len());
    for request in group {
        let append = request.append;
        let looked_up = under_lock.check(append, |append| refused.check(request.job, append));
        let answer = match looked_up {
            Ok(Some(earlier)) => Ok(earlier),
            Ok(None) => match ledger::apply(connection, append, under_lock.instant(append)).await {
                Ok(()) => Ok(under_lock.admit(append)),
                // A guard that did not hold concerns this request; anything else all of them.
                Err(error @ (StoreError::LeaseLost { .. } | StoreError::MovedOn { .. })) => {
                    Err(error)
                }
                Err(error) => return Err(error),
            },
            Err(error) => Err(error),
        };
        refused.note(request, &answer);
        answers.push(answer);
    }
    connection.run(under_lock.finish()).await?;
    Ok(answers)
}

/// What was read inside the lock, and what is to be written before it is given back.
struct UnderLock {
    store_id: Uuid,
    head: FullHead,
    found: Position,
    versions: HashMap<StreamName, Version>,
    /// What a lost connection has stored after all.
    stored: HashMap<CommitId, Appended>,
    answered: HashMap<(String, String), (Hash, Appended)>,
    moved: BTreeSet<StreamName>,
    commits: JsonRows,
    events: JsonRows,
    parts: JsonRows,
    encoder: Encoder,
}

impl UnderLock {
    async fn begin(
        connection: &mut dyn Connection,
        begin: Batch,
        group: &[Request<'_>],
        is_in_doubt: bool,
    ) -> Result<Self> {
        let (streams, keys) = questions(group);
        let mut batch = begin.ask(sql::READ_HEAD, vec![]).ask(sql::READ_VERSIONS, vec![streams]);
        if !keys.is_empty() {
            batch = batch.ask(sql::FIND_COMMITS, vec![keys.finish()]);
        }
        let mut answers = connection.run(batch).await?.into_iter().map(|answer| answer.rows);
        let mut rows = || answers.next().unwrap_or_default();
        let (head, versions, commits) = (full_head(rows().pop())?, rows(), rows());
        let mut under_lock = Self {
            store_id: head.head.store_id.get(),
            found: head.head.position,
            head,
            versions: HashMap::new(),
            stored: HashMap::new(),
            answered: HashMap::new(),
            moved: BTreeSet::new(),
            commits: JsonRows::default(),
            events: JsonRows::default(),
            parts: JsonRows::default(),
            encoder: Encoder::new(),
        };
        for mut row in versions {
            under_lock.versions.insert(row.take()?, row.take()?);
        }
        for row in commits {
            under_lock.remember(&rows::commit(row)?, true);
        }
        if is_in_doubt {
            under_lock.find_stored(connection, group).await?;
        }
        Ok(under_lock)
    }

    /// Looks for what a lost connection has stored: under the lock, so its fate is decided.
    async fn find_stored(
        &mut self,
        connection: &mut dyn Connection,
        group: &[Request<'_>],
    ) -> Result<()> {
        let ids = json::ids(group.iter().map(|request| request.append.commit.id.get()));
        let answers = connection.run(Batch::new().ask(sql::READ_COMMITS, vec![ids])).await?;
        for row in answers.into_iter().flat_map(|answer| answer.rows) {
            let commit = rows::commit(row)?;
            let appended = self.remember(&commit, false);
            self.stored.insert(commit.commit.id, appended);
        }
        Ok(())
    }

    /// An earlier answer to the same request, or none when the request may be stored.
    fn check(
        &self,
        append: &Append,
        refused: impl FnOnce(&Append) -> Result<()>,
    ) -> Result<Option<Appended>> {
        if let Some(stored) = self.stored.get(&append.commit.id) {
            return Ok(Some(stored.clone()));
        }
        // Before the versions: a retry after success must not look like a conflict.
        if let Some(key) = &append.commit.idempotency_key {
            let asked = (append.commit.actor.clone(), key.clone());
            match self.answered.get(&asked) {
                Some((hash, earlier)) if *hash == append.commit.request_hash => {
                    return Ok(Some(earlier.clone()));
                }
                Some(_) => return Err(StoreError::IdempotencyMismatch { key: key.clone() }),
                None => {}
            }
        }
        refused(append)?;
        let Expected::Read(read) = &append.expected else {
            return Ok(None);
        };
        let written = append.events.iter().map(|(stream, _)| stream);
        let written = written.map(|stream| (stream, read.version(stream)));
        for (stream, expected) in read.iter().chain(written) {
            let actual = self.version(stream);
            if actual != expected {
                let stream = stream.clone();
                return Err(StoreError::Conflict { stream, expected, actual });
            }
        }
        Ok(None)
    }

    fn version(&self, stream: &StreamName) -> Version {
        self.versions.get(stream).copied().unwrap_or_default()
    }

    /// When a request is recorded: never before what was recorded last.
    fn instant(&self, append: &Append) -> chrono::DateTime<chrono::Utc> {
        append.at.trunc_subsecs(MICROS_DIGITS).max(self.head.head.recorded_at)
    }

    /// Gives a request its positions and versions, and its events their place in the tree.
    fn admit(&mut self, append: &Append) -> Appended {
        let recorded_at = self.instant(append);
        let last = self.head.head.position.get() + count(append.events.len());
        let (first_position, last_position) = (self.head.head.position.next(), Position::new(last));
        let stored = StoredCommit {
            commit: append.commit.clone(),
            first_position,
            last_position,
            recorded_at,
        };
        let fields = rows::commit_fields(&stored);
        let commit_hash = self.encoder.commit_hash(self.store_id, &fields);
        for (stream, event) in &append.events {
            let position = self.head.head.position.next();
            let version = self.version(stream).next();
            let mut parts: Vec<StoredPart> = event.parts.iter().map(stored_part).collect();
            parts.sort_by(|a, b| a.name.cmp(&b.name));
            let mut event = StoredEvent {
                position,
                id: event.id,
                commit_id: append.commit.id,
                stream: stream.clone(),
                version,
                event_type: event.event_type.clone(),
                schema_version: event.schema_version,
                occurred_on: event.occurred_on,
                recorded_at,
                corrects: event.corrects,
                body: event.body.clone(),
                parts,
                leaf_hash: [0; 32],
            };
            event.leaf_hash = leaf_hash(&mut self.encoder, self.store_id, &event, commit_hash);
            rows::push_event(&mut self.events, &mut self.parts, &event);
            self.head.frontier.append(event.leaf_hash);
            self.head.head.position = position;
            self.versions.insert(stream.clone(), version);
            self.moved.insert(stream.clone());
        }
        self.head.head.recorded_at = recorded_at;
        rows::push_commit(&mut self.commits, &stored);
        self.remember(&stored, false)
    }

    fn remember(&mut self, stored: &StoredCommit, replayed: bool) -> Appended {
        let appended = Appended {
            commit_id: stored.commit.id,
            first: stored.first_position,
            last: stored.last_position,
            recorded_at: stored.recorded_at,
            replayed,
        };
        if let Some(key) = &stored.commit.idempotency_key {
            let asked = (stored.commit.actor.clone(), key.clone());
            let mut earlier = appended.clone();
            earlier.replayed = true;
            let hash = stored.commit.request_hash;
            self.answered.insert(asked, (hash, earlier));
        }
        appended
    }

    /// What stores the group and gives the lock back.
    fn finish(self) -> Batch {
        let batch = Batch::new();
        if self.head.head.position == self.found {
            return batch.run_built("ROLLBACK", vec![]);
        }
        let mut streams = JsonRows::default();
        for stream in &self.moved {
            let version = self.version(stream);
            streams.push(values![stream, stream.category(), version]);
        }
        let mut batch = batch
            .run(sql::APPEND_COMMITS, vec![self.commits.finish()])
            .run(sql::APPEND_STREAMS, vec![streams.finish()])
            .run(sql::APPEND_EVENTS, vec![self.events.finish()]);
        if !self.parts.is_empty() {
            batch = batch.run(sql::APPEND_PARTS, vec![self.parts.finish()]);
        }
        let FullHead { head, frontier } = self.head;
        let head = values![head.position, head.recorded_at, frontier.to_bytes()];
        batch.run(sql::MOVE_HEAD, head).run_built("COMMIT", vec![])
    }
}

/// The hash that stands for an event in the tree.
pub(crate) fn leaf_hash(
    encoder: &mut Encoder,
    store_id: Uuid,
    event: &StoredEvent,
    commit_hash: Hash,
) -> Hash {
    let hashes = Hashes { commit: commit_hash, body: envelope::hash(event.body.as_bytes()) };
    let parts = rows::part_fields(&event.parts);
    encoder.leaf_hash(&rows::envelope(store_id, event, &hashes, &parts))
}

fn stored_part(part: &SealedPart) -> StoredPart {
    StoredPart {
        name: part.name.clone(),
        key_id: part.key_id,
        nonce: part.nonce,
        ciphertext_hash: envelope::hash(&part.ciphertext),
        ciphertext: Some(part.ciphertext.clone()),
    }
}

/// All streams and idempotency keys that a group asks for.
fn questions(group: &[Request<'_>]) -> (Value, JsonRows) {
    let mut streams: BTreeSet<&StreamName> = BTreeSet::new();
    let mut keys = JsonRows::default();
    for Request { append, .. } in group {
        streams.extend(append.events.iter().map(|(stream, _)| stream));
        if let Expected::Read(read) = &append.expected {
            streams.extend(read.iter().map(|(stream, _)| stream));
        }
        if let Some(key) = &append.commit.idempotency_key {
            keys.push(values![&*append.commit.actor, &**key]);
        }
    }
    let streams = json::texts(streams.into_iter().map(StreamName::as_str));
    (streams, keys)
}
