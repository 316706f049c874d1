//! F4.6: a deliberate choice of method, and a review of every case twice a year.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::event::fields_of;
use crate::follow_up::{PARTICIPANTS, Participant};
use crate::ids::GoalId;
use crate::schema::{Category, EventType, Field, Kind};
use crate::view::{Entry, MethodChoice, Review, View};

/// The types of this family.
pub const TYPES: &[EventType] = &[
    EventType {
        name: "MethodChosen",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("method", Kind::Text(&["none"]), "the method, or none, deliberately"),
            Field::required("reason", Kind::Text(&[]), "why this one (F4.6-5)"),
            Field::optional("goals", Kind::Names, "the goals it was chosen for (F4.6-3)"),
        ],
        da: "Metode valgt",
        en: "Method chosen",
        sample: r#"{"date":"2025-03-03","type":"MethodChosen","case":"SPOR-2025-0202","method":"coaching","reason":"goal-led","goals":["G1"]}"#,
    },
    EventType {
        name: "MethodReviewHeld",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("participants", Kind::Texts(PARTICIPANTS), "who was there"),
            Field::optional("decision", Kind::Text(&[]), "what was decided"),
            Field::optional("round", Kind::Name, "the review round it belongs to"),
        ],
        da: "Halvårlig sagsgennemgang afholdt",
        en: "Method review held",
        sample: r#"{"date":"2025-07-14","type":"MethodReviewHeld","case":"SPOR-2025-0101","participants":["professional_lead","mentor"]}"#,
    },
];

/// An event of this family.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A method was chosen.
    Chosen(MethodChosen),
    /// The case was reviewed.
    ReviewHeld(MethodReviewHeld),
}

/// A method was chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MethodChosen {
    /// The goals it was chosen for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goals: Vec<GoalId>,
}

/// The case was reviewed; it counts with the professional lead and the mentor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MethodReviewHeld {
    /// Who was there, as far as the rules ask.
    pub participants: Vec<Participant>,
}

impl Event {
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Chosen(_) => "MethodChosen",
            Self::ReviewHeld(_) => "MethodReviewHeld",
        }
    }

    pub(crate) fn clear_fields(&self) -> Map<String, Value> {
        match self {
            Self::Chosen(event) => fields_of(event),
            Self::ReviewHeld(event) => fields_of(event),
        }
    }

    pub(crate) fn apply(&self, view: &mut View, entry: &Entry) {
        let Some(episode) = view.episodes.last_mut() else {
            return;
        };
        match self {
            Self::Chosen(_) => {
                episode.method = Some(MethodChoice { on: entry.on, by: entry.event_id });
            }
            Self::ReviewHeld(held) => episode.reviews.push(Review {
                on: entry.on,
                by: entry.event_id,
                participants: held.participants.clone(),
            }),
        }
    }
}
