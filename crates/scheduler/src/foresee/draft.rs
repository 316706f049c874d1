//! A policy that is only thought of: what is published, and on top of it what somebody considers.

use chrono::NaiveDate;
use serde_json::Value;
use spor_domain::policy::{self, Policies, PolicyProblem};

/// One value that somebody considers.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The setting.
    pub key: String,
    /// What it shall be.
    pub value: Value,
    /// From which day on.
    pub from: NaiveDate,
}

/// The published policies with these changes, as they would be if they were published now.
///
/// # Errors
/// The first change that could not be published.
pub fn drafted(published: &Policies, changes: &[Change]) -> Result<Policies, PolicyProblem> {
    let mut policies = published.clone();
    for (at, change) in (0i64..).zip(changes) {
        policy::check(&change.key, &change.value)?;
        // Behind everything published: of two values of one day the later one governs.
        policies.insert(FIRST_DRAFT + at, &change.key, &change.value, change.from);
    }
    Ok(policies)
}

/// A position that no log reaches.
const FIRST_DRAFT: i64 = i64::MAX / 2;
