//! Who waits?

use spor_domain::opening::Administration;
use spor_store::{Cell, ColumnKind};

use super::{Folded, Made, Table, no_rows};
use crate::column::{Asking, Column, Row, date, optional, text};

/// One row per case that was ever referred.
pub static TABLE: Table = Table {
    name: "waiting_list",
    version: 1,
    da: "Hvem venter?",
    en: "Who waits?",
    columns: &[
        Column::stored("case", ColumnKind::Text, "forløb", "case"),
        Column::stored("administration", ColumnKind::Text, "forvaltning", "who referred it"),
        Column::stored("referred_on", ColumnKind::Date, "henvist", "when it was referred"),
        Column::stored("since", ColumnKind::Date, "venter siden", "waiting since"),
        Column::stored("days", ColumnKind::Integer, "dage", "days waited, up to the opening")
            .in_unit("days")
            .computed(days),
        Column::stored(
            "group_wish",
            ColumnKind::Flag,
            "ønsker gruppe",
            "a group would be wished for",
        ),
        Column::stored("opened_on", ColumnKind::Date, "åbnet", "when the case began"),
    ],
    key: &["case"],
    indexes: &[],
    made: Made::OfCase { rows, unknown: no_rows },
};

fn rows(folded: &Folded<'_>) -> Vec<Vec<Cell>> {
    let Some(referral) = &folded.view.referral else {
        return Vec::new();
    };
    let word = |administration: Administration| text(administration.as_str());
    vec![TABLE.row_with(&[
        ("case", text(folded.case.as_str())),
        ("administration", optional(folded.view.administration, word)),
        ("referred_on", Cell::Date(referral.referred.on)),
        ("since", date(referral.waits.map(|waits| waits.on))),
        ("group_wish", Cell::Flag(referral.group_wish)),
        ("opened_on", date(folded.view.episodes.first().map(|first| first.start))),
    ])]
}

fn days(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    let until = row.date("opened_on").map_or(asking.day, |opened| opened.min(asking.day));
    let waited = |since| Cell::Integer(until.signed_duration_since(since).num_days().max(0));
    optional(row.date("since"), waited)
}
