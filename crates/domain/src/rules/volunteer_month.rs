//! F4.2: a volunteer of the corps gives ten hours a month, all mentees together.

use chrono::Datelike;
use uuid::Uuid;

use super::{Anchor, Deadline, Level, Rule, Span};
use crate::assigning::AssignedRole;
use crate::calendar;
use crate::ids::EventId;
use crate::policy::Policy;
use crate::staff::Role;
use crate::view::View;

/// The last whole month below the agreed hours; told the whole month after.
pub static RULE: Rule = Rule {
    id: "R12",
    name: "volunteer_month",
    recommendation: "F4.2",
    da: "Frivilligtimer under aftalen",
    en: "Volunteer hours below the agreement",
    deadlines,
    watch: Some(watch),
    again: None,
};

const ROLES: [(Level, Role); 1] = [(Level::Notice, Role::VolunteerCoordinator)];

fn deadlines(view: &View, policy: &Policy) -> Vec<Deadline> {
    let month = view.volunteer_month(policy).filter(|month| view.is_open() && !month.is_enough);
    let of_month = |month: crate::view::MonthHours| {
        let opens_on = calendar::first_of_month(view.day);
        let (year, number) = (month.month.year().unsigned_abs(), month.month.month().to_le_bytes());
        let name =
            Uuid::from_fields(year, u16::from(number[0]), 0x8012, &[0x80, 0, 0, 0, 0, 0, 0, 0]);
        let anchor = Anchor { cycle: EventId(name), opens_on, due: opens_on };
        Deadline::new(&RULE, &ROLES, anchor).without_due()
    };
    month.map(of_month).into_iter().collect()
}

/// From the end of the first whole month with a volunteer on.
fn watch(view: &View) -> Option<Span> {
    let volunteers = view.assigned_as(AssignedRole::Volunteer);
    let assigned = volunteers.iter().filter_map(|person| view.assigned_on.get(person)).min()?;
    let of_month = calendar::first_of_month(*assigned);
    let whole_from = if of_month == *assigned { 1 } else { 2 };
    let from = calendar::months_after(of_month, whole_from);
    view.is_open().then_some(Span { from, until: None })
}
