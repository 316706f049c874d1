//! Did each interval of six weeks hold?
//!
//! One row per follow-up held, counting or not, and one per interval that nobody has closed yet or
//! that ended with the case.

use chrono::NaiveDate;
use spor_domain::follow_up::Participant;
use spor_domain::rules::{self, Deadline, How};
use spor_domain::view::{Episode, FollowUp};
use spor_store::{Cell, ColumnKind, Filter, Op};

use super::{Folded, Index, Made, Table, no_rows};
use crate::column::{Asking, Column, Narrow, Row, count, date, optional, text, words};

/// One row per follow-up and per interval without one.
pub static TABLE: Table = Table {
    name: "follow_ups",
    version: 1,
    da: "Holdt hvert interval?",
    en: "Did each interval hold?",
    columns: &[
        Column::stored("case", ColumnKind::Text, "forløb", "case"),
        Column::stored("unit", ColumnKind::Text, "enhed", "the responsible administration"),
        Column::stored("episode", ColumnKind::Integer, "periode", "which run of the case"),
        Column::stored("due", ColumnKind::Date, "senest", "the last day in time"),
        Column::stored("held", ColumnKind::Date, "afholdt", "the day it was held"),
        Column::stored("on_time", ColumnKind::Flag, "til tiden", "held in time; empty while open")
            .computed(on_time),
        Column::stored("days_late", ColumnKind::Integer, "dage for sent", "days after due")
            .in_unit("days")
            .narrowed(days_late, Narrow::Number(with_days_late)),
        Column::stored("counted", ColumnKind::Flag, "tæller", "with the required parties"),
        Column::stored("missing", ColumnKind::Text, "manglede", "the required parties not there"),
        Column::stored("explained", ColumnKind::Flag, "forklaret", "a delay was explained"),
        Column::stored("ended_on", ColumnKind::Date, "bortfaldet", "the case ended first"),
        Column::stored("event", ColumnKind::Text, "hændelse", "the follow-up, else the anchor"),
        Column::stored("policy_version", ColumnKind::Integer, "regelsæt", "the policy used"),
    ],
    key: &["case", "due", "held", "event"],
    indexes: &[
        Index { columns: &["due"], only_set: None },
        Index { columns: &["policy_version"], only_set: None },
    ],
    made: Made::OfCase { rows, unknown: no_rows },
};

fn rows(folded: &Folded<'_>) -> Vec<Vec<Cell>> {
    let deadlines = (rules::follow_up::RULE.deadlines)(&folded.view, folded.policy);
    let mut rows = Vec::new();
    for episode in &folded.view.episodes {
        let intervals: Vec<&Deadline> =
            deadlines.iter().filter(|interval| is_of(episode, interval)).collect();
        let held = episode.follow_ups.iter().filter_map(|held| {
            Some(held_row(folded, episode, held, interval_of(&intervals, held)?))
        });
        rows.extend(held);
        let empty = intervals
            .iter()
            .filter(|interval| interval.settled.is_none_or(|settled| settled.how == How::Ended));
        rows.extend(empty.map(|interval| empty_row(folded, episode, interval)));
    }
    rows
}

/// An interval belongs to the episode whose opening or follow-up it is reckoned from.
fn is_of(episode: &Episode, interval: &Deadline) -> bool {
    interval.cycle == episode.opened_by
        || episode.follow_ups.iter().any(|held| held.by == interval.cycle)
}

/// The interval that a follow-up closes, else the one it lies in.
fn interval_of<'a>(intervals: &[&'a Deadline], held: &FollowUp) -> Option<&'a Deadline> {
    let closed = intervals
        .iter()
        .find(|interval| interval.settled.is_some_and(|settled| settled.by == held.by));
    let open = || intervals.iter().rfind(|interval| interval.opens_on <= held.on);
    closed.or_else(open).copied()
}

fn held_row(
    folded: &Folded<'_>,
    episode: &Episode,
    held: &FollowUp,
    interval: &Deadline,
) -> Vec<Cell> {
    let missing = folded.view.missing_at(held);
    let missing: Vec<&str> = missing.into_iter().map(Participant::as_str).collect();
    let mut row = interval_cells(folded, episode, interval, Some(held.on));
    row.extend([
        ("held", Cell::Date(held.on)),
        ("counted", Cell::Flag(missing.is_empty())),
        ("missing", words(&missing)),
        ("event", text(held.by.to_string())),
    ]);
    TABLE.row_with(&row)
}

fn empty_row(folded: &Folded<'_>, episode: &Episode, interval: &Deadline) -> Vec<Cell> {
    let ended_on = interval.settled.map(|settled| settled.on);
    let mut row = interval_cells(folded, episode, interval, ended_on);
    row.extend([("ended_on", date(ended_on)), ("event", text(interval.cycle.to_string()))]);
    TABLE.row_with(&row)
}

fn interval_cells(
    folded: &Folded<'_>,
    episode: &Episode,
    interval: &Deadline,
    until: Option<NaiveDate>,
) -> Vec<(&'static str, Cell)> {
    let explained = episode
        .delays
        .iter()
        .any(|delay| delay.on >= interval.opens_on && until.is_none_or(|until| delay.on <= until));
    vec![
        ("case", text(folded.case.as_str())),
        ("unit", optional(folded.view.administration, |where_| text(where_.as_str()))),
        ("episode", count(episode.number)),
        ("due", Cell::Date(interval.due)),
        ("explained", Cell::Flag(explained)),
        ("policy_version", Cell::Integer(folded.policy_version)),
    ]
}

fn late(row: &Row<'_>, day: NaiveDate) -> Option<i64> {
    let until = row.date("held").or(row.date("ended_on")).unwrap_or(day);
    Some(until.signed_duration_since(row.date("due")?).num_days().max(0))
}

fn on_time(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    match (row.date("held"), late(row, asking.day)) {
        (_, None) | (None, Some(0)) => Cell::Null,
        (Some(_), Some(0)) => Cell::Flag(true),
        (_, Some(_)) => Cell::Flag(false),
    }
}

fn days_late(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    optional(late(row, asking.day), Cell::Integer)
}

/// What is late on the day was due before it.
fn with_days_late(op: Op, days: i64, asking: &Asking<'_>) -> Option<Filter> {
    let is_late = match op {
        Op::Greater => days >= 0,
        Op::GreaterOrEqual | Op::Equal => days > 0,
        Op::NotEqual | Op::Less | Op::LessOrEqual => false,
    };
    let past = Filter::Is("due".to_owned(), Op::Less, Cell::Date(asking.day));
    let held = Filter::IsNull("held".to_owned(), false);
    is_late.then(|| Filter::Or(vec![past, held]))
}
