//! What never arrived is somebody's to know: the lead hears of it in a letter of their own.

use chrono::TimeDelta;
use spor_scheduler::effect::{Span, effects};
use spor_store::LetterState;

use super::NOTICE;
use super::house::{CASEWORKER, House, LEAD, MANAGEMENT, MENTOR, at};

#[tokio::test]
async fn a_letter_that_is_refused_for_good_is_an_alarm_to_the_lead() {
    let house = House::usual().await;
    house.server.script("answer[mentor@kommune.example]:554*1");
    let slot = house.tick(NOTICE).await;
    assert_eq!((slot.sent, slot.dead), (1, 1));
    house.tick("2026-02-09T05:31").await;
    assert!(house.read_by(LEAD)[0].contains("SPOR-2025-0001"));
    assert!(house.read_by(LEAD)[0].contains("Brevet til rollen mentor i sagen blev afvist"));
    let alarm = "notice professional_lead L-01 composed alarm:letter_refused:mentor".to_owned();
    assert!(house.told().await.contains(&alarm), "{:?}", house.told().await);
    // The address is one: the next level goes to the mentor as ever, and to the lead no more.
    house.tick("2026-02-17T05:30").await;
    assert_eq!(
        house.arrived(),
        [(MENTOR.into(), 1), (CASEWORKER.into(), 2), (LEAD.into(), 1)].into()
    );
}

#[tokio::test]
async fn a_letter_refused_for_three_days_is_an_alarm_to_the_lead() {
    let house = House::usual().await;
    house.server.script("recipient[mentor@kommune.example]:451");
    let scheduler = house.scheduler();
    for hours in 0..100 {
        let now = at(NOTICE).checked_add_signed(TimeDelta::hours(hours)).unwrap();
        scheduler.tick(now).await.unwrap();
    }
    assert_eq!(house.letters(&[LetterState::Dead]).await.len(), 1);
    assert!(house.read_by(LEAD)[0].contains("SPOR-2025-0001"));
    assert!(house.read_by(LEAD)[0].contains("Brevet til rollen mentor i sagen blev afvist"));
    let alarm = "notice professional_lead L-01 composed alarm:refused_too_long:mentor".to_owned();
    assert!(house.told().await.contains(&alarm), "{:?}", house.told().await);
}

#[tokio::test]
async fn what_does_not_reach_the_lead_reaches_management() {
    let house = House::usual().await;
    for now in [NOTICE, "2026-02-17T05:30"] {
        house.tick(now).await;
    }
    house.server.script("answer[leder@kommune.example]:554*1");
    house.tick("2026-02-23T05:30").await;
    assert_eq!(house.letters(&[LetterState::Dead]).await.len(), 1);
    house.tick("2026-02-23T05:31").await;
    assert_eq!(house.arrived()[MANAGEMENT], 1);
    assert!(!house.arrived().contains_key(LEAD));
}

#[tokio::test]
async fn an_address_that_a_person_released_is_written_to_again() {
    let house = House::usual().await;
    house.server.script("recipient[mentor@kommune.example]:550*1");
    assert_eq!(house.tick(NOTICE).await.dead, 1);
    let note = ("the address was released by L-01", at("2026-02-09T12:00"));
    assert_eq!(house.store.release_address(MENTOR, note).await.unwrap(), Some(true));
    let dead = &house.letters(&[LetterState::Dead]).await[0];
    assert!(house.store.retry_letter(dead.letter.id, at("2026-02-09T12:00")).await.unwrap());
    house.tick("2026-02-09T12:01").await;
    assert_eq!(house.arrived()[MENTOR], 1, "the letter that was given up");
    house.tick("2026-02-17T05:30").await;
    assert_eq!(house.arrived()[MENTOR], 2, "and the next level");
}

#[tokio::test]
async fn an_alarm_ends_with_the_duty() {
    let house = House::usual().await;
    house.server.script("answer[mentor@kommune.example]:554*1");
    house.tick(NOTICE).await;
    let held = "2026-02-09 FollowUpHeld participants=caseworker,mentor,youth outcome=continue";
    house.record(&[held], at("2026-02-09T05:30:30Z")).await;
    house.tick("2026-02-09T05:31").await;
    assert!(!house.arrived().contains_key(LEAD));
}

