//! Quarantine: streams that could not be folded, with evidence. Nothing is skipped silently.

use chrono::{DateTime, Utc};

use crate::backend::{Batch, read, values};
use crate::error::Result;
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
        let values = values![what, place.0, place.1, error, at];
        let batch = Batch::new().run(sql::ADD_FAILURE, values);
        self.work(batch, vec![]).await.map(|_| ())
    }

    /// All quarantines, first those that last.
    pub async fn failures(&self) -> Result<Vec<Failure>> {
        let rows = self.read_rows(Batch::new().ask(sql::LIST_FAILURES, vec![])).await?.into_iter();
        rows.map(|mut row| {
            Ok(read!(row => Failure { what, stream, position, tries, error, at, resolution }))
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
        let batch = Batch::new().ask(sql::RESOLVE_FAILURE, values![resolution, what, stream]);
        Ok(self.work(batch, vec![1]).await?.kept)
    }
}
