//! The names that may never stand in a letter: those of the young people, and of the staff.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use spor_domain::ids::CaseRef;
use spor_domain::sealed::Compartment;
use spor_domain::staff::Directory;
use spor_history::load::{KnownAt, Memory};
use spor_history::opening::Parts;
use spor_history::stream;
use spor_store::{Position, StreamName};

use crate::error::Result;

/// Streams read at a time.
const STREAMS: usize = 500;
/// Shorter parts of a name are too often ordinary words.
const MIN_PART_CHARS: usize = 3;
/// The events that can hold the young person's name.
const NAMING: [&str; 3] = ["CaseOpened", "CaseImported", "EntryCorrected"];

/// Names by case, and those of the staff.
#[derive(Debug, Default)]
pub(crate) struct Names {
    cases: BTreeMap<String, BTreeSet<String>>,
    staff: BTreeSet<String>,
}

impl Names {
    /// Opens the names of these cases; whatever was erased is in no letter either.
    pub(crate) async fn of(
        memory: &Memory,
        cases: BTreeSet<CaseRef>,
        directory: &Directory,
    ) -> Result<Self> {
        let contacts =
            directory.people().filter_map(|(_, person)| person.contact.as_ref()?.known());
        let staff = contacts.map(|contact| contact.name.trim().to_owned());
        let mut names =
            Self { cases: BTreeMap::new(), staff: staff.filter(|name| !name.is_empty()).collect() };
        let streams: Vec<StreamName> = cases.iter().map(stream::of_case).collect();
        for chunk in streams.chunks(STREAMS) {
            let naming = naming(memory, chunk).await?;
            let store = memory.store();
            let mut events = store.read_events(&naming, Compartment::Person.as_str()).await?;
            events.retain(|event| !event.parts.is_empty());
            let opened = Parts::of(store, &events).await?;
            for (event, parts) in events.iter().zip(opened) {
                // A part that is not what it should be names nobody; reading the case says so.
                let Ok(Some(fields)) = parts.fields(event, Compartment::Person) else {
                    continue;
                };
                let name = fields.known().and_then(|fields| fields.get("name"));
                if let Some(name) = name.and_then(Value::as_str).map(str::trim) {
                    let case = event.stream.reference().to_owned();
                    names.cases.entry(case).or_default().insert(name.to_owned());
                }
            }
        }
        Ok(names)
    }

    /// The whole names known in these cases, and those of the staff.
    pub(crate) fn full<'a>(&self, cases: impl Iterator<Item = &'a str>) -> Vec<String> {
        let cases: BTreeSet<&str> = cases.collect();
        let known = cases.into_iter().filter_map(|case| self.cases.get(case)).flatten();
        known.chain(&self.staff).cloned().collect()
    }

    /// The same, and each part of a young person's name.
    pub(crate) fn full_and_parts<'a>(
        &self,
        cases: impl Iterator<Item = &'a str> + Clone,
    ) -> Vec<String> {
        let mut names = self.full(cases.clone());
        let cases: BTreeSet<&str> = cases.collect();
        let known = cases.into_iter().filter_map(|case| self.cases.get(case)).flatten();
        let parts = known.flat_map(|name| name.split_whitespace());
        names
            .extend(parts.filter(|part| part.chars().count() >= MIN_PART_CHARS).map(str::to_owned));
        names
    }
}

/// Where the events stand that can hold a name, also in a case that cannot be folded.
async fn naming(memory: &Memory, streams: &[StreamName]) -> Result<Vec<Position>> {
    let (mut naming, mut broken) = (Vec::new(), Vec::new());
    for (case, folded) in memory.fold(streams, KnownAt::Everything).await? {
        let Ok(folded) = folded else {
            broken.push(stream::of_case(&case));
            continue;
        };
        let entries = folded.entries().iter();
        let can_name = entries.filter(|entry| NAMING.contains(&entry.event.type_name()));
        naming.extend(can_name.map(|entry| Position::new(entry.position.0)));
    }
    if !broken.is_empty() {
        let found = memory.store().events_of_types(&broken, &NAMING).await?;
        naming.extend(found.into_iter().map(|(position, _)| position));
    }
    Ok(naming)
}
