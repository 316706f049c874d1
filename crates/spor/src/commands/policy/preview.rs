//! `spor policy preview`: what a setting would change before it is activated.

use std::sync::Arc;

use serde_json::{Value, json};
use spor_domain::rejection::Language;
use spor_scheduler::foresee::cases::Cases;
use spor_scheduler::foresee::draft::Change;
use spor_scheduler::foresee::preview::{Compared, Preview, preview};
use spor_scheduler::foresee::tally::By;
use spor_scheduler::foresee::{Assumed, Span};

use super::value_of;
use crate::args::{self, Format};
use crate::commands::reminders::forecast::{draft_of, outlook, read_draft, warn_of_unreadable};
use crate::context::{Context, day};
use crate::output::{self, Rows};
use crate::report::{Exit, Report};
use crate::talk;

/// Lines of each list that a person is shown; programs get all of them.
const SHOWN: usize = 40;

/// Reckons what is published against the draft; nothing is written.
pub async fn run(context: &Context, asked: &args::Preview) -> Result<Exit, Report> {
    let session = context.open_to_read().await?;
    let when = session.when(&asked.when)?;
    let from = asked.from.as_deref().map(day).transpose()?;
    let changes = match (&asked.policy, &asked.key, &asked.value) {
        (Some(file), _, _) => read_draft(file, from, when.day)?,
        (None, Some(key), Some(value)) => {
            let (key, value) = (key.clone(), value_of(value)?);
            vec![Change { key, value, from: from.unwrap_or(when.day) }]
        }
        (None, _, _) => {
            return Err(Report::usage("no setting is named", "name one and its value"));
        }
    };
    let from = changes.first().map_or(when.day, |change| change.from).max(when.day);
    let span = Span::months(when.day, asked.months);
    let (policies, published) = outlook(&session, &when, (span, Assumed::Met)).await?;
    let draft = published.under(draft_of(&policies, &changes, context.language)?);
    let both = (Arc::new(published), Arc::new(draft));
    let progress = talk::progress(context, "cases looked at");
    let shown = progress.clone();
    let on_cases = |cases| shown.set_position(cases);
    let cases = Cases::known(&session.runner(), when.known_at, session.now).await?;
    let preview = preview(cases, (&both.0, &both.1), from, on_cases).await;
    progress.finish_and_clear();
    let preview = preview?;
    warn_of_unreadable(context, &preview.now);
    show(context, &changes, &preview, span)?;
    Ok(Exit::Done)
}

fn show(
    context: &Context,
    changes: &[Change],
    preview: &Preview,
    span: Span,
) -> Result<(), Report> {
    let (people, rules) = (preview.differing(By::Person), preview.differing(By::Rule));
    let draft: Vec<Value> = changes
        .iter()
        .map(|change| json!({"key": change.key, "value": change.value, "from": change.from}))
        .collect();
    match context.global.output {
        Format::Json | Format::Ndjson => output::json(&json!({
            "draft": draft, "from": span.from, "until": span.until,
            "assumed": Assumed::Met.as_str(), "cases": preview.now.cases,
            "now": preview.now.total(), "then": preview.then.total(),
            "rules": rules, "people": people, "moved": preview.moved,
        })),
        Format::Csv | Format::Xlsx | Format::Markdown => {
            output::rows(&context.global, &moved(preview))
        }
        Format::Table => {
            output::text(&summary(preview, span, context.language))?;
            for (first, mut compared) in [("rule", rules), ("person", people)] {
                let more = compared.len().saturating_sub(SHOWN);
                compared.truncate(SHOWN);
                listed(context, &differing(first, &compared), more)?;
            }
            let mut moved = moved(preview);
            let more = moved.rows.len().saturating_sub(SHOWN);
            moved.rows.truncate(SHOWN);
            listed(context, &moved, more)
        }
    }
}

fn summary(preview: &Preview, span: Span, language: Language) -> String {
    let (now, then) = (preview.now.total(), preview.then.total());
    let (now, then) = (now.letters.unwrap_or(0), then.letters.unwrap_or(0));
    let (from, until, moved) = (span.from, span.until, preview.moved.len());
    match language {
        Language::Da => format!(
            "{from} til {until}, hvis hver pligt opfyldes på sin frist: {now} breve nu, {then} \
             med forslaget; {moved} frister flytter sig. Intet er skrevet.\n"
        ),
        Language::En => format!(
            "{from} to {until}, if each duty is met on its due date: {now} letters now, {then} \
             under the draft; {moved} deadlines move. Nothing was written.\n"
        ),
    }
}

fn listed(context: &Context, rows: &Rows, more: usize) -> Result<(), Report> {
    if rows.rows.is_empty() {
        return Ok(());
    }
    output::rows(&context.global, rows)?;
    let rest = match (more, context.language) {
        (0, _) => String::new(),
        (_, Language::Da) => format!("og {more} til; -o json viser alle\n"),
        (_, Language::En) => format!("and {more} more; -o json shows all\n"),
    };
    output::text(&format!("{rest}\n"))
}

fn differing(first: &str, compared: &[Compared]) -> Rows {
    let mut rows = Rows::new(&[first, "now", "then", "more"]);
    for Compared { of, now, then } in compared {
        let more = i64::try_from(*then).unwrap_or(0) - i64::try_from(*now).unwrap_or(0);
        rows.push(vec![json!(of), json!(now), json!(then), json!(more)]);
    }
    rows
}

fn moved(preview: &Preview) -> Rows {
    let mut rows = Rows::new(&["case", "rule", "old_due", "new_due", "old_letter", "new_letter"]);
    for moved in &preview.moved {
        rows.push(vec![
            json!(moved.case),
            json!(moved.rule),
            json!(moved.old_due),
            json!(moved.new_due),
            json!(moved.old_letter),
            json!(moved.new_letter),
        ]);
    }
    rows
}
