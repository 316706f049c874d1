//! Reaching the young person: attempts, the weekly dialogue, meetings ahead (F4.2-6, F4.6-6).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::event::{Decoded, read};
use crate::ids::PersonRef;
use crate::schema::{Category, EventType, Field, Kind};
use crate::view::{Attempt, Entry, Settled, View};

const NEEDS: &[&str] = &["up", "same", "down"];

/// The types of this family.
pub const TYPES: &[EventType] = &[
    EventType {
        name: "ContactAttempted",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("channel", Kind::Text(&[]), "call, message, letter, visit"),
            Field::required("reached", Kind::Answer, "whether the young person was reached"),
            Field::required("by", Kind::Who, "who tried"),
        ],
        da: "Kontakt forsøgt",
        en: "Contact attempted",
        sample: r#"{"date":"2025-03-12","type":"ContactAttempted","case":"SPOR-2025-0404","channel":"call","reached":false,"by":"M-08"}"#,
    },
    EventType {
        name: "DialogueHeld",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("need", Kind::Code(NEEDS), "more, the same or less support"),
            Field::optional("heard", Kind::Text(&[]), "the need as it was heard (F4.2-1)"),
        ],
        da: "Dialog holdt",
        en: "Dialogue held",
        sample: r#"{"date":"2025-03-19","type":"DialogueHeld","case":"SPOR-2025-0404","need":"same"}"#,
    },
    EventType {
        name: "MeetingScheduled",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("kind", Kind::Text(&[]), "what kind of meeting"),
            Field::required("on", Kind::Date, "the day of the meeting"),
            Field::required("parties", Kind::Texts(&[]), "who is asked"),
        ],
        da: "Møde aftalt",
        en: "Meeting scheduled",
        sample: r#"{"date":"2025-03-19","type":"MeetingScheduled","case":"SPOR-2025-0404","kind":"follow-up","on":"2025-04-14","parties":["caseworker","mentor","youth"]}"#,
    },
];

/// An event of this family.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// Somebody tried to reach the young person.
    Attempted(ContactAttempted),
    /// The week's dialogue about the need.
    Dialogue(DialogueHeld),
    /// A meeting was agreed on.
    Scheduled(MeetingScheduled),
}

/// Somebody tried to reach the young person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContactAttempted {
    /// Whether that worked; told apart in words where it was not a plain yes or no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached: Option<bool>,
    /// Who tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonRef>,
}

/// The week's dialogue about the need.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DialogueHeld {
    /// `up`, `same` or `down`.
    pub need: String,
}

/// A meeting was agreed on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeetingScheduled {
    /// The day of the meeting.
    pub on: NaiveDate,
}

impl Event {
    pub(crate) fn decode(name: &str, body: &str) -> Decoded<Self> {
        Some(match name {
            "ContactAttempted" => read(name, body).map(Self::Attempted),
            "DialogueHeld" => read(name, body).map(Self::Dialogue),
            "MeetingScheduled" => read(name, body).map(Self::Scheduled),
            _ => return None,
        })
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Attempted(_) => "ContactAttempted",
            Self::Dialogue(_) => "DialogueHeld",
            Self::Scheduled(_) => "MeetingScheduled",
        }
    }

    pub(crate) fn apply(&self, view: &mut View, entry: &Entry) {
        match self {
            Self::Attempted(tried) => {
                let reached = tried.reached.unwrap_or(false);
                view.attempts.push(Attempt { on: entry.on, reached });
            }
            Self::Dialogue(_) => view.dialogues.push(Settled::from(entry)),
            Self::Scheduled(_) => {}
        }
    }
}
