//! A letter that waits says nothing that has been settled since: what is left of it is written anew,
//! under another name, unless a relay has ever heard of it.

use spor_scheduler::tick::Ticked;
use spor_store::{LetterState, ReminderState};

use super::NOTICE;
use super::house::{CASEWORKER, House, MENTOR, OPENED, STAFF, at, on_both};

on_both! {
    what_is_met_while_a_letter_waits_is_left_out_and_the_rest_goes,
    what_is_met_on_a_day_without_letters_is_left_out_of_the_next_one,
    two_processes_write_what_is_left_of_a_letter_once,
    a_letter_that_waits_is_written_once_as_long_as_nothing_in_it_changes,
    what_rests_while_a_letter_waits_is_left_out_and_told_later,
    a_letter_that_a_relay_has_heard_stays_as_it_is,
    a_letter_that_a_person_let_out_again_is_never_written_anew,
}

const MET: &str = "2026-02-09 FollowUpHeld participants=caseworker,mentor,youth outcome=continue";

/// A house with two cases, whose notices are written on Monday and not sent.
async fn written() -> House {
    let second = OPENED.replace("birth_date", "case=SPOR-2025-0002 birth_date");
    let entries: Vec<&str> = STAFF.into_iter().chain([OPENED, second.as_str()]).collect();
    let house = House::with(&entries).await;
    let written = house.scheduler_with(None).tick(at(NOTICE)).await.unwrap();
    assert_eq!((written.composed, written.sent), (2, 0));
    house
}

async fn what_is_met_while_a_letter_waits_is_left_out_and_the_rest_goes() {
    let house = written().await;
    let first = house.letters(&[LetterState::Ready]).await;
    house.record(&[MET], at("2026-02-09T06:00")).await;
    let later = house.tick("2026-02-09T06:01").await;
    assert_eq!((later.withdrawn, later.composed, later.sent), (2, 2, 2));
    for reader in [MENTOR, CASEWORKER] {
        let [text] = &house.read_by(reader)[..] else { panic!("one letter to {reader}") };
        assert!(text.contains("SPOR-2025-0002"), "{text}");
        assert!(!text.contains("SPOR-2025-0001"), "{text}");
    }
    let cancelled = house.letters(&[LetterState::Cancelled]).await;
    assert_eq!(cancelled.len(), 2);
    for letter in &cancelled {
        assert!(first.iter().any(|was| was.letter.bytes == letter.letter.bytes), "frozen for ever");
        assert_eq!(
            letter.smtp_text.as_deref(),
            Some("a newer letter carries what is still to be told")
        );
        assert!(house.server.letters().iter().all(|of| of.message_id != letter.letter.message_id));
    }
    for row in house.ledger().await {
        let (state, reason) = match row.case_ref.as_str() {
            "SPOR-2025-0001" => (ReminderState::Cancelled, Some("met")),
            _ => (ReminderState::Composed, None),
        };
        assert_eq!((row.state, row.reason.as_deref()), (state, reason), "{}", row.case_ref);
    }
    for now in ["2026-02-09T06:02", "2026-02-09T15:00", "2026-02-10T05:30"] {
        let again = house.tick(now).await;
        assert_eq!(again, Ticked { complete: true, ..Ticked::default() }, "at {now}");
    }
}

async fn what_is_met_on_a_day_without_letters_is_left_out_of_the_next_one() {
    let house = House::usual().await;
    let second = OPENED.replace("birth_date", "case=SPOR-2025-0002 birth_date");
    house.record(&[&second], at("2026-01-05T12:00")).await;
    // Written on Friday the 13th for want of a letter before; the relay comes back on Saturday.
    house.scheduler_with(None).tick(at("2026-02-13T05:30")).await.unwrap();
    house.record(&[MET], at("2026-02-13T20:00")).await;
    let saturday = house.tick("2026-02-14T08:00").await;
    assert_eq!((saturday.withdrawn, saturday.composed, saturday.sent), (2, 0, 0));
    let monday = house.tick("2026-02-16T05:30").await;
    assert_eq!((monday.composed, monday.sent), (2, 2));
    assert_eq!(house.arrived(), [(MENTOR.into(), 1), (CASEWORKER.into(), 1)].into());
    assert!(!house.read_by(MENTOR)[0].contains("SPOR-2025-0001"));
}

