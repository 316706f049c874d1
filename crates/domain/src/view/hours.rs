//! Hours given against hours granted (F4.2-7..9), in whole-number arithmetic.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Track, View};
use crate::calendar::{self, IsoWeek};
use crate::ids::TrackId;
use crate::policy::Policy;
use crate::support::Hours;

/// Whether the average keeps to the grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HoursStatus {
    /// Within the tolerance, both ends included.
    Ok,
    /// Too few.
    Low,
    /// Too many.
    High,
}

impl HoursStatus {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Low => "low",
            Self::High => "high",
        }
    }
}

/// One track's average over the window of whole weeks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackHours {
    /// The track.
    pub track: TrackId,
    /// Average hours a week, rounded half up to hundredths.
    pub average: Hours,
    /// Granted hours a week.
    pub granted: Hours,
    /// Whether the average keeps to the grant.
    pub status: HoursStatus,
}

/// The hours of the week of the view's day, up to that day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeekHours {
    /// The ISO week.
    pub week: IsoWeek,
    /// Minutes per track, ended ones too, in the order of the tracks' names.
    pub minutes: BTreeMap<TrackId, i64>,
}

/// Minutes as decimal hours, rounded half up to hundredths.
pub fn decimal_hours(minutes: i64) -> f64 {
    hundredths_of_hours(minutes, 60).as_decimal()
}

fn hundredths_of_hours(minutes: i64, per: i64) -> Hours {
    Hours { hundredths: minutes.saturating_mul(200).saturating_add(per) / (2 * per) }
}

impl View {
    /// Per track that spans the window: average, grant and whether they agree.
    pub fn track_hours(&self, policy: &Policy) -> Vec<TrackHours> {
        let window_minutes = 60 * i64::from(policy.hours_window_weeks.max(1));
        let of_track = |track: &Track| {
            let minutes = self.window_minutes(track, policy);
            let granted = track.weekly_hours_on(self.day);
            let off = minutes * 100 - window_minutes * granted.hundredths;
            let allowed =
                window_minutes * granted.hundredths * i64::from(policy.hours_tolerance_pct);
            let status = match off {
                off if off.abs() * 100 <= allowed => HoursStatus::Ok,
                off if off < 0 => HoursStatus::Low,
                _ => HoursStatus::High,
            };
            let average = hundredths_of_hours(minutes, window_minutes);
            TrackHours { track: track.id.clone(), average, granted, status }
        };
        self.tracks_in_window(policy).map(of_track).collect()
    }

    /// Hours given in the window, by budget; hours without a readable budget stand under `other`.
    pub fn hours_by_budget(&self, policy: &Policy) -> BTreeMap<String, f64> {
        let mut minutes: BTreeMap<String, i64> = BTreeMap::new();
        for track in self.tracks_in_window(policy) {
            let budget = track.budget.clone().unwrap_or_else(|| "other".to_owned());
            *minutes.entry(budget).or_default() += self.window_minutes(track, policy);
        }
        minutes.into_iter().map(|(budget, minutes)| (budget, decimal_hours(minutes))).collect()
    }

    /// The hours of the view's own week, for every track.
    pub fn week_hours(&self) -> WeekHours {
        let week = IsoWeek::of(self.day);
        let minutes = self
            .tracks
            .iter()
            .map(|track| (track.id.clone(), self.minutes_between(track, week.monday(), self.day)));
        WeekHours { week, minutes: minutes.collect() }
    }

    fn window(&self, policy: &Policy) -> (NaiveDate, NaiveDate) {
        let monday = IsoWeek::of(self.day).monday();
        let opens = calendar::days_before(monday, 7 * policy.hours_window_weeks);
        (opens, calendar::days_before(monday, 1))
    }

    fn tracks_in_window(&self, policy: &Policy) -> impl Iterator<Item = &Track> {
        let (opens, _) = self.window(policy);
        self.active_tracks_on(self.day).filter(move |track| track.from <= opens)
    }

    fn window_minutes(&self, track: &Track, policy: &Policy) -> i64 {
        let (opens, closes) = self.window(policy);
        self.minutes_between(track, opens, closes)
    }

    fn minutes_between(&self, track: &Track, from: NaiveDate, to: NaiveDate) -> i64 {
        let within = self.sessions.iter().filter(|s| s.on >= from && s.on <= to);
        within.filter(|s| self.track_of(s) == Some(&track.id)).map(|s| s.minutes).sum()
    }
}
