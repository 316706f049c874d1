//! The events of the directory as people write them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{ROLES, Role};
use crate::event::{Decoded, read};
use crate::ids::PersonRef;
use crate::opening::{ADMINISTRATIONS, Administration};
use crate::schema::{Category, EventType, Field, Kind};
use crate::sealed::Sealed;
use crate::support::Hours;

/// The competence that two roles in one case ask for (C2-12).
pub const DUAL_ROLE: &str = "dual_role";

const SPARRING_KIND: Field = Field::optional("kind", Kind::Text(&[]), "what kind");
const SPARRING_CASES: Field = Field::optional("cases", Kind::Texts(&[]), "the cases it was about");

const EMPLOYMENTS: &[&str] = &["permanent", "hourly", "external", "volunteer"];

/// The types of this family.
pub const TYPES: &[EventType] = &[
    EventType {
        name: "StaffRegistered",
        version: 1,
        category: Category::Staff,
        fields: &[
            Field::required("name", Kind::Text(&[]), "the person's name"),
            Field::required("email", Kind::Text(&[]), "where letters go"),
            Field::required("roles", Kind::Texts(ROLES), "what the person does"),
            Field::required("administration", Kind::Code(ADMINISTRATIONS), "where"),
            Field::required("employment", Kind::Code(EMPLOYMENTS), "how employed"),
            Field::optional("capacity_hours", Kind::Decimal, "hours a week for young people"),
        ],
        da: "Medarbejder registreret",
        en: "Staff registered",
        sample: r#"{"date":"2025-01-02","type":"StaffRegistered","person":"M-01","name":"Asta Eksempel","email":"asta@kommune.example","roles":["mentor"],"administration":"employment","employment":"permanent","capacity_hours":30}"#,
    },
    EventType {
        name: "StaffLeft",
        version: 1,
        category: Category::Staff,
        fields: &[Field::optional("reason", Kind::Text(&[]), "why")],
        da: "Medarbejder fratrådt",
        en: "Staff left",
        sample: r#"{"date":"2025-08-31","type":"StaffLeft","person":"M-01","reason":"new job"}"#,
    },
    EventType {
        name: "AvailabilityChanged",
        version: 1,
        category: Category::Staff,
        fields: &[
            Field::optional("capacity_hours", Kind::Decimal, "hours a week for young people"),
            Field::optional("absent_from", Kind::Date, "first day away; else the entry's day"),
            Field::optional("absent_until", Kind::Date, "last day away, inclusive"),
            Field::optional("deputy", Kind::Reference, "who is written to meanwhile"),
        ],
        da: "Tilgængelighed ændret",
        en: "Availability changed",
        sample: r#"{"date":"2025-06-30","type":"AvailabilityChanged","person":"M-01","absent_from":"2025-07-07","absent_until":"2025-07-27","deputy":"M-02"}"#,
    },
    EventType {
        name: "CompetenceRecorded",
        version: 1,
        category: Category::Staff,
        fields: &[Field::required("kind", Kind::Text(&[DUAL_ROLE]), "what was learnt")],
        da: "Kompetence registreret",
        en: "Competence recorded",
        sample: r#"{"date":"2025-02-01","type":"CompetenceRecorded","person":"M-01","kind":"dual_role"}"#,
    },
    EventType {
        name: "MentorProfilePublished",
        version: 1,
        category: Category::Staff,
        fields: &[Field::required("profile_ref", Kind::Name, "the page in the booklet")],
        da: "Mentorprofil offentliggjort",
        en: "Mentor profile published",
        sample: r#"{"date":"2025-02-01","type":"MentorProfilePublished","person":"M-01","profile_ref":"P-01"}"#,
    },
    EventType {
        name: "SupervisionAttended",
        version: 1,
        category: Category::Staff,
        fields: &[SPARRING_KIND, SPARRING_CASES],
        da: "Supervision gennemført",
        en: "Supervision attended",
        sample: r#"{"date":"2025-04-01","type":"SupervisionAttended","person":"M-07","kind":"external"}"#,
    },
    EventType {
        name: "PeerSparringHeld",
        version: 1,
        category: Category::Staff,
        fields: &[SPARRING_KIND, SPARRING_CASES],
        da: "Kollegial sparring holdt",
        en: "Peer sparring held",
        sample: r#"{"date":"2025-04-08","type":"PeerSparringHeld","person":"M-07","cases":["SPOR-2025-0202"]}"#,
    },
    EventType {
        name: "ConfidentialityPledgeSigned",
        version: 1,
        category: Category::Staff,
        fields: &[],
        da: "Tavshedserklæring underskrevet",
        en: "Confidentiality pledge signed",
        sample: r#"{"date":"2025-05-16","type":"ConfidentialityPledgeSigned","person":"V-02"}"#,
    },
];

