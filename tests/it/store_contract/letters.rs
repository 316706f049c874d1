//! What holds letters back: guards, copies, rates, breakers, and clocks that differ.

use chrono::{DateTime, TimeDelta, Utc};
use spor_store::guard::{Found, Guard, copies_after};
use spor_store::{
    LedgerChange, LetterFilter, LetterId, LetterOutcome, LetterRow, LetterState, MAX_COPIES, Open,
    OpenBreaker, OpenOptions, Rate, Store,
};

use super::outbox::letter;
use super::support::*;

on_both! {
    each_move_of_a_letter_is_made_where_its_guard_lets_it_and_nowhere_else,
    the_relay_gets_three_copies_and_a_person_decides_on_the_fourth,
    a_copy_that_was_refused_with_an_answer_is_none,
    two_processes_whose_clocks_differ_never_hold_the_same_letter,
    a_lease_or_a_wait_that_a_wrong_clock_made_ends_when_the_clock_is_right,
    two_processes_together_never_send_faster_than_the_rate,
    a_clock_that_is_stepped_back_does_not_stop_the_tokens,
    a_breaker_lets_one_process_try_at_a_time,
}

const NOON: &str = "2026-03-24T11:00:00Z";
const LATER: &str = "2026-03-24T11:05:00Z";
const STATES: [LetterState; 9] = [
    LetterState::Ready,
    LetterState::Leased,
    LetterState::HandingOver,
    LetterState::InDoubt,
    LetterState::Deferred,
    LetterState::Sent,
    LetterState::Dead,
    LetterState::Cancelled,
    LetterState::Held,
];

fn after(seconds: i64) -> DateTime<Utc> {
    instant(NOON).checked_add_signed(TimeDelta::seconds(seconds)).unwrap()
}

async fn row(store: &Store, id: LetterId) -> LetterRow {
    let filter = LetterFilter { id: Some(id), ..LetterFilter::default() };
    store.letters(&filter, 10).await.unwrap().remove(0)
}

/// Everything that moves a letter, with its guard and the state it leads to.
#[derive(Clone, Copy, Debug)]
enum Move {
    Lease,
    HandOver,
    Lapse,
    Settle(LetterOutcome),
    Other,
    Release,
}

fn moves() -> Vec<Move> {
    let next_at = instant(LATER);
    let outcomes = [
        LetterOutcome::Sent,
        LetterOutcome::Dead,
        LetterOutcome::Held,
        LetterOutcome::Deferred { next_at },
        LetterOutcome::InDoubt { next_at },
        LetterOutcome::GivenBack,
    ];
    let moves = [Move::Lease, Move::HandOver, Move::Lapse, Move::Other, Move::Release];
    moves.into_iter().chain(outcomes.map(Move::Settle)).collect()
}

impl Move {
    fn guard(self) -> Guard {
        match self {
            Self::Lease => Guard::LEASE,
            Self::HandOver => Guard::HAND_OVER,
            Self::Lapse => Guard::LAPSE,
            Self::Settle(outcome) => Guard::settle(&outcome),
            Self::Other => Guard::MOVE,
            Self::Release => Guard::RELEASE,
        }
    }

    fn leads_to(self) -> LetterState {
        match self {
            Self::Lease => LetterState::Leased,
            Self::HandOver => LetterState::HandingOver,
            Self::Lapse | Self::Settle(LetterOutcome::InDoubt { .. }) => LetterState::InDoubt,
            Self::Settle(LetterOutcome::Sent) => LetterState::Sent,
            Self::Settle(LetterOutcome::Dead) => LetterState::Dead,
            Self::Settle(LetterOutcome::Held) => LetterState::Held,
            Self::Settle(LetterOutcome::Deferred { .. }) => LetterState::Deferred,
            Self::Settle(LetterOutcome::GivenBack) | Self::Release => LetterState::Ready,
            Self::Other => LetterState::Cancelled,
        }
    }

