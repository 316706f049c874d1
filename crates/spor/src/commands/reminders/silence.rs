//! `spor reminders silence-audit`: every deadline that passed without a letter, with its reason.

use serde_json::{Value, json};
use spor_domain::calendar;
use spor_domain::rejection::Language;
use spor_history::load::KnownAt;
use spor_scheduler::silence::{Asked, Audited, Silent, audit};

use crate::args::{Format, SilenceAudit};
use crate::context::{Context, day};
use crate::output::{self, Rows};
use crate::report::{Exit, Report};
use crate::talk;

/// Audits the days, and says by its exit code whether every silence is explained.
pub async fn run(context: &Context, asked: &SilenceAudit) -> Result<Exit, Report> {
    let session = context.open_to_read().await?;
    let from = asked.from.as_deref().map_or(Ok(calendar::FIRST_DAY), day)?;
    let yesterday = calendar::days_before(session.today(), 1);
    let to = asked.to.as_deref().map_or(Ok(yesterday), day)?;
    let known_at =
        asked.known_at.as_deref().map_or(Ok(KnownAt::Everything), |text| session.known_at(text))?;
    let question = Asked { from, to, known_at, now: session.now };
    let progress = talk::progress(context, "cases looked at");
    let shown = progress.clone();
    let audited = audit(&session.memory, &question, |cases| shown.set_position(cases)).await;
    progress.finish_and_clear();
    let audited = audited?;
    let unexplained = audited.silent.iter().filter(|silent| silent.reason.is_none()).count();
    show(context, asked, &audited)?;
    if unexplained == 0 {
        if context.global.output == Format::Table {
            output::text(&proven(&audited, context.language))?;
        }
        return Ok(Exit::Done);
    }
    Err(unexplained_report(unexplained, context.language))
}

fn show(context: &Context, asked: &SilenceAudit, audited: &Audited) -> Result<(), Report> {
    let has_detail = asked.detail || context.global.output == Format::Table;
    let columns = ["case", "rule", "due", "reason", "detail"];
    let mut rows = Rows::new(&columns[..columns.len() - usize::from(!has_detail)]);
    let is_asked = |silent: &&Silent| !asked.unexplained || silent.reason.is_none();
    for silent in audited.silent.iter().filter(is_asked) {
        let mut row: Vec<Value> =
            vec![json!(silent.case), json!(silent.rule), json!(silent.due), json!(silent.reason)];
        row.extend(has_detail.then(|| json!(silent.detail)));
        rows.push(row);
    }
    if rows.rows.is_empty() && !output::is_for_programs(&context.global) {
        return Ok(());
    }
    output::rows(&context.global, &rows)
}

fn proven(audited: &Audited, language: Language) -> String {
    let (silent, told) = (audited.silent.len(), audited.told);
    match language {
        Language::Da => format!("{told} frister fik brev, {silent} ikke; hver har sin grund"),
        Language::En => {
            format!("{told} deadlines had a letter, {silent} had none; each has a reason")
        }
    }
}

fn unexplained_report(count: usize, language: Language) -> Report {
    let (what, because, next) = match language {
        Language::Da => (
            format!("{count} frister er passeret uden brev og uden grund"),
            "ingen kendt årsag forklarer tavsheden",
            "se hver af dem: `spor reminders explain REF RULE`; meld det som en fejl",
        ),
        Language::En => (
            format!("{count} deadlines passed without a letter and without a reason"),
            "no known cause explains the silence",
            "look at each: `spor reminders explain REF RULE`; report it as a fault",
        ),
    };
    Report::new(Exit::Integrity, "silence_unexplained", what, because, next)
}
