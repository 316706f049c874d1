//! What fails between the outbox and the reader, and what becomes of it.

use std::time::Duration;

use chrono::TimeDelta;
use spor_scheduler::settings::{Settings, WhenInDoubt};
use spor_scheduler::tick::{Scheduler, Ticked};
use spor_store::{LetterState, OpenBreaker, Rate};
use spor_tests::smtp::Server;

use super::NOTICE;
use super::house::{CASEWORKER, House, LEAD, MENTOR, OPENED, STAFF, at, on_both};
use spor_history::load::Memory;
use spor_projections::runner::Runner;

on_both! {
    a_letter_that_is_refused_for_now_is_tried_again,
    an_address_that_is_refused_is_given_up_and_the_lead_is_told,
    a_letter_in_doubt_goes_out_once_more_with_the_same_bytes,
    a_letter_three_times_in_doubt_waits_for_a_person,
    in_doubt_a_person_is_asked_at_once_where_that_is_wanted,
    a_worker_that_dies_before_the_hand_over_leaves_its_letter_alone_for_a_minute,
    whoever_dies_between_two_steps_leaves_rows_that_the_next_one_goes_on_from,
    letters_go_out_no_faster_than_two_processes_together_may,
    one_letter_shows_whether_a_relay_that_refused_us_takes_letters_again,
    a_letter_refused_for_three_days_is_given_up_once,
    a_refusal_of_us_burns_no_attempt,
    days_without_a_relay_become_one_letter,
    a_lost_connection_costs_nobody_a_letter,
    a_dialogue_that_hangs_keeps_no_other_letter_waiting,
    two_schedulers_on_one_store_send_each_letter_once,
    a_worker_that_dies_while_handing_over_leaves_a_letter_in_doubt,
}

async fn a_letter_that_is_refused_for_now_is_tried_again() {
    let house = House::usual().await;
    house.server.script("recipient[mentor@kommune.example]:451*2");
    let slot = house.tick(NOTICE).await;
    assert_eq!((slot.sent, slot.deferred), (1, 1));
    let waits = &house.letters(&[LetterState::Deferred]).await[0];
    assert!(waits.letter.next_at > at(NOTICE) && waits.letter.next_at < at("2026-02-09T05:32"));
    assert_eq!(waits.smtp_code, Some(451));
    assert_eq!(house.tick("2026-02-09T05:30:20Z").await.deferred, 0);
    assert_eq!(house.tick("2026-02-09T05:32").await.deferred, 1);
    assert_eq!(house.tick("2026-02-09T05:33").await.sent, 0);
    assert_eq!(house.tick("2026-02-09T05:39").await.sent, 1);
    assert_eq!(house.arrived(), [(MENTOR.into(), 1), (CASEWORKER.into(), 1)].into());
}

async fn an_address_that_is_refused_is_given_up_and_the_lead_is_told() {
    let house = House::usual().await;
    house.server.script("recipient[mentor@kommune.example]:550");
    let slot = house.tick(NOTICE).await;
    assert_eq!((slot.sent, slot.dead), (1, 1));
    let dead = &house.letters(&[LetterState::Dead]).await[0];
    assert_eq!((dead.letter.recipient.as_str(), dead.smtp_code), ("M-01", Some(550)));
    let mut acts = house.acts().await;
    acts.sort();
    assert_eq!(acts, ["ReminderFailed", "ReminderSent"]);
    let next = house.tick("2026-02-09T05:31").await;
    assert_eq!((next.composed, next.sent, next.dead), (1, 1, 0));
    assert!(house.read_by(LEAD)[0].contains("SPOR-2025-0001"));
    assert!(house.read_by(LEAD)[0].contains("Brevet til rollen mentor i sagen blev afvist"));
    assert!(!house.read_by(LEAD)[0].contains("Ingen har rollen"));
    // From now on the address is known to be none: the next level goes to the lead at once.
    let overdue = house.tick("2026-02-17T05:30").await;
    assert_eq!((overdue.sent, overdue.suppressed), (2, 1));
    assert_eq!(house.arrived(), [(CASEWORKER.into(), 2), (LEAD.into(), 2)].into());
}

