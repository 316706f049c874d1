//! The ledger of reminders, and the changes of ledger and outbox that go with an append.
//!
//! What the states mean is the scheduler's to know; here they are rows that change only from a
//! state and under a fence that the caller names.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::backend::{Answer, Batch, Row, Value};
use crate::error::{Result, StoreError};
use crate::event::Priority;
use crate::ids::{LetterId, ReminderId, StreamName};
use crate::json::JsonRows;
use crate::letters::LetterState;
use crate::store::Store;
use crate::tables::{Cell, TableSpec};
use crate::words::words;
use crate::{sql, tables};

mod changes;

pub(crate) use changes::apply;

words! {
    /// What became of a reminder.
    pub enum ReminderState {
        /// It shall be in a letter.
        Planned = "planned",
        /// It is in a letter.
        Composed = "composed",
        /// It was met before it was sent.
        Cancelled = "cancelled",
        /// It shall not be sent, for a reason.
        Suppressed = "suppressed",
        /// A later level took its place.
        Overtaken = "overtaken",
    }
}

/// A reminder: one level of one rule's deadline to one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReminderRow {
    /// Made from store, rule, case, cycle, level and recipient.
    pub id: ReminderId,
    /// The rule's name.
    pub rule: String,
    /// The case.
    pub case_ref: String,
    /// The event that anchors the deadline.
    pub cycle: Uuid,
    /// How urgent.
    pub level: String,
    /// The role that is told.
    pub recipient_role: String,
    /// The person in that role, when there is one.
    pub recipient: Option<String>,
    /// What became of it.
    pub state: ReminderState,
    /// Why it is in that state.
    pub reason: Option<String>,
    /// The letter that carries it.
    pub letter: Option<LetterId>,
    /// The due date, for display only.
    pub due: Option<NaiveDate>,
    /// When it was planned.
    pub planned_at: DateTime<Utc>,
}

/// A row of a table of deadlines gets its next instant.
#[derive(Clone, Debug)]
pub struct Rearm {
    /// The stream of the row.
    pub stream: StreamName,
    /// Further columns that name the row, each with its value.
    pub key: Vec<(String, Cell)>,
    /// The instant it was armed for; if it has another one by now, it is left alone.
    pub seen: DateTime<Utc>,
    /// The next instant, or none.
    pub wakes_at: Option<DateTime<Utc>>,
}

/// Which reminders a reader wants.
#[derive(Clone, Debug, Default)]
pub struct ReminderFilter {
    /// Only of this case.
    pub case_ref: Option<String>,
    /// Only in this state.
    pub state: Option<ReminderState>,
    /// Only those a letter carries.
    pub letter: Option<LetterId>,
    /// Only those planned up to and at this instant.
    pub planned_upto: Option<DateTime<Utc>>,
}

/// How an attempt at a letter ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterOutcome {
    /// The relay has taken it.
    Sent,
    /// It is given up.
    Dead,
    /// Nobody knows whether the relay has it; a person decides.
    Held,
    /// It failed and shall be tried again.
    Deferred {
        /// When.
        next_at: DateTime<Utc>,
    },
    /// Nobody knows whether the relay has it; the same bytes go out again.
    InDoubt {
        /// When.
        next_at: DateTime<Utc>,
    },
    /// It was not even tried; another worker may take it.
    GivenBack,
}

/// A change of the ledger or the outbox that is stored with an append, or not at all.
#[derive(Clone, Debug)]
pub enum LedgerChange {
    /// A worker tells how its attempt at a letter ended.
    LetterSettled {
        /// Which letter.
        letter: LetterId,
        /// The lease under which it was tried.
        fence: i64,
        /// How it ended.
        outcome: LetterOutcome,
        /// The relay's answer.
        code: Option<u16>,
        /// The relay's words, or what happened.
        text: String,
    },
    /// A letter that no worker holds gets another state.
    LetterMoved {
        /// Which letter.
        letter: LetterId,
        /// The states it may be in; leased and handing over do not count.
        from: Vec<LetterState>,
        /// The state it gets.
        to: LetterState,
        /// When it may be sent; unchanged when none is given.
        next_at: Option<DateTime<Utc>>,
        /// Why.
        text: String,
    },
    /// A reminder gets another state.
    ReminderMoved {
        /// Which reminder.
        reminder: ReminderId,
        /// The states it may be in.
        from: Vec<ReminderState>,
        /// The state it gets.
        to: ReminderState,
        /// Why.
        reason: Option<String>,
    },
    /// Nothing shall be sent to an address any more.
    AddressSuppressed {
        /// Which address.
        address: String,
        /// Why.
        reason: String,
    },
    /// An address may be written to again.
    AddressReleased {
        /// Which address.
        address: String,
    },
}

