//! Backups: made beside the running service, tried out, never half there; restored as they were.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use spor_tests::binary::{self, Sandbox, wait_until};
use sqlx::{Connection, Executor, SqliteConnection};

use super::bad_input::{Refused, sandbox};

const RESTORE: [&str; 5] = ["store", "restore", "b/spor.db", "--to", "sqlite:new/spor.db"];

/// A sandbox with one open case and a backup of it in the folder `b`.
fn backed_up() -> Sandbox {
    let sandbox = sandbox();
    fs::create_dir(sandbox.folder().join("b")).unwrap();
    let made = sandbox.json(&["store", "backup", "b/spor.db", "--with-key-file"]);
    assert_eq!(made["outcome"], "ok");
    sandbox
}

#[track_caller]
fn fails(sandbox: &Sandbox, arguments: &[&str]) -> Refused {
    Refused::read(&sandbox.run(&[arguments, &["-o", "json"]].concat()))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn root(sandbox: &Sandbox, store: &str) -> Value {
    sandbox.json(&["audit", "verify", "--store", store])["root"].clone()
}

#[test]
fn a_backup_becomes_the_same_store_again() {
    let sandbox = backed_up();
    let folder = sandbox.folder();
    let files = ["", ".kek", ".keys", ".manifest.json", ".pub", ".sign"];
    let files = files.map(|ending| format!("spor.db{ending}"));
    assert_eq!(names(&folder.join("b")), files);
    let restored = sandbox.json(&RESTORE);
    assert_eq!(restored["letters_held"], 0);
    assert_eq!(
        names(&folder.join("new")),
        ["spor.db", "spor.kek", "spor.keys", "spor.pub", "spor.sign"]
    );
    let new = "sqlite:new/spor.db";
    assert_eq!(root(&sandbox, new), root(&sandbox, "sqlite:spor.db"));
    assert_eq!(root(&sandbox, new), restored["root"]);
    let show = ["case", "show", "SPOR-2025-0001", "--store", new];
    assert_eq!(sandbox.json(&show), sandbox.json(&["case", "show", "SPOR-2025-0001"]));
    let status = sandbox.json(&["store", "status", "--store", new]);
    assert!(status["letters_held_before"].is_string(), "{status}");
    assert!(sandbox.json(&["store", "status"])["last_backup"].is_string());
    sandbox.must(&["store", "release", "--store", new]);
    fails(&sandbox, &["store", "release", "--store", new]).with(4, "no_quarantine");
}

#[test]
fn a_backup_is_made_while_others_write() {
    let sandbox = sandbox();
    let line = |at: u32| {
        format!(
            r#"{{"date":"2025-02-03","type":"SessionHeld","case":"SPOR-2025-0001","id":"s{at}","minutes":60,"by":"M-01","form":"one_to_one"}}"#
        )
    };
    let journal: Vec<String> = (0..6_000).map(line).collect();
    sandbox.write("long.ndjson", &journal.join("\n"));
    let before = super::bad_input::head(&sandbox);
    let mut writer = sandbox.start(&["import", "long.ndjson"]);
    wait_until("the first chunk", || super::bad_input::head(&sandbox) > before);
    let made = sandbox.json(&["store", "backup", "b.db"]);
    assert!(writer.wait().unwrap().success());
    let at = made["position"].as_i64().unwrap();
    assert!(at > before && at <= super::bad_input::head(&sandbox), "{made}");
    let restore = ["store", "restore", "b.db", "--to", "sqlite:new/spor.db", "--kek", "spor.kek"];
    let restored = sandbox.json(&restore);
    assert_eq!((&restored["position"], &restored["root"]), (&made["position"], &made["root"]));
    sandbox.must(&["import", "long.ndjson", "--store", "sqlite:new/spor.db"]);
    let (old, new) = (&["query", "sessions"][..], "sqlite:new/spor.db");
    let sessions = |store: &str| sandbox.json(&[old, &["--store", store]].concat());
    assert_eq!(sessions(new).as_array().unwrap().len(), 6_000);
}

#[test]
fn nothing_is_overwritten() {
    let sandbox = backed_up();
    let folder = sandbox.folder();
    let before = fs::read(folder.join("b/spor.db")).unwrap();
    fails(&sandbox, &["store", "backup", "b/spor.db"]).with(2, "store_exists");
    assert_eq!(fs::read(folder.join("b/spor.db")).unwrap(), before);
    let over = ["store", "restore", "b/spor.db", "--to", "sqlite:spor.db"];
    fails(&sandbox, &over).with(2, "store_exists");
    let keys = ["--keys", "b/spor.db.keys"];
    let beside = ["store", "restore", "b/spor.db", "--to", "sqlite:spor.other"];
    fails(&sandbox, &[&beside[..], &keys].concat()).with(2, "store_exists").naming("spor.keys");
    fails(&sandbox, &["store", "backup", "nowhere/b.db"]).with(2, "usage").naming("nowhere");
}

#[test]
fn a_backup_that_was_changed_is_refused_and_what_differs_is_named() {
    let sandbox = backed_up();
    let folder = sandbox.folder();
    for name in ["spor.db", "spor.db.keys", "spor.db.kek"] {
        let path = folder.join("b").join(name);
        let whole = fs::read(&path).unwrap();
        let mut changed = whole.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        for bytes in [&changed, &whole[..whole.len() - 1]] {
            replace(&path, bytes);
            fails(&sandbox, &RESTORE).with(7, "backup_altered").naming(name);
            assert!(names(&folder.join("new")).is_empty(), "nothing is left behind");
        }
        replace(&path, &whole);
    }
    let manifest = folder.join("b/spor.db.manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    // Whoever changes a file and its hash still meets the tree.
    let document: Value = serde_json::from_str(&text).unwrap();
    let root = document["root"].as_str().unwrap();
    replace(&manifest, text.replace(root, &root.chars().rev().collect::<String>()).as_bytes());
    fails(&sandbox, &RESTORE).with(7, "backup_altered").naming("root");
    fs::remove_file(&manifest).unwrap();
    fails(&sandbox, &RESTORE).with(7, "backup_incomplete");
    assert!(names(&folder.join("new")).is_empty(), "nothing is left behind");
    replace(&manifest, text.as_bytes());
    sandbox.must(&RESTORE);
}

/// Some of the files may not be written to; they are replaced with their permissions.
fn replace(path: &Path, bytes: &[u8]) {
    let kept = fs::metadata(path).map(|found| found.permissions()).ok();
    let _ = fs::remove_file(path);
    fs::write(path, bytes).unwrap();
    if let Some(kept) = kept {
        fs::set_permissions(path, kept).unwrap();
    }
}

#[test]
fn the_keyring_of_another_store_is_refused() {
    let (one, other) = (backed_up(), sandbox());
    let keys = other.folder().join("spor.keys");
    let keys = ["--keys", keys.to_str().unwrap()];
    fails(&one, &[&RESTORE[..], &keys].concat()).with(2, "wrong_keyring");
    let kek = other.folder().join("spor.kek");
    let kek = ["--kek", kek.to_str().unwrap()];
    fails(&one, &[&RESTORE[..], &kek].concat()).with(2, "wrong_keyring");
    assert!(names(&one.folder().join("new")).is_empty(), "nothing is left behind");
    one.must(&RESTORE);
}

#[tokio::test]
async fn an_old_backup_with_todays_keyring_keeps_the_erased_erased() {
    let sandbox = backed_up();
    let url = format!("sqlite://{}", sandbox.folder().join("spor.keys").display());
    let mut ring = SqliteConnection::connect(&url).await.unwrap();
    ring.execute(
        "UPDATE subject_keys SET wrapped = NULL, destroyed_at = 7 WHERE subject LIKE 'case-%'",
    )
    .await
    .unwrap();
    ring.close().await.unwrap();
    let with_keys = |to: &str, keys: &str| {
        let to = format!("sqlite:{to}/spor.db");
        let restored =
            sandbox.json(&["store", "restore", "b/spor.db", "--to", &to, "--keys", keys]);
        let show = ["case", "show", "SPOR-2025-0001", "--store", &to];
        (restored["keys_destroyed_since"].clone(), sandbox.json(&show)["age"].clone())
    };
    let (since, age) = with_keys("old", "b/spor.db.keys");
    assert!(since == 0 && age.is_number(), "the backup's own keyring reads all: {age}");
    let (since, age) = with_keys("new", "spor.keys");
    assert!(since == 1 && !age.is_number(), "today's keyring reads less: {age}");
    sandbox.must(&["audit", "verify", "--store", "sqlite:new/spor.db"]);
}

const FULL: &str = r#"
set -u
spor=$1; out=$2
cd "$out"; mkdir -p disk
if mount -t tmpfs -o size=200k none disk 2>/dev/null; then
    "$spor" store backup disk/b.db -o json >full.out 2>full.err; echo $? >full.exit
    ls -A disk >full.left; umount disk
else
    trap '' XFSZ
    (ulimit -f 200; "$spor" store backup disk/b.db -o json >full.out 2>full.err; echo $? >full.exit)
    ls -A disk >full.left
fi
"#;

#[test]
fn a_full_disk_leaves_no_half_backup() {
    let sandbox = sandbox();
    sandbox.write("full.sh", FULL);
    let folder = sandbox.folder();
    let script = folder.join("full.sh");
    let arguments = [Path::new("sh"), &script, &binary::path(), folder];
    let in_namespace = Command::new("unshare").args(["-rm"]).args(arguments).status();
    if !in_namespace.is_ok_and(|status| status.success()) {
        assert!(Command::new("sh").args(&arguments[1..]).status().unwrap().success());
    }
    let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
    assert_eq!(text("full.exit").trim(), "6", "{}", text("full.err"));
    assert!(text("full.err").contains("b.db"), "the target is named: {}", text("full.err"));
    assert_eq!(text("full.left"), "", "nothing is left behind");
    sandbox.must(&["store", "backup", "b.db"]);
}
