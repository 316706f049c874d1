//! What stands in a letter from the store: calendars, threads, texts of a municipality's own.

use spor_domain::ids::PersonRef;
use spor_history::stream;
use spor_mail::calendar::Method;
use spor_mail::digest::Language;
use spor_mail::reading::{self, Read};
use spor_mail::texts::{Override, Texts};
use spor_scheduler::preview::Preview;
use spor_store::{Append, Expected, NewEvent, Priority};
use spor_tests::smtp::Letter;

use super::NOTICE;
use super::house::{CASEWORKER, House, LEAD, MENTOR, OPENED, STAFF, at, case, commit};
use crate::store_contract::support::fact;

/// A case that is opened a few days after the first one.
fn later(number: u32, day: &str) -> String {
    let opened = OPENED.replace("2026-01-05", day);
    opened.replace("birth_date", &format!("case=SPOR-2025-{number:04} birth_date"))
}

const HELD: &str = "2026-02-10 FollowUpHeld participants=caseworker,mentor,youth outcome=continue";

fn letters_to(house: &House, address: &str) -> Vec<Letter> {
    house.server.letters().into_iter().filter(|letter| letter.to == [address]).collect()
}

fn read_by(house: &House, address: &str) -> Vec<Read> {
    let letters = letters_to(house, address).into_iter();
    letters.map(|letter| reading::read(&letter.bytes).expect("a letter")).collect()
}

fn header(letter: &Letter, name: &str) -> Option<String> {
    let wire = String::from_utf8(letter.bytes.clone()).expect("a letter is ASCII");
    let headers = wire.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
    let line = headers.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
    line.map(str::to_owned)
}

fn uid(calendar: &str) -> String {
    let line = calendar.lines().find_map(|line| line.strip_prefix("UID:"));
    line.and_then(|line| line.split('@').next()).expect("an entry").to_owned()
}

#[tokio::test]
async fn a_meeting_comes_into_the_calendars_and_leaves_them_when_it_was_held() {
    let (second, third) = (later(2, "2026-01-07"), later(3, "2026-01-08"));
    let entries: Vec<&str> = STAFF.into_iter().chain([OPENED, &second, &third]).collect();
    let house = House::with(&entries).await;
    house.tick(NOTICE).await;
    let first = &read_by(&house, MENTOR)[0];
    let id = uid(&first.calendars[0]);
    assert_eq!(id, uid(&read_by(&house, CASEWORKER)[0].calendars[0]), "one meeting for all");
    assert!(first.calendars[0].contains("DTSTART;VALUE=DATE:20260216"), "{first:?}");
    assert!(first.calendars[0].contains("METHOD:PUBLISH"));

    house.record(&[HELD], at("2026-02-10T09:00")).await;
    let nothing = house.tick("2026-02-10T09:01").await;
    assert_eq!(nothing.composed, 0, "nobody gets a letter for a calendar alone");

    house.tick("2026-02-11T05:30").await;
    let said = |nth: usize| {
        let letter = &letters_to(&house, MENTOR)[nth];
        spor_mail::calendar::Said::of(&letter.bytes).about(&id)
    };
    assert_eq!((said(0), said(1)), (Some(Method::Publish), Some(Method::Cancel)));
    let second = &read_by(&house, MENTOR)[1];
    assert_eq!(second.calendars.len(), 2);
    assert!(second.text.contains("taget af kalenderen: sag SPOR-2025-0001."), "{}", second.text);

    house.tick("2026-02-12T05:30").await;
    assert_eq!(said(2), None, "once taken out it is not taken out again");
}

