//! One block of the log, hashed anew: all that can be checked without what stands before it.

use std::ops::Range;

use uuid::Uuid;

use super::broken;
use super::packed::{Packed, PackedRow, Unpackable};
use crate::backend::{date, from_micros};
use crate::envelope::{self, CommitFields, Encoder, Envelope, Hash, PartFields};
use crate::error::{Result, StoreError};
use crate::ids::Position;

/// Events as they were read, with what belongs to them.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) store: Uuid,
    /// The position before the first.
    pub(super) after: Position,
    /// The last position.
    pub(super) upto: Position,
    pub(super) events: Vec<u8>,
    pub(super) parts: Vec<u8>,
    pub(super) commits: Vec<u8>,
}

/// What the block's events must fit to.
pub(super) struct Hashed {
    /// The events in order, up to the first fault.
    pub(super) seen: Vec<Seen>,
    /// The first fault.
    pub(super) fault: Option<StoreError>,
    /// The body of the log's first event, when it is among them.
    pub(super) genesis: Option<String>,
    /// Sealed parts without their ciphertext.
    pub(super) gone: Vec<Gone>,
    /// The positions of the first and the last commit.
    pub(super) first_commit: (i64, i64),
    pub(super) last_commit: (i64, i64),
    /// The names of the events' streams, one after the other.
    streams: String,
}

/// An event whose leaf is right.
pub(super) struct Seen {
    pub(super) leaf: Hash,
    pub(super) version: i64,
    pub(super) recorded_at: i64,
    stream: Range<usize>,
}

/// A sealed part without its ciphertext.
pub(super) struct Gone {
    pub(super) position: Position,
    pub(super) part: String,
    pub(super) key: Uuid,
}

impl Hashed {
    pub(super) fn stream(&self, seen: &Seen) -> &str {
        &self.streams[seen.stream.clone()]
    }
}

/// A commit and its hash.
struct Commit<'a> {
    first: i64,
    last: i64,
    recorded_at: i64,
    id: &'a [u8],
    hash: Hash,
}

type Fault<T> = Result<T, String>;

impl From<Unpackable> for String {
    fn from(_: Unpackable) -> Self {
        "a stored row cannot be read".to_owned()
    }
}

impl Block {
    /// Checks every hash, every commit and every position of the block.
    pub(super) fn hash(self) -> Hashed {
        let mut hashed = Hashed {
            seen: Vec::new(),
            fault: None,
            genesis: None,
            gone: Vec::new(),
            first_commit: (0, 0),
            last_commit: (0, 0),
            streams: String::new(),
        };
        let mut walk = Walk {
            block: &self,
            encoder: Encoder::new(),
            events: Packed::new(&self.events),
            parts: Packed::new(&self.parts),
            commits: Packed::new(&self.commits),
            part: None,
            commit: None,
        };
        let mut position = self.after;
        let walked = walk.begin().and_then(|()| {
            while position < self.upto {
                position = position.next();
                let seen = walk.event(position, &mut hashed)?;
                hashed.seen.push(seen);
            }
            walk.end()
        });
        hashed.fault = walked.err().map(|what| broken(position, &what));
        hashed
    }
}

/// A way through a block: the next event, the next part, the commit under way.
struct Walk<'a> {
    block: &'a Block,
    encoder: Encoder,
    events: Packed<'a>,
    parts: Packed<'a>,
    commits: Packed<'a>,
    part: Option<PackedRow<'a, 1, 5>>,
    commit: Option<Commit<'a>>,
}

impl<'a> Walk<'a> {
    fn begin(&mut self) -> Fault<()> {
        self.part = self.parts.row()?;
        Ok(())
    }

    /// Nothing may be left over.
    fn end(&mut self) -> Fault<()> {
        if self.part.is_some() || self.events.row::<4, 8>()?.is_some() {
            return Err("a row lies outside of its place".to_owned());
        }
        match self.commits.row::<3, 10>()? {
            Some(_) => Err("the commit covers other positions".to_owned()),
            None => Ok(()),
        }
    }

