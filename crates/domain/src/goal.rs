//! Where the course is going: goals in the young person's words (F4.0-3, F4.6-9, C2-16).

use serde::{Deserialize, Serialize};

use crate::event::{Decoded, read};
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

const OUTCOMES: &[&str] = &["reached", "dropped", "replaced"];
const CHECKS: &[&str] = &["better", "same", "worse"];

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
            Field::optional("need", Kind::Text(&[]), "the need it rests on (F4.0-1)"),
            Field::optional("between_sessions", Kind::Text(&[]), "who works on it when (F4.0-4)"),
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
    EventType {
        name: "GoalProgressAssessed",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("goal", Kind::Name, "which goal"),
            Field::required("scale", Kind::Whole, "how far, 0-10"),
            Field::required("by", Kind::Who, "who assessed it"),
        ],
        da: "Fremgang mod mål vurderet",
        en: "Goal progress assessed",
        sample: r#"{"date":"2025-06-04","type":"GoalProgressAssessed","case":"SPOR-2025-0202","goal":"G1","scale":4,"by":"youth"}"#,
    },
    EventType {
        name: "GoalClosed",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("goal", Kind::Name, "which goal"),
            Field::required("outcome", Kind::Code(OUTCOMES), "what came of it"),
        ],
        da: "Mål lukket",
        en: "Goal closed",
        sample: r#"{"date":"2025-09-01","type":"GoalClosed","case":"SPOR-2025-0202","goal":"G1","outcome":"reached"}"#,
    },
    EventType {
        name: "OutcomeChecked",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("months", Kind::Whole, "months after the start: 12, 36 (F4.4-7)"),
            Field::required("outcome", Kind::Code(CHECKS), "how it goes since the start"),
            Field::optional("note", Kind::Text(&[]), "in words"),
        ],
        da: "Virkning undersøgt",
        en: "Outcome checked",
        sample: r#"{"date":"2026-02-03","type":"OutcomeChecked","case":"SPOR-2025-0202","months":12,"outcome":"better"}"#,
    },
];

/// An event of this family.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// A goal was set.
    Set(GoalSet),
    /// A goal was revised.
    Revised(GoalRevised),
    /// Somebody judged how far the young person has come.
    Progressed(GoalProgressAssessed),
    /// A goal was closed.
    Closed(GoalClosed),
    /// What the course led to was looked at long after its start.
    Checked(OutcomeChecked),
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

/// Somebody judged how far the young person has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GoalProgressAssessed {
    /// Which.
    pub goal: GoalId,
    /// From 0 to 10.
    pub scale: i64,
}

/// A goal was closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GoalClosed {
    /// Which.
    pub goal: GoalId,
    /// `reached`, `dropped` or `replaced`.
    pub outcome: String,
}

/// What the course led to was looked at long after its start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutcomeChecked {
    /// How many months after the start.
    pub months: i64,
    /// `better`, `same` or `worse`.
    pub outcome: String,
}

impl Event {
    pub(crate) fn decode(name: &str, body: &str) -> Decoded<Self> {
        Some(match name {
            "GoalSet" => read(name, body).map(Self::Set),
            "GoalRevised" => read(name, body).map(Self::Revised),
            "GoalProgressAssessed" => read(name, body).map(Self::Progressed),
            "GoalClosed" => read(name, body).map(Self::Closed),
            "OutcomeChecked" => read(name, body).map(Self::Checked),
            _ => return None,
        })
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Set(_) => "GoalSet",
            Self::Revised(_) => "GoalRevised",
            Self::Progressed(_) => "GoalProgressAssessed",
            Self::Closed(_) => "GoalClosed",
            Self::Checked(_) => "OutcomeChecked",
        }
    }

    /// The goal it is about; none for a look at the whole course.
    pub fn goal(&self) -> Option<&GoalId> {
        match self {
            Self::Set(event) => Some(&event.goal),
            Self::Revised(event) => Some(&event.goal),
            Self::Progressed(event) => Some(&event.goal),
            Self::Closed(event) => Some(&event.goal),
            Self::Checked(_) => None,
        }
    }

    pub(crate) fn apply(&self, view: &mut View, entry: &Entry) {
        if let Self::Set(set) = self {
            view.goals.push(Goal {
                id: set.goal.clone(),
                domain: set.domain.clone(),
                axis: set.axis.clone(),
                set_on: entry.on,
                revised_on: None,
                scales: Vec::new(),
                closed: None,
            });
        }
        let mut goals = view.goals.iter_mut().rev();
        let Some(goal) = goals.find(|goal| Some(&goal.id) == self.goal()) else {
            return;
        };
        match self {
            Self::Set(_) | Self::Checked(_) => {}
            Self::Revised(_) => goal.revised_on = Some(entry.on),
            Self::Progressed(assessed) => goal.scales.push((entry.on, assessed.scale)),
            Self::Closed(closed) => {
                goal.closed.get_or_insert((entry.on, closed.outcome.clone()));
            }
        }
    }
}
