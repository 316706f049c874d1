//! F4.6: a deliberate choice of method, and a review of every case twice a year.

use serde::{Deserialize, Serialize};

use crate::event::{Decoded, read};
use crate::follow_up::{PARTICIPANTS, Participant};
use crate::ids::GoalId;
use crate::schema::{Category, EventType, Field, Kind};
use crate::view::{Entry, Evaluation, MethodChoice, Review, View};

const DECISIONS: &[&str] = &["keep", "adjust", "change"];
/// Words that can be counted; any other value is open text.
const VALUES: &[&str] = &["high", "medium", "low", "none"];

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
    EventType {
        name: "MethodReflectionNoted",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("decision", Kind::Text(DECISIONS), "keep, adjust or change"),
            Field::optional("method", Kind::Text(&[]), "which method"),
            Field::optional("note", Kind::Text(&[]), "the thought behind"),
        ],
        da: "Refleksion over metode noteret",
        en: "Method reflection noted",
        sample: r#"{"date":"2025-04-07","type":"MethodReflectionNoted","case":"SPOR-2025-0202","decision":"adjust","note":"shorter steps"}"#,
    },
    EventType {
        name: "MethodEvaluated",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("value", Kind::Text(VALUES), "what the method was worth"),
            Field::optional("note_ref", Kind::Text(&[]), "the note in the file"),
            Field::optional("would_use_again", Kind::Flag, "would be used again"),
        ],
        da: "Metode evalueret",
        en: "Method evaluated",
        sample: r#"{"date":"2025-05-15","type":"MethodEvaluated","case":"SPOR-2025-0404","value":"low","note_ref":"N-1"}"#,
    },
];

/// An event of this family.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// A method was chosen.
    Chosen(MethodChosen),
    /// The case was reviewed.
    ReviewHeld(MethodReviewHeld),
    /// Somebody thought about the method on the way.
    Reflected(MethodReflectionNoted),
    /// The value of the method was judged.
    Evaluated(MethodEvaluated),
}

/// A method was chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MethodChosen {
    /// `none` when no named method is used, deliberately; every other method is open text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
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

/// Somebody thought about the method on the way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MethodReflectionNoted {
    /// `keep`, `adjust` or `change`, where it is one of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
}

/// The value of the method was judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MethodEvaluated {
    /// The value, where it is one of the words that can be counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Whether it would be used again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub would_use_again: Option<bool>,
}

impl Event {
    pub(crate) fn decode(name: &str, body: &str) -> Decoded<Self> {
        Some(match name {
            "MethodChosen" => read(name, body).map(Self::Chosen),
            "MethodReviewHeld" => read(name, body).map(Self::ReviewHeld),
            "MethodReflectionNoted" => read(name, body).map(Self::Reflected),
            "MethodEvaluated" => read(name, body).map(Self::Evaluated),
            _ => return None,
        })
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Chosen(_) => "MethodChosen",
            Self::ReviewHeld(_) => "MethodReviewHeld",
            Self::Reflected(_) => "MethodReflectionNoted",
            Self::Evaluated(_) => "MethodEvaluated",
        }
    }

    pub(crate) fn apply(&self, view: &mut View, entry: &Entry) {
        let Some(episode) = view.episodes.last_mut() else {
            return;
        };
        match self {
            Self::Chosen(_) => {
                episode.methods.push(MethodChoice { on: entry.on, by: entry.event_id });
            }
            Self::Reflected(_) => episode.reflected_on = Some(entry.on),
            Self::Evaluated(evaluated) => episode.evaluations.push(Evaluation {
                on: entry.on,
                by: entry.event_id,
                value: evaluated.value.clone(),
            }),
            Self::ReviewHeld(held) => episode.reviews.push(Review {
                on: entry.on,
                by: entry.event_id,
                participants: held.participants.clone(),
            }),
        }
    }
}
