//! The complete check: every hash made again, every position, version and commit looked at.
//!
//! It streams: blocks are read and hashed side by side, then fitted together in order. No key is
//! needed. The first bad position is named.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use tokio::task::{JoinHandle, spawn_blocking};

use crate::backend::{Backend, Batch, read, values};
use crate::checkpoint::SavedCheckpoint;
use crate::envelope::Hash;
use crate::error::{Result, StoreError};
use crate::event::Kind;
use crate::ids::{KeyId, Position};
use crate::log::{Log, frontier};
use crate::merkle::Frontier;
use crate::note::{self, Note, PublicKey};
use crate::{json, sql};

mod block;
mod packed;

use block::{Block, Hashed};
use packed::Packed;

/// Events of one block.
const BLOCK_EVENTS: i64 = 2_000;
/// Blocks that are read or hashed at a time.
const BLOCKS_AHEAD: usize = 4;

/// What a complete check of the log has found in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many events.
    pub events: u64,
    /// The root of the tree over them.
    pub root: Hash,
    /// The last position.
    pub head: Position,
    /// How many checkpoints are saved in the store, all of them true.
    pub checkpoints: u64,
}

/// What a log is held against beside itself: what left the building.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Whose signatures count; without it none is looked at.
    pub public_key: Option<PublicKey>,
    /// Checkpoints that were kept elsewhere.
    pub notes: Vec<Note>,
}

/// What a checkpoint says about the tree of one size.
struct Claim {
    root: Hash,
    frontier: Option<Vec<u8>>,
    /// What is wrong with it whatever the tree is.
    fault: Option<String>,
}

impl Log {
    /// Checks the whole log up to its present head; tells its progress after each block.
    ///
    /// The error [`StoreError::Integrity`] names the first position that does not hold.
    pub async fn verify(&self, progress: impl Fn(Position)) -> Result<Verified> {
        self.verify_against(&Evidence::default(), progress).await
    }

    /// The same, also against checkpoints that were kept elsewhere and against a public key.
    pub async fn verify_against(
        &self,
        evidence: &Evidence,
        progress: impl Fn(Position),
    ) -> Result<Verified> {
        let saved = self.log_checkpoints(Position::ZERO).await?;
        let checkpoints = saved.len() as u64;
        let mut check = Check {
            log: self,
            frontier: Frontier::new(),
            last: Position::ZERO,
            recorded_at: i64::MIN,
            commit: (0, 0),
            streams: HashMap::new(),
            claims: claims(self, saved, evidence)?,
        };
        check.hold_against_claims()?;
        loop {
            let end = check.end().await?;
            check.remaining(end.events, &progress).await?;
            if end.events != end.head {
                let position = end.events.min(end.head).next();
                let what = "the events and the head end at different positions";
                return Err(broken(position, what));
            }
            // Somebody may have stored more since the end was read.
            if check.last == end.head {
                return check.finish(&end, checkpoints);
            }
        }
    }
}

/// Everything that must come true, by the size of the tree.
fn claims(
    log: &Log,
    saved: Vec<SavedCheckpoint>,
    evidence: &Evidence,
) -> Result<BTreeMap<Position, Vec<Claim>>> {
    let mut claims: BTreeMap<Position, Vec<Claim>> = BTreeMap::new();
    for saved in saved {
        let fault = saved.fault(&note::origin(log.id()), evidence.public_key.as_ref());
        let claim = Claim { root: saved.root, frontier: saved.frontier, fault };
        claims.entry(saved.position).or_default().push(claim);
    }
    for note in &evidence.notes {
        match &evidence.public_key {
            Some(key) => note.check(key)?,
            None => note.check_origin(&note::origin(log.id()))?,
        }
        let size = i64::try_from(note.checkpoint.size).unwrap_or(i64::MAX);
        let claim = Claim { root: note.checkpoint.root, frontier: None, fault: None };
        claims.entry(Position::new(size)).or_default().push(claim);
    }
    Ok(claims)
}

/// Where the log ends, by its events and by its head.
struct End {
    events: Position,
    head: Position,
    recorded_at: i64,
    kind: Kind,
    frontier: Vec<u8>,
    outside: i64,
    streams: Vec<u8>,
}

struct Check<'a> {
    log: &'a Log,
    frontier: Frontier,
    last: Position,
    recorded_at: i64,
    /// The first and last position of the newest commit.
    commit: (i64, i64),
    /// Each stream's version, and where its last event stands.
    streams: HashMap<Box<str>, (i64, Position)>,
    claims: BTreeMap<Position, Vec<Claim>>,
}