async fn a_letter_in_doubt_goes_out_once_more_with_the_same_bytes() {
    let house = House::usual().await;
    house.server.script("answer[mentor@kommune.example]:swallow*1");
    let slot = house.tick(NOTICE).await;
    assert_eq!((slot.sent, slot.in_doubt), (1, 1));
    assert_eq!(house.tick("2026-02-09T05:35").await.sent, 0);
    assert_eq!(house.letters(&[LetterState::InDoubt]).await.len(), 1);
    assert_eq!(house.tick("2026-02-09T05:41").await.sent, 1);
    for now in ["2026-02-09T05:52", "2026-02-10T05:30"] {
        assert_eq!(house.tick(now).await, Ticked { complete: true, ..Ticked::default() });
    }
    let letters = house.server.letters();
    let copies: Vec<_> = letters.iter().filter(|letter| letter.to == [MENTOR]).collect();
    assert_eq!(copies.len(), 2);
    assert_eq!(copies[0].message_id, copies[1].message_id);
    assert!(copies[0].bytes == copies[1].bytes);
    assert_eq!(house.acts().await.len(), 2);
}

async fn a_letter_three_times_in_doubt_waits_for_a_person() {
    let house = House::usual().await;
    house.server.script("answer[mentor@kommune.example]:swallow");
    house.tick(NOTICE).await;
    assert_eq!(house.tick("2026-02-09T05:41").await.in_doubt, 1);
    assert_eq!(house.tick("2026-02-09T05:52").await.held, 1);
    for now in ["2026-02-09T06:30", "2026-02-10T05:30", "2026-02-11T05:30"] {
        house.tick(now).await;
    }
    assert_eq!(house.arrived()[MENTOR], 3);
    let held = house.letters(&[LetterState::Held]).await;
    house.server.clear();
    assert!(house.store.retry_letter(held[0].letter.id, at("2026-02-11T09:00")).await.unwrap());
    assert_eq!(house.tick("2026-02-11T09:01").await.sent, 1);
    assert_eq!(house.arrived()[MENTOR], 4);
}

async fn in_doubt_a_person_is_asked_at_once_where_that_is_wanted() {
    let house = House::usual().await;
    house.server.script("answer[mentor@kommune.example]:swallow");
    let relay = Some(house.relay(house.server.port()));
    let settings = Settings { when_in_doubt: WhenInDoubt::Hold, ..house.settings(relay) };
    let scheduler = Scheduler::new(house.runner.clone(), settings).unwrap();
    let slot = scheduler.tick(at(NOTICE)).await.unwrap();
    assert_eq!((slot.sent, slot.held, slot.in_doubt), (1, 1, 0));
    for now in ["2026-02-09T05:41", "2026-02-10T05:30"] {
        scheduler.tick(at(now)).await.unwrap();
    }
    assert_eq!(house.arrived()[MENTOR], 1);
    assert_eq!(house.letters(&[LetterState::Held]).await.len(), 1);
}

async fn a_letter_refused_for_three_days_is_given_up_once() {
    let house = House::usual().await;
    house.server.script("recipient[mentor@kommune.example]:451");
    let scheduler = house.scheduler();
    let (mut dead, mut deferred) = (0, 0);
    for hours in 0..120 {
        let now = at(NOTICE).checked_add_signed(TimeDelta::hours(hours)).unwrap();
        let ticked = scheduler.tick(now).await.unwrap();
        dead += ticked.dead;
        deferred += ticked.deferred;
        assert!(dead == 0 || hours > 48, "given up after {hours} hours");
    }
    assert_eq!(dead, 1);
    assert!((10..40).contains(&deferred), "{deferred}");
    // The last one is the lead's: who could not be reached is no secret.
    assert_eq!(house.acts().await, ["ReminderSent", "ReminderFailed", "ReminderSent"]);
    assert_eq!(house.arrived(), [(CASEWORKER.into(), 1), (LEAD.into(), 1)].into());
}

async fn a_refusal_of_us_burns_no_attempt() {
    let house = House::usual().await;
    house.server.script("auth:535*1");
    let slot = house.tick(NOTICE).await;
    assert!(slot.relay_fault.is_some_and(|fault| fault.contains("535")));
    assert!(house.letters(&[LetterState::Ready]).await.iter().all(|row| row.attempts == 0));
    let closed: Option<OpenBreaker> = house.store.breaker("relay").await.unwrap();
    assert!(closed.is_some_and(|open| open.until > at("2026-02-09T05:40")));
    let paused = house.tick("2026-02-09T05:31").await;
    assert_eq!((paused.sent, paused.relay_fault.is_some()), (0, true));
    let after = house.tick("2026-02-09T05:46").await;
    assert_eq!((after.sent, after.relay_fault), (2, None));
    assert_eq!(house.store.breaker("relay").await.unwrap(), None);
}

