//! The service is told to end, also while a relay keeps it waiting.

use spor_tests::binary::{Sandbox, wait_until};
use spor_tests::watched::Watched;

use super::{MORNING, relay, set_up};

/// The states of the letters, sorted.
fn states(sandbox: &Sandbox) -> Vec<String> {
    let outbox = sandbox.json(&["reminders", "outbox"]);
    let letters = outbox.as_array().unwrap().iter();
    let mut states: Vec<String> =
        letters.map(|letter| letter["state"].as_str().unwrap().to_owned()).collect();
    states.sort();
    states
}

#[test]
fn told_to_end_while_a_letter_hangs_it_says_so_cuts_it_off_and_leaves_nothing_leased() {
    let folder = tempfile::tempdir().unwrap();
    let relay = relay(folder.path(), &["answer:stall*1"]);
    let sandbox = set_up(Sandbox::new(), relay.port, &relay.ca_file);
    let service = Watched::start(&sandbox, &["--clock", MORNING]);
    wait_until("a letter hangs", || states(&sandbox).contains(&"handing_over".to_owned()));
    service.signal("TERM");
    service.wait_for_reasons(&["stopping", "starting"]);
    assert_eq!(service.readiness().0, 503);
    assert_eq!(service.get("/livez").status, 200, "it is alive until it has ended");
    let (status, log) = service.end();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("the dialogue in hand is cut off"), "{log}");
    let states = states(&sandbox);
    assert_eq!(states.len(), 3);
    assert_eq!(states.iter().filter(|state| *state == "in_doubt").count(), 1, "{states:?}");
    let is_at_rest = |state: &String| ["in_doubt", "ready", "sent"].contains(&state.as_str());
    assert!(states.iter().all(is_at_rest), "nothing stays leased: {states:?}");
    let verified = sandbox.json(&["audit", "verify"]);
    let signed = sandbox.json(&["audit", "checkpoint"]);
    assert_eq!(verified["root"], signed["root"], "{verified} {signed}");
}

#[test]
fn a_letter_that_the_relay_takes_in_time_is_sent_before_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let relay = relay(folder.path(), &[]);
    let sandbox = set_up(Sandbox::new(), relay.port, &relay.ca_file);
    let service = Watched::start(&sandbox, &["--clock", MORNING]);
    wait_until("a letter came in", || !relay.letters().unwrap().is_empty());
    service.signal("INT");
    let (status, log) = service.end();
    assert_eq!(status.code(), Some(0), "{log}");
    for state in states(&sandbox) {
        assert!(["ready", "sent"].contains(&state.as_str()), "{state}");
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let relay = relay(folder.path(), &["answer:stall"]);
    let sandbox = set_up(Sandbox::new(), relay.port, &relay.ca_file);
    let service = Watched::start(&sandbox, &["--clock", MORNING]);
    wait_until("letters hang", || states(&sandbox).contains(&"handing_over".to_owned()));
    service.signal("TERM");
    service.wait_for_reasons(&["stopping", "starting"]);
    service.signal("TERM");
    let (status, log) = service.end();
    assert_eq!(status.code(), Some(128 + 15), "{log}");
    assert!(!log.contains("cut off"), "{log}");
}
