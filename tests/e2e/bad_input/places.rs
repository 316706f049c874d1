//! The store's place: keys others can read, files of others, newer formats, locks, full disks.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

use sqlx::{Connection, Executor, SqliteConnection};

use super::{Refused, head, refused, sandbox};
use spor_tests::binary::{self, Sandbox};

const NOBODY: u32 = 65_534;
const SESSION: [&str; 7] =
    ["session", "SPOR-2025-0001", "60m", "--by", "M-01", "--date", "2025-02-03"];

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Runs the binary and reads its error; the store cannot be asked in between.
#[track_caller]
fn fails(sandbox: &Sandbox, arguments: &[&str]) -> Refused {
    Refused::read(&sandbox.run(&[arguments, &["-o", "json"]].concat()))
}

async fn sqlite(path: &Path) -> SqliteConnection {
    let url = format!("sqlite://{}?mode=rwc", path.display());
    SqliteConnection::connect(&url).await.unwrap()
}

#[test]
fn keys_that_others_may_read_are_refused() {
    for (file, mode) in [("spor.kek", 0o440), ("spor.kek", 0o404), ("spor.keys", 0o644)] {
        let sandbox = sandbox();
        let before = head(&sandbox);
        let path = sandbox.folder().join(file);
        let private = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        set_mode(&path, mode);
        fails(&sandbox, &["store", "status"]).with(2, "key_file_readable").naming(file);
        fails(&sandbox, &SESSION).with(2, "key_file_readable").naming(file);
        set_mode(&path, private);
        assert_eq!(head(&sandbox), before, "with private keys all is well again");
    }
}

#[test]
fn a_missing_or_broken_key_file_is_named() {
    let sandbox = sandbox();
    let before = head(&sandbox);
    let path = sandbox.folder().join("spor.kek");
    let kek = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    fails(&sandbox, &SESSION).with(2, "key_file_missing").naming("spor.kek");
    fs::write(&path, "no key").unwrap();
    set_mode(&path, 0o400);
    fails(&sandbox, &SESSION).with(2, "key_file_malformed");
    set_mode(&path, 0o600);
    fs::write(&path, "0".repeat(64) + "\n").unwrap();
    set_mode(&path, 0o400);
    fails(&sandbox, &SESSION).with(2, "wrong_keyring");
    set_mode(&path, 0o600);
    fs::write(&path, kek).unwrap();
    set_mode(&path, 0o400);
    assert_eq!(head(&sandbox), before);
}

#[tokio::test]
async fn the_file_of_another_program_is_left_alone() {
    let sandbox = sandbox();
    let other = sandbox.folder().join("other.db");
    let mut connection = sqlite(&other).await;
    connection.execute("CREATE TABLE addresses (name TEXT)").await.unwrap();
    connection.close().await.unwrap();
    let before = fs::read(&other).unwrap();
    for arguments in [
        &["store", "status", "--store", "sqlite:other.db"][..],
        &["session", "SPOR-2025-0001", "60m", "--by", "M-01", "--store", "sqlite:other.db"],
    ] {
        fails(&sandbox, arguments).with(2, "not_a_store").naming("other.db");
    }
    fails(&sandbox, &["init", "--store", "sqlite:other.db"]).with(2, "store_exists");
    assert_eq!(fs::read(&other).unwrap(), before, "not a byte was touched");
    sandbox.write("text.db", "this is no database, it is a text of some length, and that is all");
    fails(&sandbox, &["store", "status", "--store", "sqlite:text.db"]).with(2, "not_a_store");
    fails(&sandbox, &["store", "status", "--store", "sqlite:nowhere.db"])
        .with(4, "store_not_found");
    assert!(!sandbox.folder().join("nowhere.db").exists(), "asking makes no file");
}

#[test]
fn a_store_is_never_made_over_another() {
    let sandbox = sandbox();
    let before = head(&sandbox);
    refused(&sandbox, &["init", "--sandbox"]).with(2, "store_exists");
    assert_eq!(head(&sandbox), before);
}

#[tokio::test]
async fn a_newer_format_is_refused() {
    let sandbox = sandbox();
    let mut connection = sqlite(&sandbox.folder().join("spor.db")).await;
    connection.execute("PRAGMA user_version = 999").await.unwrap();
    connection.close().await.unwrap();
    fails(&sandbox, &["store", "status"]).with(2, "newer_format").naming("999");
    fails(&sandbox, &SESSION).with(2, "newer_format");
}

#[tokio::test]
async fn a_locked_store_is_said_to_be_locked_and_works_afterwards() {
    let sandbox = sandbox();
    let before = head(&sandbox);
    let mut connection = sqlite(&sandbox.folder().join("spor.db")).await;
    connection.execute("BEGIN IMMEDIATE").await.unwrap();
    fails(&sandbox, &SESSION).with(6, "store_locked");
    connection.execute("ROLLBACK").await.unwrap();
    connection.close().await.unwrap();
    assert_eq!(head(&sandbox), before);
    sandbox.must(&SESSION);
    assert_eq!(head(&sandbox), before + 1);
}