#[tokio::test]
async fn who_is_away_on_the_day_of_the_letter_is_replaced_by_the_deputy() {
    let deputy = "2025-01-02 StaffRegistered person=M-02 name='Ea Eksempel' \
                  email=ny@kommune.example roles=mentor administration=employment";
    let house = House::usual().await;
    house.record(&[deputy], at("2026-01-06T10:00")).await;
    // Here when the notice is planned on Saturday, away from the Monday of its letter.
    let away = "2026-02-10 AvailabilityChanged person=M-01 absent_from=2026-02-17 \
                absent_until=2026-02-22 deputy=M-02";
    house.record(&[away], at("2026-02-10T10:00")).await;
    house.tick("2026-02-10T10:01").await;
    assert_eq!(house.arrived()[MENTOR], 1);
    house.tick("2026-02-17T05:30").await;
    assert_eq!(house.arrived()["ny@kommune.example"], 1);
    assert_eq!(house.arrived()[MENTOR], 1, "away: the deputy is told instead");
    assert!(house.told().await.contains(&"overdue mentor M-02 composed".to_owned()));
    house.tick("2026-02-23T05:30").await;
    assert_eq!(house.arrived()[MENTOR], 2, "back for the next level");
    assert_eq!(house.arrived()["ny@kommune.example"], 1);
}

#[tokio::test]
async fn who_falls_ill_between_planning_and_writing_is_replaced_too() {
    let deputy = "2025-01-02 StaffRegistered person=M-02 name='Ea Eksempel' \
                  email=ny@kommune.example roles=mentor administration=employment";
    let house = House::with(&super::house::STAFF).await;
    house.record(&[deputy, super::house::OPENED], at("2026-02-14T10:00")).await;
    assert_eq!(house.tick("2026-02-14T10:01").await.planned, 2);
    let ill = "2026-02-15 AvailabilityChanged person=M-01 absent_from=2026-02-16 deputy=M-02";
    house.record(&[ill], at("2026-02-15T20:00")).await;
    house.tick("2026-02-16T05:30").await;
    assert_eq!(house.arrived(), [(CASEWORKER.into(), 1), ("ny@kommune.example".into(), 1)].into());
}

#[tokio::test]
async fn the_effect_is_counted_from_the_letter_to_the_deed() {
    let second = super::house::OPENED.replace("birth_date", "case=SPOR-2025-0002 birth_date");
    let house = House::usual().await;
    house.record(&[&second], at("2026-01-06T12:00")).await;
    house.tick(NOTICE).await;
    // One is met in three days; the other goes on to the next level and is met after it.
    let held = "2026-02-12 FollowUpHeld participants=caseworker,mentor,youth outcome=continue";
    house.record(&[held], at("2026-02-12T10:00")).await;
    house.tick("2026-02-17T05:30").await;
    let late = "2026-02-19 FollowUpHeld case=SPOR-2025-0002 participants=caseworker,mentor,youth \
                outcome=continue";
    house.record(&[late], at("2026-02-19T10:00")).await;
    let found = effects(&house.memory, Span::default(), at("2026-02-20T10:00")).await.unwrap();
    let [of] = &found[..] else { panic!("{found:?}") };
    // Notices to two people about two cases, and one case's next level to the same two.
    assert_eq!((of.rule, of.sent, of.told, of.met), ("R01", 6, 3, 3));
    // After three, ten and two days; of the two notices one was met before its next level, and the
    // level after that was met before its own.
    assert_eq!(of.median_days, Some(3.0));
    assert_eq!((of.judged, of.before_next_pct), (3, Some(66.7)));
    let early = Span { until: Some("2026-02-10".parse().unwrap()), ..Span::default() };
    let found = effects(&house.memory, early, at("2026-02-20T10:00")).await.unwrap();
    assert_eq!((found[0].sent, found[0].told, found[0].before_next_pct), (4, 2, Some(50.0)));
}
