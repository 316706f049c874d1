//! Every deadline that passed without a letter has its reason, and what has none is an alarm.

use std::collections::BTreeMap;

use serde_json::json;
use spor_domain::rejection::Language;
use spor_history::load::KnownAt;
use spor_scheduler::explain::{Question, explain};
use spor_scheduler::notice::notice;
use spor_scheduler::silence::{Asked, Audited, audit};
use spor_store::LetterState;

use super::NOTICE;
use super::house::{CASEWORKER, House, MENTOR, OPENED, STAFF, at, case};

/// Everybody but those who would hear that nobody hears.
const NO_LEADS: [&str; 2] = [STAFF[0], STAFF[1]];
/// The day after the due date of the house's follow-up, before the next level's letter.
const AFTER: &str = "2026-02-16T20:00";

async fn audited(house: &House, now: &str) -> Audited {
    let day = |text: &str| text.parse().expect("a day");
    let asked = Asked {
        from: day("2026-02-16"),
        to: day("2026-02-16"),
        known_at: KnownAt::Everything,
        now: at(now),
    };
    audit(&house.memory, &asked, |_| {}).await.expect("an audit")
}

/// The reason of the follow-up's silence; `told` when there was a letter.
async fn reason(house: &House, now: &str) -> String {
    let audited = audited(house, now).await;
    let found = audited.silent.into_iter().find(|silent| silent.rule == "R01");
    found.map_or("told".to_owned(), |silent| silent.reason.unwrap_or("unexplained".to_owned()))
}

/// What an explanation says on the day of the deadline, as stable words, and what to do.
async fn explained(house: &House, now: &str) -> (Vec<String>, String) {
    let case = case();
    let question = Question {
        case: &case,
        rule: "R01",
        day: Some("2026-02-16".parse().expect("a day")),
        known_at: KnownAt::Everything,
        language: Language::En,
    };
    let explanation = explain(&house.memory, &question, at(now)).await.expect("an explanation");
    let codes = explanation.reasons.into_iter().map(|reason| reason.code).collect();
    (codes, explanation.now)
}

async fn house_of(staff: &[&str]) -> House {
    let entries: Vec<&str> = staff.iter().copied().chain([OPENED]).collect();
    House::with(&entries).await
}

#[tokio::test]
async fn a_deadline_with_a_letter_is_no_silence() {
    let house = House::usual().await;
    house.tick(NOTICE).await;
    assert_eq!(reason(&house, AFTER).await, "told");
    assert_eq!(explained(&house, AFTER).await.0[0], "sent");
}

#[tokio::test]
async fn what_was_met_before_its_letter_says_so() {
    let house = House::usual().await;
    let held = "2026-01-20 FollowUpHeld participants=caseworker,mentor,youth outcome=continue";
    house.record(&[held], at("2026-01-20T10:00")).await;
    assert_eq!(reason(&house, AFTER).await, "met_before_letter");
}

#[tokio::test]
async fn what_ceased_before_its_letter_says_so() {
    let house = House::usual().await;
    house.record(&["2026-01-30 CaseClosed reason=youth_wish"], at("2026-01-30T10:00")).await;
    assert_eq!(reason(&house, AFTER).await, "ended_before_letter");
    assert_eq!(explained(&house, AFTER).await.0[0], "ended");
}

#[tokio::test]
async fn a_scheduler_that_was_off_is_named() {
    let house = House::usual().await;
    house.runner.catch_up(std::time::Duration::from_secs(20), at(NOTICE)).await.unwrap();
    assert_eq!(reason(&house, AFTER).await, "scheduler_was_off");
    assert!(explained(&house, AFTER).await.0.contains(&"nothing_planned".to_owned()));
    // Off until it was met: no row is armed any more, and no round was ever seen.
    let held = "2026-02-12 FollowUpHeld participants=caseworker,mentor,youth outcome=continue";
    house.record(&[held], at("2026-02-12T10:00")).await;
    house.runner.catch_up(std::time::Duration::from_secs(20), at(AFTER)).await.unwrap();
    assert_eq!(reason(&house, AFTER).await, "scheduler_was_off");
}

#[tokio::test]
async fn a_letter_that_nobody_tried_to_send_lacks_a_relay() {
    let house = House::usual().await;
    house.scheduler_with(None).tick(at(NOTICE)).await.unwrap();
    assert_eq!(reason(&house, AFTER).await, "no_relay");
    let (codes, now) = explained(&house, AFTER).await;
    assert_eq!(codes, ["no_relay"]);
    assert!(now.contains("mail.host"), "{now}");
}