/// The binary as somebody who owns the keys and the folder but may only read the store. Root may
/// write everywhere, so root becomes nobody first.
fn as_reader(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    let folder = sandbox.folder();
    let program = folder.join("spor-copy");
    if !program.exists() {
        fs::copy(binary::path(), &program).unwrap();
        set_mode(&program, 0o755);
        set_mode(&folder.join("spor.db"), 0o444);
    }
    let mut command = Command::new(&program);
    command.args(arguments).args(["-o", "json"]).current_dir(folder);
    if is_root() {
        for file in [".", "spor.kek", "spor.keys"] {
            std::os::unix::fs::chown(folder.join(file), Some(NOBODY), None).unwrap();
        }
        command.uid(NOBODY).gid(NOBODY);
    }
    command.output().unwrap()
}

#[tokio::test]
async fn a_store_that_may_only_be_read_can_be_read_and_says_why_it_cannot_be_written() {
    let sandbox = sandbox();
    let before = head(&sandbox);
    // The last one who closes the file takes what is beside it into it.
    let mut connection = sqlite(&sandbox.folder().join("spor.db")).await;
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
    connection.close().await.unwrap();
    Refused::read(&as_reader(&sandbox, &SESSION)).with(6, "store_read_only").naming("spor.db");
    for looking in [
        &["store", "status"][..],
        &["audit", "verify"],
        &["export", "journal"],
        &["case", "show", "SPOR-2025-0001"],
        &["query", "deadlines", "--as-of", "2025-01-13"],
    ] {
        let looked = as_reader(&sandbox, looking);
        let told = String::from_utf8_lossy(&looked.stderr);
        assert!(looked.status.success(), "{looking:?} needs no right to write: {told}");
    }
    set_mode(sandbox.folder(), 0o555);
    Refused::read(&as_reader(&sandbox, &SESSION)).with(6, "store_read_only");
    set_mode(sandbox.folder(), 0o755);
    let status = as_reader(&sandbox, &["store", "status"]);
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(status["position"], before, "nothing was written");
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout.trim_ascii() == b"0"
}

/// Imports more than the disk holds, twice: a small disk of its own where the system lets us mount
/// one, else a limit on the size of files. Then frees the room and imports again.
const FULL: &str = r#"
set -u
spor=$1; out=$2
finish() {
    "$spor" import "$out/long.ndjson" -o json >"$out/full.out" 2>"$out/full.err"; echo $? >"$out/full.exit"
}
if mkdir -p "$out/disk" && mount -t tmpfs -o size=2m none "$out/disk" 2>/dev/null; then
    cp -p "$out"/spor.* "$out/disk"; cd "$out/disk"
    head -c 400000 /dev/zero >ballast
    finish
    "$spor" store status -o json >"$out/after.json" 2>"$out/after.err"
    rm -f ballast; mount -o remount,size=64m "$out/disk"
    "$spor" import "$out/long.ndjson" -o json >"$out/again.out" 2>"$out/again.err"; echo $? >"$out/again.exit"
    "$spor" audit verify -o json >"$out/verified" 2>&1; echo $? >"$out/verified.exit"
    cd /; umount "$out/disk"
else
    cd "$out"; trap '' XFSZ
    (ulimit -f 800; finish)
    "$spor" store status -o json >"$out/after.json" 2>"$out/after.err"
    "$spor" import "$out/long.ndjson" -o json >"$out/again.out" 2>"$out/again.err"; echo $? >"$out/again.exit"
    "$spor" audit verify -o json >"$out/verified" 2>&1; echo $? >"$out/verified.exit"
fi
"#;

#[test]
fn a_full_disk_loses_nothing_that_was_promised_and_goes_on_when_there_is_room() {
    let sandbox = sandbox();
    let note = "x".repeat(1_000);
    let line = |at: u32| {
        format!(
            r#"{{"date":"2025-02-03","type":"SessionHeld","case":"SPOR-2025-0001","id":"s{at}","minutes":60,"by":"M-01","form":"one_to_one","activities":["{note}"]}}"#
        )
    };
    let journal: Vec<String> = (0..2_000).map(line).collect();
    sandbox.write("long.ndjson", &journal.join("\n"));
    sandbox.write("full.sh", FULL);
    let folder = sandbox.folder();
    let script = folder.join("full.sh");
    let arguments = [Path::new("sh"), &script, &binary::path(), folder];
    let in_namespace = Command::new("unshare").args(["-rm"]).args(arguments).status();
    if !in_namespace.is_ok_and(|status| status.success()) {
        assert!(Command::new("sh").args(&arguments[1..]).status().unwrap().success());
    }
    let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
    let told = text("full.err");
    assert_eq!(text("full.exit").trim(), "6", "{told}");
    let error = told.trim_end().lines().next_back().unwrap_or_default();
    let code = serde_json::from_str::<serde_json::Value>(error).unwrap()["error"]["code"].clone();
    assert!(code == "disk_full" || code == "database_failed", "{told}");
    assert!(!text("after.json").is_empty(), "the store can be asked: {}", text("after.err"));
    assert_eq!(text("again.exit").trim(), "0", "{}", text("again.err"));
    let again: serde_json::Value = serde_json::from_str(&text("again.out")).unwrap();
    let known = again["accepted"].as_u64().unwrap() + again["unchanged"].as_u64().unwrap();
    assert_eq!(known, 2_000, "each line is there once: {again}");
    assert_eq!(text("verified.exit").trim(), "0", "{}", text("verified"));
}
