//! Changes of ledger and outbox as statements, each guarded by the state it starts from.

use chrono::{DateTime, Utc};

use super::{LedgerChange, LetterOutcome};
use crate::backend::{Batch, Connection, Value};
use crate::error::{Result, StoreError};
use crate::event::Append;
use crate::ids::LetterId;
use crate::letters::LetterState;
use crate::{json, sql};

/// What a change needs to have changed, or what to say when it did not.
pub(super) struct Guard(StoreError);

/// Makes the changes that belong to a request; when a guard does not hold, none of them.
pub(crate) async fn apply(
    connection: &mut dyn Connection,
    append: &Append,
    at: DateTime<Utc>,
) -> Result<()> {
    if append.ledger.is_empty() {
        return Ok(());
    }
    let mut batch = Batch::new().run_built("SAVEPOINT request", vec![]);
    let mut guards = Vec::new();
    for change in &append.ledger {
        let (statements, guard) = statements(change, at);
        batch = batch.then(statements);
        guards.extend(guard);
    }
    let answers = connection.run(batch).await?;
    let failed = guards.into_iter().zip(&answers).find(|(_, a)| a.changed != 1);
    let ending = if failed.is_none() {
        "RELEASE request"
    } else {
        "ROLLBACK TO request"
    };
    connection.run(Batch::new().run_built(ending, vec![])).await?;
    failed.map_or(Ok(()), |(Guard(error), _)| Err(error))
}

/// The statements of a change; those that answer have a guard each.
pub(super) fn statements(change: &LedgerChange, at: DateTime<Utc>) -> (Batch, Option<Guard>) {
    match change {
        LedgerChange::ReminderMoved {
            reminder,
            from,
            to,
            reason,
        } => {
            let values = vec![
                Value::from(to.as_str()),
                Value::from(reason.clone()),
                Value::from(reminder.get()),
                json::texts(from.iter().map(|state| state.as_str())),
            ];
            let what = format!("reminder {reminder}");
            let guard = Guard(StoreError::MovedOn { what });
            (Batch::new().ask(sql::MOVE_REMINDER, values), Some(guard))
        }
        LedgerChange::AddressSuppressed { address, reason } => {
            let values = vec![
                Value::from(address.as_str()),
                Value::from(reason.as_str()),
                Value::from(at),
            ];
            (Batch::new().run(sql::SUPPRESS_ADDRESS, values), None)
        }
        LedgerChange::AddressReleased { address } => {
            let values = vec![Value::from(address.as_str())];
            (Batch::new().run(sql::RELEASE_ADDRESS, values), None)
        }
        LedgerChange::LetterSettled {
            letter,
            fence,
            outcome,
            code,
            text,
        } => {
            let (to, from, next_at) = settling(outcome);
            let moving = Moving {
                letter: *letter,
                fence: Some(*fence),
                from,
                to,
                next_at,
            };
            let guard = Guard(StoreError::LeaseLost { letter: *letter });
            (moving.statements(*code, text, at), Some(guard))
        }
        LedgerChange::LetterMoved {
            letter,
            from,
            to,
            next_at,
            text,
        } => {
            // While a worker holds a letter, nobody else moves it.
            let held = |state: &LetterState| HELD_BY_WORKER.contains(state);
            let from: Vec<_> = from.iter().copied().filter(|state| !held(state)).collect();
            let moving = Moving {
                letter: *letter,
                fence: None,
                from: &from,
                to: *to,
                next_at: *next_at,
            };
            let what = format!("letter {letter}");
            let guard = Guard(StoreError::MovedOn { what });
            (moving.statements(None, text, at), Some(guard))
        }
    }
}

/// The relay's answer still counts when the lease has lapsed in the meantime.
const HANDED_OVER: &[LetterState] = &[LetterState::HandingOver, LetterState::InDoubt];
const HELD_BY_WORKER: &[LetterState] = &[LetterState::Leased, LetterState::HandingOver];

/// The state that an outcome leads to, and those it may come from.
fn settling(
    outcome: &LetterOutcome,
) -> (LetterState, &'static [LetterState], Option<DateTime<Utc>>) {
    match outcome {
        LetterOutcome::Sent => (LetterState::Sent, HANDED_OVER, None),
        LetterOutcome::Dead => (LetterState::Dead, HELD_BY_WORKER, None),
        LetterOutcome::Held => (LetterState::Held, HANDED_OVER, None),
        LetterOutcome::Deferred { next_at } => {
            (LetterState::Deferred, HELD_BY_WORKER, Some(*next_at))
        }
        LetterOutcome::InDoubt { next_at } => (LetterState::InDoubt, HANDED_OVER, Some(*next_at)),
        LetterOutcome::GivenBack => (LetterState::Ready, &[LetterState::Leased], None),
    }
}

/// Where a letter comes from and goes to.
struct Moving<'a> {
    letter: LetterId,
    fence: Option<i64>,
    from: &'a [LetterState],
    to: LetterState,
    next_at: Option<DateTime<Utc>>,
}

impl Moving<'_> {
    fn statements(&self, code: Option<u16>, text: &str, at: DateTime<Utc>) -> Batch {
        let code = Value::from(code.map(i64::from));
        let sent_at = (self.to == LetterState::Sent).then_some(at);
        let letter = Value::from(self.letter.get());
        let settle = vec![
            Value::from(self.to.as_str()),
            Value::from(self.next_at),
            code.clone(),
            Value::from(text),
            Value::from(sent_at),
            letter.clone(),
            Value::from(self.fence),
            json::texts(self.from.iter().map(|state| state.as_str())),
        ];
        let attempt = vec![code, Value::from(text), Value::from(at), letter];
        Batch::new()
            .ask(sql::SETTLE_LETTER, settle)
            .run(sql::ADD_ATTEMPT, attempt)
    }
}
