//! Are all cases reviewed? (F4.6-7, F4.6-8, F4.6-10)

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use spor_domain::programme;
use spor_store::{Cell, ColumnKind};

use super::{Gathered, Report};
use crate::column::{Column, Row, count, date, text};
use crate::tables::{Made, Table, cases, methods};

/// One row per unit, about the review round of the day asked about.
pub static TABLE: Table = Table {
    name: "method_review",
    version: 1,
    da: "Er alle forløb gennemgået?",
    en: "Are all cases reviewed?",
    columns: &[
        Column::stored("round", ColumnKind::Text, "runde", "opened last; else the half-year"),
        Column::stored("since", ColumnKind::Date, "fra", "its first day"),
        Column::stored("unit", ColumnKind::Text, "enhed", "the responsible administration"),
        Column::stored("cases", ColumnKind::Integer, "forløb", "open cases"),
        Column::stored("reviewed", ColumnKind::Integer, "gennemgået", "reviewed in the round"),
        Column::stored("left", ColumnKind::Integer, "mangler", "not yet reviewed in it"),
        Column::stored("without_method", ColumnKind::Integer, "uden metode", "nothing chosen"),
        Column::stored("values", ColumnKind::Text, "værdi", "how methods were judged, counted"),
    ],
    key: &["unit"],
    indexes: &[],
    made: Made::OfTables(Report { from: &[&cases::TABLE, &methods::TABLE], rows }),
};

#[derive(Default)]
struct Unit {
    cases: usize,
    reviewed: usize,
    without_method: usize,
    values: BTreeMap<String, usize>,
}

fn rows(gathered: &Gathered<'_>) -> Vec<Vec<Cell>> {
    let (round, since) = round(gathered);
    let methods: Vec<Row<'_>> = gathered.rows(&methods::TABLE).collect();
    let mut by_case: BTreeMap<&str, Vec<&Row<'_>>> = BTreeMap::new();
    for row in &methods {
        by_case.entry(row.text("case").unwrap_or_default()).or_default().push(row);
    }
    let mut units: BTreeMap<String, Unit> = BTreeMap::new();
    for row in gathered.rows(&cases::TABLE) {
        let unit = units.entry(gathered.word(&row, "administration").unwrap_or_default());
        let unit = unit.or_default();
        let episodes = by_case.get(row.text("case").unwrap_or_default());
        let newest = episodes.and_then(|rows| rows.iter().max_by_key(|row| row.integer("episode")));
        for judged in episodes.into_iter().flatten().filter_map(|row| row.text("value")) {
            *unit.values.entry(judged.to_owned()).or_default() += 1;
        }
        if row.text("state") == Some("open") {
            let of = |column: &str| newest.and_then(|row| row.date(column));
            unit.cases += 1;
            unit.reviewed += usize::from(of("last_review").is_some_and(|on| on >= since));
            unit.without_method += usize::from(of("chosen_on").is_none());
        }
    }
    units.iter().map(|(name, unit)| row_of((&round, since), name, unit)).collect()
}

fn row_of((round, since): (&str, NaiveDate), name: &str, unit: &Unit) -> Vec<Cell> {
    let values: Vec<String> = unit.values.iter().map(|(value, n)| format!("{value} {n}")).collect();
    TABLE.row_with(&[
        ("round", text(round)),
        ("since", date(Some(since))),
        ("unit", text(name)),
        ("cases", count(unit.cases)),
        ("reviewed", count(unit.reviewed)),
        ("left", count(unit.cases - unit.reviewed)),
        ("without_method", count(unit.without_method)),
        ("values", crate::column::words(&values)),
    ])
}

/// The round opened last; a municipality without rounds goes by half-years.
fn round(gathered: &Gathered<'_>) -> (String, NaiveDate) {
    let day = gathered.asking.day;
    programme::last_round(&gathered.programme, day).unwrap_or_else(|| {
        let half = day.month0() / 6;
        let since = NaiveDate::from_ymd_opt(day.year(), half * 6 + 1, 1).unwrap_or(day);
        (format!("{}-H{}", day.year(), half + 1), since)
    })
}
