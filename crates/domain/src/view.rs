//! The case as of a day: what the rules, the tables and the screens ask.
//!
//! A view is filled by one pass over the entries up to its day; each family's `apply` is its arm.
//! What depends on policy or on arithmetic over the whole view stands in the rooms below.

mod clocks;
mod flags;
mod hours;
mod tracks;

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::assigning::AssignedRole;
use crate::closing::KnownReason;
use crate::event::Event;
use crate::follow_up::{Outcome, Participant, YouthAbsence};
use crate::ids::{EntryId, EventId, GoalId, PersonRef};
use crate::opening::Administration;
use crate::sealed::Sealed;
use crate::session::Form;
use crate::transition::Party;

pub use crate::case::Entry;
pub use clocks::{
    ClockStatus, FollowUpClock, MethodReviewClock, Phase, TransitionClock, TransitionStatus,
};
pub use flags::Flag;
pub use hours::{HoursStatus, TrackHours, WeekHours, decimal_hours};
pub use tracks::{
    LabPeriod, LimitedPeriod, LimitedStatus, LimitedSupport, Period, PeriodEnd, Track,
};

/// Whether a case is running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Running.
    Open,
    /// Ended.
    Closed,
}

impl State {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// The case as of [`View::day`].
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// The day asked for.
    pub day: NaiveDate,
    /// Every episode begun so far; a reopened case has several.
    pub episodes: Vec<Episode>,
    /// The young person's birth date; `None` before the case begins.
    pub birth_date: Option<Sealed<NaiveDate>>,
    /// The administration responsible.
    pub administration: Option<Administration>,
    /// The caseworker.
    pub caseworker: Option<PersonRef>,
    /// The mentor; `None` after the assignment ended until another is assigned.
    pub mentor: Option<PersonRef>,
    /// Who else is assigned, and as what.
    pub assigned: Vec<(PersonRef, AssignedRole)>,
    /// Every different person over all episodes (C2-5..7).
    pub persons_met: BTreeSet<PersonRef>,
    /// The tracks in the order of their grants.
    pub tracks: Vec<Track>,
    /// How often support was switched.
    pub switches: u32,
    /// The months with more supportive help, in order.
    pub limited_periods: Vec<LimitedPeriod>,
    /// The sessions held.
    pub sessions: Vec<Session>,
    /// The goals set.
    pub goals: Vec<Goal>,
    /// The 17½-year meetings held, over all episodes.
    pub transition_meetings: Vec<TransitionMeeting>,
    /// Whether the case came from another system.
    pub imported: bool,
    /// Since when the young person's data are erased.
    pub erased_on: Option<NaiveDate>,
}

/// One run of a case, from opening or reopening to closing.
#[derive(Debug, Clone, PartialEq)]
pub struct Episode {
    /// 1 for the first.
    pub number: u32,
    /// Its first day; every clock starts here.
    pub start: NaiveDate,
    /// The event that began it.
    pub opened_by: EventId,
    /// How it ended.
    pub closed: Option<Closing>,
    /// The follow-ups held, counting or not.
    pub follow_ups: Vec<FollowUp>,
    /// The delays explained.
    pub delays: Vec<Delay>,
    /// The method reviews held, counting or not.
    pub reviews: Vec<Review>,
    /// The newest choice of method.
    pub method: Option<MethodChoice>,
    /// What another system claims to have been the last follow-up.
    pub claimed_follow_up: Option<NaiveDate>,
    /// What another system claims to have been the last review.
    pub claimed_review: Option<NaiveDate>,
}

impl Episode {
    /// An episode that begins with this entry.
    pub(crate) fn starting(number: u32, entry: &Entry) -> Self {
        Self {
            number,
            start: entry.on,
            opened_by: entry.event_id,
            closed: None,
            follow_ups: Vec::new(),
            delays: Vec::new(),
            reviews: Vec::new(),
            method: None,
            claimed_follow_up: None,
            claimed_review: None,
        }
    }
}

/// How an episode ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closing {
    /// The last day.
    pub on: NaiveDate,
    /// The event.
    pub by: EventId,
    /// The reason, where the rules know it.
    pub reason: Option<KnownReason>,
    /// Whether a lead's name and an explanation are there.
    pub is_approved: bool,
}

/// A fact that settled something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// The day.
    pub on: NaiveDate,
    /// The event.
    pub by: EventId,
}

/// A follow-up held.
#[derive(Debug, Clone, PartialEq)]
pub struct FollowUp {
    /// The day.
    pub on: NaiveDate,
    /// The event.
    pub by: EventId,
    /// Who was there, as far as the rules ask.
    pub participants: Vec<Participant>,
    /// What was decided.
    pub outcome: Outcome,
    /// Why the young person was not there.
    pub youth_absence: Option<YouthAbsence>,
}

/// A delay explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delay {
    /// The day.
    pub on: NaiveDate,
    /// The event.
    pub by: EventId,
}

