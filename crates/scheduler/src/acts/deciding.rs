//! Whether an act on a reminder is accepted. Pure: the ledger's row, the fold of the case and of
//! its acts, the policy and the instant in; a yes or a well-formed no out.

use chrono::{DateTime, NaiveDate, Utc};
use spor_domain::calendar;
use spor_domain::policy::Policy;
use spor_domain::reminding::{MOST_REASON_CHARS, Refusal, WHOLE_CASE};
use spor_domain::rules::{Deadline, Level, Rule};
use spor_store::{ReminderRow, ReminderState};

use super::{ACKNOWLEDGED, About, Rest, Standing, What};
use crate::due::{alarm_about, letter_level, level_of};

/// A reminder as it stands.
#[derive(Debug, Clone, Copy)]
pub struct Present<'a> {
    /// The ledger's row.
    pub row: &'a ReminderRow,
    /// Its deadline, while the case has it.
    pub deadline: Option<&'a Deadline>,
    /// What was done about it.
    pub standing: &'a Standing,
    /// The policy in force today.
    pub policy: &'a Policy,
    /// Today.
    pub day: NaiveDate,
    /// The present instant.
    pub now: DateTime<Utc>,
}

/// Whether an accepted act changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It shall be recorded.
    Record,
    /// It is so already.
    Unchanged,
}

/// Whether somebody can say to have seen it.
pub fn acknowledge(present: &Present<'_>) -> Result<Verdict, Refusal> {
    let about = tellable(present)?;
    let seen = present.standing.own(&about, present.day);
    Ok(changes_unless(matches!(seen, Some(Rest::Acknowledged(_)))))
}

/// Whether it can rest up to and including a day. Its next level is never put off.
pub fn snooze(
    present: &Present<'_>,
    until: NaiveDate,
    reason: Option<&str>,
) -> Result<Verdict, Refusal> {
    let about = tellable(present)?;
    check_reason(reason)?;
    check_until(until, present.day)?;
    let (latest, next) = latest_rest(present);
    if latest < present.day {
        return Err(Refusal::Overtaken { by: next });
    }
    if until > latest {
        return Err(Refusal::SnoozeTooLong { latest, next });
    }
    let same = present.standing.own(&about, present.day).is_some_and(
        |rest| matches!(&rest.deed().what, What::Snoozed { until: known, .. } if *known == until),
    );
    Ok(changes_unless(same))
}

/// The last day a reminder can rest, and the level that ends it.
pub fn latest_rest(present: &Present<'_>) -> (NaiveDate, Option<Level>) {
    let own = level_of(&present.row.level);
    let levels = present.deadline.map(Deadline::level_days).unwrap_or_default();
    let later = levels.into_iter().filter(|(level, _)| Some(*level) > own);
    if let Some((level, since)) = later.min_by_key(|(_, since)| *since) {
        return (calendar::days_before(since, 1), Some(level));
    }
    (calendar::days_after(present.day, present.policy.reminder_snooze_max_days), None)
}

/// What rests: all letters of a case, or those of one rule.
pub fn scope_of(rule: Option<&'static Rule>) -> &'static str {
    rule.map_or(WHOLE_CASE, |rule| rule.id)
}

/// Whether letters can rest, and up to and including which day. Each pause has an end: without one
/// it is the last day that the policy allows.
pub fn pause(
    standing: &Standing,
    scope: &str,
    until: Option<NaiveDate>,
    reason: Option<&str>,
    (day, policy): (NaiveDate, &Policy),
) -> Result<(Verdict, NaiveDate), Refusal> {
    check_reason(reason)?;
    let latest = calendar::days_after(day, policy.reminder_pause_max_days);
    let until = until.unwrap_or(latest);
    check_until(until, day)?;
    if until > latest {
        return Err(Refusal::PauseTooLong { latest });
    }
    let same = standing.paused(scope, day).is_some_and(
        |deed| matches!(&deed.what, What::Paused { until: known, .. } if *known == Some(until)),
    );
    Ok((changes_unless(same), until))
}

/// Whether there is something to resume.
pub fn resume(standing: &Standing, scope: &str, day: NaiveDate) -> Result<Verdict, Refusal> {
    standing.paused(scope, day).map(|_| Verdict::Record).ok_or(Refusal::NothingRests)
}

/// What the reminder is about, if it is one that somebody was or will be told of today.
fn tellable(present: &Present<'_>) -> Result<About, Refusal> {
    let Present { row, day, .. } = *present;
    if alarm_about(row).is_some() {
        return Err(Refusal::AlarmStays);
    }
    let deadline = present.deadline.ok_or(Refusal::Withdrawn)?;
    if let Some(settled) = deadline.settled.filter(|settled| settled.on <= day) {
        return Err(Refusal::Settled { on: settled.on });
    }
    let about = About::row(row).ok_or(Refusal::NotTold)?;
    let risen = letter_level(deadline, day, present.policy, present.now);
    let risen = risen.filter(|level| Some(*level) > level_of(&row.level));
    match row.state {
        _ if risen.is_some() => Err(Refusal::Overtaken { by: risen }),
        ReminderState::Overtaken => Err(Refusal::Overtaken { by: None }),
        ReminderState::Suppressed => Err(Refusal::NotTold),
        ReminderState::Cancelled if row.reason.as_deref() != Some(ACKNOWLEDGED) => {
            Err(Refusal::Withdrawn)
        }
        ReminderState::Planned | ReminderState::Composed | ReminderState::Cancelled => Ok(about),
    }
}

fn check_reason(reason: Option<&str>) -> Result<(), Refusal> {
    match reason.map(str::trim) {
        None | Some("") => Err(Refusal::ReasonMissing),
        Some(text) if text.chars().count() > MOST_REASON_CHARS => Err(Refusal::ReasonTooLong),
        Some(_) => Ok(()),
    }
}

fn check_until(until: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    if until < today {
        return Err(Refusal::UntilInPast { today });
    }
    Ok(())
}

fn changes_unless(is_so: bool) -> Verdict {
    if is_so { Verdict::Unchanged } else { Verdict::Record }
}
