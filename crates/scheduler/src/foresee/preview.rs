//! What a policy would change before it is activated: who gets more, who fewer, which dates move.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;
use spor_domain::ids::CaseRef;
use spor_domain::policy::Policy;
use spor_domain::rules::Deadline;
use spor_domain::view::View;
use spor_projections::tables::deadlines::letter_day;

use super::cases::{Cases, SeenCase};
use super::tally::{By, Tally, Volume};
use super::{Outlook, told_of};
use crate::error::Result;

/// What a draft would change.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The volume under the published policies.
    pub now: Tally,
    /// The volume under the draft.
    pub then: Tally,
    /// Every open deadline whose dates move, case by case.
    pub moved: Vec<Moved>,
}

/// A deadline whose dates move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// The case.
    pub case: String,
    /// The rule.
    pub rule: &'static str,
    /// The last day in time as it is published.
    pub old_due: Option<NaiveDate>,
    /// The last day in time under the draft.
    pub new_due: Option<NaiveDate>,
    /// The next letter as it is published.
    pub old_letter: Option<NaiveDate>,
    /// The next letter under the draft.
    pub new_letter: Option<NaiveDate>,
}

/// A rule or a person, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// Which.
    pub of: String,
    /// Letters of a person, reminders of a rule, as it is published.
    pub now: u64,
    /// The same under the draft.
    pub then: u64,
}

/// Reckons every case twice, under what is published and under a draft that holds from a day on.
pub async fn preview(
    cases: Cases,
    (published, draft): (&Arc<Outlook>, &Arc<Outlook>),
    from: NaiveDate,
    mut on_cases: impl FnMut(u64),
) -> Result<Preview> {
    let span = published.span();
    let mut preview = Preview { now: Tally::new(span), then: Tally::new(span), moved: Vec::new() };
    let (one, other) = (Arc::clone(published), Arc::clone(draft));
    let of_batch = move |batch: Vec<SeenCase>| {
        let (mut now, mut then) = (Tally::new(span), Tally::new(span));
        let mut moved = Vec::new();
        for (case, seen) in batch {
            let policies = (one.policies.on(from), other.policies.on(from));
            let views = seen.iter().map(|seen| &seen.view);
            moved.extend(views.flat_map(|view| moved_in(&case, view, policies, from)));
            now.add(seen.clone().and_then(|seen| one.of(&case, seen)).as_deref());
            then.add(seen.and_then(|seen| other.of(&case, seen)).as_deref());
        }
        (now, then, moved)
    };
    let counted = |(now, then, moved): (Tally, Tally, Vec<Moved>)| {
        preview.now.merge(now);
        preview.then.merge(then);
        preview.moved.extend(moved);
        on_cases(preview.now.cases);
    };
    cases.each_batch(published, of_batch, counted).await?;
    preview.moved.sort_by(|one, other| (&one.case, one.rule).cmp(&(&other.case, other.rule)));
    Ok(preview)
}

impl Preview {
    /// The people whose letters, or the rules whose reminders, become more or fewer; the largest
    /// difference first.
    pub fn differing(&self, by: By) -> Vec<Compared> {
        let count = |volume: &Volume| volume.letters.unwrap_or(volume.reminders);
        let mut both: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for volume in self.now.by(by) {
            both.entry(volume.of.clone()).or_default().0 = count(&volume);
        }
        for volume in self.then.by(by) {
            both.entry(volume.of.clone()).or_default().1 = count(&volume);
        }
        let differs = |(of, (now, then)): (String, (u64, u64))| {
            (now != then).then_some(Compared { of, now, then })
        };
        let mut differing: Vec<Compared> = both.into_iter().filter_map(differs).collect();
        differing.sort_by_key(|compared| std::cmp::Reverse(compared.now.abs_diff(compared.then)));
        differing
    }
}

/// The open deadlines of a case that differ under two policies.
fn moved_in(
    case: &CaseRef,
    view: &View,
    (published, draft): (&Policy, &Policy),
    from: NaiveDate,
) -> Vec<Moved> {
    let open = |policy| {
        let mut deadlines = told_of(view, policy);
        deadlines.retain(|d| d.settled.is_none_or(|settled| settled.on > from));
        deadlines
    };
    let name = |deadline: &Deadline| (deadline.rule.id, deadline.cycle.0);
    let mut both: BTreeMap<_, (Option<Deadline>, Option<Deadline>)> = BTreeMap::new();
    for deadline in open(published) {
        let named = name(&deadline);
        both.entry(named).or_default().0 = Some(deadline);
    }
    for deadline in open(draft) {
        let named = name(&deadline);
        both.entry(named).or_default().1 = Some(deadline);
    }
    let moved =
        |((rule, _), (old, new)): ((&'static str, _), (Option<Deadline>, Option<Deadline>))| {
            let due = |deadline: &Option<Deadline>| deadline.as_ref().and_then(Deadline::dated);
            let letter = |deadline: &Option<Deadline>, policy| {
                deadline.as_ref().and_then(|deadline| next_letter_on(deadline, policy, from))
            };
            let moved = Moved {
                case: case.to_string(),
                rule,
                old_due: due(&old),
                new_due: due(&new),
                old_letter: letter(&old, published),
                new_letter: letter(&new, draft),
            };
            let differs = (moved.old_due, moved.old_letter) != (moved.new_due, moved.new_letter);
            differs.then_some(moved)
        };
    both.into_iter().filter_map(moved).collect()
}

/// The first letter of a deadline on or after a day, by its levels alone.
fn next_letter_on(deadline: &Deadline, policy: &Policy, from: NaiveDate) -> Option<NaiveDate> {
    let days = deadline.level_days().into_iter();
    days.map(|(level, since)| letter_day(level, since, policy)).filter(|day| *day >= from).min()
}
