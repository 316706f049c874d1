//! What never arrived is somebody's to know: the lead hears of it in a letter of their own.

use chrono::TimeDelta;
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
