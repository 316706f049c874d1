//! The directory: who does what, and who stands behind a role on a day (C2-12, C2-29).

mod types;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::assigning::AssignedRole;
use crate::ids::{EventId, PersonRef};
use crate::opening::Administration;
use crate::sealed::Sealed;
use crate::support::Hours;
use crate::view::View;

pub use types::{
    AvailabilityChanged, CompetenceRecorded, Contact, DUAL_ROLE, Event, MentorProfilePublished,
    Sparring, StaffLeft, StaffRegistered, TYPES,
};

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

/// One person of the directory.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Person {
    /// From which day.
    pub registered_on: Option<NaiveDate>,
    /// The last day.
    pub left_on: Option<NaiveDate>,
    /// What the person does.
    pub roles: Vec<Role>,
    /// Where.
    pub administration: Option<Administration>,
    /// How employed.
    pub employment: Option<String>,
    /// Hours a week for young people, each from a day on.
    pub capacity: Vec<(NaiveDate, Hours)>,
    /// When the person is away.
    pub absences: Vec<Absence>,
    /// What the person has learnt, as far as the rules ask.
    pub competences: BTreeSet<String>,
    /// Pages in the booklet of mentors.
    pub profiles: Vec<String>,
    /// The days of supervision, each with the event that says so.
    pub supervised: BTreeMap<NaiveDate, EventId>,
    /// The days of sparring among peers.
    pub sparring: BTreeSet<NaiveDate>,
    /// Name and address.
    pub contact: Option<Sealed<Contact>>,
    /// When the pledge of confidentiality was signed.
    pub pledged_on: Option<NaiveDate>,
}

/// Days on which somebody is away.
#[derive(Debug, Clone, PartialEq)]
pub struct Absence {
    /// First day.
    pub from: NaiveDate,
    /// Last day, when one is set.
    pub until: Option<NaiveDate>,
    /// Who is written to meanwhile.
    pub deputy: Option<PersonRef>,
}

impl Person {
    /// Whether the person is in the directory on a day.
    pub fn is_here_on(&self, day: NaiveDate) -> bool {
        self.registered_on.is_some_and(|since| since <= day)
            && self.left_on.is_none_or(|last| day <= last)
    }

    /// The absence of a day; the one entered last counts.
    pub fn absence_on(&self, day: NaiveDate) -> Option<&Absence> {
        let mut absences = self.absences.iter().rev();
        absences.find(|a| a.from <= day && a.until.is_none_or(|until| day <= until))
    }

    /// The hours a week of a day.
    pub fn capacity_on(&self, day: NaiveDate) -> Option<Hours> {
        self.capacity.iter().rev().find(|(from, _)| *from <= day).map(|(_, hours)| *hours)
    }

    fn evolve(&mut self, (on, by): (NaiveDate, EventId), event: &Event) {
        match event {
            Event::Registered(registered) => {
                self.registered_on = Some(on);
                self.roles.clone_from(&registered.roles);
                self.administration = Some(registered.administration);
                self.employment = Some(registered.employment.clone());
                self.capacity.extend(registered.capacity_hours.map(|hours| (on, hours)));
                self.contact = Some(registered.contact.clone());
            }
            Event::PledgeSigned => {
                self.pledged_on = Some(self.pledged_on.map_or(on, |earlier| earlier.min(on)));
            }
            Event::Left(_) => self.left_on = Some(on),
            Event::Availability(changed) => {
                self.capacity.extend(changed.capacity_hours.map(|hours| (on, hours)));
                let is_absence = changed.absent_from.is_some() || changed.absent_until.is_some();
                self.absences.extend(is_absence.then(|| Absence {
                    from: changed.absent_from.unwrap_or(on),
                    until: changed.absent_until,
                    deputy: changed.deputy.clone(),
                }));
            }
            Event::Competence(recorded) => self.competences.extend(recorded.kind.clone()),
            Event::Profile(published) => self.profiles.push(published.profile_ref.clone()),
            Event::Supervision(_) => _ = self.supervised.entry(on).or_insert(by),
            Event::PeerSparring(_) => _ = self.sparring.insert(on),
        }
    }
}