/// An event of this family.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// Somebody was entered in the directory.
    Registered(StaffRegistered),
    /// A pledge of confidentiality was signed.
    PledgeSigned,
    /// Somebody left.
    Left(StaffLeft),
    /// Somebody is away, or has another number of hours.
    Availability(AvailabilityChanged),
    /// Somebody learnt something that a case may ask for.
    Competence(CompetenceRecorded),
    /// A page of the booklet of mentors was published.
    Profile(MentorProfilePublished),
    /// Supervision was attended.
    Supervision(Sparring),
    /// Peers talked a case through.
    PeerSparring(Sparring),
}

/// Somebody was entered in the directory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StaffRegistered {
    /// What the person does, as far as the rules ask.
    pub roles: Vec<Role>,
    /// Where.
    pub administration: Administration,
    /// How employed.
    pub employment: String,
    /// Hours a week for young people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity_hours: Option<Hours>,
    /// Name and address, from the sealed part.
    #[serde(skip, default = "unopened")]
    pub contact: Sealed<Contact>,
}

/// Somebody left; the day is the entry's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StaffLeft {}

/// Somebody is away, or has another number of hours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AvailabilityChanged {
    /// Hours a week for young people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity_hours: Option<Hours>,
    /// First day away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent_from: Option<NaiveDate>,
    /// Last day away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent_until: Option<NaiveDate>,
    /// Who is written to meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deputy: Option<PersonRef>,
}

/// Somebody learnt something that a case may ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompetenceRecorded {
    /// What, where the rules know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// A page of the booklet of mentors was published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MentorProfilePublished {
    /// The page.
    pub profile_ref: String,
}

/// Supervision, or sparring among peers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sparring {}

/// How to reach a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The person's name.
    pub name: String,
    /// Where letters go.
    pub email: String,
}

fn unopened() -> Sealed<Contact> {
    Sealed::KeyMissing
}

impl Event {
    pub(crate) fn decode(name: &str, body: &str) -> Decoded<Self> {
        Some(match name {
            "StaffRegistered" => read(name, body).map(Self::Registered),
            "ConfidentialityPledgeSigned" => Ok(Self::PledgeSigned),
            "StaffLeft" => read(name, body).map(Self::Left),
            "AvailabilityChanged" => read(name, body).map(Self::Availability),
            "CompetenceRecorded" => read(name, body).map(Self::Competence),
            "MentorProfilePublished" => read(name, body).map(Self::Profile),
            "SupervisionAttended" => read(name, body).map(Self::Supervision),
            "PeerSparringHeld" => read(name, body).map(Self::PeerSparring),
            _ => return None,
        })
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Registered(_) => "StaffRegistered",
            Self::PledgeSigned => "ConfidentialityPledgeSigned",
            Self::Left(_) => "StaffLeft",
            Self::Availability(_) => "AvailabilityChanged",
            Self::Competence(_) => "CompetenceRecorded",
            Self::Profile(_) => "MentorProfilePublished",
            Self::Supervision(_) => "SupervisionAttended",
            Self::PeerSparring(_) => "PeerSparringHeld",
        }
    }

    pub(crate) fn open(&mut self, part: &Sealed<Map<String, Value>>) {
        if let Self::Registered(event) = self {
            let text = |fields: &Map<String, Value>, name| {
                fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            event.contact = part.clone().map(|fields| Contact {
                name: text(&fields, "name"),
                email: text(&fields, "email"),
            });
        }
    }

    pub(crate) fn keep_personal(&mut self, earlier: &Self) {
        if let (Self::Registered(now), Self::Registered(then)) = (self, earlier) {
            now.contact = then.contact.clone();
        }
    }
}
