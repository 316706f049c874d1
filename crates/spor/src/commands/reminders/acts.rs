//! `spor reminders acknowledge|snooze|pause|resume`: people about their reminders.

use serde_json::json;
use spor_domain::rejection::Language;
use spor_domain::rules::{self, Rule};
use spor_scheduler::acts::doing::{Acts, Answer, Manner, Outcome, Wish};
use spor_scheduler::error::SchedulerError;
use spor_store::ReminderId;

use super::super::case::reference;
use crate::args::{Acknowledge, Acting, Pause, Resume, Snooze};
use crate::context::{Context, day, new_id};
use crate::output;
use crate::report::{Exit, Report};

/// Says that somebody has seen a reminder.
pub async fn acknowledge(context: &Context, args: Acknowledge) -> Result<Exit, Report> {
    let wish = Wish::Acknowledge(reminder(context, &args.id)?);
    execute(context, wish, args.acting).await
}

/// Lets a reminder rest up to a day.
pub async fn snooze(context: &Context, args: Snooze) -> Result<Exit, Report> {
    let wish = Wish::Snooze { reminder: reminder(context, &args.id)?, until: day(&args.until)? };
    execute(context, wish, args.acting).await
}

/// Lets the letters of a case rest.
pub async fn pause(context: &Context, args: Pause) -> Result<Exit, Report> {
    let wish = Wish::Pause {
        case: reference(&args.case)?,
        rule: rule(args.rule.as_deref())?,
        until: args.until.as_deref().map(day).transpose()?,
    };
    execute(context, wish, args.acting).await
}

/// Lets them go out again.
pub async fn resume(context: &Context, args: Resume) -> Result<Exit, Report> {
    let (case, rule) = (reference(&args.case)?, rule(args.rule.as_deref())?);
    execute(context, Wish::Resume { case, rule }, args.acting).await
}

async fn execute(context: &Context, wish: Wish, acting: Acting) -> Result<Exit, Report> {
    let session = context.open().await?;
    let head = session.store.head().await?;
    let manner = Manner {
        actor: session.actor.clone(),
        reason: context.global.reason.clone(),
        idempotency_key: acting.idempotency_key,
        at: session.now.max(head.recorded_at),
        is_dry_run: acting.dry_run,
    };
    let answer = Acts::new(session.memory.clone(), new_id).execute(&wish, &manner).await;
    let answer = answer.map_err(|error| match error {
        SchedulerError::UnknownReminder(id) => not_found(context, &id),
        SchedulerError::UnknownCase(case) => Report::case_not_found(&case, false),
        other => other.into(),
    })?;
    session.close().await?;
    tell(context, &answer)
}

fn tell(context: &Context, answer: &Answer) -> Result<Exit, Report> {
    let (word, recorded, is_dry_run) = match &answer.outcome {
        Outcome::Refused(rejection) => {
            return Err(Report::refused(rejection, context.language));
        }
        Outcome::Unchanged => ("unchanged", None, false),
        Outcome::WouldRecord => ("accepted", None, true),
        Outcome::Recorded { event, position, replayed } => {
            ("accepted", Some((event.to_string(), position.get(), *replayed)), false)
        }
    };
    let position = recorded.as_ref().map(|(_, position, _)| *position);
    let is_replayed = recorded.as_ref().is_some_and(|(_, _, replayed)| *replayed);
    let (kind, stream) = (answer.event_type, answer.stream.as_str());
    if output::is_for_programs(&context.global) {
        output::json(&json!({
            "outcome": word, "type": kind, "stream": stream, "position": position,
            "event_id": recorded.map(|(event, _, _)| event), "until": answer.until,
            "replayed": is_replayed, "dry_run": is_dry_run,
        }))?;
        return Ok(Exit::Done);
    }
    let place = position.map(|position| format!(" at position {position}")).unwrap_or_default();
    let rests = match (answer.until, context.language) {
        (None, _) => String::new(),
        (Some(day), Language::Da) => format!(", hviler til og med {day}"),
        (Some(day), Language::En) => format!(", rests up to and including {day}"),
    };
    let how = match (is_dry_run, is_replayed) {
        (true, _) => " (dry run: nothing was written)",
        (false, true) => " (recorded before under the same key)",
        (false, false) => "",
    };
    output::text(&format!("{word}: {kind} in {stream}{place}{rests}{how}"))?;
    Ok(Exit::Done)
}

fn reminder(context: &Context, id: &str) -> Result<ReminderId, Report> {
    id.parse().map(ReminderId::new).map_err(|_| not_found(context, id))
}

fn rule(text: Option<&str>) -> Result<Option<&'static Rule>, Report> {
    let found = |text| {
        rules::find(text).ok_or_else(|| {
            Report::new(
                Exit::NotFound,
                "rule_not_found",
                format!("there is no rule {text}"),
                "rules have a number and a name",
                "docs/rules.md lists them: R01 or follow_up",
            )
        })
    };
    text.map(found).transpose()
}

fn not_found(context: &Context, id: &str) -> Report {
    let (message, because, next) = match context.language {
        Language::Da => (
            format!("der er ingen påmindelse {id}"),
            "kun det, en runde har planlagt, står i hovedbogen",
            "`spor reminders ledger --case REF` viser påmindelserne med deres id",
        ),
        Language::En => (
            format!("there is no reminder {id}"),
            "only what a round has planned stands in the ledger",
            "`spor reminders ledger --case REF` lists the reminders with their ids",
        ),
    };
    Report::new(Exit::NotFound, "reminder_not_found", message, because, next)
}
