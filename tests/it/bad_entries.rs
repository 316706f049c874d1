//! Bad input, for every event: made from the field tables, so that a new event is tried by itself.
//!
//! Each line is tried on an empty log and on one where a case, a group and a person are known.
//! Nothing may panic, and each line that cannot be right is turned away in three lines.

mod borders;

use serde_json::{Map, Value, json};
use spor_domain::door;
use spor_domain::rejection::Language;
use spor_domain::schema::{self, EventType, Field, Kind};
use spor_tests::book::{Answer, Book};
use spor_tests::entry;

/// Every type that people write.
fn types() -> impl Iterator<Item = &'static EventType> {
    schema::event_types().filter(|kind| kind.is_written_by_people())
}

/// The sample of a type, about what [`world`] knows, on a day when it knows it.
fn sample(kind: &EventType) -> Map<String, Value> {
    let mut fields: Map<String, Value> = serde_json::from_str(kind.sample).expect("a sample");
    let known = [
        ("date", "2025-05-05"),
        ("case", entry::CASE),
        ("group", "G-01"),
        ("person", "M-01"),
        ("until", "2025-06-05"),
        ("valid_from", "2025-06-01"),
        ("on", "2025-05-20"),
        ("id", "own"),
    ];
    for (name, value) in known {
        if fields.contains_key(name) || name == "id" {
            fields.insert(name.to_owned(), Value::from(value));
        }
    }
    if kind.name == "GroupSessionHeld" {
        fields.insert("attendees".to_owned(), json!([entry::CASE]));
    }
    fields
}

/// A log in which something is known: an open case, a group, a person, a goal, a method.
fn world() -> Book {
    let mut book = Book::default();
    for line in [
        "2025-01-02 StaffRegistered person=M-09 email=m09@kommune.example",
        "2025-01-06 CaseOpened birth_date=2008-02-29 mentor=M-06",
        "2025-01-06 SupportGranted track=T1 basis=LAB-167 weekly_hours=4 until=2025-07-06 id=e-1",
        "2025-01-06 GoalSet goal=G1",
        "2025-01-06 MethodChosen method=coaching",
        "2025-01-06 GroupFormed group=G-02 mentor=M-06",
        "2025-01-06 GroupSuitabilityAssessed outcome=suitable by=M-06",
        "2025-01-06 ConsentGiven scope=parent_updates",
        "2025-01-06 FamilyInvolvementAgreed",
    ] {
        let answer = book.take(&entry::journal_line(line));
        assert_eq!(answer.code(), "accepted", "{line}: {answer:?}");
    }
    book
}

/// What is answered to a line, on an empty log and on the known one; both explain themselves.
fn tried(line: &Map<String, Value>) -> [&'static str; 2] {
    let text = Value::Object(line.clone()).to_string();
    [Book::default(), world()].map(|mut book| {
        let answer = book.take(&text);
        let said = match &answer {
            Answer::Accepted(_) | Answer::Unchanged => return answer.code(),
            Answer::Malformed(no) => {
                vec![no.message.clone(), no.because.clone(), no.try_next.clone()]
            }
            Answer::Rejected(no) => {
                let told = [Language::Da, Language::En].map(|language| no.explain(language));
                told.into_iter().flat_map(|t| [t.message, t.because, t.try_next]).collect()
            }
        };
        assert!(said.iter().all(|text| !text.is_empty()), "{text}: {said:?}");
        answer.code()
    })
}

/// Fails unless a line is turned away with one of these codes on both logs.
#[track_caller]
fn refused(kind: &EventType, line: &Map<String, Value>, codes: &[&str]) {
    for code in tried(line) {
        assert!(codes.contains(&code), "{}: {code} for {line:?}", kind.name);
    }
}

fn with(line: &Map<String, Value>, name: &str, value: Value) -> Map<String, Value> {
    let mut line = line.clone();
    line.insert(name.to_owned(), value);
    line
}

