//! Decisions about handover and progression: who goes on, and in which order (F4.1-8, F4.3-4).

use crate::door::Command;
use crate::handover::Event as Handover;
use crate::progression::{Event as Progression, Stage};
use crate::rejection::Rejection;
use crate::sealed::Compartment;
use crate::view::{Deviation, HandoverStatus, View};

/// Answers a wish about a handover.
pub(super) fn hand_over(view: &View, command: &Command, event: &Handover) -> Result<(), Rejection> {
    let awaits = view.handover().filter(|h| h.status() == HandoverStatus::Awaiting);
    match (event, awaits) {
        (Handover::Started(_), Some(running)) => {
            Err(Rejection::HandoverAwaits { since: running.started.on })
        }
        (Handover::Started(started), None) => {
            if started.mentor_included || command.is_excused {
                Ok(())
            } else {
                Err(Rejection::Unadvised(Deviation::MentorNotIncluded))
            }
        }
        (Handover::Accepted(_) | Handover::Rejected(_), None) => Err(Rejection::NoHandover),
        (Handover::Rejected(_), Some(_)) if !says_why(command) => {
            Err(Rejection::HandoverReasonMissing)
        }
        (Handover::Accepted(_) | Handover::Rejected(_), Some(_))
        | (Handover::Transferred(_), _) => Ok(()),
    }
}

fn says_why(command: &Command) -> bool {
    let reason = command.sealed.get(&Compartment::Person).and_then(|part| part.get("reason"));
    reason.and_then(|reason| reason.as_str()).is_some_and(|text| !text.trim().is_empty())
}

/// Answers a wish about the plan of stages.
pub(super) fn progress(view: &View, event: &Progression) -> Result<(), Rejection> {
    match event {
        Progression::PlanSet(plan) => {
            if plan.stages.first() != Some(&Stage::OneToOne) {
                return Err(Rejection::PlanBeginsElsewhere);
            }
            if plan.stages.is_sorted_by(|earlier, later| earlier < later) {
                Ok(())
            } else {
                Err(Rejection::PlanOrder)
            }
        }
        Progression::StageReached(reached) => {
            let Some(present) = view.progression.reached else {
                return Err(Rejection::NoPlan);
            };
            if view.progression.stages.contains(&reached.stage) && present < reached.stage {
                Ok(())
            } else {
                Err(Rejection::StageOrder { present: present.as_str() })
            }
        }
        Progression::Assessed(_) | Progression::Participated(_) | Progression::LawStep(_) => Ok(()),
    }
}
