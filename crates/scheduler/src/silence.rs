//! Every deadline that passed without a letter, each with its reason. A deadline without one is
//! the alarm: zero of them is the proof of the day.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use spor_domain::assigning::AssignedRole;
use spor_domain::calendar;
use spor_domain::case::Case;
use spor_domain::ids::{CaseRef, EventId};
use spor_domain::policy::{Policies, Policy};
use spor_domain::rules::{self, Deadline};
use spor_domain::staff::Directory;
use spor_history::load::{KnownAt, Memory};
use spor_history::stream;
use spor_projections::people;
use spor_projections::tables::deadlines::{TABLE, UNKNOWN_RULE, letter_at};
use spor_store::{Cell, Compartment, Position};
use uuid::Uuid;

use crate::due::first_slot_from;
use crate::error::Result;
use crate::noted::Noted;
use crate::why::{self, Around, Ledger, Why};

/// Armed rows that are looked at: more than any municipality has waiting.
const ARMED: usize = 1_000_000;

/// A deadline that passed without a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silent {
    /// The case.
    pub case: String,
    /// The rule.
    pub rule: String,
    /// The last day in time; none of a statement.
    pub due: Option<NaiveDate>,
    /// Why there was no letter; none when nothing explains it.
    pub reason: Option<String>,
    /// What the reason rests on.
    pub detail: Option<String>,
}

/// What an audit found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audited {
    /// Every silence, case by case.
    pub silent: Vec<Silent>,
    /// How many deadlines of the days were told.
    pub told: u64,
}

/// Which deadlines are asked about: those due on these days, as known.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// What may be known of cases and people.
    pub known_at: KnownAt,
    /// The present.
    pub now: DateTime<Utc>,
}

/// Looks at every deadline of some days.
pub async fn audit(
    memory: &Memory,
    asked: &Asked,
    mut on_cases: impl FnMut(u64),
) -> Result<Audited> {
    let (policies, _) = memory.policies(asked.known_at).await?;
    let mut at_work = AtWork {
        memory,
        asked,
        policies: &policies,
        directory: memory.directory(asked.known_at).await?,
        around: Around::of(memory, asked.now).await?,
        armed: armed(memory, asked.now).await?,
        rounds: BTreeSet::new(),
        audited: Audited::default(),
        open: Vec::new(),
    };
    let mut looked_at = 0;
    let mut scan = memory.scan_cases(None, asked.known_at)?;
    while let Some(batch) = scan.next().await? {
        for (case, folded) in batch {
            match folded {
                Ok(folded) => at_work.look_at(&case, &folded).await?,
                Err(_) => at_work.unreadable(&case).await?,
            }
            looked_at += 1;
            on_cases(looked_at);
        }
    }
    Ok(at_work.finish())
}

struct AtWork<'a> {
    memory: &'a Memory,
    asked: &'a Asked,
    policies: &'a Policies,
    directory: Directory,
    around: Around,
    /// Deadlines whose letter's instant has come and that no round has looked at since.
    armed: BTreeSet<(String, String, Uuid)>,
    /// Instants at which the scheduler is known to have been at work.
    rounds: BTreeSet<DateTime<Utc>>,
    audited: Audited,
    /// What is explained only by a scheduler that was off, if at all.
    open: Vec<(Silent, Window)>,
}

/// From when until when a round would have planned a reminder.
struct Window {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

impl<'a> AtWork<'a> {
    async fn look_at(&mut self, case: &CaseRef, folded: &Case) -> Result<()> {
        let deadlines = self.deadlines(case, folded).await?;
        if deadlines.is_empty() {
            return Ok(());
        }
        let ledger = Ledger::of(self.memory, case.as_str()).await?;
        self.rounds.extend(ledger.rows.iter().map(|row| row.planned_at));
        let sent = ledger.letters.values().filter_map(|letter| letter.sent_at);
        self.rounds.extend(sent);
        let noted = Noted::of(self.memory, case, KnownAt::Everything).await?;
        for (deadline, policy) in deadlines {
            if why::was_told(&deadline, &ledger, &noted) {
                self.audited.told += 1;
                continue;
            }
            let kept = ledger.keeps(&deadline, &self.around);
            let last = calendar::local_date(self.asked.now, policy.zone);
            let why = kept.or_else(|| why::of_days(&deadline, policy, &noted, last));
            let silent = silent(case, &deadline, why.as_ref());
            if why.is_some() {
                self.audited.silent.push(silent);
            } else {
                self.unplanned((case, folded), &deadline, policy, silent).await?;
            }
        }
        Ok(())
    }

