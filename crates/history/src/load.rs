//! Loading: a stream becomes a case, the staff streams a directory, the programme a policy.
//!
//! What was known at an instant is chosen by `recorded_at`; what was true on a day is then asked of
//! the fold. Every answer says at which version its stream was read, so that an append can check
//! that nothing moved since.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use spor_domain::case::Case;
use spor_domain::event::Event;
use spor_domain::ids::{CaseRef, GroupRef, PersonRef};
use spor_domain::policy::Policies;
use spor_domain::programme::Event as Programme;
use spor_domain::schema::Category;
use spor_domain::staff::Directory;
use spor_store::{PackedStream, Store, StreamName, StreamScan, Upto, Version};

use crate::codec::decode_row;
use crate::error::{Result, Unfoldable};
use crate::kept::Kept;
use crate::stream;

/// Events read at a time when a whole category is scanned.
const SCAN_EVENTS: usize = 4_000;

/// Which part of the log an answer may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KnownAt {
    /// Everything recorded so far.
    #[default]
    Everything,
    /// What was recorded up to and at an instant.
    Until(DateTime<Utc>),
}

impl From<KnownAt> for Upto {
    fn from(known_at: KnownAt) -> Self {
        match known_at {
            KnownAt::Everything => Self::Everything,
            KnownAt::Until(at) => Self::RecordedAt(at),
        }
    }
}

/// A case as it was known.
#[derive(Debug, Clone)]
pub struct Remembered {
    /// The fold; empty when the case never existed.
    pub case: Case,
    /// The version of its stream in this view; 0 when absent.
    pub version: Version,
    /// Its stream.
    pub stream: StreamName,
}

/// A fact that may exist once, and who holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The stream that stands for the fact.
    pub stream: StreamName,
    /// Its version; 0 while nobody holds the fact.
    pub version: Version,
    /// The stream that holds the fact.
    pub holder: Option<String>,
}

/// A case of a batch: one that cannot be folded does not hide the others.
pub type Folded = (CaseRef, Result<Arc<Case>, Unfoldable>);

/// Cases on their way, the next ones being read while these are folded.
#[derive(Debug)]
pub struct CaseScan {
    memory: Memory,
    scan: StreamScan,
    after: Option<StreamName>,
}

impl CaseScan {
    /// The next cases; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<Folded>>> {
        match self.read_next().await? {
            Some(unfolded) => unfolded.fold().await.map(Some),
            None => Ok(None),
        }
    }

    /// The next cases, to be folded elsewhere; `None` at the end.
    pub async fn read_next(&mut self) -> Result<Option<Unfolded>> {
        let slices = self.scan.next().await?;
        let Some(last) = slices.last() else {
            return Ok(None);
        };
        self.after = Some(last.stream.clone());
        Ok(Some(Unfolded { memory: self.memory.clone(), slices }))
    }

    /// The stream of the last case that came, to go on behind it another time.
    pub fn after(&self) -> Option<&StreamName> {
        self.after.as_ref()
    }
}

/// Cases that were read and not folded yet.
#[derive(Debug)]
pub struct Unfolded {
    memory: Memory,
    slices: Vec<PackedStream>,
}

impl Unfolded {
    /// Folds them.
    pub async fn fold(self) -> Result<Vec<Folded>> {
        self.memory.fold_cases(self.slices).await
    }
}

/// Reads the log back.
#[derive(Debug, Clone)]
pub struct Memory {
    pub(crate) store: Store,
    /// The programme at its newest version seen: it changes a few times a year.
    policies: Arc<Mutex<Option<Dated>>>,
    pub(crate) kept: Arc<Mutex<Kept>>,
}

impl Memory {
    /// A memory of this store.
    pub fn new(store: Store) -> Self {
        Self { store, policies: Arc::default(), kept: Arc::default() }
    }

    /// The store it reads.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// A case as known; empty and at version 0 when it never existed.
    pub async fn case(&self, case: &CaseRef, known_at: KnownAt) -> Result<Remembered> {
        let stream = stream::of_case(case);
        let slice = self.slice(&stream, known_at).await?;
        let version = slice.version;
        Ok(Remembered { case: self.fold_slice(slice).await?, version, stream })
    }

    /// The policy as known, dated.
    pub async fn policies(&self, known_at: KnownAt) -> Result<(Arc<Policies>, Version)> {
        let slice = self.slice(&stream::programme(), known_at).await?;
        let version = slice.version;
        Ok((self.policies_of(&slice)?, version))
    }

    /// Everybody in the directory, as known. A person whose stream cannot be read is left out, so
    /// that the others are still written to.
    pub async fn directory(&self, known_at: KnownAt) -> Result<Directory> {
        self.directory_and_broken(known_at).await.map(|(directory, _)| directory)
    }

