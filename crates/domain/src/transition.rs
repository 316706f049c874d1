//! F4.1-9: at 17½ the administrations meet, so that nobody is lost at 18.

use serde::{Deserialize, Serialize};

use crate::event::{Decoded, read};
use crate::schema::{Category, EventType, Field, Kind};
use crate::view::{Entry, TransitionMeeting, View};

/// Who may take part, as far as the rules ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The child and family section.
    ChildrenFamily,
    /// The employment administration.
    Employment,
    /// The adult disability administration.
    AdultDisability,
    /// The mentor.
    Mentor,
    /// The young person.
    Youth,
    /// The parents.
    Parents,
}

const PARTIES: &[&str] =
    &["children_family", "employment", "adult_disability", "mentor", "youth", "parents"];

impl Party {
    /// The parties without whom the meeting does not count.
    pub const REQUIRED: [Self; 4] =
        [Self::ChildrenFamily, Self::Employment, Self::AdultDisability, Self::Mentor];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        PARTIES[self as usize]
    }
}

/// The types of this family.
pub const TYPES: &[EventType] = &[EventType {
    name: "TransitionMeetingHeld",
    version: 1,
    category: Category::Case,
    fields: &[
        Field::required("parties", Kind::Texts(PARTIES), "who was there"),
        Field::optional("checklist", Kind::Text(&[]), "what was gone through"),
        Field::optional("decisions_ref", Kind::Text(&[]), "the decisions in the file"),
    ],
    da: "17½-års møde afholdt",
    en: "Transition meeting held",
    sample: r#"{"date":"2025-09-10","type":"TransitionMeetingHeld","case":"SPOR-2025-0101","parties":["children_family","employment","adult_disability","mentor","youth","parents"]}"#,
}];

/// An event of this family.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// A meeting was held.
    MeetingHeld(TransitionMeetingHeld),
}

/// A meeting was held; it counts with the three administrations and the mentor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransitionMeetingHeld {
    /// Who was there, as far as the rules ask.
    pub parties: Vec<Party>,
}

impl Event {
    pub(crate) fn decode(name: &str, body: &str) -> Decoded<Self> {
        Some(match name {
            "TransitionMeetingHeld" => read(name, body).map(Self::MeetingHeld),
            _ => return None,
        })
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::MeetingHeld(_) => "TransitionMeetingHeld",
        }
    }

    pub(crate) fn apply(&self, view: &mut View, entry: &Entry) {
        let Self::MeetingHeld(held) = self;
        view.transition_meetings.push(TransitionMeeting {
            on: entry.on,
            by: entry.event_id,
            parties: held.parties.clone(),
        });
    }
}
