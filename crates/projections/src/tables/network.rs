//! Who stands around the young person?

use spor_domain::consent::PARENT_UPDATES;
use spor_domain::view::Consent;
use spor_store::{Cell, ColumnKind};

use super::{Folded, Made, Table, no_rows};
use crate::column::{Asking, Column, Row, count, date, optional, text};

/// One row per case in which somebody asked.
pub static TABLE: Table = Table {
    name: "network",
    version: 1,
    da: "Hvem står omkring den unge?",
    en: "Who stands around the young person?",
    columns: &[
        Column::stored("case", ColumnKind::Text, "forløb", "case"),
        Column::stored(
            "mapped_on",
            ColumnKind::Date,
            "kortlagt",
            "when the network was last mapped",
        ),
        Column::stored("persons", ColumnKind::Integer, "personer", "persons on that map"),
        Column::stored("maps", ColumnKind::Integer, "kort", "how often it was mapped"),
        Column::stored(
            "agreed_on",
            ColumnKind::Date,
            "aftalt",
            "when the family's part was last agreed",
        ),
        Column::stored(
            "extent",
            ColumnKind::Text,
            "omfang",
            "none, limited, or nothing for words of their own",
        ),
        Column::stored(
            "update_days",
            ColumnKind::Integer,
            "dage mellem opdateringer",
            "days between updates to parents",
        )
        .in_unit("days"),
        Column::stored("consent", ColumnKind::Text, "samtykke", "whether parents may be told")
            .of_words(&["given", "withdrawn"])
            .computed(consent),
        Column::stored(
            "last_update",
            ColumnKind::Date,
            "sidste opdatering",
            "when parents were last told",
        ),
        Column::hidden("consent_given", ColumnKind::Flag),
        Column::hidden("consent_until", ColumnKind::Date),
    ],
    key: &["case"],
    indexes: &[],
    made: Made::OfCase { rows, unknown: no_rows },
};

fn rows(folded: &Folded<'_>) -> Vec<Vec<Cell>> {
    let family = &folded.view.family;
    let of_updates = |consent: &&Consent| consent.scope.as_deref() == Some(PARENT_UPDATES);
    let consent = family.consents.iter().rev().find(of_updates);
    let (map, agreement) = (family.maps.last(), family.agreements.last());
    if map.is_none() && agreement.is_none() && consent.is_none() {
        return Vec::new();
    }
    let days =
        agreement.map(|agreed| agreed.update_days.unwrap_or(folded.policy.parent_update_days));
    vec![TABLE.row_with(&[
        ("case", text(folded.case.as_str())),
        ("mapped_on", date(map.map(|map| map.done.on))),
        ("persons", optional(map, |map| Cell::Integer(map.persons))),
        ("maps", count(family.maps.len())),
        ("agreed_on", date(agreement.map(|agreed| agreed.done.on))),
        ("extent", optional(agreement.and_then(|agreed| agreed.extent.as_ref()), text)),
        ("update_days", optional(days, count)),
        ("last_update", date(family.updates.last().map(|update| update.on))),
        ("consent_given", optional(consent, |consent| Cell::Flag(consent.is_given))),
        ("consent_until", date(consent.and_then(|consent| consent.until))),
    ])]
}

/// A consent with a last day is none after it.
fn consent(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    let is_over = row.date("consent_until").is_some_and(|until| until < asking.day);
    match row.cell("consent_given") {
        Cell::Flag(true) if !is_over => text("given"),
        Cell::Flag(_) => text("withdrawn"),
        _ => Cell::Null,
    }
}
