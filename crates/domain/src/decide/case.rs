//! Decisions about a case.

use chrono::NaiveDate;

use super::{
    Context, Decision, accept, check_number, check_until, correction, erasure, family, handing,
    support,
};
use crate::assigning::{AssignedRole, Event as Assigning};
use crate::calendar;
use crate::case::Entry;
use crate::closing::{CaseClosed, Event as Closing};
use crate::contact::Event as Contact;
use crate::door::Command;
use crate::event::Event;
use crate::goal::Event as Goal;
use crate::ids::{CaseRef, GoalId};
use crate::method::Event as Method;
use crate::opening::{CaseImported, Event as Opening};
use crate::pausing::Event as Pausing;
use crate::policy::Policy;
use crate::referral::Event as Referral;
use crate::rejection::Rejection;
use crate::session::{Event as Session, SessionHeld};
use crate::view::{Deviation, State, View};

/// Minutes of one session.
pub(super) const LONGEST_SESSION_MINUTES: i64 = 1_440;
/// Months after the start at which an outcome may still be looked at.
const MOST_MONTHS: i64 = 240;

/// Answers a wish about a case.
pub(super) fn decide(
    context: &Context<'_>,
    case: &CaseRef,
    command: &Command,
) -> Result<Decision, Rejection> {
    if let Event::Opening(event) = &command.event {
        return open(context, case, command, event);
    }
    if let Event::Referral(Referral::Referred(_)) = &command.event {
        return refer(context, case, command);
    }
    if context.case.is_empty() {
        return Err(Rejection::UnknownCase { case: case.clone() });
    }
    if let Event::Erasure(event) = &command.event {
        return erasure::decide(context, command, event);
    }
    check_erased(context)?;
    if let Event::Correction(event) = &command.event {
        return correction::decide(context, command, event);
    }
    let view = context.case.as_of(command.on);
    let policy = context.policies.on(command.on);
    check_running(context, &view, command)?;
    match &command.event {
        Event::Assigning(event) => assign(context, &view, command, event)?,
        Event::Pausing(event) => pause(&view, command, event)?,
        Event::Contact(event) => contact(command, event)?,
        Event::Family(event) => family::decide(&view, command, event)?,
        Event::Handover(event) => handing::hand_over(&view, command, event)?,
        Event::Progression(event) => handing::progress(&view, event)?,
        Event::Support(event) => support::decide(context, &view, policy, command, event)?,
        Event::Session(Session::Held(held)) => hold_session(&view, held)?,
        Event::Goal(event) => work_on_goal(context, &view, command, event)?,
        Event::Method(event) => choose_method(&view, command, event)?,
        Event::Closing(Closing::Closed(closed)) => close(&view, policy, closed)?,
        Event::Closing(Closing::Reopened(_)) => reopen(&view)?,
        Event::Referral(_)
        | Event::Opening(_)
        | Event::FollowUp(_)
        | Event::Consent(_)
        | Event::Transition(_)
        | Event::Correction(_)
        | Event::Erasure(_)
        | Event::Staff(_)
        | Event::Group(_)
        | Event::Programme(_)
        | Event::Reminding(_) => {}
    }
    Ok(accept(context, command))
}

fn open(
    context: &Context<'_>,
    case: &CaseRef,
    command: &Command,
    event: &Opening,
) -> Result<Decision, Rejection> {
    if let Opening::Imported(import) = event
        && is_brought_in(context, import)
    {
        return Ok(Decision::Unchanged);
    }
    let begins = |event: &Event| matches!(event, Event::Opening(_));
    let mut entries = context.case.entries().iter();
    if entries.any(|entry| !entry.is_retracted && begins(&entry.event)) {
        return Err(Rejection::CaseExists { case: case.clone() });
    }
    check_erased(context)?;
    check_born(event, command.on)?;
    Ok(accept(context, command))
}

/// Nobody has a case before birth.
pub(super) fn check_born(event: &Opening, on: NaiveDate) -> Result<(), Rejection> {
    let born = event.birth_date().known();
    if born.is_some_and(|born| *born > on) { Err(Rejection::BornLater) } else { Ok(()) }
}

