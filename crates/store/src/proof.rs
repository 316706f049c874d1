//! A proof of some streams' events that stands on its own: it needs no store and no key of ours.
//!
//! It holds what the leaves are made of, the hashes beside them, and a signed checkpoint. Sealed
//! parts are in it by the hash of their ciphertext alone. `docs/format.md` is the authority.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::checkpoint::SavedCheckpoint;
use crate::envelope::{self, CommitFields, Encoder, Envelope, Hash, PartFields};
use crate::error::Result;
use crate::event::{StoredCommit, StoredEvent, Upto};
use crate::ids::{CommitId, Position, StreamName};
use crate::log::Log;
use crate::merkle::proof::{consistency, cover, is_consistent, root_from_cover};
use crate::note::{self, Note, PublicKey, not_proven};

mod form;

use form::{Commit, Earlier, Event, Hex};

/// The word that opens every proof.
pub const PROOF_FORMAT: &str = "spor/proof/1";

/// A proof as it is written to a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    format: String,
    checkpoint: String,
    commits: Vec<Commit>,
    events: Vec<Event>,
    hashes: Vec<Hex<32>>,
    // Absent is null, never left out: one way to write a proof.
    #[serde(deserialize_with = "Option::deserialize")]
    earlier: Option<Earlier>,
}

/// What a proof has proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// Of which log.
    pub origin: String,
    /// How many events that log had when the checkpoint was signed.
    pub size: u64,
    /// The root of its tree then.
    pub root: Hash,
    /// The streams whose events were proven, each with how many.
    pub streams: BTreeMap<String, u64>,
    /// When the last of these events was recorded.
    pub last_recorded_at: Option<DateTime<Utc>>,
    /// The size of the earlier checkpoint whose log is a beginning of this one.
    pub earlier: Option<u64>,
}

impl Log {
    /// Proves the events of streams against a checkpoint of this log; those after it are left out.
    pub async fn prove(
        &self,
        streams: &[StreamName],
        checkpoint: &SavedCheckpoint,
        earlier: Option<&str>,
    ) -> Result<Proof> {
        let upto = Upto::Position(checkpoint.position);
        let slices = self.read_streams(streams, upto).await?;
        let mut events: Vec<StoredEvent> = slices.into_iter().flat_map(|s| s.events).collect();
        events.sort_unstable_by_key(|event| event.position);
        let ids: Vec<CommitId> = events.iter().map(|event| event.commit_id).collect();
        let mut commits: Vec<StoredCommit> = self.commits(&ids).await?.into_values().collect();
        commits.sort_unstable_by_key(|commit| commit.first_position);
        let leaves = self.all_leaves(checkpoint.position).await?;
        let chosen: Vec<u64> =
            events.iter().map(|event| event.position.get().unsigned_abs() - 1).collect();
        let earlier = earlier.map(|note| carried_on(note, &leaves, self)).transpose()?;
        Ok(Proof {
            format: PROOF_FORMAT.to_owned(),
            checkpoint: checkpoint.note.clone(),
            commits: commits.iter().map(Commit::from).collect(),
            events: events.iter().map(Event::from).collect(),
            hashes: cover(&leaves, &chosen).into_iter().map(Hex).collect(),
            earlier,
        })
    }

    async fn all_leaves(&self, end: Position) -> Result<Vec<Hash>> {
        let mut leaves: Vec<Hash> = Vec::new();
        while (leaves.len() as u64) < end.get().unsigned_abs() {
            let after = i64::try_from(leaves.len()).unwrap_or(i64::MAX);
            leaves.extend(self.leaves(Position::new(after), end).await?);
        }
        Ok(leaves)
    }
}

fn carried_on(text: &str, leaves: &[Hash], log: &Log) -> Result<Earlier> {
    let note: Note = text.parse()?;
    note.check_origin(&note::origin(log.id()))?;
    let size = usize::try_from(note.checkpoint.size).ok().filter(|size| *size <= leaves.len());
    let size = size.ok_or_else(|| not_proven("the earlier checkpoint is the newer one"))?;
    let path = consistency(leaves, size).into_iter().map(Hex).collect();
    Ok(Earlier { checkpoint: text.to_owned(), consistency: path })
}

impl Proof {
    /// Reads a proof.
    pub fn parse(text: &str) -> Result<Self> {
        let proof: Self = serde_json::from_str(text)
            .map_err(|error| not_proven(format!("the file is no proof: {error}")))?;
        if proof.format == PROOF_FORMAT {
            return Ok(proof);
        }
        Err(not_proven(format!("the proof has the unknown format {:?}", proof.format)))
    }

