//! The letter that a person would get, shown to somebody else and sent to nobody.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use spor_domain::ids::{CaseRef, PersonRef};
use spor_store::{ReminderFilter, ReminderRow, ReminderState};

use crate::due::{Reach, letter_id};
use crate::error::Result;
use crate::letterhead::{Draft, Letterhead};
use crate::names::Names;
use crate::plan::CASE_ROWS;
use crate::tick::Scheduler;

/// Due rows that a preview looks at.
const MAX_DUE: usize = 100_000;

/// What a person would get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Preview {
    /// This letter, to the byte.
    Letter(Vec<u8>),
    /// Nothing: nothing is due, or all of it was told.
    Nothing,
    /// Nothing: the person cannot be reached, for this reason.
    Unreachable(&'static str),
    /// Nothing: the letter cannot be written, for this reason.
    Unwritten(String),
}

impl Scheduler {
    /// The letter that the next round would write for a person if it ran at an instant, with
    /// everything recorded so far. Enters, composes and sends nothing.
    pub async fn preview(&self, person: &PersonRef, now: DateTime<Utc>) -> Result<Preview> {
        let round = self.look_around(now).await?;
        let to = match round.people.reach(person, round.day) {
            Reach::At(to) => to,
            Reach::Not(why) => return Ok(Preview::Unreachable(why)),
        };
        let is_theirs = |row: &ReminderRow| row.recipient.as_deref() == Some(person.as_str());
        let mut rows = self.asked(&round, MAX_DUE).await?;
        rows.retain(|row| is_theirs(row) && row.state == ReminderState::Planned);
        let known: BTreeSet<_> = self.known_of(&rows).await?.into_iter().collect();
        rows.retain(|row| !known.contains(&row.id));
        let planned = self.store.planned_reminders(now, MAX_DUE).await?;
        rows.extend(planned.into_iter().filter(is_theirs));

        let mut review = self.hold_against_the_present(&round, rows).await?;
        let Some(rows) = review.keep.remove(person.as_str()) else {
            return Ok(Preview::Nothing);
        };
        let people = [person.as_str()].into_iter().collect();
        let held = self.held(&round, &people).await?.remove(person.as_str()).unwrap_or_default();
        let told = rows.iter().map(|row| &row.case_ref);
        let told = told.chain(held.iter().map(|held| &held.case_ref));
        let cases = told.filter_map(|case| CaseRef::parse(case).ok()).collect();
        let names = Names::of(&self.memory, cases, &round.people.directory).await?;
        let part = self.served(&round, &people).await?.next_part(person.as_str());
        let id = letter_id(self.store.id(), person.as_str(), round.day, part);
        let draft = Draft { recipient: person.as_str(), rows, part, held };
        let letterhead = Letterhead { round: &round, names: &names };
        Ok(match self.render(&letterhead, &draft, id, &to) {
            Ok((Some(letter), _)) => Preview::Letter(letter.bytes),
            Ok((None, _)) => Preview::Nothing,
            Err(error) => Preview::Unwritten(error.to_string()),
        })
    }

    /// Which of these rows stand in the ledger already, in whatever state.
    async fn known_of(&self, rows: &[ReminderRow]) -> Result<Vec<spor_store::ReminderId>> {
        let cases: BTreeSet<&str> = rows.iter().map(|row| row.case_ref.as_str()).collect();
        let mut known = Vec::new();
        for case in cases {
            let case_ref = Some(case.to_owned());
            let filter = ReminderFilter { case_ref, ..ReminderFilter::default() };
            let ledger = self.store.reminders(&filter, CASE_ROWS).await?;
            known.extend(ledger.into_iter().map(|row| row.id));
        }
        Ok(known)
    }
}
