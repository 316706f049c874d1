//! How a case will go, drawn before it begins, so that the length of the journal can be reckoned.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use spor_domain::calendar::{
    OfficeDays, days_after, days_before, months_after, working_day_on_or_after,
};

use super::Plan;
use super::random::Random;

/// The shape of a case: which law carries it, and what happens to that on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Profile {
    /// Under 18, by Barnets Lov; adult support takes over at the birthday.
    Child,
    /// Towards a job, LAB § 167.
    Work,
    /// Adult support, SEL § 85.
    Adult,
    /// Both at once, one person with two hats.
    Dual,
    /// One instead of the other for a time, and back again.
    Phased,
}

/// Why a case will end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    YouthWish,
    Weighty,
    Ordinary,
}

/// When and why an episode will end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Closing {
    pub(super) on: NaiveDate,
    pub(super) why: Ending,
}

/// How a case will go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Course {
    pub(super) profile: Profile,
    pub(super) opened: NaiveDate,
    pub(super) birth: NaiveDate,
    pub(super) closes: Closing,
    pub(super) reopens: Option<NaiveDate>,
    pub(super) closes_again: Closing,
    /// Whether it came from another system with its past.
    pub(super) is_imported: bool,
    /// Whether nobody calls a follow-up any more towards the end of the journal.
    pub(super) is_neglected: bool,
}

impl Course {
    /// The course of a case that opens on a day.
    pub(super) fn draw(random: &mut Random, opened: NaiveDate) -> Self {
        let profile = match random.below(100) {
            0..36 => Profile::Child,
            36..62 => Profile::Work,
            62..78 => Profile::Adult,
            78..88 => Profile::Dual,
            _ => Profile::Phased,
        };
        let months = match profile {
            Profile::Child => random.between(178..=214),
            Profile::Work | Profile::Adult | Profile::Dual | Profile::Phased => {
                random.between(217..=300)
            }
        };
        let closes = first_closing(random, opened);
        let may_return = random.percent(if closes.why == Ending::YouthWish { 40 } else { 18 });
        let back = days_after(closes.on, random.between(35..=150));
        let closes_again = days_after(back, random.between(130..=600));
        Self {
            profile,
            opened,
            birth: days_before(months_before(opened, months), random.below(28)),
            closes,
            reopens: may_return.then_some(back),
            closes_again: Closing { on: closes_again, why: Ending::Ordinary },
            is_imported: random.percent(6),
            is_neglected: random.percent(16),
        }
    }

    /// Days on which the case is open, up to the last day of the journal.
    pub(super) fn open_days(&self, last: NaiveDate) -> u64 {
        let days = |from: NaiveDate, to: NaiveDate| {
            u64::try_from(to.min(last).signed_duration_since(from).num_days()).unwrap_or(0)
        };
        let first = days(self.opened, self.closes.on);
        first + self.reopens.map_or(0, |back| days(back, self.closes_again.on))
    }
}

/// Some stop early because they wish to, few for weighty reasons, most run their course.
fn first_closing(random: &mut Random, opened: NaiveDate) -> Closing {
    let (days, why): (RangeInclusive<u32>, _) = match random.below(100) {
        0..9 => (18..=85, Ending::YouthWish),
        9..12 => (40..=88, Ending::Weighty),
        12..17 => (100..=320, Ending::YouthWish),
        17..60 => (140..=420, Ending::Ordinary),
        _ => (400..=1_200, Ending::Ordinary),
    };
    Closing { on: days_after(opened, random.between(days)), why }
}

fn months_before(day: NaiveDate, months: u32) -> NaiveDate {
    day.checked_sub_months(chrono::Months::new(months)).unwrap_or(day)
}

/// The day on which each case opens, in order: a stock in the first weeks, the rest as they come.
pub(super) fn opening_days(plan: &Plan, offices: OfficeDays) -> Vec<NaiveDate> {
    let mut random = Random::of(plan.seed, u64::MAX);
    let span = plan.to.signed_duration_since(plan.from).num_days();
    let span = u32::try_from(span).unwrap_or(0);
    let stock = span / 14;
    let last = span.saturating_sub(20);
    let mut drawn = |_| {
        let within = if random.percent(34) { stock } else { last };
        let day = days_after(plan.from, random.between(0..=within));
        working_day_on_or_after(day, offices).min(plan.to)
    };
    let mut days: Vec<NaiveDate> = (0..plan.cases).map(&mut drawn).collect();
    days.sort_unstable();
    days
}

/// The day after which six months are over, as LAB § 167 counts them, less some months.
pub(super) fn last_day_after(from: NaiveDate, months: u32) -> NaiveDate {
    days_before(months_after(from, months), 1)
}
