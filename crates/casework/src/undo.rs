//! What one import brought, to be taken back: by retractions, so that history stays.

use std::collections::{BTreeSet, HashMap};
use std::io::Cursor;
use std::sync::Arc;

use chrono::SecondsFormat;
use serde_json::{Value, json};
use spor_domain::calendar;
use spor_domain::correction::UNDO;
use spor_domain::ids::CaseRef;
use spor_domain::schema::{self, Category, EventType};
use spor_history::load::KnownAt;
use spor_history::stream;
use spor_store::{CommitId, EventId, Kind, Position, StoredEvent};
use uuid::Uuid;

use crate::actor::Now;
use crate::error::Result;
use crate::execute::Casework;
use crate::import::Source;

/// Events read at a time.
const PAGE_EVENTS: usize = 2_000;

/// An entry that the import brought and that still stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BroughtEntry {
    /// Its case.
    pub case: CaseRef,
    /// Its type.
    pub kind: &'static str,
    /// Its event.
    pub event: EventId,
}

/// What one import brought.
#[derive(Debug, Clone, Default)]
pub struct Brought {
    /// Whether no import has that name.
    pub is_unknown: bool,
    /// What still stands of it, the newest first.
    pub entries: Vec<BroughtEntry>,
    /// The cases in which people have recorded something since.
    pub worked_on: BTreeSet<CaseRef>,
}

impl Casework {
    /// Looks for everything that one import brought. It reads the log once.
    pub async fn brought_by(&self, batch: Uuid) -> Result<Brought> {
        let mut brought = Brought { is_unknown: true, ..Brought::default() };
        let mut found: Vec<BroughtEntry> = Vec::new();
        let mut after = Position::ZERO;
        let mut later: Vec<(CaseRef, EventId)> = Vec::new();
        let mut cases: BTreeSet<CaseRef> = BTreeSet::new();
        loop {
            let events = self.store().read_after(after, PAGE_EVENTS).await?;
            let Some(last) = events.last() else {
                break;
            };
            after = last.position;
            let in_batch = self.commits_of(batch, &events).await?;
            for event in &events {
                let Some(case) = stream::case_of(&event.stream) else {
                    continue;
                };
                if in_batch.contains(&event.commit_id) {
                    brought.is_unknown = false;
                    let kind = schema::find(&event.event_type).map_or("", |kind| kind.name);
                    found.push(BroughtEntry { case: case.clone(), kind, event: event.id });
                    cases.insert(case);
                } else if cases.contains(&case) && is_work(event) {
                    later.push((case, event.id));
                }
            }
        }
        self.keep_what_stands(found, later, &mut brought).await?;
        Ok(brought)
    }

    /// The commits of a batch among these events.
    async fn commits_of(&self, batch: Uuid, events: &[StoredEvent]) -> Result<BTreeSet<CommitId>> {
        let mut ids: Vec<CommitId> = events.iter().map(|event| event.commit_id).collect();
        ids.dedup();
        let commits = self.store().commits(&ids).await?.into_iter();
        let of_batch = commits.filter(|(_, stored)| stored.commit.correlation_id == Some(batch));
        Ok(of_batch.map(|(id, _)| id).collect())
    }

    async fn keep_what_stands(
        &self,
        found: Vec<BroughtEntry>,
        later: Vec<(CaseRef, EventId)>,
        brought: &mut Brought,
    ) -> Result<()> {
        let mut standing: HashMap<CaseRef, BTreeSet<Uuid>> = HashMap::new();
        for case in found.iter().map(|entry| &entry.case) {
            if standing.contains_key(case) {
                continue;
            }
            let fold = self.memory.case(case, KnownAt::Everything).await?.case;
            let entries = fold.entries().iter().filter(|entry| !entry.is_retracted);
            standing.insert(case.clone(), entries.map(|entry| entry.event_id.0).collect());
        }
        let stands = |case: &CaseRef, event: EventId| {
            standing.get(case).is_some_and(|entries| entries.contains(&event.get()))
        };
        let works = later.into_iter().filter(|(case, event)| stands(case, *event));
        brought.worked_on = works.map(|(case, _)| case).collect();
        brought.entries =
            found.into_iter().rev().filter(|entry| stands(&entry.case, entry.event)).collect();
        let left: BTreeSet<&CaseRef> = brought.entries.iter().map(|entry| &entry.case).collect();
        let left = left.into_iter().cloned().collect::<BTreeSet<_>>();
        brought.worked_on.retain(|case| left.contains(case));
        Ok(())
    }

    /// The journal that takes these entries back.
    pub async fn retractions(&self, brought: &Brought, reason: &str, now: &Now) -> Result<Source> {
        let head = self.store().head().await?;
        let (policies, _) = self.memory.policies(KnownAt::Everything).await?;
        let zone = policies.on(now.business.date_naive()).zone;
        let today = calendar::local_date(now.business, zone);
        let recorded = now.business.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let mut journal = String::new();
        for entry in &brought.entries {
            let target = entry.event.to_string();
            let mut line = json!({
                "date": today.to_string(), "type": "EntryRetracted",
                "case": entry.case.as_str(), "id": format!("{UNDO}{target}"),
                "target": target, "reason": reason,
            });
            if head.kind == Kind::Sandbox {
                line["recorded"] = Value::from(recorded.as_str());
            }
            journal.push_str(&line.to_string());
            journal.push('\n');
        }
        let journal: Arc<[u8]> = journal.into_bytes().into();
        Ok(Arc::new(move || Ok(Box::new(Cursor::new(Arc::clone(&journal))))))
    }
}

/// Whether an event is somebody's work on a case, not a correction of what was imported.
fn is_work(event: &StoredEvent) -> bool {
    let kind = schema::find(&event.event_type);
    let by_people = kind.is_some_and(EventType::is_written_by_people);
    by_people && event.corrects.is_none() && event.stream.category() == Category::Case.as_str()
}
