//! Everything that people wrote, back as journal lines: leaving is as easy as entering.
//!
//! Imported into a fresh sandbox, the lines give the same cases. What was erased cannot be given
//! back: its fields are left out, and `because`, which an import passes over, says so.

use std::collections::BTreeSet;
use std::io::Write;

use chrono::SecondsFormat;
use serde_json::{Map, Value};
use spor_domain::event::entry_id;
use spor_domain::schema::{self, EventType, Kind};
use spor_domain::sealed::{Compartment, Sealed};
use spor_history::codec::clear_body;
use spor_history::error::HistoryError;
use spor_history::opening::Parts;
use spor_store::{CommitId, Position, StoredEvent};

use crate::error::Result;
use crate::execute::Casework;

/// Events read at a time.
const PAGE_EVENTS: usize = 2_000;

/// What was given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exported {
    /// Lines written.
    pub lines: u64,
    /// Lines from which erased fields are left out.
    pub erased: u64,
    /// Lines whose key is missing though nothing was erased: a fault.
    pub keys_missing: u64,
}

impl Casework {
    /// Writes every entry of people as a journal line, in the order of recording.
    pub async fn export_journal(
        &self,
        output: &mut dyn Write,
        progress: &dyn Fn(u64),
    ) -> Result<Exported> {
        let mut exported = Exported::default();
        let mut after = Position::ZERO;
        let mut founding: Option<CommitId> = None;
        loop {
            let events = self.store().read_after(after, PAGE_EVENTS).await?;
            let (Some(first), Some(last)) = (events.first(), events.last()) else {
                return Ok(exported);
            };
            after = last.position;
            // A store's first commit belongs to it alone: the other one has its own.
            let founding = *founding.get_or_insert(first.commit_id);
            let wanted: Vec<StoredEvent> = events
                .into_iter()
                .filter(|event| event.commit_id != founding && is_written_by_people(event))
                .collect();
            let opened = Parts::of(self.store(), &wanted).await?;
            for (event, parts) in wanted.iter().zip(opened) {
                writeln!(output, "{}", line(event, &parts, &mut exported)?)?;
            }
            progress(exported.lines);
        }
    }
}

fn is_written_by_people(event: &StoredEvent) -> bool {
    schema::find(&event.event_type).is_some_and(EventType::is_written_by_people)
}

fn line(event: &StoredEvent, parts: &Parts, exported: &mut Exported) -> Result<String> {
    let Some(kind) = schema::find(&event.event_type) else {
        let event_type = event.event_type.clone();
        let (position, version) = (event.position, event.schema_version);
        return Err(HistoryError::UnknownType { position, event_type, version }.into());
    };
    let clear = clear_body(event)?;
    let (sealed, lost) = opened(event, parts)?;
    exported.lines += 1;
    exported.erased += u64::from(lost == Some(Lost::Erased));
    exported.keys_missing += u64::from(lost == Some(Lost::KeyMissing));
    let id = entry_id(&event.body).map_or_else(|| event.id.to_string(), |id| id.to_string());
    let recorded = event.recorded_at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let mut text = Text::default();
    text.put("date", &Value::from(event.occurred_on.to_string()));
    text.put("type", &Value::from(kind.name));
    if let Some(key) = key_of(event) {
        text.put(key, &Value::from(event.stream.reference()));
    }
    text.put("id", &Value::from(id));
    text.put("recorded", &Value::from(recorded));
    for field in kind.fields {
        if let Some(value) = value_of(field.name, field.kind, &clear, &sealed) {
            text.put(field.name, &value);
        }
    }
    if let Some(reason) = sealed.get("reason").filter(|_| kind.field("reason").is_none()) {
        text.put("reason", reason);
    }
    if let Some(lost) = lost {
        text.put("because", &Value::from(lost.words()));
    }
    Ok(text.finish())
}

/// The journal key that names the event's own stream.
fn key_of(event: &StoredEvent) -> Option<&'static str> {
    let categories = [schema::Category::Case, schema::Category::Staff, schema::Category::Group];
    let own = categories.into_iter().find(|known| known.as_str() == event.stream.category());
    own.and_then(schema::Category::key)
}

/// Why something is left out of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lost {
    Erased,
    KeyMissing,
}

impl Lost {
    fn words(self) -> &'static str {
        match self {
            Self::Erased => "personal fields were erased and are left out",
            Self::KeyMissing => "personal fields are left out: their key is missing",
        }
    }
}

/// The sealed fields of all compartments that can be opened.
fn opened(event: &StoredEvent, parts: &Parts) -> Result<(Map<String, Value>, Option<Lost>)> {
    let mut fields = Map::new();
    let mut lost = None;
    for compartment in Compartment::ALL {
        match parts.fields(event, compartment)? {
            Some(Sealed::Known(mut opened)) => {
                // A correction may have changed fields of both compartments.
                if let (Some(Value::Object(earlier)), Some(Value::Object(now))) =
                    (fields.get("changes"), opened.get_mut("changes"))
                {
                    now.extend(earlier.clone());
                }
                fields.extend(opened);
            }
            Some(Sealed::Erased) => lost = lost.or(Some(Lost::Erased)),
            Some(Sealed::KeyMissing) => lost = Some(Lost::KeyMissing),
            None => {}
        }
    }
    Ok((fields, lost))
}

/// A field as it was written: the sealed value is the whole one where both stand.
fn value_of(
    name: &str,
    kind: Kind,
    clear: &Map<String, Value>,
    sealed: &Map<String, Value>,
) -> Option<Value> {
    if kind != Kind::Changes {
        return sealed.get(name).or_else(|| clear.get(name)).cloned();
    }
    let marks: BTreeSet<&str> = schema::event_types()
        .flat_map(|kind| kind.fields)
        .filter_map(|field| field.mark)
        .map(|mark| mark.name)
        .collect();
    let mut changes = Map::new();
    for half in [clear.get(name), sealed.get(name)].into_iter().flatten() {
        if let Value::Object(half) = half {
            changes.extend(half.clone());
        }
    }
    changes.retain(|name, _| !marks.contains(name.as_str()));
    Some(Value::Object(changes))
}

/// A JSON object whose fields keep the order in which people write them.
#[derive(Default)]
struct Text(String);

impl Text {
    fn put(&mut self, name: &str, value: &Value) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(&Value::from(name).to_string());
        self.0.push(':');
        self.0.push_str(&value.to_string());
    }

    fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }
}
