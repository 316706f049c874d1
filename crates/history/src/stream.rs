//! The names of streams, from references and back.

use spor_domain::door::Stream;
use spor_domain::ids::{CaseRef, GroupRef, PersonRef};
use spor_domain::schema::Category;
use spor_store::StreamName;

/// The stream of the municipality's programme.
pub fn programme() -> StreamName {
    named("programme")
}

/// The stream of a case.
pub fn of_case(case: &CaseRef) -> StreamName {
    named(&format!("case-{case}"))
}

/// The stream of what was done about a case's reminders.
pub fn of_reminders(case: &CaseRef) -> StreamName {
    named(&format!("reminders-{case}"))
}

/// The stream of a person of the directory.
pub fn of_person(person: &PersonRef) -> StreamName {
    named(&format!("staff-{person}"))
}

/// The stream of a group.
pub fn of_group(group: &GroupRef) -> StreamName {
    named(&format!("group-{group}"))
}

/// The stream a command is about.
pub fn of_command(stream: &Stream) -> StreamName {
    named(&stream.name())
}

/// The case whose stream this is.
pub fn case_of(stream: &StreamName) -> Option<CaseRef> {
    let is_case = stream.category() == Category::Case.as_str();
    is_case.then(|| CaseRef::parse(stream.reference()).ok()).flatten()
}

/// The person whose stream this is.
pub fn person_of(stream: &StreamName) -> Option<PersonRef> {
    let is_staff = stream.category() == Category::Staff.as_str();
    is_staff.then(|| PersonRef::parse(stream.reference()).ok()).flatten()
}

/// The group whose stream this is.
pub fn group_of(stream: &StreamName) -> Option<GroupRef> {
    let is_group = stream.category() == Category::Group.as_str();
    is_group.then(|| GroupRef::parse(stream.reference()).ok()).flatten()
}

fn named(name: &str) -> StreamName {
    StreamName::parse(name).expect("a reference that passed the door makes a stream name")
}
