//! When a deadline is to be looked at again.
//!
//! Its levels have their letters, and between these nothing changes by itself but who is told: a
//! handover takes effect on a day that was set long before, and a volunteer's track begins. Whoever
//! takes over hears of what is open on that day, and not first when it has become worse.

use chrono::{DateTime, Utc};
use spor_projections::tables::deadlines::{letter_at, next_letter};

use crate::due::{Question, slot_on};
use spor_domain::rules::Level;

impl Question<'_> {
    /// The next instant at which somebody may have to be told.
    pub(crate) fn wakes_at(&self) -> Option<DateTime<Utc>> {
        let next = next_letter(self.deadline, self.policy, self.now);
        let grace = self.grace_ends().map(|ends| slot_on(ends, self.policy));
        next.into_iter().chain(grace).chain(self.others_join()).min()
    }

    /// The first morning on which somebody else is told of what is open. Before its first letter
    /// nothing is: that one finds whoever is there by then.
    fn others_join(&self) -> Option<DateTime<Utc>> {
        let takeovers = self.view.takeovers.iter().map(|takeover| takeover.on);
        let volunteers = self.deadline.volunteer_during.iter().map(|span| span.from);
        let settled_on = self.deadline.settled.map(|settled| settled.on);
        let levels = self.deadline.level_days().into_iter();
        let first = levels.map(|(level, since)| letter_at(level, since, self.policy)).min()?;
        takeovers
            .chain(volunteers)
            .filter(|day| settled_on.is_none_or(|settled| *day < settled))
            .map(|day| letter_at(Level::Overdue, day, self.policy))
            .filter(|at| *at > self.now && *at > first)
            .min()
    }
}