    /// The deadlines due on the days asked for, each under the policy of its own day.
    async fn deadlines(
        &self,
        case: &CaseRef,
        folded: &Case,
    ) -> Result<Vec<(Deadline, &'a Policy)>> {
        let Asked { from, to, known_at, .. } = *self.asked;
        let mut view = folded.as_of(to);
        let asked =
            people::Asked { case, directory: &self.directory, known_at, now: self.asked.now };
        people::learn(self.memory, &mut view, asked).await?;
        let mut found = Vec::new();
        let mut seen: BTreeSet<(&str, Uuid)> = BTreeSet::new();
        let mut since = from;
        while since <= to {
            let change = self.policies.next_change_after(since).filter(|change| *change <= to);
            let policy = self.policies.on(since);
            let last = change.map_or(to, |change| calendar::days_before(change, 1));
            let of_days = rules::deadlines(&view, policy).filter(is_kept);
            take_in(of_days, (since, last, policy), &mut seen, &mut found);
            let Some(change) = change else { break };
            since = change;
        }
        // A statement about a volunteer's month is made on the first day of the next one.
        let has_volunteer = !view.assigned_as(AssignedRole::Volunteer).is_empty();
        let first = view.episodes.first().map_or(to, |first| first.start.max(from));
        let mut month = calendar::months_after(calendar::first_of_month(first), 1);
        while has_volunteer && month <= to {
            let mut then = folded.as_of(month);
            then.other_sessions.clone_from(&view.other_sessions);
            let policy = self.policies.on(month);
            let of_month = rules::deadlines(&then, policy).filter(|deadline| !is_kept(deadline));
            take_in(of_month, (month, month, policy), &mut seen, &mut found);
            month = calendar::months_after(month, 1);
        }
        Ok(found)
    }

    /// A deadline that nothing was ever planned for: a round would have done so between the instant
    /// of its letter, or when it became known, and the instant when it was known to be settled.
    async fn unplanned(
        &mut self,
        (case, folded): (&CaseRef, &Case),
        deadline: &Deadline,
        policy: &Policy,
        silent: Silent,
    ) -> Result<()> {
        let name = (case.to_string(), deadline.rule.id.to_owned(), deadline.cycle.0);
        if self.armed.contains(&name) {
            self.explained(silent, Why::new("scheduler_was_off", None));
            return Ok(());
        }
        let levels = deadline.level_days().into_iter();
        let first = levels.map(|(level, since)| letter_at(level, since, policy)).min();
        let Some(first) = first else {
            self.audited.silent.push(silent);
            return Ok(());
        };
        let recorded = self.recorded_at(folded, deadline).await?;
        let known = recorded.get(&deadline.cycle).copied();
        let from = first_slot_from(known.map_or(first, |known| known.max(first)), policy);
        let settled = deadline.settled.and_then(|settled| recorded.get(&settled.by).copied());
        let until = settled.unwrap_or(self.around.now).min(self.around.now);
        if until > from {
            self.open.push((silent, Window { from, until }));
            return Ok(());
        }
        let code = match known {
            Some(known) if known > first => {
                if folded.as_of(self.asked.to).imported {
                    "imported_late"
                } else {
                    "recorded_late"
                }
            }
            _ => "met_before_letter",
        };
        self.explained(silent, Why::new(code, known.map(|known| known.to_rfc3339())));
        Ok(())
    }

    /// When the events of a deadline were recorded.
    async fn recorded_at(
        &self,
        folded: &Case,
        deadline: &Deadline,
    ) -> Result<BTreeMap<EventId, DateTime<Utc>>> {
        let named = [Some(deadline.cycle), deadline.settled.map(|settled| settled.by)];
        let entries = folded.entries().iter().filter(|entry| named.contains(&Some(entry.event_id)));
        let positions: Vec<Position> =
            entries.map(|entry| Position::new(entry.position.0)).collect();
        let store = self.memory.store();
        let events = store.read_events(&positions, Compartment::Person.as_str()).await?;
        Ok(events.into_iter().map(|event| (EventId(event.id.get()), event.recorded_at)).collect())
    }

