//! Killed at every step: whatever was begun is finished by the next command, or never began.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use spor_tests::binary::{self, Sandbox};

use super::life::{canary, case_ref, journal};
use super::search::{hits, wrapped_keys};
use super::{CLOCK, words};

/// More steps than any of these commands has.
const MOST_STEPS: usize = 400;

/// Runs the binary under a tracer that kills it at the nth of these calls; true when it was killed.
fn killed_at(folder: &Path, calls: &str, nth: usize, arguments: &[&str]) -> bool {
    let status = Command::new("strace")
        .args(["-f", "-qqq", "-o", "/dev/null", "-e"])
        .arg(format!("trace={calls}"))
        .arg("-e")
        .arg(format!("inject={calls}:signal=KILL:when={nth}"))
        .arg(binary::path())
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("strace is installed");
    !status.success()
}

fn copied(sandbox: &Sandbox, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(sandbox.folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}

fn run(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(binary::path());
    let output = command.args(arguments).current_dir(folder).output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&told).into_owned())
}

#[tokio::test]
async fn an_erasure_killed_at_any_sync_is_finished_by_the_next_command_or_never_began() {
    let sandbox = Sandbox::new();
    sandbox.write("j.ndjson", &journal(3));
    sandbox.must(&["import", "j.ndjson"]);
    fs::remove_file(sandbox.folder().join("j.ndjson")).unwrap();
    let keys = wrapped_keys(sandbox.folder(), 1).await;
    let needles = [keys, vec![canary(0).into_bytes()]].concat();
    let (case, aside) = (case_ref(0), tempfile::tempdir().unwrap());
    let (mut finished, mut untouched) = (0, 0);
    for nth in 1..MOST_STEPS {
        let folder = aside.path().join(nth.to_string());
        copied(&sandbox, &folder);
        let arguments = [&words(&case)[..], &CLOCK[..]].concat();
        let killed = killed_at(&folder, "fsync,fdatasync", nth, &arguments);
        let (works, told) = run(&folder, &["keys", "status"]);
        assert!(works, "step {nth}: {told}");
        let (works, verified) = run(&folder, &["audit", "verify"]);
        assert!(works, "step {nth}: {verified}");
        let (works, journal) = run(&folder, &["export", "journal"]);
        assert!(works, "step {nth}");
        assert!(journal.contains(&canary(1)), "step {nth}: the others are there");
        if journal.contains("PersonalDataErased") {
            finished += 1;
            assert!(!journal.contains(&canary(0)), "step {nth}: recorded and not destroyed");
            assert_eq!(hits(&folder, &needles), Vec::<String>::new(), "step {nth}");
        } else {
            untouched += 1;
            assert!(journal.contains(&canary(0)), "step {nth}: destroyed and not recorded");
        }
        fs::remove_dir_all(&folder).unwrap();
        if !killed {
            assert!(finished > 3 && untouched > 0, "{finished} finished, {untouched} untouched");
            return;
        }
    }
    panic!("the command never came to its end");
}

#[test]
fn a_rotation_killed_at_any_step_leaves_keys_that_fit() {
    let sandbox = Sandbox::new();
    sandbox.write("j.ndjson", &journal(2));
    sandbox.must(&["import", "j.ndjson"]);
    let aside = tempfile::tempdir().unwrap();
    let calls = "fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat";
    let mut epochs = Vec::new();
    for nth in 1..MOST_STEPS {
        let folder = aside.path().join(nth.to_string());
        copied(&sandbox, &folder);
        let killed = killed_at(&folder, calls, nth, &["keys", "rotate"]);
        for round in 0..2 {
            let (works, told) = run(&folder, &["export", "journal"]);
            assert!(works && told.contains(&canary(0)), "step {nth}, round {round}: {told}");
            let (works, told) = run(&folder, &["keys", "status", "-o", "json"]);
            assert!(works, "step {nth}: {told}");
            let status: serde_json::Value = serde_json::from_str(&told).unwrap();
            epochs.push(status["epoch"].as_i64().unwrap());
        }
        let (works, told) = run(&folder, &["keys", "rotate"]);
        assert!(works, "step {nth}: and can be rotated again: {told}");
        fs::remove_dir_all(&folder).unwrap();
        if !killed {
            assert!(epochs.contains(&1) && epochs.contains(&2), "{epochs:?}");
            return;
        }
    }
    panic!("the command never came to its end");
}
