//! What a deadline asks for at an instant: which level's letter has come, and to whom it goes.
//! Pure: the ledger's rows are a function of the fold, the directory and the instant.
//!
//! Dates and levels never move for a weekend; letters do. A notice goes out on the working day on
//! or before its first day, every later level on the working day on or after it.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use spor_domain::calendar;
use spor_domain::ids::{CaseRef, PersonRef};
use spor_domain::policy::{Policies, Policy};
use spor_domain::rules::{Deadline, How, Level};
use spor_domain::staff::{Directory, Role};
use spor_domain::view::View;
use spor_mail::address::Address;
use spor_projections::tables::deadlines::letter_at;
use spor_store::{LetterId, ReminderId, ReminderRow, ReminderState, StoreId};
use uuid::Uuid;

/// Reminders that nobody can be told of carry one of these as their reason.
pub(crate) const ROLE_VACANT: &str = "role_vacant";
pub(crate) const RECIPIENT_UNKNOWN: &str = "recipient_unknown";
pub(crate) const ADDRESS_REFUSED: &str = "address_refused";
/// A case that cannot be read counts as late, and whoever leads is told so.
pub(crate) const CASE_UNREADABLE: &str = "case_unreadable";
/// Why a planned reminder goes to somebody else.
pub(crate) const NO_LONGER_RECIPIENT: &str = "no_longer_recipient";
const ALARM: &str = "alarm";
pub(crate) const LETTER_REFUSED: &str = "letter_refused";
pub(crate) const REFUSED_TOO_LONG: &str = "refused_too_long";
/// Why a letter was given up though its address is one.
const DIED: [&str; 2] = [LETTER_REFUSED, REFUSED_TOO_LONG];
/// The one slot of a day.
pub(crate) const MORNING: &str = "morning";
/// Longer than any stretch of closed days.
const LONGEST_CLOSURE_DAYS: u32 = 14;

/// Everybody, and the addresses that nothing is written to any more.
#[derive(Debug)]
pub(crate) struct People {
    pub(crate) directory: Directory,
    pub(crate) refused: BTreeSet<String>,
}

/// How a person can be reached on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reach {
    At(Address),
    Not(&'static str),
}

impl People {
    pub(crate) fn reach(&self, person: &PersonRef, day: NaiveDate) -> Reach {
        let known = self.directory.person(person);
        let registered = known.filter(|known| known.registered_on.is_some_and(|on| on <= day));
        let contact = registered.and_then(|known| known.contact.as_ref()?.known());
        let Some(address) = contact.and_then(|contact| Address::parse(&contact.email).ok()) else {
            return Reach::Not(RECIPIENT_UNKNOWN);
        };
        if self.refused.contains(address.as_str()) {
            return Reach::Not(ADDRESS_REFUSED);
        }
        Reach::At(address)
    }

    fn is_reached(&self, person: &PersonRef, day: NaiveDate) -> bool {
        matches!(self.reach(person, day), Reach::At(_))
    }

    /// Everybody who leads, whichever case it is about.
    pub(crate) fn leads(&self) -> impl Iterator<Item = (Role, PersonRef)> {
        [Role::ProfessionalLead, Role::Management].into_iter().flat_map(|role| {
            let people = self.directory.people();
            let of_role = people.filter(move |(_, known)| known.roles.contains(&role));
            of_role.map(move |(person, _)| (role, person.clone()))
        })
    }

    /// Who hears that a role is empty: the professional lead, else management.
    pub(crate) fn alarmed(&self, view: &View, whom: &str) -> Option<(Role, Vec<PersonRef>)> {
        [Role::ProfessionalLead, Role::Management].into_iter().find_map(|role| {
            let people = self.directory.resolve(role, view).into_iter();
            // Nobody is told by a letter that their own letters do not arrive.
            let others = people.filter(|person| person.as_str() != whom);
            let reached: Vec<PersonRef> =
                others.filter(|person| self.is_reached(person, view.day)).collect();
            (!reached.is_empty()).then_some((role, reached))
        })
    }
}

