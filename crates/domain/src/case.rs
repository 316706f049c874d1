//! A case is the fold of its events.
//!
//! The fold keeps the entries in the order of (day they happened, order they were recorded), each
//! as its corrections leave it. What was true on a day is then one pass over the entries up to that
//! day ([`Case::as_of`]): an older fact recorded late takes its place among the others and never
//! revives what a later day has changed. Which entries were known is the caller's choice of events.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};

use crate::correction::{Event as Correction, UNDO};
use crate::erasure::Event as Erasure;
use crate::event::Event;
use crate::ids::{EntryId, EventId, Position};
use crate::sealed::{Compartment, Sealed};
use crate::view::View;

/// An event as the log recorded it.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Its place in the log.
    pub position: Position,
    /// Its identity.
    pub event_id: EventId,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// The day it happened.
    pub occurred_on: NaiveDate,
    /// The entry's own reference.
    pub id: Option<EntryId>,
    /// The fact.
    pub event: Event,
}

/// One entry of a case, as its corrections leave it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The day it happened, corrected.
    pub on: NaiveDate,
    /// Its place in the log.
    pub position: Position,
    /// Its identity.
    pub event_id: EventId,
    /// Its own reference.
    pub id: Option<EntryId>,
    /// The fact, corrected.
    pub event: Event,
    /// 1 + corrections + retractions of this entry.
    pub versions: u32,
    /// Whether it was taken back; it stays readable in history.
    pub is_retracted: bool,
    original: Option<Box<(NaiveDate, Event)>>,
}

impl Entry {
    /// What the entry is addressed by: its own reference, else its event id.
    pub fn address(&self) -> String {
        self.id.as_ref().map_or_else(|| self.event_id.to_string(), ToString::to_string)
    }

    fn is_addressed_by(&self, target: &EntryId) -> bool {
        match &self.id {
            Some(id) if id == target => true,
            Some(_) | None => is_event(self.event_id, target),
        }
    }
}

/// Whether an address is this event's id. The length is looked at first: most are not ids at all.
fn is_event(event_id: EventId, target: &EntryId) -> bool {
    target.as_str().len() == 36 && event_id.to_string() == target.as_str()
}

/// A case: every entry recorded so far, or up to the moment asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Case {
    entries: Vec<Entry>,
}

impl Case {
    /// Takes in the next event of the case's stream. Never fails, never asks.
    pub fn evolve(&mut self, recorded: Recorded) {
        let mut corrects = matches!(recorded.event, Event::Correction(_));
        if let Event::Erasure(Erasure::Entry(erased)) = &recorded.event
            && erased.part == Compartment::Person.as_str()
        {
            corrects |= self.forget(&erased.entry);
        }
        let entry = Entry {
            on: recorded.occurred_on,
            position: recorded.position,
            event_id: recorded.event_id,
            id: recorded.id,
            event: recorded.event,
            versions: 1,
            is_retracted: false,
            original: None,
        };
        self.insert(entry);
        if corrects {
            self.reconcile();
        }
    }

    /// The case as of a day, with everything this fold knows.
    pub fn as_of(&self, day: NaiveDate) -> View {
        let mut view = View::empty(day);
        for entry in self.entries.iter().take_while(|entry| entry.on <= day) {
            if !entry.is_retracted {
                view.apply(entry);
            }
        }
        view.pass_to(day);
        // Whatever day is asked about: an erased birth date is gone from all of them.
        if self.erased_on().is_some() {
            view.birth_date = view.birth_date.map(|_| Sealed::Erased);
        }
        view
    }

    /// The day on which the young person's data were erased.
    pub fn erased_on(&self) -> Option<NaiveDate> {
        let erases = |event: &Event| matches!(event, Event::Erasure(e) if e.erases_the_person());
        self.entries.iter().find(|entry| erases(&entry.event)).map(|entry| entry.on)
    }

