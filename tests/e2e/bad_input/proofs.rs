//! Checkpoints and proofs: changed ones, those of another log, keys that others can read.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::{Refused, sandbox};
use spor_tests::binary::Sandbox;

const CASE: &str = "SPOR-2025-0001";
const SESSION: [&str; 7] = ["session", CASE, "60m", "--by", "M-01", "--date", "2025-02-03"];

/// Runs the binary and reads its error, which may come from no store at all.
#[track_caller]
fn fails(sandbox: &Sandbox, arguments: &[&str]) -> Refused {
    Refused::read(&sandbox.run(&[arguments, &["-o", "json"]].concat()))
}

fn set_mode(sandbox: &Sandbox, file: &str, mode: u32) {
    fs::set_permissions(sandbox.folder().join(file), Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_proof_holds_without_the_store_and_a_changed_one_does_not() {
    let sandbox = sandbox();
    sandbox.must(&["audit", "prove", CASE, "-f", "proof.json"]);
    for file in ["spor.db", "spor.keys", "spor.kek", "spor.sign"] {
        fs::remove_file(sandbox.folder().join(file)).unwrap();
    }
    let check = ["audit", "check-proof", "proof.json", "--public-key", "spor.pub"];
    let proven = sandbox.json(&check);
    assert_eq!(proven["streams"][format!("case-{CASE}")], 2);
    let text = fs::read_to_string(sandbox.folder().join("proof.json")).unwrap();
    sandbox.write("proof.json", &text.replace("employment", "disability"));
    fails(&sandbox, &check).with(7, "not_proven");
    sandbox.write("proof.json", &text[..text.len() / 2]);
    fails(&sandbox, &check).with(7, "not_proven").naming("no proof");
}

#[test]
fn a_proof_and_a_checkpoint_of_another_log_are_named_as_such() {
    let (ours, theirs) = (sandbox(), sandbox());
    theirs.must(&["audit", "prove", CASE, "-f", "proof.json"]);
    theirs.must(&["audit", "checkpoint", "-f", "their.note"]);
    for file in ["proof.json", "their.note"] {
        fs::copy(theirs.folder().join(file), ours.folder().join(file)).unwrap();
    }
    let check = ["audit", "check-proof", "proof.json", "--public-key", "spor.pub"];
    fails(&ours, &check).with(7, "other_log").naming("spor/");
    fails(&ours, &["audit", "verify", "--checkpoint", "their.note"]).with(7, "other_log");
}

#[test]
fn an_older_checkpoint_tells_how_much_came_later_and_a_newer_one_that_the_store_is_old() {
    let sandbox = sandbox();
    sandbox.must(&["audit", "checkpoint", "-f", "old.note"]);
    sandbox.must(&["session", CASE, "30m", "--by", "M-01", "--date", "2025-02-01"]);
    let verified = sandbox.json(&["audit", "verify", "--checkpoint", "old.note"]);
    assert_eq!(verified["given"][0]["came_later"], 1);
    fs::copy(sandbox.folder().join("spor.db"), sandbox.folder().join("yesterday.db")).unwrap();
    sandbox.must(&SESSION);
    sandbox.must(&["audit", "checkpoint", "-f", "new.note"]);
    sandbox.must(&["audit", "prove", "--since", "old.note", "-f", "since.json"]);
    let check = ["audit", "check-proof", "since.json", "--public-key", "spor.pub"];
    assert_eq!(sandbox.json(&check)["earlier"], verified["given"][0]["entries"]);
    let old = ["audit", "verify", "--store", "sqlite:yesterday.db", "--public-key", "spor.pub"];
    sandbox.must(&[&old[..], &["--checkpoint", "old.note"]].concat());
    let newer = [&old[..], &["--checkpoint", "new.note"]].concat();
    fails(&sandbox, &newer).with(7, "integrity_broken").naming("older than the checkpoint");
}

#[test]
fn a_signing_key_that_others_may_read_or_that_is_gone_signs_nothing() {
    let sandbox = sandbox();
    sandbox.must(&SESSION);
    set_mode(&sandbox, "spor.sign", 0o440);
    fails(&sandbox, &["audit", "checkpoint"]).with(2, "key_file_readable").naming("spor.sign");
    set_mode(&sandbox, "spor.sign", 0o400);
    fs::rename(sandbox.folder().join("spor.sign"), sandbox.folder().join("away")).unwrap();
    fails(&sandbox, &["audit", "checkpoint"]).with(2, "key_file_missing").naming("spor.sign");
    sandbox.must(&["audit", "verify"]);
    fs::remove_file(sandbox.folder().join("spor.pub")).unwrap();
    fails(&sandbox, &["audit", "verify"]).with(2, "key_file_missing").naming("spor.pub");
}

#[test]
fn a_note_that_is_none_is_told_apart_from_a_note_that_does_not_hold() {
    let sandbox = sandbox();
    sandbox.must(&["audit", "checkpoint", "-f", "kept.note"]);
    let note = fs::read_to_string(sandbox.folder().join("kept.note")).unwrap();
    let verify = ["audit", "verify", "--checkpoint", "kept.note"];
    sandbox.write("kept.note", &note.replace('\n', "\r\n"));
    sandbox.must(&verify);
    sandbox.write("kept.note", &note.replace("\n\n", "\n"));
    fails(&sandbox, &verify).with(2, "bad_checkpoint");
    let (first, rest) = note.split_once('\n').unwrap();
    let (size, rest) = rest.split_once('\n').unwrap();
    sandbox.write("kept.note", &format!("{first}\n{size}0\n{rest}"));
    fails(&sandbox, &verify).with(7, "not_proven");
}

#[test]
fn a_store_without_a_signing_key_gets_one_with_its_first_checkpoint() {
    let sandbox = Sandbox::new();
    for file in ["spor.sign", "spor.pub"] {
        fs::remove_file(sandbox.folder().join(file)).unwrap();
    }
    sandbox.must(&["audit", "verify"]);
    let signed = sandbox.json(&["audit", "checkpoint"]);
    let status = sandbox.json(&["store", "status"]);
    assert_eq!(signed["public_key"], status["public_key"]);
    assert_eq!(status["checkpoint"]["position"], signed["entries"]);
    let mode = fs::metadata(sandbox.folder().join("spor.sign")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o400);
    assert_eq!(sandbox.json(&["audit", "verify"])["checkpoints"], Value::from(1));
}

#[test]
fn a_file_of_each_checkpoint_is_dropped_once_and_never_overwritten() {
    let sandbox = sandbox();
    let drop = sandbox.folder().join("spor.checkpoints");
    let files = || fs::read_dir(&drop).unwrap().map(|file| file.unwrap().path());
    let first: Vec<_> = files().collect();
    assert_eq!(first.len(), 1, "an import ends with a checkpoint");
    sandbox.must(&["audit", "verify", "--checkpoint", first[0].to_str().unwrap()]);
    sandbox.must(&SESSION);
    sandbox.must(&["audit", "checkpoint"]);
    assert_eq!(files().count(), 2);
    sandbox.must(&["session", CASE, "30m", "--by", "M-01", "--date", "2025-02-05"]);
    let size = sandbox.json(&["store", "status"])["position"].as_i64().unwrap();
    let name = first[0].file_name().unwrap().to_str().unwrap();
    let log = name.rsplit_once('-').unwrap().0;
    fs::write(drop.join(format!("{log}-{size:012}.note")), "something else").unwrap();
    fails(&sandbox, &["audit", "checkpoint"]).with(6, "io_failed");
    assert_eq!(files().count(), 3);
}

#[test]
fn a_public_key_that_got_lost_is_made_again_from_the_private_one_at_the_next_signature() {
    let sandbox = sandbox();
    let public = sandbox.folder().join("spor.pub");
    let before = fs::read_to_string(&public).unwrap();
    // As a program leaves it that died between the two files.
    fs::remove_file(&public).unwrap();
    sandbox.must(&SESSION);
    sandbox.must(&["audit", "checkpoint"]);
    assert_eq!(fs::read_to_string(&public).unwrap(), before);
    sandbox.must(&["audit", "verify"]);
}
