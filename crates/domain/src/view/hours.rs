//! Hours given against hours granted (F4.2-7..9), in whole-number arithmetic.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Settled, Track, View};
use crate::assigning::AssignedRole;
use crate::calendar::{self, IsoWeek};
use crate::ids::{EventId, PersonRef, TrackId};
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

impl HoursStatus {
    /// How the minutes of a window stand to the hours granted.
    fn of(minutes: i64, granted: Hours, policy: &Policy) -> Self {
        let due = window_minutes(policy) * granted.hundredths;
        let off = minutes * 100 - due;
        let allowed = due * i64::from(policy.hours_tolerance_pct);
        match off {
            off if off.abs() * 100 <= allowed => Self::Ok,
            off if off < 0 => Self::Low,
            _ => Self::High,
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

/// Support that rests (F4.1-2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Which track; all of them when absent.
    pub track: Option<TrackId>,
    /// First day.
    pub from: NaiveDate,
    /// Last day, when one is set.
    pub until: Option<NaiveDate>,
    /// The event.
    pub by: EventId,
    /// What ended it earlier; that day no longer rests.
    pub ended: Option<Settled>,
}

impl Pause {
    /// Whether support rests on a day.
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.from <= day
            && self.until.is_none_or(|until| day <= until)
            && self.ended.is_none_or(|ended| day < ended.on)
    }
}

/// A session that a volunteer held with another young person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherSession {
    /// By whom.
    pub by: PersonRef,
    /// The day.
    pub on: NaiveDate,
    /// How long, in minutes.
    pub minutes: i64,
}

/// A volunteer's last whole calendar month (F4.2-17).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthHours {
    /// The volunteer.
    pub person: PersonRef,
    /// The first day of the month.
    pub month: NaiveDate,
    /// Minutes with all mentees together.
    pub minutes: i64,
    /// Whether that is what was agreed.
    pub is_enough: bool,
}

impl View {
    /// The last whole month of the volunteer assigned last, from the first whole month after the
    /// assignment.
    pub fn volunteer_month(&self, policy: &Policy) -> Option<MonthHours> {
        let volunteers = self.assigned.iter().rev();
        let mut volunteers = volunteers.filter(|(_, role)| *role == AssignedRole::Volunteer);
        let (person, _) = volunteers.next()?;
        let assigned_on = *self.assigned_on.get(person)?;
        let this_month = calendar::first_of_month(self.day);
        let month = calendar::first_of_month(calendar::days_before(this_month, 1));
        if month < assigned_on {
            return None;
        }
        let is_in = |on: NaiveDate| on >= month && on < this_month;
        let own = self.sessions.iter().filter(|s| s.by == *person && is_in(s.on));
        let other = self.other_sessions.iter().filter(|s| s.by == *person && is_in(s.on));
        let minutes: i64 = own.map(|s| s.minutes).chain(other.map(|s| s.minutes)).sum();
        let is_enough = minutes >= 60 * i64::from(policy.volunteer_min_hours_month);
        Some(MonthHours { person: person.clone(), month, minutes, is_enough })
    }

    /// Whether support on a track rests on a day.
    pub fn is_paused_on(&self, track: &TrackId, day: NaiveDate) -> bool {
        let about = |pause: &&Pause| pause.track.as_ref().is_none_or(|paused| paused == track);
        self.pauses.iter().filter(about).any(|pause| pause.covers(day))
    }

    /// Per track that spans the window: average, grant and whether they agree.
    pub fn track_hours(&self, policy: &Policy) -> Vec<TrackHours> {
        let tracks = self.tracks_in_window_on(self.day, policy);
        tracks.map(|track| self.hours_of(track, self.day, policy)).collect()
    }

    fn hours_of(&self, track: &Track, day: NaiveDate, policy: &Policy) -> TrackHours {
        let minutes = self.window_minutes(track, day, policy);
        let granted = track.weekly_hours_on(day);
        let status = HoursStatus::of(minutes, granted, policy);
        let average = hundredths_of_hours(minutes, window_minutes(policy));
        TrackHours { track: track.id.clone(), average, granted, status }
    }

