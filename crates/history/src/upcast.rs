//! Old shapes of events, step by step brought to the newest one. Stored bytes are never rewritten.

use std::collections::HashMap;

use serde_json::{Map, Value};
use spor_domain::reminding;
use spor_domain::schema::{self, EventType};
use spor_store::{Position, Store};

use crate::error::{HistoryError, Result};

/// One step from a shape to the next.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// The type.
    pub event_type: &'static str,
    /// The shape it starts from; it ends at the one after.
    pub from: u16,
    /// What becomes of the clear body.
    pub upcast: fn(Map<String, Value>) -> Map<String, Value>,
}

/// Every step there is. A new shape of a type adds one here and never changes another.
pub static STEPS: &[Step] = &[
    Step { event_type: "ReminderSent", from: 1, upcast: without_rule },
    Step { event_type: "ReminderFailed", from: 1, upcast: failure_without_reason },
    Step { event_type: "ReminderSuppressed", from: 1, upcast: without_rule },
];

/// The first shape did not say why a letter reached nobody.
fn failure_without_reason(body: Map<String, Value>) -> Map<String, Value> {
    let mut body = without_rule(body);
    body.insert("reason".to_owned(), reminding::NOT_RECORDED.into());
    body
}

/// Which rule, cycle and level an act is about moved from the body into the sealed part.
fn without_rule(mut body: Map<String, Value>) -> Map<String, Value> {
    for sealed in ["rule", "cycle", "level"] {
        body.remove(sealed);
    }
    body
}

/// Refuses to start while some old shape could not be read.
pub fn check_steps() -> Result<()> {
    check(schema::event_types(), STEPS)
}

fn check(kinds: impl Iterator<Item = &'static EventType>, steps: &[Step]) -> Result<()> {
    for kind in kinds {
        for from in 1..kind.version {
            if step(steps, kind.name, from).is_none() {
                return Err(HistoryError::MissingStep { event_type: kind.name, from });
            }
        }
    }
    Ok(())
}

/// Refuses to go on when the log after a position holds a type or a shape unknown to this program.
/// Gives the last position that was looked at.
pub async fn check_log(store: &Store, after: Position) -> Result<Position> {
    let mut seen: HashMap<String, u16> = HashMap::new();
    let mut unknown = None;
    let upto = store
        .replay(after, |row| {
            if seen.get(row.event_type).is_some_and(|newest| row.schema_version <= *newest) {
                return;
            }
            seen.insert(row.event_type.to_owned(), row.schema_version);
            let known = schema::find(row.event_type);
            if known.is_none_or(|kind| row.schema_version > kind.version) {
                unknown.get_or_insert_with(|| HistoryError::UnknownType {
                    position: row.position,
                    event_type: row.event_type.to_owned(),
                    version: row.schema_version,
                });
            }
        })
        .await?;
    unknown.map_or(Ok(upto), Err)
}

/// The body in its newest shape, or `None` where a step is missing.
pub(crate) fn upcast(
    kind: &EventType,
    version: u16,
    mut body: Map<String, Value>,
) -> Option<Map<String, Value>> {
    for from in version..kind.version {
        body = (step(STEPS, kind.name, from)?.upcast)(body);
    }
    Some(body)
}

fn step<'a>(steps: &'a [Step], event_type: &str, from: u16) -> Option<&'a Step> {
    steps.iter().find(|step| step.event_type == event_type && step.from == from)
}

#[cfg(test)]
mod tests;
