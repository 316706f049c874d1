//! The format holds: what the Python implementation computed comes out of ours, byte for byte.

use chrono::{DateTime, NaiveDate};
use serde::Deserialize;
use spor_store::envelope::{self, CommitFields, Encoder, Envelope, Hash, PartFields};
use spor_store::merkle::{self, Frontier};
use spor_store::seal::{self, KeyPlace, PartPlace};
use uuid::Uuid;

const VECTORS: &str = include_str!("../golden/format/vectors.json");
const INSTANT: &str = "an instant within the calendar";

#[derive(Deserialize)]
struct Vectors {
    store: Uuid,
    commits: Vec<CommitVector>,
    events: Vec<EventVector>,
    roots: Vec<String>,
    wrapped_keys: Vec<WrappedKey>,
}

#[derive(Deserialize)]
struct CommitVector {
    name: String,
    commit_id: Uuid,
    actor: String,
    actor_kind: String,
    on_behalf_of: Option<String>,
    auth: String,
    idempotency_key: Option<String>,
    request_hash: String,
    command: String,
    correlation_id: Option<Uuid>,
    causation_id: Option<Uuid>,
    first_position: i64,
    last_position: i64,
    recorded_at: i64,
    bytes: String,
    hash: String,
}

#[derive(Deserialize)]
struct EventVector {
    name: String,
    position: i64,
    event_id: Uuid,
    commit_id: Uuid,
    stream: String,
    version: i64,
    event_type: String,
    schema_version: u16,
    occurred_on: NaiveDate,
    recorded_at: i64,
    corrects: Option<Uuid>,
    body: String,
    parts: Vec<PartVector>,
    envelope: String,
    leaf: String,
}

#[derive(Deserialize)]
struct PartVector {
    part: String,
    key_id: Uuid,
    key: String,
    nonce: String,
    plaintext: String,
    ciphertext: String,
    ciphertext_hash: String,
}

#[derive(Deserialize)]
struct WrappedKey {
    key_id: Uuid,
    subject: String,
    compartment: String,
    epoch: i64,
    data_key: String,
    kek: String,
    nonce: String,
    wrapped: String,
}

#[test]
fn commits_have_the_bytes_and_hashes_of_the_vectors() {
    let vectors = vectors();
    let mut encoder = Encoder::new();
    for commit in &vectors.commits {
        let request_hash = array(&commit.request_hash);
        let fields = commit_fields(commit, &request_hash);
        assert_eq!(hex(encoder.commit(vectors.store, &fields)), commit.bytes, "{}", commit.name);
        assert_eq!(hex(&envelope::commit_hash(vectors.store, &fields)), commit.hash);
        assert_eq!(hex(&encoder.commit_hash(vectors.store, &fields)), commit.hash);
    }
}

#[test]
fn events_have_the_envelopes_and_leaves_of_the_vectors() {
    let vectors = vectors();
    let mut encoder = Encoder::new();
    for event in &vectors.events {
        let commit = vectors.commits.iter().find(|commit| commit.commit_id == event.commit_id);
        let commit_hash = array(&commit.expect("each event has its commit").hash);
        let body_hash = envelope::hash(event.body.as_bytes());
        let sealed: Vec<([u8; 24], Hash)> = event
            .parts
            .iter()
            .map(|part| (array(&part.nonce), envelope::hash(&bytes(&part.ciphertext))))
            .collect();
        let parts: Vec<PartFields<'_>> = event
            .parts
            .iter()
            .zip(&sealed)
            .map(|(part, (nonce, ciphertext_hash))| PartFields {
                name: &part.part,
                key_id: part.key_id,
                nonce,
                ciphertext_hash,
            })
            .collect();
        let envelope = envelope_of(vectors.store, event, (&commit_hash, &body_hash), &parts);
        assert_eq!(hex(encoder.envelope(&envelope)), event.envelope, "{}", event.name);
        assert_eq!(hex(&encoder.leaf_hash(&envelope)), event.leaf);
        assert_eq!(hex(&envelope::leaf_hash(&envelope)), event.leaf);
    }
}

