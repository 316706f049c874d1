//! The nightly self-audit: a seventh of the cases is folded from the log, its deadlines are derived
//! anew and held against the table of deadlines and the ledger. Each case has its night in every
//! seven.
//!
//! A difference is an alarm, also when it is repaired at once: rows that nobody woke up for are how
//! somebody is forgotten. One process audits at a time, a page of names a round.
//!
//! A process may sleep in the middle of its round while the others work on for days. What woke them
//! meanwhile was moved on by them, and its own instant says nothing about it any more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use sha2::{Digest, Sha256};
use spor_domain::ids::CaseRef;
use spor_domain::rules::Span;
use spor_domain::schema::Category;
use spor_history::stream;
use spor_projections::tables::deadlines::{self, WAKES_AT};
use spor_projections::tables::watches;
use spor_store::{Cell, Position, ReminderFilter, StreamName};

use crate::armed::WAKING;
use crate::due::local_day;
use crate::error::Result;
use crate::plan::{CASE_ROWS, Known};
use crate::tick::{Round, Scheduler, Ticked};
use crate::wrong_clock::NOTED_EVERY;

/// The duty of auditing, and what its findings are filed under.
pub const SELF_AUDIT: &str = "self-audit";
/// How long the duty stays with whoever does a page of it.
const DUTY_SECS: u32 = 300;
/// Nights until every case has been looked at.
const NIGHTS: u32 = 7;
/// What ends a finding.
const AGREES: &str = "the rows were made anew and agree with the log";

/// How far the audit of a night has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Audited {
    day: NaiveDate,
    fence: i64,
    after: Option<StreamName>,
}

/// Whether a case is looked at in the night before a day.
fn is_of_night(case: &CaseRef, day: NaiveDate) -> bool {
    let hash: [u8; 32] = Sha256::digest(case.as_str()).into();
    let turn = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]) % NIGHTS;
    let night = day.num_days_from_ce().unsigned_abs() % NIGHTS;
    turn == night
}

impl Scheduler {
    /// Audits the next page of the night's cases, if the night is not over yet.
    pub(crate) async fn self_audit(&self, round: &Round, ticked: &mut Ticked) -> Result<()> {
        let done = self.store.duty_done(SELF_AUDIT).await?;
        let is_done = done.is_some_and(|at| local_day(&round.policies, at) == round.day);
        if !is_done {
            self.audit_page(round, ticked).await?;
        }
        let failures = self.store.failures().await?.into_iter();
        let open = failures.filter(|at| at.what == SELF_AUDIT && at.resolution.is_none());
        ticked.audit_fault = open.map(|finding| finding.error).next();
        Ok(())
    }

    async fn audit_page(&self, round: &Round, ticked: &mut Ticked) -> Result<()> {
        let worker = &self.settings.worker;
        let Some(duty) = self.store.take_lease(SELF_AUDIT, worker, DUTY_SECS).await? else {
            return Ok(());
        };
        let after = {
            let audited = self.shared.audited.lock().unwrap_or_else(PoisonError::into_inner);
            let ours = audited.as_ref();
            let ours = ours.filter(|ours| ours.day == round.day && ours.fence == duty.fence);
            ours.and_then(|ours| ours.after.clone())
        };
        if after.is_none() {
            self.audit_again(round, ticked).await?;
        }
        let names = self.store.streams_after(Category::Case.as_str(), after.as_ref()).await?;
        let of_night = |name: &&StreamName| {
            stream::case_of(name).is_some_and(|case| is_of_night(&case, round.day))
        };
        let tonight: Vec<StreamName> = names.iter().filter(of_night).cloned().collect();
        self.audit(round, &tonight, ticked).await?;
        let after = names.last().cloned();
        if self.store.streams_after(Category::Case.as_str(), after.as_ref()).await?.is_empty() {
            self.store.note_duty_done((SELF_AUDIT, worker), duty.fence, round.now).await?;
            self.store.release_lease(SELF_AUDIT, worker).await?;
            return Ok(());
        }
        ticked.more = true;
        let audited = Audited { day: round.day, fence: duty.fence, after };
        *self.shared.audited.lock().unwrap_or_else(PoisonError::into_inner) = Some(audited);
        Ok(())
    }

