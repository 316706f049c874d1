//! The letter: what it says, to the byte, and what becomes of it at a relay.

use chrono::{NaiveDate, TimeZone, Utc};
use spor_mail::{
    address::Address,
    compose::{self, Composed, compose},
    digest::{Digest, Header, Item, Language, Level},
    relay::{Credentials, Login, Relay, Security, Settings, Timeouts, Way},
    smtp::Envelope,
    texts::{Sample, Texts, rules},
};

mod delivery;
mod golden;
mod pages;
mod parsers;
mod token;
mod well_known;

fn address(text: &str) -> Address {
    Address::parse(text).expect("an address")
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day of the calendar")
}

fn item(rule: &str, case: &str, level: Level, due: NaiveDate) -> Item {
    Item {
        rule: rule.to_owned(),
        case_ref: case.to_owned(),
        level,
        due: Some(due),
        role: "mentor".to_owned(),
        link: Some(format!("https://spor.kommune.example/sag/{case}")),
        note: None,
        calendar_id: ["R01", "R03", "R05"].contains(&rule).then(|| "abcdefgh".to_owned()),
    }
}

fn digest(items: Vec<Item>) -> Digest {
    Digest {
        language: Language::Da,
        recipient_ref: "ST-7".to_owned(),
        day: day(2026, 11, 16),
        items,
        held: Vec::new(),
        municipality: Some("Eksempel Kommune".to_owned()),
    }
}

fn header() -> Header {
    Header {
        from: address("spor@kommune.example"),
        to: address("mentor.7@kommune.example"),
        message_id: "<5f0c7a52-st-7-2026-11-16-1@spor.kommune.example>".to_owned(),
        date: Utc.with_ymd_and_hms(2026, 11, 16, 5, 30, 0).single().expect("an instant"),
        list_id: "paamindelser.spor.kommune.example".to_owned(),
        case_in_subject: true,
        thread: Some("<thread-2026-017@spor.kommune.example>".to_owned()),
    }
}

fn letter() -> Composed {
    let items = vec![item("R01", "2026-017", Level::Notice, day(2026, 11, 21))];
    compose(Texts::built_in(), &digest(items), &header(), &[]).expect("nothing forbidden is in it")
}

fn envelope() -> Envelope {
    Envelope {
        from: address("spor@kommune.example"),
        to: address("mentor.7@kommune.example"),
        id: Some("5f0c7a52-0000-5000-8000-000000000007".to_owned()),
    }
}

fn password(way: Way) -> Login {
    let known = Credentials { user: "spor".to_owned(), password: "hemmelig-7".to_owned() };
    Login::Password { known, way }
}

/// Every letter there can be, about nobody: rules and levels in both languages, a full digest, a
/// trial and a checkpoint, each with what it is called.
fn every_letter() -> Vec<(String, Language, Vec<u8>)> {
    let texts = Texts::built_in();
    let mut letters = Vec::new();
    for language in Language::ALL {
        let sample = Sample { language, with_link: true };
        let header = sample.header();
        let mut digests: Vec<(String, Vec<Item>)> = rules()
            .flat_map(|(rule, name)| {
                let of = move |level| sample.item(rule, level, "mentor");
                Level::ALL.map(|level| (format!("{name} {}", level.code()), vec![of(level)]))
            })
            .collect();
        digests.push(("digest of 50".to_owned(), sample.items(50)));
        digests.push(("digest of 70".to_owned(), sample.items(70)));
        for (name, items) in digests {
            let letter = compose(texts, &sample.digest(items), &header, &[]).expect("a letter");
            assert!(letter.refused.is_empty(), "{name}: {:?}", letter.refused);
            letters.push((name, language, letter.bytes));
        }
        let trial = compose::trial(texts, &header, language).expect("a letter");
        letters.push(("trial".to_owned(), language, trial));
        let checkpoint = compose::checkpoint(texts, &sample.tree(), &header, language);
        letters.push(("checkpoint".to_owned(), language, checkpoint.expect("a letter")));
    }
    letters
}

/// A relay on this machine with the account of the test servers.
fn settings(port: u16, security: Security, ca_file: &std::path::Path) -> Settings {
    Settings {
        host: "localhost".to_owned(),
        port,
        security,
        login: Some(password(Way::WhatFits)),
        ca_file: Some(ca_file.to_owned()),
        hello_name: Some("spor.kommune.example".to_owned()),
        timeouts: Timeouts::default(),
    }
}

fn relay(settings: Settings) -> Relay {
    Relay::prepare(settings).expect("settings of a test server")
}
