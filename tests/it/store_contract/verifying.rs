//! `verify` finds what was changed past the triggers, and names the first bad position.

use spor_store::{Append, EventId, ReadSet, Store, StoreError, Version};

use super::support::*;

on_both! {
    an_untouched_log_is_in_order,
    an_edit_of_any_column_of_an_event_is_found,
    an_edit_of_a_commit_is_found,
    missing_and_moved_events_are_found,
    a_cut_tail_is_found_also_when_the_head_was_moved_back,
    an_edit_of_a_sealed_part_is_found,
    an_edit_of_the_head_or_of_a_stream_is_found,
}

/// Eleven events: position 6 corrects another, 7 to 9 are one commit, 10 carries a sealed note.
async fn filled(on: On) -> (Place, Store) {
    let (place, store) = sandbox(on).await;
    fill(&store, 4).await;
    let mut correction = append_any("case-C-001");
    correction.events[0].1.corrects = Some(EventId::new(fresh_id()));
    store.append(correction).await.unwrap();
    let mut read = ReadSet::new();
    read.note(stream("case-D-1"), Version::ZERO);
    let events = (0..3).map(|_| (stream("case-D-1"), fact("GoalSet"))).collect();
    store.append(append(read, events)).await.unwrap();
    super::sealing::record_note(&store, "case-E-1", "a note").await;
    let last = Append { at: instant("2026-03-20T11:00:00Z"), ..append_any("case-E-1") };
    store.append(last).await.unwrap();
    store.verify(|_| {}).await.unwrap();
    (place, store)
}

async fn first_bad_position(on: On, statements: &str) -> i64 {
    let (place, store) = filled(on).await;
    place.tamper(statements).await;
    match store.verify(|_| {}).await {
        Err(StoreError::Integrity { position, .. }) => position.get(),
        Err(other) => panic!("{statements}: {other}"),
        Ok(_) => panic!("{statements}: not found"),
    }
}

async fn an_untouched_log_is_in_order(on: On) {
    let (_place, store) = filled(on).await;
    let seen = std::sync::Mutex::new(Vec::new());
    let verified = store.verify(|position| seen.lock().unwrap().push(position)).await;
    let verified = verified.unwrap();
    assert_eq!((verified.events, verified.head.get()), (11, 11));
    assert_eq!(seen.into_inner().unwrap().last(), Some(&verified.head));
}

async fn an_edit_of_any_column_of_an_event_is_found(on: On) {
    for (edit, position) in [
        ("position = 99 WHERE position = 5", 5),
        ("event_id = zeroblob(16) WHERE position = 3", 3),
        ("commit_id = (SELECT commit_id FROM commits LIMIT 1) WHERE position = 3", 3),
        ("stream = 'case-Z-9' WHERE position = 4", 4),
        ("version = 7 WHERE position = 4", 4),
        ("event_type = 'SessionHelt' WHERE position = 5", 5),
        ("schema_version = 2 WHERE position = 5", 5),
        ("occurred_on = '2026-03-03' WHERE position = 5", 5),
        ("recorded_at = recorded_at + 1 WHERE position = 5", 5),
        ("corrects = NULL WHERE position = 6", 6),
        ("corrects = zeroblob(16) WHERE position = 5", 5),
        ("body = replace(body, 'a', 'b') WHERE position = 8", 8),
        ("leaf_hash = zeroblob(32) WHERE position = 11", 11),
        ("occurred_on = 'yesterday!' WHERE position = 2", 2),
    ] {
        assert_eq!(
            first_bad_position(on, &format!("UPDATE events SET {edit}")).await,
            position,
            "{edit}"
        );
    }
}

async fn an_edit_of_a_commit_is_found(on: On) {
    for (edit, position) in [
        ("actor = 'staff-K-09' WHERE first_position = 3", 3),
        ("actor_kind = 'system' WHERE first_position = 3", 3),
        ("on_behalf_of = 'staff-K-09' WHERE first_position = 3", 3),
        ("auth = 'oidc' WHERE first_position = 3", 3),
        ("idempotency_key = 'k' WHERE first_position = 3", 3),
        ("request_hash = zeroblob(32) WHERE first_position = 3", 3),
        ("command = 'Other' WHERE first_position = 3", 3),
        ("correlation_id = zeroblob(16) WHERE first_position = 3", 3),
        ("last_position = 8 WHERE first_position = 7", 7),
        ("recorded_at = recorded_at - 1 WHERE first_position = 7", 7),
    ] {
        assert_eq!(
            first_bad_position(on, &format!("UPDATE commits SET {edit}")).await,
            position,
            "{edit}"
        );
    }
}

async fn missing_and_moved_events_are_found(on: On) {
    let cut = "DELETE FROM events WHERE position > 8; DELETE FROM commits WHERE first_position > 8";
    let swap = "UPDATE events SET position = 4000 WHERE position = 4; \
        UPDATE events SET position = 4 WHERE position = 5; \
        UPDATE events SET position = 5 WHERE position = 4000";
    for (statements, position) in [
        ("DELETE FROM events WHERE position = 4", 4),
        (cut, 9),
        ("DELETE FROM events WHERE position = 11", 11),
        ("DELETE FROM events WHERE position = 1", 1),
        (swap, 4),
        ("DELETE FROM commits WHERE first_position = 5", 5),
    ] {
        assert_eq!(first_bad_position(on, statements).await, position, "{statements}");
    }
}

async fn a_cut_tail_is_found_also_when_the_head_was_moved_back(on: On) {
    let cut = "DELETE FROM events WHERE position = 11; \
        DELETE FROM commits WHERE first_position = 11; UPDATE log_head SET position = 10";
    let (place, store) = filled(on).await;
    place.tamper(cut).await;
    assert_eq!(store.verify(|_| {}).await.unwrap_err().code(), "integrity_broken");
}

async fn an_edit_of_a_sealed_part_is_found(on: On) {
    for edit in [
        "UPDATE sealed_parts SET ciphertext = zeroblob(80)",
        "UPDATE sealed_parts SET ciphertext = NULL",
        "UPDATE sealed_parts SET ciphertext_hash = zeroblob(32), ciphertext = NULL",
        "UPDATE sealed_parts SET nonce = zeroblob(24)",
        "UPDATE sealed_parts SET key_id = zeroblob(16)",
        "UPDATE sealed_parts SET part = 'other'",
        "DELETE FROM sealed_parts",
        "INSERT INTO sealed_parts SELECT position, 'more', key_id, nonce, ciphertext, \
         ciphertext_hash FROM sealed_parts",
    ] {
        assert_eq!(first_bad_position(on, edit).await, 10, "{edit}");
    }
}

async fn an_edit_of_the_head_or_of_a_stream_is_found(on: On) {
    for edit in [
        "UPDATE log_head SET frontier = zeroblob(length(frontier))",
        "UPDATE log_head SET position = 12",
        "UPDATE streams SET version = 9 WHERE stream = 'case-D-1'",
        "DELETE FROM streams WHERE stream = 'case-D-1'",
    ] {
        let (place, store) = filled(on).await;
        place.tamper(edit).await;
        let error = store.verify(|_| {}).await.unwrap_err();
        assert_eq!(error.code(), "integrity_broken", "{edit}");
    }
}
