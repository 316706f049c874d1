//! Do we keep six weeks? (F4.1-4, F4.1-14)

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use spor_store::{Cell, ColumnKind};

use super::{Gathered, Report, median};
use crate::column::{Column, Row, count, optional, text};
use crate::tables::{Made, Table, follow_ups};

/// One row per unit and quarter in which a follow-up was due.
pub static TABLE: Table = Table {
    name: "follow_up_compliance",
    version: 1,
    da: "Holder vi de seks uger?",
    en: "Do we keep six weeks?",
    columns: &[
        Column::stored("unit", ColumnKind::Text, "enhed", "the responsible administration"),
        Column::stored(
            "quarter",
            ColumnKind::Text,
            "kvartal",
            "the quarter of the last day in time",
        ),
        Column::stored("due", ColumnKind::Integer, "forfaldne", "follow-ups that were due"),
        Column::stored("on_time", ColumnKind::Integer, "til tiden", "held in time"),
        Column::stored("late", ColumnKind::Integer, "for sent", "held late or not yet held"),
        Column::stored("on_time_pct", ColumnKind::Real, "andel til tiden", "share held in time")
            .in_unit("percent"),
        Column::stored("median_days_late", ColumnKind::Integer, "median", "of the late ones")
            .in_unit("days"),
        Column::stored(
            "missed_twice",
            ColumnKind::Integer,
            "sprunget over to gange",
            "late by a whole interval more",
        ),
        Column::stored("explained", ColumnKind::Integer, "forklaret", "late with an explanation"),
    ],
    key: &["unit", "quarter"],
    indexes: &[],
    made: Made::OfTables(Report { from: &[&follow_ups::TABLE], rows }),
};

#[derive(Default)]
struct Kept {
    on_time: usize,
    late: Vec<i64>,
    missed_twice: usize,
    explained: usize,
}

fn rows(gathered: &Gathered<'_>) -> Vec<Vec<Cell>> {
    let mut kept: BTreeMap<(String, String), Kept> = BTreeMap::new();
    let interval = i64::from(gathered.asking.policy.follow_up_interval_days);
    for row in gathered.rows(&follow_ups::TABLE) {
        let Some((due, days_late)) = judged(&row, gathered.asking.day) else {
            continue;
        };
        let unit = row.text("unit").unwrap_or_default().to_owned();
        let of = kept.entry((unit, quarter(due))).or_default();
        if days_late == 0 {
            of.on_time += 1;
        } else {
            of.late.push(days_late);
            of.missed_twice += usize::from(days_late > interval);
            of.explained += usize::from(row.flag("explained"));
        }
    }
    kept.into_iter().map(|((unit, quarter), kept)| row_of(&unit, &quarter, kept)).collect()
}

/// When an interval ran out and how late it was met; none when it is not yet over, and for a
/// follow-up that did not count, whose interval has a row of its own.
fn judged(row: &Row<'_>, day: NaiveDate) -> Option<(NaiveDate, i64)> {
    let due = row.date("due")?;
    let (until, is_met) = match row.date("held") {
        Some(held) => (held, row.flag("counted")),
        None => (row.date("ended_on").unwrap_or(day), false),
    };
    let late = until.signed_duration_since(due).num_days().max(0);
    let is_over = is_met || (row.date("held").is_none() && late > 0);
    is_over.then_some((due, late))
}

fn row_of(unit: &str, quarter: &str, kept: Kept) -> Vec<Cell> {
    let (on_time, late) = (kept.on_time, kept.late.len());
    let share = |part: usize, all: usize| {
        let (part, all) = (u32::try_from(part).ok()?, u32::try_from(all).ok()?);
        Some((f64::from(part) * 1000.0 / f64::from(all)).round() / 10.0)
    };
    TABLE.row_with(&[
        ("unit", text(unit)),
        ("quarter", text(quarter)),
        ("due", count(on_time + late)),
        ("on_time", count(on_time)),
        ("late", count(late)),
        ("on_time_pct", optional(share(on_time, on_time + late), Cell::Real)),
        ("median_days_late", optional(median(kept.late), Cell::Integer)),
        ("missed_twice", count(kept.missed_twice)),
        ("explained", count(kept.explained)),
    ])
}

fn quarter(day: NaiveDate) -> String {
    format!("{}-Q{}", day.year(), day.month0() / 3 + 1)
}
