//! The deed that follows an erasing event, and the certificate of it.
//!
//! The event stands in the log before anything is destroyed, so a program that dies half-way leaves
//! a note that the next one finds. Every step may be repeated.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Serialize;
use spor_domain::erasure::Event as Erasure;
use spor_domain::event::Event;
use spor_domain::ids::CaseRef;
use spor_domain::sealed;
use spor_history::codec::decode;
use spor_history::load::Memory;
use spor_history::stream;
use spor_store::{Compartment, Destroyed, Position, Store, StoredEvent, StreamName, Upto, hex};

use crate::error::Result;
use crate::runner::Runner;

/// How long the rows may take to follow.
const CATCH_UP: Duration = Duration::from_mins(1);

/// How far the erasures that were begun have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Finished {
    /// Erasures that are done.
    pub done: usize,
    /// Erasures of which something is left to do: a worker holds a letter, a reader an old state.
    pub left: usize,
}

impl Runner {
    /// Does what erasing events ask for and nobody has done yet: keys destroyed, ciphertexts taken
    /// away, rows made anew, letters emptied, the file rewritten.
    pub async fn finish_erasures(&self, now: DateTime<Utc>) -> Result<Finished> {
        let store = self.store();
        let events = store.unfinished_erasures().await?;
        if events.is_empty() {
            return Ok(Finished::default());
        }
        for event in &events {
            destroy(store, event, now).await?;
        }
        // Rows made while the key still lived know too much; the event has moved the log since.
        let caught_up = self.catch_up(CATCH_UP, now).await?;
        let mut is_clean = caught_up.behind == 0;
        for event in &events {
            if let (Some(case), true) = (stream::case_of(&event.stream), erases_person(event)?) {
                is_clean &= store.forget_reminders(case.as_str(), now).await?;
            }
        }
        // Rows of a rebuild that died know too much as well.
        store.drop_left_generations(TimeDelta::zero()).await?;
        is_clean &= store.rewrite().await?;
        if !is_clean {
            return Ok(Finished { done: 0, left: events.len() });
        }
        for event in &events {
            store.finish_erasure(event.id, now).await?;
            let (stream, position) = (event.stream.as_str(), event.position.get());
            tracing::info!(
                target: "spor::projections",
                stream,
                position,
                "the erasure of {stream} at position {position} is done"
            );
        }
        // The notes were written after the file was.
        store.rewrite().await?;
        Ok(Finished { done: events.len(), left: 0 })
    }
}

/// Destroys what one event names.
async fn destroy(store: &Store, event: &StoredEvent, now: DateTime<Utc>) -> Result<()> {
    match decode(event)?.event {
        Event::Erasure(Erasure::PersonalData(erased)) => {
            let compartments: Vec<_> = erased.compartments.into_iter().map(stored).collect();
            for subject in subjects(event) {
                store.destroy_keys(&subject, &compartments, now).await?;
            }
        }
        Event::Erasure(Erasure::Entry(erased)) => {
            store.erase_part(event.id, &erased.part, now).await?;
        }
        _ => {}
    }
    Ok(())
}

/// Whose keys a person's are: the case's, and those of what was done about its reminders.
fn subjects(event: &StoredEvent) -> Vec<StreamName> {
    let reminders = stream::case_of(&event.stream).map(|case| stream::of_reminders(&case));
    [event.stream.clone()].into_iter().chain(reminders).collect()
}

fn erases_person(event: &StoredEvent) -> Result<bool> {
    Ok(matches!(decode(event)?.event, Event::Erasure(erased) if erased.erases_the_person()))
}

fn stored(compartment: sealed::Compartment) -> Compartment {
    match compartment {
        sealed::Compartment::Person => Compartment::Person,
        sealed::Compartment::Confidential => Compartment::Confidential,
    }
}

/// What was erased, by whom, and what proves it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields are the lines of the certificate")]
pub struct Certificate {
    pub store: String,
    pub case: String,
    /// The type of the erasing event.
    pub erased: &'static str,
    /// Compartments of the person, or the entry and its part.
    pub what: Vec<String>,
    pub legal_basis: String,
    pub decided_by: String,
    pub approved_by: Option<String>,
    pub recorded_by: String,
    pub decided_on: NaiveDate,
    pub recorded_at: DateTime<Utc>,
    pub position: i64,
    pub event: String,
    pub keys_destroyed: Vec<DestroyedKey>,
    /// When the last step was done; none while something is left.
    pub finished_at: Option<DateTime<Utc>>,
    /// The root of the tree before the event, and with it: destroying leaves both as they are.
    pub root_before: String,
    pub root_after: String,
}

/// A key of the certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the fields are the lines of the certificate")]
pub struct DestroyedKey {
    pub key: String,
    pub destroyed_at: DateTime<Utc>,
    /// The epoch of the key-encryption key that wrapped it.
    pub epoch: i64,
}

impl Certificate {
    /// The certificates of a case, one an erasure, in the order of the log.
    pub async fn of(memory: &Memory, case: &CaseRef) -> Result<Vec<Self>> {
        let store = memory.store();
        let stream = stream::of_case(case);
        let slices = store.read_streams(&[stream], Upto::Everything).await?;
        let mut certificates = Vec::new();
        for event in slices.into_iter().flat_map(|slice| slice.events) {
            if let Event::Erasure(erasure) = decode(&event)?.event {
                certificates.push(Self::made(store, case, &event, &erasure).await?);
            }
        }
        Ok(certificates)
    }

    async fn made(
        store: &Store,
        case: &CaseRef,
        event: &StoredEvent,
        erasure: &Erasure,
    ) -> Result<Self> {
        let commits = store.commits(&[event.commit_id]).await?;
        let recorded_by = commits.get(&event.commit_id).map(|stored| stored.commit.actor.clone());
        let (what, keys) = match erasure {
            Erasure::PersonalData(erased) => {
                let compartments: Vec<_> =
                    erased.compartments.iter().copied().map(stored).collect();
                let what = compartments.iter().map(|c| c.as_str().to_owned()).collect();
                let mut keys = Vec::new();
                for subject in subjects(event) {
                    keys.extend(store.destroyed_keys(&subject, &compartments).await?);
                }
                (what, keys)
            }
            Erasure::Entry(erased) => {
                (vec![erased.entry.to_string(), erased.part.clone()], Vec::new())
            }
        };
        let (legal_basis, decided_by, approved_by) = erasure.decision();
        let before = Position::new(event.position.get() - 1);
        Ok(Self {
            store: store.id().to_string(),
            case: case.to_string(),
            erased: erasure.type_name(),
            what,
            legal_basis: legal_basis.to_owned(),
            decided_by: decided_by.to_string(),
            approved_by: approved_by.map(ToString::to_string),
            recorded_by: recorded_by.unwrap_or_default(),
            decided_on: event.occurred_on,
            recorded_at: event.recorded_at,
            position: event.position.get(),
            event: event.id.to_string(),
            keys_destroyed: keys.into_iter().map(DestroyedKey::from).collect(),
            finished_at: store.erasure_finished(event.id).await?,
            root_before: hex(&store.root_at(before).await?),
            root_after: hex(&store.root_at(event.position).await?),
        })
    }
}

impl From<Destroyed> for DestroyedKey {
    fn from(destroyed: Destroyed) -> Self {
        let key = destroyed.key.to_string();
        Self { key, destroyed_at: destroyed.at, epoch: destroyed.epoch }
    }
}
