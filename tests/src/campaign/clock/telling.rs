//! A fact as a line of a journal, and the people of the municipality.

use std::collections::BTreeSet;

use super::calendar::Day;
use super::history::{
    Basis, CASEWORKERS, Entry, Fact, History, MENTORS, Office, Present, Step, Supervision,
    volunteers,
};

/// The person of a role's number.
pub fn mentor(number: u64) -> String {
    format!("M-{number:02}")
}

/// The same.
pub fn caseworker(number: u64) -> String {
    format!("SB-{number:02}")
}

/// The same.
pub fn volunteer(number: u64) -> String {
    format!("F-{number:02}")
}

/// Who leads an administration.
pub fn lead(office: Office) -> &'static str {
    match office {
        Office::ChildrenFamily => "L-BF",
        Office::Employment => "L-BE",
        Office::AdultDisability => "L-VH",
    }
}

/// Management.
pub const MANAGEMENT: &str = "D-01";
/// Who looks after the volunteers.
pub const COORDINATOR: &str = "K-01";

/// The word of an administration.
fn word(office: Office) -> &'static str {
    match office {
        Office::ChildrenFamily => "children_family",
        Office::Employment => "employment",
        Office::AdultDisability => "adult_disability",
    }
}

/// The address of a person.
pub fn address(person: &str) -> String {
    format!("{}@kommune.example", person.to_lowercase())
}

/// Everybody, registered long before, and the volunteers of these cases.
pub fn staff(histories: &[History]) -> Vec<String> {
    let line = |person: &str, role: &str, office: &str| {
        format!(
            "2023-01-02 StaffRegistered person={person} name='Prøve {person}' email={} \
             roles={role} administration={office} employment=permanent",
            address(person)
        )
    };
    let mut lines: Vec<String> =
        (0..MENTORS).map(|number| line(&mentor(number), "mentor", "employment")).collect();
    lines.extend((0..CASEWORKERS).map(|n| line(&caseworker(n), "caseworker", "employment")));
    for office in [Office::ChildrenFamily, Office::Employment, Office::AdultDisability] {
        lines.push(line(lead(office), "professional_lead", word(office)));
    }
    lines.push(line(MANAGEMENT, "management", "other"));
    lines.push(line(COORDINATOR, "volunteer_coordinator", "employment"));
    let volunteers: BTreeSet<u64> =
        histories.iter().flat_map(|history| volunteers(history.number)).collect();
    lines.extend(volunteers.into_iter().map(|n| line(&volunteer(n), "volunteer", "employment")));
    lines
}

/// Supervision in the short form.
pub fn supervision(of: &Supervision) -> String {
    format!("{} SupervisionAttended person={}", of.on, mentor(of.mentor))
}

