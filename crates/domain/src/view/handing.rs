//! Who is responsible: referral, handover between administrations, handing on to a municipality.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Ending, Settled, View};
use crate::calendar;
use crate::ids::{PersonRef, Position};
use crate::opening::Administration;
use crate::policy::Policy;

/// How a case came here before it began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referral {
    /// The referral.
    pub referred: Settled,
    /// Whether a group was wished for.
    pub group_wish: bool,
    /// Since when it waits, and the event that says so.
    pub waits: Option<Settled>,
}

/// A handover to another administration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Handover {
    /// Its beginning.
    pub started: Settled,
    /// Who receives.
    pub to: Administration,
    /// The caseworker to be.
    pub receiving_caseworker: PersonRef,
    /// The day it takes effect, when accepted by then.
    pub effective_on: NaiveDate,
    /// The answer, and whether it was a yes.
    pub answered: Option<(Settled, bool)>,
}

/// How a handover stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandoverStatus {
    /// Not answered.
    Awaiting,
    /// Accepted.
    Accepted,
    /// Rejected.
    Rejected,
}

impl HandoverStatus {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Awaiting => "awaiting",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }
}

impl Handover {
    /// How it stands.
    pub fn status(&self) -> HandoverStatus {
        match self.answered {
            None => HandoverStatus::Awaiting,
            Some((_, true)) => HandoverStatus::Accepted,
            Some((_, false)) => HandoverStatus::Rejected,
        }
    }

    /// The last day to answer it in time.
    pub fn due(&self, policy: &Policy) -> NaiveDate {
        calendar::days_after(self.started.on, policy.handover_accept_days)
    }
}

/// An accepted handover on its way to the day it takes effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Takeover {
    /// The day.
    pub on: NaiveDate,
    /// When it was recorded, against other entries of that day.
    pub position: Position,
    /// The new responsible administration.
    pub administration: Administration,
    /// The new caseworker.
    pub caseworker: PersonRef,
}

/// What the new municipality has to know of the clocks.
#[derive(Debug, Clone, PartialEq)]
pub struct HandoverFile {
    /// The last follow-up that counts, else the start: the six weeks run from here.
    pub follow_up_from: NaiveDate,
    /// The last method review that counts, else the start.
    pub method_review_from: NaiveDate,
    /// The next follow-up.
    pub follow_up_due: NaiveDate,
    /// The 17½-year meeting; none when it was held or does not apply.
    pub transition_meeting_due: Option<NaiveDate>,
    /// The next method review.
    pub method_review_due: NaiveDate,
}

impl View {
    /// The newest handover.
    pub fn handover(&self) -> Option<&Handover> {
        self.handovers.last()
    }

    /// Goes on to the end of a day up to which nothing more is entered.
    pub fn pass_to(&mut self, day: NaiveDate) {
        self.day = day;
        self.take_over_before(day.succ_opt().unwrap_or(day), Position::default());
    }

    /// Lets accepted handovers take effect that come before an entry of that day and place.
    pub(crate) fn take_over_before(&mut self, day: NaiveDate, position: Position) {
        if self.takeovers.is_empty() {
            return;
        }
        self.takeovers.sort_by_key(|takeover| (takeover.on, takeover.position));
        let ready = self.takeovers.partition_point(|t| (t.on, t.position) < (day, position));
        for takeover in self.takeovers.drain(..ready) {
            self.administration = Some(takeover.administration);
            self.caseworker = Some(takeover.caseworker);
        }
    }

    /// What the new municipality has to know, once the case was handed on: the clocks as they
    /// stood on the last day here.
    pub fn handover_file(&self, policy: &Policy) -> Option<HandoverFile> {
        let episode = self.episode()?;
        let closing = episode.closed.as_ref()?;
        let Ending::Transferred { .. } = closing.how else {
            return None;
        };
        let follow_up = self.last_follow_up(episode).unwrap_or(episode.start);
        let review = self.last_review(episode).unwrap_or(episode.start);
        let meeting = self.transition_due(episode, policy);
        Some(HandoverFile {
            follow_up_from: follow_up,
            method_review_from: review,
            follow_up_due: calendar::days_after(follow_up, policy.follow_up_interval_days),
            transition_meeting_due: meeting.filter(|_| self.transition_held().is_none()),
            method_review_due: calendar::months_after(review, policy.method_review_months),
        })
    }
}
