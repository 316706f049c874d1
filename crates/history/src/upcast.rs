//! Old shapes of events, step by step brought to the newest one. Stored bytes are never rewritten.

use serde_json::{Map, Value};
use spor_domain::schema::{self, EventType};

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
pub static STEPS: &[Step] = &[];

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
