//! What became of the lines of imported files, also of refused ones. Outside the log.

use std::collections::HashMap;

use crate::backend::{Answer, Batch};
use crate::error::Result;
use crate::event::Priority;
use crate::json::{self, JsonRows};
use crate::sql;
use crate::store::Store;

/// Outcomes written in one transaction.
const CHUNK: usize = 2_000;

impl Store {
    /// What became of these lines; those that were never imported are left out.
    pub async fn import_outcomes(&self, keys: &[String]) -> Result<HashMap<String, String>> {
        let keys = json::texts(keys.iter().map(String::as_str));
        let batch = Batch::new().ask(sql::FIND_OUTCOMES, vec![keys]);
        let rows = self.read_rows(batch).await?.into_iter();
        rows.map(|mut row| Ok((row.text()?, row.text()?))).collect()
    }

    /// Keeps what became of lines, each with its key. An earlier outcome stands, unless the lines
    /// were decided again.
    pub async fn keep_import_outcomes(
        &self,
        outcomes: &[(String, String)],
        decided_again: bool,
    ) -> Result<()> {
        let statement = if decided_again {
            sql::REPLACE_OUTCOMES
        } else {
            sql::KEEP_OUTCOMES
        };
        for chunk in outcomes.chunks(CHUNK) {
            let mut rows = JsonRows::new();
            for (key, outcome) in chunk {
                rows.row().text(key).text(outcome);
            }
            let batch = Batch::new().ask(statement, vec![rows.finish()]);
            let keep = |_: &[Answer]| true;
            self.work(Priority::People, batch, keep).await?;
        }
        Ok(())
    }
}