    fn event(&mut self, position: Position, hashed: &mut Hashed) -> Fault<Seen> {
        let row = self.events.row::<4, 8>()?;
        let Some(([found, version, schema_version, recorded_at], fields)) = row else {
            return Err("the event is missing".to_owned());
        };
        if found != position.get() {
            return Err("the event is missing".to_owned());
        }
        let [id, commit_id, stream, event_type, occurred_on, corrects, body, leaf] = fields;
        let stream = text(stream)?;
        let commit_hash = self.commit_of(position.get(), recorded_at, commit_id, hashed)?;
        let body = bytes(body)?;
        let parts = self.parts_of(position, hashed)?;
        let envelope = Envelope {
            store_id: self.block.store,
            position: found,
            event_id: uuid(id)?,
            commit_id: uuid(commit_id)?,
            stream,
            version,
            event_type: text(event_type)?,
            schema_version: schema_version.try_into().map_err(|_| Unpackable)?,
            occurred_on: date(text(occurred_on)?).map_err(|error| error.to_string())?,
            recorded_at: from_micros(recorded_at).map_err(|error| error.to_string())?,
            corrects: corrects.map(|id| uuid(Some(id))).transpose()?,
            commit_hash: &commit_hash,
            body_hash: &envelope::hash(body),
            parts: &parts,
        };
        let made = self.encoder.leaf_hash(&envelope);
        if leaf != Some(&made) {
            return Err("the event or its commit was changed".to_owned());
        }
        if found == 1 {
            hashed.genesis = Some(text(Some(body))?.to_owned());
        }
        let begin = hashed.streams.len();
        hashed.streams.push_str(stream);
        Ok(Seen { leaf: made, version, recorded_at, stream: begin..hashed.streams.len() })
    }

    /// The hash of the commit that brought an event, which must cover its position.
    fn commit_of(
        &mut self,
        position: i64,
        recorded_at: i64,
        id: Option<&[u8]>,
        hashed: &mut Hashed,
    ) -> Fault<Hash> {
        let is_first = self.commit.is_none();
        if self.commit.as_ref().is_none_or(|commit| commit.last < position) {
            let commit = self.next_commit()?;
            if commit.first > position || (!is_first && commit.first != position) {
                return Err("the commit covers other positions".to_owned());
            }
            hashed.last_commit = (commit.first, commit.last);
            if is_first {
                hashed.first_commit = hashed.last_commit;
            }
            self.commit = Some(commit);
        }
        match &self.commit {
            Some(commit) if commit.last < position => {
                Err("the commit covers other positions".to_owned())
            }
            Some(commit) if id == Some(commit.id) && commit.recorded_at == recorded_at => {
                Ok(commit.hash)
            }
            _ => Err("the event names another commit".to_owned()),
        }
    }

    fn next_commit(&mut self) -> Fault<Commit<'a>> {
        let row = self.commits.row::<3, 10>()?;
        let Some(([first, last, recorded_at], fields)) = row else {
            return Err("the commit is missing".to_owned());
        };
        let [id, actor, actor_kind, behalf, auth, key, request, command, correlation, causation] =
            fields;
        let fields = CommitFields {
            commit_id: uuid(id)?,
            actor: text(actor)?,
            actor_kind: text(actor_kind)?,
            on_behalf_of: behalf.map(|field| text(Some(field))).transpose()?,
            auth: text(auth)?,
            idempotency_key: key.map(|field| text(Some(field))).transpose()?,
            request_hash: bytes(request)?.try_into().map_err(|_| Unpackable)?,
            command: text(command)?,
            correlation_id: correlation.map(|field| uuid(Some(field))).transpose()?,
            causation_id: causation.map(|field| uuid(Some(field))).transpose()?,
            first_position: first,
            last_position: last,
            recorded_at: from_micros(recorded_at).map_err(|error| error.to_string())?,
        };
        let hash = self.encoder.commit_hash(self.block.store, &fields);
        Ok(Commit { first, last, recorded_at, id: bytes(id)?, hash })
    }

    /// The sealed parts of an event; a ciphertext that is there has the hash beside it.
    fn parts_of(&mut self, position: Position, hashed: &mut Hashed) -> Fault<Vec<PartFields<'a>>> {
        let mut parts = Vec::new();
        while let Some(([at], fields)) = self.part.filter(|([at], _)| *at <= position.get()) {
            let [name, key, nonce, ciphertext, hash] = fields;
            let name = text(name)?;
            if at != position.get() {
                return Err("a sealed part has no event".to_owned());
            }
            let part = PartFields {
                name,
                key_id: uuid(key)?,
                nonce: bytes(nonce)?.try_into().map_err(|_| Unpackable)?,
                ciphertext_hash: bytes(hash)?.try_into().map_err(|_| Unpackable)?,
            };
            match ciphertext {
                None => {
                    let part = Gone { position, part: name.to_owned(), key: part.key_id };
                    hashed.gone.push(part);
                }
                Some(sealed) if envelope::hash(sealed) != *part.ciphertext_hash => {
                    return Err(format!("part {name} was changed"));
                }
                Some(_) => {}
            }
            parts.push(part);
            self.part = self.parts.row()?;
        }
        Ok(parts)
    }
}

fn bytes(field: Option<&[u8]>) -> Result<&[u8], Unpackable> {
    field.ok_or(Unpackable)
}

fn text(field: Option<&[u8]>) -> Result<&str, Unpackable> {
    str::from_utf8(bytes(field)?).map_err(|_| Unpackable)
}

fn uuid(field: Option<&[u8]>) -> Result<Uuid, Unpackable> {
    Uuid::from_slice(bytes(field)?).map_err(|_| Unpackable)
}