    /// Hours given in the window, by budget; hours without a readable budget stand under `other`.
    pub fn hours_by_budget(&self, policy: &Policy) -> BTreeMap<String, f64> {
        let mut minutes: BTreeMap<String, i64> = BTreeMap::new();
        for track in self.tracks_in_window_on(self.day, policy) {
            let budget = track.budget.clone().unwrap_or_else(|| "other".to_owned());
            *minutes.entry(budget).or_default() += self.window_minutes(track, self.day, policy);
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

    fn tracks_in_window_on(&self, day: NaiveDate, policy: &Policy) -> impl Iterator<Item = &Track> {
        let (opens, _) = window(day, policy);
        self.active_tracks_on(day).filter(move |track| track.from <= opens)
    }

    fn window_minutes(&self, track: &Track, day: NaiveDate, policy: &Policy) -> i64 {
        let (opens, closes) = window(day, policy);
        self.minutes_between(track, opens, closes)
    }

    /// The sessions stand in the order of their days.
    fn minutes_between(&self, track: &Track, from: NaiveDate, to: NaiveDate) -> i64 {
        let first = self.sessions.partition_point(|session| session.on < from);
        let within = self.sessions[first..].iter().take_while(|session| session.on <= to);
        within.filter(|s| self.track_of(s) == Some(&track.id)).map(|s| s.minutes).sum()
    }
}

/// The minutes of every track, summed up week by week: whoever asks about many days asks each
/// session once.
pub(crate) struct Weeks<'a> {
    view: &'a View,
    /// The Monday of the first session.
    first: NaiveDate,
    /// By track, the minutes before each week.
    before: Vec<Vec<i64>>,
}

impl<'a> Weeks<'a> {
    pub(crate) fn of(view: &'a View) -> Self {
        let monday = |session: &super::Session| IsoWeek::of(session.on).monday();
        let first = view.sessions.first().map_or(view.day, monday);
        let weeks = view.sessions.last().map_or(0, |last| whole_weeks(first, last.on) + 1);
        let mut before = vec![vec![0; weeks + 1]; view.tracks.len()];
        for session in &view.sessions {
            let Some(id) = view.track_of(session) else { continue };
            let week = whole_weeks(first, session.on);
            for (track, sums) in view.tracks.iter().zip(&mut before) {
                if track.id == *id {
                    sums[week + 1] += session.minutes;
                }
            }
        }
        for sums in &mut before {
            for week in 1..sums.len() {
                sums[week] += sums[week - 1];
            }
        }
        Self { view, first, before }
    }

    /// Whether some track that does not rest is off its grant on a day, with all that is known.
    pub(crate) fn is_off_on(&self, day: NaiveDate, policy: &Policy) -> bool {
        let (opens, closes) = window(day, policy);
        let mut tracks = self.view.tracks.iter().zip(&self.before);
        tracks.any(|(track, sums)| {
            let place = |day| whole_weeks(self.first, day).min(sums.len() - 1);
            track.from <= opens
                && track.is_active_on(day)
                && !self.view.is_paused_on(&track.id, day)
                && {
                    let minutes = sums[place(calendar::days_after(closes, 1))] - sums[place(opens)];
                    let granted = track.weekly_hours_on(day);
                    HoursStatus::of(minutes, granted, policy) != HoursStatus::Ok
                }
        })
    }
}

/// Weeks from a Monday up to a day; none before it.
fn whole_weeks(monday: NaiveDate, day: NaiveDate) -> usize {
    usize::try_from(day.signed_duration_since(monday).num_days() / 7).unwrap_or(0)
}

fn window_minutes(policy: &Policy) -> i64 {
    60 * i64::from(policy.hours_window_weeks.max(1))
}

/// The whole weeks before the week of a day: first and last day.
fn window(day: NaiveDate, policy: &Policy) -> (NaiveDate, NaiveDate) {
    let monday = IsoWeek::of(day).monday();
    let opens = calendar::days_before(monday, 7 * policy.hours_window_weeks);
    (opens, calendar::days_before(monday, 1))
}