/// Values that a field of this kind never holds.
fn never(kind: Kind) -> Vec<Value> {
    let nested = json!({"a": [1]});
    match kind {
        Kind::Reference => vec![json!(1), json!(true), json!(["M-01"]), json!("m 01"), nested],
        Kind::Name => vec![json!(1), json!(true), json!(["T1"]), json!(""), json!("T 1"), nested],
        Kind::Names | Kind::Cases => vec![json!(1), json!([1]), json!([["T1"]]), nested],
        Kind::Code(_) => vec![json!(1), json!("no such word"), json!(["x"]), json!(""), nested],
        Kind::Codes(_) => vec![json!(1), json!(["no such word"]), nested],
        Kind::Who | Kind::Text(_) => vec![json!(1), json!(1.5), json!(false), json!(["a"]), nested],
        Kind::Answer => vec![json!(1), json!(["a"]), nested],
        Kind::Texts(_) => vec![json!(1), json!([1]), json!([["a"]]), nested],
        Kind::Date => dates_that_are_none(),
        Kind::Whole => {
            vec![json!("60"), json!("2,5"), json!(2.5), json!(true), json!(1e300), nested]
        }
        Kind::Decimal => {
            let odd = [json!("2,75"), json!("2.75"), json!(2.755), json!(-1), json!(10_001)];
            odd.into_iter().chain([json!(1e300), json!(true), nested]).collect()
        }
        Kind::Flag => vec![json!("true"), json!(1), json!([true]), nested],
        Kind::Value => vec![json!([1]), nested],
        Kind::Changes => vec![json!(1), json!("minutes"), json!([1]), json!({})],
    }
}

fn dates_that_are_none() -> Vec<Value> {
    let words = [
        "1899-12-31",
        "2200-01-01",
        "2025-02-29",
        "2025-04-31",
        "2025-13-01",
        "2025-00-10",
        "2025-1-1",
        "05-05-2025",
        "2025-05-05T12:00:00Z",
        "+2025-05-05",
        "",
        "yesterday",
        "٢٠٢٥-٠٥-٠٥",
        "2025-05-05\n",
    ];
    let others = [json!(20_250_505), json!(true), json!(["2025-05-05"])];
    words.into_iter().map(Value::from).chain(others).collect()
}

