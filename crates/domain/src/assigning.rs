//! Who stands beside the young person: mentor, support contact person, volunteer (F4.3-6, C2-2).

use serde::{Deserialize, Serialize};

use crate::event::{Decoded, read};
use crate::ids::PersonRef;
use crate::schema::{Category, EventType, Field, Kind};
use crate::view::{Entry, View};

/// In which role somebody is assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssignedRole {
    /// Mentor.
    Mentor,
    /// Support contact person (the § 85 person).
    SupportContact,
    /// Volunteer.
    Volunteer,
}

const ROLES: &[&str] = &["mentor", "support_contact", "volunteer"];

/// The types of this family.
pub const TYPES: &[EventType] = &[
    EventType {
        name: "MentorAssigned",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("person", Kind::Reference, "who is assigned"),
            Field::required("role", Kind::Code(ROLES), "in which role"),
        ],
        da: "Mentor tilknyttet",
        en: "Mentor assigned",
        sample: r#"{"date":"2025-05-19","type":"MentorAssigned","case":"SPOR-2024-1111","person":"M-02","role":"mentor"}"#,
    },
    EventType {
        name: "MentorAssignmentEnded",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("person", Kind::Reference, "whose assignment ends"),
            Field::required("reason", Kind::Text(&[]), "why"),
            Field::optional("override_reason", Kind::Text(&[]), "why nobody is left all the same"),
        ],
        da: "Tilknytning ophørt",
        en: "Assignment ended",
        sample: r#"{"date":"2025-06-30","type":"MentorAssignmentEnded","case":"SPOR-2024-1111","person":"M-06","reason":"volunteer takes over"}"#,
    },
    EventType {
        name: "RoleExpectationsAligned",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("roles", Kind::Texts(ROLES), "the roles that were told apart"),
            Field::optional("youth_informed", Kind::Flag, "the young person knows which is which"),
        ],
        da: "Rolleforventninger afstemt",
        en: "Role expectations aligned",
        sample: r#"{"date":"2025-06-12","type":"RoleExpectationsAligned","case":"SPOR-2025-0202","roles":["mentor","support_contact"],"youth_informed":true}"#,
    },
];

/// An event of this family.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// Somebody was assigned.
    Assigned(MentorAssigned),
    /// An assignment ended.
    Ended(MentorAssignmentEnded),
    /// What is expected in each role was told apart (C2-15).
    RolesAligned(RoleExpectationsAligned),
}

/// Somebody was assigned to the case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MentorAssigned {
    /// Who.
    pub person: PersonRef,
    /// In which role.
    pub role: AssignedRole,
}

/// Somebody's assignment to the case ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MentorAssignmentEnded {
    /// Who.
    pub person: PersonRef,
}

/// What is expected in each role was told apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoleExpectationsAligned {}

impl Event {
    pub(crate) fn decode(name: &str, body: &str) -> Decoded<Self> {
        Some(match name {
            "MentorAssigned" => read(name, body).map(Self::Assigned),
            "MentorAssignmentEnded" => read(name, body).map(Self::Ended),
            "RoleExpectationsAligned" => read(name, body).map(Self::RolesAligned),
            _ => return None,
        })
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Assigned(_) => "MentorAssigned",
            Self::Ended(_) => "MentorAssignmentEnded",
            Self::RolesAligned(_) => "RoleExpectationsAligned",
        }
    }

    /// A new mentor replaces the old one that day and restarts no clock.
    pub(crate) fn apply(&self, view: &mut View, entry: &Entry) {
        match self {
            Self::Assigned(MentorAssigned { person, role: AssignedRole::Mentor }) => {
                view.assign_mentor(person);
            }
            Self::Assigned(MentorAssigned { person, role }) => {
                view.assigned.retain(|(who, _)| who != person);
                view.assigned.push((person.clone(), *role));
                view.assigned_on.insert(person.clone(), entry.on);
                view.persons_met.insert(person.clone());
            }
            Self::RolesAligned(_) => view.roles_aligned.push(entry.on),
            Self::Ended(MentorAssignmentEnded { person }) => {
                if view.mentor.as_ref() == Some(person) {
                    view.mentor = None;
                }
                view.assigned.retain(|(who, _)| who != person);
            }
        }
    }
}
