//! Every reason that a rule has, or has not, brought a letter by a day, and what to do now.

use chrono::{DateTime, NaiveDate, Utc};
use spor_domain::calendar;
use spor_domain::case::{Case, Entry};
use spor_domain::ids::EventId;
use spor_domain::policy::Policy;
use spor_domain::rejection::Language;
use spor_domain::rules::{Deadline, How, Rule};
use spor_domain::view::View;

use super::{Explanation, Reason, reason_words, rules_words};
use crate::due::{import_grace, slot_on};
use crate::noted::{ACKNOWLEDGED, Noted};
use crate::why::{self, Around, Ledger, Why};

/// What the reasons are looked for in.
pub(super) struct Asked<'a> {
    pub(super) rule: &'static Rule,
    pub(super) case: &'a Case,
    pub(super) view: &'a View,
    pub(super) policy: &'a Policy,
    pub(super) deadline: Option<&'a Deadline>,
    pub(super) ledger: &'a Ledger,
    pub(super) noted: &'a Noted,
    pub(super) around: &'a Around,
    pub(super) held_before: Option<DateTime<Utc>>,
    pub(super) language: Language,
}

impl Asked<'_> {
    /// The reasons, the weightiest first, and what to do about that one.
    pub(super) fn reasons(&self, explanation: &Explanation) -> (Vec<Reason>, String) {
        let Some(deadline) = self.deadline else {
            let fails = rules_words::fails(self.rule, self.view, self.policy, self.language);
            return (vec![fails], self.what_now("not_applicable").to_owned());
        };
        let mut found: Vec<Why> = self.settled(deadline).into_iter().collect();
        found.extend(self.told(deadline));
        found.extend(self.seen(deadline));
        if settled_by(deadline, self.view.day).is_none() {
            found.extend(self.days(deadline));
            found.extend(why::resting(deadline, self.noted, self.view.day));
            for recipient in &explanation.recipients {
                let person = recipient.person.as_deref().unwrap_or("–");
                let named = format!("{}: {person}", recipient.role);
                found.extend(recipient.unreachable.map(|why| Why::new(why, named)));
            }
        }
        let rows = self.ledger.about(deadline.rule.id, deadline.cycle.0);
        let kept = rows.map(|row| self.ledger.keeps_one(row, self.around));
        found.extend(kept.filter(|why| why.code != "sent"));
        if found.is_empty() {
            found.push(Why::new("nothing_planned", None));
        }
        let now = self.what_now(&found[0].code).to_owned();
        let mut reasons: Vec<Reason> = Vec::new();
        for why in found {
            let reason = self.said(&why);
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        (reasons, now)
    }

    fn settled(&self, deadline: &Deadline) -> Option<Why> {
        let (on, by, how) = settled_by(deadline, self.view.day)?;
        let entry = self.case.entries().iter().find(|entry| entry.event_id == by);
        let named = entry.map_or("–", |entry| entry.event.type_name());
        let code = match how {
            How::Met => "satisfied",
            How::Ended => "ended",
        };
        let address = entry.map_or_else(|| by.to_string(), Entry::address);
        Some(Why::new(code, format!("{on}, {named} ({address})")))
    }

    fn told(&self, deadline: &Deadline) -> Option<Why> {
        let sent = self.ledger.sent(deadline).and_then(|letter| {
            let at = letter.sent_at?;
            Some(format!("{} – {}", letter.letter.recipient, at.to_rfc3339()))
        });
        let noted = || {
            let mut sent = self.noted.about(crate::noted::SENT, deadline.rule.id, deadline.cycle.0);
            let act = sent.next()?;
            Some(format!("{} – {}", act.recipient.as_deref().unwrap_or("–"), act.on))
        };
        sent.or_else(noted).map(|detail| Why::new("sent", detail))
    }

    fn seen(&self, deadline: &Deadline) -> Option<Why> {
        let acts = self.noted.about(ACKNOWLEDGED, deadline.rule.id, deadline.cycle.0);
        let act = acts.filter(|act| act.on <= self.view.day).last()?;
        let who = act.recipient.as_deref().unwrap_or("–");
        Some(Why::new("acknowledged", format!("{who} – {}", act.on)))
    }

    /// Its day, its slot, or the time after an import has not come.
    fn days(&self, deadline: &Deadline) -> Vec<Why> {
        let day = self.view.day;
        let Some(first) = why::first_letter_day(deadline, self.policy) else {
            return Vec::new();
        };
        let mut days = Vec::new();
        let is_open = deadline.level_on(day).is_some();
        if first > day {
            let code = if is_open { "outside_working_days" } else { "not_yet_due" };
            days.push(Why::new(code, first.to_string()));
        } else if !calendar::is_working_day(day, self.policy.offices) {
            let next = calendar::working_day_on_or_after(day, self.policy.offices);
            days.push(Why::new("outside_working_days", next.to_string()));
        } else if self.is_today(day) && self.around.now < slot_on(day, self.policy) {
            days.push(Why::new("waits_for_slot", self.policy.letter_time.to_string()));
        }
        if let Some(ends) = import_grace(deadline, self.view, self.policy) {
            days.push(Why::new("import_grace", ends.to_string()));
        }
        days
    }

    fn is_today(&self, day: NaiveDate) -> bool {
        calendar::local_date(self.around.now, self.policy.zone) == day
    }

    fn said(&self, why: &Why) -> Reason {
        let words = reason_words::of(&why.code);
        let words = words.map_or(why.code.as_str(), |words| words.said[self.place()]);
        let held = (why.code == "held").then_some(self.held_before).flatten();
        let held = held.map(|before| format!(" ({})", before.date_naive())).unwrap_or_default();
        let detail = why.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
        Reason { code: why.code.clone(), text: format!("{words}{held}{detail}") }
    }

    fn what_now(&self, code: &str) -> &'static str {
        let otherwise = [
            "se `spor reminders outbox` og `spor doctor`",
            "look at `spor reminders outbox` and `spor doctor`",
        ];
        let known = reason_words::of(code).map(|words| words.now);
        known.unwrap_or(otherwise)[self.place()]
    }

    /// The place of the language in a pair of texts.
    fn place(&self) -> usize {
        usize::from(self.language == Language::En)
    }
}

fn settled_by(deadline: &Deadline, day: NaiveDate) -> Option<(NaiveDate, EventId, How)> {
    let settled = deadline.settled.filter(|settled| settled.on <= day)?;
    Some((settled.on, settled.by, settled.how))
}