#[tokio::test]
async fn a_person_without_an_address_and_an_empty_role_are_told_apart() {
    let house = house_of(&[]).await;
    house.tick(NOTICE).await;
    assert_eq!(reason(&house, AFTER).await, "recipient_unknown");
    let left = ["2026-01-06 StaffLeft person=M-01", "2026-01-06 StaffLeft person=SB-01"];
    let entries: Vec<&str> = NO_LEADS.into_iter().chain([OPENED]).chain(left).collect();
    let house = House::with(&entries).await;
    house.tick(NOTICE).await;
    assert_eq!(reason(&house, AFTER).await, "role_vacant");
    let (codes, now) = explained(&house, AFTER).await;
    assert_eq!(codes[0], "role_vacant");
    assert!(now.contains("spor staff add"), "{now}");
}

#[tokio::test]
async fn each_answer_of_the_relay_is_a_reason_of_its_own() {
    for (script, expected) in [
        ("recipient:550", "address_refused"),
        ("recipient:451", "deferred"),
        ("answer:swallow", "in_doubt"),
        ("answer:554", "dead"),
        ("auth:535", "breaker_open"),
    ] {
        let house = house_of(&NO_LEADS).await;
        house.server.script(script);
        house.tick(NOTICE).await;
        // The breaker opens for a quarter of an hour.
        assert_eq!(reason(&house, "2026-02-09T05:40").await, expected, "{script}");
        let (codes, now) = explained(&house, "2026-02-09T05:40").await;
        assert!(codes.contains(&expected.to_owned()), "{script}: {codes:?}");
        assert!(!now.is_empty());
    }
}

#[tokio::test]
async fn a_letter_that_is_held_says_so() {
    let house = House::usual().await;
    house.store.begin_quarantine(at("2026-02-12T07:00"), at("2026-02-13T07:00")).await.unwrap();
    house.tick("2026-02-13T07:00").await;
    assert_eq!(reason(&house, AFTER).await, "held");
    assert!(explained(&house, AFTER).await.1.contains("spor store release"));
}

#[tokio::test]
async fn a_pause_and_a_snooze_are_reasons() {
    let house = House::usual().await;
    let pause = json!({"date": "2026-02-02", "type": "RemindersPaused", "scope": "case",
        "until": "2026-02-28", "reason": "moving"});
    house.note(&pause, at("2026-02-02T10:00")).await;
    assert_eq!(reason(&house, AFTER).await, "paused");
    assert_eq!(explained(&house, AFTER).await.0[0], "paused");
    let resumed = json!({"date": "2026-02-06", "type": "RemindersResumed", "scope": "case"});
    house.note(&resumed, at("2026-02-06T10:00")).await;
    assert_eq!(reason(&house, AFTER).await, "scheduler_was_off");
    let view = house.memory.case(&case(), KnownAt::Everything).await.unwrap().case;
    let cycle = view.entries().iter().find(|entry| entry.event.type_name() == "CaseOpened");
    let cycle = cycle.expect("the opening").event_id.to_string();
    let mut snooze = json!({"date": "2026-02-06", "type": "ReminderSnoozed", "rule": "R01",
        "cycle": cycle, "level": "notice", "recipient_role": "mentor", "recipient": "M-01",
        "policy_version": 1, "rules_version": 1, "until": "2026-02-20", "reason": "holiday"});
    house.note(&snooze, at("2026-02-06T11:00")).await;
    assert_eq!(reason(&house, AFTER).await, "snoozed");
    snooze["type"] = json!("ReminderAcknowledged");
    house.note(&snooze, at("2026-02-06T12:00")).await;
    assert!(explained(&house, AFTER).await.0.contains(&"acknowledged".to_owned()));
}

#[tokio::test]
async fn a_planned_reminder_that_rests_says_so_and_one_that_rounds_left_behind_has_no_reason() {
    let house = House::usual().await;
    let pause = json!({"date": "2026-02-02", "type": "RemindersPaused", "scope": "R01",
        "until": "2026-02-28", "reason": "moving"});
    house.note(&pause, at("2026-02-02T10:00")).await;
    assert_eq!(house.tick(NOTICE).await.sent, 0);
    assert_eq!(reason(&house, "2026-02-09T20:00").await, "paused");

    let house = House::usual().await;
    // Another case, whose notice comes two days later: a round that is known.
    let other = OPENED.replace("CaseOpened ", "CaseOpened case=SPOR-2025-0002 ");
    let other = other.replace("2026-01-05", "2026-01-07");
    house.record(&[&other], at("2026-01-07T12:00")).await;
    for now in [NOTICE, "2026-02-11T05:30"] {
        house.scheduler_with(None).tick(at(now)).await.unwrap();
    }
    let options = sqlx::sqlite::SqliteConnectOptions::new();
    let options = options.filename(house.place.folder.path().join("spor.db"));
    let mut database = sqlx::ConnectOptions::connect(&options).await.unwrap();
    let left = "UPDATE reminders SET state = 'planned', letter_id = NULL \
                WHERE case_ref = 'SPOR-2025-0001'";
    sqlx::query(left).execute(&mut database).await.unwrap();
    assert_eq!(reason(&house, "2026-02-09T20:00").await, "planned");
    assert_eq!(reason(&house, AFTER).await, "unexplained");
}

