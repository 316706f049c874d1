//! What an earlier program wrote, this one reads: its files, its shapes, its answers.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Map, Value, json};
use spor_tests::binary::{self, Sandbox};
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};

use super::bad_input::Refused;

/// The stores that earlier programs wrote, each kept for ever.
const STORES: [&str; 1] = ["format-4"];
const KILLS: usize = 20;
/// What a case says of the next of all its deadlines.
const NEXT: [&str; 3] = ["next_due", "next_rule", "days"];

/// A copy of a kept store in a folder of its own, as `spor.db`.
fn kept(name: &str) -> (Sandbox, Value) {
    let sandbox = Sandbox::empty();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/stores");
    lay_out(&sandbox, name);
    let expected = fs::read_to_string(folder.join(format!("{name}.expected.json"))).unwrap();
    (sandbox, serde_json::from_str(&expected).unwrap())
}

/// Lays the files of a kept store out, in place of what is there.
fn lay_out(sandbox: &Sandbox, name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/stores");
    for left in ["spor.db-wal", "spor.db-shm", "spor.keys-journal"] {
        let _ = fs::remove_file(sandbox.folder().join(left));
    }
    for (from, to, mode) in [("store", "db", 0o640), ("keys", "keys", 0o600), ("kek", "kek", 0o400)]
    {
        let to = sandbox.folder().join(format!("spor.{to}"));
        let _ = fs::remove_file(&to);
        fs::copy(folder.join(format!("{name}.{from}")), &to).unwrap();
        fs::set_permissions(&to, Permissions::from_mode(mode)).unwrap();
    }
}

/// Every table and every case, as programs see them.
fn answers(sandbox: &Sandbox) -> Value {
    let mut tables = Map::new();
    for table in ["cases", "deadlines", "follow_ups", "tracks", "sessions", "reminders", "events"] {
        let mut rows = sandbox.json(&["query", table]);
        for row in rows.as_array_mut().unwrap() {
            // When the scheduler looks next is its own to say, and is armed anew by a rebuild.
            row.as_object_mut().unwrap().remove("wakes_at");
        }
        tables.insert(table.to_owned(), rows);
    }
    let mut cases = Map::new();
    for case in tables["cases"].as_array().unwrap() {
        let reference = case["case"].as_str().unwrap();
        cases.insert(reference.to_owned(), sandbox.json(&["case", "show", reference]));
    }
    json!({
        "verified": sandbox.json(&["audit", "verify"]), "tables": tables, "cases": cases,
        "outbox": sandbox.json(&["reminders", "outbox"]),
    })
}

/// What was said then is said now; a newer program may say more. It knows more rules: other deadlines
/// stand beside those of then, and another one may be a case's next.
fn must_say(now: &Value, then: &Value, path: &str) {
    match (now, then) {
        (Value::Object(now), Value::Object(then)) => {
            let names_next = then.contains_key("next_rule");
            let is_of_next = |key: &str| names_next && NEXT.contains(&key);
            for (key, then) in then.iter().filter(|(key, _)| !is_of_next(key)) {
                let now = now.get(key).unwrap_or_else(|| panic!("{path}.{key} is gone"));
                must_say(now, then, &format!("{path}.{key}"));
            }
        }
        (Value::Array(now), Value::Array(then)) => {
            let rules: BTreeSet<_> = then.iter().map(|row| row["rule"].as_str()).collect();
            let known = now.iter().filter(|row| rules.contains(&row["rule"].as_str()));
            let now: Vec<&Value> = known.collect();
            assert_eq!(now.len(), then.len(), "{path}");
            for (at, (now, then)) in now.into_iter().zip(then).enumerate() {
                must_say(now, then, &format!("{path}[{at}]"));
            }
        }
        (now, then) => assert_eq!(now, then, "{path}"),
    }
}

async fn sqlite(sandbox: &Sandbox, file: &str) -> SqliteConnection {
    let url = format!("sqlite://{}", sandbox.folder().join(file).display());
    SqliteConnection::connect(&url).await.unwrap()
}

