//! Which cases are looked at every morning, because other streams may ask for something: a
//! volunteer's hours with other young people (R12), the supervision of whoever holds two roles (R15)?
//!
//! The rows of [`deadlines`](super::deadlines) come from the case alone. What these rules ask for
//! does not, so a row here only wakes the scheduler; the rule is asked again each time.

use chrono::{DateTime, NaiveDate, Utc};
use spor_domain::calendar;
use spor_domain::policy::Policy;
use spor_domain::rules;
use spor_store::{Cell, ColumnKind};

use super::deadlines::WAKES_AT;
use super::{Folded, Index, Made, Table, no_rows};
use crate::column::{Column, date, text};

/// One row per case and rule, while the case is of a kind that the rule may ask about.
pub static TABLE: Table = Table {
    name: "watches",
    version: 1,
    da: "Hvilke forløb ses efter hver morgen, fordi andre strømme tæller med?",
    en: "Which cases are looked at every morning, because other streams count?",
    columns: &[
        Column::stored("case", ColumnKind::Text, "forløb", "case"),
        Column::stored("rule", ColumnKind::Text, "regel", "the rule's number"),
        Column::stored("name", ColumnKind::Text, "navn", "the rule's name"),
        Column::stored("from", ColumnKind::Date, "fra", "the first day"),
        Column::stored("until", ColumnKind::Date, "til", "the last day, when one is known"),
        Column::stored("policy_version", ColumnKind::Integer, "regelsæt", "the policy used"),
        Column::stored(WAKES_AT, ColumnKind::Instant, "næste gang", "the next time"),
    ],
    key: &["case", "rule"],
    indexes: &[
        Index { columns: &[WAKES_AT], only_set: Some(WAKES_AT) },
        Index { columns: &["policy_version"], only_set: None },
    ],
    made: Made::OfCase { rows, unknown: no_rows },
};

fn rows(folded: &Folded<'_>) -> Vec<Vec<Cell>> {
    let watched = rules::watched(&folded.view);
    let row = |(rule, span): (&rules::Rule, rules::Span)| {
        let first = calendar::working_day_on_or_after(span.from, folded.policy.offices);
        let wakes_at = calendar::instant_at(first, folded.policy.letter_time, folded.policy.zone);
        TABLE.row_with(&[
            ("case", text(folded.case.as_str())),
            ("rule", text(rule.id)),
            ("name", text(rule.name)),
            ("from", Cell::Date(span.from)),
            ("until", date(span.until)),
            ("policy_version", Cell::Integer(folded.policy_version)),
            (WAKES_AT, Cell::Instant(wakes_at)),
        ])
    };
    watched.map(row).collect()
}

/// The next morning on which letters go out, while the rule may still ask for something.
pub fn next_look(
    span: rules::Span,
    policy: &Policy,
    after: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let morning = |from: NaiveDate| {
        let day = calendar::working_day_on_or_after(from.max(span.from), policy.offices);
        (day, calendar::instant_at(day, policy.letter_time, policy.zone))
    };
    let today = calendar::local_date(after, policy.zone);
    // Whoever looked before this morning's letters looks once more with them.
    let (day, at) = match morning(today) {
        (day, at) if at > after => (day, at),
        _ => morning(calendar::days_after(today, 1)),
    };
    span.until.is_none_or(|until| day <= until).then_some(at)
}
