//! Support was given: the entry a mentor makes in half a minute (F4.2, C2-4).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::event::{Decoded, read};
use crate::ids::{PersonRef, TrackId};
use crate::schema::{Category, EventType, Field, Kind};
use crate::view::{Entry, Session, View};

/// How a session was held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Mentor and young person.
    OneToOne,
    /// Several young people.
    Group,
    /// Persistent outreach.
    Outreach,
}

/// The stored words of [`Form`].
pub const FORMS: &[&str] = &["one_to_one", "group", "outreach"];

/// The activity that Case 2 asks a LAB track for.
pub(crate) const LABOUR_MARKET: &str = "labour_market";

/// The kinds of activity that somebody counts; any other is open text.
pub const ACTIVITIES: &[&str] = &[
    "relation",
    "everyday_coping",
    LABOUR_MARKET,
    "edge_of_lab",
    "bridge_to_parents",
    "network",
    "education",
];

/// The hour in which a session began, from `HH:MM`; the minute stays sealed.
fn hour_of(start: &Value) -> Option<Value> {
    let (hour, _) = start.as_str()?.split_once(':')?;
    hour.parse::<u32>().ok().filter(|hour| *hour < 24).map(Value::from)
}

impl Form {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        FORMS[self as usize]
    }
}

/// The types of this family.
pub const TYPES: &[EventType] = &[EventType {
    name: "SessionHeld",
    version: 1,
    category: Category::Case,
    fields: &[
        Field::required("minutes", Kind::Whole, "minutes, 1-1440"),
        Field::required("by", Kind::Reference, "who held it"),
        Field::required("form", Kind::Code(FORMS), "one to one, group or outreach"),
        Field::optional("track", Kind::Name, "which track; a must when several are active"),
        Field::optional("start", Kind::Text(&[]), "when it began, HH:MM")
            .marked("start_hour", hour_of),
        Field::optional("activities", Kind::Texts(ACTIVITIES), "what was done"),
    ],
    da: "Session afholdt",
    en: "Session held",
    sample: r#"{"date":"2025-03-12","type":"SessionHeld","case":"SPOR-2025-0606","id":"e-06-3","minutes":60,"by":"M-04","form":"one_to_one","track":"T1"}"#,
}];

/// An event of this family.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// A session was held.
    Held(SessionHeld),
}

/// A session was held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionHeld {
    /// How long, in minutes.
    pub minutes: i64,
    /// By whom.
    pub by: PersonRef,
    /// How.
    pub form: Form,
    /// On which track, where it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<TrackId>,
    /// The hour in which it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_hour: Option<u32>,
    /// The kinds of activity that somebody counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub activities: Vec<String>,
}

impl Event {
    pub(crate) fn decode(name: &str, body: &str) -> Decoded<Self> {
        Some(match name {
            "SessionHeld" => read(name, body).map(Self::Held),
            _ => return None,
        })
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Held(_) => "SessionHeld",
        }
    }

    pub(crate) fn apply(&self, view: &mut View, entry: &Entry) {
        let Self::Held(held) = self;
        view.sessions.push(Session {
            on: entry.on,
            minutes: held.minutes,
            by: held.by.clone(),
            form: held.form,
            track: held.track.clone(),
            start_hour: held.start_hour,
            activities: held.activities.clone(),
            event: entry.event_id,
            id: entry.id.clone(),
            versions: entry.versions,
        });
    }
}