/// How many deputies are followed: a deputy may be away too.
const MOST_DEPUTIES: usize = 3;

/// Everybody who is registered: the fold of the staff streams.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Directory {
    people: BTreeMap<PersonRef, Person>,
    /// Who ever had a role: few have one that is not given case by case.
    ever: BTreeMap<Role, BTreeSet<PersonRef>>,
}

impl Directory {
    /// Takes in one event of a person's stream.
    pub fn evolve(&mut self, person: &PersonRef, at: (NaiveDate, EventId), event: &Event) {
        if let Event::Registered(registered) = event {
            for role in &registered.roles {
                self.ever.entry(*role).or_default().insert(person.clone());
            }
        }
        self.people.entry(person.clone()).or_default().evolve(at, event);
    }

    /// The person of a reference, registered or only pledged.
    pub fn person(&self, person: &PersonRef) -> Option<&Person> {
        self.people.get(person)
    }

    /// Everybody, in the order of their references.
    pub fn people(&self) -> impl Iterator<Item = (&PersonRef, &Person)> {
        self.people.iter()
    }

    /// Who stands behind a role of this case on the view's day; nobody is an alarm, never silence.
    /// Whoever has left is nobody, and for whoever is away the deputy stands in.
    pub fn resolve(&self, role: Role, view: &View) -> Vec<PersonRef> {
        let meant = self.meant(role, view).into_iter();
        let mut people: Vec<PersonRef> =
            meant.filter_map(|person| self.standing_in(person, view.day)).collect();
        let mut told = BTreeSet::new();
        people.retain(|person| told.insert(person.clone()));
        people
    }

    fn meant(&self, role: Role, view: &View) -> Vec<PersonRef> {
        let leads = |of| self.with_role(Role::ProfessionalLead, of, view.day);
        match role {
            Role::Mentor => view.mentor.iter().cloned().collect(),
            Role::Caseworker => view.caseworker.iter().cloned().collect(),
            Role::SupportContact => view.assigned_as(AssignedRole::SupportContact),
            Role::Volunteer => view.volunteers(),
            Role::ProfessionalLead => leads(view.administration),
            Role::Management | Role::VolunteerCoordinator => self.with_role(role, None, view.day),
            Role::ReceivingCaseworker => {
                view.handover().map(|h| h.receiving_caseworker.clone()).into_iter().collect()
            }
            Role::ReceivingLead => {
                let to = view.handover().map(|handover| handover.to);
                leads(Some(to.unwrap_or(Administration::AdultDisability)))
            }
        }
    }

    /// The person, or whoever stands in on that day. Somebody the directory does not know is left
    /// as named; somebody away without a deputy still gets the letter.
    fn standing_in(&self, mut person: PersonRef, day: NaiveDate) -> Option<PersonRef> {
        for _ in 0..MOST_DEPUTIES {
            let Some(known) = self.people.get(&person) else {
                return Some(person);
            };
            if known.left_on.is_some_and(|last| last < day) {
                return None;
            }
            match known.absence_on(day).and_then(|absence| absence.deputy.clone()) {
                Some(deputy) => person = deputy,
                None => return Some(person),
            }
        }
        Some(person)
    }

    fn with_role(
        &self,
        role: Role,
        administration: Option<Administration>,
        day: NaiveDate,
    ) -> Vec<PersonRef> {
        let ever = self.ever.get(&role).into_iter().flatten();
        let known = ever.filter_map(|person| Some((person, self.people.get(person)?)));
        known
            .filter(|(_, known)| known.is_here_on(day) && known.roles.contains(&role))
            .filter(|(_, known)| administration.is_none() || known.administration == administration)
            .map(|(person, _)| person.clone())
            .collect()
    }
}
