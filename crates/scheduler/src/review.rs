//! Before a letter is written each planned reminder is held against the present fold: what was
//! settled meanwhile is cancelled, what rose is overtaken, what rests waits, and a person with
//! nothing left gets no letter.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use spor_domain::ids::CaseRef;
use spor_domain::rules::Level;
use spor_history::load::KnownAt;
use spor_history::stream;
use spor_store::{LedgerChange, ReminderId, ReminderRow, ReminderState, StreamName};

use crate::acts::{About, Rest, Standing, Standings, TOLD_AGAIN, standings};
use crate::differing::{Elsewhere, is_of_audit};
use crate::due::{
    CASE_UNREADABLE, NO_LONGER_RECIPIENT, Question, alarm, alarm_about, is_unheard, level_of,
    unreachable,
};
use crate::error::Result;
use crate::plan::{Cases, Known};
use crate::record::lost;
use crate::tick::{Round, Scheduler, Ticked};
use crate::unwritten::is_of_unwritten;

/// Planned reminders that one round looks at.
const MAX_PLANNED: usize = 100_000;
/// A second look follows when the first found somebody else who has to hear.
const LOOKS: usize = 2;

/// What a look at the planned reminders found.
#[derive(Default)]
pub(crate) struct Review {
    /// By recipient, what shall be in the letter.
    pub(crate) keep: BTreeMap<String, Vec<ReminderRow>>,
    changes: Vec<LedgerChange>,
    lost: Vec<ReminderRow>,
    /// Who else has to hear: of an empty role, or in the place of somebody who is away.
    others: Vec<ReminderRow>,
    /// What may have gone out from the store that was lost.
    old: BTreeSet<ReminderId>,
    /// What the letters say, whichever row of the ledger says it: each thing once.
    said: BTreeSet<ReminderId>,
}

/// What is left to be written: by recipient, and which of it waits for a person.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) rows: BTreeMap<String, Vec<ReminderRow>>,
    pub(crate) old: BTreeSet<ReminderId>,
}

/// What a look at the planned reminders is held against.
struct Present {
    cases: Cases,
    standings: Standings,
    held_before: Option<DateTime<Utc>>,
    /// Of planned reminders, the higher level that the same person knows of.
    known_worse: BTreeMap<ReminderId, Level>,
}

/// What becomes of a planned reminder.
enum Verdict {
    /// It is in the letter.
    Keep(ReminderRow),
    /// It waits where it is.
    Wait,
    /// It is let go of.
    Drop(ReminderState, String),
    /// It reaches nobody; these have to hear of that.
    Lost(ReminderRow, Vec<ReminderRow>),
}

impl Scheduler {
    /// Holds what is planned against the present fold, until nobody new has to be told.
    pub(crate) async fn review(&self, round: &Round, ticked: &mut Ticked) -> Result<Kept> {
        let mut kept = Kept::default();
        for _ in 0..LOOKS {
            let planned = self.waiting(round).await?;
            if planned.is_empty() {
                return Ok(Kept::default());
            }
            let review = self.hold_against_the_present(round, planned).await?;
            kept = Kept { rows: review.keep, old: review.old };
            ticked.cancelled += self.change(round, review.changes).await?;
            let before = ticked.planned;
            self.enter(round, review.others, ticked).await?;
            ticked.suppressed += self.suppress(round, review.lost).await?;
            if ticked.planned == before {
                break;
            }
        }
        Ok(kept)
    }

    /// What becomes of planned reminders as their cases are now; changes nothing.
    pub(crate) async fn hold_against_the_present(
        &self,
        round: &Round,
        planned: Vec<ReminderRow>,
    ) -> Result<Review> {
        let named: BTreeSet<CaseRef> =
            planned.iter().filter_map(|row| CaseRef::parse(&row.case_ref).ok()).collect();
        let streams: Vec<StreamName> = named.iter().map(stream::of_case).collect();
        let cases = self.fold(&streams, round).await?;
        let standings = standings(&self.memory, named.iter(), KnownAt::Everything).await?;
        let held_before = self.store.held_before().await?;
        let known_worse = self.known_worse(round, &planned).await?;
        let present = Present { cases, standings, held_before, known_worse };
        let mut review = Review::default();
        for row in planned {
            self.judge(round, &present, row, &mut review);
        }
        Ok(review)
    }

    /// A level that fell is no news to somebody who knows of a higher one, in whatever role.
    async fn known_worse(
        &self,
        round: &Round,
        planned: &[ReminderRow],
    ) -> Result<BTreeMap<ReminderId, Level>> {
        let rows: BTreeMap<ReminderId, &ReminderRow> =
            planned.iter().map(|row| (row.id, row)).collect();
        let mut known = BTreeMap::new();
        for (id, told, reason) in self.store.other_levels(round.now).await? {
            let Some((row, level)) = rows.get(&id).copied().zip(level_of(&told)) else { continue };
            let is_same = alarm(reason.as_deref()).map(|(_, role)| role) == alarm_about(row);
            if is_same && level_of(&row.level).is_some_and(|planned| planned < level) {
                known.insert(id, level);
            }
        }
        Ok(known)
    }

    /// The planned reminders of people who have had no letter today.
    async fn waiting(&self, round: &Round) -> Result<Vec<ReminderRow>> {
        let planned = self.store.planned_reminders(round.now, MAX_PLANNED).await?;
        let people = planned.iter().filter_map(|row| row.recipient.as_deref()).collect();
        let served = self.served(round, &people).await?;
        let waits = |row: &ReminderRow| row.recipient.as_deref().is_none_or(|who| !served.has(who));
        Ok(planned.into_iter().filter(waits).collect())
    }

