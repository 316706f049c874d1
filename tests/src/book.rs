//! A log in memory around the pure domain: door, decision, fold. No store, no clock.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde_json::Value;
use spor_domain::calendar;
use spor_domain::case::{Case, Recorded};
use spor_domain::decide::{self, Accepted, Context, Decision};
use spor_domain::door::{self, Command, Line, Malformed, SaidRecorded, Stream};
use spor_domain::event::{self, Event};
use spor_domain::ids::{CaseRef, EventId, Position};
use spor_domain::policy::Policies;
use spor_domain::programme;
use spor_domain::rejection::Rejection;
use spor_domain::sealed::{Compartment, Sealed};
use spor_domain::staff::Directory;
use spor_domain::view::{OtherSession, View};
use uuid::Uuid;

/// What became of a line.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Recorded.
    Accepted(Accepted),
    /// It was so already.
    Unchanged,
    /// A well-formed no.
    Rejected(Rejection),
    /// Turned away at the door.
    Malformed(Malformed),
}

impl Answer {
    /// `accepted`, `unchanged`, or the code of the refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Accepted(_) => "accepted",
            Self::Unchanged => "unchanged",
            Self::Rejected(rejection) => rejection.code(),
            Self::Malformed(malformed) => malformed.code,
        }
    }
}

/// Everything recorded so far, in order.
#[derive(Debug, Clone, Default)]
pub struct Book {
    entries: Vec<(Stream, Recorded)>,
    claims: BTreeMap<(&'static str, String), String>,
}

impl Book {
    /// Takes one journal line through door and decision; what is accepted is recorded.
    pub fn take(&mut self, line: &str) -> Answer {
        let line = match door::parse_line(line) {
            Ok(line) => line,
            Err(malformed) => return Answer::Malformed(malformed),
        };
        let at = self.recorded_at(&line);
        let recorded_on = calendar::local_date(at, self.policies(None).on(line.command.on).zone);
        if line.command.on > recorded_on {
            return Answer::Malformed(Malformed::in_future(line.command.on, recorded_on));
        }
        match self.decide(&line.command) {
            Err(rejection) => Answer::Rejected(rejection),
            Ok(Decision::Unchanged) => Answer::Unchanged,
            Ok(Decision::Accept(accepted)) => {
                self.record(line.command, &accepted, at);
                Answer::Accepted(accepted)
            }
        }
    }

    fn recorded_at(&self, line: &Line) -> DateTime<Utc> {
        let zone = self.policies(None).on(line.command.on).zone;
        let noon = NaiveTime::from_hms_opt(12, 0, 0).expect("noon exists");
        let said = match line.recorded {
            Some(SaidRecorded::At(at)) => at,
            Some(SaidRecorded::Day(day)) => calendar::instant_at(day, noon, zone),
            None => calendar::instant_at(line.command.on, noon, zone),
        };
        self.entries.last().map_or(said, |(_, newest)| newest.recorded_at.max(said))
    }

    fn decide(&self, command: &Command) -> Result<Decision, Rejection> {
        let case = match &command.stream {
            Stream::Case(case) => self.case(case, None),
            other => self.fold(other),
        };
        let named = decide::cases_named(command, &case);
        let named: Vec<(CaseRef, Case)> =
            named.into_iter().map(|case| (case.clone(), self.case(&case, None))).collect();
        let others: Vec<(CaseRef, &Case)> =
            named.iter().map(|(case, fold)| (case.clone(), fold)).collect();
        let claimed_by = decide::unique_fact(command).and_then(|fact| self.claims.get(&fact));
        decide::decide(
            &Context {
                case: &case,
                others: &others,
                policies: &self.policies(None),
                directory: &self.directory(None),
                claimed_by: claimed_by.map(String::as_str),
            },
            command,
        )
    }

    /// Stores and reads back, as the log does: clear body, sealed part, decoded event.
    fn record(&mut self, command: Command, accepted: &Accepted, at: DateTime<Utc>) {
        let body = event::with_entry_id(command.id.as_ref(), &accepted.clear);
        let mut event =
            Event::decode(command.kind.name, &body).expect("what was accepted can be read again");
        if let Some(part) = accepted.sealed.get(&Compartment::Person) {
            event.open(&Sealed::Known(part.clone()));
        }
        if let Some(fact) = decide::unique_fact(&command) {
            self.claims.insert(fact, command.stream.name());
        }
        let position = i64::try_from(self.entries.len()).expect("a test is short") + 1;
        let recorded = Recorded {
            position: Position(position),
            event_id: event_id(position),
            recorded_at: at,
            occurred_on: command.on,
            id: event::entry_id(&body),
            event,
        };
        self.entries.push((command.stream, recorded));
        for mut also in accepted.also.clone() {
            let event = also.event(event_id(position)).expect("what goes along can be read again");
            let position = i64::try_from(self.entries.len()).expect("a test is short") + 1;
            let recorded = Recorded {
                position: Position(position),
                event_id: event_id(position),
                recorded_at: at,
                occurred_on: command.on,
                id: None,
                event,
            };
            self.entries.push((also.stream, recorded));
        }
    }

