//! What a decision looks at, held in memory with the versions it was read at.
//!
//! One command loads it for itself; an import keeps it and takes in what it has decided, so that
//! the next line sees it before the log does.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use spor_domain::case::{Case, Recorded};
use spor_domain::correction::Event as Correction;
use spor_domain::decide::{self, Accepted, Context, Decision};
use spor_domain::door::{Command, Stream};
use spor_domain::event::Event;
use spor_domain::ids::{CaseRef, EntryId};
use spor_domain::policy::Policies;
use spor_domain::programme::Event as Programme;
use spor_domain::rejection::Rejection;
use spor_domain::sealed::{Compartment, Sealed};
use spor_domain::staff::Directory;
use spor_history::load::{Claim, KnownAt, Memory, claim_of, enter};
use spor_history::stream;
use spor_store::{ReadSet, StreamName, Version};

use crate::error::Result;

/// Entries held in memory before the cases that rest longest are let go; about half a gigabyte. A
/// journal in the order of days touches every running case each week, so too small a number reads
/// each case again and again.
const MOST_ENTRIES: usize = 1_500_000;

/// What was decided in the last turns may not be in the log yet, so it stays.
const IN_FLIGHT_TURNS: u64 = 2;

/// A stream in memory.
#[derive(Debug, Default)]
struct Held {
    case: Case,
    version: Version,
    used: u64,
}

/// Everything that was read, as it stands.
#[derive(Debug, Default)]
pub(crate) struct Known {
    streams: HashMap<StreamName, Held>,
    claims: HashMap<StreamName, Claim>,
    directory: Directory,
    policies: Arc<Policies>,
    programme: Option<Version>,
    entries: usize,
    turn: u64,
}

/// A command with the names of the streams that its decision looks at.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    pub(crate) command: &'a Command,
    /// The command's own stream.
    pub(crate) stream: StreamName,
    people: Vec<StreamName>,
    /// The stream of its unique fact, with the fact's kind.
    pub(crate) claim: Option<(&'static str, StreamName)>,
}

impl<'a> Question<'a> {
    pub(crate) fn new(memory: &Memory, command: &'a Command) -> Result<Self> {
        let claim = match decide::unique_fact(command) {
            Some((kind, value)) => Some((kind, memory.store().claim_stream(kind, &value)?)),
            None => None,
        };
        let people = decide::people_named(command).iter().map(stream::of_person).collect();
        Ok(Self { command, stream: stream::of_command(&command.stream), people, claim })
    }

    fn streams(&self) -> impl Iterator<Item = &StreamName> {
        std::iter::once(&self.stream).chain(&self.people)
    }
}

/// What an earlier import made of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Earlier {
    /// Nothing.
    None,
    /// The same, as far as people have not corrected it since.
    Same,
    /// It was taken back with its batch: what comes now gets this reference.
    TakenBack(EntryId),
}

