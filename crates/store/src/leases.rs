//! Small states that several processes share: who does a duty, and which relay is left alone.

use chrono::{DateTime, Utc};

use crate::backend::{Batch, read, values};
use crate::error::Result;
use crate::sql;
use crate::store::Store;

/// Microseconds, as the database's clock counts.
pub(crate) const A_SECOND: i64 = 1_000_000;
/// A lease that runs for longer was taken by a clock that was wrong: it counts as lapsed.
pub(crate) const LONGEST_LEASE: i64 = 3_600 * A_SECOND;
/// A breaker that is open for longer likewise.
const LONGEST_BREAK: i64 = 3_600 * A_SECOND;

/// The row that the instant of the last round stands in.
const ROUND: &str = "round";

/// A breaker that is open: nothing is tried until its instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenBreaker {
    /// Until when.
    pub until: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

impl OpenBreaker {
    /// Whether nothing is tried at an instant. One that is open for longer than any is was opened by
    /// a clock that was wrong.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        let left = self.until.timestamp_micros().saturating_sub(now.timestamp_micros());
        (1..=LONGEST_BREAK).contains(&left)
    }
}

/// A duty that one process has for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duty {
    /// Counts its owners.
    pub fence: i64,
    /// When it was last done.
    pub done_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Takes or prolongs a duty by the database's clock; none when somebody else has it.
    pub async fn take_lease(&self, name: &str, owner: &str, seconds: u32) -> Result<Option<Duty>> {
        let lease = i64::from(seconds) * A_SECOND;
        let values = values![name, owner, lease, self.wound(), LONGEST_LEASE];
        let done = self.work(Batch::new().ask(sql::TAKE_LEASE, values), vec![]).await?;
        let row = done.rows(0).pop();
        row.map(|mut row| Ok(read!(row => Duty { fence, done_at }))).transpose()
    }

    /// Notes that a duty was done; false when somebody else has it by now.
    pub async fn note_duty_done(
        &self,
        (name, owner): (&str, &str),
        fence: i64,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let batch = Batch::new().ask(sql::NOTE_DUTY_DONE, values![at, name, owner, fence]);
        Ok(self.work(batch, vec![1]).await?.kept)
    }

    /// When a duty was last done, whoever did it.
    pub async fn duty_done(&self, name: &str) -> Result<Option<DateTime<Utc>>> {
        let row = self.read_row(Batch::new().ask(sql::READ_DUTY, values![name])).await?;
        row.map_or(Ok(None), |mut row| row.take())
    }

    /// Notes the instant of a round, as the one that the next ones go on from.
    pub async fn note_round(&self, at: DateTime<Utc>) -> Result<()> {
        self.work(Batch::new().run(sql::NOTE_ROUND, values![at]), vec![]).await.map(|_| ())
    }

    /// The instant of the last round.
    pub async fn last_round(&self) -> Result<Option<DateTime<Utc>>> {
        self.duty_done(ROUND).await
    }

    /// Gives a duty back before its lease lapses.
    pub async fn release_lease(&self, name: &str, owner: &str) -> Result<()> {
        let batch = Batch::new().run(sql::RELEASE_LEASE, values![name, owner]);
        self.work(batch, vec![]).await.map(|_| ())
    }

    /// A breaker, when it was opened; the caller compares its instant with the present.
    pub async fn breaker(&self, name: &str) -> Result<Option<OpenBreaker>> {
        let batch = Batch::new().ask(sql::READ_BREAKER, values![name]);
        let found = self.read_row(batch).await?;
        found.map(|mut row| Ok(read!(row => OpenBreaker { until, reason }))).transpose()
    }

    /// Opens a breaker, or closes it.
    pub async fn set_breaker(&self, name: &str, open: Option<OpenBreaker>) -> Result<()> {
        let batch = Batch::new();
        let batch = match open {
            Some(open) => batch.run(sql::OPEN_BREAKER, values![name, open.until, open.reason]),
            None => batch.run(sql::CLOSE_BREAKER, values![name]),
        };
        self.work(batch, vec![]).await.map(|_| ())
    }

    /// Lets the caller try what a breaker has kept shut until now: one at a time, for so many
    /// seconds; false for everybody else, and while it is shut.
    pub async fn probe_breaker(
        &self,
        name: &str,
        seconds: u32,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let values = values![name, now, i64::from(seconds) * A_SECOND, LONGEST_BREAK];
        let batch = Batch::new().ask(sql::PROBE_BREAKER, values);
        Ok(self.work(batch, vec![1]).await?.kept)
    }
}
