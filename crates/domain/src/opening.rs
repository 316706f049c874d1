//! A case begins here, or is brought in from another system (F4.0).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::event::{Decoded, read};
use crate::ids::PersonRef;
use crate::schema::{Category, EventType, Field, Kind};
use crate::sealed::Sealed;
use crate::transition::Party;
use crate::view::{Entry, Episode, TransitionMeeting, View};

/// The administrations of a municipality that may be responsible for a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Administration {
    /// Children and families.
    ChildrenFamily,
    /// Employment; "jobcenter" is a label of the past.
    Employment,
    /// Adults with disabilities.
    AdultDisability,
    /// Social affairs.
    Social,
    /// Another one.
    Other,
}

/// The stored words of [`Administration`].
pub const ADMINISTRATIONS: &[&str] =
    &["children_family", "employment", "adult_disability", "social", "other"];

impl Administration {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        ADMINISTRATIONS[self as usize]
    }
}

/// The types of this family.
pub const TYPES: &[EventType] = &[
    EventType {
        name: "CaseOpened",
        version: 1,
        category: Category::Case,
        fields: &OPENED,
        da: "Forløb åbnet",
        en: "Case opened",
        sample: r#"{"date":"2025-01-15","type":"CaseOpened","case":"SPOR-2025-0101","administration":"children_family","municipality":"A","caseworker":"SB-01","mentor":"M-01","birth_date":"2008-02-29","name":"Alder","need":"structure in the morning"}"#,
    },
    EventType {
        name: "CaseImported",
        version: 1,
        category: Category::Case,
        fields: &IMPORTED,
        da: "Forløb indlæst fra andet system",
        en: "Case imported",
        sample: r#"{"date":"2025-03-01","type":"CaseImported","case":"SPOR-2025-0102","administration":"employment","municipality":"A","caseworker":"SB-01","mentor":"M-01","birth_date":"2004-05-06","source":"OLD","source_id":"4711","original_start":"2024-06-03","last_follow_up":"2025-02-10"}"#,
    },
];

const ADMINISTRATION: Field = Field::required(
    "administration",
    Kind::Code(ADMINISTRATIONS),
    "the responsible administration",
);
const MUNICIPALITY: Field =
    Field::required("municipality", Kind::Name, "code of the municipality; never compared");
const CASEWORKER: Field =
    Field::required("caseworker", Kind::Reference, "the caseworker from this day");
const MENTOR: Field = Field::required("mentor", Kind::Reference, "the mentor from this day");
const BIRTH_DATE: Field =
    Field::required("birth_date", Kind::Date, "the young person's birth date").personal();
const NAME: Field = Field::optional("name", Kind::Text(&[]), "the young person's name");
const TARGET_GROUP: Field = Field::optional("target_group", Kind::Text(&[]), "why mentor support");
const NEED: Field =
    Field::optional("need", Kind::Text(&[]), "what the young person needs (F4.0-1)");

const OPENED: [Field; 8] =
    [ADMINISTRATION, MUNICIPALITY, CASEWORKER, MENTOR, BIRTH_DATE, NAME, TARGET_GROUP, NEED];

const IMPORTED: [Field; 16] = [
    ADMINISTRATION,
    MUNICIPALITY,
    CASEWORKER,
    MENTOR,
    BIRTH_DATE,
    NAME,
    TARGET_GROUP,
    NEED,
    Field::required("source", Kind::Name, "the system it comes from"),
    Field::required("source_id", Kind::Name, "its number there; makes a repeat harmless"),
    Field::required("original_start", Kind::Date, "claimed start; informative"),
    Field::optional("last_follow_up", Kind::Date, "claimed; opens the six-week clock"),
    Field::optional("last_method_review", Kind::Date, "claimed; opens the half-yearly clock"),
    Field::optional("transition_meeting", Kind::Date, "claimed; the 17½-year meeting was held"),
    Field::optional("batch", Kind::Name, "the import batch"),
    Field::optional("person_key", Kind::Name, "keyed hash of a CPR number").personal(),
];

