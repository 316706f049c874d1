//! What stands out about a case.

use super::{ClockStatus, TransitionMeeting, View};
use crate::calendar;
use crate::closing::KnownReason;
use crate::follow_up::YouthAbsence;
use crate::policy::Policy;

/// Something a reader of the case must see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    /// Ended before the three months (F4.4-3).
    ClosedBeforeThreeMonths,
    /// An overdue follow-up was explained; nothing moved (F4.1-14).
    FollowUpDelayExplained,
    /// A follow-up without the required parties lies after the last one that counts.
    FollowUpPartial,
    /// The history comes from another system.
    ImportedHistory,
    /// The young person's data were erased (GDPR art. 17).
    PersonalDataErased,
    /// Weighty reasons without a lead's name and an explanation (F4.4-4).
    ReasonUnapproved,
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
            Self::FollowUpDelayExplained => "follow_up_delay_explained",
            Self::FollowUpPartial => "follow_up_partial",
            Self::ImportedHistory => "imported_history",
            Self::PersonalDataErased => "personal_data_erased",
            Self::ReasonUnapproved => "reason_unapproved",
            Self::TransitionMeetingPartial => "transition_meeting_partial",
            Self::YouthDeclined => "youth_declined",
        }
    }
}

impl View {
    /// Every flag that is up on the view's day, in the order of their words.
    pub fn flags(&self, policy: &Policy) -> Vec<Flag> {
        let mut flags = Vec::new();
        let mut raise = |is_up: bool, flag| {
            if is_up {
                flags.push(flag);
            }
        };
        raise(self.closed_early(policy), Flag::ClosedBeforeThreeMonths);
        raise(self.is_delay_explained(policy), Flag::FollowUpDelayExplained);
        raise(self.is_follow_up_partial(), Flag::FollowUpPartial);
        raise(self.imported, Flag::ImportedHistory);
        raise(self.erased_on.is_some(), Flag::PersonalDataErased);
        raise(self.has_unapproved_reason(), Flag::ReasonUnapproved);
        raise(self.is_transition_partial(), Flag::TransitionMeetingPartial);
        raise(self.youth_declined(), Flag::YouthDeclined);
        flags
    }

    fn closed_early(&self, policy: &Policy) -> bool {
        self.episodes.iter().any(|episode| {
            let earliest = calendar::months_after(episode.start, policy.minimum_duration_months);
            episode.closed.is_some_and(|closing| closing.on < earliest)
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
        self.episodes.iter().filter_map(|episode| episode.closed).any(|closing| {
            closing.reason == Some(KnownReason::WeightyProfessionalReasons) && !closing.is_approved
        })
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
