use std::collections::BTreeSet;

use uuid::Uuid;

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn circumstances(attempts: i64) -> Circumstances {
    Circumstances {
        letter: LetterId::new(Uuid::from_u128(0x5eed)),
        attempts,
        since: at("2026-03-02T05:30:00Z"),
        now: at("2026-03-02T05:31:00Z"),
        copies: 1,
        most_copies: 3,
        was_in_doubt: false,
    }
}

#[test]
fn every_input_in_every_state_is_answered_and_the_end_is_the_end() {
    for state in STATES {
        for input in Input::ALL {
            for attempts in [-1, 0, 1, 7, 500, i64::MAX] {
                let step = step(state, input, &circumstances(attempts));
                if step.state == state {
                    assert_eq!(step.effects, [], "{state:?} {input:?} did not move");
                }
                let is_report = [Input::Bounced, Input::AddressBounced].contains(&input);
                match state {
                    LetterState::Sent if is_report => assert_eq!(step.state, LetterState::Dead),
                    LetterState::Sent | LetterState::Cancelled => assert_eq!(step.state, state),
                    LetterState::Dead if input != Input::Released => {
                        assert_eq!(step.state, state);
                    }
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn sent_is_reached_by_an_answer_only_and_always_recorded() {
    for state in STATES {
        for input in Input::ALL {
            let step = step(state, input, &circumstances(1));
            let moved = step.state == LetterState::Sent && state != LetterState::Sent;
            assert_eq!(moved, step.effects.contains(&Effect::RecordSent));
            assert!(!moved || input == Input::Accepted);
            let died = step.state == LetterState::Dead && state != LetterState::Dead;
            let told = |effect: &Effect| matches!(effect, Effect::RecordFailed(_));
            assert_eq!(died, step.effects.iter().any(told));
        }
    }
}

#[test]
fn nothing_is_handed_over_without_a_lease_and_no_state_is_a_trap() {
    for state in STATES {
        let step = step(state, Input::HandedOver, &circumstances(1));
        assert_eq!(
            step.state == LetterState::HandingOver,
            matches!(state, LetterState::Leased | LetterState::HandingOver)
        );
    }
    for start in STATES {
        let mut reached = BTreeSet::from([start]);
        loop {
            let next: BTreeSet<LetterState> = reached
                .iter()
                .flat_map(|state| Input::ALL.map(|input| step(*state, input, &circumstances(1))))
                .map(|step| step.state)
                .chain(reached.iter().copied())
                .collect();
            if next == reached {
                break;
            }
            reached = next;
        }
        let ends = [LetterState::Sent, LetterState::Cancelled];
        assert!(ends.iter().any(|end| reached.contains(end)), "{start:?} never ends");
    }
}

#[test]
fn a_letter_waits_longer_each_time_and_is_given_up_after_three_days() {
    let letter = circumstances(1).letter;
    for (attempt, minutes) in (1..).zip([1, 5, 15, 60, 120, 240, 480, 480, 480]) {
        let wait = backoff(letter, attempt);
        assert!(wait >= TimeDelta::seconds(minutes * 48), "{attempt}: {wait}");
        assert!(wait <= TimeDelta::seconds(minutes * 72), "{attempt}: {wait}");
        assert_eq!(wait, backoff(letter, attempt));
    }
    let late = Circumstances { now: at("2026-03-05T05:29:59Z"), ..circumstances(12) };
    assert_eq!(step(LetterState::Leased, Input::Refused, &late).state, LetterState::Dead);
    let early = Circumstances { now: at("2026-03-04T05:30:00Z"), ..circumstances(12) };
    assert_eq!(step(LetterState::Leased, Input::Refused, &early).state, LetterState::Deferred);
}

#[test]
fn a_refusal_of_us_pauses_the_relay_and_costs_the_letter_nothing() {
    let now = circumstances(1).now;
    let step = step(LetterState::Leased, Input::TurnedAway, &circumstances(1));
    let until = now.checked_add_signed(TimeDelta::minutes(BREAKER_MINUTES)).unwrap();
    assert_eq!(step.state, LetterState::Ready);
    assert_eq!(step.effects, [Effect::PauseRelay(until)]);
}

#[test]
fn a_letter_in_doubt_goes_out_again_until_its_copies_are_spent() {
    let spent = Circumstances { copies: 3, ..circumstances(1) };
    for input in [Input::Silent, Input::LeaseLapsed] {
        let again = step(LetterState::HandingOver, input, &circumstances(1));
        assert_eq!(again.state, LetterState::InDoubt);
        assert_eq!(step(LetterState::HandingOver, input, &spent).state, LetterState::Held);
    }
    let over = |circumstances: &Circumstances| {
        step(LetterState::InDoubt, Input::DoubtOver, circumstances).state
    };
    assert_eq!(over(&circumstances(1)), LetterState::Ready);
    assert_eq!(over(&spent), LetterState::Held);
}

#[test]
fn a_letter_is_left_alone_for_a_minute_after_its_worker_was_lost() {
    let now = circumstances(1).now;
    let lapsed = step(LetterState::Leased, Input::LeaseLapsed, &circumstances(1));
    let from = now.checked_add_signed(TimeDelta::seconds(60)).unwrap();
    assert_eq!((lapsed.state, lapsed.effects), (LetterState::Ready, vec![Effect::SendFrom(from)]));
}

#[test]
fn a_letter_that_may_be_at_the_relay_is_never_replaced_by_another() {
    let fresh = Circumstances { copies: 0, ..circumstances(1) };
    let forgotten = Circumstances { was_in_doubt: true, ..fresh };
    for state in [LetterState::Ready, LetterState::Deferred] {
        let replaced = step(state, Input::Replaced, &fresh);
        assert_eq!(
            (replaced.state, replaced.effects),
            (LetterState::Cancelled, vec![Effect::PlanAnew])
        );
        for kept in [&circumstances(1), &forgotten] {
            assert_eq!(step(state, Input::Replaced, kept), Step { state, effects: vec![] });
        }
    }
}
