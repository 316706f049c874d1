//! What happens to letters: composed, leased, handed over, reaped.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    AttemptRow, Composed, LetterFilter, LetterRow, LetterState, NewLetter, Reaped, Suppression,
};
use crate::backend::{Answer, Batch, Row, Value};
use crate::error::{Result, StoreError};
use crate::event::Priority;
use crate::ids::{LetterId, ReminderId};
use crate::store::Store;
use crate::{json, sql};

/// How long a letter stays in doubt before the same bytes go out again.
const DOUBT_MINUTES: i64 = 10;
const MICROS_A_SECOND: i64 = 1_000_000;

impl Store {
    /// Puts a letter into the outbox together with the reminders it carries.
    pub async fn compose(
        &self,
        letter: NewLetter,
        reminders: Vec<ReminderId>,
    ) -> Result<Composed> {
        let bytes = &letter.bytes;
        let bare = |i: usize| match bytes[i] {
            b'\n' => i == 0 || bytes[i - 1] != b'\r',
            b'\r' => bytes.get(i + 1) != Some(&b'\n'),
            _ => false,
        };
        if bytes.is_empty() || (0..bytes.len()).any(bare) {
            let what = "a letter has bytes, and CR and LF only together";
            return Err(StoreError::bad_request(what));
        }
        let ids = json::ids(reminders.iter().map(|reminder| reminder.get()));
        let carried = vec![Value::from(letter.id.get()), ids];
        let batch = Batch::new()
            .ask(sql::ADD_LETTER, new_letter(letter))
            .ask(sql::COMPOSE_REMINDERS, carried);
        let wanted = i64::try_from(reminders.len()).unwrap_or(i64::MAX);
        let keep = move |answers: &[Answer]| {
            let changed: Vec<i64> = answers.iter().map(|answer| answer.changed).collect();
            changed == [1, wanted]
        };
        let done = self.work(Priority::Background, batch, keep).await?;
        Ok(match (done.kept, done.changed(0)) {
            (true, _) => Composed::New,
            (false, 0) => Composed::Exists,
            (false, _) => Composed::ReminderGone,
        })
    }

    /// Gives a worker letters to send, for so many seconds of the database's clock.
    pub async fn lease_letters(
        &self,
        worker: &str,
        limit: usize,
        lease_secs: u32,
        now: DateTime<Utc>,
    ) -> Result<Vec<LetterRow>> {
        let values = vec![
            Value::from(worker),
            Value::from(i64::from(lease_secs) * MICROS_A_SECOND),
            Value::from(now),
            Value::from(i64::try_from(limit).unwrap_or(i64::MAX)),
        ];
        let batch = Batch::new().ask(sql::LEASE_LETTERS, values);
        let done = self.work(Priority::Background, batch, |_| true).await?;
        done.rows(0).into_iter().map(letter_row).collect()
    }

    /// Marks that a letter is being given to the relay; false when the lease is no longer there.
    pub async fn mark_handing_over(&self, letter: LetterId, fence: i64) -> Result<bool> {
        let id = Value::from(letter.get());
        let batch = Batch::new()
            .ask(sql::MARK_HANDING_OVER, vec![id.clone(), Value::from(fence)])
            .run(
                sql::ADD_ATTEMPT,
                vec![Value::Null, Value::Null, Value::Null, id],
            );
        let keep = |answers: &[Answer]| answers.first().is_some_and(|a| a.changed == 1);
        let done = self.work(Priority::Background, batch, keep).await?;
        Ok(done.kept)
    }

    /// Takes letters from workers whose leases have lapsed, and ends long doubts.
    pub async fn reap(&self, now: DateTime<Utc>) -> Result<Reaped> {
        let doubt = TimeDelta::minutes(DOUBT_MINUTES);
        let again = now.checked_add_signed(doubt).unwrap_or(now);
        let batch = Batch::new()
            .ask(sql::RETRY_DOUBTFUL, vec![Value::from(now)])
            .run(sql::NOTE_LAPSED, vec![Value::from(now)])
            .ask(sql::DOUBT_LAPSED, vec![Value::from(again)])
            .ask(sql::RELEASE_LAPSED, vec![]);
        let done = self.work(Priority::Background, batch, |_| true).await?;
        Ok(Reaped {
            retried: done.changed(0).unsigned_abs(),
            in_doubt: done.changed(1).unsigned_abs(),
            released: done.changed(2).unsigned_abs(),
        })
    }

