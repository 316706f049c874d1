//! Decisions about network and family (F4.5).

use super::check_number;
use crate::door::Command;
use crate::family::Event;
use crate::rejection::Rejection;
use crate::view::{Deviation, View};

/// Persons on one map.
const MOST_PERSONS: i64 = 1_000;
/// Days between two updates.
const MOST_UPDATE_DAYS: i64 = 366;

/// Answers a wish about network and family.
pub(super) fn decide(view: &View, command: &Command, event: &Event) -> Result<(), Rejection> {
    match event {
        Event::Mapped(mapped) => check_number("persons", mapped.persons, 0..=MOST_PERSONS),
        Event::Agreed(agreed) => {
            if let Some(days) = agreed.parent_update_days {
                check_number("parent_update_days", days, 1..=MOST_UPDATE_DAYS)?;
            }
            if agreed.youth_view_recorded || command.is_excused {
                Ok(())
            } else {
                Err(Rejection::Unadvised(Deviation::YouthViewMissing))
            }
        }
        Event::Updated(_) if !view.may_tell_parents() => Err(Rejection::NoConsent),
        Event::Updated(_) if view.family.agreements.is_empty() => Err(Rejection::NoAgreement),
        Event::MeetingHeld(_) | Event::Updated(_) => Ok(()),
    }
}
