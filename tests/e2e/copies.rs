//! A store copied by the real binary, killed on the way, repeated.

use std::fs;
use std::process::Child;
use std::time::Duration;

use spor_tests::binary::{Sandbox, wait_until};

use super::bad_input::Refused;

const COPY: [&str; 4] = ["store", "copy", "--to", "sqlite:copy/spor.db"];
const KILLS: u64 = 8;

fn filled() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.must(&["demo", "--cases", "60", "--entries", "5000", "--journal", "journal.ndjson"]);
    sandbox.must(&["import", "journal.ndjson"]);
    sandbox.must(&["scheduler", "tick"]);
    sandbox
}

fn kill(mut copying: Child) {
    copying.kill().unwrap();
    copying.wait().unwrap();
}

#[test]
fn a_copy_that_is_killed_goes_on_and_ends_with_an_equal_root() {
    let sandbox = filled();
    let target = sandbox.folder().join("copy/spor.db");
    let mut unfinished = 0;
    for nth in 0..KILLS {
        let copying = sandbox.start(&COPY);
        wait_until("the target", || target.exists());
        std::thread::sleep(Duration::from_millis(7 * nth));
        kill(copying);
        let status = ["store", "status", "--store", "sqlite:copy/spor.db", "-o", "json"];
        let looked = sandbox.run(&status);
        if !looked.status.success() {
            Refused::read(&looked).with(2, "copy_unfinished");
            unfinished += 1;
        }
    }
    assert!(unfinished > 0, "no kill came in the middle");
    let copied = sandbox.json(&COPY);
    let verify = |store: &str| sandbox.json(&["audit", "verify", "--store", store]);
    assert_eq!(verify("sqlite:copy/spor.db"), verify("sqlite:spor.db"));
    assert_eq!(copied["root"], verify("sqlite:spor.db")["root"]);
    for question in [
        &["query", "cases"][..],
        // When the scheduler looks next is its own to say, and is armed anew.
        &["query", "deadlines", "--columns", "case,rule,cycle,due,satisfied_on,status,level"],
        &["query", "sessions"],
        &["reminders", "outbox"],
        &["query", "reminders"],
    ] {
        let there = [question, &["--store", "sqlite:copy/spor.db"]].concat();
        assert_eq!(sandbox.json(&there), sandbox.json(question), "{question:?}");
    }
    // The lines of the import are known there too.
    let again = sandbox.json(&["import", "journal.ndjson", "--store", "sqlite:copy/spor.db"]);
    assert_eq!(again["accepted"], 0, "{again}");
}

#[test]
fn a_copy_into_another_store_is_refused() {
    let (one, other) = (super::bad_input::sandbox(), super::bad_input::sandbox());
    let there = other.folder().join("spor.db");
    let to = format!("sqlite:{}", there.display());
    let before = fs::read(&there).unwrap();
    let fails = |to: &str| Refused::read(&one.run(&["store", "copy", "--to", to, "-o", "json"]));
    fails(&to).with(2, "other_history");
    assert_eq!(fs::read(&there).unwrap(), before);
    fails("sqlite:spor.db").with(2, "store_exists");
    one.write("text.db", "this is no database, it is a text of some length, and that is all");
    fails("sqlite:text.db").with(2, "not_a_store");
}
