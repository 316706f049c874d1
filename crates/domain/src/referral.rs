//! Before a case begins: it is referred, and may wait (F4.3-11, F4.3-12).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::event::{Decoded, read};
use crate::opening::{ADMINISTRATIONS, Administration};
use crate::schema::{Category, EventType, Field, Kind};
use crate::view::{Entry, Referral, Settled, View};

/// The types of this family.
pub const TYPES: &[EventType] = &[
    EventType {
        name: "CaseReferred",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("administration", Kind::Code(ADMINISTRATIONS), "who referred it"),
            Field::optional("need", Kind::Text(&[]), "what the young person needs (F4.0-1)"),
            Field::optional("group_wish", Kind::Flag, "a group would be wished for, later"),
        ],
        da: "Forløb henvist",
        en: "Case referred",
        sample: r#"{"date":"2025-01-06","type":"CaseReferred","case":"SPOR-2025-0303","administration":"social","need":"somebody to talk to","group_wish":true}"#,
    },
    EventType {
        name: "CasePlacedOnWaitingList",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::optional("since", Kind::Date, "waiting since; else the day of the entry"),
            Field::optional("waiting_for", Kind::Text(&[]), "what it waits for"),
        ],
        da: "Forløb sat på venteliste",
        en: "Case placed on the waiting list",
        sample: r#"{"date":"2025-01-08","type":"CasePlacedOnWaitingList","case":"SPOR-2025-0303","since":"2025-01-06","waiting_for":"a mentor who speaks Polish"}"#,
    },
];

/// An event of this family.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// Somebody was referred.
    Referred(CaseReferred),
    /// The referral waits.
    Waits(CasePlacedOnWaitingList),
}

/// Somebody was referred.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseReferred {
    /// Who referred it.
    pub administration: Administration,
    /// Whether a group would be wished for; never the way to begin (F4.3-2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_wish: Option<bool>,
}

/// The referral waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CasePlacedOnWaitingList {
    /// Since when, where not since the day of the entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<NaiveDate>,
}

impl Event {
    pub(crate) fn decode(name: &str, body: &str) -> Decoded<Self> {
        Some(match name {
            "CaseReferred" => read(name, body).map(Self::Referred),
            "CasePlacedOnWaitingList" => read(name, body).map(Self::Waits),
            _ => return None,
        })
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Referred(_) => "CaseReferred",
            Self::Waits(_) => "CasePlacedOnWaitingList",
        }
    }

    pub(crate) fn apply(&self, view: &mut View, entry: &Entry) {
        match self {
            Self::Referred(referred) => {
                view.administration.get_or_insert(referred.administration);
                view.referral.get_or_insert(Referral {
                    referred: Settled::from(entry),
                    group_wish: referred.group_wish.unwrap_or(false),
                    waits: None,
                });
            }
            Self::Waits(waits) => {
                if let Some(referral) = &mut view.referral {
                    let on = waits.since.unwrap_or(entry.on);
                    referral.waits.get_or_insert(Settled { on, by: entry.event_id });
                }
            }
        }
    }
}
