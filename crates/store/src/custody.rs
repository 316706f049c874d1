//! What was done with the store as a whole: copied, restored, backed up; and the quarantine that
//! follows a restore, for what was due lately may have gone out from the store that was lost.

use chrono::{DateTime, Utc};

use crate::backend::{Batch, read, values};
use crate::error::{Result, StoreError};
use crate::ids::{KeyId, Position};
use crate::json::JsonRows;
use crate::letters::LetterState;
use crate::sql;
use crate::store::Store;
use crate::words::words;

/// Stands on every letter that a quarantine holds.
pub(crate) const HELD_AFTER_RESTORE: &str = "held: it may have gone out before the restore";

words! {
    /// What was done with a store as a whole.
    pub enum Act {
        /// It was copied here from another place.
        Copied = "copied",
        /// It was restored here from a backup.
        Restored = "restored",
        /// A backup was made of it.
        BackedUp = "backed_up",
    }
}

/// One act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Custody {
    /// What was done.
    pub act: Act,
    /// Where the log ended then.
    pub position: Position,
    /// When it began.
    pub begun_at: DateTime<Utc>,
    /// When it was finished; none while it is under way.
    pub finished_at: Option<DateTime<Utc>>,
    /// After a restore: what was due before this instant is held.
    pub hold_before: Option<DateTime<Utc>>,
    /// When a person ended that.
    pub released_at: Option<DateTime<Utc>>,
}

/// What a person decides about the letters that a quarantine holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetGo {
    /// They go out after all.
    Send,
    /// They have gone out before the restore, or shall not.
    Cancel,
}

impl Store {
    /// What was done with the store, the latest first.
    pub async fn custody(&self) -> Result<Vec<Custody>> {
        let rows = self.read_rows(Batch::new().ask(sql::LIST_CUSTODY, vec![])).await?;
        rows.into_iter()
            .map(|mut row| {
                Ok(read!(row => Custody {
                    act, position, begun_at, finished_at, hold_before, released_at,
                }))
            })
            .collect()
    }

    /// Notes that a backup was made, up to a position.
    pub async fn note_backup(&self, position: Position, at: DateTime<Utc>) -> Result<()> {
        let values = values![Act::BackedUp, position, at, at, None::<i64>];
        self.work(Batch::new().run(sql::ADD_CUSTODY, values), vec![]).await.map(|_| ())
    }

    /// Begins a quarantine in a store that was restored: letters that wait and were due before an
    /// instant are held. Gives how many.
    pub async fn begin_quarantine(
        &self,
        hold_before: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Result<u64> {
        let position = self.head().await?.position;
        let hold = values![HELD_AFTER_RESTORE, hold_before, hold_before.date_naive()];
        let batch = Batch::new()
            .ask(sql::ADD_CUSTODY, values![Act::Restored, position, at, at, hold_before])
            .ask(sql::HOLD_LETTERS, hold)
            .run(sql::NOTE_HELD, values![at, HELD_AFTER_RESTORE]);
        Ok(self.work(batch, vec![1]).await?.changed(1).unsigned_abs())
    }

    /// The instant of the quarantine that is on: what was due before it may have gone out.
    pub async fn held_before(&self) -> Result<Option<DateTime<Utc>>> {
        let on = self.custody().await?.into_iter().filter(|act| act.released_at.is_none());
        Ok(on.filter_map(|act| act.hold_before).max())
    }

    /// Ends the quarantine; gives how many letters were let go of.
    pub async fn end_quarantine(&self, then: LetGo, at: DateTime<Utc>) -> Result<u64> {
        let (state, text) = match then {
            LetGo::Send => (LetterState::Ready, "released after the restore"),
            LetGo::Cancel => (LetterState::Cancelled, "a person says it has gone out before"),
        };
        let batch = Batch::new()
            .run(sql::NOTE_LET_GO, values![state, text, at, HELD_AFTER_RESTORE])
            .ask(sql::LET_GO_LETTERS, values![state, at, HELD_AFTER_RESTORE])
            .run(sql::END_QUARANTINE, values![at]);
        Ok(self.work(batch, vec![]).await?.changed(0).unsigned_abs())
    }

    /// Notes in the log's database what the keyring has destroyed meanwhile; gives how many keys
    /// that were. An older log with a newer keyring: what was erased stays erased.
    pub async fn mirror_destroyed_keys(&self) -> Result<u64> {
        let destroyed = self.keyring().tombstones().await?;
        let mut rows = JsonRows::default();
        for (key, at) in destroyed {
            rows.push(values![key, at]);
        }
        let batch = Batch::new().ask(sql::MIRROR_KEYS, vec![rows.finish()]);
        Ok(self.work(batch, vec![]).await?.changed(0).unsigned_abs())
    }

    /// Refuses a store that a copy has not finished yet.
    pub(crate) async fn must_be_whole(&self) -> Result<()> {
        let is_open = |act: &Custody| act.act == Act::Copied && act.finished_at.is_none();
        if self.custody().await?.iter().any(is_open) {
            return Err(StoreError::CopyUnfinished);
        }
        Ok(())
    }
}

/// A key that was destroyed, and when.
pub(crate) type Tombstone = (KeyId, DateTime<Utc>);
