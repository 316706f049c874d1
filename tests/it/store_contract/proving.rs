//! Signed checkpoints and proofs: what is signed goes on from what was signed, and holds without us.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use spor_store::merkle::proof::cover;
use spor_store::note::{Note, PublicKey};
use spor_store::proof::Proof;
use spor_store::{Evidence, Log, Open, Position, SavedCheckpoint, Signer, Store, StoreError};

use super::sealing::record_note;
use super::support::*;

const NOW: &str = "2026-03-20T12:00:00Z";

pub fn signer(place: &Place, store: &Store) -> Signer {
    Signer::open(&place.keys, store.id()).unwrap()
}

pub async fn sign(place: &Place, store: &Store) -> SavedCheckpoint {
    store.checkpoint(&signer(place, store), instant(NOW)).await.unwrap()
}

/// Two cases, one of them with a sealed note, and a checkpoint half-way.
async fn signed() -> (Place, Store, SavedCheckpoint) {
    let (place, store) = sandbox(On::Sqlite).await;
    fill(&store, 9).await;
    record_note(&store, "case-C-001", "mor ringede").await;
    let half = sign(&place, &store).await;
    fill(&store, 12).await;
    (place, store, half)
}

fn evidence(place: &Place, notes: &[&str]) -> Evidence {
    Evidence {
        public_key: Some(PublicKey::open(&place.keys.public()).unwrap()),
        notes: notes.iter().map(|note| note.parse().unwrap()).collect(),
    }
}

#[tokio::test]
async fn a_checkpoint_is_signed_kept_and_found_true() {
    let (place, store, half) = signed().await;
    let note: Note = half.note.parse().unwrap();
    note.check(signer(&place, &store).public()).unwrap();
    assert_eq!((note.checkpoint.size, half.position.get()), (11, 11));
    let again = sign(&place, &store).await;
    assert_eq!(again.position.get(), 23);
    assert_eq!(sign(&place, &store).await, again, "nothing new, nothing signed");
    let verified = store.verify_against(&evidence(&place, &[&half.note]), |_| {}).await.unwrap();
    assert_eq!((verified.checkpoints, verified.events), (2, 23));
}

#[tokio::test]
async fn a_checkpoint_is_due_after_an_hour_or_a_thousand_events() {
    let (place, store, half) = signed().await;
    let signer = signer(&place, &store);
    let soon = instant("2026-03-20T12:59:59Z");
    assert_eq!(store.checkpoint_when_due(&signer, soon).await.unwrap(), None);
    let hour = instant("2026-03-20T13:00:00Z");
    let made = store.checkpoint_when_due(&signer, hour).await.unwrap().unwrap();
    assert_eq!((made.position.get(), half.position.get()), (23, 11));
    let later = instant("2026-03-20T15:00:00Z");
    assert_eq!(store.checkpoint_when_due(&signer, later).await.unwrap(), None, "nothing is new");
    let many = (0..1_000).map(|_| append_any("case-C-001")).collect();
    assert!(store.append_all(many).await.iter().all(Result::is_ok));
    let made = store.checkpoint_when_due(&signer, later).await.unwrap().unwrap();
    assert_eq!(made.position.get(), 1_023);
}

#[tokio::test]
async fn nothing_is_signed_that_does_not_go_on_from_the_last_signature() {
    for edit in [
        "UPDATE events SET leaf_hash = zeroblob(32) WHERE position = 15",
        "UPDATE log_checkpoints SET frontier = NULL; \
         UPDATE events SET leaf_hash = zeroblob(32) WHERE position = 3",
        "UPDATE log_checkpoints SET root = zeroblob(32)",
        "UPDATE log_checkpoints SET note = replace(note, '11', '12')",
    ] {
        let (place, store, _) = signed().await;
        place.tamper(edit).await;
        let refused = store.checkpoint(&signer(&place, &store), instant(NOW)).await.unwrap_err();
        assert!(matches!(refused.code(), "integrity_broken" | "not_proven"), "{edit}: {refused}");
        assert_eq!(store.log_checkpoints(Position::ZERO).await.unwrap().len(), 1, "{edit}");
    }
}