impl Check<'_> {
    async fn end(&self) -> Result<End> {
        let batch = Batch::new()
            .run(sql::BEGIN_READING, vec![])
            .ask(sql::READ_END, vec![])
            .ask(sql::PACK_VERSIONS, vec![])
            .run_built("COMMIT", vec![]);
        let [end, streams] = self.log.answers(batch).await?;
        let row = end.rows.into_iter().next();
        let mut row = row.ok_or_else(|| broken(Position::ZERO, "the log has no head"))?;
        let streams = packed(streams)?;
        let end = read!(row => End {
            events, head, recorded_at, kind, frontier, outside,
        } with { streams });
        Ok(end)
    }

    async fn remaining(&mut self, upto: Position, progress: &impl Fn(Position)) -> Result<()> {
        let mut ahead = VecDeque::new();
        let mut asked = self.last;
        while self.last < upto {
            while asked < upto && ahead.len() < BLOCKS_AHEAD {
                let end = Position::new(upto.get().min(asked.get() + BLOCK_EVENTS));
                ahead.push_back(hash_block(self.log, asked, end));
                asked = end;
            }
            let Some(block) = ahead.pop_front() else { break };
            let hashed = block.await.map_err(|_| StoreError::Closed)??;
            self.fit(hashed).await?;
            progress(self.last);
        }
        Ok(())
    }

    /// Fits a block to what stands before it.
    async fn fit(&mut self, mut hashed: Hashed) -> Result<()> {
        if let Some((position, fault)) = self.lost(&hashed).await? {
            let right = position.get() - self.last.get() - 1;
            hashed.seen.truncate(usize::try_from(right).unwrap_or(0));
            hashed.fault = Some(fault);
        }
        if let Some(genesis) = &hashed.genesis {
            self.hold_against_genesis(genesis)?;
        }
        let first = hashed.first_commit;
        let goes_on = if first.0 > self.last.get() {
            first.0 == self.commit.1 + 1
        } else {
            first == self.commit
        };
        if !goes_on && !hashed.seen.is_empty() {
            return Err(broken(self.last.next(), "the commit covers other positions"));
        }
        self.commit = hashed.last_commit;
        for seen in &hashed.seen {
            let position = self.last.next();
            if seen.recorded_at < self.recorded_at {
                return Err(broken(position, "recorded before the event in front of it"));
            }
            self.recorded_at = seen.recorded_at;
            self.follow(hashed.stream(seen), seen.version, position)?;
            self.frontier.append(seen.leaf);
            self.last = position;
            self.hold_against_claims()?;
        }
        hashed.fault.map_or(Ok(()), Err)
    }

    /// The head is that of the store which the first event has made.
    fn hold_against_genesis(&self, body: &str) -> Result<()> {
        let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
        let (store, kind) = (self.log.id().to_string(), self.log.kind().as_str());
        let differs = |member: &str, expected: &str| {
            body.get(member).is_some_and(|told| told.as_str() != Some(expected))
        };
        if differs("store", &store) || differs("kind", kind) {
            return Err(broken(Position::new(1), "the head and the first event differ"));
        }
        Ok(())
    }

    fn follow(&mut self, stream: &str, version: i64, position: Position) -> Result<()> {
        let followed = if let Some(known) = self.streams.get_mut(stream) {
            known.0 += 1;
            known.1 = position;
            known.0
        } else {
            self.streams.insert(stream.into(), (1, position));
            1
        };
        if followed == version {
            return Ok(());
        }
        let what = "the versions of the event's stream do not follow each other";
        Err(broken(position, what))
    }

    /// Every checkpoint of the present size tells this root.
    fn hold_against_claims(&mut self) -> Result<()> {
        while let Some(claims) = self.claims.first_entry().filter(|next| *next.key() <= self.last) {
            let position = *claims.key();
            for claim in claims.remove() {
                if let Some(fault) = claim.fault {
                    return Err(broken(position, &fault));
                }
                let is_kept = claim.frontier.is_none_or(|kept| kept == self.frontier.to_bytes());
                if position != self.last || claim.root != self.frontier.root() || !is_kept {
                    return Err(broken(position, "the log is not the one of the checkpoint"));
                }
            }
        }
        Ok(())
    }

    /// A text may be gone only when its key was destroyed, or when an event erased it by name.
    async fn lost(&self, hashed: &Hashed) -> Result<Option<(Position, StoreError)>> {
        if hashed.gone.is_empty() {
            return Ok(None);
        }
        let ids = json::ids(hashed.gone.iter().map(|gone| gone.key));
        let positions = json::integers(hashed.gone.iter().map(|gone| gone.position.get()));
        let batch = Batch::new()
            .ask(sql::LIST_DESTROYED_KEYS, vec![ids])
            .ask(sql::FIND_ERASED_PARTS, vec![positions]);
        let [destroyed, named] = self.log.answers(batch).await?;
        let destroyed = destroyed.rows.into_iter().map(|mut row| row.take());
        let destroyed: BTreeSet<KeyId> = destroyed.collect::<Result<_>>()?;
        let named = named.rows.into_iter().map(|mut row| Ok((row.take()?, row.take()?)));
        let named: BTreeSet<(Position, String)> = named.collect::<Result<_>>()?;
        let lost = hashed.gone.iter().find(|gone| {
            !destroyed.contains(&KeyId::new(gone.key))
                && !named.contains(&(gone.position, gone.part.clone()))
        });
        Ok(lost.map(|gone| {
            let what = format!("part {} is gone, but its key was not destroyed", gone.part);
            (gone.position, broken(gone.position, &what))
        }))
    }

    fn finish(mut self, end: &End, checkpoints: u64) -> Result<Verified> {
        let stored = frontier(&end.frontier, end.head)?;
        if stored != self.frontier {
            return Err(broken(end.head, "the head holds another root"));
        }
        if self.commit.1 != end.head.get() {
            return Err(broken(end.head, "the last commit ends elsewhere"));
        }
        if end.recorded_at != self.recorded_at || end.kind != self.log.kind() {
            return Err(broken(end.head, "the head and the last event differ"));
        }
        if end.outside != 0 {
            return Err(broken(end.head.next(), "rows lie outside of the log"));
        }
        self.hold_against_streams(end)?;
        if let Some((position, _)) = self.claims.first_key_value() {
            let what = format!(
                "the log ends at {}, but a checkpoint of {position} events was signed: \
                 the store is older than the checkpoint, or was cut",
                end.head
            );
            return Err(broken(end.head.next(), &what));
        }
        Ok(Verified {
            events: self.frontier.size(),
            root: self.frontier.root(),
            head: end.head,
            checkpoints,
        })
    }

    fn hold_against_streams(&mut self, end: &End) -> Result<()> {
        let mut rows = Packed::new(&end.streams);
        let differs = |position| broken(position, "the table of streams differs from the events");
        while let Some(([version], [stream, category])) =
            rows.row::<1, 2>().map_err(|_| differs(end.head))?
        {
            let stream = str::from_utf8(stream.unwrap_or_default()).unwrap_or_default();
            let (counted, position) = self.streams.remove(stream).unwrap_or((0, end.head));
            let expected = stream.split_once('-').map_or(stream, |(category, _)| category);
            if version != counted || category != Some(expected.as_bytes()) {
                return Err(differs(position));
            }
        }
        let left = self.streams.values().map(|(_, position)| *position).min();
        left.map_or(Ok(()), |position| Err(differs(position)))
    }
}