    /// Everybody in the directory, as known, and the streams of it that cannot be read.
    pub async fn directory_and_broken(
        &self,
        known_at: KnownAt,
    ) -> Result<(Directory, Vec<Unfoldable>)> {
        let mut directory = Directory::default();
        let mut broken = Vec::new();
        for (name, folded) in self.fold_all(Category::Staff, known_at).await? {
            match (stream::person_of(&name), folded) {
                (Some(person), Ok(folded)) => enter(&mut directory, &person, &folded),
                (_, Err(unfoldable)) => broken.push(unfoldable),
                (None, Ok(_)) => {}
            }
        }
        Ok((directory, broken))
    }

    /// Every group, as known; a stream that cannot be read is left out.
    pub async fn groups(&self, known_at: KnownAt) -> Result<Vec<(GroupRef, Arc<Case>)>> {
        let all = self.fold_all(Category::Group, known_at).await?.into_iter();
        let known = all.filter_map(|(name, folded)| stream::group_of(&name).zip(folded.ok()));
        Ok(known.filter(|(_, folded)| !folded.is_empty()).collect())
    }

    /// The fold of the municipality's programme, as known.
    pub async fn programme(&self, known_at: KnownAt) -> Result<Case> {
        let slice = self.slice(&stream::programme(), known_at).await?;
        self.fold_slice(slice).await
    }

    /// The people of these references, as far as they are registered, and what was read for it.
    pub async fn people(
        &self,
        people: &[PersonRef],
    ) -> Result<(Directory, Vec<(StreamName, Version)>)> {
        let mut streams: Vec<StreamName> = people.iter().map(stream::of_person).collect();
        streams.sort();
        streams.dedup();
        let slices = self.store.read_packed(&streams, Upto::Everything).await?;
        let read = slices.iter().map(|slice| (slice.stream.clone(), slice.version)).collect();
        let mut directory = Directory::default();
        for (name, folded) in self.fold_slices(slices).await? {
            if let Some(person) = stream::person_of(&name) {
                enter(&mut directory, &person, &folded?);
            }
        }
        Ok((directory, read))
    }

    /// Who holds a fact that may exist once.
    pub async fn claim(&self, kind: &str, value: &str) -> Result<Claim> {
        let stream = self.store.claim_stream(kind, value)?;
        let slice = self.slice(&stream, KnownAt::Everything).await?;
        claim_of(&slice)
    }

    /// All cases behind a name, in the order of their names, some at a time.
    pub fn scan_cases(&self, after: Option<&StreamName>, known_at: KnownAt) -> Result<CaseScan> {
        let category = Category::Case.as_str();
        let scan = self.store.scan_by_stream(category, after, SCAN_EVENTS, known_at.into())?;
        Ok(CaseScan { memory: self.clone(), scan, after: after.cloned() })
    }

    /// Reads streams in one snapshot.
    pub async fn slices(
        &self,
        streams: &[StreamName],
        known_at: KnownAt,
    ) -> Result<HashMap<StreamName, PackedStream>> {
        let slices = self.store.read_packed(streams, known_at.into()).await?;
        Ok(slices.into_iter().map(|slice| (slice.stream.clone(), slice)).collect())
    }

    async fn slice(&self, stream: &StreamName, known_at: KnownAt) -> Result<PackedStream> {
        let slices = self.store.read_packed(std::slice::from_ref(stream), known_at.into()).await?;
        Ok(slices.into_iter().next().unwrap_or_else(|| PackedStream::absent(stream.clone())))
    }

    /// The policy of a slice of the programme's stream.
    pub fn policies_of(&self, slice: &PackedStream) -> Result<Arc<Policies>> {
        let mut kept = self.policies.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, policies)) = kept.as_ref().filter(|(at, _)| *at == slice.version) {
            return Ok(Arc::clone(policies));
        }
        let mut policies = Policies::default();
        for row in slice.events() {
            let recorded = decode_row(&row?)?;
            if let Event::Programme(Programme::PolicySet(set)) = &recorded.event {
                policies.insert(recorded.position.0, &set.key, &set.value, set.valid_from);
            }
        }
        let policies = Arc::new(policies);
        *kept = Some((slice.version, Arc::clone(&policies)));
        Ok(policies)
    }
}

/// The policies as a version of the programme has them.
type Dated = (Version, Arc<Policies>);

/// Enters a person in the directory, from the fold of the person's stream.
pub fn enter(directory: &mut Directory, person: &PersonRef, folded: &Case) {
    for entry in folded.entries().iter().filter(|entry| !entry.is_retracted) {
        if let Event::Staff(event) = &entry.event {
            directory.evolve(person, (entry.on, entry.event_id), event);
        }
    }
}

/// Who holds a fact, from its stream.
pub fn claim_of(slice: &PackedStream) -> Result<Claim> {
    let mut holder = None;
    for row in slice.events() {
        if let Event::Programme(Programme::FactClaimed(claimed)) = decode_row(&row?)?.event {
            holder = Some(claimed.holder);
        }
    }
    Ok(Claim { stream: slice.stream.clone(), version: slice.version, holder })
}
