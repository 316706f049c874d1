//! Tracks of support: when they are active, who gives them, which periods run out.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Entry, Session, Settled, View};
use crate::ids::{EventId, PersonRef, TrackId};
use crate::support::{Basis, Hours};

/// One track of support.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// Its name within the case.
    pub id: TrackId,
    /// The law.
    pub basis: Basis,
    /// Who pays; `None` when its own name cannot be read any more.
    pub budget: Option<String>,
    /// Who gives the support.
    pub person: Option<PersonRef>,
    /// The track that it took the place of.
    pub replaces: Option<TrackId>,
    /// First day.
    pub from: NaiveDate,
    /// The day of the grant.
    pub granted_on: NaiveDate,
    /// Hours a week, each from a day on, in the order of these days.
    pub weekly: Vec<(NaiveDate, Hours)>,
    /// The grant and its extensions; the last is in force.
    pub periods: Vec<Period>,
    /// Last day, when the track was ended, switched away or closed with the case.
    pub ended_on: Option<NaiveDate>,
}

/// A period of a track up to an `until`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Period {
    /// Last day.
    pub until: Option<NaiveDate>,
    /// The event that set it.
    pub by: EventId,
    /// What ended it, and how.
    pub settled: Option<(Settled, PeriodEnd)>,
}

impl Period {
    /// A period that this entry sets.
    pub(crate) fn until(until: Option<NaiveDate>, entry: &Entry) -> Self {
        Self { until, by: entry.event_id, settled: None }
    }
}

/// How a period of a track came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PeriodEnd {
    /// A later end was set.
    Extended,
    /// Another track took over.
    Switched,
    /// The track was ended.
    Ended,
    /// The case was closed.
    Closed,
}

impl Track {
    /// The last day that is set, whether or not the track was ended earlier.
    pub fn until(&self) -> Option<NaiveDate> {
        self.periods.last().and_then(|period| period.until)
    }

    /// The last day, as far as one is known, and the event that set it.
    pub(crate) fn last_day(&self) -> Option<Settled> {
        let period = self.periods.last()?;
        let set = period.until.map(|on| Settled { on, by: period.by });
        let ended = self.ended_on.map(|on| {
            let by = period.settled.map_or(period.by, |(settled, _)| settled.by);
            Settled { on, by }
        });
        [ended, set].into_iter().flatten().min_by_key(|last| last.on)
    }

    /// Active from its first day to its end and its `until`, all inclusive.
    pub fn is_active_on(&self, day: NaiveDate) -> bool {
        self.from <= day
            && self.ended_on.is_none_or(|end| day <= end)
            && self.until().is_none_or(|until| day <= until)
    }

    /// Past its `until` and never ended: it can still be ended, switched or extended.
    pub fn is_expired_on(&self, day: NaiveDate) -> bool {
        self.ended_on.is_none() && self.until().is_some_and(|until| until < day)
    }

    /// The weekly hours granted on a day.
    pub fn weekly_hours_on(&self, day: NaiveDate) -> Hours {
        let since = self.weekly.iter().rev().find(|(from, _)| *from <= day);
        since.or(self.weekly.first()).map_or(Hours::default(), |(_, hours)| *hours)
    }

    /// Ends the track, once; `last_day` is its last active day.
    pub(crate) fn end(&mut self, entry: &Entry, last_day: NaiveDate, how: PeriodEnd) {
        self.close_period(entry, entry.on, how);
        self.ended_on.get_or_insert(last_day);
    }

    /// Ends the track with its case; an end that lies earlier stays.
    pub(crate) fn end_at(&mut self, closing: impl Into<Settled>) {
        let closing = closing.into();
        if let Some(period) = self.periods.last_mut() {
            period.settled.get_or_insert((closing, PeriodEnd::Closed));
        }
        self.ended_on.get_or_insert(closing.on);
    }

    /// Settles the period in force.
    pub(crate) fn close_period(&mut self, entry: &Entry, on: NaiveDate, how: PeriodEnd) {
        if let Some(period) = self.periods.last_mut() {
            period.settled.get_or_insert((Settled { on, by: entry.event_id }, how));
        }
    }
}

impl From<&Entry> for Settled {
    fn from(entry: &Entry) -> Self {
        Self { on: entry.on, by: entry.event_id }
    }
}

/// The month with more supportive help (C2-10).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LimitedPeriod {
    /// The LAB track it was begun on.
    pub track: TrackId,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub until: NaiveDate,
    /// The event.
    pub by: EventId,
    /// When it was ended.
    pub ended: Option<Settled>,
}

impl LimitedPeriod {
    /// Whether somebody ended it.
    pub fn is_ended(&self) -> bool {
        self.ended.is_some()
    }
}

/// How the newest limited period stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitedSupport {
    /// Last day.
    pub until: NaiveDate,
    /// Its state.
    pub status: LimitedStatus,
}

