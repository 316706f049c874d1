//! Sealed parts open where they belong and nowhere else; keys are kept apart.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use spor_store::{Compartment, Opened, Position, Store, Upto};

use super::support::*;

on_both! {
    a_subject_has_one_key_per_compartment,
    a_key_that_is_there_costs_the_keyring_no_change,
    a_ciphertext_does_not_open_elsewhere,
    erased_and_missing_are_told_apart,
    a_key_destroyed_while_another_one_is_made_is_forgotten,
    what_was_opened_is_known_to_be_old_once_a_key_is_destroyed,
    claims_are_the_same_for_the_same_value_and_do_not_tell_it,
    keys_of_another_store_are_refused,
}

/// Records one event with a sealed note.
pub async fn record_note(store: &Store, name: &str, text: &str) -> Position {
    let subject = stream(name);
    let keys = store.data_keys(&[(subject.clone(), Compartment::Person)]).await.unwrap();
    let mut request = append_any(name);
    let event = &mut request.events[0].1;
    event.parts = vec![store.seal(&keys[0], event.id, &subject, "note", text)];
    store.append(request).await.unwrap().first
}

async fn opened(store: &Store, name: &str) -> spor_store::Result<Vec<Opened>> {
    let slices = store.read_streams(&[stream(name)], Upto::Everything).await.unwrap();
    let parts = store.open_parts(&slices[0].events).await?;
    Ok(parts.into_iter().flatten().map(|(_, text)| text).collect())
}

#[tokio::test]
async fn a_sealed_note_is_opened_again_also_by_another_process() {
    let (place, store) = sandbox(On::Sqlite).await;
    record_note(&store, "case-A-1", "mor ringede – æøå").await;
    let other = place.reopen().await;
    record_note(&other, "case-A-1", "two").await;
    for store in [store, other] {
        let texts = opened(&store, "case-A-1").await.unwrap();
        let expected = ["mor ringede – æøå", "two"].map(|text| Opened::Text(text.to_owned()));
        assert_eq!(texts, expected);
    }
    for file in ["spor.db", "spor.db-wal", "spor.keys"] {
        let bytes = std::fs::read(place.folder.path().join(file)).unwrap_or_default();
        assert!(!bytes.windows(7).any(|window| window == b"ringede"), "{file}");
    }
}

async fn a_subject_has_one_key_per_compartment(on: On) {
    let (place, store) = sandbox(on).await;
    let other = place.reopen().await;
    let wanted = [
        (stream("case-A-1"), Compartment::Person),
        (stream("case-A-1"), Compartment::Confidential),
        (stream("case-A-2"), Compartment::Person),
        (stream("case-A-1"), Compartment::Person),
    ];
    let ids = |keys: Vec<spor_store::DataKey>| keys.iter().map(|k| k.id()).collect::<Vec<_>>();
    let first = ids(store.data_keys(&wanted).await.unwrap());
    let again = ids(store.data_keys(&wanted).await.unwrap());
    let elsewhere = ids(other.data_keys(&wanted).await.unwrap());
    assert_eq!((&first, &first), (&again, &elsewhere));
    assert_eq!(first[0], first[3]);
    assert!(first[0] != first[1] && first[0] != first[2] && first[1] != first[2]);
}

async fn a_key_that_is_there_costs_the_keyring_no_change(on: On) {
    let (place, store) = sandbox(on).await;
    let other = place.reopen().await;
    let mut raw = place.raw_keyring().await;
    let changes = match on {
        On::Sqlite => "SELECT CAST(data_version AS TEXT) FROM pragma_data_version",
        On::Postgres => "SELECT CAST(changes AS TEXT) FROM spor_keys.keyring",
    };
    let one = [(stream("case-A-1"), Compartment::Person)];
    let two = [one[0].clone(), (stream("case-A-2"), Compartment::Person)];
    store.data_keys(&one).await.unwrap();
    let before = raw.texts(changes).await;
    for store in [&store, &other, &store, &other] {
        store.data_keys(&one).await.unwrap();
    }
    assert_eq!(raw.texts(changes).await, before, "everybody finds it");
    store.data_keys(&two).await.unwrap();
    let after = raw.texts(changes).await;
    assert_ne!(after, before);
    for store in [&store, &other, &store] {
        store.data_keys(&two).await.unwrap();
    }
    assert_eq!(raw.texts(changes).await, after, "what is made is known to who made it");
    raw.close().await;
    other.close().await.unwrap();
}

async fn a_ciphertext_does_not_open_elsewhere(on: On) {
    for (from, to) in [("case-A-1", "case-A-2"), ("case-A-1", "case-A-1")] {
        let (place, store) = sandbox(on).await;
        let first = record_note(&store, from, "about the first").await;
        let second = record_note(&store, to, "about the second").await;
        place
            .tamper(&format!(
                "UPDATE sealed_parts SET (key_id, nonce, ciphertext, ciphertext_hash) = \
                 (SELECT key_id, nonce, ciphertext, ciphertext_hash FROM sealed_parts \
                 WHERE position = {first}) WHERE position = {second}"
            ))
            .await;
        let error = opened(&store, to).await.unwrap_err();
        assert_eq!(error.code(), "integrity_broken");
        assert!(error.to_string().contains(&format!("position {second}")), "{error}");
    }
}

