//! Where did practice leave the recommendations? (F4.1-14)

use std::collections::BTreeMap;

use spor_store::{Cell, ColumnKind};

use super::{Gathered, Report};
use crate::column::{Column, count, text};
use crate::tables::{Made, Table, cases};

/// One row per mark or overridden recommendation and administration.
pub static TABLE: Table = Table {
    name: "deviations",
    version: 1,
    da: "Hvor er praksis gået fra anbefalingerne?",
    en: "Where did practice leave the recommendations?",
    columns: &[
        Column::stored("what", ColumnKind::Text, "hvad", "the mark, or the code of the refusal"),
        Column::stored("kind", ColumnKind::Text, "art", "a mark, or overridden for a reason")
            .of_words(&["flag", "overridden"]),
        Column::stored("administration", ColumnKind::Text, "forvaltning", "which unit"),
        Column::stored("cases", ColumnKind::Integer, "forløb", "cases it stands in"),
        Column::stored("open", ColumnKind::Integer, "åbne forløb", "those still open"),
    ],
    key: &["what", "kind", "administration"],
    indexes: &[],
    made: Made::OfTables(Report { from: &[&cases::TABLE], rows }),
};

/// The kinds, and the columns of `cases` they are read from.
const KINDS: [(&str, &str); 2] = [("flag", "flags"), ("overridden", "overridden")];

fn rows(gathered: &Gathered<'_>) -> Vec<Vec<Cell>> {
    let mut found: BTreeMap<(String, &str, String), (usize, usize)> = BTreeMap::new();
    for row in gathered.rows(&cases::TABLE) {
        let unit = gathered.word(&row, "administration").unwrap_or_default();
        let is_open = row.text("state") == Some("open");
        for (kind, column) in KINDS {
            let words = gathered.word(&row, column).unwrap_or_default();
            for what in words.split(", ").filter(|what| !what.is_empty()) {
                let of = found.entry((what.to_owned(), kind, unit.clone())).or_default();
                of.0 += 1;
                of.1 += usize::from(is_open);
            }
        }
    }
    found
        .iter()
        .map(|((what, kind, unit), (cases, open))| {
            TABLE.row_with(&[
                ("what", text(what)),
                ("kind", text(*kind)),
                ("administration", text(unit)),
                ("cases", count(*cases)),
                ("open", count(*open)),
            ])
        })
        .collect()
}