/// Reads and hashes a block beside everything else.
fn hash_block(log: &Log, after: Position, upto: Position) -> JoinHandle<Result<Hashed>> {
    let (backend, store): (Arc<dyn Backend>, _) = (Arc::clone(log.backend()), log.id().get());
    tokio::spawn(async move {
        let range = values![after, upto];
        let batch = Batch::new()
            .run(sql::BEGIN_READING, vec![])
            .ask(sql::PACK_EVENTS, range.clone())
            .ask(sql::PACK_PARTS, range.clone())
            .ask(sql::PACK_COMMITS, range)
            .run_built("COMMIT", vec![]);
        let answers = backend.read(batch).await?;
        let mut answers = answers.into_iter().map(packed);
        let mut next = || answers.next().unwrap_or_else(|| Ok(Vec::new()));
        let (events, parts, commits) = (next()?, next()?, next()?);
        let block = Block { store, after, upto, events, parts, commits };
        spawn_blocking(|| block.hash()).await.map_err(|_| StoreError::Closed)
    })
}

/// The one value of a packed answer; no rows are no bytes.
pub(crate) fn packed(answer: crate::backend::Answer) -> Result<Vec<u8>> {
    let row = answer.rows.into_iter().next();
    let packed = row.map(|mut row| row.take::<Option<Vec<u8>>>()).transpose()?;
    Ok(packed.flatten().unwrap_or_default())
}

pub(crate) fn broken(position: Position, what: &str) -> StoreError {
    StoreError::Integrity { position, what: what.to_owned() }
}
