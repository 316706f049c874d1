//! `spor record`: one fact by its catalogue name.

use std::io::Read;

use serde_json::{Map, Value};
use spor_casework::actor::Now;
use spor_casework::execute::{Mode, Outcome, Wish};
use spor_domain::decide::Warning;
use spor_domain::door::{self, Line, Malformed};
use spor_domain::event::Event;
use spor_domain::schema::{self, EventType};
use spor_store::Kind;

use super::record_help;
use crate::args::{Record, Writing};
use crate::context::{Context, Session, instant};
use crate::report::{Exit, Report};
use crate::{output, talk};

/// Records one fact.
pub async fn run(context: &Context, args: Record) -> Result<Exit, Report> {
    if args.help || (args.kind.is_none() && args.json.is_none()) {
        output::text(&record_help::help(args.kind.as_deref(), context.language)?)?;
        return Ok(if args.help { Exit::Done } else { Exit::Usage });
    }
    let fields = fields(&args)?;
    write(context, fields, &args.writing).await
}

/// Decides one entry and records it: the one way for `record` and the short forms.
pub async fn write(
    context: &Context,
    mut fields: Map<String, Value>,
    writing: &Writing,
) -> Result<Exit, Report> {
    let session = context.open().await?;
    if let Some(date) = &writing.date {
        fields.insert("date".to_owned(), Value::String(date.clone()));
    }
    if let Some(id) = &writing.id {
        fields.insert("id".to_owned(), Value::String(id.clone()));
    }
    let today = session.today().to_string();
    fields.entry("date").or_insert(Value::String(today));
    let line = door::parse_fields(fields)?;
    if matches!(line.command.event, Event::Erasure(_)) {
        return Err(Report::new(
            Exit::NotAllowed,
            "use_erase",
            "an erasure is not recorded like another entry",
            "it takes two people and cannot be undone",
            "see `spor erase --help`",
        ));
    }
    let head = session.store.head().await?;
    let at = recorded_at(context, &session, &line, head.kind, head.recorded_at)?;
    let stream = line.command.stream.name();
    let kind = line.command.kind;
    let wish = Wish {
        command: line.command,
        reason: context.global.reason.clone(),
        idempotency_key: writing.idempotency_key.clone(),
        correlation_id: None,
    };
    let now = Now { business: at };
    let mode = if writing.dry_run { Mode::DryRun } else { Mode::Write };
    let outcome = session.casework().execute(&session.actor, &wish, &now, mode).await?;
    session.close().await?;
    tell(context, kind, &stream, outcome)
}

/// When the entry is recorded: now; in a sandbox `--clock`, else what the line says, else its day,
/// and never before the newest entry.
fn recorded_at(
    context: &Context,
    session: &Session,
    line: &Line,
    kind: Kind,
    head: chrono::DateTime<chrono::Utc>,
) -> Result<chrono::DateTime<chrono::Utc>, Report> {
    match (kind, line.recorded) {
        (Kind::Production, Some(_)) => Err(Malformed::recorded_not_allowed().into()),
        (Kind::Production, None) => Ok(session.now),
        (Kind::Sandbox, _) if context.global.clock.is_some() => Ok(session.now.max(head)),
        (Kind::Sandbox, Some(door::SaidRecorded::At(at))) => Ok(at.max(head)),
        (Kind::Sandbox, Some(door::SaidRecorded::Day(day))) => {
            Ok(instant(&day.to_string(), session.zone)?.max(head))
        }
        (Kind::Sandbox, None) => Ok(instant(&line.command.on.to_string(), session.zone)?.max(head)),
    }
}

fn tell(
    context: &Context,
    kind: &EventType,
    stream: &str,
    outcome: Outcome,
) -> Result<Exit, Report> {
    let (word, receipt, warnings, is_dry_run) = match outcome {
        Outcome::Refused(rejection) => {
            return Err(Report::refused(&rejection, context.language));
        }
        Outcome::Unchanged => ("unchanged", None, Vec::new(), false),
        Outcome::WouldRecord { warnings } => ("accepted", None, warnings, true),
        Outcome::Recorded(receipt) => {
            let warnings = receipt.warnings.clone();
            ("accepted", Some(receipt), warnings, false)
        }
    };
    let is_replayed = receipt.as_ref().is_some_and(|receipt| receipt.replayed);
    let position = receipt.as_ref().map(|receipt| receipt.position.get());
    if output::is_for_programs(&context.global) {
        let codes: Vec<&str> = warnings.iter().map(Warning::code).collect();
        output::json(&serde_json::json!({
            "outcome": word, "type": kind.name, "stream": stream, "position": position,
            "event_id": receipt.map(|receipt| receipt.event_id.to_string()),
            "replayed": is_replayed, "warnings": codes, "dry_run": is_dry_run,
        }))?;
        return Ok(Exit::Done);
    }
    let place = position.map(|position| format!(" at position {position}")).unwrap_or_default();
    let how = match (is_dry_run, is_replayed) {
        (true, _) => " (dry run: nothing was written)",
        (false, true) => " (recorded before under the same key)",
        (false, false) => "",
    };
    output::text(&format!("{word}: {} in {stream}{place}{how}", kind.name))?;
    for warning in &warnings {
        talk::warn(context, &warning.explain(context.language));
    }
    Ok(Exit::Done)
}

/// The entry as journal fields, from words or from JSON.
fn fields(args: &Record) -> Result<Map<String, Value>, Report> {
    let mut fields = match &args.json {
        None => Map::new(),
        Some(text) => from_json(text)?,
    };
    if let Some(name) = &args.kind {
        fields.insert("type".to_owned(), Value::String(name.clone()));
    }
    let kind = fields.get("type").and_then(Value::as_str).and_then(schema::find_written);
    let mut named = vec![("case", &args.case)];
    // Some types have a field of that name: then --person fills it.
    named.push(("person", &args.person));
    named.push(("group", &args.group));
    for (key, value) in named {
        if let Some(value) = value {
            fields.insert(key.to_owned(), Value::String(value.clone()));
        }
    }
    for pair in &args.fields {
        let Some((key, text)) = pair.split_once('=') else {
            let message = format!("\"{pair}\" is not key=value");
            return Err(Report::usage(message, "write fields as minutes=60 by=M-01"));
        };
        let field = kind.and_then(|kind| kind.field(key));
        let value = match field {
            Some(field) => door::value_from_text(field, text)?,
            None => Value::String(text.to_owned()),
        };
        fields.insert(key.to_owned(), value);
    }
    Ok(fields)
}

fn from_json(text: &str) -> Result<Map<String, Value>, Report> {
    let mut read = String::new();
    let text = if text == "-" {
        std::io::stdin().read_to_string(&mut read)?;
        &read
    } else {
        text
    };
    match serde_json::from_str(text) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(not_json("it is not an object")),
        Err(error) => Err(not_json(&error.to_string())),
    }
}

fn not_json(why: &str) -> Report {
    let next = "give one object: {\"date\":…,\"type\":…,\"case\":…}";
    Report::new(Exit::Usage, "not_json", "the entry is not a JSON object", why, next)
}
