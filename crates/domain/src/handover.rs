//! F4.1-8: nobody is lost when another administration, or another municipality, takes over.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::event::{Decoded, read};
use crate::ids::PersonRef;
use crate::opening::{ADMINISTRATIONS, Administration};
use crate::schema::{Category, EventType, Field, Kind};
use crate::view::{Closing, Ending, Entry, Handover, Settled, Takeover, View};

const BY: Field = Field::required("by", Kind::Who, "who answers");

/// The types of this family.
pub const TYPES: &[EventType] = &[
    EventType {
        name: "HandoverStarted",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("from_administration", Kind::Code(ADMINISTRATIONS), "who gives"),
            Field::required("to_administration", Kind::Code(ADMINISTRATIONS), "who receives"),
            Field::required("receiving_caseworker", Kind::Reference, "the caseworker to be"),
            Field::required("effective_on", Kind::Date, "the day it takes effect"),
            Field::required("mentor_included", Kind::Flag, "the mentor takes part (F4.1-8)"),
        ],
        da: "Overlevering påbegyndt",
        en: "Handover started",
        sample: r#"{"date":"2025-06-02","type":"HandoverStarted","case":"SPOR-2025-0707","from_administration":"children_family","to_administration":"adult_disability","receiving_caseworker":"SB-20","effective_on":"2025-07-01","mentor_included":true}"#,
    },
    EventType {
        name: "HandoverAccepted",
        version: 1,
        category: Category::Case,
        fields: &[BY, Field::optional("reason", Kind::Text(&[]), "why")],
        da: "Overlevering modtaget",
        en: "Handover accepted",
        sample: r#"{"date":"2025-06-10","type":"HandoverAccepted","case":"SPOR-2025-0707","by":"SB-20"}"#,
    },
    EventType {
        name: "HandoverRejected",
        version: 1,
        category: Category::Case,
        fields: &[BY, Field::optional("reason", Kind::Text(&[]), "why; it must be said")],
        da: "Overlevering afvist",
        en: "Handover rejected",
        sample: r#"{"date":"2025-06-10","type":"HandoverRejected","case":"SPOR-2025-0707","by":"SB-20","reason":"not in the target group"}"#,
    },
    EventType {
        name: "CaseTransferredToMunicipality",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("to_municipality", Kind::Name, "code of the new municipality"),
            Field::required("moved_on", Kind::Date, "the day the family moved"),
            Field::required("notice_sent", Kind::Flag, "the new municipality was told"),
            Field::required("material", Kind::Texts(&[]), "what was sent along"),
            Field::required("mentor_included", Kind::Flag, "the mentor took part (F4.1-8)"),
        ],
        da: "Forløb overgivet til anden kommune",
        en: "Case transferred to another municipality",
        sample: r#"{"date":"2025-09-01","type":"CaseTransferredToMunicipality","case":"SPOR-2025-0707","to_municipality":"B","moved_on":"2025-09-01","notice_sent":true,"material":["goals","grants"],"mentor_included":true}"#,
    },
];

/// An event of this family.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// A handover to another administration was begun.
    Started(HandoverStarted),
    /// It was accepted.
    Accepted(HandoverAnswered),
    /// It was rejected.
    Rejected(HandoverAnswered),
    /// The family moved: another municipality goes on.
    Transferred(CaseTransferredToMunicipality),
}

/// A handover to another administration was begun.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HandoverStarted {
    /// Who gives.
    pub from_administration: Administration,
    /// Who receives.
    pub to_administration: Administration,
    /// The caseworker to be.
    pub receiving_caseworker: PersonRef,
    /// The day it takes effect, when accepted by then.
    pub effective_on: NaiveDate,
    /// Whether the mentor takes part.
    pub mentor_included: bool,
}

/// A handover was answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HandoverAnswered {
    /// Who answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonRef>,
}

/// The family moved: another municipality goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseTransferredToMunicipality {
    /// The new municipality's code.
    pub to_municipality: String,
    /// The day the family moved.
    pub moved_on: NaiveDate,
    /// Whether the new municipality was told (Barnets Lov § 132).
    pub notice_sent: bool,
    /// Whether the mentor took part.
    pub mentor_included: bool,
}

impl Event {
    pub(crate) fn decode(name: &str, body: &str) -> Decoded<Self> {
        Some(match name {
            "HandoverStarted" => read(name, body).map(Self::Started),
            "HandoverAccepted" => read(name, body).map(Self::Accepted),
            "HandoverRejected" => read(name, body).map(Self::Rejected),
            "CaseTransferredToMunicipality" => read(name, body).map(Self::Transferred),
            _ => return None,
        })
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Started(_) => "HandoverStarted",
            Self::Accepted(_) => "HandoverAccepted",
            Self::Rejected(_) => "HandoverRejected",
            Self::Transferred(_) => "CaseTransferredToMunicipality",
        }
    }

    pub(crate) fn apply(&self, view: &mut View, entry: &Entry) {
        match self {
            Self::Started(started) => view.handovers.push(Handover {
                started: Settled::from(entry),
                to: started.to_administration,
                receiving_caseworker: started.receiving_caseworker.clone(),
                effective_on: started.effective_on,
                answered: None,
            }),
            Self::Accepted(_) => answer(view, entry, true),
            Self::Rejected(_) => answer(view, entry, false),
            Self::Transferred(transferred) => {
                let to = transferred.to_municipality.clone();
                view.end(Closing {
                    on: entry.on,
                    by: entry.event_id,
                    how: Ending::Transferred { to },
                });
            }
        }
    }
}

/// Responsibility changes on the later of the effective day and the acceptance.
fn answer(view: &mut View, entry: &Entry, is_accepted: bool) {
    let Some(handover) = view.handovers.last_mut().filter(|h| h.answered.is_none()) else {
        return;
    };
    handover.answered = Some((Settled::from(entry), is_accepted));
    if is_accepted {
        let takeover = Takeover {
            on: handover.effective_on.max(entry.on),
            position: entry.position,
            administration: handover.to,
            caseworker: handover.receiving_caseworker.clone(),
        };
        view.takeovers.push(takeover);
    }
}
