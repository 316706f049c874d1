//! The directory: who does what, and who stands behind a role on a day (C2-12, C2-29).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::assigning::AssignedRole;
use crate::event::fields_of;
use crate::ids::PersonRef;
use crate::opening::{ADMINISTRATIONS, Administration};
use crate::schema::{Category, EventType, Field, Kind};
use crate::sealed::Sealed;
use crate::view::View;

/// A role that a reminder is sent to; people are found on the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The case's caseworker.
    Caseworker,
    /// Management.
    Management,
    /// The case's mentor.
    Mentor,
    /// The professional lead of the responsible administration.
    ProfessionalLead,
    /// The caseworker who receives a handover.
    ReceivingCaseworker,
    /// The professional lead on the receiving side.
    ReceivingLead,
    /// The case's support contact person.
    SupportContact,
    /// The case's volunteer.
    Volunteer,
    /// The coordinator of the mentor corps.
    VolunteerCoordinator,
}

/// The stored words of [`Role`], in alphabetical order.
pub const ROLES: &[&str] = &[
    "caseworker",
    "management",
    "mentor",
    "professional_lead",
    "receiving_caseworker",
    "receiving_lead",
    "support_contact",
    "volunteer",
    "volunteer_coordinator",
];

impl Role {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        ROLES[self as usize]
    }
}

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
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Somebody was entered in the directory.
    Registered(StaffRegistered),
    /// A pledge of confidentiality was signed.
    PledgeSigned,
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
    /// Name and address, from the sealed part.
    #[serde(skip, default = "unopened")]
    pub contact: Sealed<Contact>,
}

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
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Registered(_) => "StaffRegistered",
            Self::PledgeSigned => "ConfidentialityPledgeSigned",
        }
    }

    pub(crate) fn clear_fields(&self) -> Map<String, Value> {
        match self {
            Self::Registered(event) => fields_of(event),
            Self::PledgeSigned => Map::new(),
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

/// One person of the directory.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// The reference.
    pub person: PersonRef,
    /// From which day.
    pub registered_on: Option<NaiveDate>,
    /// What the person does.
    pub roles: Vec<Role>,
    /// Where.
    pub administration: Option<Administration>,
    /// Name and address.
    pub contact: Option<Sealed<Contact>>,
    /// When the pledge of confidentiality was signed.
    pub pledged_on: Option<NaiveDate>,
}

/// Everybody who is registered: the fold of the staff streams.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Directory {
    people: BTreeMap<PersonRef, Person>,
}

impl Directory {
    /// Takes in one event of a person's stream.
    pub fn evolve(&mut self, person: &PersonRef, on: NaiveDate, event: &Event) {
        let entry = self.people.entry(person.clone()).or_insert_with(|| Person {
            person: person.clone(),
            registered_on: None,
            roles: Vec::new(),
            administration: None,
            contact: None,
            pledged_on: None,
        });
        match event {
            Event::Registered(registered) => {
                entry.registered_on = Some(on);
                entry.roles.clone_from(&registered.roles);
                entry.administration = Some(registered.administration);
                entry.contact = Some(registered.contact.clone());
            }
            Event::PledgeSigned => {
                entry.pledged_on = Some(entry.pledged_on.map_or(on, |earlier| earlier.min(on)));
            }
        }
    }

    /// The person of a reference, registered or only pledged.
    pub fn person(&self, person: &PersonRef) -> Option<&Person> {
        self.people.get(person)
    }

    /// Everybody, in the order of their references.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.people.values()
    }

    /// Who stands behind a role of this case on the view's day; nobody is an alarm, never silence.
    pub fn resolve(&self, role: Role, view: &View) -> Vec<PersonRef> {
        match role {
            Role::Mentor => view.mentor.iter().cloned().collect(),
            Role::Caseworker => view.caseworker.iter().cloned().collect(),
            Role::SupportContact => view.assigned_as(AssignedRole::SupportContact),
            Role::Volunteer => view.volunteers(),
            Role::ProfessionalLead => {
                self.with_role(Role::ProfessionalLead, view.administration, view.day)
            }
            Role::Management | Role::VolunteerCoordinator => self.with_role(role, None, view.day),
            Role::ReceivingCaseworker => Vec::new(),
            Role::ReceivingLead => self.with_role(
                Role::ProfessionalLead,
                Some(Administration::AdultDisability),
                view.day,
            ),
        }
    }

    fn with_role(
        &self,
        role: Role,
        administration: Option<Administration>,
        day: NaiveDate,
    ) -> Vec<PersonRef> {
        self.people
            .values()
            .filter(|person| person.registered_on.is_some_and(|since| since <= day))
            .filter(|person| person.roles.contains(&role))
            .filter(|person| administration.is_none() || person.administration == administration)
            .map(|person| person.person.clone())
            .collect()
    }
}
