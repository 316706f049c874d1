//! Who gave ten hours? (F4.2-17)

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use spor_domain::calendar;
use spor_domain::view::decimal_hours;
use spor_store::{Cell, ColumnKind};

use super::{Gathered, Report};
use crate::column::{Column, count, date, text};
use crate::tables::{Made, Table, sessions, staff};

/// One row per volunteer and month, from the first whole month in the directory on.
pub static TABLE: Table = Table {
    name: "volunteer_corps",
    version: 1,
    da: "Hvem gav ti timer?",
    en: "Who gave ten hours?",
    columns: &[
        Column::stored("person", ColumnKind::Text, "frivillig", "the volunteer's reference"),
        Column::stored("month", ColumnKind::Text, "måned", "the calendar month"),
        Column::stored("hours", ColumnKind::Real, "timer", "with all mentees together")
            .in_unit("hours"),
        Column::stored("mentees", ColumnKind::Integer, "unge", "cases met that month"),
        Column::stored("pledged_on", ColumnKind::Date, "tavshedsløfte", "pledge signed"),
        Column::stored("status", ColumnKind::Text, "status", "against the agreed hours")
            .of_words(&["ok", "below_minimum", "running"]),
    ],
    key: &["person", "month"],
    indexes: &[],
    made: Made::OfTables(Report { from: &[&sessions::TABLE, &staff::TABLE], rows }),
};

/// Minutes and cases of one month.
type Month<'a> = (i64, BTreeSet<&'a str>);

fn rows(gathered: &Gathered<'_>) -> Vec<Vec<Cell>> {
    let mut given: BTreeMap<(String, NaiveDate), Month<'_>> = BTreeMap::new();
    let held: Vec<_> = gathered.rows(&sessions::TABLE).collect();
    for row in &held {
        if let (Some(by), Some(on), Some(minutes)) =
            (row.text("by"), row.date("on"), row.integer("minutes"))
        {
            let month = given.entry((by.to_owned(), calendar::first_of_month(on))).or_default();
            month.0 += minutes;
            month.1.extend(row.text("case"));
        }
    }
    let this_month = calendar::first_of_month(gathered.asking.day);
    let mut rows = Vec::new();
    for row in gathered.rows(&staff::TABLE) {
        let is_volunteer = row.text("employment") == Some("volunteer")
            || row.text("roles").is_some_and(|roles| roles.split(", ").any(|r| r == "volunteer"));
        let (Some(person), Some(since)) = (row.text("person"), row.date("registered_on")) else {
            continue;
        };
        let mut month = calendar::first_of_month(since);
        let last = row.date("left_on").map_or(this_month, |left| left.min(this_month));
        while is_volunteer && month <= last {
            let whole = month >= since;
            let of = given.get(&(person.to_owned(), month));
            if whole || of.is_some() {
                rows.push(month_row(gathered, (person, row.date("pledged_on")), month, of));
            }
            month = calendar::months_after(month, 1);
        }
    }
    rows
}

fn month_row(
    gathered: &Gathered<'_>,
    (person, pledged_on): (&str, Option<NaiveDate>),
    month: NaiveDate,
    given: Option<&Month<'_>>,
) -> Vec<Cell> {
    let (minutes, mentees) = given.map_or((0, 0), |(minutes, cases)| (*minutes, cases.len()));
    let agreed = 60 * i64::from(gathered.asking.policy.volunteer_min_hours_month);
    let is_over = calendar::months_after(month, 1) <= gathered.asking.day;
    let status = match (minutes >= agreed, is_over) {
        (true, _) => "ok",
        (false, true) => "below_minimum",
        (false, false) => "running",
    };
    TABLE.row_with(&[
        ("person", text(person)),
        ("month", text(month.format("%Y-%m").to_string())),
        ("hours", Cell::Real(decimal_hours(minutes))),
        ("mentees", count(mentees)),
        ("pledged_on", date(pledged_on)),
        ("status", text(status)),
    ])
}
