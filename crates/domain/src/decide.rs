//! Decisions: a pure answer to a wish, from the case as of the wish's own day and the policy then.
//!
//! Facts that happened are recorded even when late or incomplete; they just do not satisfy the
//! rule. What a recommendation forbids (*must*) is refused; what it advises against (*should*) is
//! refused unless the entry carries a reason.

mod advice;
mod case;
mod correction;
mod erasure;
mod family;
mod group;
mod handing;
mod support;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::NaiveDate;
use serde_json::{Map, Value};

use crate::case::Case;
use crate::door::{Command, Stream};
use crate::event::Event;
use crate::ids::{CaseRef, EventId, PersonRef};
use crate::policy::{Policies, PolicyProblem, check};
use crate::programme;
use crate::rejection::{Language, Rejection};
use crate::schema::EventType;
use crate::sealed::{Compartment, Sealed};
use crate::staff::{self, Directory};

/// What a decision may look at; everything in it was loaded, so that append can check it.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The fold of the command's own stream, empty when it never existed.
    pub case: &'a Case,
    /// The cases that [`cases_named`] names.
    pub others: &'a [(CaseRef, &'a Case)],
    /// The policy, dated.
    pub policies: &'a Policies,
    /// The people named in the command, as far as they are registered.
    pub directory: &'a Directory,
    /// The stream that already holds the unique fact of the command: a source id, an e-mail.
    pub claimed_by: Option<&'a str>,
}

/// The answer to a well-formed wish that was not refused.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Record it.
    Accept(Accepted),
    /// It is so already; nothing to record.
    Unchanged,
}

/// What is to be recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// The fields in clear.
    pub clear: Map<String, Value>,
    /// The fields to be sealed.
    pub sealed: BTreeMap<Compartment, Map<String, Value>>,
    /// The event it corrects or retracts.
    pub corrects: Option<EventId>,
    /// What the person should know, though it was accepted.
    pub warnings: Vec<Warning>,
    /// What is recorded in other streams with it, all or nothing.
    pub also: Vec<Also>,
}

/// A fact recorded in another stream by the same commit.
#[derive(Debug, Clone, PartialEq)]
pub struct Also {
    /// Where it belongs.
    pub stream: Stream,
    /// Its type.
    pub kind: &'static EventType,
    /// The fields in clear.
    pub clear: Map<String, Value>,
    /// The fields to be sealed.
    pub sealed: BTreeMap<Compartment, Map<String, Value>>,
    /// The event it corrects or retracts.
    pub corrects: Option<EventId>,
    /// The field that names the main event, where that has no reference of its own.
    pub names_it: Option<&'static str>,
}

impl Also {
    /// The event it becomes, beside a main event of this id.
    pub fn event(&mut self, main: EventId) -> Option<Event> {
        if let Some(field) = self.names_it {
            self.clear.entry(field).or_insert_with(|| Value::from(main.to_string()));
        }
        let body = Value::Object(self.clear.clone()).to_string();
        let mut event = Event::decode(self.kind.name, &body).ok()?;
        let part = self.sealed.get(&Compartment::Person).cloned();
        event.open(&Sealed::Known(part.unwrap_or_default()));
        Some(event)
    }
}

/// Something accepted that somebody should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// Somebody holds two roles without the competence for it (C2-12).
    CompetenceMissing(PersonRef),
    /// The case ends before the three months (F4.4-2).
    EarlyClosing {
        /// The day from which it would not.
        earliest: NaiveDate,
    },
    /// Mentor support has not been about the labour market lately (C2-25).
    LabourMarketAbsent {
        /// Since when.
        since: NaiveDate,
    },
    /// Nobody said which need it rests on (F4.0-1).
    NeedMissing,
    /// No open goal is about mastering everyday life (F4.0-3).
    NoEverydayGoal,
    /// A person named in the entry is not in the directory.
    StaffNotRegistered(PersonRef),
}

impl Warning {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::CompetenceMissing(_) => "competence_missing",
            Self::EarlyClosing { .. } => "early_closing",
            Self::LabourMarketAbsent { .. } => "labour_market_absent",
            Self::NeedMissing => "need_missing",
            Self::NoEverydayGoal => "no_everyday_goal",
            Self::StaffNotRegistered(_) => "staff_not_registered",
        }
    }

    /// What a person is told.
    pub fn explain(&self, language: Language) -> String {
        match language {
            Language::Da => self.danish(),
            Language::En => self.english(),
        }
    }
}

/// The fact of a command that may exist only once: its kind and its value.
pub fn unique_fact(command: &Command) -> Option<(&'static str, String)> {
    use crate::opening::Event as Opening;
    match &command.event {
        Event::Opening(Opening::Imported(import)) => {
            Some(("import-source", format!("{}\n{}", import.source, import.source_id)))
        }
        Event::Staff(staff::Event::Registered(person)) => {
            Some(("email", person.contact.known()?.email.trim().to_lowercase()))
        }
        _ => None,
    }
}

/// The people that a command names, whose registration a decision may ask for.
pub fn people_named(command: &Command) -> Vec<PersonRef> {
    let named = |field: &str| command.clear.get(field)?.as_str().map(PersonRef::parse)?.ok();
    let fields = [
        "person",
        "mentor",
        "caseworker",
        "by",
        "approver",
        "decided_by",
        "approved_by",
        "receiving_caseworker",
        "deputy",
    ];
    fields.into_iter().filter_map(named).collect()
}

