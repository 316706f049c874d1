//! The clocks of a case: follow-up (F4.1-4), method review (F4.6-7), transition (F4.1-9), phase.

use chrono::NaiveDate;

use super::{Episode, FollowUp, State, TransitionMeeting, View};
use crate::calendar;
use crate::follow_up::{Participant, YouthAbsence};
use crate::ids::EventId;
use crate::policy::Policy;
use crate::sealed::Sealed;
use crate::support::Basis;

/// How a clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClockStatus {
    /// Not near.
    Ok,
    /// Within the notice.
    DueSoon,
    /// Past its day.
    Overdue,
}

impl ClockStatus {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::DueSoon => "due_soon",
            Self::Overdue => "overdue",
        }
    }

    fn on(day: NaiveDate, due: NaiveDate, notice_days: u32) -> Self {
        if day > due {
            Self::Overdue
        } else if day >= calendar::days_before(due, notice_days) {
            Self::DueSoon
        } else {
            Self::Ok
        }
    }
}

/// The six-week clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowUpClock {
    /// The last follow-up that counts in this episode.
    pub last: Option<NaiveDate>,
    /// The next one is due.
    pub due: NaiveDate,
    /// How it stands.
    pub status: ClockStatus,
    /// Whole intervals missed, when overdue.
    pub missed_intervals: u32,
}

/// The half-yearly clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodReviewClock {
    /// The next review is due.
    pub due: NaiveDate,
    /// How it stands.
    pub status: ClockStatus,
}

/// The 17½-year clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransitionClock {
    /// Due; none when the case began at 18 or later, or the birth date is erased.
    pub due: Option<NaiveDate>,
    /// How it stands.
    pub status: TransitionStatus,
    /// Days after due, once held; 0 if in time.
    pub days_late: Option<u32>,
}

/// How the 17½-year meeting stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TransitionStatus {
    /// Not near.
    NotYet,
    /// Within the notice.
    DueSoon,
    /// Past its day.
    Overdue,
    /// Held with all required parties.
    Held,
    /// Begun at 18 or later, or nothing to reckon from.
    NotApplicable,
}

impl TransitionStatus {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotYet => "not_yet",
            Self::DueSoon => "due_soon",
            Self::Overdue => "overdue",
            Self::Held => "held",
            Self::NotApplicable => "n/a",
        }
    }
}

/// What the course is about at this time (F4.0-2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// The first three months: building the relation.
    Relation,
    /// The work itself.
    Working,
    /// Ended.
    Closing,
}

impl Phase {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Relation => "relation",
            Self::Working => "working",
            Self::Closing => "closing",
        }
    }
}

impl View {
    /// The parties without whom a follow-up on this day does not count (F4.1-5, F4.1-7).
    pub fn required_on(&self, day: NaiveDate) -> Vec<Participant> {
        let mut required = vec![Participant::Caseworker, Participant::Youth];
        let bases = || self.active_tracks_on(day).map(|track| track.basis);
        if bases().next().is_none() || bases().any(|basis| basis != Basis::Voluntary) {
            required.push(Participant::Mentor);
        }
        if bases().any(|basis| basis == Basis::Voluntary) {
            required.push(Participant::Volunteer);
        }
        required
    }

    /// The required parties that were not there. A young person who declined counts as heard.
    pub fn missing_at(&self, follow_up: &FollowUp) -> Vec<Participant> {
        let declined = follow_up.youth_absence == Some(YouthAbsence::Declined);
        let mut missing = self.required_on(follow_up.on);
        missing.retain(|party| !follow_up.participants.contains(party));
        missing.retain(|party| !(declined && *party == Participant::Youth));
        missing
    }

    /// Whether a follow-up satisfies the six weeks.
    pub fn counts(&self, follow_up: &FollowUp) -> bool {
        self.missing_at(follow_up).is_empty()
    }

    /// The follow-ups of an episode that count, in order.
    pub fn counting<'a>(&'a self, episode: &'a Episode) -> impl Iterator<Item = &'a FollowUp> {
        episode.follow_ups.iter().filter(|follow_up| self.counts(follow_up))
    }

    /// The last counting follow-up of an episode, claimed ones included.
    pub fn last_follow_up(&self, episode: &Episode) -> Option<NaiveDate> {
        let held = self.counting(episode).map(|follow_up| follow_up.on).last();
        held.max(episode.claimed_follow_up)
    }

