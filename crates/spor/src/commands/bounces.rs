//! `spor bounces`: what mail servers report of letters later, from a mailbox.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use spor_mail::bounce::mailbox::{Found, Mailbox};
use spor_mail::bounce::{self, NoReport};
use spor_scheduler::bounces::{Fate, Heard};
use spor_scheduler::tick::Scheduler;

use super::run::scheduler_with;
use crate::args::{Bounces, Format};
use crate::context::{Context, Session};
use crate::output::{self, Rows};
use crate::report::{Exit, Report};
use crate::talk;

/// The outcome of a message that is no report.
const NO_REPORT: &str = "no_report";
/// The outcome of a message that could not be read.
const UNREADABLE: &str = "unreadable";

/// Reads a mailbox and notes what its reports say; the mailbox stays as it is.
pub async fn run(context: &Context, args: Bounces) -> Result<Exit, Report> {
    let Bounces::Import { path, dry_run } = args;
    let session = context.open().await?;
    let scheduler = scheduler_with(context, &session, None)?;
    let columns = ["message", "outcome", "letter", "recipient", "status", "told"];
    let mut rows = Rows::new(&columns);
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for found in mailbox(&path)? {
        let (outcome, row) = one(&scheduler, &session, found, dry_run).await?;
        *counts.entry(outcome).or_default() += 1;
        rows.push(row);
    }
    session.close().await?;
    tell(context, &rows, &counts, dry_run)?;
    let left = [UNREADABLE, Fate::UnderWay.as_str()];
    let is_whole = left.iter().all(|outcome| !counts.contains_key(outcome));
    Ok(if is_whole { Exit::Done } else { Exit::Partly })
}

/// Names are held, messages are not: a mailbox may be larger than memory.
fn mailbox(path: &Path) -> Result<impl Iterator<Item = Found>, Report> {
    Mailbox::open(path).map_err(|error| {
        Report::new(
            Exit::NotFound,
            "mailbox_unreadable",
            format!("the mailbox {} cannot be read: {error}", path.display()),
            "reports are read from a maildir, a folder of messages or a file in the form of mbox",
            "check the path",
        )
    })
}

/// Hears one message; gives its outcome and its row.
async fn one(
    scheduler: &Scheduler,
    session: &Session,
    found: Found,
    is_trial: bool,
) -> Result<(&'static str, Vec<Value>), Report> {
    let mut row = vec![json!(found.name)];
    let read = match &found.message {
        Ok(message) => bounce::read(message).map_err(|none| (outcome_of(none), none.to_string())),
        Err(error) => Err((UNREADABLE, error.to_string())),
    };
    let report = match read {
        Ok(report) => report,
        Err((outcome, why)) => {
            row.extend([json!(outcome), Value::Null, Value::Null, Value::Null, json!(why)]);
            return Ok((outcome, row));
        }
    };
    let Heard { letter, recipient, fate } = scheduler.hear(&report, session.now, is_trial).await?;
    row.extend([
        json!(fate.as_str()),
        json!(letter.map(|letter| letter.to_string())),
        json!(recipient),
        json!(report.status.map(|status| status.to_string())),
        json!(report.words),
    ]);
    Ok((fate.as_str(), row))
}

fn outcome_of(none: NoReport) -> &'static str {
    match none {
        NoReport::TooLarge => UNREADABLE,
        NoReport::Other | NoReport::Empty => NO_REPORT,
    }
}

fn tell(
    context: &Context,
    rows: &Rows,
    counts: &BTreeMap<&str, u64>,
    is_trial: bool,
) -> Result<(), Report> {
    if context.global.output == Format::Json {
        let messages: Vec<Value> = rows.objects().collect();
        let answer = json!({"counts": counts, "dry_run": is_trial, "messages": messages});
        return output::json(&answer);
    }
    output::rows(&context.global, rows)?;
    let told: Vec<String> = counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
    let trial = if is_trial { " (dry run: nothing was written)" } else { "" };
    talk::say(context, &format!("{} messages: {}{trial}", rows.rows.len(), told.join(", ")));
    Ok(())
}
