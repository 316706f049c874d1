//! After a restore nothing goes out that may have gone out before.

use spor_store::{LetGo, LetterState};

use super::house::{CASEWORKER, House, MENTOR, at, on_both};

on_both! {
    what_was_due_before_the_restore_is_written_and_held,
    a_person_lets_held_letters_go_out_once,
    a_person_may_say_that_they_have_gone_out,
    what_becomes_due_after_the_restore_goes_out_although_a_quarantine_is_on,
}

/// A backup of the 5th is restored on Friday the 13th: the notice of the 9th may have gone out.
async fn restored() -> House {
    let house = House::usual().await;
    house.store.begin_quarantine(at("2026-02-12T07:00"), at("2026-02-13T07:00")).await.unwrap();
    house
}

async fn what_was_due_before_the_restore_is_written_and_held() {
    let house = restored().await;
    let ticked = house.tick("2026-02-13T07:00").await;
    assert_eq!((ticked.planned, ticked.composed, ticked.held, ticked.sent), (2, 2, 2, 0));
    assert_eq!(house.letters(&[LetterState::Held]).await.len(), 2);
    for later in ["2026-02-13T09:00", "2026-02-16T05:30"] {
        let ticked = house.tick(later).await;
        assert_eq!((ticked.composed, ticked.sent, ticked.withdrawn), (0, 0, 0), "{later}");
    }
    assert!(house.arrived().is_empty());
}

async fn a_person_lets_held_letters_go_out_once() {
    let house = restored().await;
    house.tick("2026-02-13T07:00").await;
    assert_eq!(house.store.end_quarantine(LetGo::Send, at("2026-02-13T08:00")).await.unwrap(), 2);
    house.tick("2026-02-13T08:01").await;
    house.tick("2026-02-13T08:05").await;
    house.tick("2026-02-16T05:30").await;
    assert_eq!(house.arrived(), [(MENTOR.into(), 1), (CASEWORKER.into(), 1)].into());
}

async fn a_person_may_say_that_they_have_gone_out() {
    let house = restored().await;
    house.tick("2026-02-13T07:00").await;
    let at = at("2026-02-13T08:00");
    assert_eq!(house.store.end_quarantine(LetGo::Cancel, at).await.unwrap(), 2);
    house.tick("2026-02-16T05:30").await;
    assert!(house.arrived().is_empty());
    // The next level is news to everybody.
    house.tick("2026-02-17T05:30").await;
    assert_eq!(house.arrived()[CASEWORKER], 1);
}

async fn what_becomes_due_after_the_restore_goes_out_although_a_quarantine_is_on() {
    let house = restored().await;
    house.tick("2026-02-13T07:00").await;
    let overdue = house.tick("2026-02-17T05:30").await;
    assert!(overdue.sent >= 2 && overdue.held == 0, "{overdue:?}");
    assert_eq!(house.arrived()[MENTOR], 1);
}
