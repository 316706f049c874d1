//! Who does what?

use spor_domain::ids::PersonRef;
use spor_domain::staff::{Directory, Person, Role};
use spor_store::{Cell, ColumnKind};

use super::{Made, Table};
use crate::column::{Asking, Column, date, optional, text, words};

/// One row per person of the directory.
pub static TABLE: Table =
    Table {
        name: "staff",
        version: 1,
        da: "Hvem laver hvad?",
        en: "Who does what?",
        columns: &[
            Column::stored("person", ColumnKind::Text, "medarbejder", "the person's reference"),
            Column::stored("roles", ColumnKind::Text, "roller", "what the person does"),
            Column::stored("administration", ColumnKind::Text, "forvaltning", "where"),
            Column::stored("employment", ColumnKind::Text, "ansættelse", "how employed")
                .of_words(&["permanent", "hourly", "external", "volunteer"]),
            Column::stored("capacity", ColumnKind::Real, "timer til rådighed", "hours to give")
                .in_unit("hours a week"),
            Column::stored("last_supervision", ColumnKind::Date, "seneste supervision", "last one"),
            Column::stored("last_sparring", ColumnKind::Date, "seneste sparring", "among peers"),
            Column::stored("absent_from", ColumnKind::Date, "fraværende fra", "away from"),
            Column::stored("absent_until", ColumnKind::Date, "fraværende til", "away until"),
            Column::stored("deputy", ColumnKind::Text, "stedfortræder", "who stands in"),
            Column::stored("competences", ColumnKind::Text, "kompetencer", "what was learnt"),
            Column::stored("profiles", ColumnKind::Integer, "profiler", "pages in the booklet"),
            Column::stored("pledged_on", ColumnKind::Date, "tavshedsløfte", "pledge signed"),
            Column::stored("registered_on", ColumnKind::Date, "tiltrådt", "first day"),
            Column::stored("left_on", ColumnKind::Date, "fratrådt", "last day"),
        ],
        key: &["person"],
        indexes: &[],
        made: Made::OfDirectory(rows),
    };

fn rows(directory: &Directory, asking: &Asking<'_>) -> Vec<Vec<Cell>> {
    directory.people().map(|(reference, person)| row(reference, person, asking)).collect()
}

fn row(reference: &PersonRef, person: &Person, asking: &Asking<'_>) -> Vec<Cell> {
    let day = asking.day;
    let roles: Vec<&str> = person.roles.iter().map(|role: &Role| role.as_str()).collect();
    let competences: Vec<&String> = person.competences.iter().collect();
    let absence = person.absence_on(day);
    TABLE.row_with(&[
        ("person", text(reference.as_str())),
        ("roles", words(&roles)),
        ("administration", optional(person.administration, |at| text(at.as_str()))),
        ("employment", optional(person.employment.as_ref(), text)),
        ("capacity", optional(person.capacity_on(day), |hours| Cell::Real(hours.as_decimal()))),
        ("last_supervision", date(person.supervised.range(..=day).next_back().map(|(on, _)| *on))),
        ("last_sparring", date(person.sparring.range(..=day).next_back().copied())),
        ("absent_from", date(absence.map(|absence| absence.from))),
        ("absent_until", date(absence.and_then(|absence| absence.until))),
        ("deputy", optional(absence.and_then(|a| a.deputy.as_ref()), |who| text(who.as_str()))),
        ("competences", words(&competences)),
        ("profiles", crate::column::count(person.profiles.len())),
        ("pledged_on", date(person.pledged_on)),
        ("registered_on", date(person.registered_on)),
        ("left_on", date(person.left_on)),
    ])
}
