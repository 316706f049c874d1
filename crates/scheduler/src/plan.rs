//! From deadlines that have come due to reminders in the ledger, each once and for ever.
//!
//! Due rows are found through the index of armed instants, never by a scan. What a row asks for is
//! derived anew from the fold of its case; the row only says when to look.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use spor_domain::assigning::AssignedRole;
use spor_domain::case::Case;
use spor_domain::ids::{CaseRef, PersonRef};
use spor_domain::rules::{self, Deadline};
use spor_domain::sealed::Sealed;
use spor_domain::staff::Role;
use spor_domain::view::{OtherSession, View};
use spor_history::load::KnownAt;
use spor_history::stream;
use spor_projections::people;
use spor_projections::tables::Table;
use spor_projections::tables::deadlines::{self, UNKNOWN_RULE};
use spor_projections::tables::watches;
use spor_store::{
    LedgerChange, Rearm, ReminderFilter, ReminderId, ReminderRow, ReminderState, StreamName,
};
use tokio::sync::MutexGuard;

use crate::armed::{self, Armed, Asks, WAKING};
use crate::differing::is_of_audit;
use crate::due::{self, CASE_UNREADABLE, People, Question, level_of, unreachable};
use crate::error::Result;
use crate::tick::{Round, Scheduler, Ticked};

/// Rows planned in one transaction.
pub(crate) const BATCH: usize = 500;
/// Batches of one round; the next round goes on after them.
const MAX_BATCHES: usize = 400;
/// Ledger rows of one case that are looked through.
pub(crate) const CASE_ROWS: usize = 10_000;

/// A case on the day of a round, with all its deadlines.
pub(crate) struct Known {
    pub(crate) view: View,
    pub(crate) deadlines: Vec<Deadline>,
}

impl Known {
    pub(crate) fn deadline(&self, rule: &str, cycle: uuid::Uuid) -> Option<&Deadline> {
        self.deadlines.iter().find(|known| known.rule.id == rule && known.cycle.0 == cycle)
    }
}

/// Cases by reference; one that cannot be read is there without its fold.
pub(crate) type Cases = BTreeMap<CaseRef, Option<Known>>;

/// What volunteers did, case by case.
pub(crate) type Sessions = BTreeMap<PersonRef, Vec<(CaseRef, OtherSession)>>;

/// What rows that have come due ask for.
#[derive(Default)]
struct Asked {
    rows: Vec<ReminderRow>,
    /// When to look at them again.
    rearms: Vec<Rearm>,
    /// Cases that cannot be read any more, though nothing was entered in them: a key is missing.
    unreadable: BTreeSet<StreamName>,
}

/// Whole ledgers by case.
type Ledgers = BTreeMap<String, Vec<ReminderRow>>;

/// A case on the day of a round, with the supervision of its people. Nothing when a key is missing:
/// without the birth date a deadline would be missing too.
fn viewed(round: &Round, folded: &Case) -> Option<View> {
    let mut view = folded.as_of(round.day);
    if view.birth_date == Some(Sealed::KeyMissing) {
        return None;
    }
    view.learn_supervision(&round.people.directory);
    Some(view)
}

impl Scheduler {
    /// Plans every deadline that is armed for now or earlier.
    pub(crate) async fn plan(&self, round: &Round, ticked: &mut Ticked) -> Result<()> {
        ticked.complete = true;
        for table in WAKING {
            ticked.complete &= self.plan_from(table, round, ticked).await?;
        }
        Ok(())
    }

