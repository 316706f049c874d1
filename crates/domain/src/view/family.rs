//! Network, consent, updates to parents, the confidential room (F4.5).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Settled, View};
use crate::calendar;
use crate::consent::PARENT_UPDATES;
use crate::ids::{EntryId, EventId};
use crate::policy::Policy;

/// The age from which parents are no longer told.
const ADULT_YEARS: u32 = 18;

/// What is known of network and family, over all episodes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Family {
    /// The network maps.
    pub maps: Vec<Mapped>,
    /// What was agreed with the family.
    pub agreements: Vec<Agreement>,
    /// The updates to parents.
    pub updates: Vec<Settled>,
    /// Consent given and withdrawn, in order.
    pub consents: Vec<Consent>,
    /// The notes in the confidential room.
    pub notes: Vec<EntryId>,
    /// Whether a custody holder waits for an answer.
    pub access_is_open: bool,
}

/// A network map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapped {
    /// When, and by which event.
    pub done: Settled,
    /// How many persons.
    pub persons: i64,
}

/// What was agreed with the family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// When, and by which event.
    pub done: Settled,
    /// How much, where the rules know it.
    pub extent: Option<String>,
    /// Days between two updates, where it was said.
    pub update_days: Option<u32>,
}

/// Consent given or withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// The day.
    pub on: NaiveDate,
    /// The event.
    pub by: EventId,
    /// What it covers.
    pub scope: Option<String>,
    /// Given, or withdrawn.
    pub is_given: bool,
    /// Its last day, when one is set.
    pub until: Option<NaiveDate>,
}

/// How updates to parents stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParentUpdates {
    /// Whether they are sent.
    pub is_active: bool,
    /// The last day of the next one.
    pub next_due: NaiveDate,
}

impl View {
    /// Whether the newest word on parent updates is a consent that runs on the view's day.
    pub fn may_tell_parents(&self) -> bool {
        let about = self.family.consents.iter().rev();
        let newest = about.into_iter().find(|c| c.scope.as_deref() == Some(PARENT_UPDATES));
        newest.is_some_and(|c| c.is_given && c.until.is_none_or(|until| self.day <= until))
    }

    /// The first day on which the young person decides alone.
    pub fn adult_on(&self, policy: &Policy) -> Option<NaiveDate> {
        Some(calendar::birthday(self.known_birth_date()?, ADULT_YEARS, policy.leap_day))
    }

    /// The days between two updates under an agreement.
    pub(crate) fn update_days(agreement: &Agreement, policy: &Policy) -> u32 {
        agreement.update_days.unwrap_or(policy.parent_update_days)
    }

    /// How updates to parents stand; none before anything was agreed.
    pub fn parent_updates(&self, policy: &Policy) -> Option<ParentUpdates> {
        let agreement = self.family.agreements.last()?;
        let last = self.family.updates.last().map(|update| update.on);
        let anchor = last.max(Some(agreement.done.on))?;
        let next_due = calendar::days_after(anchor, Self::update_days(agreement, policy));
        let is_adult = self.adult_on(policy).is_some_and(|day| day <= self.day);
        Some(ParentUpdates { is_active: self.may_tell_parents() && !is_adult, next_due })
    }

    /// Whether a consent was withdrawn and none of that scope was given since.
    pub(crate) fn lacks_consent(&self) -> bool {
        let consents = &self.family.consents;
        consents.iter().enumerate().any(|(at, consent)| {
            let later = &consents[at + 1..];
            !consent.is_given && !later.iter().any(|l| l.is_given && l.scope == consent.scope)
        })
    }
}