    fn judge(&self, round: &Round, present: &Present, row: ReminderRow, review: &mut Review) {
        let case = CaseRef::parse(&row.case_ref).ok();
        let known = case.as_ref().and_then(|case| present.cases.get(case).map(Option::as_ref));
        let (Some(case), Some(Some(known))) = (case, known) else {
            // Of a case that cannot be read, late news is better than none.
            return keep(row, review);
        };
        let standing = present.standings.get(case.as_str());
        let id = row.id;
        if let Some(level) = present.known_worse.get(&id) {
            return drop_row(
                &row,
                ReminderState::Overtaken,
                &format!("overtaken_by_{level}"),
                review,
            );
        }
        match self.verdict(round, (&case, known, standing), row.clone(), review) {
            Verdict::Keep(kept) => {
                let is_old = self.instant(round, (&case, known), &row);
                if is_old.is_some_and(|at| present.held_before.is_some_and(|held| at < held)) {
                    review.old.insert(id);
                }
                keep(kept, review);
            }
            Verdict::Wait => {}
            Verdict::Drop(state, why) => drop_row(&row, state, &why, review),
            Verdict::Lost(row, alarms) => {
                review.others.extend(alarms);
                review.lost.push(row);
            }
        }
    }

    fn verdict(
        &self,
        round: &Round,
        (case, known, standing): (&CaseRef, &Known, Option<&Standing>),
        row: ReminderRow,
        review: &mut Review,
    ) -> Verdict {
        if is_of_audit(&row) {
            return match self.elsewhere(round, (case, &known.view), &row) {
                None => Verdict::Keep(row),
                Some(Elsewhere { why, rows }) => {
                    Verdict::Lost(ReminderRow { reason: Some(why.to_owned()), ..row }, rows)
                }
            };
        }
        let deadline = known.deadline(&row.rule, row.cycle);
        let Some(deadline) = deadline.filter(|_| row.reason.as_deref() != Some(CASE_UNREADABLE))
        else {
            return Verdict::Drop(ReminderState::Cancelled, "no_deadline".to_owned());
        };
        let question = self.question(round, case, &known.view, deadline);
        if is_of_unwritten(&row) && question.level().is_some() {
            return Verdict::Keep(row);
        }
        let present = question.level().map(|level| question.present(level)).unwrap_or_default();
        let Some(fresh) = fresh(&question, &present, &row) else {
            let (state, why) = question.why_not(&row);
            if why == NO_LONGER_RECIPIENT {
                // Whoever stands there now is told instead, also when the case itself is as it was.
                review.others.extend(present);
            }
            return Verdict::Drop(state, why);
        };
        match standing.and_then(|standing| standing.rest(&row, round.day)) {
            Some(rest @ Rest::Acknowledged(_)) => {
                return Verdict::Drop(ReminderState::Cancelled, rest.word().to_owned());
            }
            Some(Rest::Snoozed(_) | Rest::Paused(_)) => return Verdict::Wait,
            None => {}
        }
        if is_told_again(&row) && !is_put_off(standing, &row) {
            return Verdict::Drop(ReminderState::Cancelled, "not_snoozed".to_owned());
        }
        if !review.said.insert(fresh.id) {
            return Verdict::Drop(ReminderState::Cancelled, "in_the_same_letter".to_owned());
        }
        if unreachable(&fresh).is_some() {
            let alarms = present.into_iter().filter(|row| alarm_about(row).is_some()).collect();
            return Verdict::Lost(ReminderRow { reason: fresh.reason, ..row }, alarms);
        }
        let (recipient_role, reason) = (fresh.recipient_role, fresh.reason);
        Verdict::Keep(ReminderRow { recipient_role, reason, ..row })
    }

    /// The instant from which the letter of a reminder's present level goes out.
    fn instant(
        &self,
        round: &Round,
        (case, known): (&CaseRef, &Known),
        row: &ReminderRow,
    ) -> Option<DateTime<Utc>> {
        let deadline = known.deadline(&row.rule, row.cycle)?;
        let question = self.question(round, case, &known.view, deadline);
        question.letter_instant(question.level()?)
    }
}

/// What is asked for now in the place of a planned reminder: the same one; for one that is told
/// again, the one that was put off; and an alarm about a letter that died as long as its level.
fn fresh(
    question: &Question<'_>,
    present: &[ReminderRow],
    row: &ReminderRow,
) -> Option<ReminderRow> {
    if is_unheard(row) {
        let is_level = question.level().is_some() && question.level() == level_of(&row.level);
        return is_level.then(|| row.clone());
    }
    let is_again = is_told_again(row);
    let is_same = |fresh: &&ReminderRow| {
        let stands_for = is_again && alarm_about(fresh).is_none();
        fresh.id == row.id
            || (stands_for && fresh.recipient == row.recipient && fresh.level == row.level)
    };
    present.iter().find(is_same).cloned()
}

fn is_told_again(row: &ReminderRow) -> bool {
    row.reason.as_deref() == Some(TOLD_AGAIN)
}

fn is_put_off(standing: Option<&Standing>, row: &ReminderRow) -> bool {
    standing.zip(About::row(row)).is_some_and(|(standing, about)| standing.was_snoozed(&about))
}

fn keep(row: ReminderRow, review: &mut Review) {
    match row.recipient.clone() {
        Some(recipient) => review.keep.entry(recipient).or_default().push(row),
        None => review.lost.push(lost(row, "role_vacant")),
    }
}

fn drop_row(row: &ReminderRow, to: ReminderState, why: &str, review: &mut Review) {
    review.changes.push(LedgerChange::ReminderMoved {
        reminder: row.id,
        from: vec![ReminderState::Planned],
        to,
        reason: Some(why.to_owned()),
    });
}
