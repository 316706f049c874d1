//! A case told entry by entry: what was recorded, when, by whom, and what became of it.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};
use spor_domain::case::{Case, Recorded};
use spor_domain::ids::{CaseRef, EventId};
use spor_domain::schema::EventType;
use spor_domain::sealed::{Compartment, Sealed};
use spor_store::{CommitId, StoredCommit, StoredEvent, StreamName, Version};

use crate::codec::{clear_body, decode, kind_of};
use crate::error::{HistoryError, Result, Unfoldable};
use crate::load::{KnownAt, Memory};
use crate::opening::Parts;
use crate::stream;

/// One entry as it was recorded; corrections are entries of their own.
#[derive(Debug, Clone)]
pub struct TimelineEntry {
    /// The stream it stands in.
    pub stream: StreamName,
    /// Its place in the stream.
    pub version: Version,
    /// Its type.
    pub kind: &'static EventType,
    /// The event with its position, day and time of recording.
    pub recorded: Recorded,
    /// The entry it corrects or retracts.
    pub corrects: Option<EventId>,
    /// Its fields in clear, as recorded.
    pub clear: Map<String, Value>,
    /// Its sealed fields, as recorded.
    pub sealed: BTreeMap<Compartment, Sealed<Map<String, Value>>>,
    /// Why the commit was made, where somebody said so.
    pub reason: Option<Sealed<String>>,
    /// Who recorded it, and on which proof.
    pub commit: StoredCommit,
    /// 1 + corrections + retractions of this entry, as known.
    pub versions: u32,
    /// Whether it was taken back, as known.
    pub is_retracted: bool,
}

impl Memory {
    /// Every entry of a case in the order of recording.
    pub async fn timeline(&self, case: &CaseRef, known_at: KnownAt) -> Result<Vec<TimelineEntry>> {
        self.stream_timeline(&stream::of_case(case), known_at).await
    }

    /// Every entry of any stream in the order of recording.
    pub async fn stream_timeline(
        &self,
        stream: &StreamName,
        known_at: KnownAt,
    ) -> Result<Vec<TimelineEntry>> {
        let slices = self.store().read_streams(std::slice::from_ref(stream), known_at.into());
        let events: Vec<StoredEvent> =
            slices.await?.into_iter().flat_map(|slice| slice.events).collect();
        self.tell(&events).await
    }

    /// What each group is for, as it was written when the group was formed; groups whose words are
    /// erased are left out.
    pub async fn purposes(&self, known_at: KnownAt) -> Result<BTreeMap<String, String>> {
        let mut purposes = BTreeMap::new();
        for (group, _) in self.groups(known_at).await? {
            let told = self.stream_timeline(&stream::of_group(&group), known_at).await?;
            let sealed = told.iter().flat_map(|entry| entry.sealed.values());
            let mut words = sealed.filter_map(|part| match part {
                Sealed::Known(fields) => fields.get("purpose")?.as_str(),
                Sealed::Erased | Sealed::KeyMissing => None,
            });
            purposes.extend(words.next_back().map(|words| (group.to_string(), words.to_owned())));
        }
        Ok(purposes)
    }

    /// These events as timeline entries; what later events did to them is seen within the batch.
    pub async fn tell(&self, events: &[StoredEvent]) -> Result<Vec<TimelineEntry>> {
        let mut ids: Vec<CommitId> = events.iter().map(|event| event.commit_id).collect();
        ids.dedup();
        let commits = self.store().commits(&ids).await?;
        let opened = Parts::of(self.store(), events).await?;
        let mut entries = Vec::with_capacity(events.len());
        for (stored, parts) in events.iter().zip(opened) {
            entries.push(entry(stored, &parts, &commits)?);
        }
        judge(&mut entries);
        Ok(entries)
    }
}

fn entry(
    stored: &StoredEvent,
    parts: &Parts,
    commits: &HashMap<CommitId, StoredCommit>,
) -> Result<TimelineEntry> {
    let mut recorded = decode(stored)?;
    let mut sealed = BTreeMap::new();
    for compartment in Compartment::ALL {
        if let Some(fields) = parts.fields(stored, compartment)? {
            if compartment == Compartment::Person {
                recorded.event.open(&fields);
            }
            sealed.insert(compartment, fields);
        }
    }
    let commit = commits.get(&stored.commit_id).cloned().ok_or_else(|| {
        HistoryError::Unfoldable(Unfoldable {
            stream: stored.stream.clone(),
            position: stored.position,
            why: "its commit is not in the log".to_owned(),
        })
    })?;
    Ok(TimelineEntry {
        stream: stored.stream.clone(),
        version: stored.version,
        kind: kind_of(&stored.row())?,
        recorded,
        corrects: stored.corrects.map(|event| EventId(event.get())),
        clear: clear_body(stored)?,
        sealed,
        reason: parts.reason(stored)?,
        commit,
        versions: 1,
        is_retracted: false,
    })
}

/// What corrections and retractions did to each entry.
fn judge(entries: &mut [TimelineEntry]) {
    let mut folds: HashMap<StreamName, Case> = HashMap::new();
    for entry in entries.iter() {
        folds.entry(entry.stream.clone()).or_default().evolve(entry.recorded.clone());
    }
    let judged: HashMap<EventId, (u32, bool)> = folds
        .values()
        .flat_map(Case::entries)
        .map(|entry| (entry.event_id, (entry.versions, entry.is_retracted)))
        .collect();
    for entry in entries {
        if let Some((versions, is_retracted)) = judged.get(&entry.recorded.event_id) {
            (entry.versions, entry.is_retracted) = (*versions, *is_retracted);
        }
    }
}
