//! The keys by the command line: looked at, rotated, copied, supplied from elsewhere.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use spor_tests::binary::Sandbox;

use super::erase;
use super::life::{canary, case_ref, journal};

fn filled() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("j.ndjson", &journal(2));
    sandbox.must(&["import", "j.ndjson"]);
    fs::remove_file(sandbox.folder().join("j.ndjson")).unwrap();
    sandbox
}

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn fails(sandbox: &Sandbox, arguments: &[&str]) -> (i32, String) {
    let output = sandbox.run(&[arguments, &["-o", "json"]].concat());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let last = told.trim_end().lines().last().unwrap_or_default();
    let last: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("{told}"));
    (output.status.code().unwrap(), last["error"]["code"].as_str().unwrap().to_owned())
}

#[test]
fn a_rotation_begins_an_epoch_and_keeps_the_old_key_aside() {
    let sandbox = filled();
    let kek = sandbox.folder().join("spor.kek");
    let old = fs::read(&kek).unwrap();
    let before = sandbox.json(&["keys", "status"]);
    let rotated = sandbox.json(&["keys", "rotate"]);
    assert_eq!((&rotated["epoch"], &rotated["rewrapped"]), (&2.into(), &before["living"]));
    let retired = sandbox.folder().join("spor.kek.retired-1");
    assert_eq!(fs::read(&retired).unwrap(), old);
    assert_ne!(fs::read(&kek).unwrap(), old);
    assert_eq!((mode(&kek), mode(&retired)), (0o400, 0o400));
    let after = sandbox.json(&["keys", "status"]);
    assert_eq!(after["living"], before["living"]);
    assert_eq!(after["epochs"][0]["living"], 0, "the old key wraps nothing");
    assert!(sandbox.must(&["export", "journal"]).contains(&canary(0)));
    // The old key no longer fits.
    fs::remove_file(&kek).unwrap();
    fs::rename(&retired, &kek).unwrap();
    assert_eq!(fails(&sandbox, &["keys", "status"]), (2, "wrong_keyring".to_owned()));
}

