//! What became of each line, told and kept.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use spor_store::Store;

use crate::error::Result;

/// The actor under whom imported lines are found again.
const IMPORT: &str = "import";

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineOutcome {
    /// Recorded.
    Accepted,
    /// Refused by a rule.
    Rejected,
    /// It is so already, or an earlier import recorded it.
    Unchanged,
    /// Not understood.
    Malformed,
}

/// One line of an import's report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportLine {
    /// Its number in the file, from 1.
    pub line: u64,
    /// What became of it.
    pub outcome: LineOutcome,
    /// Its type, as far as it can be made out.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    /// Its case, or its person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// The stable code of a no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The no in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The no of a row in Danish and in English.
    #[serde(skip)]
    pub told: Option<(String, String)>,
}

/// How many lines became what; blank lines do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Summary {
    /// Recorded.
    pub accepted: u64,
    /// Refused by a rule.
    pub rejected: u64,
    /// So already.
    pub unchanged: u64,
    /// Not understood.
    pub malformed: u64,
}

impl Summary {
    /// All lines counted.
    pub fn lines(&self) -> u64 {
        self.accepted + self.rejected + self.unchanged + self.malformed
    }

    pub(super) fn count(&mut self, line: &ReportLine) {
        *match line.outcome {
            LineOutcome::Accepted => &mut self.accepted,
            LineOutcome::Rejected => &mut self.rejected,
            LineOutcome::Unchanged => &mut self.unchanged,
            LineOutcome::Malformed => &mut self.malformed,
        } += 1;
    }
}

/// An outcome as it is kept outside the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) outcome: LineOutcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
}

impl Kept {
    pub(super) fn unchanged() -> Self {
        Self { outcome: LineOutcome::Unchanged, code: None, message: None }
    }
}

/// What earlier imports made of these lines.
pub(super) async fn earlier(store: &Store, keys: &[String]) -> Result<HashMap<String, Kept>> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let mut earlier = HashMap::new();
    for (key, outcome) in store.import_outcomes(keys).await? {
        // An outcome that cannot be read is decided again.
        if let Ok(kept) = serde_json::from_str(&outcome) {
            earlier.insert(key, kept);
        }
    }
    // What stands in the log counts before what was once refused.
    let recorded = store.find_commits(IMPORT, keys).await?;
    earlier.extend(recorded.into_keys().map(|key| (key, Kept::unchanged())));
    Ok(earlier)
}
