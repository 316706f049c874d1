//! The complete check: every hash made again, every position, version and commit looked at.
//!
//! It streams: memory does not grow with the log. The first bad position is named.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use crate::backend::{Batch, read, values};
use crate::envelope::{self, Encoder, Hash};
use crate::error::{Result, StoreError};
use crate::event::{StoredCommit, StoredEvent};
use crate::ids::Position;
use crate::log::append::leaf_hash;
use crate::log::{Log, frontier, rows};
use crate::merkle::Frontier;
use crate::{json, sql};

/// Events looked at in one step.
const STEP_EVENTS: i64 = 1_000;

/// What a complete check of the log has found in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many events.
    pub events: u64,
    /// The root of the tree over them.
    pub root: Hash,
    /// The last position.
    pub head: Position,
}

impl Log {
    /// Checks the whole log up to its present head; tells its progress after each step.
    ///
    /// The error [`StoreError::Integrity`] names the first position that does not hold.
    pub async fn verify(&self, progress: impl Fn(Position)) -> Result<Verified> {
        let mut check = Check {
            log: self,
            encoder: Encoder::new(),
            frontier: Frontier::new(),
            last: Position::ZERO,
            recorded_at: DateTime::<Utc>::MIN_UTC,
            commits: VecDeque::new(),
            commit_hash: None,
        };
        loop {
            let end = check.end().await?;
            check.remaining(end.events, &progress).await?;
            if end.events != end.head {
                let position = end.events.min(end.head).next();
                let what = "the events and the head end at different positions";
                return Err(broken(position, what));
            }
            // The last step may have seen events that were stored after the end was read.
            if check.last == end.head {
                return check.finish(end).await;
            }
        }
    }
}

/// Where the log ends, by its events and by its head.
struct End {
    events: Position,
    head: Position,
    frontier: Vec<u8>,
}

struct Check<'a> {
    log: &'a Log,
    encoder: Encoder,
    frontier: Frontier,
    last: Position,
    recorded_at: DateTime<Utc>,
    commits: VecDeque<StoredCommit>,
    commit_hash: Option<Hash>,
}

