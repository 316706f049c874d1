//! A store copied to another place: the log in the order of positions, then all that hangs on it.
//!
//! Each batch of commits is one transaction at the target, whose triggers stay on and whose head
//! moves with it. So a copy that was killed goes on where the target's head stands, and nobody
//! works with a target before the copy is finished.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::backend::{Batch, values};
use crate::carry::{BESIDE_THE_LOG, ERASED, carry};
use crate::envelope::{Encoder, Hash};
use crate::error::{Result, StoreError};
use crate::event::{StoredCommit, StoredEvent};
use crate::ids::{Position, StreamName, Version};
use crate::json::JsonRows;
use crate::log::append::leaf_hash;
use crate::log::{FullHead, rows};
use crate::merkle::Frontier;
use crate::sql;
use crate::store::Store;

pub(crate) mod place;

/// Positions looked at for the commits of one batch; the last commit stays whole.
const STEP_EVENTS: i64 = 500;
/// Leaves read at once where two histories are compared.
const STEP_LEAVES: i64 = 20_000;
/// Parts looked at in one step where texts are gone.
const STEP_PARTS: i64 = 1_000;
/// How often a copy runs after a source that is written to meanwhile.
const MOST_ROUNDS: u32 = 100;

/// What a copy has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Where the target stood before.
    pub from: Position,
    /// Where both stand now.
    pub head: Position,
    /// The root of both.
    pub root: Hash,
    /// Letters, reminders, outcomes and other rows beside the log.
    pub beside: i64,
}

/// The commits of one batch with their events.
struct Shipment {
    commits: Vec<StoredCommit>,
    events: Vec<StoredEvent>,
}

impl Store {
    /// Copies everything but what is derived to a target that [`Store::receive`] has opened.
    ///
    /// Every leaf is computed anew on the way, and the target is verified at the end: an equal
    /// root is an identical history. The source may be written to meanwhile.
    pub async fn copy_to(
        &self,
        target: &Store,
        at: DateTime<Utc>,
        progress: impl Fn(Position),
    ) -> Result<Copied> {
        let from = target.head().await?.position;
        self.must_continue(target).await?;
        for _ in 0..MOST_ROUNDS {
            let full = self.full_head().await?;
            self.copy_log(target, full.head.position, &progress).await?;
            let mut beside = self.carry_erased(target).await?;
            for table in BESIDE_THE_LOG {
                beside += carry(table, &mut &*self, &mut &*target).await?;
            }
            self.copy_erasures(target).await?;
            self.keyring().carry_to(target.keyring()).await?;
            if self.head().await?.position == full.head.position {
                if let (Some(before), None) =
                    (self.held_before().await?, target.held_before().await?)
                {
                    // What may have gone out before a restore is held at the target too.
                    target.begin_quarantine(before, at).await?;
                }
                return finish(target, from, full, beside, at).await;
            }
        }
        Err(StoreError::MovedOn { what: "the source of the copy".to_owned() })
    }

    /// What the target holds must be the beginning of what the source holds.
    async fn must_continue(&self, target: &Store) -> Result<()> {
        if (self.id(), self.kind()) != (target.id(), target.kind()) {
            let what = format!("the target is store {}, the source {}", target.id(), self.id());
            return Err(StoreError::OtherHistory { what });
        }
        let (source, there) = (self.full_head().await?, target.full_head().await?);
        let upto = there.head.position;
        if upto > source.head.position {
            let what = format!("the target stands at {upto}, past the source");
            return Err(StoreError::OtherHistory { what });
        }
        let mut tree = Frontier::new();
        let mut after = Position::ZERO;
        while after < upto {
            let to = Position::new(upto.get().min(after.get() + STEP_LEAVES));
            let leaves = Batch::new().ask(sql::READ_LEAVES_AFTER, values![after, to]);
            for mut row in self.read_rows(leaves).await? {
                tree.append(row.take()?);
            }
            after = to;
        }
        if tree.root() != there.frontier.root() {
            let what = format!("up to position {upto} the two tell different histories");
            return Err(StoreError::OtherHistory { what });
        }
        Ok(())
    }

    async fn copy_log(
        &self,
        target: &Store,
        upto: Position,
        progress: &impl Fn(Position),
    ) -> Result<()> {
        let mut there = target.full_head().await?;
        let mut encoder = Encoder::new();
        while there.head.position < upto {
            let shipment = self.load(there.head.position).await?;
            let gone = |event: &StoredEvent| event.parts.iter().any(|p| p.ciphertext.is_none());
            if shipment.events.iter().any(gone) {
                self.carry_erased(target).await?;
            }
            check(&shipment, &mut there, &mut encoder)?;
            target.unload(shipment, &there).await?;
            progress(there.head.position);
        }
        Ok(())
    }

    /// What may be missing at the target; gives how many rows say so.
    async fn carry_erased(&self, target: &Store) -> Result<i64> {
        let mut rows = 0;
        for table in ERASED {
            rows += carry(table, &mut &*self, &mut &*target).await?;
        }
        Ok(rows)
    }

