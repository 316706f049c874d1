//! Who carries what? (F4.2-2, C2-12, C2-29)

use std::collections::{BTreeMap, BTreeSet};

use spor_store::{Cell, ColumnKind};

use super::{Gathered, Report};
use crate::column::{Column, Row, count, optional, text};
use crate::tables::{Made, Table, cases, staff, tracks};

/// One row per person who is a mentor of an open case or gives support on an active track.
pub static TABLE: Table = Table {
    name: "mentor_load",
    version: 1,
    da: "Hvem bærer hvad?",
    en: "Who carries what?",
    columns: &[
        Column::stored("person", ColumnKind::Text, "medarbejder", "the person's reference"),
        Column::stored("employment", ColumnKind::Text, "ansættelse", "how employed"),
        Column::stored("administration", ColumnKind::Text, "forvaltning", "where"),
        Column::stored("cases", ColumnKind::Integer, "forløb", "open cases"),
        Column::stored("granted_hours", ColumnKind::Real, "bevilgede timer", "on active tracks")
            .in_unit("hours a week"),
        Column::stored("capacity", ColumnKind::Real, "timer til rådighed", "hours to give")
            .in_unit("hours a week"),
        Column::stored("room", ColumnKind::Real, "ledige timer", "capacity less granted hours")
            .in_unit("hours a week"),
        Column::stored("dual_roles", ColumnKind::Integer, "dobbeltroller", "cases with two tracks"),
        Column::stored("last_supervision", ColumnKind::Date, "seneste supervision", "last one"),
    ],
    key: &["person"],
    indexes: &[],
    made: Made::OfTables(Report { from: &[&cases::TABLE, &tracks::TABLE, &staff::TABLE], rows }),
};

#[derive(Default)]
struct Load {
    cases: BTreeSet<String>,
    hours: f64,
    /// Active tracks in each case.
    tracks: BTreeMap<String, usize>,
}

fn rows(gathered: &Gathered<'_>) -> Vec<Vec<Cell>> {
    let mut loads: BTreeMap<String, Load> = BTreeMap::new();
    for row in gathered.rows(&cases::TABLE) {
        if let (Some("open"), Some(case), Some(mentor)) =
            (row.text("state"), row.text("case"), row.text("mentor"))
        {
            loads.entry(mentor.to_owned()).or_default().cases.insert(case.to_owned());
        }
    }
    for row in gathered.rows(&tracks::TABLE) {
        let is_active = gathered.word(&row, "status").as_deref() == Some("active");
        if let (true, Some(case), Some(person)) = (is_active, row.text("case"), row.text("person"))
        {
            let load = loads.entry(person.to_owned()).or_default();
            load.cases.insert(case.to_owned());
            *load.tracks.entry(case.to_owned()).or_default() += 1;
            if let Cell::Real(hours) = gathered.cell(&row, "granted") {
                load.hours += hours;
            }
        }
    }
    let staff: Vec<Row<'_>> = gathered.rows(&staff::TABLE).collect();
    let known: BTreeMap<Option<&str>, &Row<'_>> =
        staff.iter().map(|row| (row.text("person"), row)).collect();
    let of = |person: &str| known.get(&Some(person)).copied();
    loads.iter().map(|(person, load)| row(person, load, of(person))).collect()
}

fn row(person: &str, load: &Load, known: Option<&Row<'_>>) -> Vec<Cell> {
    let of = |column| known.map_or(Cell::Null, |row| row.cell(column).clone());
    let capacity = match of("capacity") {
        Cell::Real(hours) => Some(hours),
        _ => None,
    };
    let dual = load.tracks.values().filter(|tracks| **tracks > 1).count();
    TABLE.row_with(&[
        ("person", text(person)),
        ("employment", of("employment")),
        ("administration", of("administration")),
        ("cases", count(load.cases.len())),
        ("granted_hours", Cell::Real(load.hours)),
        ("capacity", optional(capacity, Cell::Real)),
        ("room", optional(capacity, |hours| Cell::Real(hours - load.hours))),
        ("dual_roles", count(dual)),
        ("last_supervision", of("last_supervision")),
    ])
}