/// Texts that would hide something, or are too long.
fn hiding() -> [(String, &'static str); 6] {
    [
        ("a\u{0}b".to_owned(), "control_character"),
        ("a\rb".to_owned(), "control_character"),
        ("a\u{1b}[31mb".to_owned(), "control_character"),
        ("a\u{202e}b".to_owned(), "control_character"),
        ("a\u{2067}b".to_owned(), "control_character"),
        ("æ".repeat(10_001), "too_long"),
    ]
}

#[test]
fn a_missing_field_is_named_for_every_event() {
    let mut count = 0;
    for kind in types() {
        let whole = sample(kind);
        let needed = kind.fields.iter().filter(|field| field.required).map(|field| field.name);
        for name in needed.chain(kind.category.key()).chain(["date"]) {
            let mut line = whole.clone();
            line.remove(name);
            refused(kind, &line, &["missing_field"]);
            refused(kind, &with(&whole, name, Value::Null), &MISSING);
            count += 1;
        }
    }
    assert!(count > 150, "{count}");
}

/// What a field without a value, or of another kind, is answered.
const MISSING: [&str; 3] = ["missing_field", "wrong_type", "bad_date"];
/// What a value of another kind is answered.
const WRONG: [&str; 6] =
    ["wrong_type", "unknown_word", "bad_date", "bad_reference", "missing_field", "too_long"];

#[test]
fn a_value_of_another_kind_is_refused_for_every_field() {
    let mut count = 0;
    for kind in types() {
        let whole = sample(kind);
        for field in kind.fields {
            for value in never(field.kind) {
                refused(kind, &with(&whole, field.name, value), &WRONG);
                count += 1;
            }
        }
        refused(kind, &with(&whole, "no_such_field", json!(1)), &["unknown_field"]);
    }
    assert!(count > 800, "{count}");
}

#[test]
fn texts_and_names_hide_nothing_and_have_an_end() {
    for kind in types() {
        let whole = sample(kind);
        for field in kind.fields {
            for (text, code) in hiding() {
                match field.kind {
                    Kind::Text(_) | Kind::Who | Kind::Answer => {
                        refused(kind, &with(&whole, field.name, json!(text)), &[code]);
                    }
                    Kind::Texts(_) => {
                        refused(kind, &with(&whole, field.name, json!([text])), &[code]);
                    }
                    Kind::Reference | Kind::Name | Kind::Names | Kind::Cases | Kind::Code(_) => {
                        refused(kind, &with(&whole, field.name, json!(text)), &WRONG);
                    }
                    Kind::Codes(_)
                    | Kind::Date
                    | Kind::Whole
                    | Kind::Decimal
                    | Kind::Flag
                    | Kind::Value
                    | Kind::Changes => {}
                }
            }
            takes_ten_thousand_letters(kind, field, &whole);
        }
        for (text, _) in hiding() {
            let key = kind.category.key();
            for name in ["id", "date", "type"].into_iter().chain(key) {
                let codes = [&WRONG[..], &["unknown_type"]].concat();
                refused(kind, &with(&whole, name, json!(text)), &codes);
            }
        }
    }
}

/// The longest text there may be passes the door, with its line breaks.
fn takes_ten_thousand_letters(kind: &EventType, field: &Field, whole: &Map<String, Value>) {
    if matches!(field.kind, Kind::Text(_)) && field.name != "email" {
        let text = format!("{}\nå", "æ".repeat(9_998));
        let answer = door::parse_fields(with(whole, field.name, json!(text)));
        assert!(answer.is_ok(), "{}.{}: {answer:?}", kind.name, field.name);
    }
}

#[test]
fn dates_outside_the_life_of_a_case_are_refused_for_every_event() {
    for kind in types() {
        let whole = sample(kind);
        for date in dates_that_are_none() {
            refused(kind, &with(&whole, "date", date), &["bad_date"]);
        }
        // The books of these tests were closed on the day of the entry itself.
        let ahead = with(&whole, "date", json!("2025-05-06"));
        refused(kind, &with(&ahead, "recorded", json!("2025-05-05")), &["date_in_future"]);
        for date in ["1900-01-01", "2008-02-28", "2024-02-29", "2199-12-31"] {
            tried(&with(&whole, "date", json!(date)));
        }
    }
}

#[test]
fn nothing_is_recorded_before_a_case_begins_or_after_it_ended() {
    let mut book = world();
    let closing = entry::journal_line("2025-05-01 CaseClosed reason=youth_wish");
    assert_eq!(book.take(&closing).code(), "accepted");
    let begins = ["CaseReferred", "CasePlacedOnWaitingList", "CaseOpened", "CaseImported"];
    let stays = [
        "EntryCorrected",
        "EntryRetracted",
        "EntryErased",
        "MethodEvaluated",
        "CaseReopened",
        "AccessRequestReceived",
        "AccessRequestAnswered",
        "ConfidentialNoteAdded",
        "PersonalDataErased",
        "OutcomeChecked",
    ];
    let of_cases = types().filter(|kind| kind.category.key() == Some("case"));
    for kind in of_cases.filter(|kind| !begins.contains(&kind.name)) {
        let line = |date: &str| Value::Object(with(&sample(kind), "date", json!(date))).to_string();
        let late = book.clone().take(&line("2025-05-05"));
        if !stays.contains(&kind.name) {
            // A case that is closed already is not open to be closed.
            let code = if kind.name == "CaseClosed" { "not_open" } else { "case_closed" };
            assert_eq!(late.code(), code, "{}", kind.name);
        }
        let early = book.clone().take(&line("2008-02-28"));
        let codes = ["not_open", "entry_unknown", "not_closed", "case_erased", "meeting_in_past"];
        let answers = [&codes[..], &["legal_basis_unclear", "same_person_twice"]].concat();
        let is_corrected = kind.name.starts_with("Entry") || kind.name == "PersonalDataErased";
        assert!(is_corrected || answers.contains(&early.code()), "{}: {early:?}", kind.name);
    }
}

#[test]
fn what_does_not_exist_is_not_written_about() {
    let nobody = json!("SPOR-2099-9999");
    let begins = ["CaseReferred", "CaseOpened", "CaseImported"];
    for kind in types().filter(|kind| !begins.contains(&kind.name)) {
        let line = sample(kind);
        match kind.category.key() {
            Some("case") => {
                let code = "case_not_found";
                refused(kind, &with(&line, "case", nobody.clone()), &[code]);
            }
            Some("group") if kind.name != "GroupFormed" => {
                refused(kind, &with(&line, "group", json!("G-99")), &["group_unknown"]);
            }
            _ => {}
        }
        for (field, code) in [
            ("track", "track_unknown"),
            ("from_track", "track_unknown"),
            ("goal", "goal_not_open"),
            ("target", "entry_unknown"),
            ("entry", "entry_unknown"),
        ] {
            let makes_it = matches!(kind.name, "SupportGranted" | "GoalSet")
                || (kind.name, field) == ("SupportSwitched", "track");
            let is_name = kind.field(field).is_some_and(|field| field.kind == Kind::Name);
            if is_name && !makes_it {
                let [_, code_of_known] = tried(&with(&line, field, json!("none-such")));
                assert_eq!(code_of_known, code, "{}.{field}", kind.name);
            }
        }
    }
}

#[test]
fn one_id_names_one_entry_for_every_event() {
    let mut accepted = 0;
    for kind in types() {
        let line = Value::Object(sample(kind)).to_string();
        for mut book in [Book::default(), world()] {
            let first = book.take(&line);
            if first.code() == "accepted" {
                accepted += 1;
                let again = book.take(&line);
                let codes = ["duplicate_id", "case_erased"];
                assert!(codes.contains(&again.code()), "{}: {again:?}", kind.name);
            }
        }
    }
    assert!(accepted > 45, "{accepted}");
}