#[tokio::test]
async fn a_meeting_whose_record_was_retracted_is_told_of_without_an_entry() {
    let (second, third) = (later(2, "2026-01-07"), later(3, "2026-01-08"));
    let entries: Vec<&str> = STAFF.into_iter().chain([OPENED, &second, &third]).collect();
    let house = House::with(&entries).await;
    house.tick(NOTICE).await;
    let id = uid(&read_by(&house, MENTOR)[0].calendars[0]);
    let held = HELD.replace("participants", "id=E-1 participants");
    house.record(&[&held], at("2026-02-10T09:00")).await;
    house.tick("2026-02-11T05:30").await;
    let back = "2026-02-11 EntryRetracted target=E-1 reason='the wrong case'";
    house.record(&[back], at("2026-02-11T12:00")).await;
    for day in 12..=20 {
        house.tick(&format!("2026-02-{day}T05:30")).await;
    }
    // The next level comes when the day has passed: the letter says so, a calendar has no use for it.
    let letters = letters_to(&house, MENTOR);
    let said: Vec<Method> = letters
        .iter()
        .filter_map(|letter| spor_mail::calendar::Said::of(&letter.bytes).about(&id))
        .collect();
    assert_eq!(said, [Method::Publish, Method::Cancel]);
    assert!(read_by(&house, MENTOR).iter().any(|read| read.text.contains("OVERSKREDET")));
}

#[tokio::test]
async fn letters_about_one_case_hang_together_and_others_by_their_reader() {
    let second = later(2, "2026-01-15");
    let entries: Vec<&str> = STAFF.into_iter().chain([OPENED, &second]).collect();
    let house = House::with(&entries).await;
    for now in [NOTICE, "2026-02-17T05:30", "2026-02-19T05:30", "2026-02-27T05:30"] {
        house.tick(now).await;
    }
    let threads = |address| -> Vec<String> {
        let letters = letters_to(&house, address);
        letters.iter().map(|letter| header(letter, "References").expect("a thread")).collect()
    };
    let (mentor, caseworker) = (threads(MENTOR), threads(CASEWORKER));
    assert_eq!(mentor[0], mentor[1], "the same case");
    assert_eq!(mentor[0], caseworker[0], "to whomever");
    assert_ne!(mentor[0], mentor[2], "another case");
    assert_eq!(mentor.len(), 4);
    assert!(!mentor.contains(&caseworker[3]), "a digest of two cases is its reader's own");
    assert!(mentor.iter().all(|thread| !thread.contains("2025")), "{mentor:?}");
}

#[tokio::test]
async fn a_text_that_fails_is_let_go_of_and_the_lead_is_told_in_our_own_words() {
    let house = House::usual().await;
    let broken = Override {
        language: Language::Da,
        file: "follow_up.txt".to_owned(),
        text: "{% extends \"item.txt\" %}{% block subject %}x{% endblock %}{{ name }}\
               {% block matter %}{{ name }}{% endblock %}"
            .to_owned(),
    };
    let scheduler = house.scheduler_with_texts(Texts::with(&[broken]));
    let slot = scheduler.tick(at(NOTICE)).await.unwrap();
    assert_eq!((slot.suppressed, slot.composed, slot.unwritten), (2, 0, 0));
    let told = scheduler.tick(at("2026-02-09T05:31")).await.unwrap();
    assert_eq!((told.composed, told.sent), (1, 1));
    let letter = &read_by(&house, LEAD)[0];
    assert!(letter.text.contains("kunne ikke skrives"), "{}", letter.text);
    assert!(letter.text.contains("SPOR-2025-0001"), "{}", letter.text);
    assert_eq!(
        house.told().await,
        [
            "notice caseworker SB-01 suppressed refused_text",
            "notice mentor M-01 suppressed refused_text",
            "notice professional_lead L-01 composed alarm:refused_text:mentor",
        ]
    );
    let acts = house.acts().await;
    assert_eq!(acts.iter().filter(|act| *act == "ReminderSuppressed").count(), 2, "{acts:?}");
    // The next level is written by texts that were put right.
    assert_eq!(house.tick("2026-02-17T05:30").await.sent, 2);
}