/// The highest level whose letter has come; `None` before the first one and once it is settled.
pub(crate) fn letter_level(
    deadline: &Deadline,
    day: NaiveDate,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Option<Level> {
    if deadline.settled.is_some_and(|settled| settled.on <= day) {
        return None;
    }
    levels_come(deadline, policy, now).max()
}

fn levels_come(
    deadline: &Deadline,
    policy: &Policy,
    now: DateTime<Utc>,
) -> impl Iterator<Item = Level> {
    let come = move |(level, since): (Level, NaiveDate)| {
        (letter_at(level, since, policy) <= now).then_some(level)
    };
    deadline.level_days().into_iter().filter_map(come)
}

/// The local day of an instant.
pub(crate) fn local_day(policies: &Policies, now: DateTime<Utc>) -> NaiveDate {
    calendar::local_date(now, policies.on(now.date_naive()).zone)
}

/// The instant of a day's letters.
pub(crate) fn slot_on(day: NaiveDate, policy: &Policy) -> DateTime<Utc> {
    calendar::instant_at(day, policy.letter_time, policy.zone)
}

/// The first slot at or after an instant.
pub(crate) fn first_slot_from(instant: DateTime<Utc>, policy: &Policy) -> DateTime<Utc> {
    let today = calendar::local_date(instant, policy.zone);
    (0..LONGEST_CLOSURE_DAYS)
        .map(|ahead| calendar::days_after(today, ahead))
        .filter(|day| calendar::is_working_day(*day, policy.offices))
        .map(|day| slot_on(day, policy))
        .find(|slot| *slot >= instant)
        .unwrap_or(instant)
}

/// The reminder that a rule, a case, a cycle, a level and a recipient name together.
pub(crate) fn reminder_id(store: StoreId, words: &[&str]) -> ReminderId {
    ReminderId::new(Uuid::new_v5(&store.get(), words.join("/").as_bytes()))
}

/// The one letter of a person's day.
pub(crate) fn letter_id(store: StoreId, recipient: &str, day: NaiveDate, part: u32) -> LetterId {
    let name = format!("{recipient}/{day}/{MORNING}/{part}");
    LetterId::new(Uuid::new_v5(&store.get(), name.as_bytes()))
}

/// One deadline of one case, seen on the day of its view.
pub(crate) struct Question<'a> {
    pub(crate) store: StoreId,
    pub(crate) case: &'a CaseRef,
    pub(crate) view: &'a View,
    pub(crate) deadline: &'a Deadline,
    pub(crate) policy: &'a Policy,
    pub(crate) people: &'a People,
    pub(crate) now: DateTime<Utc>,
}

