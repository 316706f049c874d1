//! Decisions about corrections: the target is there, and the changes fit its type.

use serde_json::{Map, Value};

use super::{Accepted, Context, Decision};
use crate::correction::Event;
use crate::door::{Command, Malformed, split_changes};
use crate::rejection::Rejection;
use crate::schema;
use crate::sealed::Compartment;

/// Answers a wish to correct or retract an entry.
pub(super) fn decide(
    context: &Context<'_>,
    command: &Command,
    event: &Event,
) -> Result<Decision, Rejection> {
    let target = event.target();
    let Some(entry) = context.case.entry(target) else {
        return Err(Rejection::EntryUnknown { target: target.clone() });
    };
    if entry.is_retracted {
        return Err(Rejection::EntryAlreadyRetracted { target: target.clone() });
    }
    let mut accepted = Accepted {
        clear: command.clear.clone(),
        sealed: command.sealed.clone(),
        corrects: Some(entry.event_id),
        warnings: Vec::new(),
    };
    if let Event::Corrected(correction) = event {
        let kind = schema::find(entry.event.type_name())
            .expect("an event's type stands in the schema it was decoded by");
        let split = split_changes(kind, &correction.changes).map_err(not_possible)?;
        check_day(command, &split.clear)?;
        accepted.clear.insert("changes".to_owned(), Value::Object(split.clear));
        for (compartment, fields) in split.sealed {
            put_sealed(&mut accepted, compartment, fields);
        }
    }
    Ok(Decision::Accept(accepted))
}

/// A corrected day may not lie after the day of the correction.
fn check_day(command: &Command, clear: &Map<String, Value>) -> Result<(), Rejection> {
    let day = clear.get("date").and_then(Value::as_str).and_then(crate::door::read_date);
    match day {
        Some(day) if day > command.on => Err(not_possible(Malformed::in_future(day, command.on))),
        Some(_) | None => Ok(()),
    }
}

fn put_sealed(accepted: &mut Accepted, compartment: Compartment, fields: Map<String, Value>) {
    let part = accepted.sealed.entry(compartment).or_default();
    part.insert("changes".to_owned(), Value::Object(fields));
}

fn not_possible(problem: Malformed) -> Rejection {
    let Malformed { message, because, try_next, .. } = problem;
    Rejection::ChangeNotPossible { message, because, try_next }
}