impl Store {
    /// Notes reminders and gives rows of a table of deadlines their next instants, together.
    ///
    /// Gives the ids that were new; a reminder that was planned before stays as it is.
    pub async fn plan(
        &self,
        deadlines: &TableSpec,
        reminders: Vec<ReminderRow>,
        rearm: Vec<Rearm>,
    ) -> Result<Vec<ReminderId>> {
        let table = self.active(deadlines).await?;
        let mut rows = JsonRows::new();
        reminders.iter().for_each(|row| push(&mut rows, row));
        let mut batch = Batch::new()
            .ask(sql::CHECK_ACTIVE, table.key())
            .ask(sql::PLAN_REMINDERS, vec![rows.finish()]);
        for row in rearm {
            let (text, values) = tables::rearm(deadlines, &table, row)?;
            batch = batch.run_built(text, values);
        }
        let keep = |answers: &[Answer]| answers.first().is_some_and(|a| a.changed == 1);
        let done = self.work(Priority::Background, batch, keep).await?;
        if !done.kept {
            // The table was rebuilt in between: the next round plans from the new one.
            return Ok(Vec::new());
        }
        let rows = done.rows(1).into_iter();
        rows.map(|mut row| row.uuid().map(ReminderId::new)).collect()
    }

    /// Reminders in the order in which they were planned.
    pub async fn reminders(
        &self,
        filter: &ReminderFilter,
        limit: usize,
    ) -> Result<Vec<ReminderRow>> {
        let values = vec![
            Value::from(filter.case_ref.clone()),
            Value::from(filter.state.map(ReminderState::as_str)),
            Value::from(filter.letter.map(LetterId::get)),
            Value::from(filter.planned_upto),
            Value::from(i64::try_from(limit).unwrap_or(i64::MAX)),
        ];
        let batch = Batch::new().ask(sql::LIST_REMINDERS, values);
        let rows = self.read_rows(batch).await?;
        rows.into_iter().map(reminder).collect()
    }

    /// Reminders that still have to find their letter.
    pub async fn planned_reminders(
        &self,
        upto: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<ReminderRow>> {
        let filter = ReminderFilter {
            state: Some(ReminderState::Planned),
            planned_upto: Some(upto),
            ..ReminderFilter::default()
        };
        self.reminders(&filter, limit).await
    }

    /// Changes the ledger without an event, all or nothing.
    pub async fn change_ledger(
        &self,
        changes: Vec<LedgerChange>,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let (mut batch, mut guards) = (Batch::new(), Vec::new());
        for change in &changes {
            let (statements, guard) = changes::statements(change, at);
            batch = batch.then(statements);
            guards.extend(guard);
        }
        let held = move |answers: &[Answer]| guards.len() == answers.len() && hold(answers);
        let done = self.work(Priority::Background, batch, held).await?;
        if done.kept {
            return Ok(());
        }
        let what = "one of the letters or reminders".to_owned();
        Err(StoreError::MovedOn { what })
    }
}

fn hold(answers: &[Answer]) -> bool {
    answers.iter().all(|answer| answer.changed == 1)
}

fn push(rows: &mut JsonRows, row: &ReminderRow) {
    rows.row()
        .hex(row.id.get().as_bytes())
        .text(&row.rule)
        .text(&row.case_ref)
        .hex(row.cycle.as_bytes())
        .text(&row.level)
        .text(&row.recipient_role)
        .optional_text(row.recipient.as_deref())
        .text(row.state.as_str())
        .optional_text(row.reason.as_deref())
        .value(&Value::from(row.due))
        .value(&Value::from(row.planned_at));
}

fn reminder(mut row: Row) -> Result<ReminderRow> {
    Ok(ReminderRow {
        id: ReminderId::new(row.uuid()?),
        rule: row.text()?,
        case_ref: row.text()?,
        cycle: row.uuid()?,
        level: row.text()?,
        recipient_role: row.text()?,
        recipient: row.optional_text()?,
        state: row.word(ReminderState::parse)?,
        reason: row.optional_text()?,
        letter: row.optional_uuid()?.map(LetterId::new),
        due: row.optional_date()?,
        planned_at: row.instant()?,
    })
}
