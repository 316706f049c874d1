//! What mail servers report of letters later: an address that is none is written to no more, a
//! letter that will not arrive is dead and whoever leads hears of it, a delay is noted.
//!
//! A report is only a message, and anybody may write one. It moves a letter that was handed in and
//! that it names; the address is refused only when it names that too; and the same report is noted
//! once.

use chrono::{DateTime, Utc};
use serde::Serialize;
use spor_mail::bounce::{Action, Report, Status};
use spor_store::{
    LedgerChange, LetterFilter, LetterId, LetterRow, LetterState, ReminderRow, StoreError,
};
use uuid::Uuid;

use crate::due::People;
use crate::error::Result;
use crate::letter::{Effect, Input, step};
use crate::reap;
use crate::record::Done;
use crate::tick::{CATCH_UP, Round, Scheduler, Ticked};

/// What a report came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// The address is no good: nothing is written to it any more.
    AddressRefused,
    /// The letter reached nobody.
    Dead,
    /// The letter is late; that is noted.
    Delayed,
    /// The report says that the letter went on; there is nothing to note.
    Passed,
    /// The report was read before, or the letter is at its end already.
    Known,
    /// A worker holds the letter: read the report again later.
    UnderWay,
    /// The letter it names was never handed in.
    NotSent,
    /// It names no letter of this store.
    Unknown,
}

impl Fate {
    /// The word for it in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AddressRefused => "address_refused",
            Self::Dead => "dead",
            Self::Delayed => "delayed",
            Self::Passed => "passed",
            Self::Known => "known",
            Self::UnderWay => "under_way",
            Self::NotSent => "not_sent",
            Self::Unknown => "unknown",
        }
    }
}

/// A report and what it came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The letter it names, when there is one.
    pub letter: Option<LetterId>,
    /// Whom that letter was for.
    pub recipient: Option<String>,
    /// What it came to.
    pub fate: Fate,
}

impl Scheduler {
    /// Hears a report. With `is_trial` nothing is changed.
    pub async fn hear(&self, report: &Report, now: DateTime<Utc>, is_trial: bool) -> Result<Heard> {
        let _round = self.shared.round.lock().await;
        let Some(letter) = self.named_in(report).await? else {
            return Ok(Heard { letter: None, recipient: None, fate: Fate::Unknown });
        };
        let fate = self.weigh(report, &letter).await?;
        let fate = if is_trial { fate } else { self.heed(report, &letter, fate, now).await? };
        let (id, recipient) = (letter.letter.id, letter.letter.recipient);
        Ok(Heard { letter: Some(id), recipient: Some(recipient), fate })
    }

    /// The letter that a report names. If it names two, it is not to be trusted.
    async fn named_in(&self, report: &Report) -> Result<Option<LetterRow>> {
        let envelope = report.envelope_id.as_deref().and_then(|id| Uuid::try_parse(id).ok());
        let id = match (envelope, &report.message_id) {
            (Some(id), _) => Some(LetterId::new(id)),
            (None, Some(message_id)) => self.store.letter_of(message_id).await?,
            (None, None) => None,
        };
        let Some(id) = id else { return Ok(None) };
        let filter = LetterFilter { id: Some(id), ..LetterFilter::default() };
        let found = self.store.letters(&filter, 1).await?.into_iter().next();
        let agrees = |letter: &LetterRow| {
            report.message_id.as_ref().is_none_or(|named| *named == letter.letter.message_id)
        };
        Ok(found.filter(agrees))
    }

    async fn weigh(&self, report: &Report, letter: &LetterRow) -> Result<Fate> {
        if letter.handed_over_at.is_none() {
            return Ok(Fate::NotSent);
        }
        let attempts = self.store.attempts(letter.letter.id).await?;
        let is_noted = |noted: &Vec<u8>| noted[..] == report.digest[..];
        if attempts.iter().any(|done| done.report.as_ref().is_some_and(is_noted)) {
            return Ok(Fate::Known);
        }
        Ok(match (report.action, letter.state) {
            (_, LetterState::Leased | LetterState::HandingOver) => Fate::UnderWay,
            (_, LetterState::Dead | LetterState::Cancelled) => Fate::Known,
            (Action::Passed, _) => Fate::Passed,
            (Action::Delayed, _) => Fate::Delayed,
            (Action::Failed, _) if is_about_the_address(report, letter) => Fate::AddressRefused,
            (Action::Failed, _) => Fate::Dead,
        })
    }

