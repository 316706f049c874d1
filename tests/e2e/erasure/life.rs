//! Invented lives with a canary in every field that is sealed.

use std::collections::BTreeSet;
use std::fmt::Write;

use chrono::{Days, NaiveDate};
use serde_json::{Map, Value, json};
use spor_domain::schema::{self, Category, Class, EventType, Kind};

/// What happens in each life: the day, the type, and what its sample does not say.
const LIFE: &[(&str, &str, &str)] = &[
    ("2024-08-28", "CaseReferred", r#"{}"#),
    ("2024-08-29", "CasePlacedOnWaitingList", r#"{"since":null}"#),
    ("2024-09-02", "OPENING", r#"{"id":"o"}"#),
    ("2024-09-03", "SupportGranted", r#"{"track":"T1","until":"2025-02-01"}"#),
    ("2024-09-03", "MentorAgreementSigned", r#"{"track":"T1","until":"2025-02-01"}"#),
    ("2024-09-04", "SupportGranted", r#"{"track":"T2","basis":"SEL-85"}"#),
    ("2024-09-05", "SupportExtended", r#"{"track":"T1","until":"2025-02-20"}"#),
    ("2024-09-06", "SupportHoursChanged", r#"{"track":"T2"}"#),
    ("2024-09-09", "LimitedSupportPeriodStarted", r#"{"track":"T1","until":"2024-10-09"}"#),
    ("2024-10-09", "LimitedSupportPeriodEnded", r#"{"track":"T1","outcome":"back_to_lab"}"#),
    ("2024-10-10", "SupportSwitched", r#"{"from_track":"T2","track":"T4","basis":"BL-32"}"#),
    ("2024-10-11", "SupportEnded", r#"{"track":"T4"}"#),
    ("2024-10-14", "MentorAssigned", r#"{"person":"M-06","role":"support_contact"}"#),
    ("2024-10-15", "MentorAssignmentEnded", r#"{"person":"M-06"}"#),
    ("2024-10-16", "GoalSet", r#"{"goal":"G1"}"#),
    ("2024-10-17", "GoalRevised", r#"{"goal":"G1","follow_up":null}"#),
    ("2024-10-18", "MethodChosen", r#"{}"#),
    ("2024-10-21", "SessionHeld", r#"{"id":"s","track":"T1"}"#),
    ("2024-10-22", "FollowUpHeld", r#"{}"#),
    ("2024-10-23", "FollowUpDelayExplained", r#"{"planned_for":null}"#),
    ("2024-10-24", "MethodReviewHeld", r#"{}"#),
    ("2024-10-25", "TransitionMeetingHeld", r#"{}"#),
    ("2024-10-26", "SupportPaused", r#"{"track":"T1","until":null}"#),
    ("2024-10-26", "SupportResumed", r#"{"track":"T1"}"#),
    ("2024-10-26", "ContactAttempted", r#"{}"#),
    ("2024-10-26", "DialogueHeld", r#"{}"#),
    ("2024-10-26", "MeetingScheduled", r#"{"on":"2024-11-20"}"#),
    ("2024-10-26", "NetworkMapped", r#"{}"#),
    ("2024-10-26", "NetworkMeetingHeld", r#"{}"#),
    ("2024-10-26", "FamilyInvolvementAgreed", r#"{}"#),
    ("2024-10-26", "ConsentGiven", r#"{"until":null}"#),
    ("2024-10-26", "ConsentWithdrawn", r#"{}"#),
    ("2024-10-26", "ConfidentialNoteAdded", r#"{}"#),
    ("2024-10-26", "AccessRequestReceived", r#"{}"#),
    ("2024-10-26", "AccessRequestAnswered", r#"{}"#),
    ("2024-10-26", "GoalProgressAssessed", r#"{"goal":"G1"}"#),
    ("2024-10-26", "OutcomeChecked", r#"{}"#),
    ("2024-10-26", "MethodReflectionNoted", r#"{}"#),
    ("2024-10-26", "MethodEvaluated", r#"{}"#),
    ("2024-10-26", "GroupSuitabilityAssessed", r#"{}"#),
    ("2024-10-26", "RoleExpectationsAligned", r#"{}"#),
    ("2024-10-26", "LawStepRecorded", r#"{}"#),
    ("2024-10-26", "HandoverStarted", r#"{"id":"h1","effective_on":"2024-10-27"}"#),
    ("2024-10-26", "HandoverRejected", r#"{}"#),
    ("2024-10-26", "HandoverStarted", r#"{"id":"h2","effective_on":"2024-10-27"}"#),
    ("2024-10-26", "HandoverAccepted", r#"{}"#),
    ("2024-10-27", "CaseTransferredToMunicipality", r#"{"id":"m"}"#),
    ("2024-10-27", "EntryRetracted", r#"{"target":"m"}"#),
    ("2024-10-28", "EntryCorrected", r#"{"target":"o","changes":{"name":"CANARY"}}"#),
    ("2024-10-29", "EntryRetracted", r#"{"target":"s"}"#),
    ("2024-12-20", "CaseClosed", r#"{}"#),
    ("2025-01-06", "CaseReopened", r#"{}"#),
    ("2025-01-07", "SupportGranted", r#"{"track":"T3","basis":"SEL-85"}"#),
];

/// The reference of a case.
pub fn case_ref(number: usize) -> String {
    format!("SPOR-2024-{number:04}")
}

/// What stands in every sealed text of a case, and nowhere else.
pub fn canary(number: usize) -> String {
    format!("kanariefugl-{number:04}-gul")
}

/// A birth date that no other case has, and that is no day on which anything happened.
#[expect(non_snake_case, reason = "read like the constant it stands for")]
pub fn BIRTH_DATES(number: usize) -> NaiveDate {
    let first = NaiveDate::from_ymd_opt(2007, 9, 20).unwrap();
    first.checked_add_days(Days::new(number as u64)).unwrap()
}

/// The journal of so many lives; every sealed field of every type stands in it.
pub fn journal(cases: usize) -> String {
    let mut journal = String::new();
    for number in 0..20 {
        let staff = json!({"date": "2024-01-02", "type": "StaffRegistered",
            "person": format!("M-{number:02}"), "name": format!("Mentor Nr{number}"),
            "email": format!("m{number}@kommune.example"), "roles": ["mentor"],
            "administration": "employment", "employment": "permanent"});
        writeln!(journal, "{staff}").unwrap();
    }
    for (person, role) in [("SB-01", "caseworker"), ("L-01", "professional_lead")] {
        let staff = json!({"date": "2024-01-02", "type": "StaffRegistered", "person": person,
            "name": format!("Ansat {person}"), "email": format!("{person}@kommune.example"),
            "roles": [role], "administration": "employment", "employment": "permanent"});
        writeln!(journal, "{staff}").unwrap();
    }
    let mut covered = BTreeSet::new();
    for (date, name, more) in LIFE {
        for number in 0..cases {
            let name = match (*name, number % 2) {
                ("OPENING", 0) => "CaseOpened",
                ("OPENING", _) => "CaseImported",
                (name, _) => name,
            };
            let more = more.replace("CANARY", &canary(number));
            let line = line(schema::find(name).unwrap(), number, date, &more, &mut covered);
            writeln!(journal, "{}", Value::Object(line)).unwrap();
        }
    }
    if cases > 1 {
        assert_eq!(covered, sealed_fields(), "every sealed field of the schema has its canary");
    }
    journal
}

/// Every field of a case's types that may be sealed, of what people write.
fn sealed_fields() -> BTreeSet<(&'static str, &'static str)> {
    let of_case = schema::event_types().filter(|kind| kind.category == Category::Case);
    of_case
        .filter(|kind| kind.is_written_by_people())
        .flat_map(|kind| kind.fields.iter().map(move |field| (kind, field)))
        .filter(|(_, field)| field.class != Class::Clear)
        .map(|(kind, field)| (kind.name, field.name))
        .collect()
}

fn line(
    kind: &'static EventType,
    number: usize,
    date: &str,
    more: &str,
    covered: &mut BTreeSet<(&'static str, &'static str)>,
) -> Map<String, Value> {
    let mut line: Map<String, Value> = serde_json::from_str(kind.sample).unwrap();
    line.remove("id");
    for field in kind.fields.iter().filter(|field| field.class != Class::Clear) {
        let text = canary(number);
        let value = match field.kind {
            Kind::Text(_) | Kind::Name | Kind::Who | Kind::Answer => json!(text),
            // The words that the rules know stay, so that the case runs on.
            Kind::Texts([]) => json!([text]),
            Kind::Texts(_) => json!([text, "caseworker", "youth"]),
            Kind::Date => json!(BIRTH_DATES(number)),
            other => panic!("{} {}: {other:?} is sealed in another way", kind.name, field.name),
        };
        line.insert(field.name.to_owned(), value);
        covered.insert((kind.name, field.name));
    }
    line.insert("date".to_owned(), json!(date));
    line.insert("case".to_owned(), json!(case_ref(number)));
    let mentor = format!("M-{:02}", number / 10 % 20);
    for who in ["mentor", "caseworker"] {
        if line.contains_key(who) {
            line.insert(who.to_owned(), json!(if who == "mentor" { &mentor } else { "SB-01" }));
        }
    }
    if line.contains_key("administration") {
        line.insert("administration".to_owned(), json!("employment"));
    }
    if line.contains_key("source_id") {
        line.insert("source_id".to_owned(), json!(format!("{}", 5_000 + number)));
    }
    let more: Map<String, Value> = serde_json::from_str(more).unwrap();
    line.extend(more);
    line.retain(|_, value| !value.is_null());
    line
}