    /// What was found in an earlier night is looked at again, and closed when it agrees by now.
    async fn audit_again(&self, round: &Round, ticked: &mut Ticked) -> Result<()> {
        let failures = self.store.failures().await?.into_iter();
        let open = failures.filter(|at| at.what == SELF_AUDIT && at.resolution.is_none());
        let open: Vec<StreamName> = open.map(|finding| finding.stream).collect();
        let wrong = self.audit(round, &open, ticked).await?;
        for stream in open.iter().filter(|stream| !wrong.contains(stream)) {
            self.store.resolve_failure(SELF_AUDIT, stream, AGREES).await?;
        }
        Ok(())
    }

    /// Looks at cases, raises an alarm for each that differs, and makes its rows anew.
    async fn audit(
        &self,
        round: &Round,
        streams: &[StreamName],
        ticked: &mut Ticked,
    ) -> Result<BTreeSet<StreamName>> {
        let mut wrong = self.findings(round, streams).await?;
        if !wrong.is_empty() {
            // An entry may have come in between: what differs is looked at once more.
            self.runner.advance_upto(0, crate::tick::CATCH_UP, round.now).await?;
            let again: Vec<StreamName> = wrong.into_keys().collect();
            wrong = self.findings(round, &again).await?;
        }
        self.tell_of_differences(round, &wrong, ticked).await?;
        for (stream, why) in &wrong {
            tracing::error!(
                target: "spor::scheduler",
                { case.id = stream.as_str(), reason = why },
                "the deadlines of a case are not those of the log"
            );
            let place = (stream, Position::ZERO);
            self.store.quarantine(SELF_AUDIT, place, why, round.now).await?;
        }
        let streams: BTreeSet<StreamName> = wrong.into_keys().collect();
        if !streams.is_empty() {
            let streams: Vec<StreamName> = streams.iter().cloned().collect();
            self.runner.remake(&streams, round.now).await?;
        }
        Ok(streams)
    }

    /// What is wrong with these cases, if anything.
    async fn findings(
        &self,
        round: &Round,
        streams: &[StreamName],
    ) -> Result<BTreeMap<StreamName, String>> {
        let mut findings = BTreeMap::new();
        if streams.is_empty() {
            return Ok(findings);
        }
        for table in WAKING {
            for stream in self.runner.differing(table, streams, round.now).await? {
                findings.insert(stream, "the rows are not those that the log gives".to_owned());
            }
        }
        let watched = self.runner.kept_rows(&watches::TABLE, streams).await?;
        let kept = self.runner.kept_rows(&deadlines::TABLE, streams).await?;
        // A round notes its instant before it moves a row, so this covers the rows just read.
        let passed = self.passed(round).await?;
        for (stream, rows) in watched {
            if let Some(why) = rows.iter().find_map(|row| unwatched(round, row, passed)) {
                findings.entry(stream).or_insert(why);
            }
        }
        for (case, known) in self.fold(streams, round).await? {
            let stream = stream::of_case(&case);
            let (Some(known), Some(rows)) = (known, kept.get(&stream)) else { continue };
            if let Some(why) = self.unarmed(round, &case, (&known, rows), passed).await? {
                findings.entry(stream).or_insert(why);
            }
        }
        Ok(findings)
    }

    /// Until when rows may have been moved on: the instant of the latest round of anybody, and as
    /// long as a round goes by without being noted.
    async fn passed(&self, round: &Round) -> Result<DateTime<Utc>> {
        let latest = self.store.last_round().await?.map_or(round.now, |at| at.max(round.now));
        Ok(latest.checked_add_signed(NOTED_EVERY).unwrap_or(latest))
    }

