//! What became of the lines of imported files, also of refused ones. Outside the log.

use std::collections::HashMap;

use crate::backend::{Batch, values};
use crate::error::Result;
use crate::json::{self, JsonRows};
use crate::sql;
use crate::store::Store;

/// Outcomes written in one transaction.
const CHUNK: usize = 2_000;

impl Store {
    /// What became of these lines; those that were never imported are left out.
    pub async fn import_outcomes(&self, keys: &[String]) -> Result<HashMap<String, String>> {
        let keys = json::texts(keys.iter().map(String::as_str));
        let rows = self.read_rows(Batch::new().ask(sql::FIND_OUTCOMES, vec![keys])).await?;
        rows.into_iter().map(|mut row| Ok((row.take()?, row.take()?))).collect()
    }

    /// Keeps what became of lines, each with its key. An earlier outcome stands, unless the lines
    /// were decided again.
    pub async fn keep_import_outcomes(
        &self,
        outcomes: &[(String, String)],
        decided_again: bool,
    ) -> Result<()> {
        let keep = if decided_again { sql::REPLACE_OUTCOMES } else { sql::KEEP_OUTCOMES };
        for chunk in outcomes.chunks(CHUNK) {
            let mut rows = JsonRows::default();
            for (key, outcome) in chunk {
                rows.push(values![&**key, &**outcome]);
            }
            self.work(Batch::new().run(keep, vec![rows.finish()]), vec![]).await?;
        }
        Ok(())
    }
}
