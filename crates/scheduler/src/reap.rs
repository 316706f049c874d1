//! What waits in the outbox is looked at again before it goes out: nothing stale is sent, nothing
//! is sent a fourth time, and after an outage each person gets one letter, not one for each day.

use std::collections::BTreeSet;

use spor_domain::ids::CaseRef;
use spor_history::stream;
use spor_store::{
    LONGEST_WAIT, LedgerChange, LetterId, LetterRow, LetterState, ReminderFilter, ReminderRow,
    ReminderState, StoreError, StreamName,
};

use crate::due::first_slot_from;
use crate::error::Result;
use crate::letter::{Circumstances, Effect, Input, step};
use crate::tick::{Round, Scheduler, Ticked};
use chrono::TimeDelta;

/// Letters of the outbox that one round looks at.
const MAX_WAITING: usize = 2_000;
/// Reminders of one letter.
const MAX_IN_LETTER: usize = 10_000;

impl Scheduler {
    /// Takes back what was written on an earlier day and never reached the relay: what is in it
    /// goes into the letter of today.
    pub(crate) async fn take_back_old(&self, round: &Round, ticked: &mut Ticked) -> Result<()> {
        for letter in self.waiting_letters(round).await? {
            let is_in_doubt = letter.state == LetterState::InDoubt;
            if letter.letter.local_day < round.day && letter.copies == 0 && !is_in_doubt {
                let rows = self.rows_of(letter.letter.id).await?;
                self.withdraw(round, &letter, &rows, Input::Replaced, ticked).await?;
            }
        }
        Ok(())
    }

    /// Looks at the letters that may go out now; those written in this round need no second look.
    /// Counts what is left to be sent.
    pub(crate) async fn look_again(
        &self,
        round: &Round,
        fresh: &BTreeSet<LetterId>,
        ticked: &mut Ticked,
    ) -> Result<usize> {
        let mut left = 0;
        for letter in self.waiting_letters(round).await? {
            if letter.state == LetterState::InDoubt || !round.is_due(&letter) {
                continue;
            }
            let moved = match letter.copies {
                _ if fresh.contains(&letter.letter.id) => false,
                0 => self.cancel_when_settled(round, &letter, ticked).await?,
                copies if copies < self.settings.when_in_doubt.most_copies() => false,
                _ => self.withdraw(round, &letter, &[], Input::CopiesSpent, ticked).await?,
            };
            left += usize::from(!moved);
        }
        Ok(left)
    }

    async fn cancel_when_settled(
        &self,
        round: &Round,
        letter: &LetterRow,
        ticked: &mut Ticked,
    ) -> Result<bool> {
        let rows = self.rows_of(letter.letter.id).await?;
        let refs = rows.iter().filter_map(|row| CaseRef::parse(&row.case_ref).ok());
        let streams: BTreeSet<StreamName> = refs.map(|case| stream::of_case(&case)).collect();
        let streams: Vec<StreamName> = streams.into_iter().collect();
        let cases = self.fold(&streams, round).await?;
        let is_settled = |row: &ReminderRow| {
            let case = CaseRef::parse(&row.case_ref).ok();
            let known = case.and_then(|case| cases.get(&case)?.as_ref());
            known.is_some_and(|known| Self::is_settled(round, known, row))
        };
        if rows.is_empty() || !rows.iter().all(is_settled) {
            return Ok(false);
        }
        self.withdraw(round, letter, &rows, Input::AllSettled, ticked).await
    }

    /// Moves a letter that no worker holds, with what is in it; says whether it moved.
    pub(crate) async fn withdraw(
        &self,
        round: &Round,
        letter: &LetterRow,
        rows: &[ReminderRow],
        input: Input,
        ticked: &mut Ticked,
    ) -> Result<bool> {
        let step = step(letter.state, input, &self.circumstances(round, letter, rows));
        let mut changes = vec![LedgerChange::LetterMoved {
            letter: letter.letter.id,
            fence: letter.fence,
            from: vec![letter.state],
            to: step.state,
            next_at: None,
            text: words(input).to_owned(),
        }];
        for effect in &step.effects {
            let to = match effect {
                Effect::PlanAnew => ReminderState::Planned,
                Effect::CancelReminders => ReminderState::Cancelled,
                _ => continue,
            };
            changes.extend(rows.iter().map(|row| LedgerChange::ReminderMoved {
                reminder: row.id,
                from: vec![ReminderState::Composed],
                to,
                reason: match to {
                    ReminderState::Cancelled => Some("met".to_owned()),
                    _ => row.reason.clone(),
                },
            }));
        }
        match self.store.change_ledger(changes, round.now).await {
            Ok(()) => match step.state {
                LetterState::Held => ticked.held += 1,
                LetterState::Ready => ticked.reaped += 1,
                _ => ticked.withdrawn += 1,
            },
            // A worker was faster: the letter is on its way.
            Err(StoreError::MovedOn { .. } | StoreError::LeaseLost { .. }) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        Ok(true)
    }

    /// The reminders that are in a letter.
    pub(crate) async fn rows_of(&self, letter: LetterId) -> Result<Vec<ReminderRow>> {
        let filter = ReminderFilter {
            letter: Some(letter),
            state: Some(ReminderState::Composed),
            ..ReminderFilter::default()
        };
        Ok(self.store.reminders(&filter, MAX_IN_LETTER).await?)
    }

    pub(crate) async fn waiting_letters(&self, round: &Round) -> Result<Vec<LetterRow>> {
        let letters = self.store.waiting_letters(MAX_WAITING).await?;
        if letters.len() == MAX_WAITING {
            tracing::warn!(
                target: "spor::scheduler", at = %round.now,
                "more letters wait than one round looks at"
            );
        }
        Ok(letters)
    }

    /// What a decision about a letter needs to know.
    pub(crate) fn circumstances(
        &self,
        round: &Round,
        letter: &LetterRow,
        rows: &[ReminderRow],
    ) -> Circumstances {
        let planned = rows.iter().map(|row| row.planned_at).min();
        Circumstances {
            letter: letter.letter.id,
            attempts: letter.attempts,
            since: first_slot_from(planned.unwrap_or(letter.letter.next_at), &round.policy),
            now: round.now,
            copies: letter.copies,
            most_copies: self.settings.when_in_doubt.most_copies(),
        }
    }
}

impl Round {
    /// Whether a letter may go out, or its doubt is over. One that waits for longer than any letter
    /// does was put off by a clock that was wrong.
    pub(crate) fn is_due(&self, letter: &LetterRow) -> bool {
        let waits = letter.letter.next_at.signed_duration_since(self.now);
        waits <= TimeDelta::zero() || waits > LONGEST_WAIT
    }
}

fn words(input: Input) -> &'static str {
    match input {
        Input::Replaced => "a newer letter carries what is in it",
        Input::AllSettled => "everything in it was settled",
        Input::CopiesSpent => "in doubt: a person decides",
        Input::DoubtOver => "the doubt is over",
        _ => "",
    }
}
