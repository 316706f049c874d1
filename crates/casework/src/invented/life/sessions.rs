//! Sessions a few times a week, and what is put right about an entry afterwards.

use spor_domain::calendar::days_after;

use chrono::{Datelike, Weekday};

use super::{Life, Setting, Step};
use crate::invented::page::Page;
use crate::invented::words;

/// Thousandths of a day in a thousand weeks.
const CLOCK_OF_1000_WEEKS: u32 = 7_000_000;
/// A day on the same clock.
const DAY: u32 = 1_000;
/// Minutes are written in quarters of an hour.
const QUARTER_MINUTES: u32 = 15;
/// Days of the first weeks, in which contact is made.
const OUTREACH_DAYS: i64 = 14;

/// Something to be put right about an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Amendment {
    pub(super) entry: u32,
    pub(super) change: Change,
}

/// What was wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    Minutes(u32),
    Everybody,
    Retracted,
}

impl Life {
    /// The next session comes when the case's own clock says so, rarely at a weekend.
    pub(super) fn plan_session(&mut self, setting: &Setting, page: &Page) {
        let mean = CLOCK_OF_1000_WEEKS / setting.sessions_per_1000_weeks.max(1);
        let gap = mean / 2 + self.random.between(0..=mean);
        self.session_clock += u64::from(gap);
        let days = u32::try_from(self.session_clock / u64::from(DAY)).unwrap_or(u32::MAX);
        let soonest = if mean > DAY { days_after(page.today(), 1) } else { page.today() };
        let mut day = days_after(self.start, days).max(soonest);
        let to_monday = match day.weekday() {
            Weekday::Sat => 2,
            Weekday::Sun => 1,
            Weekday::Mon | Weekday::Tue | Weekday::Wed | Weekday::Thu | Weekday::Fri => 0,
        };
        if self.random.percent(85) {
            day = days_after(day, to_monday);
        }
        if day <= self.closes.on {
            self.plan_exactly(day, Step::Session, page);
        }
    }

    pub(super) fn session(&mut self, setting: &Setting, page: &mut Page) {
        self.hold_session(setting, page);
        self.plan_session(setting, page);
    }

    fn hold_session(&mut self, setting: &Setting, page: &mut Page) {
        let today = page.today();
        let active: Vec<_> = self.active_on(today).copied().collect();
        let track = (!active.is_empty()).then(|| self.random.pick(&active));
        let is_volunteers = track.is_some_and(|track| track.is_voluntary());
        let Some(by) = (if is_volunteers { self.volunteer } else { self.mentor }) else {
            return;
        };
        let granted: u32 = active.iter().map(|track| track.quarters).sum();
        let minutes = self.minutes(granted, setting);
        let since = today.signed_duration_since(self.start).num_days();
        let form = match self.random.below(100) {
            0..25 if since < OUTREACH_DAYS => "outreach",
            0..4 if since > 100 => "group",
            _ => "one_to_one",
        };
        let must_say = active.len() > 1 || self.random.percent(80);
        let mut line = self
            .line("SessionHeld", page)
            .plain("minutes", minutes)
            .word("by", by)
            .word("form", form)
            .word_if("track", track.filter(|_| must_say).map(|t| format!("T{}", t.number)));
        if self.random.percent(25) {
            line = line.word("start", self.random.pick(words::STARTS));
        }
        if self.random.percent(30) {
            line = line.words("activities", &[self.random.pick(words::ACTIVITIES)]);
        }
        let change = match self.random.below(1_000) {
            0..8 => Some(Change::Minutes(minutes + QUARTER_MINUTES)),
            8..12 => Some(Change::Minutes(minutes - QUARTER_MINUTES)),
            12..18 => Some(Change::Retracted),
            _ => None,
        };
        let days_late = if self.random.percent(9) { self.random.between(1..=5) } else { 0 };
        if change.is_none() && !self.random.percent(10) {
            page.write_late(line, days_late);
            return;
        }
        let entry = self.next_entry();
        let recorded = page.write_late(line.word("id", format_args!("e-{entry}")), days_late);
        if let Some(change) = change {
            let day = days_after(recorded, self.random.between(1..=20));
            self.plan(day, Step::Amend(Amendment { entry, change }), page);
        }
    }

    /// As long as it takes to come near the granted hours, more or less.
    fn minutes(&mut self, granted_quarters: u32, setting: &Setting) -> u32 {
        let weekly = granted_quarters.max(4).saturating_mul(1_000);
        let usual = weekly / setting.sessions_per_1000_weeks.max(1);
        let drawn = (usual + self.random.between(0..=3)).saturating_sub(1);
        drawn.clamp(2, 24) * QUARTER_MINUTES
    }

    /// Puts an entry right, or takes it back; both stay visible.
    pub(super) fn amend(&mut self, amendment: Amendment, page: &mut Page) {
        let Amendment { entry, change } = amendment;
        let kind = match change {
            Change::Minutes(_) | Change::Everybody => "EntryCorrected",
            Change::Retracted => "EntryRetracted",
        };
        let line = self.line(kind, page).word("target", format_args!("e-{entry}"));
        let (line, reasons) = match change {
            Change::Minutes(minutes) => {
                let changes = format!("{{\"minutes\":{minutes}}}");
                (line.plain("changes", changes), words::MISTAKES)
            }
            Change::Everybody => {
                let everybody = r#"["caseworker","mentor","youth","volunteer"]"#;
                let changes = format!("{{\"participants\":{everybody},\"youth_absence\":null}}");
                (line.plain("changes", changes), words::FORGOTTEN)
            }
            Change::Retracted => (line, words::RETRACTIONS),
        };
        page.write(line.word("reason", self.random.pick(reasons)));
    }
}
