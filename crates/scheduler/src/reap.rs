//! What waits in the outbox is looked at again before it goes out: nothing stale is sent, nothing
//! is sent a fourth time, and after an outage each person gets one letter, not one for each day.

use std::collections::BTreeSet;

use spor_domain::ids::CaseRef;
use spor_history::load::KnownAt;
use spor_history::stream;
use spor_store::{
    LONGEST_WAIT, LedgerChange, LetterId, LetterRow, LetterState, ReminderFilter, ReminderId,
    ReminderRow, ReminderState, StoreError, StreamName,
};

use crate::acts::{Rest, standings};
use crate::due::first_slot_from;
use crate::error::Result;
use crate::letter::{Circumstances, Effect, Input, step};
use crate::tick::{Round, Scheduler, Ticked};
use crate::unwritten::is_of_unwritten;
use chrono::TimeDelta;

/// Letters of the outbox that one round looks at.
const MAX_WAITING: usize = 2_000;
/// Reminders of one letter.
const MAX_IN_LETTER: usize = 10_000;

/// What becomes of a reminder whose letter is taken back.
pub(crate) struct Fate {
    row: ReminderRow,
    to: ReminderState,
    reason: Option<String>,
}

impl Fate {
    /// It shall be in another letter.
    fn planned(row: ReminderRow) -> Self {
        Self { to: ReminderState::Planned, reason: row.reason.clone(), row }
    }

    /// It is in none any more.
    fn cancelled(row: ReminderRow, why: &str) -> Self {
        Self { to: ReminderState::Cancelled, reason: Some(why.to_owned()), row }
    }
}

impl Scheduler {
    /// Looks at what waits in the outbox, before anything new is written. What was written on an
    /// earlier day and never reached the relay goes into the letter of today, if one is written;
    /// what may go out now says nothing that has been settled since. Counts what is left to be sent.
    pub(crate) async fn look_again(
        &self,
        round: &Round,
        writes: bool,
        ticked: &mut Ticked,
    ) -> Result<usize> {
        let mut left = 0;
        for letter in self.waiting_letters(round).await? {
            if letter.state == LetterState::InDoubt {
                continue;
            }
            let is_old = writes && letter.copies == 0 && letter.letter.local_day < round.day;
            if is_old && self.carry_over(round, &letter, ticked).await? || !round.is_due(&letter) {
                continue;
            }
            let moved = match letter.copies {
                0 => self.take_out_what_rests(round, &letter, ticked).await?,
                copies if copies < self.settings.when_in_doubt.most_copies() => false,
                _ => self.withdraw(round, &letter, Vec::new(), Input::CopiesSpent, ticked).await?,
            };
            left += usize::from(!moved);
        }
        Ok(left)
    }

    /// What is in a letter goes into the letter of today.
    async fn carry_over(
        &self,
        round: &Round,
        letter: &LetterRow,
        ticked: &mut Ticked,
    ) -> Result<bool> {
        let rows = self.rows_of(letter.letter.id).await?;
        let fates = rows.into_iter().map(Fate::planned).collect();
        self.withdraw(round, letter, fates, Input::Replaced, ticked).await
    }

    /// Takes a letter back when something in it shall not be told today: it was settled or seen, or
    /// it rests and goes into a later letter. What is left is written anew, as another letter. Once
    /// a relay has heard of a letter, it is only taken back whole.
    async fn take_out_what_rests(
        &self,
        round: &Round,
        letter: &LetterRow,
        ticked: &mut Ticked,
    ) -> Result<bool> {
        let rows = self.rows_of(letter.letter.id).await?;
        let named: BTreeSet<CaseRef> =
            rows.iter().filter_map(|row| CaseRef::parse(&row.case_ref).ok()).collect();
        let streams: Vec<StreamName> = named.iter().map(stream::of_case).collect();
        let cases = self.fold(&streams, round).await?;
        let standings = standings(&self.memory, named.iter(), KnownAt::Everything).await?;
        let fate = |row: &ReminderRow| {
            let case = CaseRef::parse(&row.case_ref).ok()?;
            let known = cases.get(&case)?.as_ref()?;
            if Self::is_settled(round, known, row) {
                return Some(Fate::cancelled(row.clone(), "met"));
            }
            // Such a line does not rest with its case.
            let standing = standings.get(case.as_str()).filter(|_| !is_of_unwritten(row))?;
            Some(match standing.rest(row, round.day)? {
                rest @ Rest::Acknowledged(_) => Fate::cancelled(row.clone(), rest.word()),
                Rest::Snoozed(_) | Rest::Paused(_) => Fate::planned(row.clone()),
            })
        };
        let mut fates: Vec<Fate> = rows.iter().filter_map(fate).collect();
        let is_whole = fates.len() == rows.len();
        if fates.is_empty() || (!is_whole && letter.handed_over_at.is_some()) {
            return Ok(false);
        }
        let gone: BTreeSet<ReminderId> = fates.iter().map(|fate| fate.row.id).collect();
        let left = rows.into_iter().filter(|row| !gone.contains(&row.id));
        fates.extend(left.map(Fate::planned));
        let is_done = fates.iter().all(|fate| fate.to == ReminderState::Cancelled);
        let input = if is_done { Input::AllSettled } else { Input::Replaced };
        self.withdraw(round, letter, fates, input, ticked).await
    }

    /// Moves a letter that no worker holds, with what is in it; says whether it moved.
    pub(crate) async fn withdraw(
        &self,
        round: &Round,
        letter: &LetterRow,
        fates: Vec<Fate>,
        input: Input,
        ticked: &mut Ticked,
    ) -> Result<bool> {
        let rows: Vec<ReminderRow> = fates.iter().map(|fate| fate.row.clone()).collect();
        let circumstances = Circumstances {
            was_in_doubt: input == Input::Replaced && self.was_in_doubt(letter).await?,
            ..self.circumstances(round, letter, &rows)
        };
        let step = step(letter.state, input, &circumstances);
        if step.state == letter.state {
            return Ok(false);
        }
        let mut changes = vec![LedgerChange::LetterMoved {
            letter: letter.letter.id,
            fence: letter.fence,
            from: vec![letter.state],
            to: step.state,
            next_at: None,
            text: words(input).to_owned(),
        }];
        let moves = |effect| matches!(effect, &Effect::PlanAnew | &Effect::CancelReminders);
        if step.effects.iter().any(moves) {
            changes.extend(fates.into_iter().map(|fate| LedgerChange::ReminderMoved {
                reminder: fate.row.id,
                from: vec![ReminderState::Composed],
                to: fate.to,
                reason: fate.reason,
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

    /// Whether the relay may have had a copy that is not counted any more, as a person has let the
    /// letter out again.
    async fn was_in_doubt(&self, letter: &LetterRow) -> Result<bool> {
        if letter.handed_over_at.is_none() {
            return Ok(false);
        }
        let may_be_out = [LetterState::InDoubt, LetterState::Held, LetterState::Sent];
        let attempts = self.store.attempts(letter.letter.id).await?;
        Ok(attempts.iter().any(|attempt| may_be_out.contains(&attempt.phase)))
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
            was_in_doubt: false,
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
        Input::Replaced => "a newer letter carries what is still to be told",
        Input::AllSettled => "everything in it was settled or seen",
        Input::CopiesSpent => "in doubt: a person decides",
        Input::DoubtOver => "the doubt is over",
        _ => "",
    }
}
