//! Entries and changes told in words, for timelines and replays.

use serde_json::{Map, Value};
use spor_domain::sealed::Sealed;
use spor_history::diff::Change;
use spor_history::timeline::TimelineEntry;

use crate::output::shown;
use crate::report::Report;

/// What the entry is addressed by: its own reference, else its event id.
pub fn address(entry: &TimelineEntry) -> String {
    let id = entry.recorded.id.as_ref();
    id.map_or_else(|| entry.recorded.event_id.to_string(), ToString::to_string)
}

/// A missing key is a fault, never an erasure.
pub fn check_keys(entries: &[TimelineEntry]) -> Result<(), Report> {
    let is_missing = |entry: &&TimelineEntry| {
        let fields = entry.sealed.values().any(|sealed| *sealed == Sealed::KeyMissing);
        fields || entry.reason == Some(Sealed::KeyMissing)
    };
    match entries.iter().find(is_missing) {
        Some(entry) => Err(Report::key_missing(&format!("entry {}", address(entry)))),
        None => Ok(()),
    }
}

/// The entry's fields, the sealed ones as far as they can be read.
pub fn fields(entry: &TimelineEntry) -> Map<String, Value> {
    let mut fields: Map<String, Value> = entry.clear.clone();
    fields.remove("id");
    for sealed in entry.sealed.values() {
        if let Sealed::Known(known) = sealed {
            for (name, value) in known {
                join(&mut fields, name, value);
            }
        }
    }
    fields
}

/// The entry in one line.
pub fn in_words(entry: &TimelineEntry) -> String {
    let mut erased = "";
    for sealed in entry.sealed.values() {
        match sealed {
            Sealed::Known(_) => {}
            Sealed::Erased => erased = " (personal data erased)",
            Sealed::KeyMissing => erased = " (key missing)",
        }
    }
    let told: Vec<String> =
        fields(entry).iter().map(|(name, value)| format!("{name}={}", shown(value))).collect();
    let retracted = if entry.is_retracted { " (retracted)" } else { "" };
    format!("{}{erased}{retracted}", told.join(" "))
}

/// A sealed field takes the place of its clear codes; the two halves of `changes` are one.
fn join(fields: &mut Map<String, Value>, name: &str, value: &Value) {
    match (fields.get_mut(name), value) {
        (Some(Value::Object(clear)), Value::Object(sealed)) => {
            clear.extend(sealed.clone());
        }
        _ => {
            fields.insert(name.to_owned(), value.clone());
        }
    }
}

/// Who recorded it, and on whose behalf.
pub fn actor(entry: &TimelineEntry) -> String {
    let commit = &entry.commit.commit;
    match &commit.on_behalf_of {
        Some(person) => format!("{} for {person}", commit.actor),
        None => commit.actor.clone(),
    }
}

/// Why the commit was made, where somebody said so.
pub fn reason(entry: &TimelineEntry) -> Option<String> {
    entry.reason.as_ref().map(|reason| match reason {
        Sealed::Known(text) => text.clone(),
        Sealed::Erased => "(erased)".to_owned(),
        Sealed::KeyMissing => "(key missing)".to_owned(),
    })
}

/// A change as `what: before → after`.
pub fn change(change: &Change) -> String {
    format!("{}: {} → {}", change.what, change.before, change.after)
}