#[test]
fn doctor_is_red_until_a_second_copy_was_made_and_after_each_rotation() {
    let sandbox = filled();
    let keys = |sandbox: &Sandbox| -> String {
        let output = sandbox.run(&["doctor", "-o", "json"]);
        let rows: Value = serde_json::from_slice(&output.stdout).unwrap();
        let found = rows.as_array().unwrap().iter().find(|row| row["check"] == "keys").unwrap();
        found["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(keys(&sandbox), "red");
    sandbox.must(&["keys", "export", "copy"]);
    assert_eq!(keys(&sandbox), "ok");
    let copy = sandbox.folder().join("copy");
    assert_eq!(mode(&copy), 0o700);
    assert_eq!((mode(&copy.join("spor.keys")), mode(&copy.join("spor.kek"))), (0o600, 0o400));
    assert_eq!(fails(&sandbox, &["keys", "export", "copy"]), (2, "copy_exists".to_owned()));
    sandbox.must(&["keys", "rotate"]);
    assert_eq!(keys(&sandbox), "red");
    // The copy opens the store when its own keys are lost.
    let (config, kek) = ("spor.toml", sandbox.folder().join("spor.kek"));
    sandbox.must(&["keys", "export", "newer"]);
    fs::remove_file(kek).unwrap();
    sandbox.write(config, "[store]\nkeyring = \"newer/spor.keys\"\nkek = \"newer/spor.kek\"\n");
    assert!(sandbox.must(&["export", "journal"]).contains(&canary(0)));
}

#[test]
fn the_key_may_come_from_a_command_a_credential_or_in_a_sandbox_the_environment() {
    let sandbox = filled();
    let kek = sandbox.folder().join("spor.kek");
    let key = fs::read_to_string(&kek).unwrap();
    fs::remove_file(&kek).unwrap();
    sandbox.write("secret", &key);
    sandbox.write("spor.toml", "[store]\nkek_command = \"cat secret\"\n");
    assert!(sandbox.must(&["export", "journal"]).contains(&canary(0)));
    assert_eq!(fails(&sandbox, &["keys", "rotate"]), (2, "bad_request".to_owned()));
    let next = sandbox.write("next", &format!("{}\n", "5e".repeat(32)));
    fs::set_permissions(&next, fs::Permissions::from_mode(0o400)).unwrap();
    sandbox.must(&["keys", "rotate", "--new-key", "next"]);
    assert_eq!(fails(&sandbox, &["keys", "status"]), (2, "wrong_keyring".to_owned()));
    sandbox.write("spor.toml", "[store]\nkek_command = \"cat next\"\n");
    assert_eq!(sandbox.json(&["keys", "status"])["epoch"], 2);
    sandbox.write("spor.toml", "[store]\nkek_command = \"exit 3\"\n");
    assert_eq!(fails(&sandbox, &["keys", "status"]), (2, "key_file_missing".to_owned()));
    sandbox.write("spor.toml", "[store]\nkek_command = \"echo no key\"\n");
    assert_eq!(fails(&sandbox, &["keys", "status"]), (2, "key_file_malformed".to_owned()));

    let ask = |sandbox: &Sandbox, variables: &[(&str, &str)]| {
        let mut command = std::process::Command::new(spor_tests::binary::path());
        command.args(["keys", "status"]).current_dir(sandbox.folder());
        command.envs(variables.iter().copied());
        command.output().unwrap().status.code()
    };
    let folder = sandbox.folder().to_str().unwrap();
    sandbox.write("spor.toml", "[store]\nkek_credential = \"next\"\n");
    assert_eq!(ask(&sandbox, &[("CREDENTIALS_DIRECTORY", folder)]), Some(0));
    assert_eq!(ask(&sandbox, &[]), Some(2));
    let init = |sandbox: &Sandbox| {
        let mut command = std::process::Command::new(spor_tests::binary::path());
        command.args(["init", "--sandbox", "--store", "sqlite:another.db"]);
        command.current_dir(sandbox.folder()).env("CREDENTIALS_DIRECTORY", folder);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert!(init(&sandbox).contains("key      supplied from outside"));
    assert!(!sandbox.folder().join("another.kek").exists());
    sandbox.write("spor.toml", "");
    let key = "5e".repeat(32);
    assert_eq!(ask(&sandbox, &[("SPOR_KEK", &key)]), Some(0));
    let production = Sandbox::production();
    let key = fs::read_to_string(production.folder().join("spor.kek")).unwrap();
    assert_eq!(ask(&production, &[("SPOR_KEK", key.trim())]), Some(9));
}

#[test]
fn a_key_that_is_missing_without_an_erasure_is_a_fault() {
    let sandbox = filled();
    let (old, case) = (sandbox.folder().join("old.keys"), case_ref(0));
    // A keyring from before the case: its store has gone on without it.
    let other = Sandbox::new();
    drop(other);
    fs::copy(sandbox.folder().join("spor.keys"), &old).unwrap();
    let remove = "DELETE FROM subject_keys WHERE subject = 'case-SPOR-2024-0000'";
    let removed = std::process::Command::new("python3")
        .args(["-c", "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()"])
        .arg(sandbox.folder().join("spor.keys"))
        .arg(remove)
        .status()
        .unwrap();
    assert!(removed.success());
    for question in [
        &["case", "show", &case][..],
        &["case", "timeline", &case],
        &["replay", &case],
        &["export", "journal"],
    ] {
        assert_eq!(fails(&sandbox, question), (7, "key_missing".to_owned()), "{question:?}");
    }
    fs::rename(&old, sandbox.folder().join("spor.keys")).unwrap();
    assert!(sandbox.json(&["case", "show", &case])["age"].is_number());
    erase(&sandbox, &case);
    assert_eq!(sandbox.json(&["case", "show", &case])["personal_data"], "erased");
}

#[test]
fn keys_that_seal_nothing_are_found_and_removed_after_a_day() {
    let sandbox = filled();
    let add = "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); \
        c.execute(\"INSERT INTO subject_keys (key_id, subject, compartment, epoch, wrapped, made_at) \
        SELECT randomblob(16), 'case-'||made.n, 'person', 1, wrapped, made.at FROM subject_keys, \
        (SELECT 'OLD-1' n, 0 at UNION ALL SELECT 'NEW-1', 1 << 60) made WHERE compartment='claims'\"); \
        c.commit()";
    let added = std::process::Command::new("python3")
        .args(["-c", add])
        .arg(sandbox.folder().join("spor.keys"))
        .status()
        .unwrap();
    assert!(added.success());
    let status = sandbox.json(&["keys", "status"]);
    assert_eq!((&status["orphans_found"], &status["orphans_cleaned"]), (&1.into(), &1.into()));
    assert_eq!(sandbox.json(&["keys", "status"])["orphans_found"], 0);
    assert!(sandbox.must(&["export", "journal"]).contains(&canary(0)));
}
