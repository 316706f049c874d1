//! How SQLite finds what it is asked for: what the program does all day looks through no table that
//! only grows.

use std::fs;
use std::path::Path;

use sqlx::{AssertSqlSafe, Connection as _, Row as _};

use super::support::*;

/// Tables that get longer for as long as the store lives.
const GROWING: [&str; 8] = [
    "commits",
    "events",
    "letter_attempts",
    "letters",
    "reminders",
    "sealed_parts",
    "streams",
    "import_outcomes",
];
/// What may look through one, and why.
const ALLOWED: [(&str, &str); 11] = [
    ("append_commits", "its trigger begins at the newest row and stops there"),
    ("find_telling_letters", "erasing: any letter may name the case"),
    ("find_used_keys", "care of the keys: which of them seal nothing"),
    ("has_address", "a mail server's report names an address"),
    ("hold_letters", "after a restore"),
    ("let_go_letters", "after a restore"),
    ("list_letters", "a person looks at the outbox"),
    ("list_reminders", "a person looks at the ledger"),
    ("note_held", "after a restore"),
    ("note_let_go", "after a restore"),
    ("pack_versions", "verifying the log"),
];

#[tokio::test]
async fn few_statements_look_through_a_table_that_grows_and_each_has_a_reason() {
    let (place, store) = sandbox(On::Sqlite).await;
    let mut raw = raw(&place.path()).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/store/sql/sqlite");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let (mut looked_at, mut scanning) = (0, Vec::new());
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        for statement in text.split(";\n").map(without_comments) {
            // What belongs to the keyring, or is no question, has no plan here.
            let plan = format!("EXPLAIN QUERY PLAN {statement}");
            let Ok(steps) = sqlx::query(AssertSqlSafe(plan)).fetch_all(&mut raw).await else {
                continue;
            };
            looked_at += 1;
            let steps: Vec<String> = steps.iter().map(|step| step.get("detail")).collect();
            if steps.iter().any(|step| GROWING.iter().any(|table| is_scan(step, table))) {
                scanning.push(name.clone());
            }
        }
    }
    assert!(looked_at > 100, "{looked_at} statements have a plan");
    assert_eq!(scanning, ALLOWED.map(|(name, _)| name));
    raw.close().await.unwrap();
    store.close().await.unwrap();
}

#[tokio::test]
async fn letters_are_counted_without_their_bytes() {
    let (place, store) = sandbox(On::Sqlite).await;
    let mut raw = raw(&place.path()).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/store/sql/sqlite");
    let text = fs::read_to_string(folder.join("measure_letters.sql")).unwrap();
    let plan = format!("EXPLAIN QUERY PLAN {}", without_comments(&text));
    let steps = sqlx::query(AssertSqlSafe(plan)).fetch_all(&mut raw).await.unwrap();
    let steps: Vec<String> = steps.iter().map(|step| step.get("detail")).collect();
    assert_eq!(steps, ["SCAN letters USING COVERING INDEX letters_counted"]);
    raw.close().await.unwrap();
    store.close().await.unwrap();
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("--"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether a step goes through every row; through those of an index of few rows is no such step.
fn is_scan(step: &str, table: &str) -> bool {
    step.strip_prefix("SCAN ").is_some_and(|scanned| scanned == table)
}