async fn two_processes_write_what_is_left_of_a_letter_once() {
    let house = written().await;
    house.record(&[MET], at("2026-02-09T06:00")).await;
    let other = house.place.reopen().await;
    let memory = spor_history::load::Memory::new(other.clone());
    let runner = spor_projections::runner::Runner::new(memory, "the other process");
    let settings = house.settings(Some(house.relay(house.server.port())));
    let second = spor_scheduler::tick::Scheduler::new(runner, settings).unwrap();
    let (first, now) = (house.scheduler(), at("2026-02-09T06:01"));
    let (one, two) = tokio::join!(first.tick(now), second.tick(now));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!((one.withdrawn + two.withdrawn, one.composed + two.composed), (2, 2));
    house.tick("2026-02-09T06:02").await;
    assert_eq!(house.arrived(), [(MENTOR.into(), 1), (CASEWORKER.into(), 1)].into());
    other.close().await.unwrap();
}

async fn a_letter_that_waits_is_written_once_as_long_as_nothing_in_it_changes() {
    let house = written().await;
    for now in ["2026-02-09T05:31", "2026-02-09T05:32"] {
        let waits = house.scheduler_with(None).tick(at(now)).await.unwrap();
        assert_eq!((waits.withdrawn, waits.composed), (0, 0), "at {now}");
    }
    house.record(&[MET], at("2026-02-09T06:00")).await;
    for (now, letters) in [("2026-02-09T06:01", 2), ("2026-02-09T06:02", 0)] {
        let waits = house.scheduler_with(None).tick(at(now)).await.unwrap();
        assert_eq!((waits.withdrawn, waits.composed), (letters, letters), "at {now}");
    }
    assert_eq!(house.letters(&[LetterState::Ready]).await.len(), 2);
}

async fn what_rests_while_a_letter_waits_is_left_out_and_told_later() {
    let house = written().await;
    let pause = serde_json::json!({
        "type": "RemindersPaused", "case": "SPOR-2025-0001", "date": "2026-02-09",
        "scope": "case", "until": "2026-02-12", "reason": "a pause",
    });
    house.note(&pause, at("2026-02-09T06:00")).await;
    let later = house.tick("2026-02-09T06:01").await;
    assert_eq!((later.withdrawn, later.composed, later.sent), (2, 2, 2));
    assert!(!house.read_by(MENTOR)[0].contains("SPOR-2025-0001"));
    assert_eq!(house.tick("2026-02-12T05:30").await.sent, 0);
    assert_eq!(house.tick("2026-02-13T05:30").await.sent, 2);
    assert!(house.read_by(MENTOR)[1].contains("SPOR-2025-0001"));
}

async fn a_letter_that_a_relay_has_heard_stays_as_it_is() {
    let house = written().await;
    // One relay refuses the letter with an answer, the other answers nothing.
    house.server.script("answer[mentor@kommune.example]:451*1");
    house.server.script("answer[raadgiver@kommune.example]:swallow*1");
    let slot = house.tick("2026-02-09T05:31").await;
    assert_eq!((slot.deferred, slot.in_doubt), (1, 1));
    let heard = house.letters(&[LetterState::Deferred, LetterState::InDoubt]).await;
    house.record(&[MET], at("2026-02-09T05:32")).await;
    for now in ["2026-02-09T05:40", "2026-02-09T05:42"] {
        let later = house.tick(now).await;
        assert_eq!((later.withdrawn, later.composed), (0, 0), "at {now}");
    }
    let sent = house.letters(&[LetterState::Sent]).await;
    assert_eq!(sent.len(), 2);
    for letter in sent {
        assert!(heard.iter().any(|was| was.letter.message_id == letter.letter.message_id));
    }
    assert_eq!(house.read_by(MENTOR).len(), 1, "a copy that was refused is none");
    let copies = house.read_by(CASEWORKER);
    assert_eq!((copies.len(), &copies[0]), (2, &copies[1]));
}

async fn a_letter_that_a_person_let_out_again_is_never_written_anew() {
    let house = written().await;
    house.server.script("answer[mentor@kommune.example]:swallow");
    for now in ["2026-02-09T05:31", "2026-02-09T05:42", "2026-02-09T05:53"] {
        house.tick(now).await;
    }
    let held = house.letters(&[LetterState::Held]).await;
    assert_eq!((held.len(), house.arrived()[MENTOR]), (1, 3));
    house.server.clear();
    house.record(&[MET], at("2026-02-09T06:00")).await;
    assert!(house.store.retry_letter(held[0].letter.id, at("2026-02-10T05:00")).await.unwrap());
    // It is of yesterday and its copies are counted anew, but the relay may have it.
    let next = house.tick("2026-02-10T05:30").await;
    assert_eq!((next.withdrawn, next.composed, next.sent), (0, 0, 1));
    let letters = house.server.letters().into_iter().filter(|letter| letter.to == [MENTOR]);
    let names: Vec<String> = letters.map(|letter| letter.message_id).collect();
    assert_eq!(names, vec![held[0].letter.message_id.clone(); 4]);
}
