//! Each letter as its reader has it: headers as they go over the wire, text, calendar and page.
//!
//! `SPOR_BLESS=1` writes the files anew; a difference in review is a changed letter.

use std::{fs, path::Path};

use spor_mail::{
    compose::{Composed, compose},
    digest::{Digest, Held, Item, ItemNote, Language, Level},
    reading,
    texts::Texts,
};

use super::{day, digest, header, item};

fn check(name: &str, digest: &Digest) {
    let letter =
        compose(Texts::built_in(), digest, &header(), &[]).expect("nothing forbidden is in it");
    assert!(letter.refused.is_empty(), "{:?}", letter.refused);
    let found = readable(&letter);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/mail").join(name);
    if std::env::var_os("SPOR_BLESS").is_some() {
        fs::write(&file, &found).expect("the golden folder can be written");
    }
    let kept = fs::read_to_string(&file).expect("the golden file is there; see SPOR_BLESS");
    assert!(kept == found, "{name} has changed; it is now:\n{found}");
}

/// The subject as read, the headers as sent, the parts as read; lines ended by LF. The head of the
/// page is the same in every letter and stands in its template.
fn readable(letter: &Composed) -> String {
    let wire = String::from_utf8(letter.bytes.clone()).expect("a letter is ASCII");
    let (headers, _) = wire.split_once("\r\n\r\n").expect("a letter has a text");
    let read = reading::read(&letter.bytes).expect("a letter can be read");
    assert_eq!(read.subject, letter.subject);
    let (_, page) = read.html.split_once("<body>").expect("a page has a body");
    let calendars = read.calendars.concat();
    let text = format!("# {}\r\n\r\n{headers}\r\n\r\n{}", letter.subject, read.text);
    let text = format!("{text}\r\n{calendars}\r\n<body>{page}");
    text.replace("\r\n", "\n")
}

/// Every level and every note in one letter.
fn full() -> Vec<Item> {
    let noted = |item: Item, note| Item { note: Some(note), ..item };
    let as_role = |item: Item, role: &str| Item { role: role.to_owned(), ..item };
    vec![
        item("R01", "2026-017", Level::Notice, day(2026, 11, 21)),
        as_role(item("R05", "2026-017", Level::Notice, day(2026, 12, 1)), "professional_lead"),
        noted(item("R08", "2026-021", Level::Overdue, day(2026, 11, 15)), ItemNote::MetMeanwhile),
        noted(item("R01", "2026-009", Level::Overdue, day(2026, 11, 12)), ItemNote::DelayExplained),
        noted(
            as_role(item("R07", "2026-004", Level::Escalated, day(2026, 11, 2)), "management"),
            ItemNote::RoleVacant { role: "caseworker".to_owned() },
        ),
        as_role(item("R03", "2025-112", Level::Critical, day(2026, 7, 1)), "management"),
    ]
}

#[test]
fn follow_up() {
    let one = item("R01", "2026-017", Level::Notice, day(2026, 11, 21));
    check("follow_up.txt", &digest(vec![one]));
}

#[test]
fn transition_meeting() {
    let one = item("R03", "2026-017", Level::Notice, day(2026, 12, 14));
    check("transition_meeting.txt", &digest(vec![one]));
}

#[test]
fn method_review() {
    let one = item("R05", "2026-017", Level::Overdue, day(2026, 11, 15));
    check("method_review.txt", &digest(vec![one]));
}

#[test]
fn lab_period() {
    let one = item("R07", "2026-017", Level::Notice, day(2026, 12, 28));
    check("lab_period.txt", &digest(vec![one]));
}

#[test]
fn limited_support() {
    let one = item("R08", "2026-017", Level::Notice, day(2026, 11, 22));
    check("limited_support.txt", &digest(vec![one]));
}

#[test]
fn several_items_in_danish() {
    check("digest.da.txt", &digest(full()));
}

#[test]
fn a_meeting_is_taken_out_of_the_calendar_when_it_was_held() {
    let one = item("R07", "2026-017", Level::Notice, day(2026, 12, 28));
    let held = Held {
        rule: "R01".to_owned(),
        case_ref: "2026-017".to_owned(),
        role: "mentor".to_owned(),
        due: day(2026, 11, 21),
        calendar_id: "abcdefgh".to_owned(),
    };
    check("held.txt", &Digest { held: vec![held], ..digest(vec![one]) });
}

#[test]
fn several_items_in_english() {
    check("digest.en.txt", &Digest { language: Language::En, ..digest(full()) });
}

#[test]
fn more_than_a_letter_lists() {
    let many = (1..=52).map(|n| item("R01", &format!("B-{n:02}"), Level::Notice, day(2026, 12, 1)));
    check("digest.full.txt", &digest(many.collect()));
}