/// An event of this family.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// Opened here.
    Opened(CaseOpened),
    /// Taken over from another system.
    Imported(CaseImported),
}

/// A case was opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseOpened {
    /// The responsible administration.
    pub administration: Administration,
    /// The municipality's code.
    pub municipality: String,
    /// The caseworker.
    pub caseworker: PersonRef,
    /// The mentor.
    pub mentor: PersonRef,
    /// The birth date, from the sealed part.
    #[serde(skip, default = "missing")]
    pub birth_date: Sealed<NaiveDate>,
}

/// A case was brought in, with what the other system claims about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseImported {
    /// What every opening says.
    pub administration: Administration,
    /// The municipality's code.
    pub municipality: String,
    /// The caseworker.
    pub caseworker: PersonRef,
    /// The mentor.
    pub mentor: PersonRef,
    /// The birth date, from the sealed part.
    #[serde(skip, default = "missing")]
    pub birth_date: Sealed<NaiveDate>,
    /// The system it comes from.
    pub source: String,
    /// Its number there.
    pub source_id: String,
    /// Claimed start; informative.
    pub original_start: NaiveDate,
    /// Claimed last follow-up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_follow_up: Option<NaiveDate>,
    /// Claimed last method review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_method_review: Option<NaiveDate>,
    /// Claimed day of the 17½-year meeting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transition_meeting: Option<NaiveDate>,
    /// The import batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<String>,
}

fn missing() -> Sealed<NaiveDate> {
    Sealed::KeyMissing
}

impl Event {
    pub(crate) fn decode(name: &str, body: &str) -> Decoded<Self> {
        Some(match name {
            "CaseOpened" => read(name, body).map(Self::Opened),
            "CaseImported" => read(name, body).map(Self::Imported),
            _ => return None,
        })
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Opened(_) => "CaseOpened",
            Self::Imported(_) => "CaseImported",
        }
    }

    /// The young person's birth date.
    pub fn birth_date(&self) -> &Sealed<NaiveDate> {
        match self {
            Self::Opened(event) => &event.birth_date,
            Self::Imported(event) => &event.birth_date,
        }
    }

    fn birth_date_mut(&mut self) -> &mut Sealed<NaiveDate> {
        match self {
            Self::Opened(event) => &mut event.birth_date,
            Self::Imported(event) => &mut event.birth_date,
        }
    }

    pub(crate) fn open(&mut self, part: &Sealed<Map<String, Value>>) {
        let opened = match part {
            Sealed::Known(fields) => fields
                .get("birth_date")
                .and_then(|value| serde_json::from_value(value.clone()).ok())
                .map(Sealed::Known),
            Sealed::Erased => Some(Sealed::Erased),
            Sealed::KeyMissing => Some(Sealed::KeyMissing),
        };
        if let Some(birth_date) = opened {
            *self.birth_date_mut() = birth_date;
        }
    }

    pub(crate) fn keep_personal(&mut self, earlier: &Self) {
        *self.birth_date_mut() = earlier.birth_date().clone();
    }

    /// How a case begins: the first episode, its people and its clocks.
    pub(crate) fn apply(&self, view: &mut View, entry: &Entry) {
        let (administration, caseworker, mentor, imported) = match self {
            Self::Opened(e) => (e.administration, &e.caseworker, &e.mentor, None),
            Self::Imported(e) => (e.administration, &e.caseworker, &e.mentor, Some(e)),
        };
        view.administration = Some(administration);
        view.caseworker = Some(caseworker.clone());
        view.birth_date = Some(self.birth_date().clone());
        view.assign_mentor(mentor);
        let mut episode = Episode::starting(1, entry);
        if let Some(claims) = imported {
            view.imported = true;
            episode.claimed_follow_up = claims.last_follow_up;
            episode.claimed_review = claims.last_method_review;
            view.is_of_batch = claims.batch.is_some();
            let held = claims.transition_meeting.map(|on| TransitionMeeting {
                on,
                by: entry.event_id,
                parties: Party::REQUIRED.to_vec(),
            });
            view.transition_meetings.extend(held);
        }
        view.episodes.push(episode);
    }
}