impl Known {
    /// Reads, in one snapshot, what these questions look at and memory does not hold yet.
    pub(crate) async fn load(&mut self, memory: &Memory, questions: &[Question<'_>]) -> Result<()> {
        self.turn += 1;
        let mut missing: Vec<StreamName> = Vec::new();
        for question in questions {
            for stream in question.streams() {
                match self.streams.get_mut(stream) {
                    Some(held) => held.used = self.turn,
                    None => missing.push(stream.clone()),
                }
            }
            let claim = question.claim.as_ref().map(|(_, stream)| stream);
            missing.extend(claim.filter(|claim| !self.claims.contains_key(claim)).cloned());
        }
        if self.programme.is_none() {
            missing.push(stream::programme());
        }
        self.read(memory, questions, missing).await?;
        self.read_others(memory, questions).await
    }

    /// Reads the cases that a group's entries are about; which they are stands in the entry, or in
    /// the group's own stream.
    async fn read_others(&mut self, memory: &Memory, questions: &[Question<'_>]) -> Result<()> {
        let mut missing = Vec::new();
        for question in questions {
            for (_, stream) in self.others(question) {
                match self.streams.get_mut(&stream) {
                    Some(held) => held.used = self.turn,
                    None => missing.push(stream),
                }
            }
        }
        self.read(memory, questions, missing).await
    }

    /// The streams of the other cases that a question is about, once its own stream is known: those
    /// that its entry names, and the one that holds its unique fact.
    fn others(&self, question: &Question<'_>) -> Vec<(CaseRef, StreamName)> {
        let own = self.fold_of(&question.stream);
        let named = decide::cases_named(question.command, own).into_iter();
        let holder = self.claim(question).and_then(|claim| claim.holder.as_deref());
        let holder = holder.filter(|holder| *holder != question.stream.as_str());
        let holder = holder.and_then(|name| CaseRef::parse(name.strip_prefix("case-")?).ok());
        named.chain(holder).map(|case| (case.clone(), stream::of_case(&case))).collect()
    }

    fn claim(&self, question: &Question<'_>) -> Option<&Claim> {
        question.claim.as_ref().and_then(|(_, stream)| self.claims.get(stream))
    }

    /// Whether a question's unique fact is held by another stream.
    pub(crate) fn is_held_elsewhere(&self, question: &Question<'_>) -> bool {
        let holder = self.claim(question).and_then(|claim| claim.holder.as_deref());
        holder.is_some_and(|holder| holder != question.stream.as_str())
    }

    /// Whether a row's entry was recorded before, under the row's reference or a later one.
    pub(crate) fn earlier(&self, question: &Question<'_>) -> Earlier {
        let (command, case) = (question.command, self.fold_of(&question.stream));
        let Some(id) = &command.id else {
            return Earlier::None;
        };
        let mut name = id.clone();
        for again in 2.. {
            match case.entry(&name) {
                None if name == *id => return Earlier::None,
                None => return Earlier::TakenBack(name),
                Some(entry) if case.is_undone(entry) => {}
                Some(entry) => {
                    let is_on = entry.on == command.on;
                    let is_same = entry.event == command.event
                        && (is_on || !matches!(command.event, Event::Session(_)));
                    let is_kind = entry.event.type_name() == command.kind.name;
                    let same = is_kind && (is_same || entry.versions > 1);
                    return if same { Earlier::Same } else { Earlier::None };
                }
            }
            match EntryId::parse(&format!("{id}.{again}")) {
                Ok(next) => name = next,
                Err(_) => break,
            }
        }
        Earlier::None
    }

    fn fold_of(&self, stream: &StreamName) -> &Case {
        static NOTHING: LazyLock<Case> = LazyLock::new(Case::default);
        self.streams.get(stream).map_or(&NOTHING, |held| &held.case)
    }

    async fn read(
        &mut self,
        memory: &Memory,
        questions: &[Question<'_>],
        mut missing: Vec<StreamName>,
    ) -> Result<()> {
        missing.sort();
        missing.dedup();
        if missing.is_empty() {
            return Ok(());
        }
        let mut slices = memory.slices(&missing, KnownAt::Everything).await?;
        if let Some(slice) = slices.get(&stream::programme()) {
            self.policies = memory.policies_of(slice)?;
            self.programme = Some(slice.version);
        }
        if !questions.iter().any(|question| question.command.stream == Stream::Programme) {
            slices.remove(&stream::programme());
        }
        let claims = questions.iter().filter_map(|question| question.claim.as_ref());
        for (_, claim) in claims {
            if let Some(slice) = slices.remove(claim) {
                self.claims.insert(claim.clone(), claim_of(&slice)?);
            }
        }
        let versions: HashMap<StreamName, Version> =
            slices.values().map(|slice| (slice.stream.clone(), slice.version)).collect();
        for (name, folded) in memory.fold_slices(slices.into_values().collect()).await? {
            let case = folded.map_err(spor_history::error::HistoryError::from)?;
            if let Some(person) = stream::person_of(&name) {
                enter(&mut self.directory, &person, &case);
            }
            self.entries += case.entries().len();
            let version = versions.get(&name).copied().unwrap_or_default();
            self.streams.insert(name, Held { case, version, used: self.turn });
        }
        Ok(())
    }

    /// The policy in force, dated.
    pub(crate) fn policies(&self) -> &Policies {
        &self.policies
    }

    /// Answers a wish, and says what the answer rests on.
    pub(crate) fn decide(
        &self,
        question: &Question<'_>,
    ) -> (std::result::Result<Decision, Rejection>, ReadSet) {
        let mut read = ReadSet::new();
        for stream in question.streams() {
            read.note(
                stream.clone(),
                self.streams.get(stream).map_or(Version::ZERO, |h| h.version),
            );
        }
        read.note(stream::programme(), self.programme.unwrap_or_default());
        let claim = self.claim(question);
        if let Some(claim) = claim {
            read.note(claim.stream.clone(), claim.version);
        }
        let own = self.fold_of(&question.stream);
        let named = self.others(question);
        for (_, stream) in &named {
            let version = self.streams.get(stream).map_or(Version::ZERO, |held| held.version);
            read.note(stream.clone(), version);
        }
        let others: Vec<(CaseRef, &Case)> =
            named.into_iter().map(|(case, stream)| (case, self.fold_of(&stream))).collect();
        let context = Context {
            case: own,
            others: &others,
            policies: &self.policies,
            directory: &self.directory,
            claimed_by: claim.and_then(|claim| claim.holder.as_deref()),
        };
        (decide::decide(&context, question.command), read)
    }

    /// Takes in what was decided, as if it were recorded already.
    pub(crate) fn take_in(
        &mut self,
        question: &Question<'_>,
        recorded: Recorded,
        also: Vec<(StreamName, Recorded)>,
    ) {
        for (stream, recorded) in also {
            self.hold(stream, recorded);
        }
        if let Some((_, claim)) = &question.claim {
            let before = self.claims.get(claim).map(|claim| claim.version).unwrap_or_default();
            let held = Claim {
                stream: claim.clone(),
                version: before.next(),
                holder: Some(question.stream.as_str().to_owned()),
            };
            self.claims.insert(claim.clone(), held);
        }
        if question.command.stream == Stream::Programme {
            self.programme = self.programme.map(Version::next);
            if let Event::Programme(Programme::PolicySet(set)) = &recorded.event {
                let policies = Arc::make_mut(&mut self.policies);
                policies.insert(recorded.position.0, &set.key, &set.value, set.valid_from);
            }
        }
        let mut is_changed = false;
        if let Stream::Staff(person) = &question.command.stream {
            match &recorded.event {
                Event::Staff(event) => {
                    self.directory.evolve(person, (recorded.occurred_on, recorded.event_id), event);
                }
                _ => is_changed = true,
            }
        }
        self.hold(question.stream.clone(), recorded);
        if is_changed {
            self.register_anew();
        }
    }

    fn hold(&mut self, stream: StreamName, recorded: Recorded) {
        let held = self.streams.entry(stream).or_default();
        held.version = held.version.next();
        held.used = self.turn;
        held.case.evolve(recorded);
        self.entries += 1;
    }

    /// Lets go of the cases that rest longest, when there are too many.
    pub(crate) fn let_go(&mut self) {
        if self.entries <= MOST_ENTRIES {
            return;
        }
        let is_case = |stream: &StreamName| stream::case_of(stream).is_some();
        let mut turns: Vec<u64> =
            self.streams.iter().filter(|(name, _)| is_case(name)).map(|(_, h)| h.used).collect();
        turns.sort_unstable();
        let median = turns.get(turns.len() / 2).copied().unwrap_or_default();
        let oldest_kept = median.min(self.turn.saturating_sub(IN_FLIGHT_TURNS));
        self.streams.retain(|name, held| !is_case(name) || held.used >= oldest_kept);
        self.entries = self.streams.values().map(|held| held.case.entries().len()).sum();
    }

    fn register_anew(&mut self) {
        self.directory = Directory::default();
        for (name, held) in &self.streams {
            if let Some(person) = stream::person_of(name) {
                enter(&mut self.directory, &person, &held.case);
            }
        }
    }
}

/// The event that an accepted wish becomes: for a correction that is what its decision made of it.
pub(crate) fn event_of(command: &Command, accepted: &Accepted) -> Event {
    if !matches!(command.event, Event::Correction(Correction::Corrected(_))) {
        return command.event.clone();
    }
    let body = serde_json::Value::Object(accepted.clear.clone()).to_string();
    let Ok(mut event) = Event::decode(command.kind.name, &body) else {
        return command.event.clone();
    };
    let part = accepted.sealed.get(&Compartment::Person).cloned();
    event.open(&Sealed::Known(part.unwrap_or_default()));
    event
}
