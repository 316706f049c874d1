//! Decisions about a group: everybody in it may be there, or nobody meets (F4.3).
//!
//! A session is decided over every attendee's case, and each of these gets a participation that
//! names the session, never another child.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::case::LONGEST_SESSION_MINUTES;
use super::correction;
use super::{Also, Context, Decision, accept, check_number};
use crate::case::{Case, Entry};
use crate::correction::Event as Correction;
use crate::door::{Command, Stream};
use crate::event::Event;
use crate::group::{Event as GroupEvent, Group, GroupSessionHeld};
use crate::ids::{CaseRef, EntryId, GroupRef};
use crate::policy::Policy;
use crate::progression::{Event as Progression, Suitability};
use crate::rejection::Rejection;
use crate::schema::{self, EventType};
use crate::sealed::Compartment;

/// People in one group.
const MOST_IN_GROUP: i64 = 100;

/// The cases that a decision about a group looks at.
pub(super) fn cases_named(command: &Command, own: &Case) -> Vec<CaseRef> {
    match (&command.stream, &command.event) {
        (Stream::Group(_), Event::Group(GroupEvent::SessionHeld(held))) => held.attendees.clone(),
        (Stream::Group(_), Event::Correction(correction)) => {
            let held = own.entry(correction.target()).and_then(session_of);
            held.map(|held| held.attendees.clone()).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// Answers a wish about a group.
pub(super) fn decide(
    context: &Context<'_>,
    group: &GroupRef,
    command: &Command,
) -> Result<Decision, Rejection> {
    let ever = Group::as_of(context.case, crate::calendar::LAST_DAY);
    let known = Group::as_of(context.case, command.on);
    let policy = context.policies.on(command.on);
    match (&command.event, known) {
        (Event::Correction(event), _) => correct(context, group, command, event),
        (Event::Group(GroupEvent::Formed(formed)), _) => {
            if ever.is_some() {
                return Err(Rejection::GroupExists { group: group.clone() });
            }
            if !formed.has_purpose {
                return Err(Rejection::GroupPurposeMissing);
            }
            let max_size = formed.max_size.unwrap_or(i64::from(policy.group_max_size));
            check_number("max_size", max_size, 2..=MOST_IN_GROUP)?;
            Ok(accept(context, command))
        }
        (_, None) => Err(Rejection::GroupUnknown { group: group.clone() }),
        (_, Some(Group { dissolved_on: Some(on), .. })) => Err(Rejection::GroupDissolved { on }),
        (Event::Group(GroupEvent::SessionHeld(held)), Some(known)) => {
            hold(context, &known, command, held)?;
            Ok(with_participations(context, group, command, held))
        }
        (_, Some(_)) => Ok(accept(context, command)),
    }
}

fn hold(
    context: &Context<'_>,
    group: &Group,
    command: &Command,
    held: &GroupSessionHeld,
) -> Result<(), Rejection> {
    let policy = context.policies.on(command.on);
    if !(1..=LONGEST_SESSION_MINUTES).contains(&held.minutes) {
        return Err(Rejection::MinutesOutOfRange { minutes: held.minutes });
    }
    check_number("guests", held.guests.unwrap_or(0), 0..=MOST_IN_GROUP)?;
    let most = group.max_size.unwrap_or(i64::from(policy.group_max_size));
    let attendees = i64::try_from(held.attendees.len()).unwrap_or(i64::MAX);
    if held.attendees.is_empty() || attendees > most {
        return Err(Rejection::GroupSize { attendees, most });
    }
    let mut told = BTreeSet::new();
    for case in &held.attendees {
        if !told.insert(case) {
            return Err(Rejection::AttendeeTwice { case: case.clone() });
        }
        attend(context, group, command, case, policy)?;
    }
    Ok(())
}

fn attend(
    context: &Context<'_>,
    group: &Group,
    command: &Command,
    case: &CaseRef,
    policy: &Policy,
) -> Result<(), Rejection> {
    let fold = context.others.iter().find(|(other, _)| other == case).map(|(_, fold)| *fold);
    let view = fold.map(|fold| fold.as_of(command.on)).filter(crate::view::View::is_open);
    let case = case.clone();
    let Some(view) = view else {
        return Err(Rejection::AttendeeNotOpen { case });
    };
    if view.suitability() != Some(Suitability::Suitable) {
        return Err(Rejection::NotAssessedSuitable { case });
    }
    match view.group_from(policy) {
        Some(earliest) if command.on < earliest => {
            return Err(Rejection::GroupTooEarly { case, earliest });
        }
        Some(_) | None => {}
    }
    if view.mentor.as_ref() != Some(&group.mentor) {
        return Err(Rejection::OtherMentor { case, mentor: group.mentor.clone() });
    }
    Ok(())
}

fn with_participations(
    context: &Context<'_>,
    group: &GroupRef,
    command: &Command,
    held: &GroupSessionHeld,
) -> Decision {
    let mut decision = accept(context, command);
    if let Decision::Accept(accepted) = &mut decision {
        let kind = kind("ParticipationRecorded");
        for case in &held.attendees {
            let mut clear = Map::new();
            clear.insert("group".to_owned(), json!(group));
            if let Some(id) = &command.id {
                clear.insert("session".to_owned(), json!(id));
            }
            clear.insert("minutes".to_owned(), json!(held.minutes));
            clear.extend(held.by.as_ref().map(|by| ("by".to_owned(), json!(by))));
            accepted.also.push(Also {
                stream: Stream::Case(case.clone()),
                kind,
                clear,
                sealed: BTreeMap::new(),
                corrects: None,
                names_it: Some("session"),
            });
        }
    }
    decision
}

/// What is put right in the group is put right in every case that took part, by one commit.
fn correct(
    context: &Context<'_>,
    group: &GroupRef,
    command: &Command,
    event: &Correction,
) -> Result<Decision, Rejection> {
    let target = context.case.entry(event.target());
    if target.is_some_and(|entry| matches!(entry.event, Event::Correction(_))) {
        return Err(not_possible("a correction in a group stays", "correct the entry once more"));
    }
    let mut decision = correction::decide(context, command, event)?;
    let (Some(entry), Decision::Accept(accepted)) = (target, &mut decision) else {
        return Ok(decision);
    };
    let Some(held) = session_of(entry) else {
        return Ok(decision);
    };
    let changes = match accepted.clear.get("changes").and_then(Value::as_object) {
        Some(changes) if changes.contains_key("attendees") => {
            let try_next = "retract the session and record it again";
            return Err(not_possible("who took part cannot be changed", try_next));
        }
        Some(changes) => {
            let shared = ["date", "minutes", "by"];
            let named = changes.iter().filter(|(name, _)| shared.contains(&name.as_str()));
            Some(named.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>())
        }
        None => None,
    };
    let of_session = EntryId::parse(&entry.address()).ok();
    for case in &held.attendees {
        let fold = context.others.iter().find(|(other, _)| other == case).map(|(_, fold)| *fold);
        let is_it = |entry: &&Entry| {
            !entry.is_retracted && is_participation(entry, group, of_session.as_ref())
        };
        if let Some(took_part) = fold.and_then(|fold| fold.entries().iter().find(is_it)) {
            accepted.also.push(correction_of(case, took_part, changes.as_ref()));
        }
    }
    Ok(decision)
}

fn correction_of(case: &CaseRef, entry: &Entry, changes: Option<&Map<String, Value>>) -> Also {
    let mut clear = Map::new();
    clear.insert("target".to_owned(), json!(entry.event_id));
    if let Some(changes) = changes {
        clear.insert("changes".to_owned(), Value::Object(changes.clone()));
    }
    let name = if changes.is_some() { "EntryCorrected" } else { "EntryRetracted" };
    let reason = Map::from_iter([("reason".to_owned(), json!("corrected with the group"))]);
    Also {
        stream: Stream::Case(case.clone()),
        kind: kind(name),
        clear,
        sealed: BTreeMap::from([(Compartment::Person, reason)]),
        corrects: Some(entry.event_id),
        names_it: None,
    }
}

fn is_participation(entry: &Entry, group: &GroupRef, session: Option<&EntryId>) -> bool {
    match &entry.event {
        Event::Progression(Progression::Participated(took_part)) => {
            took_part.group == *group && Some(&took_part.session) == session
        }
        _ => false,
    }
}

fn session_of(entry: &Entry) -> Option<&GroupSessionHeld> {
    match &entry.event {
        Event::Group(GroupEvent::SessionHeld(held)) => Some(held),
        _ => None,
    }
}

fn not_possible(message: &str, try_next: &str) -> Rejection {
    Rejection::ChangeNotPossible {
        message: message.to_owned(),
        because: "the cases of everybody who took part follow the group's entry".to_owned(),
        try_next: try_next.to_owned(),
    }
}

fn kind(name: &str) -> &'static EventType {
    schema::find(name).expect("the catalogue holds what this file names")
}