async fn what_was_opened_is_known_to_be_old_once_a_key_is_destroyed(on: On) {
    let (place, store) = sandbox(on).await;
    let other = place.reopen().await;
    for name in ["case-A-1", "case-A-2"] {
        record_note(&store, name, "a note").await;
    }
    let at = instant("2026-03-09T11:00:00Z");
    let seen = store.keys_seen().await.unwrap();
    opened(&store, "case-A-1").await.unwrap();
    assert_eq!(store.keys_seen().await.unwrap(), seen, "opening changes nothing");
    for (destroyer, name) in [(&store, "case-A-1"), (&other, "case-A-2")] {
        let before = store.keys_seen().await.unwrap();
        destroyer.destroy_keys(&stream(name), &[Compartment::Person], at).await.unwrap();
        assert_ne!(store.keys_seen().await.unwrap(), before, "{name}");
    }
    other.close().await.unwrap();
}

async fn erased_and_missing_are_told_apart(on: On) {
    let (place, store) = sandbox(on).await;
    record_note(&store, "case-A-1", "gone").await;
    record_note(&store, "case-A-2", "lost").await;
    record_note(&store, "case-A-3", "kept").await;
    let mut keyring = place.raw_keyring().await;
    for statement in [
        "UPDATE subject_keys SET wrapped = NULL, destroyed_at = 1 WHERE subject = 'case-A-1'",
        "DELETE FROM subject_keys WHERE subject = 'case-A-2'",
    ] {
        assert_eq!(keyring.run(statement).await.unwrap(), 1);
    }
    // The store has the keys in memory and still notices.
    assert_eq!(opened(&store, "case-A-1").await.unwrap(), [Opened::Erased]);
    assert_eq!(opened(&store, "case-A-2").await.unwrap(), [Opened::KeyMissing]);
    let kept = Opened::Text("kept".to_owned());
    assert_eq!(opened(&store, "case-A-3").await.unwrap(), [kept]);
}

async fn a_key_destroyed_while_another_one_is_made_is_forgotten(on: On) {
    let (place, store) = sandbox(on).await;
    record_note(&store, "case-A-1", "gone").await;
    let mut keyring = place.raw_keyring().await;
    let lock: &[&str] = match on {
        On::Sqlite => &["BEGIN IMMEDIATE"],
        On::Postgres => &["BEGIN", "SELECT pg_advisory_xact_lock(8389757)"],
    };
    for statement in lock {
        keyring.run(statement).await.unwrap();
    }
    let making = tokio::spawn({
        let store = store.clone();
        async move { store.data_keys(&[(stream("case-A-2"), Compartment::Person)]).await }
    });
    // Time to look whether the keyring has changed, and to wait for its lock.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let destroyed =
        "UPDATE subject_keys SET wrapped = NULL, destroyed_at = 1 WHERE subject = 'case-A-1'";
    for statement in [destroyed, "COMMIT"] {
        keyring.run(statement).await.unwrap();
    }
    making.await.unwrap().unwrap();
    assert_eq!(opened(&store, "case-A-1").await.unwrap(), [Opened::Erased]);
    keyring.close().await;
}

async fn claims_are_the_same_for_the_same_value_and_do_not_tell_it(on: On) {
    let (place, store) = sandbox(on).await;
    let claim = store.claim_stream("email", "k01@kommune.example").unwrap();
    let again = place.reopen().await.claim_stream("email", "k01@kommune.example").unwrap();
    assert_eq!(claim, again);
    assert_ne!(claim, store.claim_stream("source_id", "k01@kommune.example").unwrap());
    assert!(claim.as_str().starts_with("claim-email-") && !claim.as_str().contains("k01"));
    let (_other_place, other) = sandbox(on).await;
    assert_ne!(claim, other.claim_stream("email", "k01@kommune.example").unwrap());
}

#[tokio::test]
async fn keys_that_others_may_read_are_refused() {
    for file in ["spor.kek", "spor.keys"] {
        let (place, store) = sandbox(On::Sqlite).await;
        store.close().await.unwrap();
        let path = place.folder.path().join(file);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o440)).unwrap();
        let error = place.open(spor_store::OpenOptions::new(spor_store::Open::ReadWrite)).await;
        let error = error.unwrap_err();
        assert_eq!(error.code(), "key_file_readable", "{file}");
        assert!(error.to_string().contains("0440"), "{error}");
    }
}

async fn keys_of_another_store_are_refused(on: On) {
    let (place, store) = sandbox(on).await;
    let (other, other_store) = sandbox(on).await;
    store.close().await.unwrap();
    other_store.close().await.unwrap();
    let mode = spor_store::Open::ReadWrite;
    let mut mixed = place.keys.clone();
    mixed.kek = other.keys.kek.clone();
    let error = Store::open(&place.location, &mixed, mode).await.unwrap_err();
    assert_eq!(error.code(), "wrong_keyring");
    let error = Store::open(&place.location, &other.keys, mode).await.unwrap_err();
    assert_eq!(error.code(), "wrong_keyring");
    std::fs::remove_file(&place.keys.kek).unwrap();
    let error = Store::open(&place.location, &place.keys, mode).await.unwrap_err();
    assert_eq!(error.code(), "key_file_missing");
    std::fs::write(&place.keys.kek, "not a key\n").unwrap();
    std::fs::set_permissions(&place.keys.kek, std::fs::Permissions::from_mode(0o400)).unwrap();
    let error = Store::open(&place.location, &place.keys, mode).await.unwrap_err();
    assert_eq!(error.code(), "key_file_malformed");
}
