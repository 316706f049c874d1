//! Events on their way into the log and out of it: bodies in clear, parts sealed.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use serde_json::{Map, Value};
use spor_domain::case::Recorded;
use spor_domain::event::{Event, entry_id, with_entry_id};
use spor_domain::ids::{self, EntryId};
use spor_domain::schema::{self, EventType};
use spor_domain::sealed::Compartment;
use spor_store::{DataKey, EventId, LogRow, NewEvent, Store, StoredEvent, StreamName};

use crate::error::{HistoryError, Result, Unfoldable};
use crate::upcast;

/// The name of the sealed part that holds why somebody made a commit; it stands on its first event.
pub const REASON: &str = "reason";

/// A fact on its way into the log.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// Its type.
    pub kind: &'static EventType,
    /// The day it happened.
    pub on: NaiveDate,
    /// The entry's own reference.
    pub id: Option<&'a EntryId>,
    /// The event it corrects or retracts.
    pub corrects: Option<ids::EventId>,
    /// The fields in clear.
    pub clear: &'a Map<String, Value>,
    /// The fields to be sealed.
    pub sealed: &'a BTreeMap<Compartment, Map<String, Value>>,
    /// Why the commit is made, where the draft is its first event.
    pub reason: Option<&'a str>,
}

/// The data keys at hand, by subject and compartment.
#[derive(Debug, Clone, Default)]
pub struct Keys(HashMap<(StreamName, Compartment), DataKey>);

impl Keys {
    /// Fetches the keys that are not at hand yet; what is missing is made in one commit of the
    /// keyring, before any append uses it.
    pub async fn fetch(
        &mut self,
        store: &Store,
        wanted: Vec<(StreamName, Compartment)>,
    ) -> Result<()> {
        let mut wanted: Vec<_> =
            wanted.into_iter().filter(|key| !self.0.contains_key(key)).collect();
        wanted.sort();
        wanted.dedup();
        if wanted.is_empty() {
            return Ok(());
        }
        let stored: Vec<_> =
            wanted.iter().map(|(s, c)| (s.clone(), stored_compartment(*c))).collect();
        let keys = store.data_keys(&stored).await?;
        self.0.extend(wanted.into_iter().zip(keys));
        Ok(())
    }

    /// Forgets every key; the store keeps its own.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// How many keys are at hand.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is at hand.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn get(&self, stream: &StreamName, compartment: Compartment) -> &DataKey {
        let key = (stream.clone(), compartment);
        self.0.get(&key).expect("the keys of a draft are fetched before it is sealed")
    }
}

fn stored_compartment(compartment: Compartment) -> spor_store::Compartment {
    match compartment {
        Compartment::Person => spor_store::Compartment::Person,
        Compartment::Confidential => spor_store::Compartment::Confidential,
    }
}

impl Draft<'_> {
    /// The keys that this draft needs in a stream.
    pub fn keys(&self, stream: &StreamName) -> impl Iterator<Item = (StreamName, Compartment)> {
        let of_reason = self.reason.map(|_| Compartment::Person);
        self.sealed
            .keys()
            .copied()
            .chain(of_reason)
            .map(|compartment| (stream.clone(), compartment))
    }

    /// The event as it goes to the log: body in clear, each compartment sealed as one part.
    pub fn seal(&self, store: &Store, keys: &Keys, stream: &StreamName, id: EventId) -> NewEvent {
        let mut parts = Vec::with_capacity(self.sealed.len() + 1);
        for (compartment, fields) in self.sealed {
            let text = canonical(fields);
            let key = keys.get(stream, *compartment);
            parts.push(store.seal(key, id, stream, compartment.as_str(), &text));
        }
        if let Some(reason) = self.reason {
            let key = keys.get(stream, Compartment::Person);
            let text = Value::from(reason).to_string();
            parts.push(store.seal(key, id, stream, REASON, &text));
        }
        NewEvent {
            id,
            event_type: self.kind.name.to_owned(),
            schema_version: self.kind.version,
            occurred_on: self.on,
            corrects: self.corrects.map(|event| EventId::new(event.0)),
            body: with_entry_id(self.id, self.clear),
            parts,
        }
    }
}

/// JSON text of an object, with the keys of every object in alphabetical order.
pub fn canonical(fields: &Map<String, Value>) -> String {
    let mut text = String::new();
    push_object(&mut text, fields);
    text
}

fn push_object(text: &mut String, fields: &Map<String, Value>) {
    let mut sorted: Vec<(&String, &Value)> = fields.iter().collect();
    sorted.sort_by_key(|(name, _)| *name);
    text.push('{');
    for (at, (name, value)) in sorted.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&Value::from(name.as_str()).to_string());
        text.push(':');
        push_value(text, value);
    }
    text.push('}');
}

fn push_value(text: &mut String, value: &Value) {
    match value {
        Value::Object(fields) => push_object(text, fields),
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                push_value(text, item);
            }
            text.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            text.push_str(&value.to_string());
        }
    }
}

/// The event type of a stored event, whose shape this program must know.
pub(crate) fn kind_of(row: &LogRow<'_>) -> Result<&'static EventType> {
    let known = schema::find(row.event_type);
    known.filter(|kind| (1..=kind.version).contains(&row.schema_version)).ok_or_else(|| {
        HistoryError::UnknownType {
            position: row.position,
            event_type: row.event_type.to_owned(),
            version: row.schema_version,
        }
    })
}

/// Reads a stored event, in its newest shape and with its sealed fields still closed.
pub fn decode(stored: &StoredEvent) -> Result<Recorded> {
    decode_row(&stored.row())
}

/// Reads an event of a fast scan, as [`decode`] does.
pub fn decode_row(row: &LogRow<'_>) -> Result<Recorded> {
    let kind = kind_of(row)?;
    let event = if row.schema_version == kind.version {
        Event::decode(kind.name, row.body)
    } else {
        let body = clear_fields(row)?;
        Event::decode(kind.name, &Value::Object(body).to_string())
    };
    Ok(Recorded {
        position: ids::Position(row.position.get()),
        event_id: ids::EventId(row.id.get()),
        recorded_at: row.recorded_at,
        occurred_on: row.occurred_on,
        id: entry_id(row.body),
        event: event.map_err(|error| unreadable(row, &error))?,
    })
}

/// The fields of a stored event that stand in clear, in its newest shape, without its reference.
pub fn clear_body(stored: &StoredEvent) -> Result<Map<String, Value>> {
    clear_fields(&stored.row())
}

fn clear_fields(row: &LogRow<'_>) -> Result<Map<String, Value>> {
    let kind = kind_of(row)?;
    let mut body: Map<String, Value> =
        serde_json::from_str(row.body).map_err(|error| unreadable(row, &error))?;
    body.remove("id");
    let missing = HistoryError::MissingStep { event_type: kind.name, from: row.schema_version };
    upcast::upcast(kind, row.schema_version, body).ok_or(missing)
}

fn unreadable(row: &LogRow<'_>, why: &dyn std::fmt::Display) -> HistoryError {
    match StreamName::parse(row.stream) {
        Ok(stream) => Unfoldable { stream, position: row.position, why: why.to_string() }.into(),
        Err(error) => error.into(),
    }
}