#[test]
fn the_tree_has_the_roots_of_the_vectors_from_size_0_to_8() {
    let vectors = vectors();
    let leaves: Vec<Hash> = vectors.events.iter().map(|event| array(&event.leaf)).collect();
    let mut frontier = Frontier::new();
    assert_eq!(vectors.roots.len(), 9);
    for (size, root) in vectors.roots.iter().enumerate() {
        assert_eq!(&hex(&frontier.root()), root, "size {size}");
        assert_eq!(&hex(&merkle::root_of(leaves[..size].iter().copied())), root, "size {size}");
        frontier = Frontier::from_bytes(&frontier.to_bytes()).expect("it was just written");
        leaves.get(size).into_iter().for_each(|leaf| frontier.append(*leaf));
    }
}

#[test]
fn sealed_parts_have_the_ciphertexts_of_the_vectors_and_open_again() {
    for event in &vectors().events {
        for part in &event.parts {
            let (key, nonce) = (array(&part.key), array(&part.nonce));
            let place = PartPlace {
                event_id: event.event_id,
                stream: &event.stream,
                part: &part.part,
                key_id: part.key_id,
            };
            let ciphertext = seal::seal_part(&key, &nonce, &place, &part.plaintext);
            assert_eq!(hex(&ciphertext), part.ciphertext, "{}", event.name);
            assert_eq!(hex(&envelope::hash(&ciphertext)), part.ciphertext_hash);
            let opened = seal::open_part(&key, &nonce, &place, &ciphertext);
            assert_eq!(opened.as_ref(), Ok(&part.plaintext));
        }
    }
}

#[test]
fn wrapped_keys_have_the_bytes_of_the_vectors_and_unwrap_again() {
    for key in &vectors().wrapped_keys {
        let (kek, nonce, data_key) = (array(&key.kek), array(&key.nonce), array(&key.data_key));
        let place = KeyPlace {
            key_id: key.key_id,
            subject: &key.subject,
            compartment: &key.compartment,
            epoch: key.epoch,
        };
        let wrapped = seal::wrap_key(&kek, &nonce, &place, &data_key);
        assert_eq!(hex(&wrapped), key.wrapped);
        assert_eq!(seal::unwrap_key(&kek, &place, &wrapped), Ok(data_key));
    }
}

fn vectors() -> Vectors {
    serde_json::from_str(VECTORS).expect("the vectors are JSON of this shape")
}

fn commit_fields<'a>(commit: &'a CommitVector, request_hash: &'a Hash) -> CommitFields<'a> {
    CommitFields {
        commit_id: commit.commit_id,
        actor: &commit.actor,
        actor_kind: &commit.actor_kind,
        on_behalf_of: commit.on_behalf_of.as_deref(),
        auth: &commit.auth,
        idempotency_key: commit.idempotency_key.as_deref(),
        request_hash,
        command: &commit.command,
        correlation_id: commit.correlation_id,
        causation_id: commit.causation_id,
        first_position: commit.first_position,
        last_position: commit.last_position,
        recorded_at: DateTime::from_timestamp_micros(commit.recorded_at).expect(INSTANT),
    }
}

fn envelope_of<'a>(
    store_id: Uuid,
    event: &'a EventVector,
    (commit_hash, body_hash): (&'a Hash, &'a Hash),
    parts: &'a [PartFields<'a>],
) -> Envelope<'a> {
    Envelope {
        store_id,
        position: event.position,
        event_id: event.event_id,
        commit_id: event.commit_id,
        stream: &event.stream,
        version: event.version,
        event_type: &event.event_type,
        schema_version: event.schema_version,
        occurred_on: event.occurred_on,
        recorded_at: DateTime::from_timestamp_micros(event.recorded_at).expect(INSTANT),
        corrects: event.corrects,
        commit_hash,
        body_hash,
        parts,
    }
}

fn array<const N: usize>(hex: &str) -> [u8; N] {
    bytes(hex).try_into().expect("a value of this length")
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<char> = hex.chars().collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(&String::from_iter(pair), 16).expect("hexadecimal"))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to memory does not fail");
        text
    })
}
