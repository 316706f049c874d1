//! What an episode of a case holds: one struct for each kind of fact that the rules ask about.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::Entry;
use crate::closing::KnownReason;
use crate::follow_up::{Outcome, Participant, YouthAbsence};
use crate::ids::{EntryId, EventId, GoalId, PersonRef, TrackId};
use crate::progression::Suitability;
use crate::session::Form;
use crate::transition::Party;

/// One run of a case, from opening or reopening to closing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// The choices of method, in order.
    pub methods: Vec<MethodChoice>,
    /// When somebody last thought about the method.
    pub reflected_on: Option<NaiveDate>,
    /// The evaluations of the method, in order.
    pub evaluations: Vec<Evaluation>,
    /// The newest assessment of whether a group suits.
    pub suitability: Option<Suitability>,
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
            methods: Vec::new(),
            reflected_on: None,
            evaluations: Vec::new(),
            suitability: None,
            claimed_follow_up: None,
            claimed_review: None,
        }
    }
}

/// How an episode ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// The last day.
    pub on: NaiveDate,
    /// The event.
    pub by: EventId,
    /// In which way.
    pub how: Ending,
}

/// In which way an episode ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// It was closed.
    Closed {
        /// The reason, where the rules know it.
        reason: Option<KnownReason>,
        /// Whether a lead's name and an explanation are there.
        is_approved: bool,
    },
    /// The family moved; another municipality goes on.
    Transferred {
        /// The code of the new municipality.
        to: String,
    },
}

impl Closing {
    /// Whether the case was closed here, not passed on.
    pub fn is_closed(&self) -> bool {
        matches!(self.how, Ending::Closed { .. })
    }
}

/// A fact that settled something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The day.
    pub on: NaiveDate,
    /// The event.
    pub by: EventId,
}

/// A follow-up held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delay {
    /// The day.
    pub on: NaiveDate,
    /// The event.
    pub by: EventId,
}

/// A method review held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodChoice {
    /// The day.
    pub on: NaiveDate,
    /// The event.
    pub by: EventId,
}

/// The value of a method, judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The day.
    pub on: NaiveDate,
    /// The event.
    pub by: EventId,
    /// The value, where it is a word that can be counted.
    pub value: Option<String>,
}

/// A 17½-year meeting held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    pub track: Option<TrackId>,
    /// The hour in which it began.
    pub start_hour: Option<u32>,
    /// The kinds of activity that somebody counts.
    pub activities: Vec<String>,
    /// The event.
    pub event: EventId,
    /// The entry's own reference.
    pub id: Option<EntryId>,
    /// 1 + corrections + retractions.
    pub versions: u32,
}

impl Session {
    /// Whether it began before 8, after 16 or in a weekend; `None` when nobody said when it began.
    pub fn is_outside_hours(&self) -> Option<bool> {
        let is_weekend = self.on.weekday().number_from_monday() > 5;
        self.start_hour.map(|hour| is_weekend || !OFFICE_HOURS.contains(&hour))
    }
}

/// The hours in which a session within office hours begins (F4.2-14).
const OFFICE_HOURS: std::ops::Range<u32> = 8..16;

/// A goal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// How far, 0-10, day by day.
    pub scales: Vec<(NaiveDate, i64)>,
    /// When it was closed, and with which outcome.
    pub closed: Option<(NaiveDate, String)>,
}

/// An attempt to reach the young person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The day.
    pub on: NaiveDate,
    /// Whether it worked.
    pub reached: bool,
}
