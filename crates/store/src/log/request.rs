//! A request on its way to the log: what cannot be stored at all, and what falls with another.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::backend::count;
use crate::error::{Result, StoreError};
use crate::event::{Append, Appended, Expected, NewEvent, SealedPart};
use crate::ids::{StreamName, Version};

/// A commit of more events than this would hold the lock too long.
const MAX_EVENTS: usize = 10_000;
/// Bytes: a body or a sealed part beyond this is a mistake.
const MAX_TEXT_BYTES: usize = 1 << 20;
/// Requests in one transaction.
pub(super) const GROUP_REQUESTS: usize = 256;
/// Events in one transaction: at a slow 10,000 a second they take 50 ms.
const GROUP_EVENTS: usize = 500;
/// Bytes of bodies and sealed parts in one transaction: nearly all groups are full of events first.
const GROUP_BYTES: usize = 1 << 20;

/// Refuses what could not be given back unchanged, before anybody waits for it.
pub(crate) fn check(append: &Append) -> Result<()> {
    let refuse = |what: &str| Err(StoreError::bad_request(what));
    if append.events.is_empty() || append.events.len() > MAX_EVENTS {
        return refuse("a commit holds 1 to 10,000 events");
    }
    let commit = &append.commit;
    let (actor, command) = (Some(&commit.actor), Some(&commit.command));
    let texts = [actor, command, commit.on_behalf_of.as_ref(), commit.idempotency_key.as_ref()];
    if texts.into_iter().flatten().any(|text| text.is_empty() || text.contains('\0')) {
        return refuse("a commit names its actor and its command, and has no empty texts");
    }
    for (_, event) in &append.events {
        if event.schema_version == 0 || event.event_type.is_empty() {
            return refuse("an event names its type, whose versions count from 1");
        }
        if event.body.len() > MAX_TEXT_BYTES {
            return refuse("a body has at most 1 MiB");
        }
        let names: BTreeSet<&str> = event.parts.iter().map(|part| part.name.as_str()).collect();
        let small = |part: &SealedPart| (1..=MAX_TEXT_BYTES).contains(&part.ciphertext.len());
        if names.len() != event.parts.len() || !event.parts.iter().all(small) {
            return refuse("sealed parts have names of their own and 1 byte to 1 MiB");
        }
        let texts = [event.event_type.as_str(), event.body.as_str()];
        if texts.into_iter().chain(names).any(|text| text.contains('\0')) {
            return refuse("no text holds a NUL");
        }
    }
    Ok(())
}

/// A request, and which job of its group it came with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) job: usize,
    pub(crate) append: &'a Append,
}

/// What became of the streams that the requests of each job write to.
///
/// A request that was decided on top of one that was refused is refused too: the version it has
/// read may be there by now, but somebody else has made it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refused {
    streams: HashMap<(usize, StreamName), Fate>,
}

#[derive(Clone, Debug, Default)]
struct Fate {
    /// What a refused request has read, and what it was told.
    refused: Option<(Version, Version)>,
    /// The versions that requests of the job have made.
    made: BTreeSet<Version>,
}

impl Refused {
    /// Refuses a request that builds on a refused one.
    pub(super) fn check(&self, job: usize, append: &Append) -> Result<()> {
        let Expected::Read(read) = &append.expected else {
            return Ok(());
        };
        for (stream, expected) in read.iter() {
            let Some(fate) = self.streams.get(&(job, stream.clone())) else {
                continue;
            };
            let built_on = fate.refused.filter(|(read, _)| expected > *read);
            if let (Some((_, actual)), false) = (built_on, fate.made.contains(&expected)) {
                let stream = stream.clone();
                return Err(StoreError::Conflict { stream, expected, actual });
            }
        }
        Ok(())
    }

    /// Notes what became of a request.
    pub(super) fn note(&mut self, request: &Request<'_>, answer: &Result<Appended>) {
        let Expected::Read(read) = &request.append.expected else {
            return;
        };
        let mut written: BTreeMap<&StreamName, usize> = BTreeMap::new();
        for (stream, _) in &request.append.events {
            *written.entry(stream).or_default() += 1;
        }
        for (stream, events) in written {
            let (expected, key) = (read.version(stream), (request.job, stream.clone()));
            let fate = self.streams.entry(key).or_default();
            match answer {
                Ok(_) => {
                    let made = expected.get().saturating_add(count(events));
                    fate.made.insert(Version::new(made));
                }
                Err(error) => {
                    let actual = match error {
                        StoreError::Conflict { stream: of, actual, .. } if of == stream => *actual,
                        _ => expected,
                    };
                    fate.refused.get_or_insert((expected, actual));
                }
            }
        }
    }
}

/// Cuts requests into transactions that hold the lock for a short time.
pub(super) fn groups<'a, 'b>(all: &'b [Request<'a>]) -> Vec<&'b [Request<'a>]> {
    let mut groups = Vec::new();
    let (mut start, mut events, mut bytes) = (0, 0, 0);
    for (index, Request { append, .. }) in all.iter().enumerate() {
        events += append.events.len();
        bytes += append.events.iter().map(|(_, event)| weight(event)).sum::<usize>();
        let is_full = events > GROUP_EVENTS || bytes > GROUP_BYTES;
        if index > start && (is_full || index - start == GROUP_REQUESTS) {
            groups.push(&all[start..index]);
            (start, events) = (index, append.events.len());
            bytes = append.events.iter().map(|(_, event)| weight(event)).sum();
        }
    }
    if start < all.len() {
        groups.push(&all[start..]);
    }
    groups
}

/// The bytes of an event that have no bound of their own.
fn weight(event: &NewEvent) -> usize {
    event.body.len() + event.parts.iter().map(|part| part.ciphertext.len()).sum::<usize>()
}
