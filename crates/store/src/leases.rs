//! Small shared states of several processes: who does a duty, and which relay is left alone.

use chrono::{DateTime, Utc};

use crate::backend::{Answer, Batch, Value};
use crate::error::Result;
use crate::event::Priority;
use crate::sql;
use crate::store::Store;

const MICROS_A_SECOND: i64 = 1_000_000;

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
    pub async fn take_lease(
        &self,
        name: &str,
        owner: &str,
        lease_secs: u32,
    ) -> Result<Option<i64>> {
        let micros = i64::from(lease_secs) * MICROS_A_SECOND;
        let values = vec![Value::from(name), Value::from(owner), Value::from(micros)];
        let done = self.change(Batch::new().ask(sql::TAKE_LEASE, values)).await?;
        let mut row = done.rows(0).pop();
        row.as_mut().map(crate::backend::Row::integer).transpose()
    }

    /// Gives a duty back before its lease lapses.
    pub async fn release_lease(&self, name: &str, owner: &str) -> Result<()> {
        let values = vec![Value::from(name), Value::from(owner)];
        let done = self.change(Batch::new().ask(sql::RELEASE_LEASE, values));
        done.await.map(|_| ())
    }

    /// A breaker, when it was opened; the caller compares its instant with the present.
    pub async fn breaker(&self, name: &str) -> Result<Option<OpenBreaker>> {
        let batch = Batch::new().ask(sql::READ_BREAKER, vec![Value::from(name)]);
        let Some(mut row) = self.read_row(batch).await? else {
            return Ok(None);
        };
        Ok(Some(OpenBreaker {
            until: row.instant()?,
            reason: row.text()?,
        }))
    }

    /// Opens a breaker, or closes it.
    pub async fn set_breaker(&self, name: &str, open: Option<OpenBreaker>) -> Result<()> {
        let batch = match open {
            Some(open) => {
                let values = vec![
                    Value::from(name),
                    Value::from(open.until),
                    Value::from(open.reason),
                ];
                Batch::new().ask(sql::OPEN_BREAKER, values)
            }
            None => Batch::new().ask(sql::CLOSE_BREAKER, vec![Value::from(name)]),
        };
        self.change(batch).await.map(|_| ())
    }

    /// A change in the background that always stays.
    pub(crate) async fn change(&self, batch: Batch) -> Result<crate::log::writer::Done> {
        let keep = |_: &[Answer]| true;
        self.work(Priority::Background, batch, keep).await
    }
}
