//! Where the course is going: goals in the young person's words (F4.0-3, F4.6-9, C2-16).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::event::fields_of;
use crate::ids::GoalId;
use crate::schema::{Category, EventType, Field, Kind};
use crate::view::{Entry, Goal, View};

const DOMAINS: &[&str] = &[
    "everyday_coping",
    "education",
    "work",
    "housing",
    "health",
    "network",
    "leisure",
    "economy",
    "other",
];
const AXES: &[&str] = &["towards_labour_market", "stable", "away"];

/// The types of this family.
pub const TYPES: &[EventType] = &[
    EventType {
        name: "GoalSet",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("goal", Kind::Name, "the goal within the case: G1"),
            Field::required("domain", Kind::Code(DOMAINS), "the part of life it belongs to"),
            Field::optional("axis", Kind::Code(AXES), "towards the labour market or not"),
            Field::optional("owner", Kind::Text(&[]), "whose goal it is"),
            Field::optional("baseline", Kind::Text(&[]), "where it starts"),
            Field::optional("text", Kind::Text(&[]), "the goal in the young person's words"),
        ],
        da: "Mål sat",
        en: "Goal set",
        sample: r#"{"date":"2025-02-10","type":"GoalSet","case":"SPOR-2025-0202","goal":"G1","domain":"everyday_coping","axis":"towards_labour_market","text":"out of bed at seven"}"#,
    },
    EventType {
        name: "GoalRevised",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("goal", Kind::Name, "which goal"),
            Field::optional("change", Kind::Text(&[]), "what changed"),
            Field::optional("follow_up", Kind::Name, "the entry of the follow-up it came from"),
            Field::optional("text", Kind::Text(&[]), "the goal in the young person's words"),
        ],
        da: "Mål justeret",
        en: "Goal revised",
        sample: r#"{"date":"2025-06-04","type":"GoalRevised","case":"SPOR-2025-0202","goal":"G1","change":"smaller steps"}"#,
    },
];

/// An event of this family.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A goal was set.
    Set(GoalSet),
    /// A goal was revised.
    Revised(GoalRevised),
}

/// A goal was set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GoalSet {
    /// Which.
    pub goal: GoalId,
    /// The part of life.
    pub domain: String,
    /// Towards the labour market or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub axis: Option<String>,
}

/// A goal was revised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GoalRevised {
    /// Which.
    pub goal: GoalId,
}

impl Event {
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Set(_) => "GoalSet",
            Self::Revised(_) => "GoalRevised",
        }
    }

    pub(crate) fn clear_fields(&self) -> Map<String, Value> {
        match self {
            Self::Set(event) => fields_of(event),
            Self::Revised(event) => fields_of(event),
        }
    }

    pub(crate) fn apply(&self, view: &mut View, entry: &Entry) {
        match self {
            Self::Set(set) => view.goals.push(Goal {
                id: set.goal.clone(),
                domain: set.domain.clone(),
                axis: set.axis.clone(),
                set_on: entry.on,
                revised_on: None,
            }),
            Self::Revised(revised) => {
                if let Some(goal) = view.goals.iter_mut().rev().find(|g| g.id == revised.goal) {
                    goal.revised_on = Some(entry.on);
                }
            }
        }
    }
}
