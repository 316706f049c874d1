//! Signed checkpoints of this log: made, kept, and noted where they were brought to.
//!
//! No checkpoint is signed that does not go on from the last one: the tree that was signed is
//! carried on over the events since, and must arrive at the head.

use chrono::{DateTime, TimeDelta, Utc};

use crate::backend::{Batch, Row, read, values};
use crate::envelope::Hash;
use crate::error::{Result, StoreError};
use crate::ids::Position;
use crate::log::{Log, read_full_head, rows};
use crate::merkle::Frontier;
use crate::note::{self, Checkpoint, Note, PublicKey, Signer, not_proven};
use crate::sql;
use crate::verify::{broken, packed};

/// After so many events a checkpoint is due.
const DUE_EVENTS: i64 = 1_000;
/// After so long a checkpoint is due, when there is anything new.
const DUE_AFTER: TimeDelta = TimeDelta::hours(1);
/// Leaves read at a time.
const LEAVES: i64 = 50_000;
const LEAF_BYTES: usize = 32;

/// A signed checkpoint as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedCheckpoint {
    /// The size of the tree: the position of its last event.
    pub position: Position,
    /// The root of the tree of that size.
    pub root: Hash,
    /// When it was signed, as the store says; the note does not tell.
    pub signed_at: DateTime<Utc>,
    /// The signed note.
    pub note: String,
    /// The right edge of that tree.
    pub(crate) frontier: Option<Vec<u8>>,
}

impl SavedCheckpoint {
    fn read(mut row: Row) -> Result<Self> {
        let position = row.take()?;
        let rest =
            (|| Ok(read!(row => Self { root, signed_at, note, frontier } with { position })))();
        rest.map_err(|error| rows::at(position, error))
    }

    /// What is wrong with it, whatever the tree is.
    pub(crate) fn fault(&self, origin: &str, key: Option<&PublicKey>) -> Option<String> {
        let note: Note = match self.note.parse() {
            Ok(note) => note,
            Err(error) => return Some(error.to_string()),
        };
        let checked = key.map_or_else(|| note.check_origin(origin), |key| note.check(key));
        if let Err(error) = checked {
            return Some(error.to_string());
        }
        let told = (i64::try_from(note.checkpoint.size), note.checkpoint.root);
        let same = told == (Ok(self.position.get()), self.root);
        (!same).then(|| "the checkpoint and its note differ".to_owned())
    }

    /// The tree that was signed, when its right edge was kept.
    fn tree(&self) -> Option<Frontier> {
        let tree = Frontier::from_bytes(self.frontier.as_ref()?).ok()?;
        (tree.root() == self.root).then_some(tree)
    }
}

impl Log {
    /// The signed checkpoints after a position, in order.
    pub async fn log_checkpoints(&self, after: Position) -> Result<Vec<SavedCheckpoint>> {
        let batch = Batch::new().ask(sql::LIST_LOG_CHECKPOINTS, values![after]);
        self.read_rows(batch).await?.into_iter().map(SavedCheckpoint::read).collect()
    }

    /// The newest signed checkpoint.
    pub async fn last_checkpoint(&self) -> Result<Option<SavedCheckpoint>> {
        let row = self.read_row(Batch::new().ask(sql::READ_LAST_CHECKPOINT, vec![])).await?;
        row.map(SavedCheckpoint::read).transpose()
    }

    /// Signs the log as it is now, and keeps the checkpoint; the last one when nothing is new.
    pub async fn checkpoint(&self, signer: &Signer, now: DateTime<Utc>) -> Result<SavedCheckpoint> {
        let last = self.last_checkpoint().await?;
        let full = read_full_head(&**self.backend()).await?;
        let (position, tree) = (full.head.position, full.frontier);
        if let Some(last) = last.as_ref().filter(|last| last.position == position) {
            self.refuse_foreign(last, signer)?;
            return if last.root == tree.root() {
                Ok(last.clone())
            } else {
                Err(inconsistent(position))
            };
        }
        self.check_goes_on(last.as_ref(), &tree, signer).await?;
        let (origin, root) = (note::origin(self.id()), tree.root());
        let note = signer.sign(&Checkpoint { origin, size: tree.size(), root });
        let saved = SavedCheckpoint {
            position,
            root,
            signed_at: now,
            note,
            frontier: Some(tree.to_bytes()),
        };
        let values = values![position, &root[..], now, saved.note.as_str(), saved.frontier.clone()];
        let batch = Batch::new().ask(sql::ADD_CHECKPOINT, values);
        let kept = self.writer()?.work(batch, vec![1]).await?.kept;
        match (kept, self.last_checkpoint().await?) {
            // Another process was faster; its checkpoint says the same, or more.
            (false, Some(last)) => Ok(last),
            _ => Ok(saved),
        }
    }

