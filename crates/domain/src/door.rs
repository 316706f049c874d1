//! The door: a journal line, or words from the command line, become a command or are turned away.
//!
//! Everything is checked here once: types, fields, grammar of references, dates. Behind the door a
//! command is well-formed, and its fields are split into what stands in clear and what is sealed.

mod malformed;
mod values;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};

use crate::event::Event;
use crate::ids::{CaseRef, EntryId, GroupRef, PersonRef};
use crate::nearest::nearest;
use crate::schema::{self, EventType, Kind};
use crate::sealed::{Compartment, Sealed};

pub use malformed::Malformed;
pub use values::{Split, read_date, value_from_text};

/// The stream a command is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// A case.
    Case(CaseRef),
    /// A person of the directory.
    Staff(PersonRef),
    /// A group of young people.
    Group(GroupRef),
    /// The municipality's programme.
    Programme,
}

impl Stream {
    /// The stored name of the stream.
    pub fn name(&self) -> String {
        match self {
            Self::Case(case) => format!("case-{case}"),
            Self::Staff(person) => format!("staff-{person}"),
            Self::Group(group) => format!("group-{group}"),
            Self::Programme => "programme".to_owned(),
        }
    }
}

/// When a line says it was recorded; only a sandbox takes its word for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaidRecorded {
    /// That day at noon.
    Day(NaiveDate),
    /// That instant.
    At(DateTime<Utc>),
}

/// A wish to record something, well-formed.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// Where it belongs.
    pub stream: Stream,
    /// The day it happened.
    pub on: NaiveDate,
    /// The entry's own reference.
    pub id: Option<EntryId>,
    /// Its type.
    pub kind: &'static EventType,
    /// The fields in clear.
    pub clear: Map<String, Value>,
    /// The fields to be sealed.
    pub sealed: BTreeMap<Compartment, Map<String, Value>>,
    /// The event it would become.
    pub event: Event,
    /// Whether a reason was given that turns a "should" into an accepted entry.
    pub is_excused: bool,
}

impl PartialEq for EventType {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// A journal line that passed the door.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What it wishes.
    pub command: Command,
    /// When it says it was recorded.
    pub recorded: Option<SaidRecorded>,
}

/// Reads one journal line. `expect` and `because` are ignored: they belong to stories.
pub fn parse_line(text: &str) -> Result<Line, Malformed> {
    let value: Value = serde_json::from_str(text).map_err(|error| Malformed::not_json(&error))?;
    let Value::Object(fields) = value else {
        return Err(Malformed::not_an_object());
    };
    parse_fields(fields)
}

/// Reads the fields of one entry, journal keys included.
pub fn parse_fields(mut fields: Map<String, Value>) -> Result<Line, Malformed> {
    let kind = take_type(&mut fields)?;
    for ignored in ["expect", "because"] {
        fields.remove(ignored);
    }
    let on = match fields.remove("date") {
        Some(value) => values::date_of("date", &value)?,
        None => return Err(Malformed::missing_field(kind, "date")),
    };
    let recorded = fields.remove("recorded").map(|value| said_recorded(&value)).transpose()?;
    let id = fields.remove("id").map(|value| entry_id(&value)).transpose()?;
    let stream = take_stream(kind, &mut fields)?;
    let command = command(stream, on, id, kind, fields)?;
    Ok(Line { command, recorded })
}

fn command(
    stream: Stream,
    on: NaiveDate,
    id: Option<EntryId>,
    kind: &'static EventType,
    mut fields: Map<String, Value>,
) -> Result<Command, Malformed> {
    fields.retain(|_, value| !value.is_null());
    let is_excused = take_excuse(kind, &mut fields)?;
    for name in fields.keys() {
        if kind.field(name).is_none() {
            return Err(Malformed::unknown_field(kind, name));
        }
    }
    let mut split = Split::default();
    for field in kind.fields {
        match fields.get(field.name) {
            Some(value) => split.take(field, value)?,
            None if field.required => return Err(Malformed::missing_field(kind, field.name)),
            None => {}
        }
    }
    if let Some(reason) = is_excused.text {
        split.sealed.entry(Compartment::Person).or_default().insert("reason".to_owned(), reason);
    }
    let mut event = Event::decode(kind.name, &Value::Object(split.clear.clone()).to_string())
        .map_err(|error| Malformed::unreadable(kind, &error))?;
    if let Some(part) = split.sealed.get(&Compartment::Person) {
        event.open(&Sealed::Known(part.clone()));
    }
    let Split { clear, sealed } = split;
    Ok(Command { stream, on, id, kind, clear, sealed, event, is_excused: is_excused.is_given })
}