    /// Of a case that cannot be read whoever leads must have been told.
    async fn unreadable(&mut self, case: &CaseRef) -> Result<()> {
        let ledger = Ledger::of(self.memory, case.as_str()).await?;
        let sent = ledger.letters.values().any(|letter| letter.sent_at.is_some());
        let is_told = ledger.about(UNKNOWN_RULE, Uuid::nil()).next().is_some() && sent;
        if is_told {
            self.audited.told += 1;
        } else {
            self.audited.silent.push(Silent {
                case: case.to_string(),
                rule: UNKNOWN_RULE.to_owned(),
                due: None,
                reason: None,
                detail: Some("the case cannot be read".to_owned()),
            });
        }
        Ok(())
    }

    fn explained(&mut self, silent: Silent, why: Why) {
        let (reason, detail) = (Some(why.code), why.detail);
        self.audited.silent.push(Silent { reason, detail, ..silent });
    }

    /// Whatever no round could have planned since nobody saw one is laid to a scheduler that was
    /// off; what a round passed over has no reason.
    fn finish(mut self) -> Audited {
        for (silent, window) in std::mem::take(&mut self.open) {
            let mut rounds = self.rounds.range(window.from..window.until);
            match rounds.next() {
                None => {
                    let days =
                        format!("{} – {}", window.from.to_rfc3339(), window.until.to_rfc3339());
                    self.explained(silent, Why::new("scheduler_was_off", days));
                }
                Some(at) => {
                    let detail = Some(format!("a round at {} passed it over", at.to_rfc3339()));
                    self.audited.silent.push(Silent { detail, ..silent });
                }
            }
        }
        let order = |silent: &Silent| (silent.case.clone(), silent.due, silent.rule.clone());
        self.audited.silent.sort_by_key(order);
        self.audited
    }
}

/// Those that fall on these days and were open once, each by its name once.
fn take_in<'a>(
    deadlines: impl Iterator<Item = Deadline>,
    (since, last, policy): (NaiveDate, NaiveDate, &'a Policy),
    seen: &mut BTreeSet<(&'static str, Uuid)>,
    found: &mut Vec<(Deadline, &'a Policy)>,
) {
    for deadline in deadlines {
        let on = deadline.dated().unwrap_or(deadline.opens_on);
        let is_asked = (since..=last).contains(&on)
            && deadline.settled.is_none_or(|settled| settled.on >= deadline.opens_on);
        if is_asked && seen.insert((deadline.rule.id, deadline.cycle.0)) {
            found.push((deadline, policy));
        }
    }
}

/// Whether it is there whatever day its case is looked at.
fn is_kept(deadline: &Deadline) -> bool {
    deadline.rule.watch.is_none() || deadline.dated().is_some()
}

fn silent(case: &CaseRef, deadline: &Deadline, why: Option<&Why>) -> Silent {
    Silent {
        case: case.to_string(),
        rule: deadline.rule.id.to_owned(),
        due: deadline.dated(),
        reason: why.map(|why| why.code.clone()),
        detail: why.and_then(|why| why.detail.clone()),
    }
}

/// Rows that are armed for an instant that has passed.
async fn armed(memory: &Memory, now: DateTime<Utc>) -> Result<BTreeSet<(String, String, Uuid)>> {
    let rows = match memory.store().due_rows(&TABLE.spec(), now, ARMED).await {
        Ok(rows) => rows,
        // The table was never made: then no round has run either.
        Err(spor_store::StoreError::BadRequest { .. }) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let text = |row: &spor_store::Row, name: &str| match row.cells.get(TABLE.kept_place(name)?) {
        Some(Cell::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let name = |row: spor_store::Row| {
        let case = stream::case_of(&row.stream)?;
        Some((case.to_string(), text(&row, "rule")?, text(&row, "cycle")?.parse().ok()?))
    };
    Ok(rows.into_iter().filter_map(name).collect())
}
