//! `spor import`: a journal of facts, decided line by line, with a report.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Cursor, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use spor_casework::execute::Mode;
use spor_casework::import::{
    ImportOptions, Listener, OnMalformed, OnRefused, ReportLine, Source, Summary,
};
use spor_projections::runner::Runner;

use super::anchoring;
use crate::args::Import;
use crate::context::{Context, Session, new_id};
use crate::report::{Exit, Report};
use crate::{output, talk};

/// Lines of trouble shown on stderr; the report has them all.
const SHOWN_LINES: u64 = 20;
/// The longest that folding after an import may take; a query goes on from there.
const FOLD_AT_MOST: Duration = Duration::from_hours(1);
/// Bytes read from a file at once.
const READ_BYTES: usize = 1 << 18;

/// Takes in every file in turn.
pub async fn run(context: &Context, args: Import) -> Result<Exit, Report> {
    let session = context.open().await?;
    let mut report = match &args.report {
        Some(path) => Some(BufWriter::new(File::create(path)?)),
        None => None,
    };
    let mut total = Summary::default();
    for file in &args.files {
        let summary = one(context, &session, &args, file, report.as_mut()).await?;
        total.accepted += summary.accepted;
        total.rejected += summary.rejected;
        total.unchanged += summary.unchanged;
        total.malformed += summary.malformed;
    }
    if let Some(report) = &mut report {
        report.flush()?;
    }
    if !args.dry_run && total.accepted > 0 {
        fold(context, &session).await?;
        anchoring::at_the_end(context, &session.store).await;
    }
    session.close().await?;
    tell(context, &args, &total)
}

/// Brings the tables to the head, so that the first question after an import need not wait.
async fn fold(context: &Context, session: &Session) -> Result<(), Report> {
    let runner = Runner::new(session.memory.clone(), new_id().to_string());
    let progress = talk::progress(context, "folding the tables");
    let caught_up = runner.catch_up(FOLD_AT_MOST, session.now).await;
    progress.finish_and_clear();
    caught_up?;
    runner.finish_erasures(session.now).await?;
    Ok(())
}

async fn one(
    context: &Context,
    session: &Session,
    args: &Import,
    file: &Path,
    mut report: Option<&mut BufWriter<File>>,
) -> Result<Summary, Report> {
    let progress = talk::progress(context, "lines");
    let mut shown = 0;
    let mut failed: Option<io::Error> = None;
    let mut on_line = |line: ReportLine| {
        if let Some(message) = &line.message
            && shown < SHOWN_LINES
        {
            shown += 1;
            let text = format!("{}:{}: {message}", file.display(), line.line);
            progress.suspend(|| talk::say(context, &text));
        }
        if let Some(report) = &mut report {
            let written = serde_json::to_writer(&mut **report, &line).map_err(io::Error::from);
            if let Err(error) = written.and_then(|()| report.write_all(b"\n")) {
                failed.get_or_insert(error);
            }
        }
    };
    let listener =
        Listener { report: &mut on_line, progress: &|lines| progress.set_position(lines) };
    let summary = session
        .casework()
        .import_journal(
            source(file)?,
            options(context, args),
            &session.actor,
            &session.present(),
            listener,
        )
        .await;
    progress.finish_and_clear();
    if let Some(error) = failed {
        return Err(error.into());
    }
    Ok(summary?)
}

fn options(context: &Context, args: &Import) -> ImportOptions {
    ImportOptions {
        mode: if args.dry_run { Mode::DryRun } else { Mode::Write },
        malformed: if args.keep_going { OnMalformed::KeepGoing } else { OnMalformed::Stop },
        refused: if args.retry_refused { OnRefused::DecideAgain } else { OnRefused::Keep },
        batch: None,
        language: context.language,
    }
}

/// A file, which may be opened twice; stdin is read into memory first.
fn source(file: &Path) -> Result<Source, Report> {
    if file == Path::new("-") {
        let mut text = Vec::new();
        io::stdin().read_to_end(&mut text)?;
        let text: Arc<[u8]> = text.into();
        return Ok(Arc::new(move || Ok(Box::new(Cursor::new(Arc::clone(&text))))));
    }
    let path = file.to_owned();
    Ok(Arc::new(move || Ok(Box::new(BufReader::with_capacity(READ_BYTES, File::open(&path)?)))))
}

fn tell(context: &Context, args: &Import, total: &Summary) -> Result<Exit, Report> {
    let is_stopped = total.malformed > 0 && !args.keep_going;
    if output::is_for_programs(&context.global) {
        output::json(&json!({
            "accepted": total.accepted, "rejected": total.rejected,
            "unchanged": total.unchanged, "malformed": total.malformed,
            "dry_run": args.dry_run, "written": !args.dry_run && !is_stopped,
        }))?;
    } else {
        output::text(&format!(
            "{} accepted, {} refused, {} unchanged, {} malformed{}",
            total.accepted,
            total.rejected,
            total.unchanged,
            total.malformed,
            if args.dry_run { " (dry run: nothing was written)" } else { "" },
        ))?;
    }
    if is_stopped {
        return Err(Report::new(
            Exit::Usage,
            "malformed_lines",
            format!("{} lines cannot be understood; nothing was written", total.malformed),
            "an import is all or nothing where lines cannot be understood",
            "correct them (--report lists them all), or add --keep-going",
        ));
    }
    Ok(if total.rejected + total.malformed > 0 { Exit::Partly } else { Exit::Done })
}
