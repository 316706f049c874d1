//! Decisions about a case.

use super::{Context, Decision, accept, correction, erasure, support};
use crate::assigning::{AssignedRole, Event as Assigning};
use crate::calendar;
use crate::closing::{CaseClosed, Event as Closing};
use crate::door::Command;
use crate::event::Event;
use crate::goal::Event as Goal;
use crate::ids::{CaseRef, PersonRef};
use crate::method::Event as Method;
use crate::opening::Event as Opening;
use crate::policy::Policy;
use crate::rejection::Rejection;
use crate::session::{Event as Session, SessionHeld};
use crate::view::{State, View};

/// Minutes of one session.
const LONGEST_SESSION_MINUTES: i64 = 1_440;

/// Answers a wish about a case.
pub(super) fn decide(
    context: &Context<'_>,
    case: &CaseRef,
    command: &Command,
) -> Result<Decision, Rejection> {
    if let Event::Opening(event) = &command.event {
        return open(context, case, command, event);
    }
    if context.case.is_empty() {
        return Err(Rejection::UnknownCase { case: case.clone() });
    }
    if let Event::Erasure(event) = &command.event {
        return erasure::decide(context, command, event);
    }
    if let Some(erased_on) = context.case.erased_on() {
        return Err(Rejection::CaseErased { erased_on });
    }
    if let Event::Correction(event) = &command.event {
        return correction::decide(context, command, event);
    }
    let view = context.case.as_of(command.on);
    let policy = context.policies.on(command.on);
    check_running(context, &view, command)?;
    match &command.event {
        Event::Assigning(event) => assign(context, &view, command, event)?,
        Event::Support(event) => support::decide(context, &view, policy, command, event)?,
        Event::Session(Session::Held(held)) => hold_session(&view, held)?,
        Event::Goal(event) => work_on_goal(context, &view, command, event)?,
        Event::Method(event) => choose_method(command, event)?,
        Event::Closing(Closing::Closed(closed)) => close(&view, policy, closed)?,
        Event::Closing(Closing::Reopened(_)) => reopen(&view)?,
        Event::Opening(_)
        | Event::FollowUp(_)
        | Event::Transition(_)
        | Event::Correction(_)
        | Event::Erasure(_)
        | Event::Staff(_)
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
    if matches!(event, Opening::Imported(_)) && context.claimed_by.is_some() {
        return Ok(Decision::Unchanged);
    }
    let begins = |event: &Event| matches!(event, Event::Opening(_));
    let mut entries = context.case.entries().iter();
    if entries.any(|entry| !entry.is_retracted && begins(&entry.event)) {
        return Err(Rejection::CaseExists { case: case.clone() });
    }
    Ok(accept(context, command))
}

/// After the closing day only what says so itself is taken; before the first day nothing.
fn check_running(context: &Context<'_>, view: &View, command: &Command) -> Result<(), Rejection> {
    match (view.state(), &command.event) {
        (None, _) => {
            let first = context
                .case
                .entries()
                .iter()
                .find(|entry| !entry.is_retracted && matches!(entry.event, Event::Opening(_)));
            Err(Rejection::NotOpen { started_on: first.map(|entry| entry.on) })
        }
        (Some(State::Open), _) | (Some(State::Closed), Event::Closing(_)) => Ok(()),
        (Some(State::Closed), _) => match view.episode().and_then(|episode| episode.closed) {
            Some(closing) if command.on > closing.on => {
                Err(Rejection::CaseClosed { closed_on: closing.on })
            }
            Some(_) | None => Ok(()),
        },
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
        Assigning::Assigned(_) => Ok(()),
        Assigning::Ended(ended) => {
            let person = &ended.person;
            let is_mentor = view.mentor.as_ref() == Some(person);
            if !is_mentor && !view.assigned.iter().any(|(who, _)| who == person) {
                return Err(Rejection::NotAssigned { person: person.clone() });
            }
            if view.is_open() && !command.is_excused && !somebody_stays(view, person) {
                return Err(Rejection::NobodyLeft);
            }
            Ok(())
        }
    }
}

fn somebody_stays(view: &View, leaving: &PersonRef) -> bool {
    let mentor = view.mentor.iter();
    let assigned = view.assigned.iter().map(|(who, _)| who);
    let on_tracks = view.active_tracks_on(view.day).filter_map(|track| track.person.as_ref());
    mentor.chain(assigned).chain(on_tracks).any(|person| person != leaving)
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
    match event {
        Goal::Set(set) => {
            let last = context.case.last_day().unwrap_or(command.on).max(command.on);
            let ever = context.case.as_of(last);
            if ever.goals.iter().any(|goal| goal.id == set.goal) {
                return Err(Rejection::GoalTaken { goal: set.goal.clone() });
            }
        }
        Goal::Revised(revised) => {
            if !view.goals.iter().any(|goal| goal.id == revised.goal) {
                return Err(Rejection::GoalNotOpen { goal: revised.goal.clone() });
            }
        }
    }
    Ok(())
}

fn choose_method(command: &Command, event: &Method) -> Result<(), Rejection> {
    let reason = command.sealed.values().find_map(|part| part.get("reason"));
    let is_empty = reason.and_then(|r| r.as_str()).is_none_or(|text| text.trim().is_empty());
    match event {
        Method::Chosen(_) if is_empty => Err(Rejection::MethodReasonMissing),
        Method::Chosen(_) | Method::ReviewHeld(_) => Ok(()),
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
        Some(State::Open) | None => Err(Rejection::NotClosed),
    }
}
