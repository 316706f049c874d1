//! Each letter as text: its headers as they go over the wire, its text as it is read.
//!
//! `SPOR_BLESS=1` writes the files anew; a difference in review is a changed letter.

use std::{fs, path::Path};

use spor_mail::{
    compose::{Composed, compose},
    digest::{Digest, Item, ItemNote, Language, Level},
};

use super::{day, digest, header, item};

fn check(name: &str, digest: &Digest) {
    let letter = compose(digest, &header(), &[]).expect("nothing forbidden is in it");
    assert!(letter.refused.is_empty(), "{:?}", letter.refused);
    let found = readable(&letter);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/mail").join(name);
    if std::env::var_os("SPOR_BLESS").is_some() {
        fs::write(&file, &found).expect("the golden folder can be written");
    }
    let kept = fs::read_to_string(&file).expect("the golden file is there; see SPOR_BLESS");
    assert!(kept == found, "{name} has changed; it is now:\n{found}");
}

/// The subject as read, the headers as sent, the text as read; lines ended by LF.
fn readable(letter: &Composed) -> String {
    let wire = String::from_utf8(letter.bytes.clone()).expect("a letter is ASCII");
    let (headers, body) = wire.split_once("\r\n\r\n").expect("a letter has a text");
    let text = format!("# {}\r\n\r\n{headers}\r\n\r\n{}", letter.subject, plain(body));
    text.replace("\r\n", "\n")
}

/// Undoes quoted-printable.
fn plain(body: &str) -> String {
    let body = body.replace("=\r\n", "");
    let mut parts = body.split('=');
    let mut bytes = parts.next().expect("a split has a first part").as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(code, 16).expect("two digits follow each mark"));
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).expect("the text is UTF-8")
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
fn several_items_in_english() {
    check("digest.en.txt", &Digest { language: Language::En, ..digest(full()) });
}

#[test]
fn more_than_a_letter_lists() {
    let many = (1..=52).map(|n| item("R01", &format!("B-{n:02}"), Level::Notice, day(2026, 12, 1)));
    check("digest.full.txt", &digest(many.collect()));
}
