//! The invented journal is one that a municipality could have written: the rules accept all of it.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use spor_casework::invented::{Plan, journal};
use spor_domain::case::{Case, Recorded};
use spor_domain::decide::{Accepted, Context, Decision, Warning, decide, unique_fact};
use spor_domain::door::{Command, Line, SaidRecorded, Stream, parse_line};
use spor_domain::event::Event;
use spor_domain::ids::{CaseRef, EventId, Position};
use spor_domain::policy::Policies;
use spor_domain::rules::{self, Level};
use spor_domain::sealed::{Compartment, Sealed};
use spor_domain::staff::Directory;
use uuid::Uuid;

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a valid date")
}

/// Eighteen months, 200 cases.
fn plan() -> Plan {
    let (from, to) = (day(2025, 1, 2), day(2026, 6, 30));
    Plan { seed: 7, cases: 200, events: 21_600, from, to }
}

/// Everything recorded so far, as the rules see it.
#[derive(Default)]
struct Municipality {
    cases: BTreeMap<CaseRef, Case>,
    directory: Directory,
    policies: Policies,
    claims: HashMap<(&'static str, String), String>,
    types: BTreeMap<&'static str, u32>,
    position: i64,
    today: Option<NaiveDate>,
}

impl Municipality {
    /// Reads the journal as an import does, and takes no refusal.
    fn of(plan: &Plan) -> Self {
        let mut municipality = Self::default();
        for text in journal(plan) {
            let line = parse_line(&text).unwrap_or_else(|bad| panic!("{bad:?}\n{text}"));
            municipality.record(line).unwrap_or_else(|refused| panic!("{refused}\n{text}"));
        }
        municipality
    }

    fn record(&mut self, line: Line) -> Result<(), String> {
        let Line { command, recorded } = line;
        let recorded = match recorded {
            Some(SaidRecorded::Day(day)) => day,
            Some(SaidRecorded::At(at)) => at.date_naive(),
            None => command.on,
        };
        if recorded < command.on || self.today.is_some_and(|today| recorded < today) {
            return Err(format!("recorded on {recorded}, after {:?}", self.today));
        }
        self.today = Some(recorded);
        let none = Case::default();
        let case = match &command.stream {
            Stream::Case(case) => self.cases.get(case).unwrap_or(&none),
            Stream::Staff(_) | Stream::Group(_) | Stream::Programme => &none,
        };
        let claim = unique_fact(&command);
        let claimed_by = claim.as_ref().and_then(|fact| self.claims.get(fact)).map(String::as_str);
        let context = Context {
            case,
            others: &[],
            policies: &self.policies,
            directory: &self.directory,
            claimed_by,
        };
        let decision = decide(&context, &command).map_err(|refused| format!("{refused:?}"))?;
        let Decision::Accept(accepted) = decision else {
            return Err("it is so already".to_owned());
        };
        let mut warnings = accepted.warnings.iter();
        let unknown = warnings.find(|warning| matches!(warning, Warning::StaffNotRegistered(_)));
        assert_eq!(unknown, None);
        if let Some(fact) = claim {
            self.claims.insert(fact, command.stream.name());
        }
        self.evolve(command, &accepted, recorded.and_time(NaiveTime::MIN).and_utc());
        Ok(())
    }

    fn evolve(&mut self, command: Command, accepted: &Accepted, recorded_at: DateTime<Utc>) {
        self.position += 1;
        *self.types.entry(command.kind.name).or_default() += 1;
        let clear = serde_json::Value::Object(accepted.clear.clone()).to_string();
        let mut event = Event::decode(command.kind.name, &clear).expect("it was accepted");
        if let Some(part) = accepted.sealed.get(&Compartment::Person) {
            event.open(&Sealed::Known(part.clone()));
        }
        match (command.stream, event) {
            (Stream::Case(case), event) => self.cases.entry(case).or_default().evolve(Recorded {
                position: Position(self.position),
                event_id: EventId(Uuid::from_u64_pair(0, self.position.unsigned_abs())),
                recorded_at,
                occurred_on: command.on,
                id: command.id,
                event,
            }),
            (Stream::Staff(person), Event::Staff(event)) => {
                let id = EventId(Uuid::from_u64_pair(1, self.position.unsigned_abs()));
                self.directory.evolve(&person, (command.on, id), &event);
            }
            (stream, event) => panic!("{stream:?} {event:?}"),
        }
    }

    /// How many deadlines stand at each level on a day.
    fn levels_on(&self, day: NaiveDate) -> BTreeMap<Level, usize> {
        let mut levels = BTreeMap::new();
        for case in self.cases.values() {
            let view = case.as_of(day);
            for rule in rules::ALL {
                for deadline in (rule.deadlines)(&view, self.policies.on(day)) {
                    if let Some(level) = deadline.level_on(day) {
                        *levels.entry(level).or_default() += 1;
                    }
                }
            }
        }
        levels
    }
}

/// Runs of digits, with the dashes and blanks that stand between them.
fn digits(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_digit() && c != '-' && c != ' ')
}