    async fn make(self, store: &Store, seen: &LetterRow) -> bool {
        let (letter, fence, at) = (seen.letter.id, seen.fence, instant(NOON));
        let change = match self {
            Self::Lease => {
                return !store.lease_letters("w2", 1, 60, at).await.unwrap().is_empty();
            }
            Self::HandOver => return store.mark_handing_over(letter, fence).await.unwrap(),
            Self::Lapse => {
                let to = (LetterState::InDoubt, instant(LATER));
                return store.lapse_letter(seen, to, at).await.unwrap();
            }
            Self::Release => return store.retry_letter(letter, at).await.unwrap(),
            Self::Settle(outcome) => {
                let text = String::new();
                LedgerChange::LetterSettled { letter, fence, outcome, code: None, text }
            }
            Self::Other => LedgerChange::LetterMoved {
                letter,
                fence,
                from: vec![seen.state],
                to: LetterState::Cancelled,
                next_at: None,
                text: String::new(),
            },
        };
        store.change_ledger(vec![change], at).await.is_ok()
    }
}

async fn each_move_of_a_letter_is_made_where_its_guard_lets_it_and_nowhere_else(on: On) {
    let (place, store) = sandbox(on).await;
    store.wind_clock(instant(NOON)).unwrap();
    let id = letter(&store, "K-01", NOON).await;
    let mut raw = place.raw().await;
    let mut fence = 0;
    let mut tried = 0;
    for state in STATES {
        for (is_seen_fence, lease_lives) in
            [(true, true), (true, false), (false, true), (false, false)]
        {
            for copies in [1, MAX_COPIES] {
                for step in moves() {
                    fence += 2;
                    let word = state.as_str();
                    let until = after(if lease_lives { 60 } else { 0 }).timestamp_micros();
                    let now = instant(NOON).timestamp_micros();
                    raw.run(&format!(
                        "UPDATE letters SET state = '{word}', fence = {fence}, copies = {copies}, \
                         lease_until = {until}, next_at = {now}"
                    ))
                    .await
                    .unwrap();
                    let mut seen = row(&store, id).await;
                    seen.fence -= i64::from(!is_seen_fence);
                    let found = Found { state, is_seen_fence, lease_lives, copies };
                    let is_let = step.guard().lets(&found);
                    assert_eq!(step.make(&store, &seen).await, is_let, "{step:?} {found:?}");
                    let moved = row(&store, id).await;
                    let to = if is_let { step.leads_to() } else { state };
                    assert_eq!(moved.state, to, "{step:?} {found:?}");
                    let left = match step {
                        _ if !is_let => copies,
                        Move::HandOver => copies + 1,
                        Move::Release => 0,
                        Move::Settle(_) | Move::Other => copies_after(copies, state, to),
                        Move::Lease | Move::Lapse => copies,
                    };
                    assert_eq!(moved.copies, left, "{step:?} {found:?}");
                    assert_eq!(
                        moved.fence,
                        fence + i64::from(is_let && matches!(step, Move::Lease))
                    );
                    tried += 1;
                }
            }
        }
    }
    assert_eq!(tried, 9 * 4 * 2 * 11);
    raw.close().await;
}

/// Leases the one letter and marks it; false when the mark is refused.
async fn hand_over(store: &Store, at: DateTime<Utc>) -> (LetterRow, bool) {
    let leased = store.lease_letters("w1", 1, 60, at).await.unwrap().remove(0);
    let marked = store.mark_handing_over(leased.letter.id, leased.fence).await.unwrap();
    (leased, marked)
}

async fn settle(store: &Store, leased: &LetterRow, outcome: LetterOutcome) {
    let (letter, fence) = (leased.letter.id, leased.fence);
    let text = "an answer".to_owned();
    let change = LedgerChange::LetterSettled { letter, fence, outcome, code: Some(451), text };
    store.change_ledger(vec![change], instant(NOON)).await.unwrap();
}