    /// A stream that is no case, folded so that its entries can be addressed.
    fn fold(&self, stream: &Stream) -> Case {
        let mut folded = Case::default();
        for (_, recorded) in self.known(None).filter(|(of, _)| of == stream) {
            folded.evolve(recorded.clone());
        }
        folded
    }

    fn known(&self, until: Option<DateTime<Utc>>) -> impl Iterator<Item = &(Stream, Recorded)> {
        let is_known = move |recorded: &Recorded| until.is_none_or(|at| recorded.recorded_at <= at);
        self.entries.iter().filter(move |(_, recorded)| is_known(recorded))
    }

    /// What was recorded, in order.
    pub fn entries(&self) -> &[(Stream, Recorded)] {
        &self.entries
    }

    /// A case as known at a moment; `None` is everything.
    pub fn case(&self, case: &CaseRef, known_at: Option<DateTime<Utc>>) -> Case {
        let mut folded = Case::default();
        for (stream, recorded) in self.known(known_at) {
            if *stream == Stream::Case(case.clone()) {
                folded.evolve(recorded.clone());
            }
        }
        folded
    }

    /// The policies as known at a moment.
    pub fn policies(&self, known_at: Option<DateTime<Utc>>) -> Policies {
        let mut policies = Policies::default();
        for (_, recorded) in self.known(known_at) {
            if let Event::Programme(programme::Event::PolicySet(set)) = &recorded.event {
                policies.insert(recorded.position.0, &set.key, &set.value, set.valid_from);
            }
        }
        policies
    }

    /// The directory as known at a moment.
    pub fn directory(&self, known_at: Option<DateTime<Utc>>) -> Directory {
        let mut directory = Directory::default();
        for (stream, recorded) in self.known(known_at) {
            if let (Stream::Staff(person), Event::Staff(event)) = (stream, &recorded.event) {
                directory.evolve(person, (recorded.occurred_on, recorded.event_id), event);
            }
        }
        directory
    }

    /// The usual case as of a day, with everything known.
    pub fn view(&self, day: NaiveDate) -> View {
        let mut view = self.case(&usual_case(), None).as_of(day);
        self.fill_in(&usual_case(), &mut view, None);
        view
    }

    /// What other streams say of a case's people, as known at a moment.
    pub fn fill_in(&self, case: &CaseRef, view: &mut View, known_at: Option<DateTime<Utc>>) {
        for (person, known) in self.directory(known_at).people() {
            view.supervised.insert(person.clone(), known.supervised.clone());
        }
        let streams: BTreeSet<&CaseRef> = self
            .entries
            .iter()
            .filter_map(|(stream, _)| match stream {
                Stream::Case(other) if other != case => Some(other),
                _ => None,
            })
            .collect();
        for other in streams {
            let sessions = self.case(other, known_at).as_of(view.day).sessions;
            view.other_sessions.extend(sessions.into_iter().map(|held| OtherSession {
                by: held.by,
                on: held.on,
                minutes: held.minutes,
            }));
        }
    }
}

/// The reminders open in a view, as `R01 2025-04-03 overdue: caseworker mentor`.
pub fn open_reminders(view: &View, policies: &Policies) -> Vec<String> {
    let policy = policies.on(view.day);
    let open = spor_domain::rules::deadlines(view, policy).filter_map(|deadline| {
        let level = deadline.level_on(view.day)?;
        let roles: Vec<&str> =
            deadline.roles_on(view.day).into_iter().map(|role| role.as_str()).collect();
        let due = deadline.dated().map_or("-".to_owned(), |due| due.to_string());
        Some(format!("{} {due} {level}: {}", deadline.rule.id, roles.join(" ")))
    });
    open.collect()
}

/// The case that entries belong to which name no other.
pub fn usual_case() -> CaseRef {
    CaseRef::parse(crate::entry::CASE).expect("a reference")
}

/// The event of a place in the log, the same in every test.
pub fn event_id(position: i64) -> EventId {
    EventId(Uuid::from_u128(
        0x0190_0000_0000_7000_8000_0000_0000_0000 + position.unsigned_abs() as u128,
    ))
}

/// A value as a reader sees it in a journal: text without quotes.
pub fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