    /// Every entry, in the order of the days they happened.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry that an address names.
    pub fn entry(&self, target: &EntryId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.is_addressed_by(target))
    }

    /// Whether an entry was taken back together with the import that brought it: then the same may
    /// be brought in again.
    pub fn is_undone(&self, entry: &Entry) -> bool {
        let takes_it_back = |other: &Entry| {
            let undoes = other.id.as_ref().is_some_and(|id| id.as_str().starts_with(UNDO));
            undoes
                && matches!(&other.event, Event::Correction(act) if entry.is_addressed_by(act.target()))
        };
        entry.is_retracted && self.entries.iter().any(takes_it_back)
    }

    /// The last day on which anything happened.
    pub fn last_day(&self) -> Option<NaiveDate> {
        self.entries.last().map(|entry| entry.on)
    }

    /// Whether nothing was ever recorded.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Forgets what was sealed in an entry, whether or not the bytes are gone yet; true when other
    /// entries hang on it.
    fn forget(&mut self, target: &EntryId) -> bool {
        let Some(entry) = self.entries.iter_mut().find(|entry| entry.is_addressed_by(target))
        else {
            return false;
        };
        entry.event.open(&Sealed::Erased);
        if let Some(original) = &mut entry.original {
            original.1.open(&Sealed::Erased);
        }
        matches!(entry.event, Event::Correction(_))
    }

    fn insert(&mut self, entry: Entry) {
        let key = (entry.on, entry.position);
        let at = match self.entries.last() {
            Some(last) if (last.on, last.position) > key => {
                self.entries.partition_point(|other| (other.on, other.position) < key)
            }
            Some(_) | None => self.entries.len(),
        };
        self.entries.insert(at, entry);
    }

    /// Works out every correction and retraction anew. Rare, and the only place that knows how
    /// they act on each other: a retracted correction no longer corrects, a corrected one corrects
    /// as it should have.
    fn reconcile(&mut self) {
        for entry in &mut self.entries {
            entry.versions = 1;
            entry.is_retracted = false;
            if let Some(original) = entry.original.take() {
                (entry.on, entry.event) = *original;
            }
        }
        let mut acts = self.acts();
        let in_force = in_force(&acts);
        let mut acts_on_entries = vec![true; acts.len()];
        // From the newest to the oldest, so that an act is right before it acts on another.
        for at in (0..acts.len()).rev() {
            for later in at + 1..acts.len() {
                if acts[at].is_addressed_by(&acts[later].target) {
                    acts_on_entries[later] = false;
                    self.perform(&acts[later], in_force[later]);
                }
            }
            let event_id = acts[at].event_id;
            let entry = self.entries.iter().find(|entry| entry.event_id == event_id);
            acts[at] = entry.and_then(CorrectingAct::of).unwrap_or_else(|| acts[at].clone());
        }
        for (at, act) in acts.iter().enumerate() {
            if acts_on_entries[at] {
                self.perform(act, in_force[at]);
            }
        }
        self.entries.sort_by_key(|entry| (entry.on, entry.position));
    }

    fn acts(&self) -> Vec<CorrectingAct> {
        let mut acts: Vec<CorrectingAct> =
            self.entries.iter().filter_map(CorrectingAct::of).collect();
        acts.sort_by_key(|act| act.position);
        acts
    }

    fn perform(&mut self, act: &CorrectingAct, in_force: bool) {
        let Some(entry) = self.entries.iter_mut().find(|e| e.is_addressed_by(&act.target)) else {
            return;
        };
        entry.versions += 1;
        if !in_force {
            return;
        }
        if act.retracts {
            entry.is_retracted = true;
            return;
        }
        let original = (entry.on, entry.event.clone());
        let mut clear = act.changes.clone();
        if let Some(day) = clear.remove("date").and_then(|day| serde_json::from_value(day).ok()) {
            entry.on = day;
        }
        entry.event = entry.event.corrected(&clear, &act.sealed);
        entry.original.get_or_insert_with(|| Box::new(original));
    }
}

/// Which acts still act: a retraction that acts takes the acts it names out of force.
fn in_force(acts: &[CorrectingAct]) -> Vec<bool> {
    let mut in_force = vec![true; acts.len()];
    for at in (0..acts.len()).rev() {
        if in_force[at] && acts[at].retracts {
            for (earlier, act) in acts.iter().enumerate().take(at) {
                if act.is_addressed_by(&acts[at].target) {
                    in_force[earlier] = false;
                }
            }
        }
    }
    in_force
}

/// A correction or retraction, taken out of its entry.
#[derive(Clone)]
struct CorrectingAct {
    position: Position,
    event_id: EventId,
    id: Option<EntryId>,
    target: EntryId,
    retracts: bool,
    changes: Map<String, Value>,
    sealed: Sealed<Map<String, Value>>,
}

impl CorrectingAct {
    fn of(entry: &Entry) -> Option<Self> {
        let Event::Correction(correction) = &entry.event else {
            return None;
        };
        let (changes, sealed) = match correction {
            Correction::Corrected(act) => (act.changes.clone(), act.sealed.clone()),
            Correction::Retracted(_) => (Map::new(), Sealed::Known(Map::new())),
        };
        Some(Self {
            position: entry.position,
            event_id: entry.event_id,
            id: entry.id.clone(),
            target: correction.target().clone(),
            retracts: matches!(correction, Correction::Retracted(_)),
            changes,
            sealed,
        })
    }

    fn is_addressed_by(&self, target: &EntryId) -> bool {
        self.id.as_ref() == Some(target) || is_event(self.event_id, target)
    }
}
