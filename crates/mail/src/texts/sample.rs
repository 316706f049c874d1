//! Letters about nobody: what a check and a preview write.

use chrono::{DateTime, Days, NaiveDate};

use super::{AUDITED, UNWRITTEN};
use crate::address::Address;
use crate::digest::{Digest, Header, Item, ItemNote, Language, Level, SignedTree};

/// The roles that a text may have to name.
pub const ROLES: [&str; 9] = [
    "mentor",
    "support_contact",
    "volunteer",
    "caseworker",
    "receiving_caseworker",
    "professional_lead",
    "receiving_lead",
    "volunteer_coordinator",
    "management",
];
/// The rules without a last day in time.
const UNDATED: [&str; 2] = ["R09", "R12"];
/// The rules whose day is that of a meeting.
const MEETINGS: [&str; 3] = ["R01", "R03", "R05"];

/// An invented letter: everything in it is made up, and always the same.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// The language of its reader.
    pub language: Language,
    /// Whether its lines lead to their cases.
    pub with_link: bool,
}

impl Sample {
    /// The day of the invented letter.
    ///
    /// # Panics
    /// Never: the day is one of the calendar.
    pub fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 16).expect("a day of the calendar")
    }

    /// An invented reminder, as late as its level.
    pub fn item(self, rule: &str, level: Level, reader: &str) -> Item {
        let (ahead, behind) = match level {
            Level::Notice => (5, 0),
            Level::Overdue => (0, 1),
            Level::Escalated => (0, 9),
            Level::Critical => (0, 44),
        };
        let due = Self::day().checked_add_days(Days::new(ahead));
        let due = due.and_then(|due| due.checked_sub_days(Days::new(behind)));
        let case_ref = "2026-017".to_owned();
        Item {
            rule: rule.to_owned(),
            level,
            due: due.filter(|_| !UNDATED.contains(&rule)),
            role: reader.to_owned(),
            link: self.with_link.then(|| link(&case_ref)),
            note: None,
            calendar_id: MEETINGS.contains(&rule).then(|| "abcdefghijklmnop".to_owned()),
            case_ref,
        }
    }

    /// A digest of so many invented reminders, of every rule and level in turn.
    pub fn items(self, count: usize) -> Vec<Item> {
        let rules: Vec<&str> = super::rules().map(|(rule, _)| rule).collect();
        let of_no_rule = [UNWRITTEN, AUDITED, "unknown"];
        let rules = rules.into_iter().filter(|rule| !of_no_rule.contains(rule));
        let turns = rules.cycle().take(count).enumerate();
        let item = |(nth, rule): (usize, &'static str)| {
            let level = Level::ALL[(nth * 3 + 3) % Level::ALL.len()];
            let mut item = self.item(rule, level, ROLES[nth % ROLES.len()]);
            item.case_ref = format!("2026-{:03}", 17 + nth / 2);
            item.link = self.with_link.then(|| link(&item.case_ref));
            item.calendar_id = item.calendar_id.map(|id| format!("{id}{}", letters(nth)));
            let role = || "caseworker".to_owned();
            item.note = match nth % 7 {
                1 => Some(ItemNote::LetterRefused { role: role() }),
                3 => Some(ItemNote::DelayExplained),
                5 => Some(ItemNote::RoleVacant { role: role() }),
                6 => Some(ItemNote::NoAddress { role: role() }),
                _ => None,
            };
            item
        };
        turns.map(item).collect()
    }

    /// A digest of these reminders.
    pub fn digest(self, items: Vec<Item>) -> Digest {
        Digest {
            language: self.language,
            recipient_ref: "ST-7".to_owned(),
            day: Self::day(),
            items,
            held: Vec::new(),
            municipality: Some("Eksempel Kommune".to_owned()),
        }
    }

    /// What stands above it.
    ///
    /// # Panics
    /// Never: its addresses and its hour are such.
    pub fn header(self) -> Header {
        let address = |text| Address::parse(text).expect("an address");
        let at = Self::day().and_hms_opt(5, 30, 0).expect("a time of the day");
        Header {
            from: address("spor@kommune.example"),
            to: address("mentor.7@kommune.example"),
            message_id: "<preview@spor.kommune.example>".to_owned(),
            date: DateTime::from_naive_utc_and_offset(at, chrono::Utc),
            list_id: "paamindelser.spor.kommune.example".to_owned(),
            case_in_subject: true,
            thread: Some("<thread-preview@spor.kommune.example>".to_owned()),
        }
    }

    /// An invented checkpoint.
    pub fn tree(self) -> SignedTree {
        SignedTree {
            day: Self::day(),
            origin: "spor.kommune.example/log".to_owned(),
            size: 4711,
            note: "spor.kommune.example/log\n4711\nQUJDREVGR0hJSktMTU5PUA==\n\n\
                   — spor.kommune.example/log QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=\n"
                .to_owned(),
            municipality: Some("Eksempel Kommune".to_owned()),
        }
    }
}

fn link(case_ref: &str) -> String {
    format!("https://spor.kommune.example/sag/{case_ref}")
}

/// A number in letters.
fn letters(number: usize) -> String {
    let digit = |c: char| char::from(b'a' + u8::try_from(c.to_digit(10).unwrap_or(0)).unwrap_or(0));
    number.to_string().chars().map(digit).collect()
}
