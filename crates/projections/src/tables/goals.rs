//! Where is it going?

use std::cmp::Ordering;

use spor_domain::view::Goal;
use spor_store::{Cell, ColumnKind};

use super::{Folded, Made, Table, no_rows};
use crate::column::{Column, date, optional, text, words};

/// One row per goal.
pub static TABLE: Table = Table {
    name: "goals",
    version: 1,
    da: "Hvor går det hen?",
    en: "Where is it going?",
    columns: &[
        Column::stored("case", ColumnKind::Text, "forløb", "case"),
        Column::stored("goal", ColumnKind::Text, "mål", "the goal within the case"),
        Column::stored("domain", ColumnKind::Text, "område", "the part of life"),
        Column::stored("axis", ColumnKind::Text, "retning", "towards the labour market or not"),
        Column::stored("scales", ColumnKind::Text, "vurderinger", "how far, 0-10, day by day"),
        Column::stored(
            "scale",
            ColumnKind::Integer,
            "seneste vurdering",
            "how far, 0-10, as last assessed",
        ),
        Column::stored(
            "trend",
            ColumnKind::Text,
            "udvikling",
            "from the first assessment to the last",
        )
        .of_words(&["up", "same", "down"]),
        Column::stored("set_on", ColumnKind::Date, "sat", "since when"),
        Column::stored("last_revised", ColumnKind::Date, "sidst justeret", "when last revised"),
        Column::stored("closed_on", ColumnKind::Date, "lukket", "when it was closed"),
        Column::stored("outcome", ColumnKind::Text, "udfald", "what came of it")
            .of_words(&["reached", "dropped", "replaced"]),
    ],
    key: &["case", "goal"],
    indexes: &[],
    made: Made::OfCase { rows, unknown: no_rows },
};

fn rows(folded: &Folded<'_>) -> Vec<Vec<Cell>> {
    let row = |goal: &Goal| {
        let told: Vec<String> =
            goal.scales.iter().map(|(on, scale)| format!("{on}={scale}")).collect();
        let last = goal.scales.last().map(|(_, scale)| *scale);
        TABLE.row_with(&[
            ("case", text(folded.case.as_str())),
            ("goal", text(goal.id.as_str())),
            ("domain", text(&goal.domain)),
            ("axis", optional(goal.axis.as_ref(), text)),
            ("scales", words(&told)),
            ("scale", optional(last, Cell::Integer)),
            ("trend", optional(trend(goal), text)),
            ("set_on", Cell::Date(goal.set_on)),
            ("last_revised", date(goal.revised_on)),
            ("closed_on", date(goal.closed.as_ref().map(|(on, _)| *on))),
            ("outcome", optional(goal.closed.as_ref(), |(_, outcome)| text(outcome))),
        ])
    };
    folded.view.goals.iter().map(row).collect()
}

/// From the first assessment to the last; one alone has no direction.
fn trend(goal: &Goal) -> Option<&'static str> {
    let (first, last) = (goal.scales.first()?, goal.scales.last()?);
    let is_alone = goal.scales.len() < 2;
    (!is_alone).then(|| match last.1.cmp(&first.1) {
        Ordering::Greater => "up",
        Ordering::Equal => "same",
        Ordering::Less => "down",
    })
}