    /// Letters, the latest first.
    pub async fn letters(&self, filter: &LetterFilter, limit: usize) -> Result<Vec<LetterRow>> {
        let states = filter.states.iter().map(|state| state.as_str());
        let states = (!filter.states.is_empty()).then(|| json::texts(states));
        let values = vec![
            Value::from(filter.id.map(LetterId::get)),
            Value::from(filter.recipient.clone()),
            states.unwrap_or(Value::Null),
            Value::from(i64::try_from(limit).unwrap_or(i64::MAX)),
        ];
        let batch = Batch::new().ask(sql::LIST_LETTERS, values);
        let rows = self.read_rows(batch).await?;
        rows.into_iter().map(letter_row).collect()
    }

    /// All attempts at a letter, in order.
    pub async fn attempts(&self, letter: LetterId) -> Result<Vec<AttemptRow>> {
        let batch = Batch::new().ask(sql::LIST_ATTEMPTS, vec![Value::from(letter.get())]);
        let rows = self.read_rows(batch).await?;
        rows.into_iter().map(attempt_row).collect()
    }

    /// Lets a letter that failed, waits or is in doubt go out now; false when there is none such.
    pub async fn retry_letter(&self, letter: LetterId, now: DateTime<Utc>) -> Result<bool> {
        let values = vec![Value::from(now), Value::from(letter.get())];
        let batch = Batch::new().ask(sql::RETRY_LETTER, values);
        let keep = |answers: &[Answer]| answers.first().is_some_and(|a| a.changed == 1);
        let done = self.work(Priority::People, batch, keep).await?;
        Ok(done.kept)
    }

    /// The addresses that are not written to.
    pub async fn suppressions(&self) -> Result<Vec<Suppression>> {
        let batch = Batch::new().ask(sql::LIST_SUPPRESSIONS, vec![]);
        let rows = self.read_rows(batch).await?.into_iter();
        rows.map(|mut row| {
            Ok(Suppression {
                address: row.text()?,
                reason: row.text()?,
                at: row.instant()?,
            })
        })
        .collect()
    }
}

fn new_letter(letter: NewLetter) -> Vec<Value> {
    vec![
        Value::from(letter.id.get()),
        Value::from(letter.recipient),
        Value::from(letter.address),
        Value::from(letter.local_day),
        Value::from(letter.slot),
        Value::from(i64::from(letter.part)),
        Value::from(letter.message_id),
        Value::from(letter.bytes),
        Value::from(letter.next_at),
    ]
}

fn letter_row(mut row: Row) -> Result<LetterRow> {
    let letter = NewLetter {
        id: LetterId::new(row.uuid()?),
        recipient: row.text()?,
        address: row.text()?,
        local_day: row.date()?,
        slot: row.text()?,
        part: u32::try_from(row.integer()?)
            .map_err(|_| StoreError::unreadable("a part is a small number"))?,
        message_id: row.text()?,
        bytes: row.blob()?,
        next_at: row.instant()?,
    };
    Ok(LetterRow {
        letter,
        state: row.word(LetterState::parse)?,
        attempts: row.integer()?,
        lease_by: row.optional_text()?,
        lease_until: row.optional_instant()?,
        fence: row.integer()?,
        handed_over_at: row.optional_instant()?,
        sent_at: row.optional_instant()?,
        smtp_code: code(row.optional_integer()?)?,
        smtp_text: row.optional_text()?,
    })
}

fn attempt_row(mut row: Row) -> Result<AttemptRow> {
    Ok(AttemptRow {
        letter: LetterId::new(row.uuid()?),
        fence: row.integer()?,
        worker: row.optional_text()?,
        phase: row.word(LetterState::parse)?,
        code: code(row.optional_integer()?)?,
        text: row.optional_text()?,
        at: row.instant()?,
    })
}

fn code(stored: Option<i64>) -> Result<Option<u16>> {
    let code = stored.map(u16::try_from).transpose();
    code.map_err(|_| StoreError::unreadable("an answer's code is a small number"))
}
