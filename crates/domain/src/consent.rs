//! F4.5-14: what may be told to whom: consent, the confidential room, access to the file.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::event::{Decoded, read};
use crate::ids::EntryId;
use crate::schema::{Category, EventType, Field, Kind};
use crate::sealed::Sealed;
use crate::view::{Consent, Entry, View};

/// The scope that lets the mentor tell the parents how it goes.
pub const PARENT_UPDATES: &str = "parent_updates";
/// The requester whose wish for access a lawyer looks at.
pub const CUSTODY_HOLDER: &str = "custody_holder";

const SCOPES: &[&str] = &[PARENT_UPDATES];
const GIVERS: &[&str] = &["youth", CUSTODY_HOLDER];
const REQUESTERS: &[&str] = &[CUSTODY_HOLDER];
const VISIBILITIES: &[&str] = &["youth_confidential", "team"];

const SCOPE: Field = Field::required("scope", Kind::Text(SCOPES), "what it covers");
const BY: Field = Field::required("by", Kind::Texts(GIVERS), "who says so");
const UNTIL: Field = Field::optional("until", Kind::Date, "last day, inclusive");
const PART: Field = Field::optional("scope", Kind::Text(&[]), "which part of the file");

/// The types of this family.
pub const TYPES: &[EventType] = &[
    EventType {
        name: "ConsentGiven",
        version: 1,
        category: Category::Case,
        fields: &[SCOPE, BY, UNTIL],
        da: "Samtykke givet",
        en: "Consent given",
        sample: r#"{"date":"2025-02-24","type":"ConsentGiven","case":"SPOR-2025-0505","scope":"parent_updates","by":["youth"]}"#,
    },
    EventType {
        name: "ConsentWithdrawn",
        version: 1,
        category: Category::Case,
        fields: &[SCOPE, BY, UNTIL],
        da: "Samtykke trukket tilbage",
        en: "Consent withdrawn",
        sample: r#"{"date":"2025-05-12","type":"ConsentWithdrawn","case":"SPOR-2025-0505","scope":"parent_updates","by":["youth"]}"#,
    },
    EventType {
        name: "ConfidentialNoteAdded",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("note_ref", Kind::Name, "the note: N-1"),
            Field::required("visibility", Kind::Code(VISIBILITIES), "who may read it"),
            Field::optional("text", Kind::Text(&[]), "the note itself").confidential(),
        ],
        da: "Fortrolig note tilføjet",
        en: "Confidential note added",
        sample: r#"{"date":"2025-03-05","type":"ConfidentialNoteAdded","case":"SPOR-2025-0505","note_ref":"N-9","visibility":"youth_confidential","text":"wants to move out"}"#,
    },
    EventType {
        name: "AccessRequestReceived",
        version: 1,
        category: Category::Case,
        fields: &[Field::required("requester", Kind::Text(REQUESTERS), "who asks"), PART],
        da: "Anmodning om aktindsigt modtaget",
        en: "Access request received",
        sample: r#"{"date":"2025-04-02","type":"AccessRequestReceived","case":"SPOR-2025-0505","requester":"custody_holder"}"#,
    },
    EventType {
        name: "AccessRequestAnswered",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::optional("requester", Kind::Text(REQUESTERS), "who asked"),
            PART,
            Field::required("decision", Kind::Text(&[]), "what was decided"),
        ],
        da: "Anmodning om aktindsigt besvaret",
        en: "Access request answered",
        sample: r#"{"date":"2025-04-09","type":"AccessRequestAnswered","case":"SPOR-2025-0505","requester":"custody_holder","decision":"partly granted"}"#,
    },
];

/// An event of this family.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// Consent was given.
    Given(ConsentAct),
    /// Consent was withdrawn.
    Withdrawn(ConsentAct),
    /// A note was put in the confidential room.
    NoteAdded(ConfidentialNoteAdded),
    /// Somebody asked for access to the file.
    AccessAsked(AccessRequestReceived),
    /// The wish for access was answered.
    AccessAnswered(AccessRequestAnswered),
}

/// Consent was given or withdrawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConsentAct {
    /// What it covers; `None` when words of the municipality's own cannot be read any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The last day of a consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
}

/// A note was put in the confidential room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConfidentialNoteAdded {
    /// Its reference.
    pub note_ref: EntryId,
    /// Who may read it.
    pub visibility: String,
}

/// Somebody asked for access to the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccessRequestReceived {
    /// Who, where the rules know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requester: Option<String>,
}

/// The wish for access was answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccessRequestAnswered {}

impl Event {
    pub(crate) fn decode(name: &str, body: &str) -> Decoded<Self> {
        Some(match name {
            "ConsentGiven" => read(name, body).map(Self::Given),
            "ConsentWithdrawn" => read(name, body).map(Self::Withdrawn),
            "ConfidentialNoteAdded" => read(name, body).map(Self::NoteAdded),
            "AccessRequestReceived" => read(name, body).map(Self::AccessAsked),
            "AccessRequestAnswered" => read(name, body).map(Self::AccessAnswered),
            _ => return None,
        })
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Given(_) => "ConsentGiven",
            Self::Withdrawn(_) => "ConsentWithdrawn",
            Self::NoteAdded(_) => "ConfidentialNoteAdded",
            Self::AccessAsked(_) => "AccessRequestReceived",
            Self::AccessAnswered(_) => "AccessRequestAnswered",
        }
    }

    /// A scope in words of the municipality's own stands in the sealed part.
    pub(crate) fn scope_is_sealed(&self) -> bool {
        matches!(self, Self::Given(act) | Self::Withdrawn(act) if act.scope.is_none())
    }

    pub(crate) fn open(&mut self, part: &Sealed<Map<String, Value>>) {
        let named = part.known().and_then(|fields| fields.get("scope")).and_then(Value::as_str);
        if let (Self::Given(act) | Self::Withdrawn(act), Some(named)) = (self, named) {
            act.scope = Some(named.to_owned());
        }
    }

    pub(crate) fn keep_personal(&mut self, earlier: &Self) {
        if let (Self::Given(now) | Self::Withdrawn(now), Self::Given(then) | Self::Withdrawn(then)) =
            (self, earlier)
            && now.scope.is_none()
        {
            now.scope.clone_from(&then.scope);
        }
    }

    pub(crate) fn apply(&self, view: &mut View, entry: &Entry) {
        let mut consent = |act: &ConsentAct, is_given| {
            view.family.consents.push(Consent {
                on: entry.on,
                by: entry.event_id,
                scope: act.scope.clone(),
                is_given,
                until: act.until,
            });
        };
        match self {
            Self::Given(act) => consent(act, true),
            Self::Withdrawn(act) => consent(act, false),
            Self::NoteAdded(note) => view.family.notes.push(note.note_ref.clone()),
            Self::AccessAsked(asked) => {
                view.family.access_is_open |= asked.requester.as_deref() == Some(CUSTODY_HOLDER);
            }
            Self::AccessAnswered(_) => view.family.access_is_open = false,
        }
    }
}