    /// The same when one is due: after 1,000 events, or an hour with anything new.
    pub async fn checkpoint_when_due(
        &self,
        signer: &Signer,
        now: DateTime<Utc>,
    ) -> Result<Option<SavedCheckpoint>> {
        let head = self.head().await?.position;
        let due = match self.last_checkpoint().await? {
            None => head > Position::ZERO,
            Some(last) => {
                let age = now.signed_duration_since(last.signed_at);
                let new = head.get() - last.position.get();
                new >= DUE_EVENTS || (new > 0 && age >= DUE_AFTER)
            }
        };
        if due { self.checkpoint(signer, now).await.map(Some) } else { Ok(None) }
    }

    /// Never sign what does not go on from what was signed before.
    async fn check_goes_on(
        &self,
        last: Option<&SavedCheckpoint>,
        head: &Frontier,
        signer: &Signer,
    ) -> Result<()> {
        let mut tree = match last {
            None => Frontier::new(),
            Some(last) => {
                self.refuse_foreign(last, signer)?;
                last.tree().unwrap_or_default()
            }
        };
        let until = last.map_or(0, |last| last.position.get().unsigned_abs());
        let mut agrees = last.is_none() || tree.size() == until;
        let end = Position::new(i64::try_from(head.size()).unwrap_or(i64::MAX));
        let mut after = Position::new(i64::try_from(tree.size()).unwrap_or(i64::MAX));
        while after < end {
            for leaf in self.leaves(after, end).await? {
                tree.append(leaf);
                agrees |= tree.size() == until && last.is_some_and(|l| l.root == tree.root());
            }
            after = Position::new(end.get().min(after.get() + LEAVES));
        }
        if agrees && tree == *head { Ok(()) } else { Err(inconsistent(end)) }
    }

    fn refuse_foreign(&self, last: &SavedCheckpoint, signer: &Signer) -> Result<()> {
        match last.fault(&note::origin(self.id()), Some(signer.public())) {
            Some(fault) => Err(not_proven(format!(
                "the last checkpoint, of {} events, cannot be gone on from: {fault}",
                last.position
            ))),
            None => Ok(()),
        }
    }

    /// The leaves after a position, some at a time.
    pub(crate) async fn leaves(&self, after: Position, end: Position) -> Result<Vec<Hash>> {
        let upto = Position::new(end.get().min(after.get().saturating_add(LEAVES)));
        let batch = Batch::new().ask(sql::PACK_LEAVES, values![after, upto]);
        let [answer] = self.answers(batch).await?;
        let bytes = packed(answer)?;
        let (leaves, rest) = bytes.as_chunks::<LEAF_BYTES>();
        let expected = usize::try_from(upto.get() - after.get()).unwrap_or(0);
        if leaves.len() != expected || !rest.is_empty() {
            return Err(broken(after.next(), "an event or its hash is missing"));
        }
        Ok(leaves.to_vec())
    }

    /// The signed checkpoints that have not been brought to a place yet.
    pub async fn unanchored(&self, place: &str) -> Result<Vec<SavedCheckpoint>> {
        let batch = Batch::new().ask(sql::LIST_UNANCHORED, values![place]);
        self.read_rows(batch).await?.into_iter().map(SavedCheckpoint::read).collect()
    }

    /// Notes that a checkpoint was brought to a place outside of the store.
    pub async fn note_anchored(
        &self,
        checkpoint: Position,
        place: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let batch = Batch::new().run(sql::ADD_ANCHOR, values![checkpoint, place, now]);
        self.writer()?.work(batch, vec![]).await.map(|_| ())
    }
}

fn inconsistent(position: Position) -> StoreError {
    broken(position, "the log does not go on from the last signed checkpoint")
}
