//! F4.3: a small group with one mentor and a purpose that is relevant to everybody in it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::event::{Decoded, Event as AnyEvent, read};
use crate::ids::{CaseRef, PersonRef};
use crate::schema::{Category, EventType, Field, Kind, is_filled};

/// The types of this family.
pub const TYPES: &[EventType] = &[
    EventType {
        name: "GroupFormed",
        version: 1,
        category: Category::Group,
        fields: &[
            Field::required("mentor", Kind::Reference, "the mentor of everybody in it"),
            Field::required("purpose", Kind::Text(&[]), "what it is for (F4.3-7)")
                .marked("has_purpose", is_filled),
            Field::optional("theme", Kind::Text(&[]), "its theme"),
            Field::optional("max_size", Kind::Whole, "how many at most; else the setting"),
        ],
        da: "Gruppe dannet",
        en: "Group formed",
        sample: r#"{"date":"2025-02-03","type":"GroupFormed","group":"G-01","mentor":"M-06","purpose":"cooking on a small budget","max_size":6}"#,
    },
    EventType {
        name: "GroupDissolved",
        version: 1,
        category: Category::Group,
        fields: &[Field::required("reason", Kind::Text(&[]), "why")],
        da: "Gruppe opløst",
        en: "Group dissolved",
        sample: r#"{"date":"2025-06-30","type":"GroupDissolved","group":"G-01","reason":"everybody has moved on"}"#,
    },
    EventType {
        name: "GroupSessionHeld",
        version: 1,
        category: Category::Group,
        fields: &[
            Field::required("by", Kind::Who, "who held it"),
            Field::required("attendees", Kind::Cases, "the cases that took part"),
            Field::required("minutes", Kind::Whole, "minutes, 1-1440"),
            Field::optional("guests", Kind::Whole, "how many guests; no names (F4.3-15)"),
        ],
        da: "Gruppesession afholdt",
        en: "Group session held",
        sample: r#"{"date":"2025-03-06","type":"GroupSessionHeld","group":"G-01","id":"gs-1","by":"M-06","attendees":["SPOR-2024-1111"],"minutes":90}"#,
    },
];

/// An event of this family.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// A group was formed.
    Formed(GroupFormed),
    /// A group came to its end.
    Dissolved(GroupDissolved),
    /// The group met.
    SessionHeld(GroupSessionHeld),
}

/// A group was formed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupFormed {
    /// The mentor of everybody in it.
    pub mentor: PersonRef,
    /// Whether a purpose stands in the sealed part.
    #[serde(default)]
    pub has_purpose: bool,
    /// How many at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_size: Option<i64>,
}

/// A group came to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupDissolved {}

/// The group met; each attendee's case gets a participation of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupSessionHeld {
    /// Who held it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonRef>,
    /// The cases that took part.
    pub attendees: Vec<CaseRef>,
    /// How long, in minutes.
    pub minutes: i64,
    /// How many guests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guests: Option<i64>,
}

impl Event {
    pub(crate) fn decode(name: &str, body: &str) -> Decoded<Self> {
        Some(match name {
            "GroupFormed" => read(name, body).map(Self::Formed),
            "GroupDissolved" => read(name, body).map(Self::Dissolved),
            "GroupSessionHeld" => read(name, body).map(Self::SessionHeld),
            _ => return None,
        })
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Formed(_) => "GroupFormed",
            Self::Dissolved(_) => "GroupDissolved",
            Self::SessionHeld(_) => "GroupSessionHeld",
        }
    }
}

/// A group as of a day.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Since when.
    pub formed_on: NaiveDate,
    /// The mentor of everybody in it.
    pub mentor: PersonRef,
    /// How many at most, where it was said.
    pub max_size: Option<i64>,
    /// Its last day.
    pub dissolved_on: Option<NaiveDate>,
    /// The sessions held, each with the cases that took part.
    pub sessions: Vec<(NaiveDate, GroupSessionHeld)>,
}

impl Group {
    /// The group that a fold of its stream shows on a day; `None` before it was formed.
    pub fn as_of(fold: &Case, day: NaiveDate) -> Option<Self> {
        let mut group: Option<Self> = None;
        let told = fold.entries().iter().filter(|entry| entry.on <= day && !entry.is_retracted);
        for entry in told {
            let AnyEvent::Group(event) = &entry.event else {
                continue;
            };
            match (event, &mut group) {
                (Event::Formed(formed), None) => {
                    group = Some(Self {
                        formed_on: entry.on,
                        mentor: formed.mentor.clone(),
                        max_size: formed.max_size,
                        dissolved_on: None,
                        sessions: Vec::new(),
                    });
                }
                (Event::Dissolved(_), Some(group)) => {
                    group.dissolved_on.get_or_insert(entry.on);
                }
                (Event::SessionHeld(held), Some(group)) => {
                    group.sessions.push((entry.on, held.clone()));
                }
                (Event::Formed(_), Some(_)) | (_, None) => {}
            }
        }
        group
    }
}