async fn days_without_a_relay_become_one_letter() {
    let house = House::usual().await;
    let gone = Server::start(spor_tests::smtp::Config::default()).await.unwrap();
    let port = gone.port();
    drop(gone);
    for now in [NOTICE, "2026-02-10T05:30", "2026-02-17T05:30", "2026-02-23T05:30"] {
        let ticked = house.scheduler_with(Some(house.relay(port))).tick(at(now)).await.unwrap();
        assert_eq!((ticked.sent, ticked.relay_fault.is_some()), (0, true), "at {now}");
    }
    house.tick("2026-02-24T05:30").await;
    assert_eq!(
        house.arrived(),
        [(MENTOR.into(), 1), (CASEWORKER.into(), 1), (LEAD.into(), 1)].into()
    );
    let text = &house.read_by(MENTOR)[0];
    assert!(text.contains("ESKALERET") && text.contains("24 Feb 2026"), "{text}");
}

async fn a_lost_connection_costs_nobody_a_letter() {
    let house = House::usual().await;
    house.server.script("data:421*1");
    house.tick(NOTICE).await;
    house.tick("2026-02-09T05:40").await;
    assert_eq!(house.arrived(), [(MENTOR.into(), 1), (CASEWORKER.into(), 1)].into());
}

async fn a_dialogue_that_hangs_keeps_no_other_letter_waiting() {
    let house = House::usual().await;
    // Letters to three people are leased together, the mentor's before the caseworker's.
    house.server.script("answer[mentor@kommune.example]:wait*1");
    let scheduler = house.scheduler();
    let round = tokio::spawn(async move { scheduler.tick(at("2026-02-23T05:30")).await.unwrap() });
    let all = house.server.wait_for(3);
    tokio::time::timeout(Duration::from_secs(60), all).await.expect("three letters");
    assert!(house.server.waiting() == 1 && !round.is_finished(), "one dialogue still hangs");
    house.server.go_on();
    let ticked = round.await.unwrap();
    assert_eq!((ticked.sent, ticked.in_doubt), (3, 0), "before the time of the one that hung");
    assert_eq!(
        house.arrived(),
        [(MENTOR.into(), 1), (CASEWORKER.into(), 1), (LEAD.into(), 1)].into()
    );
}

async fn two_schedulers_on_one_store_send_each_letter_once() {
    let house = House::usual().await;
    let (first, second) = (house.scheduler(), house.scheduler());
    let now = at(NOTICE);
    let (first, second) = tokio::join!(first.tick(now), second.tick(now));
    assert_eq!(first.unwrap().sent + second.unwrap().sent, 2);
    house.tick("2026-02-09T05:31").await;
    assert_eq!(house.arrived(), [(MENTOR.into(), 1), (CASEWORKER.into(), 1)].into());
}

async fn a_worker_that_dies_while_handing_over_leaves_a_letter_in_doubt() {
    let house = House::usual().await;
    house.scheduler_with(None).tick(at(NOTICE)).await.unwrap();
    let leased = house.store.lease_letters("dead", 1, 1, at(NOTICE)).await.unwrap();
    let (letter, fence) = (leased[0].letter.id, leased[0].fence);
    assert!(house.store.mark_handing_over(letter, fence).await.unwrap());
    // Its lease of one second follows the database's own clock.
    let lapses = async {
        while house.letters(&[LetterState::InDoubt]).await.is_empty() {
            house.tick(NOTICE).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), lapses).await.expect("the lease lapses");
    assert!(!house.store.mark_handing_over(letter, fence).await.unwrap());
    assert_eq!(house.server.letters().len(), 1);
    assert_eq!(house.tick("2026-02-09T05:41").await.sent, 1);
    assert_eq!(house.arrived(), [(MENTOR.into(), 1), (CASEWORKER.into(), 1)].into());
    assert_eq!(house.acts().await, ["ReminderSent", "ReminderSent"]);
}

async fn a_worker_that_dies_before_the_hand_over_leaves_its_letter_alone_for_a_minute() {
    let house = House::usual().await;
    house.store.wind_clock(at(NOTICE)).unwrap();
    house.scheduler_with(None).tick(at(NOTICE)).await.unwrap();
    let leased = house.store.lease_letters("dead", 1, 60, at(NOTICE)).await.unwrap();
    assert_eq!(leased.len(), 1);
    house.store.wind_clock(at("2026-02-09T05:31:01Z")).unwrap();
    let after = house.tick("2026-02-09T05:31:01Z").await;
    assert_eq!((after.reaped, after.sent), (1, 1), "the other letter goes out");
    assert_eq!(house.tick("2026-02-09T05:32:00Z").await.sent, 0);
    assert_eq!(house.tick("2026-02-09T05:32:01Z").await.sent, 1);
    assert_eq!(house.arrived(), [(MENTOR.into(), 1), (CASEWORKER.into(), 1)].into());
}

