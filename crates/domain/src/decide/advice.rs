//! What somebody should look at although nothing is refused: the warnings of the recommendations.

use chrono::NaiveDate;

use super::{Context, Warning};
use crate::assigning::{AssignedRole, Event as Assigning};
use crate::calendar;
use crate::closing::Event as Closing;
use crate::door::Command;
use crate::event::Event;
use crate::goal::Event as Goal;
use crate::ids::{GoalId, PersonRef, TrackId};
use crate::policy::Policy;
use crate::sealed::Compartment;
use crate::session::LABOUR_MARKET;
use crate::staff::DUAL_ROLE;
use crate::support::{Basis, Event as Support};
use crate::view::View;

/// The domain of goals that is never left out (F4.0-3).
const EVERYDAY: &str = "everyday_coping";
/// How long a LAB track may go without the labour market before somebody is told (C2-25).
const LABOUR_MARKET_DAYS: u32 = 42;

impl Warning {
    pub(super) fn danish(&self) -> String {
        match self {
            Self::CompetenceMissing(person) => format!(
                "{person} har to roller her; kompetencen dertil ({DUAL_ROLE}) er ikke registreret"
            ),
            Self::EarlyClosing { earliest } => format!(
                "forløbet har ikke varet tre måneder (til {}); et kort forløb kan skade tilliden",
                calendar::danish_date(*earliest)
            ),
            Self::LabourMarketAbsent { since } => format!(
                "ingen session siden {} handlede om arbejdsmarkedet (labour_market)",
                calendar::danish_date(*since)
            ),
            Self::NeedMissing => "det behov, der ligger bag, er ikke noteret (need=…)".to_owned(),
            Self::NoEverydayGoal => "intet åbent mål handler om hverdagsmestring".to_owned(),
            Self::StaffNotRegistered(person) => {
                format!("{person} er ikke registreret; breve kan ikke nå frem")
            }
        }
    }

    pub(super) fn english(&self) -> String {
        match self {
            Self::CompetenceMissing(person) => {
                format!("{person} holds two roles here; the competence ({DUAL_ROLE}) is not known")
            }
            Self::EarlyClosing { earliest } => format!(
                "the course has not lasted three months (until {earliest}); a short one can hurt trust"
            ),
            Self::LabourMarketAbsent { since } => {
                format!("no session since {since} was about the labour market (labour_market)")
            }
            Self::NeedMissing => "the need behind it is not noted (need=…)".to_owned(),
            Self::NoEverydayGoal => "no open goal is about everyday coping".to_owned(),
            Self::StaffNotRegistered(person) => {
                format!("{person} is not registered; letters cannot reach them")
            }
        }
    }
}

/// The warnings of an entry of a case that was accepted.
pub(super) fn of(context: &Context<'_>, command: &Command) -> Vec<Warning> {
    let view = || context.case.as_of(command.on);
    let warning = match &command.event {
        Event::Support(Support::Granted(granted)) => {
            let person = granted.person.as_ref();
            let second = person.and_then(|person| second_role(context, &view(), person, None));
            return need(command).into_iter().chain(second).collect();
        }
        Event::Support(Support::Switched(switched)) => {
            second_role(context, &view(), &switched.person, Some(&switched.from_track))
        }
        Event::Assigning(Assigning::Assigned(assigned)) => {
            second_assignment(context, &view(), &assigned.person, assigned.role)
        }
        Event::Goal(Goal::Set(set)) => {
            let is_left = set.domain == EVERYDAY || has_everyday_goal(&view(), None);
            let everyday = (!is_left).then_some(Warning::NoEverydayGoal);
            return need(command).into_iter().chain(everyday).collect();
        }
        Event::Goal(Goal::Closed(closed)) => {
            let is_left = has_everyday_goal(&view(), Some(&closed.goal));
            (!is_left).then_some(Warning::NoEverydayGoal)
        }
        Event::Closing(Closing::Closed(_)) => {
            early(&view(), context.policies.on(command.on), command.on)
        }
        Event::FollowUp(_) => labour_market(&view()),
        _ => None,
    };
    warning.into_iter().collect()
}

/// Scope and goals rest on what the young person needs (F4.0-1).
fn need(command: &Command) -> Option<Warning> {
    let personal = command.sealed.get(&Compartment::Person);
    let said = personal.and_then(|part| part.get("need")).and_then(|need| need.as_str());
    said.is_none_or(|need| need.trim().is_empty()).then_some(Warning::NeedMissing)
}

fn has_everyday_goal(view: &View, but: Option<&GoalId>) -> bool {
    let mut open = view.goals.iter().filter(|goal| goal.closed.is_none() && Some(&goal.id) != but);
    open.any(|goal| goal.domain == EVERYDAY)
}

/// A short course can hurt the trust in being helped (F4.4-2).
fn early(view: &View, policy: &Policy, on: NaiveDate) -> Option<Warning> {
    let earliest = view.minimum_duration_until(policy)?;
    (on < earliest).then_some(Warning::EarlyClosing { earliest })
}

/// A second track of the same person asks for the competence of keeping roles apart (C2-12).
fn second_role(
    context: &Context<'_>,
    view: &View,
    person: &PersonRef,
    replaced: Option<&TrackId>,
) -> Option<Warning> {
    let mut others = view.active_tracks_on(view.day);
    let holds_another = others.any(|track| {
        track.person.as_ref() == Some(person) && (replaced.is_none() || Some(&track.id) == replaced)
    });
    holds_another.then(|| untrained(context, person)).flatten()
}

fn second_assignment(
    context: &Context<'_>,
    view: &View,
    person: &PersonRef,
    role: AssignedRole,
) -> Option<Warning> {
    let is_mentor = view.mentor.as_ref() == Some(person) && role != AssignedRole::Mentor;
    let mut assigned = view.assigned.iter();
    let is_other = assigned.any(|(other, held)| other == person && *held != role);
    (is_mentor || is_other).then(|| untrained(context, person)).flatten()
}

fn untrained(context: &Context<'_>, person: &PersonRef) -> Option<Warning> {
    let known = context.directory.person(person);
    let is_trained = known.is_some_and(|known| known.competences.contains(DUAL_ROLE));
    (!is_trained).then(|| Warning::CompetenceMissing(person.clone()))
}

/// Where everyday life fills a LAB track, the labour market may be lost from sight (C2-25).
fn labour_market(view: &View) -> Option<Warning> {
    let since = calendar::days_before(view.day, LABOUR_MARKET_DAYS);
    let mut tracks = view.active_tracks_on(view.day);
    let runs = tracks.any(|track| track.basis == Basis::Lab167 && track.from <= since);
    let mut lately = view.sessions.iter().filter(|held| held.on > since);
    let is_seen = lately.any(|held| held.activities.iter().any(|did| did == LABOUR_MARKET));
    (runs && !is_seen).then_some(Warning::LabourMarketAbsent { since })
}
