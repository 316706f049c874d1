//! Changes of ledger and outbox as statements, each guarded by the state it starts from.

use chrono::{DateTime, Utc};

use super::{LedgerChange, LetterOutcome};
use crate::backend::{Batch, Connection, values};
use crate::error::{Result, StoreError};
use crate::event::Append;
use crate::letters::LetterState;
use crate::letters::guard::Guard;
use crate::{guarded, json, sql};

/// Makes the changes that belong to a request; when a guard does not hold, none of them.
pub(crate) async fn apply(
    connection: &mut dyn Connection,
    append: &Append,
    at: DateTime<Utc>,
) -> Result<()> {
    if append.ledger.is_empty() {
        return Ok(());
    }
    let (changes, guards) = statements(&append.ledger, at);
    let expected = vec![1; guards.len()];
    let (is_kept, answers) = guarded::run(connection, Batch::new(), changes, &expected).await?;
    if is_kept {
        return Ok(());
    }
    let failed = guards.into_iter().zip(&answers).find(|(_, answer)| answer.changed != 1);
    failed.map_or(Ok(()), |(error, _)| Err(error))
}

/// The statements of changes. Each that answers must have changed one row, else its error is given.
pub(super) fn statements(changes: &[LedgerChange], at: DateTime<Utc>) -> (Batch, Vec<StoreError>) {
    let (mut batch, mut guards) = (Batch::new(), Vec::new());
    for change in changes {
        let (statements, guard) = statement(change, at);
        batch = batch.then(statements);
        guards.extend(guard);
    }
    (batch, guards)
}

fn statement(change: &LedgerChange, at: DateTime<Utc>) -> (Batch, Option<StoreError>) {
    let batch = Batch::new();
    match change {
        LedgerChange::ReminderMoved { reminder, from, to, reason } => {
            let from = json::texts(from.iter().map(|state| state.as_str()));
            let values = values![*to, reason.as_deref(), *reminder, from];
            let guard = StoreError::MovedOn { what: format!("reminder {reminder}") };
            (batch.ask(sql::MOVE_REMINDER, values), Some(guard))
        }
        LedgerChange::AddressSuppressed { address, reason } => {
            (batch.run(sql::SUPPRESS_ADDRESS, values![&**address, &**reason, at]), None)
        }
        LedgerChange::ErasureBegun { event } => {
            (batch.run(sql::BEGIN_ERASURE, values![*event, at]), None)
        }
        LedgerChange::LetterSettled { letter, fence, outcome, code, text } => {
            let (to, next_at) = settling(outcome);
            let from = json::texts(Guard::settle(outcome).from.iter().map(|state| state.as_str()));
            let sent_at = (to == LetterState::Sent).then_some(at);
            let text = text.as_str();
            let settle = values![to, next_at, *code, text, sent_at, *letter, *fence, from];
            let batch = batch
                .ask(sql::SETTLE_LETTER, settle)
                .run(sql::ADD_ATTEMPT, values![*code, text, at, *letter]);
            (batch, Some(StoreError::LeaseLost { letter: *letter }))
        }
        LedgerChange::LetterReported { letter, report, from, to, code, text } => {
            let text = text.as_str();
            let states = json::texts(std::iter::once(from.as_str()));
            let note = values![*to, text, at, &report[..], *letter, states.clone()];
            let (unchanged, any_fence) = (None::<DateTime<Utc>>, None::<i64>);
            let settle =
                values![*to, unchanged, *code, text, unchanged, *letter, any_fence, states];
            // The note holds the row, so that the second statement finds what the first one saw.
            let batch = batch.ask(sql::ADD_REPORT, note).run(sql::SETTLE_LETTER, settle);
            (batch, Some(StoreError::MovedOn { what: format!("letter {letter}") }))
        }
        LedgerChange::LetterMoved { letter, fence, from, to, next_at, text } => {
            let from = from.iter().filter(|state| Guard::MOVE.from.contains(state));
            let from = json::texts(from.map(|state| state.as_str()));
            let (code, text) = (None::<u16>, text.as_str());
            let sent_at = None::<i64>;
            let settle = values![*to, *next_at, code, text, sent_at, *letter, *fence, from];
            let batch = batch
                .ask(sql::SETTLE_LETTER, settle)
                .run(sql::ADD_ATTEMPT, values![code, text, at, *letter]);
            let guard = StoreError::MovedOn { what: format!("letter {letter}") };
            (batch, Some(guard))
        }
    }
}

/// The state that an outcome leads to, and when it goes on.
fn settling(outcome: &LetterOutcome) -> (LetterState, Option<DateTime<Utc>>) {
    match outcome {
        LetterOutcome::Sent => (LetterState::Sent, None),
        LetterOutcome::Dead => (LetterState::Dead, None),
        LetterOutcome::Held => (LetterState::Held, None),
        LetterOutcome::Deferred { next_at } => (LetterState::Deferred, Some(*next_at)),
        LetterOutcome::InDoubt { next_at } => (LetterState::InDoubt, Some(*next_at)),
        LetterOutcome::GivenBack => (LetterState::Ready, None),
    }
}