#[test]
fn the_stores_of_earlier_programs_are_opened_verified_and_answer_as_before() {
    for name in STORES {
        let (sandbox, expected) = kept(name);
        must_say(&answers(&sandbox), &expected, name);
        sandbox.must(&["record", "case-opened", "--help"]);
        let tick = ["scheduler", "tick", "--at", "2026-03-03T08:00:00Z"];
        sandbox.must(&tick);
        sandbox.must(&["audit", "verify"]);
    }
}

#[test]
fn an_older_store_is_not_brought_up_by_looking_at_it() {
    let (sandbox, _) = kept("format-4");
    let before = fs::read(sandbox.folder().join("spor.db")).unwrap();
    let status = sandbox.run(&["store", "status", "-o", "json"]);
    Refused::read(&status).with(2, "bad_request").naming("open it for writing once");
    assert_eq!(fs::read(sandbox.folder().join("spor.db")).unwrap(), before);
}

#[tokio::test]
async fn a_newer_keyring_is_refused() {
    let (sandbox, _) = kept("format-4");
    let mut ring = sqlite(&sandbox, "spor.keys").await;
    ring.execute("PRAGMA user_version = 999").await.unwrap();
    ring.close().await.unwrap();
    let asked = sandbox.run(&["query", "cases", "-o", "json"]);
    Refused::read(&asked).with(2, "newer_format").naming("999");
}

/// Kills the binary while it brings an old store up: at its nth write to the disk where strace is
/// there, else after a while that grows.
fn killed_while_migrating(sandbox: &Sandbox, nth: usize) -> bool {
    let (program, question) = (binary::path(), ["query", "cases", "-o", "json"]);
    let trace = ["-f", "-o", "/dev/null", "-e", "trace=pwrite64,fdatasync,fsync,ftruncate"];
    let inject = format!("inject=pwrite64,fdatasync,fsync,ftruncate:signal=KILL:when={nth}");
    let mut traced = Command::new("strace");
    traced.args(trace).args(["-e", &inject]).arg(&program);
    let mut plain = Command::new(&program);
    let run = |command: &mut Command| {
        command.args(question).current_dir(sandbox.folder());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
    };
    match run(&mut traced) {
        Ok(mut child) => child.wait().unwrap().signal().is_some(),
        Err(_) => {
            let mut child = run(&mut plain).unwrap();
            std::thread::sleep(Duration::from_millis(2 * nth as u64));
            let is_running = child.try_wait().unwrap().is_none();
            let _ = child.kill();
            child.wait().unwrap();
            is_running
        }
    }
}

#[test]
fn a_migration_that_is_killed_leaves_a_store_that_is_brought_up_next_time() {
    let (sandbox, expected) = kept("format-4");
    let mut killed = 0;
    for nth in 1..=KILLS {
        lay_out(&sandbox, "format-4");
        killed += usize::from(killed_while_migrating(&sandbox, nth));
        let cases = sandbox.json(&["query", "cases"]);
        must_say(&cases, &expected["tables"]["cases"], &format!("killed at {nth}"));
        must_say(&sandbox.json(&["audit", "verify"]), &expected["verified"], "the root");
    }
    assert!(killed >= KILLS / 2, "only {killed} kills came in time");
}

#[tokio::test]
async fn everything_derived_may_be_deleted_and_comes_back_the_same() {
    let (sandbox, _) = kept("format-4");
    let before = answers(&sandbox);
    for rebuild in [true, false] {
        let mut file = sqlite(&sandbox, "spor.db").await;
        let made: Vec<String> = sqlx::query_scalar(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'p\\_%' ESCAPE '\\'",
        )
        .fetch_all(&mut file)
        .await
        .unwrap();
        assert!(made.len() >= 5, "{made:?}");
        for table in made.iter().chain(&["projections".into(), "projection_failures".into()]) {
            let gone = if table.starts_with("p_") { "DROP TABLE" } else { "DELETE FROM" };
            file.execute(AssertSqlSafe(format!("{gone} {table}"))).await.unwrap();
        }
        file.close().await.unwrap();
        if rebuild {
            sandbox.must(&["store", "rebuild"]);
        }
        assert_eq!(answers(&sandbox), before, "rebuilt by hand: {rebuild}");
    }
}