async fn the_relay_gets_three_copies_and_a_person_decides_on_the_fourth(on: On) {
    let (_place, store) = sandbox(on).await;
    let id = letter(&store, "K-01", NOON).await;
    for copy in 1..=MAX_COPIES {
        let (leased, marked) = hand_over(&store, instant(NOON)).await;
        assert!(marked, "copy {copy}");
        let in_doubt = LetterOutcome::InDoubt { next_at: instant(NOON) };
        settle(&store, &leased, in_doubt).await;
        let over = LedgerChange::LetterMoved {
            letter: id,
            fence: leased.fence,
            from: vec![LetterState::InDoubt],
            to: LetterState::Ready,
            next_at: None,
            text: "the doubt is over".to_owned(),
        };
        store.change_ledger(vec![over], instant(NOON)).await.unwrap();
        assert_eq!(row(&store, id).await.copies, copy);
    }
    let (leased, marked) = hand_over(&store, instant(NOON)).await;
    assert!(!marked, "the fourth is refused by the database itself");
    settle(&store, &leased, LetterOutcome::Dead).await;
    assert!(store.retry_letter(id, instant(NOON)).await.unwrap());
    assert!(hand_over(&store, instant(NOON)).await.1, "a person has decided");
}

async fn a_copy_that_was_refused_with_an_answer_is_none(on: On) {
    let (_place, store) = sandbox(on).await;
    let id = letter(&store, "K-01", NOON).await;
    for _ in 0..2 * MAX_COPIES {
        let (leased, marked) = hand_over(&store, instant(NOON)).await;
        assert!(marked);
        settle(&store, &leased, LetterOutcome::Deferred { next_at: instant(NOON) }).await;
        assert_eq!(row(&store, id).await.copies, 0);
    }
}

/// A second process at the same store.
async fn second(place: &Place) -> Store {
    place.open(OpenOptions::new(Open::ReadWrite)).await.unwrap()
}

async fn two_processes_whose_clocks_differ_never_hold_the_same_letter(on: On) {
    let (place, store) = sandbox(on).await;
    let other = second(&place).await;
    let id = letter(&store, "K-01", NOON).await;
    // One believes that it is two years later than the other; the lease follows the database.
    let (early, late) = (instant(NOON), instant("2028-03-24T11:00:00Z"));
    let leased = store.lease_letters("early", 1, 60, early).await.unwrap();
    assert_eq!(leased.len(), 1);
    assert_eq!(other.lease_letters("late", 1, 60, late).await.unwrap(), []);
    assert_eq!(other.lapsed_letters(10).await.unwrap(), []);
    let lapse = (LetterState::Ready, late);
    assert!(!other.lapse_letter(&leased[0], lapse, late).await.unwrap());
    assert!(store.mark_handing_over(id, 1).await.unwrap());
    assert_eq!(other.lapsed_letters(10).await.unwrap(), []);
    assert!(!other.mark_handing_over(id, 1).await.unwrap());
    // The same the other way round.
    let id = letter(&store, "K-02", NOON).await;
    assert_eq!(other.lease_letters("late", 1, 60, late).await.unwrap().len(), 1);
    assert_eq!(store.lease_letters("early", 1, 60, early).await.unwrap(), []);
    assert_eq!(store.lapsed_letters(10).await.unwrap(), []);
    assert!(other.mark_handing_over(id, 1).await.unwrap());
    other.close().await.unwrap();
}

async fn a_lease_or_a_wait_that_a_wrong_clock_made_ends_when_the_clock_is_right(on: On) {
    let (_place, store) = sandbox(on).await;
    let id = letter(&store, "K-01", NOON).await;
    let wrong = instant("2027-04-28T11:00:00Z");
    store.wind_clock(wrong).unwrap();
    let (leased, _) = hand_over(&store, wrong).await;
    assert!(store.take_lease("audit", "w1", 60).await.unwrap().is_some());
    store.wind_clock(instant(NOON)).unwrap();
    assert_eq!(store.lapsed_letters(10).await.unwrap().len(), 1);
    assert!(store.take_lease("audit", "w2", 60).await.unwrap().is_some());
    settle(&store, &leased, LetterOutcome::Deferred { next_at: wrong }).await;
    assert_eq!(store.lease_letters("w2", 1, 60, instant(NOON)).await.unwrap()[0].letter.id, id);
}