    async fn heed(
        &self,
        report: &Report,
        letter: &LetterRow,
        fate: Fate,
        now: DateTime<Utc>,
    ) -> Result<Fate> {
        let input = match fate {
            Fate::AddressRefused => Input::AddressBounced,
            Fate::Dead => Input::Bounced,
            Fate::Delayed => return self.note_delay(report, letter, now).await,
            // A round that ended between the note and the alarm left the alarm to this one.
            Fate::Known if report.action == Action::Failed && letter.state == LetterState::Dead => {
                let (round, rows) = self.around(letter, now).await?;
                self.alarm(&round, letter, &rows).await?;
                return Ok(fate);
            }
            _ => return Ok(fate),
        };
        let (round, rows) = self.around(letter, now).await?;
        match self.end(&round, (report, letter), &rows, input).await {
            Ok(()) => {}
            Err(StoreError::MovedOn { .. } | StoreError::LeaseLost { .. }) => {
                return Ok(Fate::UnderWay);
            }
            Err(error) => return Err(error.into()),
        }
        tracing::warn!(
            target: "spor::scheduler",
            { letter.id = %letter.letter.id, fate = fate.as_str() },
            "a letter came back"
        );
        self.alarm(&round, letter, &rows).await?;
        Ok(fate)
    }

    async fn note_delay(
        &self,
        report: &Report,
        letter: &LetterRow,
        now: DateTime<Utc>,
    ) -> Result<Fate> {
        let change = reported(report, letter, letter.state);
        match self.store.change_ledger(vec![change], now).await {
            Ok(()) => Ok(Fate::Delayed),
            Err(StoreError::MovedOn { .. }) => Ok(Fate::UnderWay),
            Err(error) => Err(error.into()),
        }
    }

    /// The letter reached nobody: outbox, ledger and fact in one commit.
    async fn end(
        &self,
        round: &Round,
        (report, letter): (&Report, &LetterRow),
        rows: &[ReminderRow],
        input: Input,
    ) -> Result<(), StoreError> {
        let step = step(letter.state, input, &reap::circumstances(round, letter, rows));
        let mut changes = vec![reported(report, letter, step.state)];
        let mut why = None;
        for effect in &step.effects {
            match effect {
                Effect::RefuseAddress => changes.push(LedgerChange::AddressSuppressed {
                    address: letter.letter.address.clone(),
                    reason: report.told(),
                }),
                Effect::RecordFailed(reason) => why = Some(*reason),
                _ => {}
            }
        }
        let message_id = Some(letter.letter.message_id.as_str());
        match why {
            Some(why) => self.record(round, Done::Failed(why), rows, message_id, changes).await,
            None => self.store.change_ledger(changes, round.now).await,
        }
    }

    async fn around(
        &self,
        letter: &LetterRow,
        now: DateTime<Utc>,
    ) -> Result<(Round, Vec<ReminderRow>)> {
        self.runner.catch_up(CATCH_UP, now).await?;
        Ok((self.look_around(now).await?, self.rows_of(letter.letter.id).await?))
    }

    /// Whoever leads is told that it reached nobody, as of an empty role: while the alarm is
    /// written the address counts as refused, whether it stays so or not.
    async fn alarm(&self, round: &Round, letter: &LetterRow, rows: &[ReminderRow]) -> Result<()> {
        let refused = self.store.suppressions().await?.into_iter().map(|known| known.address);
        let refused = refused.chain([letter.letter.address.clone()]).collect();
        let people = People { directory: round.people.directory.clone(), refused };
        let alarms = self.alarms(round, &people, rows).await?;
        self.enter(round, alarms, Vec::new(), &mut Ticked::default()).await
    }
}

fn reported(report: &Report, letter: &LetterRow, to: LetterState) -> LedgerChange {
    LedgerChange::LetterReported {
        letter: letter.letter.id,
        report: report.digest,
        from: letter.state,
        to,
        code: letter.smtp_code,
        text: report.told(),
    }
}

/// Whether it says that the address is no good, and names the address of the letter.
fn is_about_the_address(report: &Report, letter: &LetterRow) -> bool {
    let address = &letter.letter.address;
    report.status.is_some_and(Status::names_the_address)
        && report.addresses.iter().any(|named| named.eq_ignore_ascii_case(address))
}