/// Whether the same case of the same source stands here already. One whose import was taken back as
/// a whole does not: it may be brought in again, also under another reference.
fn is_brought_in(context: &Context<'_>, import: &CaseImported) -> bool {
    let Some(holder) = context.claimed_by else {
        return false;
    };
    let is_holder = |case: &CaseRef| holder.strip_prefix("case-") == Some(case.as_str());
    let other = context.others.iter().find(|(case, _)| is_holder(case));
    let held = other.map_or(context.case, |(_, case)| case);
    let brings = |entry: &&Entry| {
        matches!(&entry.event, Event::Opening(Opening::Imported(earlier))
            if (&earlier.source, &earlier.source_id) == (&import.source, &import.source_id))
    };
    let mut brought = held.entries().iter().filter(brings).peekable();
    brought.peek().is_none() || brought.any(|entry| !held.is_undone(entry))
}

/// Nothing more is recorded about a person who is erased, not even a new beginning.
fn check_erased(context: &Context<'_>) -> Result<(), Rejection> {
    match context.case.erased_on() {
        Some(erased_on) => Err(Rejection::CaseErased { erased_on }),
        None => Ok(()),
    }
}

/// After the closing day only what says so itself is taken; before the first day nothing.
fn check_running(context: &Context<'_>, view: &View, command: &Command) -> Result<(), Rejection> {
    let begins = |entry: &&Entry| !entry.is_retracted && matches!(entry.event, Event::Opening(_));
    match (view.state(), &command.event) {
        (Some(State::Referred | State::Waiting), Event::Referral(_)) => Ok(()),
        (_, Event::Referral(_)) => Err(Rejection::NotReferred),
        (Some(State::Open), _) => Ok(()),
        (None | Some(State::Referred | State::Waiting), _) => {
            let first = context.case.entries().iter().find(begins);
            Err(Rejection::NotOpen { started_on: first.map(|entry| entry.on) })
        }
        (Some(State::Closed | State::Transferred), event) if is_taken_after_closing(event) => {
            Ok(())
        }
        (Some(State::Closed | State::Transferred), _) => {
            match view.episode().and_then(|episode| episode.closed.as_ref()) {
                Some(closing) if command.on > closing.on => {
                    Err(Rejection::CaseClosed { closed_on: closing.on })
                }
                Some(_) | None => Ok(()),
            }
        }
    }
}

/// What a closed case still takes, whatever its day.
fn is_taken_after_closing(event: &Event) -> bool {
    use crate::consent::Event as Consent;
    match event {
        Event::Closing(_) | Event::Method(Method::Evaluated(_)) | Event::Goal(Goal::Checked(_)) => {
            true
        }
        Event::Consent(consent) => match consent {
            Consent::NoteAdded(_) | Consent::AccessAsked(_) | Consent::AccessAnswered(_) => true,
            Consent::Given(_) | Consent::Withdrawn(_) => false,
        },
        _ => false,
    }
}

/// A case that never began, or is only referred, can be referred.
fn refer(context: &Context<'_>, case: &CaseRef, command: &Command) -> Result<Decision, Rejection> {
    let view = context.case.as_of(command.on);
    match view.episode().map(|episode| episode.closed.as_ref()) {
        None => check_erased(context).map(|()| accept(context, command)),
        Some(Some(closing)) if command.on > closing.on => {
            Err(Rejection::CaseClosed { closed_on: closing.on })
        }
        Some(_) => Err(Rejection::CaseExists { case: case.clone() }),
    }
}

fn pause(view: &View, command: &Command, event: &Pausing) -> Result<(), Rejection> {
    if let Some(track) = event.track()
        && view.track(track).is_none()
    {
        return Err(Rejection::TrackUnknown { track: track.clone() });
    }
    match event {
        Pausing::Paused(paused) => check_until(command.on, paused.until),
        Pausing::Resumed(_) => Ok(()),
    }
}

fn contact(command: &Command, event: &Contact) -> Result<(), Rejection> {
    match event {
        Contact::Scheduled(meeting) if meeting.on < command.on => {
            Err(Rejection::MeetingInPast { on: meeting.on })
        }
        Contact::Scheduled(_) | Contact::Attempted(_) | Contact::Dialogue(_) => Ok(()),
    }
}