/// Takes what a bucket gives at a second.
async fn take(store: &Store, rate: Rate, second: i64, wanted: usize) -> usize {
    store.wind_clock(after(second)).unwrap();
    store.take_tokens("letters", rate, wanted).await.unwrap().tokens
}

async fn two_processes_together_never_send_faster_than_the_rate(on: On) {
    let (place, store) = sandbox(on).await;
    let other = second(&place).await;
    for per_minute in [1, 7, 60, 240, 600] {
        let rate = Rate::per_minute(per_minute).unwrap();
        let mut taken: Vec<usize> = Vec::new();
        for second in 0..200 {
            // Quiet for a while, so that the bucket is full when both come at once.
            let wanted = if (50..70).contains(&second) { 0 } else { 8 };
            store.wind_clock(after(second)).unwrap();
            other.wind_clock(after(second)).unwrap();
            let bucket = format!("letters-{per_minute}");
            let (one, two) = tokio::join!(
                store.take_tokens(&bucket, rate, wanted),
                other.take_tokens(&bucket, rate, wanted)
            );
            taken.push(one.unwrap().tokens + two.unwrap().tokens);
        }
        let most = taken.windows(60).map(|minute| minute.iter().sum::<usize>()).max().unwrap();
        let all: usize = taken.iter().sum();
        let limit = usize::try_from(per_minute).unwrap();
        assert!(most <= limit, "{most} of {limit} in a minute");
        assert!(all >= limit * 2, "{all} in 200 seconds: the rate is used");
    }
    other.close().await.unwrap();
}

async fn a_clock_that_is_stepped_back_does_not_stop_the_tokens(on: On) {
    let (_place, store) = sandbox(on).await;
    let rate = Rate::per_minute(60).unwrap();
    assert_eq!(take(&store, rate, 40_000_000, 8).await, 1);
    assert_eq!(take(&store, rate, 0, 8).await, 0, "going back brings nothing");
    assert_eq!(take(&store, rate, 1, 8).await, 1);
    store.give_tokens("letters", 1).await.unwrap();
    assert_eq!(take(&store, rate, 1, 8).await, 1);
    let granted = store.take_tokens("letters", rate, 8).await.unwrap();
    assert_eq!((granted.tokens, granted.next_in.as_secs()), (0, 1));
    assert_eq!(Rate::per_minute(0), None);
}

async fn a_breaker_lets_one_process_try_at_a_time(on: On) {
    let (place, store) = sandbox(on).await;
    let other = second(&place).await;
    let open = OpenBreaker { until: after(900), reason: "535".to_owned() };
    store.set_breaker("relay", Some(open.clone())).await.unwrap();
    assert_eq!(other.breaker("relay").await.unwrap(), Some(open.clone()), "it is shared");
    assert!(open.is_open(after(899)) && !open.is_open(after(900)));
    assert!(!other.probe_breaker("relay", 120, after(899)).await.unwrap());
    let (one, two) = tokio::join!(
        store.probe_breaker("relay", 120, after(900)),
        other.probe_breaker("relay", 120, after(900))
    );
    assert!(one.unwrap() ^ two.unwrap(), "one of them tries");
    assert!(!store.probe_breaker("relay", 120, after(1_019)).await.unwrap());
    // Whoever tried has died: the next one tries.
    assert!(store.probe_breaker("relay", 120, after(1_020)).await.unwrap());
    // A clock that was years ahead opened it.
    let wrong = OpenBreaker { until: after(40_000_000), reason: "535".to_owned() };
    assert!(!wrong.is_open(after(0)));
    store.set_breaker("relay", Some(wrong)).await.unwrap();
    assert!(other.probe_breaker("relay", 120, after(0)).await.unwrap());
    other.close().await.unwrap();
}
