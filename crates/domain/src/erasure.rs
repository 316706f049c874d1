//! Erasure (GDPR art. 17): what is sealed becomes unreadable for ever, and the log says that it did.
//!
//! The event comes first, the deed follows. What the law and the deciding people are stands in
//! clear, for the keys of everything sealed go with the rest.

use serde::{Deserialize, Serialize};

use crate::event::{Decoded, read};
use crate::ids::{EntryId, PersonRef};
use crate::schema::{Category, EventType, Field, Kind};
use crate::sealed::{Compartment, Sealed};
use crate::view::{Entry, View};

/// The sealed parts that an event may have.
pub const PARTS: &[&str] = &["person", "confidential", "reason"];
/// Characters of a legal basis: it names a law, never a person.
pub const BASIS_CHARS: usize = 120;

/// The types of this family.
pub const TYPES: &[EventType] = &[
    EventType {
        name: "PersonalDataErased",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("compartments", Kind::Names, "person, confidential or both"),
            Field::required("legal_basis", Kind::Text(&[]), "the law; stands in clear").in_clear(),
            DECIDED_BY,
            APPROVED_BY,
        ],
        da: "Personoplysninger slettet",
        en: "Personal data erased",
        sample: r#"{"date":"2031-02-03","type":"PersonalDataErased","case":"SPOR-2025-0101","compartments":["person","confidential"],"legal_basis":"GDPR art. 17(1)(a)","decided_by":"DPO-01","approved_by":"L-01"}"#,
    },
    EventType {
        name: "EntryErased",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("entry", Kind::Name, "the entry's id, or its event id"),
            Field::required("part", Kind::Code(PARTS), "which sealed part of it"),
            Field::required("basis", Kind::Text(&[]), "the law; stands in clear").in_clear(),
            DECIDED_BY,
            APPROVED_BY,
        ],
        da: "Del af en indførsel slettet",
        en: "Part of an entry erased",
        sample: r#"{"date":"2025-04-10","type":"EntryErased","case":"SPOR-2025-0606","entry":"e-06-5","part":"person","basis":"GDPR art. 17(1)(d)","decided_by":"DPO-01","approved_by":"L-01"}"#,
    },
];

const DECIDED_BY: Field = Field::required("decided_by", Kind::Reference, "who decided it");
const APPROVED_BY: Field =
    Field::optional("approved_by", Kind::Reference, "who approved it: somebody else");

/// An event of this family.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// The keys of a person are destroyed.
    PersonalData(PersonalDataErased),
    /// One sealed part of one entry is destroyed; its key lives on.
    Entry(EntryErased),
}

/// The keys of a person are destroyed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PersonalDataErased {
    /// Which of the person's keys.
    pub compartments: Vec<Compartment>,
    /// The law.
    pub legal_basis: String,
    /// Who decided it.
    pub decided_by: PersonRef,
    /// Who approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<PersonRef>,
}

/// One sealed part of one entry is destroyed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntryErased {
    /// The entry's id, or its event id.
    pub entry: EntryId,
    /// The name of the part.
    pub part: String,
    /// The law.
    pub basis: String,
    /// Who decided it.
    pub decided_by: PersonRef,
    /// Who approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<PersonRef>,
}

impl Event {
    /// The stored name of the event's type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::PersonalData(_) => "PersonalDataErased",
            Self::Entry(_) => "EntryErased",
        }
    }

    pub(crate) fn decode(name: &str, body: &str) -> Decoded<Self> {
        Some(match name {
            "PersonalDataErased" => read(name, body).map(Self::PersonalData),
            "EntryErased" => read(name, body).map(Self::Entry),
            _ => return None,
        })
    }

    /// The law, who decided, and who approved.
    pub fn decision(&self) -> (&str, &PersonRef, Option<&PersonRef>) {
        match self {
            Self::PersonalData(e) => (&e.legal_basis, &e.decided_by, e.approved_by.as_ref()),
            Self::Entry(e) => (&e.basis, &e.decided_by, e.approved_by.as_ref()),
        }
    }

    /// Whether the young person behind the case is erased by it.
    pub fn erases_the_person(&self) -> bool {
        matches!(self, Self::PersonalData(e) if e.compartments.contains(&Compartment::Person))
    }

    /// From this day on the case has no duties any more, and no birth date.
    pub(crate) fn apply(&self, view: &mut View, entry: &Entry) {
        if self.erases_the_person() {
            view.erased_on = view.erased_on.or(Some(entry.on));
            view.birth_date = view.birth_date.take().map(|_| Sealed::Erased);
        }
    }
}
