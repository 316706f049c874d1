//! From one-to-one over a group to a volunteer: plan, suitability, participation, and the steps of
//! the law on the way to adult life (F4.3, Barnets Lov).

use serde::{Deserialize, Serialize};

use crate::event::{Decoded, read};
use crate::ids::{EntryId, GroupRef};
use crate::schema::{Category, EventType, Field, Kind};
use crate::view::{Entry, LawStep, Participation, Settled, View};

const STAGES: &[&str] = &["one_to_one", "one_to_many", "volunteer"];
const OUTCOMES: &[&str] = &["suitable", "not_suitable"];
const STEPS: &[&str] = &["youth_plan", "preparation", "first_follow_up"];

/// A stage on the way out of granted support (F4.3-4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Mentor and young person.
    OneToOne,
    /// Several young people.
    OneToMany,
    /// A volunteer in the place of granted support.
    Volunteer,
}

impl Stage {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        STAGES[self as usize]
    }
}

/// Whether a group suits this young person (F4.3-16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suitability {
    /// It does.
    Suitable,
    /// It does not.
    NotSuitable,
}

impl Suitability {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        OUTCOMES[self as usize]
    }
}

/// The types of this family.
pub const TYPES: &[EventType] = &[
    EventType {
        name: "GroupSuitabilityAssessed",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("outcome", Kind::Code(OUTCOMES), "whether a group suits"),
            Field::required("by", Kind::Who, "who assessed it"),
            Field::optional("reason", Kind::Text(&[]), "why"),
            Field::optional("relevance", Kind::Text(&[]), "why the purpose fits (F4.3-7)"),
        ],
        da: "Egnethed til gruppe vurderet",
        en: "Group suitability assessed",
        sample: r#"{"date":"2025-02-12","type":"GroupSuitabilityAssessed","case":"SPOR-2024-1111","outcome":"suitable","by":"SB-09"}"#,
    },
    EventType {
        name: "ProgressionPlanSet",
        version: 1,
        category: Category::Case,
        fields: &[Field::required("stages", Kind::Codes(STAGES), "the stages, in order")],
        da: "Progressionsplan lagt",
        en: "Progression plan set",
        sample: r#"{"date":"2025-02-10","type":"ProgressionPlanSet","case":"SPOR-2024-1111","stages":["one_to_one","one_to_many","volunteer"]}"#,
    },
    EventType {
        name: "ProgressionStageReached",
        version: 1,
        category: Category::Case,
        fields: &[Field::required("stage", Kind::Code(STAGES), "the stage reached")],
        da: "Trin i progressionsplanen nået",
        en: "Progression stage reached",
        sample: r#"{"date":"2025-02-17","type":"ProgressionStageReached","case":"SPOR-2024-1111","stage":"one_to_many"}"#,
    },
    EventType {
        name: "ParticipationRecorded",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("group", Kind::Name, "the group"),
            Field::required("session", Kind::Name, "the entry of the session in the group"),
            Field::required("minutes", Kind::Whole, "minutes, 1-1440"),
            Field::required("by", Kind::Who, "who held it"),
        ],
        da: "Deltagelse i gruppe registreret",
        en: "Participation recorded",
        sample: r#"{"date":"2025-03-06","type":"ParticipationRecorded","case":"SPOR-2024-1111","group":"G-01","session":"gs-1","minutes":90,"by":"M-06"}"#,
    },
    EventType {
        name: "LawStepRecorded",
        version: 1,
        category: Category::Case,
        fields: &[Field::required("step", Kind::Text(STEPS), "the step taken")],
        da: "Lovpligtigt skridt registreret",
        en: "Law step recorded",
        sample: r#"{"date":"2025-04-01","type":"LawStepRecorded","case":"SPOR-2025-0101","step":"youth_plan"}"#,
    },
];

/// An event of this family.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// Whether a group suits was assessed.
    Assessed(GroupSuitabilityAssessed),
    /// The plan of stages was set.
    PlanSet(ProgressionPlanSet),
    /// A stage of the plan was reached.
    StageReached(ProgressionStageReached),
    /// The young person took part in a group session.
    Participated(ParticipationRecorded),
    /// A step that the law asks for was taken.
    LawStep(LawStepRecorded),
}

/// Whether a group suits was assessed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupSuitabilityAssessed {
    /// What came out.
    pub outcome: Suitability,
}

/// The plan of stages was set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProgressionPlanSet {
    /// The stages, in order.
    pub stages: Vec<Stage>,
}

/// A stage of the plan was reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProgressionStageReached {
    /// Which.
    pub stage: Stage,
}

/// The young person took part in a group session. Names the session, never another child.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParticipationRecorded {
    /// The group.
    pub group: GroupRef,
    /// The entry of the session in the group's stream.
    pub session: EntryId,
    /// How long, in minutes.
    pub minutes: i64,
}

/// A step that the law asks for was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LawStepRecorded {
    /// Which, where the rules know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
}

impl Event {
    pub(crate) fn decode(name: &str, body: &str) -> Decoded<Self> {
        Some(match name {
            "GroupSuitabilityAssessed" => read(name, body).map(Self::Assessed),
            "ProgressionPlanSet" => read(name, body).map(Self::PlanSet),
            "ProgressionStageReached" => read(name, body).map(Self::StageReached),
            "ParticipationRecorded" => read(name, body).map(Self::Participated),
            "LawStepRecorded" => read(name, body).map(Self::LawStep),
            _ => return None,
        })
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Assessed(_) => "GroupSuitabilityAssessed",
            Self::PlanSet(_) => "ProgressionPlanSet",
            Self::StageReached(_) => "ProgressionStageReached",
            Self::Participated(_) => "ParticipationRecorded",
            Self::LawStep(_) => "LawStepRecorded",
        }
    }

    pub(crate) fn apply(&self, view: &mut View, entry: &Entry) {
        match self {
            Self::Assessed(assessed) => {
                if let Some(episode) = view.episodes.last_mut() {
                    episode.suitability = Some(assessed.outcome);
                }
            }
            Self::PlanSet(plan) => {
                view.progression.stages.clone_from(&plan.stages);
                view.progression.reached = plan.stages.first().copied();
            }
            Self::StageReached(reached) => view.progression.reached = Some(reached.stage),
            Self::Participated(took_part) => view.participations.push(Participation {
                on: entry.on,
                by: entry.event_id,
                group: took_part.group.clone(),
                session: took_part.session.clone(),
                minutes: took_part.minutes,
            }),
            Self::LawStep(taken) => {
                if let Some(step) = &taken.step {
                    view.law_steps.push(LawStep { step: step.clone(), done: Settled::from(entry) });
                }
            }
        }
    }
}