/// The state of a limited period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitedStatus {
    /// Up to its `until`.
    Running,
    /// Past its `until`, never ended.
    Expired,
    /// Ended.
    Ended,
}

impl LimitedStatus {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Expired => "expired",
            Self::Ended => "ended",
        }
    }
}

/// The LAB period that runs, or ran out.
#[derive(Debug, Clone, PartialEq)]
pub struct LabPeriod {
    /// Its track.
    pub track: TrackId,
    /// Its last day.
    pub until: NaiveDate,
}

impl View {
    /// The track of that name.
    pub fn track(&self, id: &TrackId) -> Option<&Track> {
        self.tracks.iter().rev().find(|track| track.id == *id)
    }

    pub(crate) fn track_mut(&mut self, id: &TrackId) -> Option<&mut Track> {
        self.tracks.iter_mut().rev().find(|track| track.id == *id)
    }

    /// The tracks active on a day.
    pub fn active_tracks_on(&self, day: NaiveDate) -> impl Iterator<Item = &Track> {
        self.tracks.iter().filter(move |track| track.is_active_on(day))
    }

    /// The bases of the tracks active on the view's day, sorted.
    pub fn active_bases(&self) -> Vec<Basis> {
        let mut bases: Vec<Basis> = self.active_tracks_on(self.day).map(|t| t.basis).collect();
        bases.sort_by_key(|basis| basis.as_str());
        bases
    }

    /// The hours a week granted over all active tracks.
    pub fn granted_weekly(&self) -> Hours {
        let granted =
            self.active_tracks_on(self.day).map(|t| t.weekly_hours_on(self.day).hundredths);
        Hours { hundredths: granted.sum() }
    }

    /// The track of a session: the one it names, else the only one active that day.
    pub fn track_of<'a>(&'a self, session: &'a Session) -> Option<&'a TrackId> {
        if session.track.is_some() {
            return session.track.as_ref();
        }
        let mut active = self.active_tracks_on(session.on);
        match (active.next(), active.next()) {
            (Some(only), None) => Some(&only.id),
            (Some(_), Some(_)) | (None, _) => None,
        }
    }

    /// The volunteers: those assigned, and the persons of active voluntary tracks.
    pub fn volunteers(&self) -> Vec<PersonRef> {
        let mut people = self.assigned_as(crate::assigning::AssignedRole::Volunteer);
        let voluntary = self.active_tracks_on(self.day).filter(|t| t.basis == Basis::Voluntary);
        people.extend(voluntary.filter_map(|track| track.person.clone()));
        people.sort();
        people.dedup();
        people
    }

    /// Whether somebody else stays beside the young person when this person leaves (F4.4-1).
    pub fn somebody_stays(&self, leaving: &PersonRef) -> bool {
        let mentor = self.mentor.iter();
        let assigned = self.assigned.iter().map(|(who, _)| who);
        let on_tracks = self.active_tracks_on(self.day).filter_map(|track| track.person.as_ref());
        mentor.chain(assigned).chain(on_tracks).any(|person| person != leaving)
    }

    /// The newest LAB track not ended, also when it has run out.
    pub fn lab_period(&self) -> Option<LabPeriod> {
        let is_running = |track: &&Track| track.basis == Basis::Lab167 && track.ended_on.is_none();
        let track = self.tracks.iter().rev().find(is_running)?;
        Some(LabPeriod { track: track.id.clone(), until: track.until()? })
    }

    /// The newest month with more supportive help.
    pub fn limited_support(&self) -> Option<LimitedSupport> {
        let period = self.limited_periods.last()?;
        let status = if period.is_ended() {
            LimitedStatus::Ended
        } else if self.day > period.until {
            LimitedStatus::Expired
        } else {
            LimitedStatus::Running
        };
        Some(LimitedSupport { until: period.until, status })
    }

    /// Days on which the case was open and no track was active, between the first track's start
    /// and the last one's (F4.1-2).
    pub fn coverage_gap_days(&self) -> u32 {
        let starts = || self.tracks.iter().map(|track| track.from);
        let (Some(first), Some(last)) = (starts().min(), starts().max()) else {
            return 0;
        };
        let days = first.iter_days().take_while(|day| *day <= last.min(self.day));
        let gaps = days.filter(|day| self.was_open_on(*day));
        let gaps = gaps.filter(|day| self.active_tracks_on(*day).next().is_none());
        u32::try_from(gaps.count()).unwrap_or(u32::MAX)
    }

    /// Whether some episode ran on a day, its last one included.
    pub(crate) fn was_open_on(&self, day: NaiveDate) -> bool {
        self.episodes.iter().any(|episode| {
            episode.start <= day && episode.closed.as_ref().is_none_or(|closing| day <= closing.on)
        })
    }
}
