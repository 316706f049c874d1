//! The municipality's programme: the store's own birth, and policy as dated data (F4.1-3).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::case::Case;
use crate::event::{Decoded, Event as AnyEvent, read};
use crate::schema::{Category, EventType, Field, Kind};

const VALID_FROM: Field = Field::required("valid_from", Kind::Date, "the first day it governs");
const PERIOD: Field = Field::required("period", Kind::Name, "the round: 2025-spring");

/// The types of this family.
pub const TYPES: &[EventType] = &[
    EventType {
        name: "StoreCreated",
        version: 1,
        category: Category::Programme,
        fields: &[
            Field::required("store", Kind::Name, "the store's identity"),
            Field::required("kind", Kind::Code(&["production", "sandbox"]), "what it is for"),
            Field::required("municipality", Kind::Name, "whose it is"),
        ],
        da: "Lager oprettet",
        en: "Store created",
        sample: r#"{"date":"1900-01-01","type":"StoreCreated","store":"0190a0f0-0000-7000-8000-000000000001","kind":"sandbox","municipality":"A"}"#,
    },
    EventType {
        name: "PolicySet",
        version: 1,
        category: Category::Programme,
        fields: &[
            Field::required("key", Kind::Name, "the policy key"),
            Field::required("value", Kind::Value, "its value"),
            VALID_FROM,
            Field::required("reason", Kind::Text(&["default"]), "why"),
        ],
        da: "Politik fastsat",
        en: "Policy set",
        sample: r#"{"date":"2025-01-02","type":"PolicySet","key":"follow_up_interval_days","value":28,"valid_from":"2025-02-01","reason":"decided by the board"}"#,
    },
    EventType {
        name: "GrantCriteriaSet",
        version: 1,
        category: Category::Programme,
        fields: &[
            Field::required("text", Kind::Text(&[]), "which support when (C2-9, C2-28)"),
            VALID_FROM,
        ],
        da: "Tildelingskriterier fastsat",
        en: "Grant criteria set",
        sample: r#"{"date":"2025-01-02","type":"GrantCriteriaSet","text":"SEL 85 when the need lasts longer than a month","valid_from":"2025-02-01"}"#,
    },
    EventType {
        name: "MethodCatalogued",
        version: 1,
        category: Category::Programme,
        fields: &[
            Field::required("method", Kind::Text(&[]), "the method (F4.6-11)"),
            Field::required("description", Kind::Text(&[]), "how it is used here"),
            VALID_FROM,
        ],
        da: "Metode optaget i kataloget",
        en: "Method catalogued",
        sample: r#"{"date":"2025-01-02","type":"MethodCatalogued","method":"persistent_outreach","description":"early attempts, again and again","valid_from":"2025-02-01"}"#,
    },
    EventType {
        name: "ReviewRoundOpened",
        version: 1,
        category: Category::Programme,
        fields: &[PERIOD],
        da: "Gennemgangsrunde åbnet",
        en: "Review round opened",
        sample: r#"{"date":"2025-03-01","type":"ReviewRoundOpened","period":"2025-spring"}"#,
    },
    EventType {
        name: "ReviewRoundClosed",
        version: 1,
        category: Category::Programme,
        fields: &[
            PERIOD,
            Field::optional("reason", Kind::Text(&[]), "why cases are left, case by case"),
        ],
        da: "Gennemgangsrunde lukket",
        en: "Review round closed",
        sample: r#"{"date":"2025-05-31","type":"ReviewRoundClosed","period":"2025-spring"}"#,
    },
    EventType {
        name: "FactClaimed",
        version: 1,
        category: Category::Claim,
        fields: &[
            Field::required("kind", Kind::Name, "what may exist once: import-source, email"),
            Field::required("holder", Kind::Name, "the stream that holds it"),
        ],
        da: "Entydig oplysning optaget",
        en: "Unique fact claimed",
        sample: r#"{"date":"2025-03-01","type":"FactClaimed","kind":"import-source","holder":"case-SPOR-2025-0102"}"#,
    },
];

/// An event of this family.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// The store's first event.
    StoreCreated(StoreCreated),
    /// A dated policy value.
    PolicySet(PolicySet),
    /// A fact that may exist once has a holder.
    FactClaimed(FactClaimed),
    /// Which support is granted when, in words.
    GrantCriteriaSet(Dated),
    /// A method of this municipality, in words.
    MethodCatalogued(Dated),
    /// A round of method reviews began.
    ReviewRoundOpened(ReviewRound),
    /// A round of method reviews came to its end.
    ReviewRoundClosed(ReviewRound),
}

/// The store's first event: what it is and whose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoreCreated {
    /// Its identity.
    pub store: Uuid,
    /// `production` or `sandbox`.
    pub kind: String,
    /// The municipality's code.
    pub municipality: String,
}

/// A policy value from a day on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicySet {
    /// Which.
    pub key: String,
    /// What.
    pub value: Value,
    /// From which day.
    pub valid_from: NaiveDate,
}

/// A fact that may exist once has a holder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FactClaimed {
    /// What kind of fact.
    pub kind: String,
    /// The stream that holds it.
    pub holder: String,
}

/// Words of the municipality that govern from a day on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dated {
    /// From which day.
    pub valid_from: NaiveDate,
}

/// A round in which every case is reviewed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReviewRound {
    /// Which round.
    pub period: String,
}

impl Event {
    pub(crate) fn decode(name: &str, body: &str) -> Decoded<Self> {
        Some(match name {
            "StoreCreated" => read(name, body).map(Self::StoreCreated),
            "PolicySet" => read(name, body).map(Self::PolicySet),
            "FactClaimed" => read(name, body).map(Self::FactClaimed),
            "GrantCriteriaSet" => read(name, body).map(Self::GrantCriteriaSet),
            "MethodCatalogued" => read(name, body).map(Self::MethodCatalogued),
            "ReviewRoundOpened" => read(name, body).map(Self::ReviewRoundOpened),
            "ReviewRoundClosed" => read(name, body).map(Self::ReviewRoundClosed),
            _ => return None,
        })
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::StoreCreated(_) => "StoreCreated",
            Self::PolicySet(_) => "PolicySet",
            Self::FactClaimed(_) => "FactClaimed",
            Self::GrantCriteriaSet(_) => "GrantCriteriaSet",
            Self::MethodCatalogued(_) => "MethodCatalogued",
            Self::ReviewRoundOpened(_) => "ReviewRoundOpened",
            Self::ReviewRoundClosed(_) => "ReviewRoundClosed",
        }
    }
}

/// The review round opened last on a day, with its first day (F4.6-7).
pub fn last_round(fold: &Case, day: NaiveDate) -> Option<(String, NaiveDate)> {
    let told = fold.entries().iter().filter(|entry| entry.on <= day && !entry.is_retracted);
    let opened = told.filter_map(|entry| match &entry.event {
        AnyEvent::Programme(Event::ReviewRoundOpened(round)) => {
            Some((entry.on, entry.position, round.period.clone()))
        }
        _ => None,
    });
    opened.max_by_key(|(on, at, _)| (*on, *at)).map(|(on, _, period)| (period, on))
}
