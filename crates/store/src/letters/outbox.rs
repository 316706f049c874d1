//! What happens to letters: composed, leased, handed over, reaped.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    AttemptRow, Composed, LONGEST_WAIT, LetterFilter, LetterName, LetterPart, LetterRow,
    LetterState, MAX_COPIES, NewLetter, Suppression,
};
use crate::backend::{Batch, Row, Value, count, read, values};
use crate::custody::HELD_AFTER_RESTORE;
use crate::error::{Result, StoreError};
use crate::ids::{LetterId, ReminderId};
use crate::leases::{A_SECOND, LONGEST_LEASE};
use crate::store::Store;
use crate::{json, sql};

/// Why a worker no longer holds a letter.
const LAPSED: &str = "the lease lapsed";

impl Store {
    /// Puts a letter into the outbox together with the reminders it carries.
    pub async fn compose(&self, letter: NewLetter, reminders: Vec<ReminderId>) -> Result<Composed> {
        self.put(letter, reminders, (LetterState::Ready, None)).await
    }

    /// The same for a letter that a quarantine holds until a person decides.
    pub async fn compose_held(
        &self,
        letter: NewLetter,
        reminders: Vec<ReminderId>,
    ) -> Result<Composed> {
        self.put(letter, reminders, (LetterState::Held, Some(HELD_AFTER_RESTORE))).await
    }

    async fn put(
        &self,
        letter: NewLetter,
        reminders: Vec<ReminderId>,
        (state, text): (LetterState, Option<&str>),
    ) -> Result<Composed> {
        if letter.bytes.is_empty() || has_bare_line_end(&letter.bytes) {
            let what = "a letter has bytes, and CR and LF only together";
            return Err(StoreError::bad_request(what));
        }
        let ids = json::ids(reminders.iter().map(|reminder| reminder.get()));
        let carried = vec![Value::from(letter.id), ids];
        let letter = values![
            letter.id,
            letter.recipient,
            letter.address,
            letter.local_day,
            letter.slot,
            letter.part,
            letter.message_id,
            letter.bytes,
            letter.next_at,
            state,
            text,
        ];
        let batch = Batch::new().ask(sql::ADD_LETTER, letter).ask(sql::COMPOSE_REMINDERS, carried);
        let done = self.share(batch, vec![1, count(reminders.len())]).await?;
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
        let lease = i64::from(lease_secs) * A_SECOND;
        let longest = LONGEST_WAIT.num_seconds() * A_SECOND;
        let values = values![worker, lease, now, count(limit), self.wound(), longest];
        let batch = Batch::new().ask(sql::LEASE_LETTERS, values);
        let done = self.share(batch, vec![]).await?;
        done.rows(0).into_iter().map(letter_row).collect()
    }

    /// Marks that a letter is being given to the relay; false when the lease is no longer there, or
    /// the relay has as many copies as it may have.
    pub async fn mark_handing_over(&self, letter: LetterId, fence: i64) -> Result<bool> {
        let mark = values![letter, fence, MAX_COPIES, self.wound(), LONGEST_LEASE];
        let batch = Batch::new()
            .ask(sql::MARK_HANDING_OVER, mark)
            .run(sql::NOTE_HAND_OVER, values![letter, fence]);
        Ok(self.share(batch, vec![1]).await?.kept)
    }

    /// The letters whose leases have lapsed.
    pub async fn lapsed_letters(&self, limit: usize) -> Result<Vec<LetterRow>> {
        let values = values![self.wound(), LONGEST_LEASE, count(limit)];
        let rows = self.read_rows(Batch::new().ask(sql::LIST_LAPSED, values)).await?;
        rows.into_iter().map(letter_row).collect()
    }

    /// Takes a letter from the worker whose lease has lapsed; false when it has moved on meanwhile.
    pub async fn lapse_letter(
        &self,
        seen: &LetterRow,
        (to, next_at): (LetterState, DateTime<Utc>),
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let (letter, fence) = (seen.letter.id, seen.fence);
        let lapse = values![to, next_at, letter, fence, self.wound(), LONGEST_LEASE, seen.state];
        let batch = Batch::new()
            .ask(sql::LAPSE_LETTER, lapse)
            .run(sql::ADD_ATTEMPT, values![None::<u16>, LAPSED, at, letter]);
        Ok(self.work(batch, vec![1]).await?.kept)
    }

    /// The letters that wait to go out or for the end of a doubt, the earliest first.
    pub async fn waiting_letters(&self, limit: usize) -> Result<Vec<LetterRow>> {
        let rows =
            self.read_rows(Batch::new().ask(sql::LIST_WAITING, values![count(limit)])).await?;
        rows.into_iter().map(letter_row).collect()
    }

    /// Whether there is a letter of this id, wherever it is on its way.
    pub async fn has_letter(&self, letter: LetterId) -> Result<bool> {
        let found = self.read_row(Batch::new().ask(sql::HAS_LETTER, values![letter])).await?;
        Ok(found.is_some())
    }