    /// The six-week clock of an open case.
    pub fn follow_up(&self, policy: &Policy) -> Option<FollowUpClock> {
        let episode = self.episode().filter(|_| self.is_open())?;
        let last = self.last_follow_up(episode);
        let anchor = last.unwrap_or(episode.start);
        let interval = policy.follow_up_interval_days;
        let due = calendar::days_after(anchor, interval);
        let status = ClockStatus::on(self.day, due, policy.follow_up_notice_days);
        let since = self.day.signed_duration_since(anchor).num_days();
        let missed_intervals = match status {
            ClockStatus::Overdue => {
                u32::try_from((since - 1).max(0) / i64::from(interval.max(1))).unwrap_or(u32::MAX)
            }
            ClockStatus::Ok | ClockStatus::DueSoon => 0,
        };
        Some(FollowUpClock { last, due, status, missed_intervals })
    }

    /// The last counting review of an episode, claimed ones included.
    pub fn last_review(&self, episode: &Episode) -> Option<NaiveDate> {
        let held = episode.reviews.iter().rev().find(|review| review.counts()).map(|r| r.on);
        held.max(episode.claimed_review)
    }

    /// The half-yearly clock of an open case.
    pub fn method_review(&self, policy: &Policy) -> Option<MethodReviewClock> {
        let episode = self.episode().filter(|_| self.is_open())?;
        let anchor = self.last_review(episode).unwrap_or(episode.start);
        let due = calendar::months_after(anchor, policy.method_review_months);
        let status = ClockStatus::on(self.day, due, policy.method_review_notice_days);
        Some(MethodReviewClock { due, status })
    }

    /// The birth date, when it can be read.
    pub fn known_birth_date(&self) -> Option<NaiveDate> {
        self.birth_date.as_ref().and_then(Sealed::known).copied()
    }

    /// Age in completed years.
    pub fn age(&self, policy: &Policy) -> Option<u32> {
        let birth = self.known_birth_date()?;
        Some(calendar::age_on(birth, self.day, policy.leap_day))
    }

    /// When an episode's 17½-year meeting is due; `None` when it began at 18 or later.
    pub fn transition_due(&self, episode: &Episode, policy: &Policy) -> Option<NaiveDate> {
        let birth = self.known_birth_date()?;
        let due = calendar::months_after(birth, policy.transition_age_months);
        let adult_on = calendar::birthday(birth, 18, policy.leap_day);
        if episode.start <= due {
            Some(due)
        } else if episode.start < adult_on {
            Some(calendar::days_after(episode.start, policy.transition_late_open_days))
        } else {
            None
        }
    }

    /// The earliest 17½-year meeting with all required parties, at any age.
    pub fn transition_held(&self) -> Option<&TransitionMeeting> {
        self.transition_meetings.iter().find(|meeting| meeting.counts())
    }

    /// The 17½-year clock; in a closed case only once the meeting was held.
    pub fn transition(&self, policy: &Policy) -> Option<TransitionClock> {
        let episode = self.episode()?;
        let due = self.transition_due(episode, policy);
        let clock = |status, days_late| TransitionClock { due, status, days_late };
        let not_applicable = clock(TransitionStatus::NotApplicable, None);
        let reckoned = match (due, self.transition_held()) {
            (None, _) => not_applicable,
            (Some(due), Some(held)) => {
                let late = held.on.signed_duration_since(due).num_days().max(0);
                clock(TransitionStatus::Held, Some(u32::try_from(late).unwrap_or(u32::MAX)))
            }
            (Some(due), None) => {
                let status = ClockStatus::on(self.day, due, policy.transition_notice_days);
                let status = match status {
                    ClockStatus::Ok => TransitionStatus::NotYet,
                    ClockStatus::DueSoon => TransitionStatus::DueSoon,
                    ClockStatus::Overdue => TransitionStatus::Overdue,
                };
                clock(status, None)
            }
        };
        match (self.state(), reckoned.status) {
            (Some(State::Open), _) | (_, TransitionStatus::Held) => Some(reckoned),
            (_, _) => None,
        }
    }

    /// The first day on which the case may end for any reason (F4.4-3).
    pub fn minimum_duration_until(&self, policy: &Policy) -> Option<NaiveDate> {
        let episode = self.episode()?;
        Some(calendar::months_after(episode.start, policy.minimum_duration_months))
    }

    /// What the course is about at this time.
    pub fn phase(&self, policy: &Policy) -> Option<Phase> {
        let until = self.minimum_duration_until(policy)?;
        Some(match self.state()? {
            State::Referred | State::Waiting => return None,
            State::Closed | State::Transferred => Phase::Closing,
            State::Open if self.day < until => Phase::Relation,
            State::Open => Phase::Working,
        })
    }

    /// Days from the start of the episode to its closing.
    pub fn duration_days(&self) -> Option<i64> {
        let episode = self.episode()?;
        let closing = episode.closed.as_ref().filter(|closing| closing.is_closed())?;
        Some(closing.on.signed_duration_since(episode.start).num_days())
    }

    /// The event that opened the newest episode.
    pub fn opened_by(&self) -> Option<EventId> {
        self.episode().map(|episode| episode.opened_by)
    }
}