    /// The first deadline of a case that nobody will be woken for in time, or was told of.
    async fn unarmed(
        &self,
        round: &Round,
        case: &CaseRef,
        (known, rows): (&Known, &[Vec<Cell>]),
        passed: DateTime<Utc>,
    ) -> Result<Option<String>> {
        let place = |name| deadlines::TABLE.kept_place(name);
        let (rule_at, cycle_at, wakes_at) = (place("rule"), place("cycle"), place(WAKES_AT));
        let version_at = place("policy_version");
        let today = Cell::Integer(round.policies.version_on(round.day));
        let mut ledger = None;
        for deadline in known
            .deadlines
            .iter()
            .filter(|deadline| deadline.settled.is_none_or(|settled| settled.on > round.day))
        {
            let (rule, cycle) = (deadline.rule.id, deadline.cycle.to_string());
            let is_of = |row: &&Vec<Cell>| {
                let text = |at: Option<usize>, word: &str| matches!(at.and_then(|at| row.get(at)), Some(Cell::Text(text)) if text == word);
                text(rule_at, rule)
                    && text(cycle_at, &cycle)
                    && version_at.and_then(|at| row.get(at)) == Some(&today)
            };
            let Some(row) = rows.iter().find(is_of) else { continue };
            let armed = match wakes_at.and_then(|at| row.get(at)) {
                Some(Cell::Instant(at)) => Some(*at),
                _ => None,
            };
            // It is still to be planned: the next round does so.
            if armed.is_some_and(|at| at <= round.now) {
                continue;
            }
            let question = self.question(round, case, &known.view, deadline);
            if let Some(next) = question.wakes_at().filter(|next| *next > passed)
                && armed.is_none_or(|at| at > next)
            {
                return Ok(Some(format!("{rule} is not armed for {next}")));
            }
            let Some(level) = question.level().filter(|level| !question.present(*level).is_empty())
            else {
                continue;
            };
            if ledger.is_none() {
                let case_ref = Some(case.to_string());
                let filter = ReminderFilter { case_ref, ..ReminderFilter::default() };
                ledger = Some(self.store.reminders(&filter, CASE_ROWS).await?);
            }
            let is_told = ledger.iter().flatten().any(|told| {
                (told.rule.as_str(), told.cycle) == (rule, deadline.cycle.0)
                    && told.level == level.as_str()
            });
            if !is_told {
                return Ok(Some(format!("{rule} is {level} and the ledger knows nothing of it")));
            }
        }
        Ok(None)
    }
}

/// A row of the watched cases that wakes nobody on the next morning.
fn unwatched(round: &Round, row: &[Cell], passed: DateTime<Utc>) -> Option<String> {
    let cell = |name: &str| watches::TABLE.kept_place(name).and_then(|at| row.get(at));
    let day = |name: &str| match cell(name) {
        Some(Cell::Date(day)) => Some(*day),
        _ => None,
    };
    let days = Span { from: day("from")?, until: day("until") };
    let next = watches::next_look(days, &round.policy, round.now).filter(|next| *next > passed)?;
    let is_watched = matches!(cell(WAKES_AT), Some(Cell::Instant(at)) if *at <= next);
    (!is_watched).then(|| format!("nobody looks at it on {next}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_one_night_in_every_seven() {
        let first: NaiveDate = "2026-02-09".parse().unwrap();
        for number in 0..200 {
            let case = CaseRef::parse(&format!("SPOR-2025-{number:04}")).unwrap();
            let nights = first.iter_days().take(70).filter(|day| is_of_night(&case, *day));
            let nights: Vec<NaiveDate> = nights.collect();
            assert_eq!(nights.len(), 10);
            assert!(nights.windows(2).all(|two| (two[1] - two[0]).num_days() == 7));
        }
    }
}
