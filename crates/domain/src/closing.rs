//! F4.4: a case runs at least three months, ends for a reason, and may begin anew.

use serde::{Deserialize, Serialize};

use crate::event::{Decoded, read};
use crate::ids::PersonRef;
use crate::schema::{Category, EventType, Field, Kind, is_filled};
use crate::view::{Closing, Ending, Entry, Episode, View};

/// The reasons that the rules know; any other is open text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KnownReason {
    /// The young person wishes it.
    YouthWish,
    /// Weighty professional reasons.
    WeightyProfessionalReasons,
}

impl KnownReason {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        REASONS[self as usize]
    }
}

const REASONS: &[&str] = &["youth_wish", "weighty_professional_reasons"];

/// The types of this family.
pub const TYPES: &[EventType] = &[
    EventType {
        name: "CaseClosed",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("reason", Kind::Text(REASONS), "why; youth_wish ends it at any time"),
            Field::optional("youth_words_recorded", Kind::Flag, "the youth's words were noted"),
            Field::optional("approver", Kind::Reference, "the lead who approved it"),
            Field::optional("explanation", Kind::Text(&[]), "the weighty reasons in words")
                .marked("explained", is_filled),
        ],
        da: "Forløb afsluttet",
        en: "Case closed",
        sample: r#"{"date":"2025-04-28","type":"CaseClosed","case":"SPOR-2025-0404","reason":"youth_wish","youth_words_recorded":true}"#,
    },
    EventType {
        name: "CaseReopened",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("reason", Kind::Text(&[]), "why it begins anew"),
            Field::required("mentor", Kind::Reference, "the mentor from this day"),
            Field::required("caseworker", Kind::Reference, "the caseworker from this day"),
        ],
        da: "Forløb genåbnet",
        en: "Case reopened",
        sample: r#"{"date":"2025-11-03","type":"CaseReopened","case":"SPOR-2025-0404","reason":"asks for help again","mentor":"M-08","caseworker":"SB-03"}"#,
    },
];

/// An event of this family.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// The case was closed.
    Closed(CaseClosed),
    /// A new episode began.
    Reopened(CaseReopened),
}

/// The case was closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseClosed {
    /// The reason, where the rules know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<KnownReason>,
    /// The lead who approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approver: Option<PersonRef>,
    /// Whether an explanation lies in the sealed part.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub explained: bool,
}

/// A new episode began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseReopened {
    /// The mentor.
    pub mentor: PersonRef,
    /// The caseworker.
    pub caseworker: PersonRef,
}

impl Event {
    pub(crate) fn decode(name: &str, body: &str) -> Decoded<Self> {
        Some(match name {
            "CaseClosed" => read(name, body).map(Self::Closed),
            "CaseReopened" => read(name, body).map(Self::Reopened),
            _ => return None,
        })
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Closed(_) => "CaseClosed",
            Self::Reopened(_) => "CaseReopened",
        }
    }

    pub(crate) fn apply(&self, view: &mut View, entry: &Entry) {
        match self {
            Self::Closed(closed) => view.end(Closing {
                on: entry.on,
                by: entry.event_id,
                how: Ending::Closed {
                    reason: closed.reason,
                    is_approved: closed.approver.is_some() && closed.explained,
                },
            }),
            Self::Reopened(reopened) => {
                let number = view.episodes.last().map_or(1, |episode| episode.number + 1);
                view.episodes.push(Episode::starting(number, entry));
                view.caseworker = Some(reopened.caseworker.clone());
                view.assign_mentor(&reopened.mentor);
            }
        }
    }
}