    /// The text of the proof.
    ///
    /// # Panics
    /// Never: a proof is made of texts and numbers.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a proof is made of texts and numbers")
    }

    /// Checks everything, believing nothing but the key.
    pub fn check(&self, key: &PublicKey) -> Result<Proven> {
        let note: Note = self.checkpoint.parse()?;
        note.check(key)?;
        let (size, root) = (note.checkpoint.size, note.checkpoint.root);
        let store = key.origin().strip_prefix("spor/").and_then(|id| Uuid::try_parse(id).ok());
        let store = store.ok_or_else(|| not_proven("the key belongs to no store of Spor"))?;
        let chosen = self.leaves(store)?;
        let hashes: Vec<Hash> = self.hashes.iter().map(|hash| hash.0).collect();
        if root_from_cover(size, &chosen, &hashes) != Some(root) {
            return Err(not_proven("the events do not lead to the root of the checkpoint"));
        }
        let micros = self.events.iter().map(|event| event.recorded_at).max();
        Ok(Proven {
            origin: note.checkpoint.origin,
            size,
            root,
            streams: self.streams()?,
            last_recorded_at: micros.and_then(DateTime::from_timestamp_micros),
            earlier: self.check_earlier(key, size, &root)?,
        })
    }

    /// The leaf of each event, made anew.
    fn leaves(&self, store: Uuid) -> Result<Vec<(u64, Hash)>> {
        let mut encoder = Encoder::new();
        let mut commits = HashMap::new();
        for commit in &self.commits {
            commits.insert(commit.commit_id.0, (commit, commit.hash(&mut encoder, store)?));
        }
        let in_order =
            self.commits.is_sorted_by(|left, right| left.first_position < right.first_position);
        if commits.len() != self.commits.len() || !in_order {
            return Err(not_proven("a commit stands twice or out of order"));
        }
        let mut leaves = Vec::with_capacity(self.events.len());
        let mut used = HashSet::new();
        for event in &self.events {
            let broken = |what| not_proven(format!("event {}: {what}", event.position));
            let Some((commit, hash)) = commits.get(&event.commit_id.0) else {
                return Err(broken("its commit is missing"));
            };
            used.insert(event.commit_id.0);
            let covers = commit.first_position <= event.position
                && event.position <= commit.last_position
                && commit.recorded_at == event.recorded_at;
            if !covers {
                return Err(broken("its commit is another one"));
            }
            let place = u64::try_from(event.position).ok().and_then(|n| n.checked_sub(1));
            let place = place.ok_or_else(|| broken("positions count from 1"))?;
            let leaf = event.leaf(&mut encoder, store, hash);
            leaves.push((place, leaf.ok_or_else(|| broken("a field is none of the format's"))?));
        }
        if used.len() != commits.len() {
            return Err(not_proven("a commit has no event here"));
        }
        Ok(leaves)
    }

    /// The streams, each whole from its first event on.
    fn streams(&self) -> Result<BTreeMap<String, u64>> {
        let mut streams: BTreeMap<String, u64> = BTreeMap::new();
        for event in &self.events {
            let counted = streams.entry(event.stream.clone()).or_default();
            *counted += 1;
            if u64::try_from(event.version) != Ok(*counted) {
                let what = format!("an event of {} before version {}", event.stream, event.version);
                return Err(not_proven(format!("{what} was left out")));
            }
        }
        Ok(streams)
    }

    fn check_earlier(&self, key: &PublicKey, size: u64, root: &Hash) -> Result<Option<u64>> {
        let Some(earlier) = &self.earlier else {
            return Ok(None);
        };
        let note: Note = earlier.checkpoint.parse()?;
        note.check(key)?;
        let path: Vec<Hash> = earlier.consistency.iter().map(|hash| hash.0).collect();
        let old = (note.checkpoint.size, &note.checkpoint.root);
        if is_consistent(old, (size, root), &path) {
            return Ok(Some(old.0));
        }
        Err(not_proven("the log of the earlier checkpoint is no beginning of this one"))
    }
}

impl Commit {
    fn hash(&self, encoder: &mut Encoder, store: Uuid) -> Result<Hash> {
        let fields = CommitFields {
            commit_id: self.commit_id.0,
            actor: &self.actor,
            actor_kind: &self.actor_kind,
            on_behalf_of: self.on_behalf_of.as_deref(),
            auth: &self.auth,
            idempotency_key: self.idempotency_key.as_deref(),
            request_hash: &self.request_hash.0,
            command: &self.command,
            correlation_id: self.correlation_id.map(|id| id.0),
            causation_id: self.causation_id.map(|id| id.0),
            first_position: self.first_position,
            last_position: self.last_position,
            recorded_at: DateTime::from_timestamp_micros(self.recorded_at)
                .ok_or_else(|| not_proven("a commit has no instant"))?,
        };
        Ok(encoder.commit_hash(store, &fields))
    }
}

impl Event {
    fn leaf(&self, encoder: &mut Encoder, store: Uuid, commit: &Hash) -> Option<Hash> {
        let occurred_on: NaiveDate = self.occurred_on.parse().ok()?;
        if occurred_on.to_string() != self.occurred_on {
            return None;
        }
        let parts: Vec<PartFields<'_>> = self
            .parts
            .iter()
            .map(|part| PartFields {
                name: &part.part,
                key_id: part.key_id.0,
                nonce: &part.nonce.0,
                ciphertext_hash: &part.ciphertext_hash.0,
            })
            .collect();
        if !parts.is_sorted_by(|left, right| left.name < right.name) {
            return None;
        }
        Some(encoder.leaf_hash(&Envelope {
            store_id: store,
            position: self.position,
            event_id: self.event_id.0,
            commit_id: self.commit_id.0,
            stream: &self.stream,
            version: self.version,
            event_type: &self.event_type,
            schema_version: self.schema_version,
            occurred_on,
            recorded_at: DateTime::from_timestamp_micros(self.recorded_at)?,
            corrects: self.corrects.map(|id| id.0),
            commit_hash: commit,
            body_hash: &envelope::hash(self.body.as_bytes()),
            parts: &parts,
        }))
    }
}
