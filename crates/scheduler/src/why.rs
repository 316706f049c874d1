//! Why a deadline has brought no letter: the facts of ledger, outbox, acts and calendar, looked at
//! in one order. The same reasons stand in an explanation and in the audit of silence.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use spor_domain::policy::Policy;
use spor_domain::rules::{Deadline, How};
use spor_history::load::Memory;
use spor_projections::tables::deadlines::letter_day;
use spor_store::{
    LetterFilter, LetterId, LetterRow, LetterState, OpenBreaker, ReminderFilter, ReminderRow,
    ReminderState,
};
use uuid::Uuid;

use crate::acts::{Deed, What};
use crate::due::ADDRESS_REFUSED;
use crate::error::Result;
use crate::noted::{Noted, SENT, SNOOZED};
use crate::plan::CASE_ROWS;
use crate::settings::BREAKER;

/// One reason, by a stable word, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Why {
    pub(crate) code: String,
    pub(crate) detail: Option<String>,
}

impl Why {
    pub(crate) fn new(code: &str, detail: impl Into<Option<String>>) -> Self {
        Self { code: code.to_owned(), detail: detail.into() }
    }
}

/// Reasons of the ledger and the outbox, those first that are nearest to a letter: of two
/// reminders the one that has come further says what keeps it.
const ORDER: [&str; 10] = [
    "in_doubt",
    "deferred",
    "breaker_open",
    "no_relay",
    "in_hand",
    "waits_for_slot",
    "held",
    "dead",
    ADDRESS_REFUSED,
    PLANNED,
];

/// It stands in the ledger and is in no letter yet.
pub(crate) const PLANNED: &str = "planned";

/// What holds for all letters at present.
#[derive(Debug)]
pub(crate) struct Around {
    pub(crate) now: DateTime<Utc>,
    /// The breaker, while it is open.
    pub(crate) breaker: Option<OpenBreaker>,
    pub(crate) refused: BTreeSet<String>,
}

impl Around {
    pub(crate) async fn of(memory: &Memory, now: DateTime<Utc>) -> Result<Self> {
        let breaker = memory.store().breaker(BREAKER).await?.filter(|open| open.until > now);
        let refused = memory.store().suppressions().await?;
        let refused = refused.into_iter().map(|suppression| suppression.address).collect();
        Ok(Self { now, breaker, refused })
    }
}

/// The ledger of one case with the letters that carry it.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) rows: Vec<ReminderRow>,
    pub(crate) letters: BTreeMap<LetterId, LetterRow>,
}

impl Ledger {
    pub(crate) async fn of(memory: &Memory, case: &str) -> Result<Self> {
        let filter =
            ReminderFilter { case_ref: Some(case.to_owned()), ..ReminderFilter::default() };
        let rows = memory.store().reminders(&filter, CASE_ROWS).await?;
        let mut letters = BTreeMap::new();
        for id in rows.iter().filter_map(|row| row.letter) {
            if !letters.contains_key(&id) {
                let filter = LetterFilter { id: Some(id), ..LetterFilter::default() };
                let found = memory.store().letters(&filter, 1).await?;
                letters.extend(found.into_iter().map(|letter| (id, letter)));
            }
        }
        Ok(Self { rows, letters })
    }

    /// The rows of one deadline.
    pub(crate) fn about(&self, rule: &str, cycle: Uuid) -> impl Iterator<Item = &ReminderRow> {
        self.rows.iter().filter(move |row| row.rule == rule && row.cycle == cycle)
    }

    /// The letter that has gone out about a deadline, the first of them.
    pub(crate) fn sent(&self, deadline: &Deadline) -> Option<&LetterRow> {
        let rows = self.about(deadline.rule.id, deadline.cycle.0);
        let letters = rows.filter_map(|row| self.letters.get(&row.letter?));
        letters
            .filter(|letter| letter.state == LetterState::Sent)
            .min_by_key(|letter| letter.sent_at)
    }

    /// What keeps the reminders of a deadline; nothing when none was ever planned.
    pub(crate) fn keeps(&self, deadline: &Deadline, around: &Around) -> Option<Why> {
        let rows = self.about(deadline.rule.id, deadline.cycle.0);
        let found = rows.map(|row| self.keeps_one(row, around));
        found.min_by_key(|why| {
            let place = ORDER.iter().position(|code| *code == why.code);
            place.unwrap_or(ORDER.len() + usize::from(why.code.starts_with("overtaken")))
        })
    }

