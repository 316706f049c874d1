//! A wrong entry is put right by a new one; both stay visible (GDPR art. 16).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::event::{Decoded, read};
use crate::ids::EntryId;
use crate::schema::{Category, EventType, Field, Kind};
use crate::sealed::Sealed;

/// How the reference of a retraction begins that took back what a whole import had brought.
pub const UNDO: &str = "undo:";

/// The types of this family.
pub const TYPES: &[EventType] = &[
    EventType {
        name: "EntryCorrected",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("target", Kind::Name, "the entry's id, or its event id"),
            Field::required("changes", Kind::Changes, "the fields as they should have been"),
            Field::required("reason", Kind::Text(&[]), "what went wrong"),
        ],
        da: "Indførsel rettet",
        en: "Entry corrected",
        sample: r#"{"date":"2025-04-02","type":"EntryCorrected","case":"SPOR-2025-0606","target":"e-06-3","changes":{"minutes":60},"reason":"typing error"}"#,
    },
    EventType {
        name: "EntryRetracted",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("target", Kind::Name, "the entry's id, or its event id"),
            Field::required("reason", Kind::Text(&[]), "what went wrong"),
        ],
        da: "Indførsel trukket tilbage",
        en: "Entry retracted",
        sample: r#"{"date":"2025-04-09","type":"EntryRetracted","case":"SPOR-2025-0606","target":"e-06-5","reason":"wrong case"}"#,
    },
];

/// An event of this family.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// Some of an entry's fields were wrong.
    Corrected(EntryCorrected),
    /// The entry should not be there.
    Retracted(EntryRetracted),
}

/// Some of an entry's fields were wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntryCorrected {
    /// The entry's id, or its event id.
    pub target: EntryId,
    /// The corrected fields that stand in clear; `null` takes a field away, `date` moves the day.
    #[serde(default)]
    pub changes: Map<String, Value>,
    /// The corrected fields that are sealed.
    #[serde(skip, default = "nothing")]
    pub sealed: Sealed<Map<String, Value>>,
}

fn nothing() -> Sealed<Map<String, Value>> {
    Sealed::Known(Map::new())
}

/// The entry should not be there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntryRetracted {
    /// The entry's id, or its event id.
    pub target: EntryId,
}

impl Event {
    pub(crate) fn decode(name: &str, body: &str) -> Decoded<Self> {
        Some(match name {
            "EntryCorrected" => read(name, body).map(Self::Corrected),
            "EntryRetracted" => read(name, body).map(Self::Retracted),
            _ => return None,
        })
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Corrected(_) => "EntryCorrected",
            Self::Retracted(_) => "EntryRetracted",
        }
    }

    /// The entry it points at.
    pub fn target(&self) -> &EntryId {
        match self {
            Self::Corrected(event) => &event.target,
            Self::Retracted(event) => &event.target,
        }
    }

    pub(crate) fn open(&mut self, part: &Sealed<Map<String, Value>>) {
        let Self::Corrected(event) = self else {
            return;
        };
        match part {
            Sealed::Known(fields) => {
                if let Some(Value::Object(changes)) = fields.get("changes") {
                    event.sealed = Sealed::Known(changes.clone());
                }
            }
            Sealed::Erased => event.sealed = Sealed::Erased,
            Sealed::KeyMissing => event.sealed = Sealed::KeyMissing,
        }
    }

    pub(crate) fn keep_personal(&mut self, earlier: &Self) {
        if let (Self::Corrected(now), Self::Corrected(then)) = (self, earlier) {
            now.sealed = then.sealed.clone();
        }
    }
}