    /// The letters that some people have for a slot of a day, by person and part.
    pub async fn letter_parts(
        &self,
        people: &BTreeSet<&str>,
        (day, slot): (NaiveDate, &str),
    ) -> Result<Vec<LetterPart>> {
        let values = values![json::texts(people.iter().copied()), day, slot];
        let rows = self.read_rows(Batch::new().ask(sql::LIST_PARTS, values)).await?;
        rows.into_iter()
            .map(|mut row| Ok(read!(row => LetterPart { recipient, part, counts })))
            .collect()
    }

    /// The letters since a day that may have come to some people, the latest first.
    pub async fn letters_since(
        &self,
        people: &BTreeSet<&str>,
        since: NaiveDate,
    ) -> Result<Vec<LetterName>> {
        let values = values![json::texts(people.iter().copied()), since];
        let rows = self.read_rows(Batch::new().ask(sql::LIST_LETTERS_SINCE, values)).await?;
        rows.into_iter()
            .map(|mut row| Ok(read!(row => LetterName { id, recipient, local_day })))
            .collect()
    }

    /// Letters, the latest first.
    pub async fn letters(&self, filter: &LetterFilter, limit: usize) -> Result<Vec<LetterRow>> {
        let states = json::texts(filter.states.iter().map(|state| state.as_str()));
        let states = if filter.states.is_empty() { Value::Null } else { states };
        let person = filter.recipient.as_deref();
        let values = values![filter.id, person, states, count(limit)];
        // A filter that may be none hides the index from SQLite: the narrow ones are asked by name.
        let by_index = match (filter.id, &filter.recipient) {
            (Some(_), _) => sql::LIST_LETTERS_OF_ID,
            (None, Some(_)) => sql::LIST_LETTERS_TO,
            (None, None) => sql::LIST_LETTERS,
        };
        let rows = self.read_rows(Batch::new().ask(by_index, values)).await?;
        rows.into_iter().map(letter_row).collect()
    }

    /// The letter with this Message-ID.
    pub async fn letter_of(&self, message_id: &str) -> Result<Option<LetterId>> {
        let rows = self.read_rows(Batch::new().ask(sql::FIND_LETTER, values![message_id])).await?;
        rows.into_iter().next().map(|mut row| row.take()).transpose()
    }

    /// All attempts at a letter, in order.
    pub async fn attempts(&self, letter: LetterId) -> Result<Vec<AttemptRow>> {
        let rows = self.read_rows(Batch::new().ask(sql::LIST_ATTEMPTS, values![letter])).await?;
        rows.into_iter()
            .map(|mut row| {
                Ok(read!(row => AttemptRow { letter, fence, worker, phase, code, text, at, report }))
            })
            .collect()
    }

    /// Lets a letter that failed, waits or is in doubt go out now; false when there is none such.
    pub async fn retry_letter(&self, letter: LetterId, now: DateTime<Utc>) -> Result<bool> {
        let batch = Batch::new().ask(sql::RETRY_LETTER, values![now, letter]);
        Ok(self.work(batch, vec![1]).await?.kept)
    }

    /// Lets an address be written to again, and notes who says so at its newest letter; nothing when
    /// no letter was ever written to it, false when it is not refused.
    pub async fn release_address(
        &self,
        address: &str,
        (text, at): (&str, DateTime<Utc>),
    ) -> Result<Option<bool>> {
        let batch = Batch::new()
            .ask(sql::NOTE_ADDRESS_RELEASED, values![address, text, at])
            .ask(sql::RELEASE_ADDRESS, values![address]);
        if self.work(batch, vec![1, 1]).await?.kept {
            return Ok(Some(true));
        }
        let known = self.read_row(Batch::new().ask(sql::HAS_ADDRESS, values![address])).await?;
        Ok(known.map(|_| false))
    }

    /// The addresses that are not written to.
    pub async fn suppressions(&self) -> Result<Vec<Suppression>> {
        let rows = self.read_rows(Batch::new().ask(sql::LIST_SUPPRESSIONS, vec![])).await?;
        rows.into_iter()
            .map(|mut row| Ok(read!(row => Suppression { address, reason, at })))
            .collect()
    }
}

/// A relay may take a bare CR or LF for the end of something.
fn has_bare_line_end(bytes: &[u8]) -> bool {
    (0..bytes.len()).any(|at| match bytes[at] {
        b'\n' => at == 0 || bytes[at - 1] != b'\r',
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    })
}

fn letter_row(mut row: Row) -> Result<LetterRow> {
    let letter = read!(row => NewLetter {
        id, recipient, address, local_day, slot, part, message_id, bytes, next_at,
    });
    Ok(read!(row => LetterRow {
        state, attempts, lease_by, lease_until, fence, handed_over_at, sent_at, smtp_code,
        smtp_text, copies,
    } with { letter }))
}