#[tokio::test]
async fn a_checkpoint_without_its_kept_edge_is_carried_on_from_the_leaves() {
    let (place, store, _) = signed().await;
    place.tamper("UPDATE log_checkpoints SET frontier = NULL").await;
    assert_eq!(sign(&place, &store).await.position.get(), 23);
    store.verify_against(&evidence(&place, &[]), |_| {}).await.unwrap();
}

#[tokio::test]
async fn checkpoints_and_anchors_are_neither_changed_nor_deleted() {
    let (place, store, half) = signed().await;
    store.note_anchored(half.position, "folder:/elsewhere", instant(NOW)).await.unwrap();
    assert!(store.unanchored("folder:/elsewhere").await.unwrap().is_empty());
    assert_eq!(store.unanchored("folder:/other").await.unwrap(), [half]);
    let mut raw = raw(&place.path()).await;
    for statement in [
        "UPDATE log_checkpoints SET note = ''",
        "DELETE FROM log_checkpoints",
        "UPDATE checkpoint_anchors SET place = ''",
        "DELETE FROM checkpoint_anchors",
    ] {
        assert!(sqlx::query(statement).execute(&mut raw).await.is_err(), "{statement}");
    }
}

#[tokio::test]
async fn a_log_is_checked_without_any_key_that_opens_something() {
    let (place, store, half) = signed().await;
    store.close().await.unwrap();
    fs::remove_file(&place.keys.kek).unwrap();
    fs::remove_file(&place.keys.keyring).unwrap();
    let log = Log::open_without_keys(&place.location, Open::ReadOnly).await.unwrap();
    log.verify_against(&evidence(&place, &[&half.note]), |_| {}).await.unwrap();
}

#[tokio::test]
async fn a_store_that_is_older_than_a_checkpoint_is_found_out() {
    let (place, store, _) = signed().await;
    let newest = sign(&place, &store).await;
    let (elder, twin) = (Place::empty(On::Sqlite), place.path());
    store.close().await.unwrap();
    fs::copy(&twin, elder.path()).unwrap();
    let evidence = evidence(&place, &[&newest.note]);
    let cut = cut(&elder, 10).await;
    let error = cut.verify_against(&evidence, |_| {}).await.unwrap_err();
    assert!(error.to_string().contains("older than the checkpoint"), "{error}");
    assert!(matches!(error, StoreError::Integrity { position, .. } if position.get() == 11));
    cut.verify(|_| {}).await.expect("without the checkpoint nobody could tell");
}

