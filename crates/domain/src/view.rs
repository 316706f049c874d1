//! The case as of a day: what the rules, the tables and the screens ask.
//!
//! A view is filled by one pass over the entries up to its day; each family's `apply` is its arm.
//! What depends on policy or on arithmetic over the whole view stands in the rooms below.

mod clocks;
mod episode;
mod family;
mod flags;
mod groups;
mod handing;
mod hours;
mod tracks;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::assigning::AssignedRole;
use crate::event::Event;
use crate::ids::{EventId, PersonRef};
use crate::opening::Administration;
use crate::sealed::Sealed;

pub use crate::case::Entry;
pub use clocks::{
    ClockStatus, FollowUpClock, MethodReviewClock, Phase, TransitionClock, TransitionStatus,
};
pub use episode::{
    Attempt, Closing, Delay, Ending, Episode, Evaluation, FollowUp, Goal, MethodChoice, Review,
    Session, Settled, TransitionMeeting,
};
pub use family::{Agreement, Consent, Family, Mapped, ParentUpdates};
pub use flags::{Deviation, Flag};
pub use groups::{DualRole, LawStep, Participation, Progression};
pub use handing::{Handover, HandoverFile, HandoverStatus, Referral, Takeover};
pub(crate) use hours::Weeks;
pub use hours::{
    HoursStatus, MonthHours, OtherSession, Pause, TrackHours, WeekHours, decimal_hours,
};
pub use tracks::{
    LabPeriod, LimitedPeriod, LimitedStatus, LimitedSupport, Period, PeriodEnd, Track,
};

/// Whether a case is running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Referred, not begun.
    Referred,
    /// Referred and waiting.
    Waiting,
    /// Running.
    Open,
    /// Ended.
    Closed,
    /// Gone on in another municipality.
    Transferred,
}

impl State {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Referred => "referred",
            Self::Waiting => "waiting",
            Self::Transferred => "transferred",
        }
    }
}

/// The case as of [`View::day`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// Whether it came in a batch of many.
    pub is_of_batch: bool,
    /// How it came here, before it began.
    pub referral: Option<Referral>,
    /// Since when each person beside the mentor is assigned, in the role now held.
    pub assigned_on: BTreeMap<PersonRef, NaiveDate>,
    /// The pauses of support, over all episodes.
    pub pauses: Vec<Pause>,
    /// The dialogues that were no session and no follow-up.
    pub dialogues: Vec<Settled>,
    /// The attempts to reach the young person.
    pub attempts: Vec<Attempt>,
    /// Network, family, consent, notes, access.
    pub family: Family,
    /// The handovers to other administrations, in order.
    pub handovers: Vec<Handover>,
    /// The handovers that take effect on a day to come; none once it has.
    pub takeovers: Vec<Takeover>,
    /// The plan from one to one to a volunteer.
    pub progression: Progression,
    /// The group sessions taken part in, over all episodes.
    pub participations: Vec<Participation>,
    /// The days on which role expectations were aligned.
    pub roles_aligned: Vec<NaiveDate>,
    /// The steps taken that the law asks for.
    pub law_steps: Vec<LawStep>,
    /// Sessions of this case's volunteers with other young people; no entry of this case says so,
    /// so whoever asks about a volunteer's month fills them in.
    pub other_sessions: Vec<OtherSession>,
    /// The days on which the case's people had supervision; filled in like the sessions above.
    pub supervised: BTreeMap<PersonRef, BTreeMap<NaiveDate, EventId>>,
    /// Entries that a "should" advised against, accepted for a reason.
    pub deviations: Vec<(EntryAddress, Deviation)>,
    /// Since when the young person's data are erased.
    pub erased_on: Option<NaiveDate>,
}

/// What an entry is addressed by.
pub type EntryAddress = String;

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
            is_of_batch: false,
            referral: None,
            assigned_on: BTreeMap::new(),
            pauses: Vec::new(),
            dialogues: Vec::new(),
            attempts: Vec::new(),
            family: Family::default(),
            handovers: Vec::new(),
            takeovers: Vec::new(),
            progression: Progression::default(),
            participations: Vec::new(),
            roles_aligned: Vec::new(),
            law_steps: Vec::new(),
            other_sessions: Vec::new(),
            supervised: BTreeMap::new(),
            deviations: Vec::new(),
            erased_on: None,
        }
    }

    /// Takes in the next entry in the order of days. No arm is missing and none can fail.
    pub(crate) fn apply(&mut self, entry: &Entry) {
        self.take_over_before(entry.on, entry.position);
        self.note_deviation(entry);
        match &entry.event {
            Event::Referral(event) => event.apply(self, entry),
            Event::Opening(event) => event.apply(self, entry),
            Event::Assigning(event) => event.apply(self, entry),
            Event::Support(event) => event.apply(self, entry),
            Event::Pausing(event) => event.apply(self, entry),
            Event::Session(event) => event.apply(self, entry),
            Event::Contact(event) => event.apply(self, entry),
            Event::Goal(event) => event.apply(self, entry),
            Event::FollowUp(event) => event.apply(self, entry),
            Event::Method(event) => event.apply(self, entry),
            Event::Family(event) => event.apply(self, entry),
            Event::Consent(event) => event.apply(self, entry),
            Event::Transition(event) => event.apply(self, entry),
            Event::Handover(event) => event.apply(self, entry),
            Event::Progression(event) => event.apply(self, entry),
            Event::Closing(event) => event.apply(self, entry),
            Event::Erasure(event) => event.apply(self, entry),
            Event::Correction(_)
            | Event::Staff(_)
            | Event::Group(_)
            | Event::Programme(_)
            | Event::Reminding(_) => {}
        }
    }

    /// A new mentor takes the place of the old one.
    pub(crate) fn assign_mentor(&mut self, person: &PersonRef) {
        self.mentor = Some(person.clone());
        self.persons_met.insert(person.clone());
    }

    /// Running, ended, or not begun yet.
    pub fn state(&self) -> Option<State> {
        let Some(episode) = self.episodes.last() else {
            let waits = self.referral.as_ref()?.waits;
            return Some(if waits.is_some() { State::Waiting } else { State::Referred });
        };
        Some(match &episode.closed {
            None => State::Open,
            Some(closing) if closing.is_closed() => State::Closed,
            Some(_) => State::Transferred,
        })
    }

    /// Ends the episode and with it every track and every pause.
    pub(crate) fn end(&mut self, closing: Closing) {
        let Some(episode) = self.episodes.last_mut() else {
            return;
        };
        let last = Settled { on: closing.on, by: closing.by };
        episode.closed = Some(closing);
        for track in &mut self.tracks {
            track.end_at(last);
        }
        // What rests, rests no longer than the case runs: reopened, it begins anew.
        for pause in self.pauses.iter_mut().filter(|pause| pause.covers(last.on)) {
            pause.ended = Some(last);
        }
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

    /// The first closing on or after a day.
    pub(crate) fn closing_since(&self, day: NaiveDate) -> Option<&Closing> {
        let mut closings = self.episodes.iter().filter_map(|episode| episode.closed.as_ref());
        closings.find(|closing| closing.on >= day)
    }

    /// The closing of the newest episode, when it lies on or after a day.
    pub(crate) fn closing_on_or_after(&self, day: NaiveDate) -> Option<Settled> {
        let closing = self.episode()?.closed.as_ref()?;
        (closing.on >= day).then_some(Settled { on: closing.on, by: closing.by })
    }
}
