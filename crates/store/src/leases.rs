//! Small states that several processes share: who does a duty, and which relay is left alone.

use chrono::{DateTime, Utc};

use crate::backend::{Batch, Row, read, values};
use crate::error::Result;
use crate::sql;
use crate::store::Store;

/// Microseconds, as the database's clock counts.
pub(crate) const A_SECOND: i64 = 1_000_000;

/// A breaker that is open: nothing is tried until its instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenBreaker {
    /// Until when.
    pub until: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

impl Store {
    /// Takes or prolongs a duty by the database's clock; gives its fence, or none when somebody
    /// else has it.
    pub async fn take_lease(&self, name: &str, owner: &str, seconds: u32) -> Result<Option<i64>> {
        let values = values![name, owner, i64::from(seconds) * A_SECOND];
        let done = self.work(Batch::new().ask(sql::TAKE_LEASE, values), vec![]).await?;
        done.rows(0).pop().as_mut().map(Row::take).transpose()
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
}
