//! The database itself refuses what would change the past.

use super::support::*;

on_both! {
    events_and_commits_are_neither_changed_nor_deleted,
    replacing_does_not_walk_past_the_triggers,
    an_event_takes_the_next_position_only,
    a_sealed_part_is_only_erased_and_only_after_its_key,
    letters_keep_their_bytes,
}

const EVENT: &str = "INSERT INTO events SELECT position + 1, x'00112233445566778899aabbccddeeff', \
    commit_id, stream, version + 1, event_type, schema_version, occurred_on, recorded_at, \
    corrects, body, leaf_hash FROM events WHERE position = (SELECT max(position) FROM events)";

async fn events_and_commits_are_neither_changed_nor_deleted(on: On) {
    let (place, store) = sandbox(on).await;
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
        let why = raw.refused(statement).await;
        assert!(why.ends_with("(1811)") || why.ends_with("(23000)"), "{statement}: {why}");
    }
    assert_eq!(store.verify(|_| {}).await.unwrap().events, 6);
}

async fn replacing_does_not_walk_past_the_triggers(on: On) {
    let (place, store) = sandbox(on).await;
    fill(&store, 3).await;
    let mut raw = place.raw().await;
    if on == On::Sqlite {
        // As every connection of the store has it.
        raw.run("PRAGMA recursive_triggers = ON").await.unwrap();
    }
    let replacing: &[&str] = &[
        "INSERT OR REPLACE INTO events SELECT * FROM events WHERE position = 2",
        "REPLACE INTO events SELECT 5, event_id, commit_id, stream, 9, event_type, schema_version, \
         occurred_on, recorded_at, corrects, body, leaf_hash FROM events WHERE position = 2",
        "REPLACE INTO commits SELECT * FROM commits WHERE first_position = 2",
        "REPLACE INTO log_head SELECT * FROM log_head",
        "REPLACE INTO streams SELECT * FROM streams",
    ];
    let upserting: &[&str] = &[
        "INSERT INTO events SELECT * FROM events WHERE position = 2 \
         ON CONFLICT (position) DO UPDATE SET body = '{}'",
        "INSERT INTO commits SELECT * FROM commits WHERE first_position = 2 \
         ON CONFLICT (first_position) DO UPDATE SET actor = 'somebody else'",
        "INSERT INTO streams SELECT * FROM streams ON CONFLICT (stream) DO UPDATE SET version = 1",
        "TRUNCATE events",
        "TRUNCATE commits, events, sealed_parts CASCADE",
        "TRUNCATE log_head",
        "TRUNCATE streams",
        "SET session_replication_role = replica; DELETE FROM events",
    ];
    for statement in if on == On::Sqlite { replacing } else { upserting } {
        raw.refused(statement).await;
    }
    assert_eq!(positions(&store).await, [1, 2, 3, 4]);
}

async fn an_event_takes_the_next_position_only(on: On) {
    let (place, store) = sandbox(on).await;
    fill(&store, 3).await;
    let mut raw = place.raw().await;
    for other in ["position + 2", "position", "1 - position", "NULL"] {
        let statement = EVENT.replacen("position + 1", other, 1);
        raw.refused(&statement).await;
    }
    let commit = "INSERT INTO commits SELECT first_position + 2, last_position + 2, \
        x'00112233445566778899aabbccddeeff', recorded_at, actor, actor_kind, on_behalf_of, auth, \
        idempotency_key, request_hash, command, correlation_id, causation_id FROM commits \
        ORDER BY first_position DESC LIMIT 1";
    let why = raw.refused(commit).await;
    assert!(why.contains("begins where the last one ended"), "{why}");
    assert_eq!(positions(&store).await, [1, 2, 3, 4]);
}

async fn a_sealed_part_is_only_erased_and_only_after_its_key(on: On) {
    let (place, store) = sandbox(on).await;
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
        raw.refused(statement).await;
    }
    let destroyed = "INSERT INTO destroyed_keys SELECT DISTINCT key_id, 0 FROM sealed_parts";
    raw.run(destroyed).await.unwrap();
    raw.refused("UPDATE sealed_parts SET ciphertext = NULL, part = 'x'").await;
    raw.run("UPDATE sealed_parts SET ciphertext = NULL").await.unwrap();
    raw.refused("DELETE FROM destroyed_keys").await;
    // The hash stays, so the leaf still stands.
    store.verify(|_| {}).await.unwrap();
}

async fn letters_keep_their_bytes(on: On) {
    let (place, store) = sandbox(on).await;
    super::outbox::letter(&store, "K-01", "2026-03-24T05:30:00Z").await;
    let mut raw = place.raw().await;
    for statement in [
        "UPDATE letters SET bytes = x'00'",
        "UPDATE letters SET message_id = 'other'",
        "DELETE FROM letters",
    ] {
        raw.refused(statement).await;
    }
}
