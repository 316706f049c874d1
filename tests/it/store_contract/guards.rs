//! The database itself refuses what would change the past.

use sqlx::Executor;
use sqlx::sqlite::SqliteConnection;

use super::support::*;

async fn refused(raw: &mut SqliteConnection, statement: &'static str) -> String {
    match raw.execute(statement).await {
        Ok(_) => panic!("{statement} was not refused"),
        Err(error) => error.to_string(),
    }
}

const EVENT: &str = "INSERT INTO events SELECT position + 1, x'00112233445566778899aabbccddeeff', \
    commit_id, stream, version + 1, event_type, schema_version, occurred_on, recorded_at, \
    corrects, body, leaf_hash FROM events WHERE position = (SELECT max(position) FROM events)";

#[tokio::test]
async fn events_and_commits_are_neither_changed_nor_deleted() {
    let (place, store) = sandbox().await;
    fill(&store, 5).await;
    let mut raw = place.raw().await;
    for statement in [
        "UPDATE events SET body = '{}' WHERE position = 2",
        "UPDATE events SET leaf_hash = leaf_hash",
        "DELETE FROM events WHERE position = 3",
        "DELETE FROM events",
        "UPDATE commits SET actor = 'somebody else'",
        "DELETE FROM commits WHERE first_position = 6",
        "UPDATE streams SET version = version - 1",
        "UPDATE streams SET stream = 'case-X-1'",
        "DELETE FROM streams",
        "UPDATE log_head SET position = 3",
        "UPDATE log_head SET kind = 'production'",
        "DELETE FROM log_head",
    ] {
        let why = refused(&mut raw, statement).await;
        assert!(why.contains("code: 1811"), "{statement}: {why}");
    }
    assert_eq!(store.verify(|_| {}).await.unwrap().events, 6);
}

#[tokio::test]
async fn replacing_does_not_walk_past_the_triggers() {
    let (place, store) = sandbox().await;
    fill(&store, 3).await;
    let mut raw = place.raw().await;
    // As every connection of the store has it.
    raw.execute("PRAGMA recursive_triggers = ON").await.unwrap();
    for statement in [
        "INSERT OR REPLACE INTO events SELECT * FROM events WHERE position = 2",
        "REPLACE INTO events SELECT 5, event_id, commit_id, stream, 9, event_type, schema_version, \
         occurred_on, recorded_at, corrects, body, leaf_hash FROM events WHERE position = 2",
        "REPLACE INTO commits SELECT * FROM commits WHERE first_position = 2",
        "REPLACE INTO log_head SELECT * FROM log_head",
        "REPLACE INTO streams SELECT * FROM streams",
    ] {
        refused(&mut raw, statement).await;
    }
    assert_eq!(positions(&store).await, [1, 2, 3, 4]);
}

#[tokio::test]
async fn an_event_takes_the_next_position_only() {
    let (place, store) = sandbox().await;
    fill(&store, 3).await;
    let mut raw = place.raw().await;
    for other in ["position + 2", "position", "1 - position", "NULL"] {
        let statement = EVENT.replacen("position + 1", other, 1);
        let refused = raw.execute(sqlx::AssertSqlSafe(statement)).await;
        assert!(refused.is_err(), "{other} was not refused");
    }
    let commit = "INSERT INTO commits SELECT first_position + 2, last_position + 2, \
        x'00112233445566778899aabbccddeeff', recorded_at, actor, actor_kind, on_behalf_of, auth, \
        idempotency_key, request_hash, command, correlation_id, causation_id FROM commits \
        ORDER BY first_position DESC LIMIT 1";
    let why = refused(&mut raw, commit).await;
    assert!(why.contains("begins where the last one ended"), "{why}");
    assert_eq!(positions(&store).await, [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_sealed_part_is_only_erased_and_only_after_its_key() {
    let (place, store) = sandbox().await;
    super::sealing::record_note(&store, "case-A-1", "a note").await;
    let mut raw = place.raw().await;
    for statement in [
        "UPDATE sealed_parts SET ciphertext = NULL",
        "UPDATE sealed_parts SET ciphertext = x'00'",
        "UPDATE sealed_parts SET ciphertext_hash = zeroblob(32)",
        "DELETE FROM sealed_parts",
        "INSERT INTO sealed_parts SELECT position, 'other', key_id, nonce, ciphertext, \
         ciphertext_hash FROM sealed_parts",
    ] {
        refused(&mut raw, statement).await;
    }
    raw.execute("INSERT INTO destroyed_keys SELECT DISTINCT key_id, 0 FROM sealed_parts")
        .await
        .unwrap();
    refused(&mut raw, "UPDATE sealed_parts SET ciphertext = NULL, part = 'x'").await;
    raw.execute("UPDATE sealed_parts SET ciphertext = NULL").await.unwrap();
    refused(&mut raw, "DELETE FROM destroyed_keys").await;
    // The hash stays, so the leaf still stands.
    store.verify(|_| {}).await.unwrap();
}

#[tokio::test]
async fn letters_keep_their_bytes() {
    let (place, store) = sandbox().await;
    super::outbox::letter(&store, "K-01", "2026-03-24T05:30:00Z").await;
    let mut raw = place.raw().await;
    for statement in [
        "UPDATE letters SET bytes = x'00'",
        "UPDATE letters SET message_id = 'other'",
        "DELETE FROM letters",
    ] {
        refused(&mut raw, statement).await;
    }
}
