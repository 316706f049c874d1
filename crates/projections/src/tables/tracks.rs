//! Which law, whose money?

use std::collections::BTreeMap;

use chrono::NaiveDate;
use spor_domain::calendar::IsoWeek;
use spor_domain::view::{Track, TrackHours, View};
use spor_store::{Cell, ColumnKind, Filter, Op};

use super::{Folded, Index, Made, Table, no_rows, track_cell};
use crate::column::{Asking, Column, Narrow, Row, date, optional, text};

/// One row per track of a case.
pub static TABLE: Table = Table {
    name: "tracks",
    version: 1,
    da: "Hvilken lov, og hvem betaler?",
    en: "Which law, whose money?",
    columns: &[
        Column::stored("case", ColumnKind::Text, "forløb", "case"),
        Column::stored("track", ColumnKind::Text, "spor", "the track within the case"),
        Column::stored("basis", ColumnKind::Text, "grundlag", "the law")
            .of_words(spor_domain::support::BASES),
        Column::stored("budget", ColumnKind::Text, "budget", "who pays"),
        Column::stored("person", ColumnKind::Text, "person", "who gives the support"),
        Column::stored("from", ColumnKind::Date, "fra", "first day"),
        Column::stored("until", ColumnKind::Date, "til", "last day set"),
        Column::stored("ended_on", ColumnKind::Date, "ophørt", "last day, once ended"),
        Column::stored("granted", ColumnKind::Real, "bevilget", "hours granted")
            .in_unit("hours a week")
            .computed(granted),
        Column::stored("avg_4w", ColumnKind::Real, "snit, 4 uger", "average of 4 whole weeks")
            .in_unit("hours a week")
            .computed(average),
        Column::stored("hours_status", ColumnKind::Text, "timer holdt", "average against grant")
            .of_words(&["ok", "low", "high"])
            .computed(hours_status),
        Column::stored("status", ColumnKind::Text, "status", "whether it runs")
            .of_words(&["planned", "active", "expired", "ended"])
            .narrowed(status, Narrow::Word(with_status)),
        Column::hidden("weeks", ColumnKind::Text),
    ],
    key: &["case", "track", "from"],
    indexes: &[Index { columns: &["until"], only_set: Some("until") }],
    made: Made::OfCase { rows, unknown: no_rows },
};

fn rows(folded: &Folded<'_>) -> Vec<Vec<Cell>> {
    let view = &folded.view;
    let row = |track: &Track| {
        TABLE.row_with(&[
            ("case", text(folded.case.as_str())),
            ("track", text(track.id.as_str())),
            ("basis", text(track.basis.as_str())),
            ("budget", optional(track.budget.as_ref(), text)),
            ("person", optional(track.person.as_ref(), |person| text(person.as_str()))),
            ("from", Cell::Date(track.from)),
            ("until", date(track.until())),
            ("ended_on", date(track.ended_on)),
            ("weeks", track_cell::write([track].into_iter(), |track| week_minutes(view, track))),
        ])
    };
    view.tracks.iter().map(row).collect()
}

fn week_minutes(view: &View, track: &Track) -> BTreeMap<NaiveDate, i64> {
    let mut minutes = BTreeMap::new();
    for session in view.sessions.iter().filter(|held| view.track_of(held) == Some(&track.id)) {
        *minutes.entry(IsoWeek::of(session.on).monday()).or_default() += session.minutes;
    }
    minutes
}

/// The track of a row, as the domain knows it.
pub(crate) fn track_of(row: &Row<'_>, day: NaiveDate) -> Option<Track> {
    track_cell::view_on(day, row.text("weeks")).tracks.pop()
}

fn granted(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    optional(track_of(row, asking.day), |track| {
        Cell::Real(track.weekly_hours_on(asking.day).as_decimal())
    })
}

fn hours(row: &Row<'_>, asking: &Asking<'_>) -> Option<TrackHours> {
    let view = track_cell::view_on(asking.day, row.text("weeks"));
    view.track_hours(asking.policy).pop()
}

fn average(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    optional(hours(row, asking), |hours| Cell::Real(hours.average.as_decimal()))
}

fn hours_status(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    optional(hours(row, asking), |hours| text(hours.status.as_str()))
}

fn status(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    let day = asking.day;
    text(if row.date("ended_on").is_some_and(|end| end < day) {
        "ended"
    } else if row.date("from").is_some_and(|from| day < from) {
        "planned"
    } else if row.date("until").is_some_and(|until| until < day) {
        "expired"
    } else {
        "active"
    })
}

fn with_status(word: Option<&str>, asking: &Asking<'_>) -> Option<Filter> {
    let is = |column: &str, op| Filter::Is(column.to_owned(), op, Cell::Date(asking.day));
    Some(match word? {
        "ended" => is("ended_on", Op::Less),
        "planned" => is("from", Op::Greater),
        "expired" => is("until", Op::Less),
        "active" => is("from", Op::LessOrEqual),
        _ => Filter::Or(Vec::new()),
    })
}