impl Question<'_> {
    pub(crate) fn level(&self) -> Option<Level> {
        letter_level(self.deadline, self.view.day, self.policy, self.now)
    }

    /// Every row the ledger should hold: the present level to each recipient, the alarms where
    /// nobody can be told, and the levels that were overtaken.
    pub(crate) fn rows(&self) -> Vec<ReminderRow> {
        let Some(present) = self.level() else {
            return Vec::new();
        };
        let mut rows = self.present(present);
        let earlier = levels_come(self.deadline, self.policy, self.now);
        for level in earlier.filter(|level| *level < present) {
            rows.extend(self.overtaken(level, present));
        }
        rows
    }

    /// The rows of the present level that somebody still has to hear of.
    pub(crate) fn present(&self, level: Level) -> Vec<ReminderRow> {
        let mut rows = Vec::new();
        let mut told = BTreeSet::new();
        for role in self.roles(level) {
            let people = self.people.directory.resolve(role, self.view);
            if people.is_empty() {
                let row = self.row(level, role, None, role.as_str());
                rows.push(ReminderRow { reason: Some(ROLE_VACANT.to_owned()), ..row });
                rows.extend(self.alarms(level, role, role.as_str(), ROLE_VACANT));
            }
            for person in people {
                if !told.insert(person.clone()) {
                    continue;
                }
                let row = self.row(level, role, Some(&person), person.as_str());
                let reason = match self.people.reach(&person, self.view.day) {
                    Reach::At(_) => None,
                    Reach::Not(why) => {
                        rows.extend(self.alarms(level, role, person.as_str(), why));
                        Some(why.to_owned())
                    }
                };
                rows.push(ReminderRow { reason, ..row });
            }
        }
        rows
    }

    fn overtaken(&self, level: Level, by: Level) -> Vec<ReminderRow> {
        let mut told = BTreeSet::new();
        let mut rows = Vec::new();
        let joined = self.deadline.roles.iter().filter(|(at, _)| *at <= level);
        let mut roles: Vec<Role> = joined.map(|(_, role)| *role).collect();
        roles.extend(self.deadline.volunteer_on(self.view.day));
        for role in roles {
            let people = self.people.directory.resolve(role, self.view);
            if people.is_empty() {
                // A lower level is no news to whoever leads either.
                rows.extend(self.alarms(level, role, role.as_str(), ROLE_VACANT));
            }
            for person in people {
                if told.insert(person.clone()) {
                    rows.push(self.row(level, role, Some(&person), person.as_str()));
                }
            }
        }
        for row in &mut rows {
            row.state = ReminderState::Overtaken;
            row.reason = Some(format!("overtaken_by_{by}"));
        }
        rows
    }

    /// What was late already when the case came in with a batch goes to whoever leads, in the one
    /// letter of the day, until everybody has had time to look: no storm on the first morning.
    pub(crate) fn grace_ends(&self) -> Option<NaiveDate> {
        import_grace(self.deadline, self.view, self.policy)
    }

    /// Each role whose level's letter has come, and a volunteer where one takes part.
    fn roles(&self, level: Level) -> Vec<Role> {
        if self.grace_ends().is_some() {
            return vec![Role::ProfessionalLead];
        }
        let first_day = self.deadline.since(level).unwrap_or(self.view.day);
        let day = self.view.day.max(first_day);
        let joins = self.deadline.roles;
        let has_come = |role: &Role| {
            let is_extra = !joins.iter().any(|(_, of)| of == role);
            is_extra || joins.iter().any(|(at, of)| of == role && self.letter_has_come(*at))
        };
        self.deadline.roles_on(day).into_iter().filter(has_come).collect()
    }

    fn letter_has_come(&self, level: Level) -> bool {
        self.letter_instant(level).is_some_and(|instant| instant <= self.now)
    }

    /// The instant from which a level's letter goes out.
    pub(crate) fn letter_instant(&self, level: Level) -> Option<DateTime<Utc>> {
        let since = self.deadline.since(level)?;
        Some(letter_at(level, since, self.policy))
    }

    /// The alarms about a reminder whose letter was given up, at the level it has now.
    pub(crate) fn alarms_about(&self, row: &ReminderRow, why: &str) -> Vec<ReminderRow> {
        let Some(level) = self.level() else {
            return Vec::new();
        };
        if !DIED.contains(&why) {
            // Nothing is written to that address any more: who is told now says what is missing.
            let present = self.present(level).into_iter();
            return present.filter(|row| alarm_about(row).is_some()).collect();
        }
        let word = alarm_about(row).unwrap_or(&row.recipient_role);
        let role: Option<Role> = serde_json::from_value(word.into()).ok();
        let whom = row.recipient.as_deref().unwrap_or(word);
        role.map(|role| self.alarms(level, role, whom, why)).unwrap_or_default()
    }

    fn alarms(&self, level: Level, role: Role, whom: &str, why: &str) -> Vec<ReminderRow> {
        self.alarms_of(level, role.as_str(), whom, why)
    }

    /// What whoever leads is told of somebody who could not be told.
    pub(crate) fn alarms_of(
        &self,
        level: Level,
        role: &str,
        whom: &str,
        why: &str,
    ) -> Vec<ReminderRow> {
        let Some((lead, people)) = self.people.alarmed(self.view, whom) else {
            tracing::error!(
                target: "spor::scheduler",
                {
                    case.id = self.case.as_str(),
                    rule = self.deadline.rule.id,
                    role
                },
                "nobody can be told that a reminder reaches nobody"
            );
            return Vec::new();
        };
        let alarm = |person: PersonRef| {
            let name = format!("{ALARM}-{whom}-{person}");
            let row = self.row(level, lead, Some(&person), &name);
            ReminderRow { reason: Some(format!("{ALARM}:{why}:{role}")), ..row }
        };
        people.into_iter().map(alarm).collect()
    }

    fn row(
        &self,
        level: Level,
        role: Role,
        person: Option<&PersonRef>,
        recipient: &str,
    ) -> ReminderRow {
        let cycle = self.deadline.cycle.0;
        let (of_rule, case) = (self.deadline.rule.id, self.case.as_str());
        let words = [of_rule, case, &cycle.to_string(), level.as_str(), recipient];
        ReminderRow {
            id: reminder_id(self.store, &words),
            rule: of_rule.to_owned(),
            case_ref: case.to_owned(),
            cycle,
            level: level.as_str().to_owned(),
            recipient_role: role.as_str().to_owned(),
            recipient: person.map(ToString::to_string),
            state: ReminderState::Planned,
            reason: None,
            letter: None,
            due: self.deadline.dated(),
            planned_at: self.now,
        }
    }

    /// Why a planned reminder that is no longer asked for shall not go out.
    pub(crate) fn why_not(&self, row: &ReminderRow) -> (ReminderState, String) {
        match self.deadline.settled.filter(|settled| settled.on <= self.view.day) {
            Some(settled) if settled.how == How::Met => {
                return (ReminderState::Cancelled, "met".to_owned());
            }
            Some(_) => return (ReminderState::Cancelled, "case_ended".to_owned()),
            None => {}
        }
        match self.level() {
            None => (ReminderState::Cancelled, "not_due".to_owned()),
            Some(present) if present.as_str() != row.level => {
                (ReminderState::Overtaken, format!("overtaken_by_{present}"))
            }
            Some(_) => (ReminderState::Cancelled, NO_LONGER_RECIPIENT.to_owned()),
        }
    }
}

