//! From one to one to a group to a volunteer (F4.3), two roles with one person (C2-15).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Settled, Track, View};
use crate::calendar;
use crate::ids::{EntryId, EventId, GroupRef, PersonRef};
use crate::policy::Policy;
use crate::progression::{Stage, Suitability};
use crate::staff::Directory;

/// The plan of stages and how far it has come.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Progression {
    /// The stages, in order; none without a plan.
    pub stages: Vec<Stage>,
    /// The stage reached.
    pub reached: Option<Stage>,
}

/// Taking part in a group session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Participation {
    /// The day.
    pub on: NaiveDate,
    /// The event.
    pub by: EventId,
    /// The group.
    pub group: GroupRef,
    /// The entry of the session in the group's stream.
    pub session: EntryId,
    /// How long, in minutes.
    pub minutes: i64,
}

/// A step taken that the law asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LawStep {
    /// Which.
    pub step: String,
    /// When, and by which event.
    pub done: Settled,
}

/// One person with two tracks of a case at once (C2-15).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DualRole {
    /// Who.
    pub person: PersonRef,
    /// The first day.
    pub from: NaiveDate,
    /// The event that gave the second track.
    pub by: EventId,
    /// The last day, when one is known, and the event that set it.
    pub until: Option<Settled>,
}

impl DualRole {
    pub(crate) fn lasts(&self, day: NaiveDate) -> bool {
        self.until.is_none_or(|until| day <= until.on)
    }
}

impl View {
    /// The first day on which a group session may be held (F4.3-3).
    pub fn group_from(&self, policy: &Policy) -> Option<NaiveDate> {
        Some(calendar::months_after(self.episode()?.start, policy.group_after_months))
    }

    /// The newest assessment of this episode.
    pub fn suitability(&self) -> Option<Suitability> {
        self.episode()?.suitability
    }

    /// Whether the young person may meet in a group on the view's day.
    pub fn may_join_group(&self, policy: &Policy) -> bool {
        self.is_open()
            && self.suitability() == Some(Suitability::Suitable)
            && self.group_from(policy).is_some_and(|from| from <= self.day)
    }

    /// The days on which one person came to hold two roles: a second track beside another of the
    /// same person, or a switch between two tracks of the same person (C2-15).
    pub fn dual_roles_since(&self) -> Vec<NaiveDate> {
        let becomes_dual = |(at, track): (usize, &Track)| {
            let person = track.person.as_ref()?;
            let mut others = self.tracks.iter().enumerate().filter(|(other, _)| *other != at);
            let is_second = others.any(|(_, other)| {
                let is_earlier = (other.from, other.granted_on) <= (track.from, track.granted_on);
                let is_beside = is_earlier && other.is_active_on(track.from);
                let is_replaced = track.replaces.as_ref() == Some(&other.id);
                other.person.as_ref() == Some(person) && (is_beside || is_replaced)
            });
            is_second.then_some(track.from)
        };
        let mut days: Vec<NaiveDate> =
            self.tracks.iter().enumerate().filter_map(becomes_dual).collect();
        days.retain(|day| *day <= self.day);
        days.sort_unstable();
        days
    }

    /// Whoever holds two tracks at once, and when; each stretch of days is one.
    pub fn dual_roles(&self) -> Vec<DualRole> {
        let begun = |track: &Track| track.from.max(track.granted_on);
        let mut of_person: BTreeMap<&PersonRef, Vec<(&Track, EventId)>> = BTreeMap::new();
        for track in &self.tracks {
            if let (Some(person), Some(first)) = (&track.person, track.periods.first()) {
                of_person.entry(person).or_default().push((track, first.by));
            }
        }
        let mut found: Vec<DualRole> = Vec::new();
        for (person, mut tracks) in of_person {
            tracks.sort_unstable_by_key(|(track, by)| (begun(track), *by));
            let mut active: Vec<Option<Settled>> = Vec::new();
            for (track, by) in tracks {
                let from = begun(track);
                active.retain(|last| last.is_none_or(|last| last.on >= from));
                active.push(track.last_day());
                active.sort_unstable_by_key(|last| last.map_or(calendar::LAST_DAY, |last| last.on));
                // As long as two of them last, if no other one begins.
                let Some(until) = active.iter().rev().nth(1).copied() else { continue };
                match found.last_mut().filter(|dual| dual.person == *person && dual.lasts(from)) {
                    Some(dual) => dual.until = until,
                    None => found.push(DualRole { person: person.clone(), from, by, until }),
                }
            }
        }
        found
    }

    /// Takes over what the streams of people say of whoever holds two roles: no entry of the case
    /// does.
    pub fn learn_supervision(&mut self, directory: &Directory) {
        for dual in self.dual_roles() {
            if let Some(known) = directory.person(&dual.person) {
                self.supervised.insert(dual.person, known.supervised.clone());
            }
        }
    }

    /// Whether expectations were never aligned since two roles met in one person.
    pub(crate) fn lacks_role_expectations(&self) -> bool {
        let last = self.dual_roles_since().last().copied();
        last.is_some_and(|since| !self.roles_aligned.iter().any(|day| *day >= since))
    }
}
