//! PostgreSQL as it should not be: each fault is named, with its own code, and nothing is touched.

use std::time::{Duration, Instant};

use spor_store::{KeyFiles, Kind, Location, Open, OpenOptions, Store};
use spor_tests::postgres::{self, Cluster};
use sqlx::Executor;
use tempfile::TempDir;

use super::support::*;

fn keys() -> (TempDir, KeyFiles) {
    let folder = tempfile::tempdir().unwrap();
    let keys = KeyFiles::beside(&Location::Sqlite(folder.path().join("spor.db")));
    (folder, keys)
}

/// The code with which opening fails.
async fn code(url: &str, keys: &KeyFiles) -> &'static str {
    let location = Location::parse(url).unwrap();
    let opened = Store::open(&location, keys, Open::ReadWrite).await;
    opened.map_or_else(|error| error.code(), |_| "opened")
}

/// A database of the shared server, made by its administrator.
async fn made(statements: &[&str]) {
    postgres::execute(&postgres::shared().url("postgres", "postgres"), statements);
}

#[tokio::test]
async fn a_server_that_is_down_is_named_at_once_and_a_store_comes_back_with_it() {
    let mut cluster = Cluster::new("");
    cluster.prepare();
    let database = cluster.database();
    let location = Location::parse(&database.url).unwrap();
    let (_folder, keys) = keys();
    let store = Store::create(&location, &keys, genesis()).await.unwrap();
    cluster.stop();
    let begun = Instant::now();
    let error = Store::open(&location, &keys, Open::ReadWrite).await.unwrap_err();
    assert_eq!(error.code(), "server_unreachable");
    assert!(begun.elapsed() < Duration::from_secs(5));
    let waiting = store.clone();
    let appending = tokio::spawn(async move { waiting.append(append_at("case-A-1", 0)).await });
    cluster.start();
    appending.await.unwrap().unwrap();
    assert_eq!(positions(&store).await, [1, 2]);
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_database_that_is_not_there_or_not_prepared_is_named() {
    let (_folder, keys) = keys();
    let server = postgres::shared();
    made(&[
        "CREATE DATABASE empty",
        "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' \
        TEMPLATE template0",
    ])
    .await;
    let url = |name| server.url("spor_program", name);
    assert_eq!(code(&url("nowhere"), &keys).await, "store_not_found");
    assert_eq!(code(&url("empty"), &keys).await, "not_migrated");
    assert_eq!(code(&url("latin"), &keys).await, "not_utf8");
    let database = server.database();
    assert_eq!(code(&database.url, &keys).await, "store_not_found");
    let newer = ["INSERT INTO spor.migrations VALUES (9999, 'from the future')"];
    postgres::execute(&database.admin_url, &newer);
    assert_eq!(code(&database.url, &keys).await, "newer_format");
    let migrated = Store::migrate(&Location::parse(&database.admin_url).unwrap()).await;
    assert_eq!(migrated.unwrap_err().code(), "newer_format");
}

#[tokio::test]
async fn a_wrong_role_is_told_so_and_not_let_in() {
    let (place, store) = sandbox(On::Postgres).await;
    store.close().await.unwrap();
    let name = place.database.as_ref().unwrap().url.rsplit('/').next().unwrap().to_owned();
    made(&["CREATE ROLE stranger LOGIN", "CREATE ROLE clerk LOGIN IN ROLE spor_reader"]).await;
    let server = postgres::shared();
    for user in ["stranger", "clerk", "nobody_at_all"] {
        assert_eq!(code(&server.url(user, &name), &place.keys).await, "not_permitted", "{user}");
    }
    let migrating = Location::parse(&server.url("spor_program", &name)).unwrap();
    assert_eq!(Store::migrate(&migrating).await.unwrap_err().code(), "not_permitted");
}

#[tokio::test]
async fn the_program_may_change_only_what_is_listed() {
    let (place, store) = sandbox(On::Postgres).await;
    fill(&store, 3).await;
    let mut program = postgres::connect(&place.database.as_ref().unwrap().url).await;
    program.execute("SET search_path = spor, spor_keys, spor_views").await.unwrap();
    for refused in [
        "UPDATE events SET body = '{}'",
        "DELETE FROM events",
        "TRUNCATE events",
        "DELETE FROM commits",
        "UPDATE commits SET actor = 'x'",
        "DELETE FROM streams",
        "UPDATE streams SET stream = 'case-X-1'",
        "UPDATE log_head SET store_id = gen_random_uuid()",
        "DELETE FROM log_head",
        "UPDATE sealed_parts SET nonce = nonce",
        "DELETE FROM letters",
        "ALTER TABLE events DISABLE TRIGGER ALL",
        "DROP TRIGGER events_are_not_changed ON events",
        "CREATE TABLE spor.mine (a int)",
        "INSERT INTO migrations VALUES (99, 'x')",
        "SET ROLE spor_owner",
    ] {
        let error = program.execute(refused).await.unwrap_err();
        let code = error.as_database_error().and_then(|e| e.code()).unwrap_or_default();
        assert_eq!(code, "42501", "{refused}: {error}");
    }
}

#[tokio::test]
async fn a_trigger_that_is_missing_or_disabled_stops_the_program() {
    for harm in [
        "ALTER TABLE spor.events DISABLE TRIGGER events_are_not_changed",
        "ALTER TABLE spor.events ENABLE REPLICA TRIGGER events_are_not_deleted",
        "DROP TRIGGER commits_follow ON spor.commits",
    ] {
        let (place, store) = sandbox(On::Postgres).await;
        store.close().await.unwrap();
        let database = place.database.clone().unwrap();
        postgres::execute(&database.admin_url, &[harm]);
        let error = place.open(OpenOptions::new(Open::ReadWrite)).await.unwrap_err();
        assert_eq!(error.code(), "integrity_broken", "{harm}");
        let name = harm.split_whitespace().find(|word| word.contains("s_")).unwrap();
        assert!(error.to_string().contains(name), "{harm}: {error}");
    }
}

#[tokio::test]
async fn rights_beyond_the_listed_ones_are_warned_of() {
    let (place, store) = sandbox(On::Postgres).await;
    assert!(store.warnings().is_empty(), "{:?}", store.warnings());
    store.close().await.unwrap();
    let database = place.database.clone().unwrap();
    let name = database.url.rsplit('/').next().unwrap();
    made(&["CREATE ROLE mighty LOGIN IN ROLE spor_app"]).await;
    postgres::execute(&database.admin_url, &["GRANT UPDATE, TRUNCATE ON spor.events TO mighty"]);
    for (user, expected) in [
        ("postgres", vec!["role postgres is a superuser"]),
        (
            "mighty",
            vec![
                "role mighty has TRUNCATE on spor.events",
                "role mighty has UPDATE on spor.events",
            ],
        ),
    ] {
        let location = Location::parse(&postgres::shared().url(user, name)).unwrap();
        let store = Store::open(&location, &place.keys, Open::ReadWrite).await.unwrap();
        let mut warnings = store.warnings().to_vec();
        warnings.sort();
        assert_eq!(warnings, expected);
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_may_lose_what_it_acknowledged_holds_no_production_store() {
    let cluster = Cluster::new("fsync = off\nsynchronous_commit = off");
    cluster.prepare();
    for (kind, expected) in [(Kind::Sandbox, "made"), (Kind::Production, "unsafe_server")] {
        let (_folder, keys) = keys();
        let location = Location::parse(&cluster.database().url).unwrap();
        let mut genesis = genesis();
        genesis.kind = kind;
        let made = Store::create(&location, &keys, genesis).await;
        assert_eq!(made.as_ref().map_or_else(|error| error.code(), |_| "made"), expected);
        assert_eq!(keys.kek.exists(), kind == Kind::Sandbox);
        if let Ok(store) = made {
            let mut warnings = store.warnings().to_vec();
            warnings.sort();
            assert_eq!(warnings, ["fsync is off", "synchronous_commit is off"]);
        }
    }
}

#[tokio::test]
async fn a_lock_of_another_session_is_named_after_the_wait() {
    let (place, store) = sandbox(On::Postgres).await;
    store.close().await.unwrap();
    let options = OpenOptions { lock_wait_ms: 300, ..OpenOptions::new(Open::ReadWrite) };
    let store = place.open(options).await.unwrap();
    let mut other = place.raw().await;
    other.run("BEGIN; SELECT FROM log_head FOR UPDATE").await.unwrap();
    let error = store.append(append_at("case-A-1", 0)).await.unwrap_err();
    assert_eq!(error.code(), "store_locked");
    assert_eq!(positions(&store).await, [1]);
    other.run("ROLLBACK").await.unwrap();
    store.append(append_at("case-A-1", 0)).await.unwrap();
}

#[tokio::test]
async fn preparing_a_database_twice_or_after_being_killed_goes_on_where_it_was() {
    let server = postgres::shared();
    made(&["CREATE DATABASE half"]).await;
    let url = server.url("postgres", "half");
    let location = Location::parse(&url).unwrap();
    let all = Store::migrate(&location).await.unwrap();
    assert_eq!(all.first(), Some(&"0001_log"));
    assert!(Store::migrate(&location).await.unwrap().is_empty());
    // As if it had been killed before the last migrations.
    postgres::execute(
        &url,
        &[
            "DROP INDEX spor.letters_counted",
            "ALTER TABLE spor.letter_attempts DROP COLUMN report",
            "DROP TABLE spor.rate_tokens",
            "ALTER TABLE spor.letters DROP COLUMN copies",
            "ALTER TABLE spor.leases DROP COLUMN done_at",
            "DELETE FROM spor.migrations WHERE name >= '0009'",
        ],
    );
    let rest = Store::migrate(&location).await.unwrap();
    assert_eq!(rest, ["0009_protocol", "0010_reports", "0011_letters_counted"]);
    assert_eq!(all.last(), rest.last());
    let (_folder, keys) = keys();
    let program = Location::parse(&server.url("spor_program", "half")).unwrap();
    let store = Store::create(&program, &keys, genesis()).await.unwrap();
    let taken = Store::create(&program, &self::keys().1, genesis()).await.unwrap_err();
    assert_eq!(taken.code(), "store_exists");
    store.close().await.unwrap();
}

#[test]
fn a_location_names_one_or_several_servers_and_never_shows_a_password() {
    for (text, shown) in [
        ("postgres://spor@db/spor", "postgres://spor@db/spor"),
        ("postgresql://spor:hemmelig@db:5433/spor?sslmode=require", "postgres://spor@db:5433/spor"),
        ("postgres://a:hemmelig@h1:5432,h2:5433/b", "postgres://a@h1:5432,h2:5433/b"),
    ] {
        let location = Location::parse(text).unwrap();
        assert_eq!(location.to_string(), shown);
        assert!(!format!("{location:?}").contains("hemmelig"));
    }
    let bad = Location::parse("postgres://a:hemmelig@h:port/b").unwrap_err();
    assert_eq!(bad.code(), "bad_location");
    assert!(!bad.to_string().contains("hemmelig"), "{bad}");
}