#[tokio::test]
async fn what_was_recorded_when_it_was_all_over_came_late() {
    let held = "2026-03-10 FollowUpHeld participants=caseworker,mentor,youth outcome=continue";
    let house = House::with(&STAFF).await;
    house.record(&[OPENED, held], at("2026-03-20T10:00")).await;
    assert_eq!(reason(&house, "2026-03-20T12:00").await, "recorded_late");
    let imported = "2026-01-05 CaseImported administration=employment caseworker=SB-01 \
                    mentor=M-01 birth_date=2004-01-09 source=OLD source_id=1 \
                    original_start=2026-01-05";
    let house = House::with(&STAFF).await;
    house.record(&[imported, held], at("2026-03-20T10:00")).await;
    assert_eq!(reason(&house, "2026-03-20T12:00").await, "imported_late");
}

#[tokio::test]
async fn what_a_round_passed_over_is_not_explained() {
    let house = House::usual().await;
    let other = OPENED.replace("CaseOpened ", "CaseOpened case=SPOR-2025-0002 ");
    house.record(&[&other], at("2026-01-05T12:00")).await;
    house.scheduler_with(None).tick(at(NOTICE)).await.unwrap();
    assert_eq!(reason(&house, AFTER).await, "no_relay");
    // A row of the ledger is lost: the round that wrote the other case's saw this one, too.
    let options = sqlx::sqlite::SqliteConnectOptions::new();
    let options = options.filename(house.place.folder.path().join("spor.db"));
    let mut database = sqlx::ConnectOptions::connect(&options).await.unwrap();
    let gone = "DELETE FROM reminders WHERE case_ref = 'SPOR-2025-0001'";
    sqlx::query(gone).execute(&mut database).await.unwrap();
    let audited = audited(&house, AFTER).await;
    let follow_ups = audited.silent.iter().filter(|silent| silent.rule == "R01");
    let reasons: BTreeMap<&str, Option<&str>> =
        follow_ups.map(|silent| (silent.case.as_str(), silent.reason.as_deref())).collect();
    let expected = [("SPOR-2025-0001", None), ("SPOR-2025-0002", Some("no_relay"))];
    assert_eq!(reasons, expected.into());
}

#[tokio::test]
async fn a_notice_goes_from_the_fact_to_the_answer_of_the_relay() {
    let house = House::usual().await;
    house.tick(NOTICE).await;
    let row = house.ledger().await.into_iter().find(|row| row.recipient.as_deref() == Some("M-01"));
    let row = row.expect("the mentor's reminder");
    let letter = &house.letters(&[LetterState::Sent]).await[0];
    let (shown, enclosed) = notice(&house.memory, &row.id.to_string(), Language::En).await.unwrap();
    let told = &shown.reminders[0];
    assert_eq!(told.fact.as_ref().unwrap().event_type, "CaseOpened");
    assert_eq!(told.due.unwrap().to_string(), "2026-02-16");
    assert_eq!(told.sent.as_ref().unwrap().event_type, "ReminderSent");
    assert_eq!(shown.letter.as_ref().unwrap().code, Some(250));
    let phases: Vec<&str> = shown.attempts.iter().map(|attempt| attempt.phase).collect();
    assert_eq!(phases.last(), Some(&"sent"), "{phases:?}");
    let arrived = house.server.letters().into_iter().find(|letter| letter.to == [MENTOR]);
    assert_eq!(enclosed.source.unwrap().as_bytes(), arrived.unwrap().bytes);
    let (whole, _) =
        notice(&house.memory, &letter.letter.id.to_string(), Language::En).await.unwrap();
    assert_eq!(whole.letter.unwrap().message_id, letter.letter.message_id);
    assert!(house.arrived().contains_key(CASEWORKER));
    assert!(notice(&house.memory, "no-such-id", Language::En).await.is_err());
}
