//! What was held?

use spor_domain::view::Session;
use spor_store::{Cell, ColumnKind};

use super::{Folded, Index, Made, Table, no_rows};
use crate::column::{Column, count, optional, text, words};

/// One row per session.
pub static TABLE: Table = Table {
    name: "sessions",
    version: 2,
    da: "Hvad er der afholdt?",
    en: "What was held?",
    columns: &[
        Column::stored("case", ColumnKind::Text, "forløb", "case"),
        Column::stored("on", ColumnKind::Date, "dag", "the day"),
        Column::stored("minutes", ColumnKind::Integer, "minutter", "how long").in_unit("minutes"),
        Column::stored("by", ColumnKind::Text, "af hvem", "by whom"),
        Column::stored("form", ColumnKind::Text, "form", "one to one, group or outreach")
            .of_words(spor_domain::session::FORMS),
        Column::stored("track", ColumnKind::Text, "spor", "the track"),
        Column::stored("outside_hours", ColumnKind::Flag, "uden for 8-16", "before 8, after 16"),
        Column::stored("activities", ColumnKind::Text, "aktiviteter", "kinds of activity"),
        Column::stored("entry", ColumnKind::Text, "indførsel", "the entry, for corrections"),
        Column::stored("versions", ColumnKind::Integer, "udgaver", "1 + corrections"),
    ],
    key: &["case", "on", "entry"],
    indexes: &[
        Index { columns: &["on"], only_set: None },
        Index { columns: &["by"], only_set: None },
    ],
    made: Made::OfCase { rows, unknown: no_rows },
};

fn rows(folded: &Folded<'_>) -> Vec<Vec<Cell>> {
    let view = &folded.view;
    let row = |session: &Session| {
        let entry =
            session.id.as_ref().map_or_else(|| session.event.to_string(), ToString::to_string);
        TABLE.row_with(&[
            ("case", text(folded.case.as_str())),
            ("on", Cell::Date(session.on)),
            ("minutes", Cell::Integer(session.minutes)),
            ("by", text(session.by.as_str())),
            ("form", text(session.form.as_str())),
            ("track", optional(view.track_of(session), |track| text(track.as_str()))),
            ("outside_hours", optional(session.is_outside_hours(), Cell::Flag)),
            ("activities", words(&session.activities)),
            ("entry", Cell::Text(entry)),
            ("versions", count(session.versions)),
        ])
    };
    view.sessions.iter().map(row).collect()
}
