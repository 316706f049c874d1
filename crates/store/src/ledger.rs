//! The ledger of reminders, and the changes of ledger and outbox that go with an append.
//!
//! What the states mean is the scheduler's to know; here they are rows that change only from a
//! state and under a fence that the caller names.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::backend::{Batch, Row, count, read, values};
use crate::error::Result;
use crate::ids::{EventId, LetterId, ReminderId, StreamName};
use crate::json::{self, JsonRows};
use crate::letters::LetterState;
use crate::store::Store;
use crate::tables::{Cell, TableSpec};
use crate::words::words;
use crate::{sql, tables};

/// Changes that are few enough to share a commit with others.
const FEW_CHANGES: usize = 20;

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
    /// Only this one.
    pub id: Option<ReminderId>,
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
        /// The fence that was seen: nobody has leased it since.
        fence: i64,
        /// The states it may be in; leased and handing over do not count.
        from: Vec<LetterState>,
        /// The state it gets.
        to: LetterState,
        /// When it may be sent; unchanged when none is given.
        next_at: Option<DateTime<Utc>>,
        /// Why.
        text: String,
    },
    /// A mail server reports later what became of a letter that no worker holds.
    LetterReported {
        /// Which letter.
        letter: LetterId,
        /// What tells the report from every other one; the same one is noted once.
        report: [u8; 32],
        /// The state it is in.
        from: LetterState,
        /// The state it gets, or the same.
        to: LetterState,
        /// The relay's code, as it stays.
        code: Option<u16>,
        /// The words of the report.
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
    /// Something is to be erased: the event of the same commit says what.
    ErasureBegun {
        /// Which event.
        event: EventId,
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
        let mut rows = JsonRows::default();
        for row in reminders {
            rows.push(values![
                row.id,
                row.rule,
                row.case_ref,
                row.cycle,
                row.level,
                row.recipient_role,
                row.recipient,
                row.state,
                row.reason,
                row.due,
                row.planned_at,
            ]);
        }
        let mut batch = Batch::new()
            .ask(sql::CHECK_ACTIVE, table.key())
            .ask(sql::PLAN_REMINDERS, vec![rows.finish()]);
        let rearm = tables::rearm(self.backend().dialect(), deadlines, &table, &rearm)?;
        if let Some((text, values)) = rearm {
            batch = batch.run_built(text, values);
        }
        let done = self.work(batch, vec![1]).await?;
        if !done.kept {
            // The table was rebuilt in between: the next round plans from the new one.
            return Ok(Vec::new());
        }
        done.rows(1).into_iter().map(|mut row| row.take()).collect()
    }

    /// Reminders in the order in which they were planned.
    pub async fn reminders(
        &self,
        filter: &ReminderFilter,
        limit: usize,
    ) -> Result<Vec<ReminderRow>> {
        let values = values![
            filter.case_ref.as_deref(),
            filter.state,
            filter.letter,
            filter.planned_upto,
            count(limit),
            filter.id,
        ];
        // A filter that may be none hides the index from SQLite: the narrow ones are asked by name.
        let by_index = match (filter.letter, &filter.case_ref) {
            (Some(_), _) => sql::LIST_REMINDERS_OF_LETTER,
            (None, Some(_)) => sql::LIST_REMINDERS_OF_CASE,
            (None, None) => sql::LIST_REMINDERS,
        };
        let rows = self.read_rows(Batch::new().ask(by_index, values)).await?;
        rows.into_iter().map(reminder_row).collect()
    }

    /// One reminder, where the ledger has it.
    pub async fn reminder(&self, id: ReminderId) -> Result<Option<ReminderRow>> {
        Ok(self.reminders_by_id(&[id]).await?.pop())
    }

    /// Those of some reminders that the ledger has.
    pub async fn reminders_by_id(&self, ids: &[ReminderId]) -> Result<Vec<ReminderRow>> {
        let wanted = json::ids(ids.iter().map(|id| id.get()));
        let rows = self.read_rows(Batch::new().ask(sql::FIND_REMINDERS, vec![wanted])).await?;
        rows.into_iter().map(reminder_row).collect()
    }

    /// What letters since a day, that may have come, have told some people of under some rules;
    /// only what is due from another day on.
    pub async fn told(
        &self,
        people: &BTreeSet<&str>,
        rules: &[&str],
        letters_since: NaiveDate,
        due_from: NaiveDate,
    ) -> Result<Vec<ReminderRow>> {
        let (people, rules) = (people.iter().copied(), rules.iter().copied());
        let values = values![json::texts(people), json::texts(rules), letters_since, due_from];
        let rows = self.read_rows(Batch::new().ask(sql::LIST_TOLD, values)).await?;
        rows.into_iter().map(reminder_row).collect()
    }

    /// Reminders that still have to find their letter.
    pub async fn planned_reminders(
        &self,
        upto: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<ReminderRow>> {
        let values = values![upto, count(limit)];
        let rows = self.read_rows(Batch::new().ask(sql::LIST_PLANNED_REMINDERS, values)).await?;
        rows.into_iter().map(reminder_row).collect()
    }

    /// By reminders that still have to find their letter: the levels at which the same person was
    /// written to of the same deadline, each with the reason that stands there.
    pub async fn other_levels(
        &self,
        upto: DateTime<Utc>,
    ) -> Result<Vec<(ReminderId, String, Option<String>)>> {
        let rows = self.read_rows(Batch::new().ask(sql::LIST_OTHER_LEVELS, values![upto])).await?;
        let told = |mut row: Row| Ok((row.take()?, row.take()?, row.take()?));
        rows.into_iter().map(told).collect()
    }

    /// Changes the ledger without an event, all or nothing.
    pub async fn change_ledger(&self, changes: Vec<LedgerChange>, at: DateTime<Utc>) -> Result<()> {
        let (batch, mut guards) = changes::statements(&changes, at);
        let expected = vec![1; guards.len()];
        let done = match changes.len() {
            0..=FEW_CHANGES => self.share(batch, expected).await?,
            _ => self.work(batch, expected).await?,
        };
        let failed = (0..guards.len()).find(|nth| done.changed(*nth) != 1);
        failed.map_or(Ok(()), |nth| Err(guards.swap_remove(nth)))
    }
}

fn reminder_row(mut row: Row) -> Result<ReminderRow> {
    Ok(read!(row => ReminderRow {
        id, rule, case_ref, cycle, level, recipient_role, recipient, state, reason, letter, due,
        planned_at,
    }))
}
