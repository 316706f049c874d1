//! From planned reminders to letters: one digest per person and local day, frozen for ever.

use std::collections::BTreeSet;

use spor_domain::calendar;
use spor_domain::ids::{CaseRef, PersonRef};
use spor_mail::compose::ComposeError;
use spor_store::{Composed, LedgerChange, ReminderRow, StoreError};

use crate::differing::is_of_audit;
use crate::due::{Reach, letter_id, slot_on};
use crate::error::Result;
use crate::letterhead::{Draft, Letterhead, refused_rows};
use crate::names::Names;
use crate::plan::Known;
use crate::review::Kept;
use crate::served::HELD_PART;
use crate::tick::{Round, Scheduler, Ticked};

/// Changes of the ledger in one transaction.
const CHANGES: usize = 500;

impl Scheduler {
    /// Writes the letters of the day.
    pub(crate) async fn compose(&self, round: &Round, ticked: &mut Ticked) -> Result<()> {
        let Kept { rows: keep, old } = self.review(round, ticked).await?;
        if keep.is_empty() {
            return Ok(());
        }
        let people = keep.keys().map(String::as_str).collect();
        let mut to_cancel = self.held(round, &people).await?;
        let served = self.served(round, &people).await?;
        let told = keep.values().flatten().map(|row| &row.case_ref);
        let told = told.chain(to_cancel.values().flatten().map(|held| &held.case_ref));
        let cases = told.filter_map(|case| CaseRef::parse(case).ok());
        let names = Names::of(&self.memory, cases.collect(), &round.people.directory).await?;
        self.prepare_keys(keep.values().flatten()).await?;
        let letterhead = Letterhead { round, names: &names };
        for (recipient, rows) in keep {
            let (held, fresh) = rows.into_iter().partition(|row| old.contains(&row.id));
            let mut cancelled = to_cancel.remove(&recipient).unwrap_or_default();
            for (rows, part) in [(fresh, served.next_part(&recipient)), (held, HELD_PART)] {
                let is_held = part == HELD_PART;
                let held = if is_held { Vec::new() } else { std::mem::take(&mut cancelled) };
                let letter = Draft { recipient: &recipient, rows, part, held };
                self.write(&letterhead, letter, ticked).await?;
            }
        }
        Ok(())
    }

    /// Makes changes of reminders; those that another worker made first are skipped.
    pub(crate) async fn change(&self, round: &Round, changes: Vec<LedgerChange>) -> Result<u64> {
        let mut made = 0;
        for chunk in changes.chunks(CHANGES) {
            match self.store.change_ledger(chunk.to_vec(), round.now).await {
                Ok(()) => made += u64::try_from(chunk.len()).unwrap_or(0),
                Err(StoreError::MovedOn { .. }) => {
                    for change in chunk {
                        match self.store.change_ledger(vec![change.clone()], round.now).await {
                            Ok(()) => made += 1,
                            Err(StoreError::MovedOn { .. }) => {}
                            Err(error) => return Err(error.into()),
                        }
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(made)
    }

    /// Writes one person's letter of the day, if anything is to be said.
    async fn write(
        &self,
        letterhead: &Letterhead<'_>,
        draft: Draft<'_>,
        ticked: &mut Ticked,
    ) -> Result<()> {
        let Draft { recipient, ref rows, part, .. } = draft;
        let round = letterhead.round;
        if rows.is_empty() {
            return Ok(());
        }
        let person = PersonRef::parse(recipient).ok();
        let reach = person.map(|person| round.people.reach(&person, round.day));
        let Some(Reach::At(to)) = reach else {
            return Ok(());
        };
        let id = letter_id(self.store.id(), recipient, round.day, part);
        let (letter, refused) = match self.render(letterhead, &draft, id, &to) {
            Ok(rendered) => rendered,
            Err(ComposeError::AllRefused(refused)) => (None, refused_rows(rows, &refused)),
            Err(error) => {
                ticked.unwritten += 1;
                tracing::error!(
                    target: "spor::scheduler",
                    { letter.id = %id, reason = %error }, "a letter cannot be written"
                );
                return Ok(());
            }
        };
        let gone: BTreeSet<_> = refused.iter().map(|row| row.id).collect();
        self.tell_of_unwritten(round, rows, &refused, ticked).await?;
        ticked.suppressed += self.suppress(round, refused).await?;
        let Some(letter) = letter else {
            return Ok(());
        };
        let ids = rows.iter().map(|row| row.id).filter(|id| !gone.contains(id)).collect();
        let is_held = part == HELD_PART;
        let composed = if is_held {
            self.store.compose_held(letter, ids).await?
        } else {
            self.store.compose(letter, ids).await?
        };
        ticked.composed += u64::from(composed == Composed::New);
        ticked.held += u64::from(composed == Composed::New && is_held);
        Ok(())
    }

    /// Whether what a reminder tells of has been settled since.
    pub(crate) fn is_settled(round: &Round, known: &Known, row: &ReminderRow) -> bool {
        let deadline = known.deadline(&row.rule, row.cycle);
        !is_of_audit(row)
            && deadline
                .is_none_or(|known| known.settled.is_some_and(|settled| settled.on <= round.day))
    }
}

impl Round {
    /// Whether the slot of the day has come, on a day on which letters are written.
    pub(crate) fn is_time_to_write(&self) -> bool {
        calendar::is_working_day(self.day, self.policy.offices)
            && self.now >= slot_on(self.day, &self.policy)
    }
}