/// The other cases that a decision looks at; `own` is the fold of the command's own stream.
pub fn cases_named(command: &Command, own: &Case) -> Vec<CaseRef> {
    group::cases_named(command, own)
}

/// Answers a wish.
pub fn decide(context: &Context<'_>, command: &Command) -> Result<Decision, Rejection> {
    if let Some(id) = &command.id
        && context.case.entry(id).is_some()
    {
        return Err(Rejection::DuplicateId { id: id.clone() });
    }
    match (&command.stream, &command.event) {
        (Stream::Case(case), _) => case::decide(context, case, command),
        (Stream::Staff(_) | Stream::Programme, Event::Correction(event)) => {
            correction::decide(context, command, event)
        }
        (Stream::Staff(_) | Stream::Programme | Stream::Group(_), Event::Erasure(event)) => {
            erasure::decide(context, command, event)
        }
        (Stream::Group(group), _) => group::decide(context, group, command),
        (Stream::Staff(person), Event::Staff(event)) => {
            register(context, person, event).map(|()| accept(context, command))
        }
        (Stream::Programme, Event::Programme(programme::Event::PolicySet(set))) => {
            set_policy(set, command).map(|()| accept(context, command))
        }
        (Stream::Programme, Event::Programme(event)) => {
            keep_rounds(context, event)?;
            Ok(accept(context, command))
        }
        (Stream::Staff(_) | Stream::Programme, _) => Ok(accept(context, command)),
    }
}

/// Records the command as it came.
fn accept(context: &Context<'_>, command: &Command) -> Decision {
    let unknown = people_named(command).into_iter().filter(|person| {
        context.directory.person(person).is_none_or(|known| known.registered_on.is_none())
    });
    let mut warnings: Vec<Warning> = unknown.map(Warning::StaffNotRegistered).collect();
    warnings.dedup();
    if matches!(command.stream, Stream::Case(_)) {
        warnings.extend(advice::of(context, command));
    }
    Decision::Accept(Accepted {
        clear: command.clear.clone(),
        sealed: command.sealed.clone(),
        corrects: None,
        warnings,
        also: Vec::new(),
    })
}

fn register(
    context: &Context<'_>,
    person: &PersonRef,
    event: &staff::Event,
) -> Result<(), Rejection> {
    match event {
        staff::Event::PledgeSigned
        | staff::Event::Left(_)
        | staff::Event::Availability(_)
        | staff::Event::Competence(_)
        | staff::Event::Profile(_)
        | staff::Event::Supervision(_)
        | staff::Event::PeerSparring(_) => Ok(()),
        staff::Event::Registered(_) => {
            let known = context.directory.person(person);
            if known.is_some_and(|known| known.registered_on.is_some()) {
                return Err(Rejection::StaffExists { person: person.clone() });
            }
            if context.claimed_by.is_some() {
                return Err(Rejection::EmailTaken);
            }
            Ok(())
        }
    }
}

fn set_policy(set: &programme::PolicySet, command: &Command) -> Result<(), Rejection> {
    check(&set.key, &set.value).map_err(|problem: PolicyProblem| Rejection::Policy(problem))?;
    let reason = command.sealed.get(&Compartment::Person).and_then(|part| part.get("reason"));
    let reason = reason.or_else(|| command.clear.get("reason")).and_then(Value::as_str);
    if set.valid_from < command.on && reason.is_none_or(|text| text.trim().is_empty()) {
        return Err(Rejection::PolicyBackwards { valid_from: set.valid_from });
    }
    Ok(())
}

/// A round of reviews is opened once and closed once.
fn keep_rounds(context: &Context<'_>, event: &programme::Event) -> Result<(), Rejection> {
    use programme::Event::{ReviewRoundClosed, ReviewRoundOpened};
    let is_open = |period: &str| {
        let told = context.case.entries().iter().filter(|entry| !entry.is_retracted);
        told.fold(false, |is_open, entry| match &entry.event {
            Event::Programme(ReviewRoundOpened(round)) if round.period == period => true,
            Event::Programme(ReviewRoundClosed(round)) if round.period == period => false,
            _ => is_open,
        })
    };
    match event {
        ReviewRoundOpened(round) if is_open(&round.period) => {
            Err(Rejection::RoundOpen { period: round.period.clone() })
        }
        ReviewRoundClosed(round) if !is_open(&round.period) => {
            Err(Rejection::RoundNotOpen { period: round.period.clone() })
        }
        _ => Ok(()),
    }
}

/// Refuses a number that cannot be.
fn check_number(
    field: &'static str,
    number: i64,
    range: RangeInclusive<i64>,
) -> Result<(), Rejection> {
    if range.contains(&number) {
        return Ok(());
    }
    let (least, most) = range.into_inner();
    Err(Rejection::NumberOutOfRange { field, number, least, most })
}

/// Refuses a last day before the first.
fn check_until(from: NaiveDate, until: Option<NaiveDate>) -> Result<(), Rejection> {
    match until {
        Some(until) if until < from => Err(Rejection::UntilBeforeStart { from }),
        Some(_) | None => Ok(()),
    }
}