    pub(crate) fn keeps_one(&self, row: &ReminderRow, around: &Around) -> Why {
        let reason = || row.reason.clone().unwrap_or_else(|| row.state.as_str().to_owned());
        let met = |reason: &str| match reason {
            "met" => "met_before_letter".to_owned(),
            "case_ended" => "ended_before_letter".to_owned(),
            other => other.to_owned(),
        };
        match (row.state, row.letter.and_then(|letter| self.letters.get(&letter))) {
            (ReminderState::Composed, Some(letter)) => of_letter(letter, around),
            (ReminderState::Composed, None) => Why::new("letter_missing", None),
            (ReminderState::Planned, _) => Why::new(PLANNED, None),
            (ReminderState::Cancelled, _) => Why::new(&met(&reason()), None),
            (ReminderState::Suppressed | ReminderState::Overtaken, _) => Why::new(&reason(), None),
        }
    }
}

/// Where a letter is on its way, with the relay's words.
fn of_letter(letter: &LetterRow, around: &Around) -> Why {
    let words = match (letter.smtp_code, letter.smtp_text.as_deref()) {
        (Some(code), Some(text)) => Some(format!("{code} {text}")),
        (None, Some(text)) if !text.is_empty() => Some(text.to_owned()),
        (Some(code), None) => Some(code.to_string()),
        (None, _) => None,
    };
    let code = match letter.state {
        LetterState::Sent => "sent",
        LetterState::Held => "held",
        LetterState::Dead if around.refused.contains(&letter.letter.address) => ADDRESS_REFUSED,
        LetterState::Dead => "dead",
        LetterState::InDoubt | LetterState::HandingOver => "in_doubt",
        LetterState::Deferred => "deferred",
        LetterState::Leased => "in_hand",
        LetterState::Cancelled => "met_before_letter",
        LetterState::Ready => {
            if let Some(open) = &around.breaker {
                return Why::new("breaker_open", open.reason.clone());
            }
            if letter.letter.next_at > around.now { "waits_for_slot" } else { "no_relay" }
        }
    };
    Why::new(code, words)
}

/// The day of the first letter that a deadline would bring.
pub(crate) fn first_letter_day(deadline: &Deadline, policy: &Policy) -> Option<NaiveDate> {
    let days = deadline.level_days().into_iter();
    days.map(|(level, since)| letter_day(level, since, policy)).min()
}

/// Why there is no letter although nothing is in the ledger: it was met first, its day has not
/// come, or letters rest.
pub(crate) fn of_days(
    deadline: &Deadline,
    policy: &Policy,
    noted: &Noted,
    day: NaiveDate,
) -> Option<Why> {
    let first = first_letter_day(deadline, policy)?;
    if let Some(settled) = deadline.settled.filter(|settled| settled.on <= first) {
        let code = match settled.how {
            How::Met => "met_before_letter",
            How::Ended => "ended_before_letter",
        };
        return Some(Why::new(code, settled.on.to_string()));
    }
    if first > day {
        return Some(Why::new("next_working_day", first.to_string()));
    }
    resting(deadline, noted, first)
}

/// Letters that rest by somebody's wish on a day.
pub(crate) fn resting(deadline: &Deadline, noted: &Noted, day: NaiveDate) -> Option<Why> {
    if let Some(Deed { what: What::Paused { scope, until }, on, .. }) =
        noted.standing.pause(deadline.rule.id, day)
    {
        let until = until.map_or_else(String::new, |until| format!(" – {until}"));
        return Some(Why::new("paused", format!("{scope} {on}{until}")));
    }
    let mut snoozed = noted.about(SNOOZED, deadline.rule.id, deadline.cycle.0);
    let snoozed = snoozed.find(|act| act.on <= day && act.until.is_some_and(|last| day <= last))?;
    let who = snoozed.recipient.as_deref().unwrap_or_default();
    let until = snoozed.until.map(|until| until.to_string()).unwrap_or_default();
    Some(Why::new("snoozed", format!("{who} – {until}")))
}

/// Whether a letter has gone out, by the outbox or by what was recorded of it.
pub(crate) fn was_told(deadline: &Deadline, ledger: &Ledger, noted: &Noted) -> bool {
    ledger.sent(deadline).is_some()
        || noted.about(SENT, deadline.rule.id, deadline.cycle.0).next().is_some()
}
