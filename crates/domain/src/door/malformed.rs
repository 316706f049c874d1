//! A line or word that cannot be understood; nothing is written because of it.

use serde_json::Value;

use super::nearest_key;
use crate::ids::BadRef;
use crate::schema::EventType;

/// Why something cannot be understood: what, why, what now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// Stable code.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// Why that matters, or what would be right.
    pub because: String,
    /// What to do now.
    pub try_next: String,
}

impl Malformed {
    fn new(
        code: &'static str,
        message: impl Into<String>,
        because: impl Into<String>,
        try_next: impl Into<String>,
    ) -> Self {
        let (message, because, try_next) = (message.into(), because.into(), try_next.into());
        Self { code, message, because, try_next }
    }

    pub(super) fn not_json(error: &serde_json::Error) -> Self {
        let because = format!("{error}");
        Self::new("not_json", "the line is not JSON", because, "put one JSON object on each line")
    }

    pub(super) fn not_an_object() -> Self {
        Self::new(
            "not_json",
            "the line is not a JSON object",
            "an entry is an object such as {\"date\":…,\"type\":…,\"case\":…}",
            "put one JSON object on each line",
        )
    }

    pub(super) fn type_missing() -> Self {
        Self::new(
            "missing_field",
            "the field type is missing",
            "each entry says what kind of fact it is",
            "add \"type\", for instance \"SessionHeld\"; `spor record --help` lists them",
        )
    }

    pub(super) fn unknown_type(name: &str, near: Option<&str>) -> Self {
        Self::new(
            "unknown_type",
            format!("there is no event type {name}"),
            "only the types of the catalogue can be stored",
            meant(near, "`spor record --help` lists the types"),
        )
    }

    pub(super) fn system_type(kind: &EventType) -> Self {
        Self::new(
            "system_type",
            format!("{} is written by the program alone", kind.name),
            "it records what the program did, so nobody may claim it",
            "leave the line out",
        )
    }

    pub(super) fn unknown_field(kind: &'static EventType, name: &str) -> Self {
        Self::new(
            "unknown_field",
            format!("{} has no field {name}", kind.name),
            "a field that is not understood would be lost silently",
            meant(
                nearest_key(kind, name),
                &format!("`spor record {} --help` lists its fields", kind.kebab()),
            ),
        )
    }

    pub(super) fn missing_field(kind: &EventType, name: &str) -> Self {
        let meaning = kind.field(name).map_or("every entry has it", |field| field.meaning);
        Self::new(
            "missing_field",
            format!("{} lacks the field {name}", kind.name),
            format!("{name}: {meaning}"),
            format!("add {name}; `spor record {} --help` shows an example", kind.kebab()),
        )
    }

    pub(super) fn wrong_type(name: &str, wanted: &str, found: &Value) -> Self {
        let mut shown = found.to_string();
        if shown.chars().count() > 40 {
            shown = shown.chars().take(40).chain(['…']).collect();
        }
        Self::new(
            "wrong_type",
            format!("{name} cannot be {shown}"),
            format!("{name} is {wanted}"),
            format!("give {name} as {wanted}"),
        )
    }

    pub(super) fn not_in_list(name: &str, found: &str, near: Option<&str>, list: &[&str]) -> Self {
        Self::new(
            "unknown_word",
            format!("{name} cannot be \"{found}\""),
            format!("{name} is one of {}", list.join(", ")),
            meant(near, "take one of these words"),
        )
    }

    pub(super) fn bad_date(name: &str, found: &Value) -> Self {
        Self::new(
            "bad_date",
            format!("{name} is not a date: {found}"),
            "a date is YYYY-MM-DD, from 1900 to 2199, and exists in the calendar",
            format!("give {name} as in 2025-03-12"),
        )
    }

    pub(super) fn bad_reference(name: &str, error: &BadRef) -> Self {
        Self::new(
            "bad_reference",
            format!("{name}: {error}"),
            "references are pseudonymous and stand in clear for ever",
            format!("give {name} as in SPOR-2025-0101, M-01 or T1"),
        )
    }

    pub(super) fn control_character(name: &str) -> Self {
        Self::new(
            "control_character",
            format!("{name} holds a control character"),
            "control characters can hide text from a reader",
            "take them out",
        )
    }

    pub(super) fn too_long(name: &str, limit: usize) -> Self {
        Self::new(
            "too_long",
            format!("{name} is longer than {limit} characters"),
            "an entry is a note, not a document",
            "shorten it and refer to the document",
        )
    }

    pub(super) fn unreadable(kind: &EventType, error: &crate::event::DecodeError) -> Self {
        Self::new(
            "wrong_type",
            format!("{} cannot be read", kind.name),
            error.to_string(),
            format!("`spor record {} --help` shows an example", kind.kebab()),
        )
    }

    /// A date later than the day it is recorded on.
    pub fn in_future(on: chrono::NaiveDate, recorded_on: chrono::NaiveDate) -> Self {
        Self::new(
            "date_in_future",
            format!("date {on} lies after the day of recording, {recorded_on}"),
            "a fact can be recorded late, never early",
            "record it once it has happened",
        )
    }

    /// A line that would be recorded before what already stands in the log.
    pub fn recorded_goes_back(said: &str, head: &str) -> Self {
        Self::new(
            "recorded_goes_back",
            format!("recorded {said} lies before the newest entry, {head}"),
            "the log is written forwards only",
            "sort the lines by recorded, or leave recorded out",
        )
    }

    /// `recorded` in a store that takes nobody's word for it.
    pub fn recorded_not_allowed() -> Self {
        Self::new(
            "recorded_not_allowed",
            "recorded can only be given in a sandbox",
            "in a production store the clock says when something was recorded",
            "leave recorded out, or import into a store made by `spor init --sandbox`",
        )
    }
}

fn meant(near: Option<&str>, otherwise: &str) -> String {
    match near {
        Some(near) => format!("did you mean {near}? {otherwise}"),
        None => otherwise.to_owned(),
    }
}
