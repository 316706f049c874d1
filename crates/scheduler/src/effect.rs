//! Whether reminders help: how soon after a letter the duty was done, and whether that was before
//! the next level. From what was sent and from the fold; nothing is stored for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use spor_domain::calendar;
use spor_domain::ids::CaseRef;
use spor_domain::rules::{self, Deadline, How, Rule};
use spor_history::load::{KnownAt, Memory};
use spor_history::stream;
use spor_store::{LetterFilter, LetterId, LetterState, ReminderFilter, ReminderRow, ReminderState};
use uuid::Uuid;

use crate::due::{alarm_about, level_of, local_day};
use crate::error::Result;

/// More reminders than a municipality raises in fifty years.
const MOST_ROWS: usize = 1_000_000;
/// Cases folded at a time.
const CASES: usize = 500;

/// What the reminders of a rule led to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effect {
    /// The rule's number.
    pub rule: &'static str,
    /// The rule's name.
    pub name: &'static str,
    /// Reminders sent, one a person and level.
    pub sent: u64,
    /// Levels of deadlines told of, to however many people.
    pub told: u64,
    /// Those whose duty was done afterwards.
    pub met: u64,
    /// Days from the first letter of a level to that, the one in the middle.
    pub median_days: Option<f64>,
    /// Those whose next level has come or was forestalled.
    pub judged: u64,
    /// Of these, in hundredths, those done before the next level.
    pub before_next_pct: Option<f64>,
}

/// One level of one deadline that somebody was told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// The day of the first letter.
    pub sent_on: NaiveDate,
    /// The day the duty was done.
    pub met_on: Option<NaiveDate>,
    /// The first day of the next level.
    pub next_on: Option<NaiveDate>,
}

/// Which letters are looked at; all without ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// Sent on this day or later.
    pub from: Option<NaiveDate>,
    /// Sent on this day or earlier.
    pub until: Option<NaiveDate>,
}

impl Span {
    fn contains(self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }
}

/// A rule's deadline in a case, at one level.
type Key = (&'static str, Uuid, String);

/// The effect of each rule that something was sent of, rule by rule.
pub async fn effects(memory: &Memory, span: Span, now: DateTime<Utc>) -> Result<Vec<Effect>> {
    let (policies, _) = memory.policies(KnownAt::Everything).await?;
    let (day, zone) = (local_day(&policies, now), policies.on(now.date_naive()).zone);
    let store = memory.store();
    let states = vec![LetterState::Sent];
    let filter = LetterFilter { states, ..LetterFilter::default() };
    let letters = store.letters(&filter, MOST_ROWS).await?.into_iter();
    let sent: HashMap<LetterId, NaiveDate> = letters
        .filter_map(|row| Some((row.letter.id, calendar::local_date(row.sent_at?, zone))))
        .collect();
    let state = Some(ReminderState::Composed);
    let filter = ReminderFilter { state, ..ReminderFilter::default() };
    let mut by_case: BTreeMap<String, Vec<(ReminderRow, NaiveDate)>> = BTreeMap::new();
    for row in store.reminders(&filter, MOST_ROWS).await? {
        let sent_on = row.letter.and_then(|letter| sent.get(&letter)).copied();
        // An alarm is about whom nobody reached, not about the duty.
        let sent_on = sent_on.filter(|day| span.contains(*day) && alarm_about(&row).is_none());
        if let Some(sent_on) = sent_on {
            by_case.entry(row.case_ref.clone()).or_default().push((row, sent_on));
        }
    }
    let mut found: BTreeMap<&'static str, (u64, Vec<Told>)> = BTreeMap::new();
    let named = by_case.keys().filter_map(|case| CaseRef::parse(case).ok());
    let streams: BTreeSet<_> = named.map(|case| stream::of_case(&case)).collect();
    let streams: Vec<_> = streams.into_iter().collect();
    let directory = memory.directory(KnownAt::Everything).await?;
    for chunk in streams.chunks(CASES) {
        for (case, folded) in memory.fold(chunk, KnownAt::Everything).await? {
            let Ok(folded) = folded else { continue };
            let mut view = folded.as_of(day);
            view.learn_supervision(&directory);
            let deadlines: Vec<Deadline> = rules::deadlines(&view, policies.on(day)).collect();
            let rows = by_case.remove(case.as_str()).unwrap_or_default();
            take_in(&mut found, &deadlines, &rows, day);
        }
    }
    let of_rule = |rule: &&'static Rule| {
        let (sent, told) = found.get(rule.id)?;
        Some(summed(rule, *sent, told, day))
    };
    Ok(rules::ALL.iter().filter_map(of_rule).collect())
}

