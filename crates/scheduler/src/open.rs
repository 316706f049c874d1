//! The reminders that are open on a day: what `reminders list` shows. A pure function of the fold,
//! whether or not the scheduler ever ran.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use spor_domain::policy::Policies;
use spor_domain::rules;
use spor_domain::staff::{Directory, Role};
use spor_domain::view::View;

/// One open reminder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenReminder {
    /// The rule's number: R01.
    pub rule: &'static str,
    /// The rule's name.
    pub name: &'static str,
    /// The last day in time, for the rules that have one.
    pub due: Option<NaiveDate>,
    /// How urgent it is.
    pub level: &'static str,
    /// The roles that are told, sorted.
    pub to: Vec<&'static str>,
    /// The people in these roles.
    pub recipients: Vec<Recipient>,
    /// Since when it has this level.
    pub since: NaiveDate,
}

/// A role and who stands behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recipient {
    /// The role.
    pub role: &'static str,
    /// The person; nobody when the role is vacant.
    pub person: Option<String>,
}

/// Every reminder that is open on the view's day, rule by rule: one per rule and due date.
pub fn open_reminders(
    view: &View,
    policies: &Policies,
    directory: &Directory,
) -> Vec<OpenReminder> {
    let policy = policies.on(view.day);
    let mut open = BTreeMap::new();
    let has_duties = view.erased_on.is_none();
    for (place, rule) in rules::ALL.iter().enumerate().filter(|_| has_duties) {
        for deadline in (rule.deadlines)(view, policy) {
            let Some(level) = deadline.level_on(view.day) else {
                continue;
            };
            let roles = deadline.roles_on(view.day);
            let reminder = OpenReminder {
                rule: rule.id,
                name: rule.name,
                due: deadline.dated(),
                level: level.as_str(),
                to: roles.iter().map(|role| role.as_str()).collect(),
                recipients: roles
                    .iter()
                    .flat_map(|role| recipients(*role, view, directory))
                    .collect(),
                since: deadline.since(level).unwrap_or(deadline.due),
            };
            let known = open.entry((place, deadline.due)).or_insert_with(|| (level, None));
            if known.1.is_none() || known.0 < level {
                *known = (level, Some(reminder));
            }
        }
    }
    open.into_values().filter_map(|(_, reminder)| reminder).collect()
}

fn recipients(role: Role, view: &View, directory: &Directory) -> Vec<Recipient> {
    let people = directory.resolve(role, view);
    if people.is_empty() {
        return vec![Recipient { role: role.as_str(), person: None }];
    }
    let recipient = |person: spor_domain::ids::PersonRef| Recipient {
        role: role.as_str(),
        person: Some(person.to_string()),
    };
    people.into_iter().map(recipient).collect()
}