/// An entry in the short form of [`crate::entry`]; each has its own reference.
pub fn line(history: &History, number: usize, entry: &Entry) -> String {
    let fields = match entry.fact {
        support @ (Fact::Granted { .. }
        | Fact::Extended { .. }
        | Fact::Ended { .. }
        | Fact::LimitedStarted { .. }
        | Fact::LimitedEnded { .. }
        | Fact::Paused { .. }
        | Fact::Resumed) => supported(support),
        Fact::Referred { office } => format!("CaseReferred administration={}", word(office)),
        Fact::Waits => "CasePlacedOnWaitingList".to_owned(),
        Fact::Opened { office, mentor: m, caseworker: c, born } => format!(
            "CaseOpened administration={} mentor={} caseworker={} birth_date={born} name=-",
            word(office),
            mentor(m),
            caseworker(c)
        ),
        Fact::Reopened { mentor: m, caseworker: c } => {
            format!("CaseReopened mentor={} caseworker={}", mentor(m), caseworker(c))
        }
        Fact::Closed => "CaseClosed reason=youth_wish".to_owned(),
        Fact::MentorChanged { mentor: m } => {
            format!("MentorAssigned person={} role=mentor", mentor(m))
        }
        Fact::Session { track, minutes } => {
            format!("SessionHeld track=T{track} minutes={minutes}")
        }
        Fact::VolunteerCame { volunteer: v } => {
            format!("MentorAssigned person={} role=volunteer", volunteer(v))
        }
        Fact::VolunteerLeft { volunteer: v } => {
            format!("MentorAssignmentEnded person={}", volunteer(v))
        }
        Fact::Helped { volunteer: v, minutes } => {
            format!("SessionHeld by={} minutes={minutes} track=-", volunteer(v))
        }
        Fact::Stepped { step } => format!("LawStepRecorded step={}", step_word(step)),
        Fact::FollowUp { who } => format!("FollowUpHeld {}", present(who)),
        Fact::Review { counts: true } => {
            "MethodReviewHeld participants=professional_lead,mentor".to_owned()
        }
        Fact::Review { counts: false } => "MethodReviewHeld participants=mentor".to_owned(),
        Fact::Meeting { counts: true } => {
            "TransitionMeetingHeld parties=children_family,employment,adult_disability,mentor"
                .to_owned()
        }
        Fact::Meeting { counts: false } => {
            "TransitionMeetingHeld parties=children_family,employment,mentor,youth".to_owned()
        }
        Fact::MethodChosen => "MethodChosen".to_owned(),
        Fact::Evaluated => "MethodEvaluated".to_owned(),
        Fact::Mapped => "NetworkMapped".to_owned(),
        Fact::Talked => "DialogueHeld need=same".to_owned(),
        Fact::HandoverStarted { to, caseworker: c, effective } => format!(
            "HandoverStarted to_administration={} receiving_caseworker={} effective_on={effective}",
            word(to),
            caseworker(c)
        ),
        Fact::HandoverAnswered { accepted: true } => "HandoverAccepted".to_owned(),
        Fact::HandoverAnswered { accepted: false } => "HandoverRejected reason=no".to_owned(),
        Fact::Agreed { every } => format!("FamilyInvolvementAgreed parent_update_days={every}"),
        Fact::Consented { until: last } => {
            format!("ConsentGiven scope=parent_updates until={}", until(last))
        }
        Fact::Withdrawn => "ConsentWithdrawn scope=parent_updates".to_owned(),
        Fact::Updated => "ParentUpdateSent".to_owned(),
        Fact::Retracted { entry } => format!("EntryRetracted target=E-{entry}"),
    };
    format!("{} {fields} case={} id=E-{number}", entry.on, history.case())
}

fn supported(fact: Fact) -> String {
    match fact {
        Fact::Granted { track, basis, hours, until: last, person } => format!(
            "SupportGranted track=T{track} {} weekly_hours={hours} until={} person={}",
            granted(basis),
            until(last),
            person.map_or("-".to_owned(), mentor)
        ),
        Fact::Extended { track, until } => format!("SupportExtended track=T{track} until={until}"),
        Fact::Ended { track } => format!("SupportEnded track=T{track}"),
        Fact::LimitedStarted { track, until } => {
            format!("LimitedSupportPeriodStarted track=T{track} until={until}")
        }
        Fact::LimitedEnded { track } => format!("LimitedSupportPeriodEnded track=T{track}"),
        Fact::Paused { until: last } => format!("SupportPaused until={}", until(last)),
        Fact::Resumed => "SupportResumed".to_owned(),
        other => unreachable!("{other:?} is about no support"),
    }
}

fn until(last: Option<Day>) -> String {
    last.map_or("-".to_owned(), |day| day.to_string())
}

fn granted(basis: Basis) -> &'static str {
    match basis {
        Basis::Lab => "basis=LAB-167 budget=employment",
        Basis::Social => "basis=SEL-85 budget=social",
        Basis::Child => "basis=BL-32 budget=social",
        Basis::Voluntary => "basis=voluntary budget=social",
    }
}

fn step_word(step: Step) -> &'static str {
    match step {
        Step::FirstFollowUp => "first_follow_up",
        Step::Preparation => "preparation",
        Step::YouthPlan => "youth_plan",
    }
}

fn present(who: Present) -> &'static str {
    match who {
        Present::Three => "participants=caseworker,mentor,youth",
        Present::AndVolunteer => "participants=caseworker,mentor,youth,volunteer",
        Present::Declined => "participants=caseworker,mentor youth_absence=declined",
        Present::NoMentor => "participants=caseworker,youth",
        Present::NoYouth => "participants=caseworker,mentor",
    }
}