    /// The next whole commits after a position, with their events.
    async fn load(&self, after: Position) -> Result<Shipment> {
        let range = values![after, after.get().saturating_add(STEP_EVENTS)];
        let asked = Batch::new().ask(sql::READ_COMMITS_BETWEEN, range);
        let commits = self.read_rows(asked).await?.into_iter().map(rows::commit);
        let commits: Vec<StoredCommit> = commits.collect::<Result<_>>()?;
        let last = commits.last().map_or(after, |commit| commit.last_position);
        let range = values![after, last];
        let batch = Batch::new()
            .run(sql::BEGIN_READING, vec![])
            .ask(sql::READ_EVENTS_AFTER, range.clone())
            .ask(sql::READ_PARTS_AFTER, range)
            .run_built("COMMIT", vec![]);
        let [events, parts] = self.answers(batch).await?;
        let events = rows::events(events.rows, parts.rows)?;
        if events.is_empty() {
            return Err(broken(after.next(), "the event or its commit is missing"));
        }
        Ok(Shipment { commits, events })
    }

    /// Stores a shipment: all of it, and only where the last one ended.
    async fn unload(&self, shipment: Shipment, head: &FullHead) -> Result<()> {
        let mut moved: HashMap<&StreamName, Version> = HashMap::new();
        let (mut commits, mut events) = (JsonRows::default(), JsonRows::default());
        let (mut parts, mut streams) = (JsonRows::default(), JsonRows::default());
        for commit in &shipment.commits {
            rows::push_commit(&mut commits, commit);
        }
        for event in &shipment.events {
            rows::push_event(&mut events, &mut parts, event);
            moved.insert(&event.stream, event.version);
        }
        for (stream, version) in moved {
            streams.push(values![stream, stream.category(), version]);
        }
        let mut batch = Batch::new()
            .run(sql::APPEND_COMMITS, vec![commits.finish()])
            .run(sql::APPEND_STREAMS, vec![streams.finish()])
            .run(sql::APPEND_EVENTS, vec![events.finish()]);
        if !parts.is_empty() {
            batch = batch.run(sql::APPEND_PARTS, vec![parts.finish()]);
        }
        let FullHead { head, frontier } = head;
        let head = values![head.position, head.recorded_at, frontier.to_bytes()];
        self.work(batch.run(sql::MOVE_HEAD, head), vec![]).await.map(|_| ())
    }

    /// What was erased at the source after it had been copied.
    async fn copy_erasures(&self, target: &Store) -> Result<()> {
        let (mut position, mut part) = (Position::ZERO, String::new());
        loop {
            let after = values![position, part.as_str(), STEP_PARTS];
            let gone = self.read_rows(Batch::new().ask(sql::READ_ERASED_AFTER, after)).await?;
            let last = gone.len() < usize::try_from(STEP_PARTS).unwrap_or(usize::MAX);
            let mut erased = JsonRows::default();
            for mut row in gone {
                (position, part) = (row.take()?, row.take()?);
                erased.push(values![position, part.as_str()]);
            }
            if !erased.is_empty() {
                let batch = Batch::new().run(sql::ERASE_PARTS, vec![erased.finish()]);
                target.work(batch, vec![]).await?;
            }
            if last {
                return Ok(());
            }
        }
    }
}

/// Computes every leaf of a shipment anew and moves the head over it.
fn check(shipment: &Shipment, head: &mut FullHead, encoder: &mut Encoder) -> Result<()> {
    let store_id = head.head.store_id.get();
    let mut events = shipment.events.iter();
    for commit in &shipment.commits {
        let hash = encoder.commit_hash(store_id, &rows::commit_fields(commit));
        if commit.first_position != head.head.position.next() {
            return Err(broken(head.head.position.next(), "the commit covers other positions"));
        }
        while head.head.position < commit.last_position {
            let position = head.head.position.next();
            let event = events.next().filter(|event| event.position == position);
            let event = event.ok_or_else(|| broken(position, "the event is missing"))?;
            let whole = event.parts.iter().all(|part| {
                let text = part.ciphertext.as_deref();
                text.is_none_or(|text| crate::envelope::hash(text) == part.ciphertext_hash)
            });
            if !whole || leaf_hash(encoder, store_id, event, hash) != event.leaf_hash {
                return Err(broken(position, "the event or its commit was changed"));
            }
            head.frontier.append(event.leaf_hash);
            head.head.position = position;
        }
        head.head.recorded_at = commit.recorded_at;
    }
    Ok(())
}

/// Verifies the target from its own rows, compares the roots, and opens it for work.
async fn finish(
    target: &Store,
    from: Position,
    source: FullHead,
    beside: i64,
    at: DateTime<Utc>,
) -> Result<Copied> {
    let verified = target.verify(|_| {}).await?;
    let (head, root) = (source.head.position, source.frontier.root());
    if (verified.head, verified.root) != (head, root) {
        return Err(broken(verified.head, "the copy has another root than its source"));
    }
    target.work(Batch::new().run(sql::FINISH_COPY, values![at, head]), vec![]).await?;
    Ok(Copied { from, head, root, beside })
}

fn broken(position: Position, what: &str) -> StoreError {
    StoreError::Integrity { position, what: what.to_owned() }
}
