//! What was spent where? (C2-18)

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use spor_domain::calendar;
use spor_domain::view::decimal_hours;
use spor_store::{Cell, ColumnKind};

use super::{Gathered, Report};
use crate::column::{Column, Row, count, text};
use crate::tables::{Made, Table, sessions, tracks};

/// One row per budget, law and month.
pub static TABLE: Table = Table {
    name: "budgets",
    version: 1,
    da: "Hvad blev brugt hvor?",
    en: "What was spent where?",
    columns: &[
        Column::stored("budget", ColumnKind::Text, "konto", "who pays"),
        Column::stored("basis", ColumnKind::Text, "grundlag", "the law")
            .of_words(spor_domain::support::BASES),
        Column::stored("month", ColumnKind::Text, "måned", "the calendar month"),
        Column::stored("hours", ColumnKind::Real, "timer", "hours given").in_unit("hours"),
        Column::stored(
            "granted",
            ColumnKind::Real,
            "bevilget",
            "granted hours of the month: a seventh of the week's for each day of a track",
        )
        .in_unit("hours"),
        Column::stored("cases", ColumnKind::Integer, "forløb", "cases with a track that month"),
    ],
    key: &["budget", "basis", "month"],
    indexes: &[],
    made: Made::OfTables(Report { from: &[&tracks::TABLE, &sessions::TABLE], rows }),
};

#[derive(Default)]
struct Spent {
    minutes: i64,
    /// Hundredths of an hour, times seven.
    granted: i64,
    cases: BTreeSet<String>,
}

/// Budget, law, first day of the month.
type Key = (String, String, NaiveDate);

fn rows(gathered: &Gathered<'_>) -> Vec<Vec<Cell>> {
    let mut spent: BTreeMap<Key, Spent> = BTreeMap::new();
    let mut paid_by: BTreeMap<(String, String), (String, String)> = BTreeMap::new();
    for row in gathered.rows(&tracks::TABLE) {
        let word = |column| row.text(column).unwrap_or_default().to_owned();
        let pays = (word("budget"), word("basis"));
        paid_by.insert((word("case"), word("track")), pays.clone());
        for (month, granted) in granted_by_month(&row, gathered.asking.day) {
            let of = spent.entry((pays.0.clone(), pays.1.clone(), month)).or_default();
            of.granted += granted;
            of.cases.insert(word("case"));
        }
    }
    for row in gathered.rows(&sessions::TABLE) {
        let word = |column| row.text(column).unwrap_or_default().to_owned();
        let pays = paid_by.get(&(word("case"), word("track")));
        if let (Some((budget, basis)), Some(on), Some(minutes)) =
            (pays, row.date("on"), row.integer("minutes"))
        {
            let month = calendar::first_of_month(on);
            let of = spent.entry((budget.clone(), basis.clone(), month)).or_default();
            of.minutes += minutes;
            of.cases.insert(word("case"));
        }
    }
    spent.iter().map(|(key, spent)| row_of(key, spent)).collect()
}

/// What a track grants in each month up to the day, in hundredths of an hour times seven.
fn granted_by_month(row: &Row<'_>, day: NaiveDate) -> BTreeMap<NaiveDate, i64> {
    let mut granted = BTreeMap::new();
    let last = [row.date("ended_on"), row.date("until"), Some(day)].into_iter().flatten().min();
    let (Some(from), Some(last)) = (row.date("from"), last) else {
        return granted;
    };
    let Some(track) = tracks::track_of(row, day) else {
        return granted;
    };
    for on in from.iter_days().take_while(|on| *on <= last) {
        let month = granted.entry(calendar::first_of_month(on)).or_default();
        *month += track.weekly_hours_on(on).hundredths;
    }
    granted
}

fn row_of((budget, basis, month): &Key, spent: &Spent) -> Vec<Cell> {
    let granted = i32::try_from(spent.granted / 7).unwrap_or(i32::MAX);
    TABLE.row_with(&[
        ("budget", text(budget)),
        ("basis", text(basis)),
        ("month", text(month.format("%Y-%m").to_string())),
        ("hours", Cell::Real(decimal_hours(spent.minutes))),
        ("granted", Cell::Real(f64::from(granted) / 100.0)),
        ("cases", count(spent.cases.len())),
    ])
}
