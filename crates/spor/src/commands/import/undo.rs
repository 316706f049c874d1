//! `spor import undo`: what one import brought is taken back by retractions; history stays.

use serde_json::{Value, json};
use spor_casework::execute::Mode;
use spor_casework::import::{ImportOptions, Input, Listener, ReportLine};
use spor_casework::undo::{Brought, BroughtEntry};
use uuid::Uuid;

use super::{anchoring, fold};
use crate::context::{Context, Session};
use crate::output;
use crate::report::{Exit, Report};

/// Cases that a refusal names.
const NAMED_CASES: usize = 10;

/// Takes a batch back, or lists what would be taken back.
pub(super) async fn run(
    context: &Context,
    session: Session,
    batch: &str,
    force: bool,
    dry_run: bool,
) -> Result<Exit, Report> {
    let id = Uuid::parse_str(batch).map_err(|_| not_found(batch))?;
    let casework = session.casework();
    let brought = casework.brought_by(id).await?;
    if brought.is_unknown {
        return Err(not_found(batch));
    }
    if !brought.worked_on.is_empty() && !force && !dry_run {
        return Err(worked_on(&brought));
    }
    let mut refused: Vec<ReportLine> = Vec::new();
    if !dry_run && !brought.entries.is_empty() {
        let reason = context.global.reason.as_deref().unwrap_or("import taken back");
        let input = casework.retractions(&brought, reason, &session.present()).await?;
        let mut on_line = |line: ReportLine| {
            if line.message.is_some() {
                refused.push(line);
            }
        };
        let listener = Listener { report: &mut on_line, progress: &|_| {} };
        let options = ImportOptions {
            mode: Mode::Write,
            language: context.language,
            ..ImportOptions::default()
        };
        let (actor, now) = (&session.actor, session.present());
        casework.import(Input::Journal(input), options, actor, &now, listener).await?;
        fold(context, &session).await?;
        anchoring::at_the_end(context, &session.store).await;
    }
    session.close().await?;
    tell(context, &brought, &refused, dry_run)?;
    Ok(if refused.is_empty() { Exit::Done } else { Exit::Partly })
}

fn tell(
    context: &Context,
    brought: &Brought,
    refused: &[ReportLine],
    dry_run: bool,
) -> Result<(), Report> {
    if output::is_for_programs(&context.global) {
        let entries: Vec<Value> = brought
            .entries
            .iter()
            .map(|entry| {
                let event = entry.event.to_string();
                json!({"case": entry.case, "type": entry.kind, "entry": event})
            })
            .collect();
        return output::json(&json!({
            "entries": entries, "worked_on": brought.worked_on,
            "refused": refused.len(), "dry_run": dry_run,
        }));
    }
    let line = |entry: &BroughtEntry| format!("{}  {}  {}", entry.case, entry.kind, entry.event);
    let mut told = Vec::new();
    if dry_run {
        told.extend(brought.entries.iter().map(line));
        let needs = |case| format!("{case}  people have worked on it since: needs --force");
        told.extend(brought.worked_on.iter().map(needs));
    }
    told.push(format!(
        "{} entries {}, {} refused",
        brought.entries.len() - refused.len(),
        if dry_run { "would be taken back" } else { "taken back; they stay in history" },
        refused.len(),
    ));
    output::text(&told.join("\n"))
}

fn not_found(batch: &str) -> Report {
    Report::new(
        Exit::NotFound,
        "batch_not_found",
        format!("no import of rows is called {batch}"),
        "an import names its batch when it ends, and in every case it brings",
        "look at the first entry of one of its cases: spor case timeline REF",
    )
}

fn worked_on(brought: &Brought) -> Report {
    let cases = &brought.worked_on;
    let named = cases.iter().take(NAMED_CASES).map(ToString::to_string).collect::<Vec<_>>();
    let more = cases.len().saturating_sub(NAMED_CASES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Report::new(
        Exit::Refused,
        "worked_on_since",
        format!("people have worked on {}{more} since; nothing was taken back", named.join(", ")),
        "their entries would stand in cases that are not there any more",
        "look with --dry-run; --force takes the batch back all the same",
    )
}
