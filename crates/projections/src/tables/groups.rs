//! Who may meet, and who did?

use std::collections::BTreeMap;

use chrono::NaiveDate;
use spor_domain::progression::Suitability;
use spor_store::{Cell, ColumnKind};

use super::{Folded, Index, Made, Table, no_rows};
use crate::column::{Asking, Column, Row, count, date, optional, text};

/// One row per group that a young person took part in; one without a group when there is none.
pub static TABLE: Table = Table {
    name: "groups",
    version: 1,
    da: "Hvem kan mødes i en gruppe, og hvem har?",
    en: "Who may meet in a group, and who did?",
    columns: &[
        Column::stored("group", ColumnKind::Text, "gruppe", "the group; none before the first"),
        Column::stored(PURPOSE, ColumnKind::Text, "formål", "what the group is for")
            .computed(purpose),
        Column::stored("mentor", ColumnKind::Text, "mentor", "the case's mentor"),
        Column::stored("case", ColumnKind::Text, "forløb", "case"),
        Column::stored("eligible_from", ColumnKind::Date, "mulig fra", "three months after start"),
        Column::stored("assessment", ColumnKind::Text, "vurdering", "the newest assessment")
            .of_words(&["none", "suitable", "not_suitable"]),
        Column::stored("eligible", ColumnKind::Flag, "kan deltage", "may meet on the day asked")
            .computed(eligible),
        Column::stored("sessions", ColumnKind::Integer, "gange", "sessions taken part in"),
        Column::stored("last_session", ColumnKind::Date, "senest", "the last one"),
        Column::stored("policy_version", ColumnKind::Integer, "regelsæt", "the policy used"),
        Column::hidden("open", ColumnKind::Flag),
    ],
    key: &["case", "group"],
    indexes: &[Index { columns: &["policy_version"], only_set: None }],
    made: Made::OfCase { rows, unknown: no_rows },
};

/// The column that needs to know the groups themselves.
pub(crate) const PURPOSE: &str = "purpose";

fn rows(folded: &Folded<'_>) -> Vec<Vec<Cell>> {
    let view = &folded.view;
    let mut groups: BTreeMap<&str, (usize, NaiveDate)> = BTreeMap::new();
    for part in &view.participations {
        let (sessions, last) = groups.entry(part.group.as_str()).or_insert((0, part.on));
        (*sessions, *last) = (*sessions + 1, (*last).max(part.on));
    }
    let assessment = match view.suitability() {
        None => "none",
        Some(Suitability::Suitable) => "suitable",
        Some(Suitability::NotSuitable) => "not_suitable",
    };
    let row = |group: Option<&str>, sessions: usize, last: Option<NaiveDate>| {
        TABLE.row_with(&[
            ("group", optional(group, text)),
            ("mentor", optional(view.mentor.as_ref(), |person| text(person.as_str()))),
            ("case", text(folded.case.as_str())),
            ("eligible_from", date(view.group_from(folded.policy))),
            ("assessment", text(assessment)),
            ("sessions", count(sessions)),
            ("last_session", date(last)),
            ("policy_version", Cell::Integer(folded.policy_version)),
            ("open", Cell::Flag(view.is_open())),
        ])
    };
    if groups.is_empty() {
        return view.episode().map(|_| row(None, 0, None)).into_iter().collect();
    }
    groups.into_iter().map(|(group, (times, last))| row(Some(group), times, Some(last))).collect()
}

fn eligible(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    let has_come = row.date("eligible_from").is_some_and(|from| from <= asking.day);
    Cell::Flag(row.flag("open") && has_come && row.text("assessment") == Some("suitable"))
}

fn purpose(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    let known = row.text("group").zip(asking.purposes);
    optional(known.and_then(|(group, purposes)| purposes.get(group)), text)
}