/// Joins what was sent about one case with what became of its deadlines.
fn take_in(
    found: &mut BTreeMap<&'static str, (u64, Vec<Told>)>,
    deadlines: &[Deadline],
    rows: &[(ReminderRow, NaiveDate)],
    day: NaiveDate,
) {
    let mut levels: BTreeMap<Key, Told> = BTreeMap::new();
    for (row, sent_on) in rows {
        let is_its = |known: &&Deadline| known.rule.id == row.rule && known.cycle.0 == row.cycle;
        // A deadline that was taken back since has no effect that could be told.
        let Some(deadline) = deadlines.iter().find(is_its) else { continue };
        found.entry(deadline.rule.id).or_default().0 += 1;
        let told = told(deadline, row, *sent_on, day);
        let key = (deadline.rule.id, row.cycle, row.level.clone());
        let known = levels.entry(key).or_insert(told);
        known.sent_on = known.sent_on.min(*sent_on);
    }
    for ((rule, _, _), told) in levels {
        found.entry(rule).or_default().1.push(told);
    }
}

fn told(deadline: &Deadline, row: &ReminderRow, sent_on: NaiveDate, day: NaiveDate) -> Told {
    let own = level_of(&row.level);
    let later = deadline.level_days().into_iter().filter(|(level, _)| Some(*level) > own);
    let settled = deadline.settled.filter(|settled| settled.on <= day);
    let met = settled.filter(|settled| settled.how == How::Met);
    Told {
        sent_on,
        met_on: met.map(|settled| settled.on),
        next_on: later.map(|(_, since)| since).min(),
    }
}

/// The figures of one rule. What was done before its letter says nothing of the letter, and what
/// is still open before its next level is not judged yet.
pub fn summed(rule: &'static Rule, sent: u64, told: &[Told], today: NaiveDate) -> Effect {
    let days = |told: &Told| {
        let met = told.met_on.filter(|met| *met >= told.sent_on)?;
        Some(met.signed_duration_since(told.sent_on).num_days())
    };
    let mut taken: Vec<i64> = told.iter().filter_map(days).collect();
    taken.sort_unstable();
    let verdict = |told: &Told| {
        let next = told.next_on?;
        match told.met_on {
            Some(met) if met < told.sent_on => None,
            Some(met) => Some(met < next),
            None => (next <= today).then_some(false),
        }
    };
    let verdicts: Vec<bool> = told.iter().filter_map(verdict).collect();
    let before = verdicts.iter().filter(|is_before| **is_before).count();
    Effect {
        rule: rule.id,
        name: rule.name,
        sent,
        told: counted(told.len()),
        met: counted(taken.len()),
        median_days: median(&taken),
        judged: counted(verdicts.len()),
        before_next_pct: share(before, verdicts.len()),
    }
}

/// Half of the two in the middle, which are one where the number is odd.
fn median(sorted: &[i64]) -> Option<f64> {
    let (low, high) =
        (sorted.get(sorted.len().checked_sub(1)? / 2)?, sorted.get(sorted.len() / 2)?);
    let doubled = i32::try_from(low + high).ok()?;
    Some(f64::from(doubled) / 2.0)
}

/// In hundredths, to one decimal.
fn share(part: usize, whole: usize) -> Option<f64> {
    let thousandths = (part * 1_000 + whole / 2).checked_div(whole)?;
    Some(f64::from(u32::try_from(thousandths).ok()?) / 10.0)
}

fn counted(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