#[tokio::test]
async fn the_name_of_a_case_that_cannot_be_read_stands_in_no_letter_either() {
    let house = House::usual().await;
    let body = r#"{"minutes":"many"}"#.to_owned();
    let broken = NewEvent { body, ..fact("SessionHeld") };
    let append = Append {
        commit: commit("session"),
        expected: Expected::Any,
        events: vec![(stream::of_case(&case()), broken)],
        at: at("2026-01-06T12:00"),
        ledger: Vec::new(),
        priority: Priority::People,
    };
    house.store.append(append).await.unwrap();
    let text = |name: &str| Override {
        language: Language::Da,
        file: "unknown_case.txt".to_owned(),
        text: format!(
            "{{% extends \"item.txt\" %}}{{% block subject %}}Et forløb{{% endblock %}}\
             {{% block matter %}}forløbet om {name} kan ikke læses{{% endblock %}}"
        ),
    };
    let named = house.scheduler_with_texts(Texts::with(&[text("Alder Ahornsen")]));
    let slot = named.tick(at(NOTICE)).await.unwrap();
    assert_eq!((slot.suppressed, slot.composed), (2, 0), "{slot:?}");
    let told = house.told().await;
    assert!(told.iter().all(|line| line.ends_with("suppressed refused_known_name")), "{told:?}");
    for letter in house.server.letters() {
        assert!(!reading::read(&letter.bytes).unwrap().text.contains("Ahornsen"));
    }
}

#[tokio::test]
async fn a_preview_shows_the_letter_of_the_next_round_and_changes_nothing() {
    let house = House::usual().await;
    let mentor = PersonRef::parse("M-01").unwrap();
    let scheduler = house.scheduler();
    house.runner.catch_up(std::time::Duration::from_secs(20), at(NOTICE)).await.unwrap();
    let early = scheduler.preview(&mentor, at("2026-02-06T05:30")).await.unwrap();
    assert_eq!(early, Preview::Nothing);
    let shown = scheduler.preview(&mentor, at(NOTICE)).await.unwrap();
    assert!(house.ledger().await.is_empty() && house.server.letters().is_empty());
    house.tick(NOTICE).await;
    assert_eq!(shown, Preview::Letter(letters_to(&house, MENTOR)[0].bytes.clone()));
    assert_eq!(scheduler.preview(&mentor, at(NOTICE)).await.unwrap(), Preview::Nothing);
    let nobody = PersonRef::parse("M-99").unwrap();
    let nobody = scheduler.preview(&nobody, at(NOTICE)).await.unwrap();
    assert_eq!(nobody, Preview::Unreachable("recipient_unknown"));
}

/// The mentor's entry with another address or name.
async fn with_mentor(from: &str, to: &str) -> House {
    let mentor = STAFF[0].replace(from, to);
    let entries: Vec<&str> =
        [mentor.as_str()].into_iter().chain(STAFF[1..].iter().copied()).collect();
    House::with(&entries.into_iter().chain([OPENED]).collect::<Vec<_>>()).await
}

#[tokio::test]
async fn a_recipient_without_address_is_an_alarm_and_the_others_are_told() {
    let house = with_mentor("email=mentor@kommune.example", "email=''").await;
    let slot = house.tick(NOTICE).await;
    assert_eq!((slot.suppressed, slot.sent), (1, 2));
    assert!(
        house.told().await.contains(&"notice mentor M-01 suppressed recipient_unknown".to_owned())
    );
    assert_eq!(house.arrived(), [(CASEWORKER.into(), 1), (LEAD.into(), 1)].into());
}

#[tokio::test]
async fn an_address_that_is_more_than_one_reaches_nobody_and_adds_no_header() {
    let address = "email='mentor@kommune.example,alle@kommune.example'";
    let house = with_mentor("email=mentor@kommune.example", address).await;
    let slot = house.tick(NOTICE).await;
    assert_eq!((slot.suppressed, slot.sent), (1, 2));
    for letter in house.server.letters() {
        assert!(!String::from_utf8_lossy(&letter.bytes).contains("alle@kommune.example"));
        assert!(!letter.to.contains(&"alle@kommune.example".to_owned()));
    }
}

#[tokio::test]
async fn a_name_that_no_header_can_quote_stands_in_none() {
    let house = with_mentor("name='Asta Eksempel'", "name='\"Asta <a@b.example>,:;'").await;
    assert_eq!(house.tick(NOTICE).await.sent, 2);
    let letter = &letters_to(&house, MENTOR)[0];
    assert_eq!(header(letter, "To").as_deref(), Some(MENTOR));
    assert_eq!(header(letter, "From").as_deref(), Some("spor@kommune.example"));
    assert!(!String::from_utf8_lossy(&letter.bytes).contains("a@b.example"));
}
