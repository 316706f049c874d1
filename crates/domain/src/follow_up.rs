//! F4.1: caseworker, mentor and young person follow up at least every six weeks.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::event::{Decoded, read};
use crate::ids::GoalId;
use crate::schema::{Category, EventType, Field, Kind};
use crate::view::{Delay, Entry, FollowUp, View};

/// Who may take part in a follow-up or a review, as far as the rules ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Participant {
    /// The caseworker.
    Caseworker,
    /// The mentor.
    Mentor,
    /// The young person.
    Youth,
    /// The volunteer.
    Volunteer,
    /// The professional lead.
    ProfessionalLead,
}

/// The stored words of [`Participant`].
pub const PARTICIPANTS: &[&str] =
    &["caseworker", "mentor", "youth", "volunteer", "professional_lead"];

impl Participant {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        PARTICIPANTS[self as usize]
    }
}

/// What a follow-up decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Go on as before.
    Continue,
    /// Adjust goals or support.
    Adjust,
    /// Bring the course to an end.
    End,
}

/// Why the young person was not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum YouthAbsence {
    /// Did not want to; recorded, it counts, flagged.
    Declined,
    /// Did not come.
    NoShow,
    /// Was ill.
    Ill,
    /// Another reason.
    Other,
}

const OUTCOMES: &[&str] = &["continue", "adjust", "end"];
const ABSENCES: &[&str] = &["declined", "no_show", "ill", "other"];

/// The types of this family.
pub const TYPES: &[EventType] = &[
    EventType {
        name: "FollowUpHeld",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("participants", Kind::Texts(PARTICIPANTS), "who was there"),
            Field::required("outcome", Kind::Code(OUTCOMES), "what was decided"),
            Field::optional("youth_absence", Kind::Code(ABSENCES), "why the youth was not there"),
            Field::optional("goals_reviewed", Kind::Names, "the goals looked at"),
            Field::optional("dual_role_view", Kind::Text(&[]), "the youth's view on two hats"),
        ],
        da: "Opfølgning afholdt",
        en: "Follow-up held",
        sample: r#"{"date":"2025-02-24","type":"FollowUpHeld","case":"SPOR-2025-0101","participants":["caseworker","mentor","youth"],"outcome":"continue"}"#,
    },
    EventType {
        name: "FollowUpDelayExplained",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("reason", Kind::Text(&[]), "why it is late"),
            Field::optional("planned_for", Kind::Date, "the day it is planned for"),
        ],
        da: "Forsinket opfølgning forklaret",
        en: "Follow-up delay explained",
        sample: r#"{"date":"2025-04-08","type":"FollowUpDelayExplained","case":"SPOR-2025-0808","reason":"mentor ill","planned_for":"2025-04-25"}"#,
    },
];

/// An event of this family.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// A follow-up was held; whether it counts is judged on its day.
    Held(FollowUpHeld),
    /// A delay was explained; it moves nothing.
    DelayExplained(FollowUpDelayExplained),
}

/// A follow-up was held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FollowUpHeld {
    /// Who was there, as far as the rules ask.
    pub participants: Vec<Participant>,
    /// What was decided.
    pub outcome: Outcome,
    /// Why the young person was not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub youth_absence: Option<YouthAbsence>,
    /// The goals looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goals_reviewed: Vec<GoalId>,
}

/// A delay was explained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FollowUpDelayExplained {
    /// The day the follow-up is planned for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_for: Option<NaiveDate>,
}

impl Event {
    pub(crate) fn decode(name: &str, body: &str) -> Decoded<Self> {
        Some(match name {
            "FollowUpHeld" => read(name, body).map(Self::Held),
            "FollowUpDelayExplained" => read(name, body).map(Self::DelayExplained),
            _ => return None,
        })
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Held(_) => "FollowUpHeld",
            Self::DelayExplained(_) => "FollowUpDelayExplained",
        }
    }

    pub(crate) fn apply(&self, view: &mut View, entry: &Entry) {
        let Some(episode) = view.episodes.last_mut() else {
            return;
        };
        match self {
            Self::Held(held) => episode.follow_ups.push(FollowUp {
                on: entry.on,
                by: entry.event_id,
                participants: held.participants.clone(),
                outcome: held.outcome,
                youth_absence: held.youth_absence,
            }),
            Self::DelayExplained(_) => {
                episode.delays.push(Delay { on: entry.on, by: entry.event_id });
            }
        }
    }
}