    /// Plans what the rows of one table ask for; whether all of it was.
    async fn plan_from(&self, table: &Table, round: &Round, ticked: &mut Ticked) -> Result<bool> {
        let spec = table.spec();
        for _ in 0..MAX_BATCHES {
            let due = self.store.due_rows(&spec, round.now, BATCH).await?;
            let armed = due.into_iter().map(|row| armed::read(table, row));
            let armed: Vec<Armed> = armed.collect::<Result<_>>()?;
            if armed.is_empty() {
                return Ok(true);
            }
            let Asked { rows, rearms, unreadable } = self.ask_all(round, armed).await?;
            self.enter_from(table, round, rows, rearms, ticked).await?;
            self.shared.heart.beat();
            // Their rows were made when they could be read; those made now call the lead.
            let unreadable: Vec<StreamName> = unreadable.into_iter().collect();
            if !unreadable.is_empty() && !self.runner.remake(&unreadable, round.now).await? {
                tracing::warn!(target: "spor::scheduler", "other programs hold the tables");
                return Ok(false);
            }
        }
        tracing::warn!(target: "spor::scheduler", "more is due than one round can plan");
        Ok(false)
    }

    /// What is due and would be entered now; enters nothing.
    pub(crate) async fn asked(&self, round: &Round, limit: usize) -> Result<Vec<ReminderRow>> {
        let mut asked = Vec::new();
        for table in WAKING {
            let due = self.store.due_rows(&table.spec(), round.now, limit).await?;
            let armed = due.into_iter().map(|row| armed::read(table, row));
            asked.extend(self.ask_all(round, armed.collect::<Result<_>>()?).await?.rows);
        }
        Ok(asked)
    }

    /// What rows that have come due ask for, and when to look at them again.
    async fn ask_all(&self, round: &Round, armed: Vec<Armed>) -> Result<Asked> {
        let streams: BTreeSet<StreamName> = armed.iter().map(|row| row.stream.clone()).collect();
        let cases = self.fold(&streams.into_iter().collect::<Vec<_>>(), round).await?;
        let mut asked = Asked::default();
        for armed in armed {
            let Some(case) = stream::case_of(&armed.stream) else {
                asked.rearms.push(armed.rearm);
                continue;
            };
            let known = cases.get(&case);
            if matches!(known, Some(None)) && armed.rule != UNKNOWN_RULE {
                asked.unreadable.insert(armed.stream);
                continue;
            }
            let (wanted, rearm) = self.ask(round, &case, known, armed);
            asked.rows.extend(wanted);
            asked.rearms.push(rearm);
        }
        Ok(asked)
    }

    /// Folds cases and derives their deadlines on the day of the round.
    pub(crate) async fn fold(&self, streams: &[StreamName], round: &Round) -> Result<Cases> {
        let mut cases = Cases::new();
        for chunk in streams.chunks(BATCH) {
            let mut views = Vec::with_capacity(chunk.len());
            for (case, folded) in self.memory.fold(chunk, KnownAt::Everything).await? {
                views.push((case, folded.ok().and_then(|folded| viewed(round, &folded))));
            }
            let known = views.iter().filter_map(|(_, view)| view.as_ref());
            let volunteers = known.flat_map(|view| view.assigned_as(AssignedRole::Volunteer));
            let sessions = self.sessions_of(round, volunteers.collect()).await?;
            for (case, view) in views {
                let known = view.map(|mut view| {
                    for volunteer in view.assigned_as(AssignedRole::Volunteer) {
                        people::learn_sessions(&mut view, &case, &sessions[&volunteer]);
                    }
                    let deadlines = rules::deadlines(&view, &round.policy).collect();
                    Known { view, deadlines }
                });
                cases.insert(case, known);
            }
        }
        Ok(cases)
    }

