//! F4.5: the young person's network and family, and how parents are kept informed.

use serde::{Deserialize, Serialize};

use crate::event::{Decoded, read};
use crate::schema::{Category, EventType, Field, Kind};
use crate::view::{Agreement, Entry, Mapped, Settled, View};

/// The extents of involvement that the rules know; any other is open text.
const EXTENTS: &[&str] = &["none", "limited"];

/// The types of this family.
pub const TYPES: &[EventType] = &[
    EventType {
        name: "NetworkMapped",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("kind", Kind::Text(&["genogram", "network_map"]), "how"),
            Field::required("persons", Kind::Whole, "how many persons; no names"),
            Field::required("support_described", Kind::Flag, "how they can help is described"),
            Field::optional("youth_took_part", Kind::Flag, "the young person took part"),
        ],
        da: "Netværk kortlagt",
        en: "Network mapped",
        sample: r#"{"date":"2025-02-20","type":"NetworkMapped","case":"SPOR-2025-0505","kind":"network_map","persons":5,"support_described":true,"youth_took_part":true}"#,
    },
    EventType {
        name: "NetworkMeetingHeld",
        version: 1,
        category: Category::Case,
        fields: &[Field::required("parties", Kind::Texts(&[]), "who was there")],
        da: "Netværksmøde afholdt",
        en: "Network meeting held",
        sample: r#"{"date":"2025-03-13","type":"NetworkMeetingHeld","case":"SPOR-2025-0505","parties":["mentor","youth","parents"]}"#,
    },
    EventType {
        name: "FamilyInvolvementAgreed",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("extent", Kind::Text(EXTENTS), "how and how much; none is an answer"),
            Field::required("youth_view_recorded", Kind::Flag, "the young person was asked"),
            Field::optional("parent_update_days", Kind::Whole, "days between updates; else 7"),
        ],
        da: "Inddragelse af familien aftalt",
        en: "Family involvement agreed",
        sample: r#"{"date":"2025-02-24","type":"FamilyInvolvementAgreed","case":"SPOR-2025-0505","extent":"weekly call","youth_view_recorded":true,"parent_update_days":7}"#,
    },
    EventType {
        name: "ParentUpdateSent",
        version: 1,
        category: Category::Case,
        fields: &[],
        da: "Forældre orienteret",
        en: "Parent update sent",
        sample: r#"{"date":"2025-03-03","type":"ParentUpdateSent","case":"SPOR-2025-0505"}"#,
    },
];

/// An event of this family.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// The network was mapped.
    Mapped(NetworkMapped),
    /// An involving network meeting was held.
    MeetingHeld(NetworkMeetingHeld),
    /// How and how much the family takes part was agreed.
    Agreed(FamilyInvolvementAgreed),
    /// The parents were told how it goes.
    Updated(ParentUpdateSent),
}

/// The network was mapped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkMapped {
    /// How many persons.
    pub persons: i64,
    /// Whether it is described how they can help.
    pub support_described: bool,
}

/// An involving network meeting was held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkMeetingHeld {}

/// How and how much the family takes part was agreed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FamilyInvolvementAgreed {
    /// The extent, where the rules know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extent: Option<String>,
    /// Whether the young person was asked.
    pub youth_view_recorded: bool,
    /// Days between two updates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_update_days: Option<i64>,
}

/// The parents were told how it goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParentUpdateSent {}

impl Event {
    pub(crate) fn decode(name: &str, body: &str) -> Decoded<Self> {
        Some(match name {
            "NetworkMapped" => read(name, body).map(Self::Mapped),
            "NetworkMeetingHeld" => read(name, body).map(Self::MeetingHeld),
            "FamilyInvolvementAgreed" => read(name, body).map(Self::Agreed),
            "ParentUpdateSent" => read(name, body).map(Self::Updated),
            _ => return None,
        })
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Mapped(_) => "NetworkMapped",
            Self::MeetingHeld(_) => "NetworkMeetingHeld",
            Self::Agreed(_) => "FamilyInvolvementAgreed",
            Self::Updated(_) => "ParentUpdateSent",
        }
    }

    pub(crate) fn apply(&self, view: &mut View, entry: &Entry) {
        let done = Settled::from(entry);
        match self {
            Self::Mapped(mapped) => {
                view.family.maps.push(Mapped { done, persons: mapped.persons });
            }
            Self::MeetingHeld(_) => {}
            Self::Agreed(agreed) => view.family.agreements.push(Agreement {
                done,
                extent: agreed.extent.clone(),
                update_days: agreed.parent_update_days.and_then(|days| u32::try_from(days).ok()),
            }),
            Self::Updated(_) => view.family.updates.push(done),
        }
    }
}
