//! How long did it run, why did it end?

use spor_domain::calendar;
use spor_domain::closing::KnownReason;
use spor_domain::view::{Ending, Episode};
use spor_store::{Cell, ColumnKind};

use super::{Folded, Index, Made, Table, no_rows};
use crate::column::{Column, count, date, optional, text};

/// One row per episode that ended.
pub static TABLE: Table = Table {
    name: "endings",
    version: 1,
    da: "Hvor længe varede det, og hvorfor sluttede det?",
    en: "How long, why ended?",
    columns: &[
        Column::stored("case", ColumnKind::Text, "forløb", "case"),
        Column::stored("episode", ColumnKind::Integer, "periode", "1 for the first"),
        Column::stored("started_on", ColumnKind::Date, "begyndt", "first day"),
        Column::stored("ended_on", ColumnKind::Date, "afsluttet", "last day"),
        Column::stored("how", ColumnKind::Text, "hvordan", "closed here, or handed on")
            .of_words(&["closed", "transferred"]),
        Column::stored("days", ColumnKind::Integer, "varighed", "from the first day to the last")
            .in_unit("days"),
        Column::stored("reason", ColumnKind::Text, "grund", "the reason, where the rules know it"),
        Column::stored(
            "before_three_months",
            ColumnKind::Flag,
            "før tre måneder",
            "ended before the shortest course",
        ),
        Column::stored(
            "evaluated_on",
            ColumnKind::Date,
            "evalueret",
            "when the method was evaluated",
        ),
        Column::stored("policy_version", ColumnKind::Integer, "regelsæt", "the policy used"),
    ],
    key: &["case", "episode"],
    indexes: &[Index { columns: &["policy_version"], only_set: None }],
    made: Made::OfCase { rows, unknown: no_rows },
};

fn rows(folded: &Folded<'_>) -> Vec<Vec<Cell>> {
    let row = |episode: &Episode| {
        let closing = episode.closed.as_ref()?;
        let (how, reason) = match &closing.how {
            Ending::Closed { reason, .. } => ("closed", reason.map(KnownReason::as_str)),
            Ending::Transferred { .. } => ("transferred", None),
        };
        let days = closing.on.signed_duration_since(episode.start).num_days();
        let shortest = calendar::months_after(episode.start, folded.policy.minimum_duration_months);
        Some(TABLE.row_with(&[
            ("case", text(folded.case.as_str())),
            ("episode", count(episode.number)),
            ("started_on", Cell::Date(episode.start)),
            ("ended_on", Cell::Date(closing.on)),
            ("how", text(how)),
            ("days", Cell::Integer(days)),
            ("reason", optional(reason, text)),
            ("before_three_months", Cell::Flag(closing.is_closed() && closing.on < shortest)),
            ("evaluated_on", date(episode.evaluations.last().map(|judged| judged.on))),
            ("policy_version", Cell::Integer(folded.policy_version)),
        ]))
    };
    folded.view.episodes.iter().filter_map(row).collect()
}
