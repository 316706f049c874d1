//! Decisions about corrections: the target is there, and the changes fit its type.

use chrono::NaiveDate;
use serde_json::{Map, Value};

use super::case::check_born;
use super::{Accepted, Context, Decision};
use crate::case::Entry;
use crate::correction::Event;
use crate::door::{Command, Malformed, Split, split_changes};
use crate::event::Event as Fact;
use crate::progression::Event as Progression;
use crate::rejection::Rejection;
use crate::schema;
use crate::sealed::{Compartment, Sealed};

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
    match &entry.event {
        Fact::Progression(Progression::Participated(_)) => {
            return Err(Rejection::ParticipationOfGroup);
        }
        Fact::Erasure(_) => return Err(Rejection::ErasureStays),
        _ => {}
    }
    let mut accepted = Accepted {
        clear: command.clear.clone(),
        sealed: command.sealed.clone(),
        corrects: Some(entry.event_id),
        warnings: Vec::new(),
        also: Vec::new(),
    };
    if let Event::Corrected(correction) = event {
        let split = split(context, command, entry, &correction.changes)?;
        accepted.clear.insert("changes".to_owned(), Value::Object(split.clear));
        for (compartment, fields) in split.sealed {
            put_sealed(&mut accepted, compartment, fields);
        }
    }
    Ok(Decision::Accept(accepted))
}

/// The changes, by the field classes of the entry's type. What a correction changed belongs to the
/// type of its own target, so that a birth date stays sealed however often it is corrected.
fn split(
    context: &Context<'_>,
    command: &Command,
    entry: &Entry,
    changes: &Map<String, Value>,
) -> Result<Split, Rejection> {
    let kind = schema::find(entry.event.type_name())
        .expect("an event's type stands in the schema it was decoded by");
    let mut split = split_changes(kind, changes).map_err(not_possible)?;
    check_day(command, &split.clear)?;
    check_birth(entry, &split)?;
    check_begun(context, entry, &split.clear)?;
    let crate::event::Event::Correction(corrected) = &entry.event else {
        return Ok(split);
    };
    if split.clear.contains_key("target") {
        return Err(other_target());
    }
    if let Some(Value::Object(changes)) = split.clear.remove("changes") {
        let target = corrected.target();
        let entry = context.case.entry(target);
        let entry = entry.ok_or_else(|| Rejection::EntryUnknown { target: target.clone() })?;
        let mut inner = self::split(context, command, entry, &changes)?;
        // Also when empty: sealed changes that are no longer named are no longer made.
        inner.sealed.entry(Compartment::Person).or_default();
        split.clear.insert("changes".to_owned(), Value::Object(inner.clear));
        for (compartment, fields) in inner.sealed {
            let part = split.sealed.entry(compartment).or_default();
            part.insert("changes".to_owned(), Value::Object(fields));
        }
    }
    Ok(split)
}

fn other_target() -> Rejection {
    Rejection::ChangeNotPossible {
        message: "a correction cannot be pointed at another entry".to_owned(),
        because: "what it changes was checked against the entry it names".to_owned(),
        try_next: "retract it with entry-retracted and correct the right entry".to_owned(),
    }
}

fn day_of(clear: &Map<String, Value>) -> Option<NaiveDate> {
    clear.get("date").and_then(Value::as_str).and_then(crate::door::read_date)
}

/// A fact that is moved before the case began would be gone from every answer.
fn check_begun(
    context: &Context<'_>,
    entry: &Entry,
    clear: &Map<String, Value>,
) -> Result<(), Rejection> {
    if matches!(entry.event, Fact::Opening(_) | Fact::Referral(_) | Fact::Correction(_)) {
        return Ok(());
    }
    let opens = |entry: &&Entry| !entry.is_retracted && matches!(entry.event, Fact::Opening(_));
    let began = context.case.entries().iter().find(opens).map(|entry| entry.on);
    match day_of(clear).zip(began) {
        Some((day, began)) if day < began => Err(Rejection::NotOpen { started_on: Some(began) }),
        Some(_) | None => Ok(()),
    }
}

/// A corrected day may not lie after the day of the correction.
fn check_day(command: &Command, clear: &Map<String, Value>) -> Result<(), Rejection> {
    match day_of(clear) {
        Some(day) if day > command.on => Err(not_possible(Malformed::in_future(day, command.on))),
        Some(_) | None => Ok(()),
    }
}

/// An opening as it was corrected still begins no case before birth.
fn check_birth(entry: &Entry, split: &Split) -> Result<(), Rejection> {
    let none = Map::new();
    let personal = split.sealed.get(&Compartment::Person).unwrap_or(&none);
    let corrected = entry.event.corrected(&split.clear, &Sealed::Known(personal.clone()));
    let Fact::Opening(opening) = corrected else {
        return Ok(());
    };
    check_born(&opening, day_of(&split.clear).unwrap_or(entry.on))
}

fn put_sealed(accepted: &mut Accepted, compartment: Compartment, fields: Map<String, Value>) {
    let part = accepted.sealed.entry(compartment).or_default();
    part.insert("changes".to_owned(), Value::Object(fields));
}

fn not_possible(problem: Malformed) -> Rejection {
    let Malformed { message, because, try_next, .. } = problem;
    Rejection::ChangeNotPossible { message, because, try_next }
}