/// A method review held.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    /// The day.
    pub on: NaiveDate,
    /// The event.
    pub by: EventId,
    /// Who was there, as far as the rules ask.
    pub participants: Vec<Participant>,
}

impl Review {
    /// Counts with the professional lead and the mentor (F4.6-7).
    pub fn counts(&self) -> bool {
        self.participants.contains(&Participant::ProfessionalLead)
            && self.participants.contains(&Participant::Mentor)
    }
}

/// A choice of method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodChoice {
    /// The day.
    pub on: NaiveDate,
    /// The event.
    pub by: EventId,
}

/// A 17½-year meeting held.
#[derive(Debug, Clone, PartialEq)]
pub struct TransitionMeeting {
    /// The day.
    pub on: NaiveDate,
    /// The event.
    pub by: EventId,
    /// Who was there, as far as the rules ask.
    pub parties: Vec<Party>,
}

impl TransitionMeeting {
    /// The required parties that were not there.
    pub fn missing(&self) -> Vec<Party> {
        Party::REQUIRED.into_iter().filter(|party| !self.parties.contains(party)).collect()
    }

    /// Counts with the three administrations and the mentor (F4.1-9).
    pub fn counts(&self) -> bool {
        self.missing().is_empty()
    }
}

/// A session held.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// The day.
    pub on: NaiveDate,
    /// How long, in minutes.
    pub minutes: i64,
    /// By whom.
    pub by: PersonRef,
    /// How.
    pub form: Form,
    /// The track as it was said; see [`View::track_of`].
    pub track: Option<crate::ids::TrackId>,
    /// The event.
    pub event: EventId,
    /// The entry's own reference.
    pub id: Option<EntryId>,
    /// 1 + corrections + retractions.
    pub versions: u32,
}

/// A goal.
#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    /// Which.
    pub id: GoalId,
    /// The part of life.
    pub domain: String,
    /// Towards the labour market or not.
    pub axis: Option<String>,
    /// Since when.
    pub set_on: NaiveDate,
    /// When last revised.
    pub revised_on: Option<NaiveDate>,
}

impl View {
    /// The view before anything happened.
    pub(crate) fn empty(day: NaiveDate) -> Self {
        Self {
            day,
            episodes: Vec::new(),
            birth_date: None,
            administration: None,
            caseworker: None,
            mentor: None,
            assigned: Vec::new(),
            persons_met: BTreeSet::new(),
            tracks: Vec::new(),
            switches: 0,
            limited_periods: Vec::new(),
            sessions: Vec::new(),
            goals: Vec::new(),
            transition_meetings: Vec::new(),
            imported: false,
            erased_on: None,
        }
    }

    /// Takes in the next entry in the order of days. No arm is missing and none can fail.
    pub(crate) fn apply(&mut self, entry: &Entry) {
        match &entry.event {
            Event::Opening(event) => event.apply(self, entry),
            Event::Assigning(event) => event.apply(self),
            Event::Support(event) => event.apply(self, entry),
            Event::Session(event) => event.apply(self, entry),
            Event::Goal(event) => event.apply(self, entry),
            Event::FollowUp(event) => event.apply(self, entry),
            Event::Method(event) => event.apply(self, entry),
            Event::Transition(event) => event.apply(self, entry),
            Event::Closing(event) => event.apply(self, entry),
            Event::Erasure(event) => event.apply(self, entry),
            Event::Correction(_) | Event::Staff(_) | Event::Programme(_) | Event::Reminding(_) => {}
        }
    }

    /// A new mentor takes the place of the old one.
    pub(crate) fn assign_mentor(&mut self, person: &PersonRef) {
        self.mentor = Some(person.clone());
        self.persons_met.insert(person.clone());
    }

    /// Running, ended, or not begun yet.
    pub fn state(&self) -> Option<State> {
        let episode = self.episodes.last()?;
        Some(if episode.closed.is_some() { State::Closed } else { State::Open })
    }

    /// Whether the case is running: once its person is erased, nothing runs any more.
    pub fn is_open(&self) -> bool {
        self.state() == Some(State::Open) && self.erased_on.is_none()
    }

    /// The newest episode.
    pub fn episode(&self) -> Option<&Episode> {
        self.episodes.last()
    }

    /// Who is assigned in a role beside the mentor.
    pub fn assigned_as(&self, role: AssignedRole) -> Vec<PersonRef> {
        let of_role = self.assigned.iter().filter(|(_, as_what)| *as_what == role);
        of_role.map(|(person, _)| person.clone()).collect()
    }

    /// The closing of the newest episode, when it lies on or after a day.
    pub(crate) fn closing_on_or_after(&self, day: NaiveDate) -> Option<Settled> {
        let closing = self.episode()?.closed?;
        (closing.on >= day).then_some(Settled { on: closing.on, by: closing.by })
    }
}
