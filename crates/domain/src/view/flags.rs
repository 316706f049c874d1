//! What stands out about a case.

use serde::{Deserialize, Serialize};

use super::{ClockStatus, Ending, Entry, TransitionMeeting, View};
use crate::assigning::Event as Assigning;
use crate::calendar;
use crate::closing::KnownReason;
use crate::event::Event;
use crate::family::Event as Family;
use crate::follow_up::YouthAbsence;
use crate::handover::Event as Handover;
use crate::method::Event as Method;
use crate::policy::Policy;

/// Something a reader of the case must see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    /// Ended before the three months (F4.4-3).
    ClosedBeforeThreeMonths,
    /// A consent was withdrawn (F4.5-14).
    ConsentWithdrawn,
    /// An overdue follow-up was explained; nothing moved (F4.1-14).
    FollowUpDelayExplained,
    /// A follow-up without the required parties lies after the last one that counts.
    FollowUpPartial,
    /// The history comes from another system.
    ImportedHistory,
    /// A custody holder asked for access; a lawyer looks at it first (F4.5-14).
    LegalAssessmentRequired,
    /// The young person's data were erased (GDPR art. 17).
    PersonalDataErased,
    /// Weighty reasons without a lead's name and an explanation (F4.4-4).
    ReasonUnapproved,
    /// Two roles met in one person, and expectations were not aligned since (C2-15).
    RoleExpectationsMissing,
    /// A 17½-year meeting lacked a required party.
    TransitionMeetingPartial,
    /// The last counting follow-up was held without the young person, who declined.
    YouthDeclined,
}

impl Flag {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClosedBeforeThreeMonths => "closed_before_three_months",
            Self::ConsentWithdrawn => "consent_withdrawn",
            Self::FollowUpDelayExplained => "follow_up_delay_explained",
            Self::FollowUpPartial => "follow_up_partial",
            Self::ImportedHistory => "imported_history",
            Self::LegalAssessmentRequired => "legal_assessment_required",
            Self::PersonalDataErased => "personal_data_erased",
            Self::ReasonUnapproved => "reason_unapproved",
            Self::RoleExpectationsMissing => "role_expectations_missing",
            Self::TransitionMeetingPartial => "transition_meeting_partial",
            Self::YouthDeclined => "youth_declined",
        }
    }
}

/// What a "should" advises against, accepted for a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Deviation {
    /// The mentor takes no part in the handover (F4.1-8).
    MentorNotIncluded,
    /// The method was evaluated though none was chosen (F4.6-4).
    MethodNotChosen,
    /// Nobody was left beside the young person (F4.4-1).
    NobodyLeft,
    /// The young person was not asked about the family's part (F4.5-6).
    YouthViewMissing,
}

impl Deviation {
    /// The stored word: the code of the refusal that a reason turned away.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MentorNotIncluded => "mentor_not_included",
            Self::MethodNotChosen => "method_not_chosen",
            Self::NobodyLeft => "nobody_left",
            Self::YouthViewMissing => "youth_view_missing",
        }
    }
}

impl View {
    /// What a "should" advises against in an entry, seen before the entry takes effect.
    pub(crate) fn deviation(&self, event: &Event) -> Option<Deviation> {
        match event {
            Event::Handover(Handover::Started(started)) if !started.mentor_included => {
                Some(Deviation::MentorNotIncluded)
            }
            Event::Method(Method::Evaluated(_)) => {
                let is_chosen = self.episode().is_some_and(|e| !e.methods.is_empty());
                (!is_chosen).then_some(Deviation::MethodNotChosen)
            }
            Event::Assigning(Assigning::Ended(ended)) => {
                let is_left = self.is_open() && !self.somebody_stays(&ended.person);
                is_left.then_some(Deviation::NobodyLeft)
            }
            Event::Family(Family::Agreed(agreed)) if !agreed.youth_view_recorded => {
                Some(Deviation::YouthViewMissing)
            }
            _ => None,
        }
    }

    /// Notes what was accepted for a reason only.
    pub(crate) fn note_deviation(&mut self, entry: &Entry) {
        if let Some(deviation) = self.deviation(&entry.event) {
            self.deviations.push((entry.address(), deviation));
        }
    }

    /// Every flag that is up on the view's day, in the order of their words.
    pub fn flags(&self, policy: &Policy) -> Vec<Flag> {
        let mut flags = Vec::new();
        let mut raise = |is_up: bool, flag| {
            if is_up {
                flags.push(flag);
            }
        };
        raise(self.closed_early(policy), Flag::ClosedBeforeThreeMonths);
        raise(self.lacks_consent(), Flag::ConsentWithdrawn);
        raise(self.is_delay_explained(policy), Flag::FollowUpDelayExplained);
        raise(self.is_follow_up_partial(), Flag::FollowUpPartial);
        raise(self.imported, Flag::ImportedHistory);
        raise(self.family.access_is_open, Flag::LegalAssessmentRequired);
        raise(self.erased_on.is_some(), Flag::PersonalDataErased);
        raise(self.has_unapproved_reason(), Flag::ReasonUnapproved);
        raise(self.lacks_role_expectations(), Flag::RoleExpectationsMissing);
        raise(self.is_transition_partial(), Flag::TransitionMeetingPartial);
        raise(self.youth_declined(), Flag::YouthDeclined);
        flags
    }

    fn closed_early(&self, policy: &Policy) -> bool {
        self.episodes.iter().any(|episode| {
            let earliest = calendar::months_after(episode.start, policy.minimum_duration_months);
            let closed = episode.closed.as_ref().filter(|closing| closing.is_closed());
            closed.is_some_and(|closing| closing.on < earliest)
        })
    }

    fn is_delay_explained(&self, policy: &Policy) -> bool {
        let (Some(clock), Some(episode)) = (self.follow_up(policy), self.episode()) else {
            return false;
        };
        let anchor = clock.last.unwrap_or(episode.start);
        clock.status == ClockStatus::Overdue && episode.delays.iter().any(|d| d.on >= anchor)
    }

    fn is_follow_up_partial(&self) -> bool {
        let Some(episode) = self.episode().filter(|_| self.is_open()) else {
            return false;
        };
        // In the order of (day, recording): the newest of them all must be one that counts. A
        // claimed follow-up of another system stands before those recorded here on the same day.
        episode.follow_ups.last().is_some_and(|newest| {
            !self.counts(newest) && episode.claimed_follow_up.is_none_or(|day| day <= newest.on)
        })
    }

    fn has_unapproved_reason(&self) -> bool {
        let weighty = Some(KnownReason::WeightyProfessionalReasons);
        let mut endings = self.episodes.iter().filter_map(|episode| episode.closed.as_ref());
        endings.any(|closing| closing.how == Ending::Closed { reason: weighty, is_approved: false })
    }

    fn is_transition_partial(&self) -> bool {
        self.transition_held().is_none()
            && self.transition_meetings.iter().any(|meeting| !TransitionMeeting::counts(meeting))
    }

    fn youth_declined(&self) -> bool {
        let Some(episode) = self.episode() else {
            return false;
        };
        self.counting(episode)
            .last()
            .is_some_and(|newest| newest.youth_absence == Some(YouthAbsence::Declined))
    }
}
