//! The life of a letter, with every order of events there is: two workers, each of which may die or
//! freeze between any two steps, leases that lapse, a relay that swallows answers, a scheduler that
//! looks and acts later, a person who lets a letter out again.
//!
//! The model decides nothing itself: it asks the `step` that runs in production, and the guards that
//! both databases are held against in `store_contract::letters`.

mod moves;
mod world;

use stateright::{Checker, HasDiscoveries, Model};
use world::{Guards, Letters};

/// What the model never does, and what it must be able to do.
const NEVER: [&str; 6] = [
    "the relay gets no more copies than it may",
    "what was sent is at the relay",
    "what was planned anew is not at the relay",
    "only who holds a letter moves it",
    "the fence only grows",
    "there is a way out of every state",
];

#[test]
fn no_order_of_events_loses_a_letter_or_brings_a_fourth_copy() {
    let checker = Letters::with(Guards::ALL).checker().threads(2).spawn_bfs().join();
    println!("{} states, {} deep", checker.unique_state_count(), checker.max_depth());
    for name in NEVER {
        if let Some(path) = checker.discovery(name) {
            panic!("{name}: {path:?}");
        }
    }
    for name in ["sent", "dead", "held", "cancelled", "three copies at the relay"] {
        assert!(checker.discovery(name).is_some(), "{name} is never reached");
    }
    assert!(checker.unique_state_count() > 10_000, "{}", checker.unique_state_count());
}

#[test]
fn without_the_fence_a_worker_that_wakes_late_moves_the_letter_of_another() {
    refuted("only who holds a letter moves it", Guards { fence: false, ..Guards::ALL });
}

#[test]
fn without_the_lease_a_letter_goes_out_after_its_time() {
    refuted("only who holds a letter moves it", Guards { lease: false, ..Guards::ALL });
}

#[test]
fn without_the_states_a_late_worker_sends_what_was_taken_from_it() {
    refuted("only who holds a letter moves it", Guards { state: false, ..Guards::ALL });
}

#[test]
fn without_the_cap_a_relay_that_never_answers_gets_copy_after_copy() {
    refuted("the relay gets no more copies than it may", Guards { cap: false, ..Guards::ALL });
}

#[test]
fn when_in_doubt_a_letter_may_be_held_at_once() {
    let checker = Letters::holding().checker().threads(2).spawn_bfs().join();
    for name in NEVER {
        assert!(checker.discovery(name).is_none(), "{name}: {:?}", checker.discovery(name));
    }
}

/// Without one of its guards the model must find what the guard is there for.
fn refuted(name: &'static str, guards: Guards) {
    let enough = HasDiscoveries::AllOf([name].into());
    let checker = Letters::with(guards).checker().finish_when(enough).threads(2).spawn_bfs().join();
    let found = checker.discovery(name);
    let path = found.unwrap_or_else(|| panic!("{guards:?}: {name} holds without the guard"));
    println!("{guards:?}: {} steps to {:?}", path.clone().into_actions().len(), path.last_state());
}
