//! `spor reminders ledger|outbox|retry|cancel`: what was planned, which letters carry it, and what
//! a person decides about those that came to a halt.

use serde_json::json;
use spor_store::{
    LedgerChange, LetterFilter, LetterId, LetterState, ReminderFilter, ReminderState, StoreError,
};

use super::super::case::reference;
use crate::args::{LedgerRows, OutboxRows};
use crate::context::Context;
use crate::output::{self, Rows};
use crate::report::{Exit, Report};

/// Letters or reminders shown.
const MOST_SHOWN: usize = 10_000;
const REMINDER_STATES: [ReminderState; 5] = [
    ReminderState::Planned,
    ReminderState::Composed,
    ReminderState::Cancelled,
    ReminderState::Suppressed,
    ReminderState::Overtaken,
];
/// Where a letter waits for a person.
const HALTED: [LetterState; 2] = [LetterState::Dead, LetterState::Held];

/// The reminders of the ledger, the first planned first.
pub async fn ledger(context: &Context, args: LedgerRows) -> Result<Exit, Report> {
    let words = REMINDER_STATES.map(|state| (state.as_str(), state));
    let filter = ReminderFilter {
        case_ref: args.case.as_deref().map(reference).transpose()?.map(|case| case.to_string()),
        state: args.state.as_deref().map(|word| one_of(word, &words)).transpose()?,
        ..ReminderFilter::default()
    };
    let session = context.open_to_read().await?;
    let found = session.store.reminders(&filter, MOST_SHOWN).await?;
    let mut rows = Rows::new(&[
        "id",
        "case",
        "rule",
        "level",
        "due",
        "role",
        "recipient",
        "state",
        "reason",
        "planned_at",
        "letter",
    ]);
    let is_meant = |to: &Option<String>| args.recipient.is_none() || args.recipient == *to;
    for row in found.into_iter().filter(|row| is_meant(&row.recipient)) {
        rows.push(vec![
            json!(row.id.to_string()),
            json!(row.case_ref),
            json!(row.rule),
            json!(row.level),
            json!(row.due),
            json!(row.recipient_role),
            json!(row.recipient),
            json!(row.state.as_str()),
            json!(row.reason),
            json!(row.planned_at),
            json!(row.letter.map(|letter| letter.to_string())),
        ]);
    }
    output::rows(&context.global, &rows)?;
    Ok(Exit::Done)
}

/// The letters, the latest first.
pub async fn outbox(context: &Context, args: OutboxRows) -> Result<Exit, Report> {
    let words = spor_scheduler::letter::STATES.map(|state| (state.as_str(), state));
    let states = args.state.iter().map(|word| one_of(word, &words));
    let filter = LetterFilter {
        states: states.collect::<Result<_, _>>()?,
        recipient: args.recipient,
        ..LetterFilter::default()
    };
    let session = context.open_to_read().await?;
    let letters = session.store.letters(&filter, MOST_SHOWN).await?;
    let mut rows = Rows::new(&[
        "id",
        "recipient",
        "day",
        "state",
        "attempts",
        "next_at",
        "sent_at",
        "smtp_code",
        "smtp_text",
        "message_id",
    ]);
    for letter in letters {
        rows.push(vec![
            json!(letter.letter.id.to_string()),
            json!(letter.letter.recipient),
            json!(letter.letter.local_day),
            json!(letter.state.as_str()),
            json!(letter.attempts),
            json!(letter.letter.next_at),
            json!(letter.sent_at),
            json!(letter.smtp_code),
            json!(letter.smtp_text),
            json!(letter.letter.message_id),
        ]);
    }
    output::rows(&context.global, &rows)?;
    Ok(Exit::Done)
}

/// Lets a letter that came to a halt go out again.
pub async fn retry(context: &Context, id: &str) -> Result<Exit, Report> {
    let session = context.open().await?;
    let letter = id.parse().map(LetterId::new).map_err(|_| not_halted(id))?;
    if !session.store.retry_letter(letter, session.now).await? {
        return Err(not_halted(id));
    }
    session.close().await?;
    output::text("the letter goes out with the next round")?;
    Ok(Exit::Done)
}

/// Lets go of a letter that came to a halt; what was in it counts as told.
pub async fn cancel(context: &Context, id: &str) -> Result<Exit, Report> {
    let session = context.open().await?;
    let letter = id.parse().map(LetterId::new).map_err(|_| not_halted(id))?;
    let filter = LetterFilter { id: Some(letter), ..LetterFilter::default() };
    let found = session.store.letters(&filter, 1).await?.pop().ok_or_else(|| not_halted(id))?;
    let actor = &session.actor;
    let by = actor.on_behalf_of.as_ref().unwrap_or(&actor.name);
    let change = LedgerChange::LetterMoved {
        letter,
        fence: found.fence,
        from: HALTED.to_vec(),
        to: LetterState::Cancelled,
        next_at: None,
        text: format!("let go of by {by}"),
    };
    match session.store.change_ledger(vec![change], session.now).await {
        Ok(()) => {}
        Err(StoreError::MovedOn { .. }) => return Err(not_halted(id)),
        Err(error) => return Err(error.into()),
    }
    session.close().await?;
    output::text("the letter does not go out again")?;
    Ok(Exit::Done)
}

fn one_of<State: Copy>(word: &str, words: &[(&str, State)]) -> Result<State, Report> {
    let found = words.iter().find(|(known, _)| *known == word).map(|(_, state)| *state);
    let known: Vec<&str> = words.iter().map(|(known, _)| *known).collect();
    found.ok_or_else(|| {
        Report::usage(format!("there is no state {word}"), format!("one of {}", known.join(", ")))
    })
}

fn not_halted(id: &str) -> Report {
    Report::new(
        Exit::NotFound,
        "letter_not_found",
        format!("there is no letter {id} that came to a halt"),
        "only a letter that was given up, or that waits, is a person's to decide about",
        "`spor reminders outbox --state dead,held` lists them",
    )
}
