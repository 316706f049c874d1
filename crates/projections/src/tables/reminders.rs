//! What was raised, sent, answered? A view on the ledger and the outbox.

use std::collections::HashMap;

use spor_store::{Cell, ColumnKind};
use spor_store::{LetterFilter, LetterRow};
use spor_store::{LetterId, Store};
use spor_store::{ReminderFilter, ReminderRow};

use super::{Made, Table};
use crate::column::{Column, date, optional, text};
use crate::error::Result;

/// More reminders than a municipality raises in fifty years.
const MOST_ROWS: usize = 1_000_000;

/// One row per reminder of the ledger.
pub static TABLE: Table = Table {
    name: "reminders",
    version: 1,
    da: "Hvad blev varslet, sendt og besvaret?",
    en: "What was raised, sent, answered?",
    columns: &[
        Column::stored("case", ColumnKind::Text, "forløb", "case"),
        Column::stored("rule", ColumnKind::Text, "regel", "the rule"),
        Column::stored("due", ColumnKind::Date, "senest", "the last day in time"),
        Column::stored("level", ColumnKind::Text, "trin", "how urgent").of_words(&[
            "notice",
            "overdue",
            "escalated",
            "critical",
        ]),
        Column::stored("role", ColumnKind::Text, "rolle", "to whom, as a role"),
        Column::stored("recipient", ColumnKind::Text, "modtager", "to whom, as a person"),
        Column::stored("raised", ColumnKind::Instant, "varslet", "when it was planned"),
        Column::stored("sent", ColumnKind::Instant, "sendt", "when the relay took it"),
        Column::stored("state", ColumnKind::Text, "tilstand", "what became of it").of_words(&[
            "planned",
            "composed",
            "cancelled",
            "suppressed",
            "overtaken",
        ]),
        Column::stored("letter_state", ColumnKind::Text, "brev", "what became of its letter"),
        Column::stored("reason", ColumnKind::Text, "grund", "why it is in that state"),
        Column::stored("message_id", ColumnKind::Text, "brevets id", "the letter"),
        Column::stored("cycle", ColumnKind::Text, "anker", "the event it is reckoned from"),
        Column::stored("reminder", ColumnKind::Text, "påmindelse", "its identity"),
    ],
    key: &["case", "rule", "cycle", "level", "role", "recipient"],
    indexes: &[],
    made: Made::OfLedger,
};

/// The rows of the ledger, of one case when only one is asked for.
pub(crate) async fn rows(store: &Store, case: Option<&str>) -> Result<Vec<Vec<Cell>>> {
    let filter = ReminderFilter { case_ref: case.map(str::to_owned), ..ReminderFilter::default() };
    let reminders = store.reminders(&filter, MOST_ROWS).await?;
    let letters = store.letters(&LetterFilter::default(), MOST_ROWS).await?;
    let letters: HashMap<LetterId, LetterRow> =
        letters.into_iter().map(|letter| (letter.letter.id, letter)).collect();
    let letter_of = |row: &ReminderRow| row.letter.and_then(|id| letters.get(&id));
    Ok(reminders.iter().map(|reminder| row(reminder, letter_of(reminder))).collect())
}

fn row(reminder: &ReminderRow, letter: Option<&LetterRow>) -> Vec<Cell> {
    TABLE.row_with(&[
        ("case", text(&reminder.case_ref)),
        ("rule", text(&reminder.rule)),
        ("due", date(reminder.due)),
        ("level", text(&reminder.level)),
        ("role", text(&reminder.recipient_role)),
        ("recipient", optional(reminder.recipient.as_ref(), text)),
        ("raised", Cell::Instant(reminder.planned_at)),
        ("sent", optional(letter.and_then(|letter| letter.sent_at), Cell::Instant)),
        ("state", text(reminder.state.as_str())),
        ("letter_state", optional(letter, |letter| text(letter.state.as_str()))),
        ("reason", optional(reminder.reason.as_ref(), text)),
        ("message_id", optional(letter, |letter| text(&letter.letter.message_id))),
        ("cycle", text(reminder.cycle.to_string())),
        ("reminder", text(reminder.id.to_string())),
    ])
}
