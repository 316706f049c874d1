//! Which method: chosen, reflected on, reviewed, evaluated?

use spor_domain::calendar;
use spor_domain::view::Episode;
use spor_store::{Cell, ColumnKind};

use super::{Folded, Index, Made, Table, no_rows};
use crate::column::{Column, count, date, optional, text};

/// One row per episode.
pub static TABLE: Table = Table {
    name: "methods",
    version: 1,
    da: "Hvilken metode, og hvad var den værd?",
    en: "Chosen, reflected, reviewed, evaluated?",
    columns: &[
        Column::stored("case", ColumnKind::Text, "forløb", "case"),
        Column::stored("episode", ColumnKind::Integer, "periode", "1 for the first"),
        Column::stored(
            "chosen_on",
            ColumnKind::Date,
            "valgt",
            "when a method was last chosen; none without a choice",
        ),
        Column::stored("choices", ColumnKind::Integer, "valg", "how often one was chosen"),
        Column::stored(
            "reflected_on",
            ColumnKind::Date,
            "reflekteret",
            "when somebody last thought about it",
        ),
        Column::stored(
            "last_review",
            ColumnKind::Date,
            "sidste gennemgang",
            "the last review that counts",
        ),
        Column::stored(
            "next_review",
            ColumnKind::Date,
            "næste gennemgang",
            "the next review is due; none once it ended",
        ),
        Column::stored("evaluated_on", ColumnKind::Date, "evalueret", "when its value was judged"),
        Column::stored(
            "value",
            ColumnKind::Text,
            "værdi",
            "its value, where it is a word that can be counted",
        ),
        Column::stored("policy_version", ColumnKind::Integer, "regelsæt", "the policy used"),
    ],
    key: &["case", "episode"],
    indexes: &[Index { columns: &["policy_version"], only_set: None }],
    made: Made::OfCase { rows, unknown: no_rows },
};

fn rows(folded: &Folded<'_>) -> Vec<Vec<Cell>> {
    let row = |episode: &Episode| {
        let last = folded.view.last_review(episode);
        let next = calendar::months_after(
            last.unwrap_or(episode.start),
            folded.policy.method_review_months,
        );
        let evaluated = episode.evaluations.last();
        TABLE.row_with(&[
            ("case", text(folded.case.as_str())),
            ("episode", count(episode.number)),
            ("chosen_on", date(episode.methods.last().map(|choice| choice.on))),
            ("choices", count(episode.methods.len())),
            ("reflected_on", date(episode.reflected_on)),
            ("last_review", date(last)),
            ("next_review", date(episode.closed.is_none().then_some(next))),
            ("evaluated_on", date(evaluated.map(|judged| judged.on))),
            ("value", optional(evaluated.and_then(|judged| judged.value.as_ref()), text)),
            ("policy_version", Cell::Integer(folded.policy_version)),
        ])
    };
    folded.view.episodes.iter().map(row).collect()
}