    /// What volunteers did in all their cases: asked once in a round.
    async fn sessions_of<'a>(
        &self,
        round: &'a Round,
        mut volunteers: BTreeSet<PersonRef>,
    ) -> Result<MutexGuard<'a, Sessions>> {
        let mut known = round.volunteers.lock().await;
        volunteers.retain(|volunteer| !known.contains_key(volunteer));
        if !volunteers.is_empty() {
            let asked = (round.day, KnownAt::Everything);
            known.extend(people::sessions_of(&self.memory, &volunteers, asked).await?);
        }
        Ok(known)
    }

    /// What a due row asks for, and when to look at it again.
    fn ask(
        &self,
        round: &Round,
        case: &CaseRef,
        known: Option<&Option<Known>>,
        mut armed: Armed,
    ) -> (Vec<ReminderRow>, Rearm) {
        if armed.rule == UNKNOWN_RULE {
            return (self.unreadable(round, case, &armed), armed.rearm);
        }
        let (rule, asks) = (armed.rule.as_str(), armed.asks);
        let known = known.and_then(Option::as_ref);
        let all =
            known.into_iter().flat_map(|known| known.deadlines.iter().zip(iter::repeat(known)));
        let mut rows = Vec::new();
        for (deadline, known) in all.filter(|(of, _)| of.rule.id == rule && asks.is_about(of)) {
            let question = self.question(round, case, &known.view, deadline);
            rows.extend(question.rows());
            if let Asks::One(_) = asks {
                armed.rearm.wakes_at = question.wakes_at();
            }
        }
        if let Asks::Any(days) = asks {
            armed.rearm.wakes_at = watches::next_look(days, &round.policy, round.now);
        }
        (rows, armed.rearm)
    }

    pub(crate) fn question<'a>(
        &self,
        round: &'a Round,
        case: &'a CaseRef,
        view: &'a View,
        deadline: &'a Deadline,
    ) -> Question<'a> {
        Question {
            store: self.store.id(),
            case,
            view,
            deadline,
            policy: &round.policy,
            people: &round.people,
            now: round.now,
        }
    }

    /// Enters rows in the ledger, brings back those that are asked for again, and lets go of those
    /// that can reach nobody.
    pub(crate) async fn enter(
        &self,
        round: &Round,
        rows: Vec<ReminderRow>,
        ticked: &mut Ticked,
    ) -> Result<()> {
        self.enter_from(&deadlines::TABLE, round, rows, Vec::new(), ticked).await
    }

    /// The same, and moves the rows of a table that asked for them on.
    async fn enter_from(
        &self,
        table: &Table,
        round: &Round,
        rows: Vec<ReminderRow>,
        rearms: Vec<Rearm>,
        ticked: &mut Ticked,
    ) -> Result<()> {
        let new = self.store.plan(&table.spec(), rows.clone(), rearms).await?;
        let new: BTreeSet<_> = new.into_iter().collect();
        let (new, old): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| new.contains(&row.id));
        let is_planned = |row: &ReminderRow| row.state == ReminderState::Planned;
        let old: Vec<ReminderRow> = old.into_iter().filter(is_planned).collect();
        let revived = self.revive(round, old).await?;
        let mut lost = Vec::new();
        for row in new.into_iter().chain(revived) {
            match (is_planned(&row), unreachable(&row)) {
                (true, Some(_)) => lost.push(row),
                (true, None) => ticked.planned += 1,
                (false, _) => ticked.overtaken += 1,
            }
        }
        ticked.suppressed += self.suppress(round, lost).await?;
        Ok(())
    }

    /// What was let go of and is asked for again: an entry was retracted, a person was registered.
    async fn revive(&self, round: &Round, rows: Vec<ReminderRow>) -> Result<Vec<ReminderRow>> {
        let ids: Vec<ReminderId> = rows.iter().map(|row| row.id).collect();
        let mut ledgers = Ledgers::new();
        let mut revived = Vec::new();
        if ids.is_empty() {
            return Ok(revived);
        }
        let found = self.store.reminders_by_id(&ids).await?;
        let found: BTreeMap<ReminderId, ReminderRow> =
            found.into_iter().map(|found| (found.id, found)).collect();
        for row in rows {
            let Some(found) = found.get(&row.id) else { continue };
            if self.is_asked_again(&row, found, &mut ledgers).await? {
                let change = LedgerChange::ReminderMoved {
                    reminder: row.id,
                    from: vec![found.state],
                    to: ReminderState::Planned,
                    reason: row.reason.clone(),
                };
                self.store.change_ledger(vec![change], round.now).await?;
                revived.push(row);
            }
        }
        Ok(revived)
    }

    /// Whether a row that was let go of shall be told after all. The ledger of its case is read only
    /// when that has to be asked.
    async fn is_asked_again(
        &self,
        row: &ReminderRow,
        found: &ReminderRow,
        ledgers: &mut Ledgers,
    ) -> Result<bool> {
        Ok(match found.state {
            ReminderState::Cancelled => true,
            ReminderState::Overtaken => {
                if !ledgers.contains_key(&found.case_ref) {
                    let case_ref = Some(found.case_ref.clone());
                    let filter = ReminderFilter { case_ref, ..ReminderFilter::default() };
                    let ledger = self.store.reminders(&filter, CASE_ROWS).await?;
                    ledgers.insert(found.case_ref.clone(), ledger);
                }
                // A date that moved away again is no news to somebody who knows of a higher level.
                !ledgers[&found.case_ref].iter().any(|other| outranks(other, found))
            }
            ReminderState::Suppressed => unreachable(found).is_some() && unreachable(row).is_none(),
            ReminderState::Planned | ReminderState::Composed => false,
        })
    }

    /// The alarms about these reminders, as things stand with these people.
    pub(crate) async fn alarms(
        &self,
        round: &Round,
        people: &People,
        rows: &[(ReminderRow, &'static str)],
    ) -> Result<Vec<ReminderRow>> {
        let refs = rows.iter().filter_map(|(row, _)| CaseRef::parse(&row.case_ref).ok());
        let streams: BTreeSet<StreamName> = refs.map(|case| stream::of_case(&case)).collect();
        let cases = self.fold(&streams.into_iter().collect::<Vec<_>>(), round).await?;
        let mut alarms = Vec::new();
        for (case, known) in &cases {
            let Some(known) = known else { continue };
            for (row, why) in rows.iter().filter(|(row, _)| row.case_ref == case.as_str()) {
                if is_of_audit(row) {
                    alarms.extend(self.tell_another(round, people, (case, &known.view), row));
                }
                let Some(deadline) = known.deadline(&row.rule, row.cycle) else { continue };
                let question = self.question(round, case, &known.view, deadline);
                alarms.extend(Question { people, ..question }.alarms_about(row, why));
            }
        }
        let mut named = BTreeSet::new();
        alarms.retain(|alarm: &ReminderRow| named.insert(alarm.id));
        Ok(alarms)
    }

    /// A case that cannot be read counts as late; whoever leads hears of it.
    fn unreadable(&self, round: &Round, case: &CaseRef, armed: &Armed) -> Vec<ReminderRow> {
        let cycle = armed.asks.cycle();
        let level = rules::Level::Overdue.as_str();
        let row = |(role, person): (Role, spor_domain::ids::PersonRef)| {
            let name = format!("{CASE_UNREADABLE}-{person}");
            let words = [armed.rule.as_str(), case.as_str(), &cycle.to_string(), level, &name];
            ReminderRow {
                id: due::reminder_id(self.store.id(), &words),
                rule: armed.rule.clone(),
                case_ref: case.to_string(),
                cycle,
                level: level.to_owned(),
                recipient_role: role.as_str().to_owned(),
                recipient: Some(person.to_string()),
                state: ReminderState::Planned,
                reason: Some(CASE_UNREADABLE.to_owned()),
                letter: None,
                due: Some(round.day),
                planned_at: round.now,
            }
        };
        round.people.leads().map(row).collect()
    }
}

/// Whether the same person was told of the same duty at a higher level.
fn outranks(other: &ReminderRow, found: &ReminderRow) -> bool {
    other.state == ReminderState::Composed
        && (&other.rule, other.cycle, &other.recipient)
            == (&found.rule, found.cycle, &found.recipient)
        && level_of(&other.level) > level_of(&found.level)
}