/// A reason that overrides a "should": `override_reason`, or `reason` where the type has none.
struct Excuse {
    is_given: bool,
    text: Option<Value>,
}

fn take_excuse(
    kind: &'static EventType,
    fields: &mut Map<String, Value>,
) -> Result<Excuse, Malformed> {
    let name = if kind.field("reason").is_some() { "override_reason" } else { "reason" };
    if kind.field(name).is_some() {
        let is_given = fields.get(name).and_then(Value::as_str).is_some_and(|r| !r.is_empty());
        return Ok(Excuse { is_given, text: None });
    }
    match fields.remove(name) {
        None => Ok(Excuse { is_given: false, text: None }),
        Some(Value::String(reason)) if name == "reason" => {
            Ok(Excuse { is_given: !reason.is_empty(), text: Some(Value::String(reason)) })
        }
        Some(_) => Err(Malformed::unknown_field(kind, name)),
    }
}

fn take_type(fields: &mut Map<String, Value>) -> Result<&'static EventType, Malformed> {
    let Some(Value::String(name)) = fields.remove("type") else {
        return Err(Malformed::type_missing());
    };
    match schema::find_written(&name) {
        Some(kind) if kind.is_written_by_people() => Ok(kind),
        Some(kind) => Err(Malformed::system_type(kind)),
        None => Err(Malformed::unknown_type(&name, schema::nearest_type(&name))),
    }
}

fn take_stream(
    kind: &'static EventType,
    fields: &mut Map<String, Value>,
) -> Result<Stream, Malformed> {
    let is_correction = kind.name.starts_with("Entry");
    let key = match kind.category.key() {
        Some(_) if is_correction && fields.contains_key("person") => "person",
        Some(_) if is_correction && fields.contains_key("group") => "group",
        Some(key) => key,
        None => return Ok(Stream::Programme),
    };
    let Some(value) = fields.remove(key) else {
        return Err(Malformed::missing_field(kind, key));
    };
    let text = value.as_str().ok_or_else(|| Malformed::wrong_type(key, "a reference", &value))?;
    let bad = |error| Malformed::bad_reference(key, &error);
    match key {
        "case" => CaseRef::parse(text).map(Stream::Case).map_err(bad),
        "group" => GroupRef::parse(text).map(Stream::Group).map_err(bad),
        _ => PersonRef::parse(text).map(Stream::Staff).map_err(bad),
    }
}

fn entry_id(value: &Value) -> Result<EntryId, Malformed> {
    let text = value.as_str().ok_or_else(|| Malformed::wrong_type("id", "a name", value))?;
    EntryId::parse(text).map_err(|error| Malformed::bad_reference("id", &error))
}

fn said_recorded(value: &Value) -> Result<SaidRecorded, Malformed> {
    if let Some(at) = value.as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok()) {
        return Ok(SaidRecorded::At(at.with_timezone(&Utc)));
    }
    values::date_of("recorded", value).map(SaidRecorded::Day)
}

/// Splits the changes of a correction by the field classes of its target's type. `date` is every
/// type's; a field it does not know comes back as the error.
pub fn split_changes(
    kind: &'static EventType,
    changes: &Map<String, Value>,
) -> Result<Split, Malformed> {
    let mut split = Split::default();
    for (name, value) in changes {
        if name == "date" {
            let day = values::date_of("date", value)?;
            split.clear.insert("date".to_owned(), Value::String(day.to_string()));
            continue;
        }
        let Some(field) = kind.field(name) else {
            return Err(Malformed::unknown_field(kind, name));
        };
        if value.is_null() {
            if field.required {
                return Err(Malformed::missing_field(kind, name));
            }
            split.forget(field);
        } else {
            if matches!(field.kind, Kind::Text(_) | Kind::Who | Kind::Answer) {
                split.forget(field);
            }
            split.take(field, value)?;
        }
    }
    Ok(split)
}

/// The journal key that was perhaps meant, among a type's fields and the keys of every line.
pub(crate) fn nearest_key(kind: &'static EventType, name: &str) -> Option<&'static str> {
    let common = ["date", "type", "id", "recorded"];
    let fields = kind.fields.iter().map(|field| field.name);
    nearest(name, fields.chain(common).chain(kind.category.key()))
}
