//! What mail servers report later of letters that the relay had taken.

use spor_mail::bounce::{self, Report};
use spor_scheduler::bounces::Fate;
use spor_store::{LetterRow, LetterState};
use spor_tests::report::{Notice, notice};

use super::NOTICE;
use super::house::{CASEWORKER, House, LEAD, MENTOR, at};

const LATER: &str = "2026-02-09T08:00";

/// A municipality in which everybody has had the letter, and the mentor's letter.
async fn sent() -> (House, LetterRow) {
    let house = House::usual().await;
    assert_eq!(house.tick(NOTICE).await.sent, 2);
    let letters = house.letters(&[LetterState::Sent]).await;
    let to_mentor = letters.into_iter().find(|letter| letter.letter.address == MENTOR);
    (house, to_mentor.expect("a letter to the mentor"))
}

fn report(letter: &LetterRow, change: impl FnOnce(&mut Notice)) -> Report {
    let mut notice_of = Notice {
        envelope_id: Some(letter.letter.id.to_string()),
        message_id: Some(letter.letter.message_id.clone()),
        address: letter.letter.address.clone(),
        action: "failed",
        status: "5.1.1",
        words: "550 5.1.1 User unknown".to_owned(),
    };
    change(&mut notice_of);
    bounce::read(notice(&notice_of).as_bytes()).expect("a report")
}

async fn heard(house: &House, report: &Report) -> Fate {
    house.scheduler().hear(report, at(LATER), false).await.expect("a report is heard").fate
}

/// Everything that a report could have changed.
async fn all(house: &House) -> (Vec<LetterRow>, Vec<String>, Vec<String>, usize) {
    let suppressed = house.store.suppressions().await.unwrap().len();
    (house.letters(&[]).await, house.told().await, house.acts().await, suppressed)
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_and_the_lead_is_told() {
    for by_name in [true, false] {
        let (house, letter) = sent().await;
        let report = report(&letter, |notice| {
            if !by_name {
                notice.envelope_id = None;
            }
        });
        assert_eq!(heard(&house, &report).await, Fate::AddressRefused);
        let dead = house.letters(&[LetterState::Dead]).await;
        assert_eq!(dead.len(), 1);
        assert_eq!(dead[0].letter.id, letter.letter.id);
        assert_eq!(
            dead[0].smtp_text.as_deref(),
            Some("report: 5.1.1 failed 550 5.1.1 User unknown")
        );
        assert_eq!(house.store.suppressions().await.unwrap()[0].address, MENTOR);
        assert_eq!(house.acts().await, ["ReminderSent", "ReminderSent", "ReminderFailed"]);
        let next = house.tick("2026-02-09T08:01").await;
        assert_eq!((next.composed, next.sent), (1, 1), "the lead hears of it");
        assert!(house.read_by(LEAD)[0].contains("SPOR-2025-0001"));
        // The next level goes to the lead at once, and to nobody's old address.
        house.tick("2026-02-17T05:30").await;
        assert_eq!(house.arrived()[MENTOR], 1);
        assert_eq!(house.arrived()[LEAD], 2);
        assert_eq!(house.arrived()[CASEWORKER], 2);
    }
}

#[tokio::test]
async fn a_letter_that_will_not_arrive_is_dead_and_its_address_is_good() {
    for (status, address) in [
        ("5.7.1", MENTOR),
        ("5.2.2", MENTOR),
        ("4.4.7", MENTOR),
        // The address it was passed on to is not ours to judge.
        ("5.1.1", "elsewhere@privat.example"),
    ] {
        let (house, letter) = sent().await;
        let report = report(&letter, |notice| {
            notice.status = status;
            notice.address = address.to_owned();
        });
        assert_eq!(heard(&house, &report).await, Fate::Dead, "{status}");
        assert_eq!(house.letters(&[LetterState::Dead]).await.len(), 1);
        assert!(house.store.suppressions().await.unwrap().is_empty());
        assert_eq!(house.acts().await, ["ReminderSent", "ReminderSent", "ReminderFailed"]);
        house.tick("2026-02-09T08:01").await;
        assert_eq!(house.arrived()[LEAD], 1, "{status}: the lead hears of it");
        house.tick("2026-02-17T05:30").await;
        assert_eq!(house.arrived()[MENTOR], 2, "{status}: the next level goes to the mentor");
    }
}

#[tokio::test]
async fn a_delay_is_noted_and_changes_nothing_else() {
    let (house, letter) = sent().await;
    let late = report(&letter, |notice| {
        (notice.action, notice.status) = ("delayed", "4.4.1");
        "451 4.4.1 no answer".clone_into(&mut notice.words);
    });
    assert_eq!(heard(&house, &late).await, Fate::Delayed);
    let sent = house.letters(&[LetterState::Sent]).await;
    assert_eq!(sent.len(), 2);
    let told = sent.iter().find(|sent| sent.letter.id == letter.letter.id).unwrap();
    assert_eq!(told.smtp_text.as_deref(), Some("report: 4.4.1 delayed 451 4.4.1 no answer"));
    assert_eq!(house.acts().await, ["ReminderSent", "ReminderSent"]);
    assert_eq!(heard(&house, &late).await, Fate::Known);
    // And in the end it does not arrive.
    assert_eq!(heard(&house, &report(&letter, |_| {})).await, Fate::AddressRefused);
}

#[tokio::test]
async fn the_same_report_read_twice_changes_nothing_and_repeats_a_lost_alarm() {
    let (house, letter) = sent().await;
    let report = report(&letter, |_| {});
    assert_eq!(heard(&house, &report).await, Fate::AddressRefused);
    let before = all(&house).await;
    assert_eq!(heard(&house, &report).await, Fate::Known);
    assert_eq!(all(&house).await, before);
}

#[tokio::test]
async fn a_trial_says_what_would_be_and_does_nothing() {
    let (house, letter) = sent().await;
    let before = all(&house).await;
    let report = report(&letter, |_| {});
    let heard = house.scheduler().hear(&report, at(LATER), true).await.unwrap();
    assert_eq!((heard.fate, heard.recipient.as_deref()), (Fate::AddressRefused, Some("M-01")));
    assert_eq!(all(&house).await, before);
}

#[tokio::test]
async fn a_forged_report_moves_nothing() {
    let (house, letter) = sent().await;
    // A second case's letter waits: it was never handed in.
    house.server.script("sender:451");
    house.tick("2026-02-17T05:30").await;
    let waiting = house.letters(&[LetterState::Ready, LetterState::Deferred]).await;
    let before = all(&house).await;
    assert!(!waiting.is_empty());
    assert_eq!(heard(&house, &report(&waiting[0], |_| {})).await, Fate::NotSent);
    let stranger = report(&letter, |notice| {
        notice.envelope_id = Some("0190a0f0-0000-5000-8000-000000000002".to_owned());
    });
    assert_eq!(heard(&house, &stranger).await, Fate::Unknown);
    let two = report(&letter, |notice| {
        notice.message_id = Some(waiting[0].letter.message_id.clone());
    });
    assert_eq!(heard(&house, &two).await, Fate::Unknown, "it names two letters");
    let none = report(&letter, |notice| (notice.envelope_id, notice.message_id) = (None, None));
    assert_eq!(heard(&house, &none).await, Fate::Unknown);
    let passed = report(&letter, |notice| notice.action = "relayed");
    assert_eq!(heard(&house, &passed).await, Fate::Passed);
    assert_eq!(all(&house).await, before);
}