fn is_personal_number(run: &str) -> bool {
    let parts: Vec<&str> = run.split(['-', ' ']).filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [whole] => whole.len() == 10,
        [.., first, last] => first.len() == 6 && last.len() == 4,
        [] => false,
    }
}

#[test]
fn the_rules_accept_every_line_of_200_cases_over_18_months() {
    let municipality = Municipality::of(&plan());
    assert_eq!(municipality.cases.len(), 200);
    let written = u64::try_from(municipality.position).unwrap();
    assert!(written.abs_diff(plan().events) < plan().events / 10, "{written}");
}

#[test]
fn other_seeds_and_sizes_are_accepted_too() {
    for seed in 0..12 {
        let events = [1_500, 4_000, 12_000][usize::try_from(seed % 3).unwrap()];
        let (from, to) = (day(2024, 1, 1), day(2024, 12, 31));
        Municipality::of(&Plan { seed, cases: 40, events, from, to });
    }
}

/// Written once in years.
const RARE: [&str; 3] = ["PolicySet", "PersonalDataErased", "EntryErased"];
/// Not invented: the municipality lives without referrals, families, handovers and groups.
const LATER: &[&str] = &[
    "AccessRequestAnswered",
    "AccessRequestReceived",
    "AvailabilityChanged",
    "CasePlacedOnWaitingList",
    "CaseReferred",
    "CaseTransferredToMunicipality",
    "CompetenceRecorded",
    "ConfidentialNoteAdded",
    "ConsentGiven",
    "ConsentWithdrawn",
    "ContactAttempted",
    "DialogueHeld",
    "FamilyInvolvementAgreed",
    "GoalClosed",
    "GoalProgressAssessed",
    "GrantCriteriaSet",
    "GroupDissolved",
    "GroupFormed",
    "GroupSessionHeld",
    "GroupSuitabilityAssessed",
    "HandoverAccepted",
    "HandoverRejected",
    "HandoverStarted",
    "LawStepRecorded",
    "MeetingScheduled",
    "MentorProfilePublished",
    "MethodCatalogued",
    "MethodEvaluated",
    "MethodReflectionNoted",
    "NetworkMapped",
    "NetworkMeetingHeld",
    "OutcomeChecked",
    "ParentUpdateSent",
    "PeerSparringHeld",
    "ProgressionPlanSet",
    "ProgressionStageReached",
    "ReviewRoundClosed",
    "ReviewRoundOpened",
    "RoleExpectationsAligned",
    "StaffLeft",
    "SupervisionAttended",
    "SupportPaused",
    "SupportResumed",
];

#[test]
fn every_type_of_the_first_catalogue_comes_up() {
    let municipality = Municipality::of(&plan());
    let written = |kind: &&spor_domain::schema::EventType| {
        let is_rare = RARE.contains(&kind.name) || LATER.contains(&kind.name);
        kind.is_written_by_people() && !is_rare
    };
    for kind in spor_domain::schema::event_types().filter(written) {
        assert!(municipality.types.contains_key(kind.name), "no {}", kind.name);
    }
    let came = LATER.iter().find(|name| municipality.types.contains_key(**name));
    assert_eq!(came, None, "the list only gets shorter: take it out");
}

#[test]
fn on_the_last_day_something_is_overdue_and_something_is_due_soon() {
    for plan in [plan(), Plan { cases: 100, events: 8_000, ..plan() }] {
        let levels = Municipality::of(&plan).levels_on(plan.to);
        let notices = levels.get(&Level::Notice).copied().unwrap_or(0);
        let late: usize = levels.values().sum::<usize>() - notices;
        assert!(notices >= 10 && late >= 10, "{levels:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let lines = |seed| journal(&Plan { seed, ..plan() }).collect::<Vec<_>>();
    assert_eq!(lines(1), lines(1));
    assert_ne!(lines(1), lines(2));
}

#[test]
fn nothing_is_shaped_like_a_personal_number() {
    assert!(digits("born 010203 - 1234").any(is_personal_number));
    for text in journal(&plan()) {
        assert!(!digits(&text).any(is_personal_number), "{text}");
        assert!(!text.contains('@') || text.contains("@kommune.example"), "{text}");
    }
}

#[test]
fn an_empty_plan_registers_the_staff_and_opens_nothing() {
    let (from, to) = (day(2025, 1, 2), day(2025, 1, 1));
    let lines: Vec<String> = journal(&Plan { seed: 1, cases: 0, events: 100, from, to }).collect();
    assert!(lines.iter().all(|line| line.contains(r#""person":"#)));
}