impl Check<'_> {
    async fn end(&self) -> Result<End> {
        let row = self.log.read_row(Batch::new().ask(sql::READ_END, vec![])).await?;
        let mut row = row.ok_or_else(|| broken(Position::ZERO, "the log has no head"))?;
        Ok(read!(row => End { events, head, frontier }))
    }

    async fn remaining(&mut self, upto: Position, progress: &impl Fn(Position)) -> Result<()> {
        while self.last < upto {
            self.step().await?;
            progress(self.last);
        }
        Ok(())
    }

    async fn step(&mut self) -> Result<()> {
        let from = self.last.get();
        let range = values![from, from.saturating_add(STEP_EVENTS)];
        let batch = Batch::new()
            .run(sql::BEGIN_READING, vec![])
            .ask(sql::READ_EVENTS_AFTER, range.clone())
            .ask(sql::READ_PARTS_AFTER, range.clone())
            .ask(sql::READ_COMMITS_BETWEEN, range)
            .run_built("COMMIT", vec![]);
        let [events, parts, commits] = self.log.answers(batch).await?;
        for row in commits.rows {
            self.commits.push_back(rows::commit(row)?);
        }
        let (events, orphan) = rows::events_and_orphan(events.rows, parts.rows)?;
        for event in &events {
            self.event(event)?;
        }
        if events.is_empty() || orphan.is_some_and(|position| position > self.last) {
            return Err(broken(self.last.next(), "the event is missing"));
        }
        if let Some(position) = orphan {
            return Err(broken(position, "a sealed part has no event"));
        }
        self.erased(&events).await
    }

    fn event(&mut self, event: &StoredEvent) -> Result<()> {
        let position = self.last.next();
        if event.position != position {
            return Err(broken(position, "the event is missing"));
        }
        let recorded_at = event.recorded_at;
        if recorded_at < self.recorded_at {
            return Err(broken(position, "recorded before the event in front of it"));
        }
        let commit_hash = self.commit_of(event)?;
        for part in &event.parts {
            let whole = part.ciphertext.as_deref().map(envelope::hash);
            if whole.is_some_and(|hash| hash != part.ciphertext_hash) {
                return Err(broken(position, &format!("part {} was changed", part.name)));
            }
        }
        let store_id = self.log.id().get();
        let leaf = leaf_hash(&mut self.encoder, store_id, event, commit_hash);
        if leaf != event.leaf_hash {
            return Err(broken(position, "the event or its commit was changed"));
        }
        self.frontier.append(leaf);
        self.last = position;
        self.recorded_at = recorded_at;
        Ok(())
    }

    /// The hash of the commit that brought an event, which must cover its position.
    fn commit_of(&mut self, event: &StoredEvent) -> Result<Hash> {
        let position = event.position;
        if self.commits.front().is_some_and(|c| c.last_position < position) {
            self.commits.pop_front();
            self.commit_hash = None;
        }
        let Some(commit) = self.commits.front() else {
            return Err(broken(position, "the commit is missing"));
        };
        let begins = self.commit_hash.is_none();
        let covers = commit.first_position <= position && position <= commit.last_position;
        if !covers || (begins && commit.first_position != position) {
            return Err(broken(position, "the commit covers other positions"));
        }
        if commit.commit.id != event.commit_id || commit.recorded_at != event.recorded_at {
            return Err(broken(position, "the event names another commit"));
        }
        let store_id = self.log.id().get();
        let encoder = &mut self.encoder;
        let hash = self
            .commit_hash
            .get_or_insert_with(|| encoder.commit_hash(store_id, &rows::commit_fields(commit)));
        Ok(*hash)
    }

    /// A text may be gone only when its key was destroyed.
    async fn erased(&self, events: &[StoredEvent]) -> Result<()> {
        let parts = events
            .iter()
            .flat_map(|event| event.parts.iter().map(move |part| (event.position, part)));
        let gone: Vec<_> = parts.filter(|(_, part)| part.ciphertext.is_none()).collect();
        if gone.is_empty() {
            return Ok(());
        }
        let ids = json::ids(gone.iter().map(|(_, part)| part.key_id.get()));
        let batch = Batch::new().ask(sql::LIST_DESTROYED_KEYS, vec![ids]);
        let rows = self.log.read_rows(batch).await?.into_iter();
        let destroyed: Vec<_> = rows.map(|mut row| row.take()).collect::<Result<_>>()?;
        let lost = gone.iter().find(|(_, part)| !destroyed.contains(&part.key_id));
        lost.map_or(Ok(()), |(position, part)| {
            let what = format!("part {} is gone, but its key was not destroyed", part.name);
            Err(broken(*position, &what))
        })
    }

    async fn finish(self, end: End) -> Result<Verified> {
        let stored = frontier(&end.frontier, end.head)?;
        if stored.root() != self.frontier.root() {
            return Err(broken(end.head, "the head holds another root"));
        }
        let last_commit = self.commits.back().map(|commit| commit.last_position);
        if last_commit.is_some_and(|last| last != end.head) {
            return Err(broken(end.head, "the last commit ends elsewhere"));
        }
        let batch = Batch::new().ask(sql::FIND_BROKEN_STREAM, vec![]);
        let row = self.log.read_row(batch).await?;
        let found: Option<Option<Position>> = row.map(|mut row| row.take()).transpose()?;
        if let Some(position) = found.flatten() {
            let what = "the versions of the event's stream do not follow each other";
            return Err(broken(position, what));
        }
        Ok(Verified { events: self.frontier.size(), root: self.frontier.root(), head: end.head })
    }
}

fn broken(position: Position, what: &str) -> StoreError {
    StoreError::Integrity { position, what: what.to_owned() }
}