/// The log as if its tail had never been written, told by itself.
pub async fn cut(place: &Place, size: i64) -> Log {
    let mut raw = raw(&place.path()).await;
    let leaves: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT leaf_hash FROM events WHERE position <= ? ORDER BY position")
            .bind(size)
            .fetch_all(&mut raw)
            .await
            .unwrap();
    let mut tree = spor_store::merkle::Frontier::new();
    leaves.iter().for_each(|leaf| tree.append(leaf.as_slice().try_into().unwrap()));
    place
        .tamper(&format!(
            "DELETE FROM log_checkpoints WHERE position > {size}; \
             DELETE FROM sealed_parts WHERE position > {size}; \
             DELETE FROM events WHERE position > {size}; \
             DELETE FROM commits WHERE first_position > {size}; \
             DELETE FROM streams WHERE stream NOT IN (SELECT stream FROM events); \
             UPDATE streams SET version = \
                (SELECT count(*) FROM events AS e WHERE e.stream = streams.stream); \
             UPDATE log_head SET position = {size}, frontier = x'{}', \
                recorded_at = (SELECT recorded_at FROM events WHERE position = {size})",
            hex(&tree.to_bytes())
        ))
        .await;
    Log::open_without_keys(&place.location, Open::ReadOnly).await.unwrap()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_proof_holds_for_whoever_has_the_public_key() {
    let (place, store, half) = signed().await;
    let newest = sign(&place, &store).await;
    let streams = [stream("case-C-001"), stream("case-C-002")];
    let proof = store.prove(&streams, &newest, Some(&half.note)).await.unwrap();
    let text = proof.to_json();
    let key = PublicKey::open(&place.keys.public()).unwrap();
    let proven = Proof::parse(&text).unwrap().check(&key).unwrap();
    assert_eq!((proven.size, proven.earlier), (23, Some(11)));
    assert_eq!(proven.streams.get("case-C-001"), Some(&5));
    assert_eq!(proven.streams.len(), 2);
    assert!(!text.contains("case-C-003"), "a proof tells of these streams alone");
    let parts = store.read_after(Position::ZERO, 99).await.unwrap();
    let sealed = parts.iter().flat_map(|event| &event.parts).next().unwrap();
    assert!(!text.contains(&hex(sealed.ciphertext.as_ref().unwrap())), "no ciphertext leaves");
    assert!(text.contains(&hex(&sealed.ciphertext_hash)));
}

#[tokio::test]
async fn a_proof_of_another_log_and_a_changed_one_are_refused() {
    let (place, store, half) = signed().await;
    let proof = store.prove(&[stream("case-C-001")], &half, None).await.unwrap();
    let key = PublicKey::open(&place.keys.public()).unwrap();
    let (other, _) = sandbox(On::Sqlite).await;
    let stranger = PublicKey::open(&other.keys.public()).unwrap();
    assert_eq!(proof.check(&stranger).unwrap_err().code(), "other_log");
    let text = proof.to_json();
    for (from, to) in [
        ("ReminderSent", "ReminderSend"),
        ("\"version\": 1", "\"version\": 2"),
        ("2026-03-02", "2026-03-03"),
        ("\"staff-K-01\"", "\"staff-K-02\""),
        ("\"earlier\": null", "\"earlier\": 5"),
        ("spor/proof/1", "spor/proof/2"),
        ("\"parts\": []", "\"parts\": [], \"more\": 1"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        let refused = Proof::parse(&changed).and_then(|proof| proof.check(&key)).unwrap_err();
        assert_eq!(refused.code(), "not_proven", "{from}");
    }
}

#[tokio::test]
async fn an_event_cannot_be_left_out_of_the_middle_of_a_proof() {
    let (place, store, half) = signed().await;
    let proof = store.prove(&[stream("case-C-001")], &half, None).await.unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&proof.to_json()).unwrap();
    json["events"].as_array_mut().unwrap().remove(1);
    json["commits"].as_array_mut().unwrap().remove(1);
    // The hashes beside the rest are made anew: the tree itself has nothing against it.
    let events = store.read_after(Position::ZERO, 11).await.unwrap();
    let leaves: Vec<_> = events.iter().map(|event| event.leaf_hash).collect();
    let left = json["events"].as_array().unwrap();
    let left: Vec<u64> = left.iter().map(|e| e["position"].as_u64().unwrap() - 1).collect();
    let hashes = cover(&leaves, &left);
    json["hashes"] = hashes.iter().map(|hash| hex(hash)).collect::<Vec<_>>().into();
    let key = PublicKey::open(&place.keys.public()).unwrap();
    let refused = Proof::parse(&json.to_string()).unwrap().check(&key).unwrap_err();
    assert!(refused.to_string().contains("left out"), "{refused}");
}

#[tokio::test]
async fn a_signing_key_that_others_may_read_is_broken_or_is_another_stores_is_refused() {
    let (place, store) = sandbox(On::Sqlite).await;
    let open = || Signer::open(&place.keys, store.id()).map(|_| ()).unwrap_err().code();
    let path = &place.keys.signing;
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o400);
    let mode = |mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o440);
    assert_eq!(open(), "key_file_readable");
    mode(0o600);
    let text = fs::read_to_string(path).unwrap();
    for broken in ["", "no key", &text[..text.len() - 6], &text.replace("KEY", "key")] {
        fs::write(path, broken).unwrap();
        assert_eq!(open(), "key_file_malformed", "{broken}");
    }
    let (other, _) = sandbox(On::Sqlite).await;
    fs::write(path, fs::read(&other.keys.signing).unwrap()).unwrap();
    assert_eq!(open(), "other_log");
    fs::remove_file(path).unwrap();
    assert_eq!(open(), "key_file_missing");
}
