//! The encodings, byte by byte; whole envelopes are in `tests/golden/format/vectors.json`.

use chrono::{DateTime, NaiveDate};
use uuid::Uuid;

use super::{CommitFields, Encoder, Envelope, Fields, PartFields, commit_hash, hash, leaf_hash};

const ZEROS: [u8; 32] = [0; 32];

fn written(write: impl FnOnce(&mut Fields<'_>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut Fields(&mut bytes));
    bytes
}

fn commit() -> CommitFields<'static> {
    CommitFields {
        commit_id: Uuid::from_u128(1),
        actor: "demo",
        actor_kind: "person",
        on_behalf_of: None,
        auth: "sandbox",
        idempotency_key: None,
        request_hash: &ZEROS,
        command: "record",
        correlation_id: None,
        causation_id: None,
        first_position: 1,
        last_position: 1,
        recorded_at: DateTime::UNIX_EPOCH,
    }
}

fn envelope<'a>(parts: &'a [PartFields<'a>]) -> Envelope<'a> {
    Envelope {
        store_id: Uuid::from_u128(9),
        position: 1,
        event_id: Uuid::from_u128(2),
        commit_id: Uuid::from_u128(1),
        stream: "case-K-1001",
        version: 1,
        event_type: "CaseOpened",
        schema_version: 1,
        occurred_on: NaiveDate::from_ymd_opt(2026, 1, 5).expect("a day"),
        recorded_at: DateTime::UNIX_EPOCH,
        corrects: None,
        commit_hash: &ZEROS,
        body_hash: &ZEROS,
        parts,
    }
}

fn part(name: &str) -> PartFields<'_> {
    let key_id = Uuid::from_u128(4);
    PartFields { name, key_id, nonce: &[0; 24], ciphertext_hash: &ZEROS }
}

#[test]
fn each_value_carries_its_length() {
    let day = NaiveDate::from_ymd_opt(1900, 1, 1).expect("a day");
    let before_1970 = DateTime::from_timestamp_micros(-2).expect("an instant");
    assert_eq!(written(|fields| fields.text("æ")), b"\0\0\0\x02\xc3\xa6");
    assert_eq!(written(|fields| fields.text("")), b"\0\0\0\0");
    assert_eq!(written(|fields| fields.optional_text(None)), b"\xff\xff\xff\xff");
    assert_eq!(written(|fields| fields.optional_id(None)), b"\xff\xff\xff\xff");
    assert_eq!(written(|fields| fields.integer(258)), b"\0\0\0\x08\0\0\0\0\0\0\x01\x02");
    assert_eq!(written(|fields| fields.date(day)), b"\0\0\0\x0a1900-01-01");
    assert_eq!(
        written(|fields| fields.instant(before_1970)),
        b"\0\0\0\x08\xff\xff\xff\xff\xff\xff\xff\xfe"
    );
    assert_eq!(written(|fields| fields.parts(&[])), b"\0\0\0\x08\0\0\0\0\0\0\0\0");
}

#[test]
fn nothing_and_an_empty_text_are_not_the_same() {
    let none = commit_hash(Uuid::nil(), &commit());
    let empty = commit_hash(Uuid::nil(), &CommitFields { on_behalf_of: Some(""), ..commit() });
    assert_ne!(none, empty);
}

#[test]
fn parts_are_ordered_by_name_whatever_order_they_come_in() {
    let ordered = leaf_hash(&envelope(&[part("confidential"), part("person")]));
    let swapped = leaf_hash(&envelope(&[part("person"), part("confidential")]));
    assert_eq!(ordered, swapped);
    assert_ne!(ordered, leaf_hash(&envelope(&[part("person")])));
}

#[test]
fn a_used_buffer_leaves_nothing_behind() {
    let mut encoder = Encoder::default();
    encoder.leaf_hash(&envelope(&[part("person"), part("reason")]));
    assert_eq!(encoder.leaf_hash(&envelope(&[])), leaf_hash(&envelope(&[])));
    assert_eq!(encoder.commit_hash(Uuid::nil(), &commit()), commit_hash(Uuid::nil(), &commit()));
    let bytes = [b"\0".as_slice(), encoder.envelope(&envelope(&[]))].concat();
    assert_eq!(hash(&bytes), leaf_hash(&envelope(&[])));
    let commit_bytes = encoder.commit(Uuid::nil(), &commit()).to_vec();
    assert_eq!(hash(&commit_bytes), commit_hash(Uuid::nil(), &commit()));
}

#[test]
fn less_than_a_microsecond_does_not_count() {
    let later = DateTime::from_timestamp_nanos(999);
    let commit_later = CommitFields { recorded_at: later, ..commit() };
    assert_eq!(commit_hash(Uuid::nil(), &commit()), commit_hash(Uuid::nil(), &commit_later));
}
