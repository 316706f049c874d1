//! From planned reminders to letters: one digest per person and local day, frozen for ever.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use spor_domain::calendar;
use spor_domain::ids::{CaseRef, PersonRef};
use spor_mail::compose::ComposeError;
use spor_store::{Composed, LedgerChange, LetterId, ReminderRow, StoreError};

use crate::due::{Reach, letter_id, slot_on};
use crate::error::Result;
use crate::letterhead::{Draft, Letterhead, refused_rows};
use crate::names::Names;
use crate::plan::Known;
use crate::review::Kept;
use crate::tick::{Round, Scheduler, Ticked};

/// Changes of the ledger in one transaction.
const CHANGES: usize = 500;
/// The letter of a person's day.
pub(crate) const PART: u32 = 1;
/// The letter of that day that waits for a person: what is in it may have gone out before.
const HELD_PART: u32 = 2;

impl Scheduler {
    /// Writes the letters of the day once its slot has come, and names those it wrote.
    pub(crate) async fn compose(
        &self,
        round: &Round,
        ticked: &mut Ticked,
    ) -> Result<BTreeSet<LetterId>> {
        let mut written = BTreeSet::new();
        let is_working = calendar::is_working_day(round.day, round.policy.offices);
        if !is_working || round.now < slot_on(round.day, &round.policy) {
            return Ok(written);
        }
        self.take_back_old(round, ticked).await?;
        let Kept { rows: keep, old } = self.review(round, ticked).await?;
        if keep.is_empty() {
            return Ok(written);
        }
        let people = keep.keys().map(String::as_str).collect();
        let mut to_cancel = self.held(round, &people).await?;
        let told = keep.values().flatten().map(|row| &row.case_ref);
        let told = told.chain(to_cancel.values().flatten().map(|held| &held.case_ref));
        let cases = told.filter_map(|case| CaseRef::parse(case).ok());
        let names = Names::of(&self.store, cases.collect(), &round.people.directory).await?;
        self.prepare_keys(keep.values().flatten()).await?;
        let letterhead = Letterhead { round, names: &names };
        for (recipient, rows) in keep {
            let (held, fresh) = rows.into_iter().partition(|row| old.contains(&row.id));
            let mut cancelled = to_cancel.remove(&recipient).unwrap_or_default();
            for (rows, part) in [(fresh, PART), (held, HELD_PART)] {
                let held = if part == PART { std::mem::take(&mut cancelled) } else { Vec::new() };
                let letter = Draft { recipient: &recipient, rows, part, held };
                written.extend(self.write(&letterhead, letter, ticked).await?);
            }
        }
        Ok(written)
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
    ) -> Result<Option<LetterId>> {
        let Draft { recipient, ref rows, part, .. } = draft;
        let round = letterhead.round;
        if rows.is_empty() {
            return Ok(None);
        }
        let person = PersonRef::parse(recipient).ok();
        let reach = person.map(|person| round.people.reach(&person, round.day));
        let Some(Reach::At(to)) = reach else {
            return Ok(None);
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
                return Ok(None);
            }
        };
        let gone: BTreeSet<_> = refused.iter().map(|row| row.id).collect();
        self.tell_of_unwritten(round, rows, &refused, ticked).await?;
        ticked.suppressed += self.suppress(round, refused).await?;
        let Some(letter) = letter else {
            return Ok(None);
        };
        let ids = rows.iter().map(|row| row.id).filter(|id| !gone.contains(id)).collect();
        let is_held = part == HELD_PART;
        let composed = if is_held {
            self.store.compose_held(letter, ids).await?
        } else {
            self.store.compose(letter, ids).await?
        };
        if composed != Composed::ReminderGone && !is_held {
            self.note_served(round, recipient);
        }
        ticked.composed += u64::from(composed == Composed::New);
        ticked.held += u64::from(composed == Composed::New && is_held);
        Ok((composed == Composed::New).then_some(id))
    }

    pub(crate) async fn is_served(&self, round: &Round, person: &str) -> Result<bool> {
        let noted = {
            let served = self.shared.served.lock().unwrap_or_else(PoisonError::into_inner);
            served.day == Some(round.day) && served.people.contains(person)
        };
        if noted {
            return Ok(true);
        }
        let id = letter_id(self.store.id(), person, round.day, PART);
        let is_served = self.store.has_letter(id).await?;
        if is_served {
            self.note_served(round, person);
        }
        Ok(is_served)
    }

    fn note_served(&self, round: &Round, person: &str) {
        let mut served = self.shared.served.lock().unwrap_or_else(PoisonError::into_inner);
        if served.day != Some(round.day) {
            served.day = Some(round.day);
            served.people.clear();
        }
        served.people.insert(person.to_owned());
    }

    /// Whether everything in a letter has been settled since it was written.
    pub(crate) fn is_settled(round: &Round, known: &Known, row: &ReminderRow) -> bool {
        known
            .deadline(&row.rule, row.cycle)
            .is_none_or(|deadline| deadline.settled.is_some_and(|settled| settled.on <= round.day))
    }
}