fn assign(
    context: &Context<'_>,
    view: &View,
    command: &Command,
    event: &Assigning,
) -> Result<(), Rejection> {
    match event {
        Assigning::Assigned(assigned) if assigned.role == AssignedRole::Volunteer => {
            let pledged_on =
                context.directory.person(&assigned.person).and_then(|person| person.pledged_on);
            if pledged_on.is_none_or(|day| day > command.on) {
                return Err(Rejection::PledgeMissing { person: assigned.person.clone() });
            }
            Ok(())
        }
        Assigning::Assigned(_) | Assigning::RolesAligned(_) => Ok(()),
        Assigning::Ended(ended) => {
            let person = &ended.person;
            let is_mentor = view.mentor.as_ref() == Some(person);
            if !is_mentor && !view.assigned.iter().any(|(who, _)| who == person) {
                return Err(Rejection::NotAssigned { person: person.clone() });
            }
            if view.is_open() && !command.is_excused && !view.somebody_stays(person) {
                return Err(Rejection::Unadvised(Deviation::NobodyLeft));
            }
            Ok(())
        }
    }
}

fn hold_session(view: &View, held: &SessionHeld) -> Result<(), Rejection> {
    if !(1..=LONGEST_SESSION_MINUTES).contains(&held.minutes) {
        return Err(Rejection::MinutesOutOfRange { minutes: held.minutes });
    }
    let Some(track) = &held.track else {
        let active: Vec<_> =
            view.active_tracks_on(view.day).map(|track| track.id.clone()).collect();
        return if active.len() > 1 { Err(Rejection::TrackRequired { active }) } else { Ok(()) };
    };
    match view.track(track) {
        None => Err(Rejection::TrackUnknown { track: track.clone() }),
        Some(known) if known.is_active_on(view.day) => Ok(()),
        Some(_) => Err(Rejection::TrackNotActive { track: track.clone() }),
    }
}

fn work_on_goal(
    context: &Context<'_>,
    view: &View,
    command: &Command,
    event: &Goal,
) -> Result<(), Rejection> {
    let is_open = |goal: &GoalId| view.goals.iter().any(|g| g.id == *goal && g.closed.is_none());
    match event {
        Goal::Set(set) => {
            let last = context.case.last_day().unwrap_or(command.on).max(command.on);
            let ever = context.case.as_of(last);
            if ever.goals.iter().any(|goal| goal.id == set.goal) {
                return Err(Rejection::GoalTaken { goal: set.goal.clone() });
            }
        }
        Goal::Checked(checked) => check_number("months", checked.months, 1..=MOST_MONTHS)?,
        Goal::Revised(_) | Goal::Progressed(_) | Goal::Closed(_) => {
            if let Some(goal) = event.goal().filter(|goal| !is_open(goal)) {
                return Err(Rejection::GoalNotOpen { goal: goal.clone() });
            }
        }
    }
    match event {
        Goal::Progressed(assessed) => check_number("scale", assessed.scale, 0..=10),
        Goal::Set(_) | Goal::Revised(_) | Goal::Closed(_) | Goal::Checked(_) => Ok(()),
    }
}

fn choose_method(view: &View, command: &Command, event: &Method) -> Result<(), Rejection> {
    let reason = command.sealed.values().find_map(|part| part.get("reason"));
    let is_empty = reason.and_then(|r| r.as_str()).is_none_or(|text| text.trim().is_empty());
    match event {
        Method::Chosen(_) if is_empty => Err(Rejection::MethodReasonMissing),
        Method::Evaluated(_)
            if !command.is_excused && view.episode().is_some_and(|e| e.methods.is_empty()) =>
        {
            Err(Rejection::Unadvised(Deviation::MethodNotChosen))
        }
        Method::Chosen(_) | Method::ReviewHeld(_) | Method::Reflected(_) | Method::Evaluated(_) => {
            Ok(())
        }
    }
}

fn close(view: &View, policy: &Policy, closed: &CaseClosed) -> Result<(), Rejection> {
    let Some(episode) = view.episode().filter(|_| view.is_open()) else {
        return Err(Rejection::NotOpen { started_on: None });
    };
    let earliest = calendar::months_after(episode.start, policy.minimum_duration_months);
    if view.day < earliest && closed.reason.is_none() {
        return Err(Rejection::TooEarly { earliest });
    }
    Ok(())
}

fn reopen(view: &View) -> Result<(), Rejection> {
    match view.state() {
        Some(State::Closed) => Ok(()),
        Some(State::Referred | State::Waiting | State::Open | State::Transferred) | None => {
            Err(Rejection::NotClosed)
        }
    }
}