async fn letters_go_out_no_faster_than_two_processes_together_may() {
    let mut entries: Vec<String> = vec![STAFF[1].to_owned(), STAFF[2].to_owned()];
    for number in 1..=12 {
        let mentor = STAFF[0].replace("M-01", &format!("M-{number:02}"));
        entries.push(mentor.replace("mentor@", &format!("mentor{number}@")));
        let case = format!("case=SPOR-2025-00{number:02} birth_date");
        let opened = OPENED.replace("birth_date", &case);
        entries.push(opened.replace("M-01", &format!("M-{number:02}")));
    }
    let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
    let house = House::with(&entries).await;
    let other = house.place.reopen().await;
    let runner = Runner::new(Memory::new(other.clone()), "the other process");
    let scheduler = |runner: &Runner| {
        let relay = Some(house.relay(house.server.port()));
        let settings = Settings { rate: Rate::per_minute(6), ..house.settings(relay) };
        Scheduler::new(runner.clone(), settings).unwrap()
    };
    let (one, two) = (scheduler(&house.runner), scheduler(&runner));
    let mut arrived = Vec::new();
    for second in (0..180).step_by(5) {
        let now = at(NOTICE).checked_add_signed(TimeDelta::seconds(second)).unwrap();
        house.store.wind_clock(now).unwrap();
        other.wind_clock(now).unwrap();
        let before = house.server.letters().len();
        let (first, second) = tokio::join!(one.tick(now), two.tick(now));
        let sent = first.unwrap().sent + second.unwrap().sent;
        arrived.push(house.server.letters().len() - before);
        assert_eq!(sent, *arrived.last().unwrap() as u64);
    }
    let most = arrived.windows(12).map(|minute| minute.iter().sum::<usize>()).max().unwrap();
    assert!(most <= 6, "{most} letters in a minute: {arrived:?}");
    assert_eq!(arrived.iter().sum::<usize>(), 13, "everybody has a letter: {arrived:?}");
    other.close().await.unwrap();
}

async fn one_letter_shows_whether_a_relay_that_refused_us_takes_letters_again() {
    let house = House::usual().await;
    house.server.script("auth:535*1");
    house.tick(NOTICE).await;
    // The relay lets us in again, but refuses what we send from.
    house.server.script("sender:535*1");
    let probe = house.tick("2026-02-09T05:46").await;
    assert_eq!((probe.sent, probe.relay_fault.is_some()), (0, true));
    let tried = house.letters(&[LetterState::Ready]).await;
    assert_eq!(tried.iter().map(|row| row.attempts).sum::<i64>(), 1, "one letter was tried");
    assert_eq!(house.tick("2026-02-09T05:50").await.sent, 0, "the breaker is open again");
    assert_eq!(house.tick("2026-02-09T06:02").await.sent, 2);
    assert_eq!(house.store.breaker("relay").await.unwrap(), None);
}

async fn whoever_dies_between_two_steps_leaves_rows_that_the_next_one_goes_on_from() {
    let house = House::with(&STAFF).await;
    house.record(&[OPENED], at("2026-02-14T10:00")).await;
    // A Saturday: the first process plans, and dies before a letter is written.
    let planned = house.tick("2026-02-14T10:01").await;
    assert_eq!((planned.planned, planned.composed), (2, 0));
    // The second one writes them, and dies before one is sent.
    let written = house.scheduler_with(None).tick(at("2026-02-16T05:30")).await.unwrap();
    assert_eq!((written.planned, written.composed, written.sent), (0, 2, 0));
    // The third one has leased one of them, and dies.
    house.store.wind_clock(at("2026-02-16T05:31")).unwrap();
    let leased = house.store.lease_letters("dead", 1, 60, at("2026-02-16T05:31")).await.unwrap();
    assert_eq!(leased.len(), 1);
    house.store.wind_clock(at("2026-02-16T05:33")).unwrap();
    for now in ["2026-02-16T05:33", "2026-02-16T05:34", "2026-02-16T05:35"] {
        house.tick(now).await;
    }
    assert_eq!(house.arrived(), [(MENTOR.into(), 1), (CASEWORKER.into(), 1)].into());
}
