//! The municipality's programme: the store's own birth, and policy as dated data (F4.1-3).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::event::fields_of;
use crate::schema::{Category, EventType, Field, Kind};

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
            Field::required("valid_from", Kind::Date, "the first day it governs"),
            Field::required("reason", Kind::Text(&["default"]), "why"),
        ],
        da: "Politik fastsat",
        en: "Policy set",
        sample: r#"{"date":"2025-01-02","type":"PolicySet","key":"follow_up_interval_days","value":28,"valid_from":"2025-02-01","reason":"decided by the board"}"#,
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
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The store's first event.
    StoreCreated(StoreCreated),
    /// A dated policy value.
    PolicySet(PolicySet),
    /// A fact that may exist once has a holder.
    FactClaimed(FactClaimed),
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

impl Event {
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::StoreCreated(_) => "StoreCreated",
            Self::PolicySet(_) => "PolicySet",
            Self::FactClaimed(_) => "FactClaimed",
        }
    }

    pub(crate) fn clear_fields(&self) -> Map<String, Value> {
        match self {
            Self::StoreCreated(event) => fields_of(event),
            Self::PolicySet(event) => fields_of(event),
            Self::FactClaimed(event) => fields_of(event),
        }
    }
}
