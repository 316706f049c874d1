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

use crate::error::Result;
use crate::letter::{Effect, Input, Step, step};
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
        let ends = match fate {
            Fate::AddressRefused | Fate::Dead => true,
            Fate::Delayed => return self.note_delay(report, letter, now).await,
            // Whoever was stopped between the note and the alarm left the alarm to this one.
            Fate::Known if report.action == Action::Failed && letter.state == LetterState::Dead => {
                false
            }
            _ => return Ok(fate),
        };
        self.runner.catch_up(CATCH_UP, now).await?;
        let round = self.look_around(now).await?;
        let rows = self.rows_of(letter.letter.id).await?;
        let input = if is_about_the_address(report, letter) {
            Input::AddressBounced
        } else {
            Input::Bounced
        };
        let step = step(LetterState::Sent, input, &self.circumstances(&round, letter, &rows));
        let why = step.effects.iter().find_map(|effect| match effect {
            Effect::RecordFailed(why) => Some(*why),
            _ => None,
        });
        if ends {
            match self.end(&round, (report, letter), &rows, (&step, why)).await {
                Ok(()) => {}
                Err(StoreError::MovedOn { .. }) => return Ok(Fate::UnderWay),
                Err(error) => return Err(error.into()),
            }
            tracing::warn!(
                target: "spor::scheduler",
                { letter.id = %letter.letter.id, fate = fate.as_str() },
                "a letter came back"
            );
        }
        let unheard =
            why.into_iter().flat_map(|why| rows.iter().map(move |row| (row.clone(), why)));
        self.tell_leads(&round, unheard.collect(), &mut Ticked::default()).await?;
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
        (step, why): (&Step, Option<&'static str>),
    ) -> Result<(), StoreError> {
        let mut changes = vec![reported(report, letter, step.state)];
        if step.effects.contains(&Effect::RefuseAddress) {
            changes.push(LedgerChange::AddressSuppressed {
                address: letter.letter.address.clone(),
                reason: report.told(),
            });
        }
        let message_id = Some(letter.letter.message_id.as_str());
        match why {
            Some(why) => self.record(round, Done::Failed(why), rows, message_id, changes).await,
            None => self.store.change_ledger(changes, round.now).await,
        }
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
