//! Quarantine: streams that could not be folded, with evidence. Nothing is skipped silently.

use chrono::{DateTime, Utc};

use crate::backend::{Answer, Batch, Value};
use crate::error::Result;
use crate::event::Priority;
use crate::ids::{Position, StreamName};
use crate::sql;
use crate::store::Store;

/// A stream in quarantine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What failed: the name of a projection.
    pub what: String,
    /// On which stream.
    pub stream: StreamName,
    /// At which position.
    pub position: Position,
    /// How often it was tried.
    pub tries: i64,
    /// The last error.
    pub error: String,
    /// When it was last tried.
    pub at: DateTime<Utc>,
    /// What ended it; none while it lasts.
    pub resolution: Option<String>,
}

impl Store {
    /// Notes that a stream could not be folded; a second time counts the try.
    pub async fn quarantine(
        &self,
        what: &str,
        place: (&StreamName, Position),
        error: &str,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let (stream, position) = place;
        let values = vec![
            Value::from(what),
            Value::from(stream.as_str()),
            Value::from(position.get()),
            Value::from(error),
            Value::from(at),
        ];
        let batch = Batch::new().ask(sql::ADD_FAILURE, values);
        self.change(batch).await.map(|_| ())
    }

    /// All quarantines, first those that last.
    pub async fn failures(&self) -> Result<Vec<Failure>> {
        let batch = Batch::new().ask(sql::LIST_FAILURES, vec![]);
        let rows = self.read_rows(batch).await?.into_iter();
        rows.map(|mut row| {
            Ok(Failure {
                what: row.text()?,
                stream: StreamName::trusted(row.text()?),
                position: Position::new(row.integer()?),
                tries: row.integer()?,
                error: row.text()?,
                at: row.instant()?,
                resolution: row.optional_text()?,
            })
        })
        .collect()
    }

    /// Ends a quarantine; false when there was none.
    pub async fn resolve_failure(
        &self,
        what: &str,
        stream: &StreamName,
        resolution: &str,
    ) -> Result<bool> {
        let values = vec![
            Value::from(resolution),
            Value::from(what),
            Value::from(stream.as_str()),
        ];
        let batch = Batch::new().ask(sql::RESOLVE_FAILURE, values);
        let keep = |answers: &[Answer]| answers.first().is_some_and(|a| a.changed == 1);
        let done = self.work(Priority::Background, batch, keep).await?;
        Ok(done.kept)
    }
}