/// Until when what an import brought late goes to whoever leads alone.
pub(crate) fn import_grace(deadline: &Deadline, view: &View, policy: &Policy) -> Option<NaiveDate> {
    let [first] = &view.episodes[..] else {
        return None;
    };
    let was_late = deadline.dated().is_some_and(|due| due < first.start);
    (view.is_of_batch && was_late)
        .then(|| calendar::days_after(first.start, policy.import_grace_days))
        .filter(|ends| view.day < *ends)
}

/// Why somebody could not be told, and in which role: `alarm:role_vacant:mentor`.
pub(crate) fn alarm(reason: Option<&str>) -> Option<(&str, &str)> {
    let (word, rest) = reason?.split_once(':')?;
    rest.split_once(':').filter(|_| word == ALARM)
}

/// The role that an alarm is about.
pub(crate) fn alarm_about(row: &ReminderRow) -> Option<&str> {
    alarm(row.reason.as_deref()).map(|(_, role)| role)
}

/// Whether it tells whoever leads that a letter died, and not that somebody cannot be reached.
pub(crate) fn is_unheard(row: &ReminderRow) -> bool {
    alarm(row.reason.as_deref()).is_some_and(|(why, _)| DIED.contains(&why))
}

/// Whether a planned reminder can reach nobody as it is, and why.
pub(crate) fn unreachable(row: &ReminderRow) -> Option<&'static str> {
    let reason = row.reason.as_deref()?;
    [ROLE_VACANT, RECIPIENT_UNKNOWN, ADDRESS_REFUSED].into_iter().find(|why| *why == reason)
}

/// The level of a stored word.
pub(crate) fn level_of(word: &str) -> Option<Level> {
    Level::ALL.into_iter().find(|level| level.as_str() == word)
}
