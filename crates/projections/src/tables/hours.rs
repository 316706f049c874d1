//! Are hours kept?

use std::collections::BTreeMap;

use spor_domain::calendar::IsoWeek;
use spor_domain::ids::TrackId;
use spor_domain::view::decimal_hours;
use spor_store::{Cell, ColumnKind};

use super::{Folded, Index, Made, Table, no_rows};
use crate::column::{Column, optional, text};

/// One row per track and week in which hours were given.
pub static TABLE: Table = Table {
    name: "hours",
    version: 1,
    da: "Holdes timerne?",
    en: "Are hours kept?",
    columns: &[
        Column::stored("case", ColumnKind::Text, "forløb", "case"),
        Column::stored("track", ColumnKind::Text, "spor", "the track"),
        Column::stored("basis", ColumnKind::Text, "grundlag", "its law"),
        Column::stored("budget", ColumnKind::Text, "konto", "who pays"),
        Column::stored("week", ColumnKind::Text, "uge", "the ISO week"),
        Column::stored("monday", ColumnKind::Date, "mandag", "its first day"),
        Column::stored("hours", ColumnKind::Real, "timer", "hours given").in_unit("hours"),
        Column::stored("granted", ColumnKind::Real, "bevilget", "hours granted that week")
            .in_unit("hours"),
        Column::stored(
            "outside",
            ColumnKind::Real,
            "uden for 8-16",
            "hours begun before 8, after 16 or in a weekend",
        )
        .in_unit("hours"),
    ],
    key: &["case", "track", "monday"],
    indexes: &[Index { columns: &["monday"], only_set: None }],
    made: Made::OfCase { rows, unknown: no_rows },
};

fn rows(folded: &Folded<'_>) -> Vec<Vec<Cell>> {
    let view = &folded.view;
    let mut given: BTreeMap<(&TrackId, IsoWeek), (i64, i64)> = BTreeMap::new();
    for session in &view.sessions {
        if let Some(track) = view.track_of(session) {
            let week = given.entry((track, IsoWeek::of(session.on))).or_default();
            week.0 += session.minutes;
            week.1 += session.is_outside_hours().map_or(0, |is| i64::from(is) * session.minutes);
        }
    }
    let row = |((id, week), (minutes, outside)): ((&TrackId, IsoWeek), (i64, i64))| {
        let track = view.track(id)?;
        Some(TABLE.row_with(&[
            ("case", text(folded.case.as_str())),
            ("track", text(id.as_str())),
            ("basis", text(track.basis.as_str())),
            ("budget", optional(track.budget.as_ref(), text)),
            ("week", text(week.to_string())),
            ("monday", Cell::Date(week.monday())),
            ("hours", Cell::Real(decimal_hours(minutes))),
            ("granted", Cell::Real(track.weekly_hours_on(week.sunday()).as_decimal())),
            ("outside", Cell::Real(decimal_hours(outside))),
        ]))
    };
    given.into_iter().filter_map(row).collect()
}
