//! `spor import`: a journal of facts, or rows of a spreadsheet, decided line by line, with a report.

mod errors;
mod handover;
mod undo;

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Cursor, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use spor_casework::execute::Mode;
use spor_casework::import::sheet::{Sheet, SheetKind};
use spor_casework::import::{
    ImportOptions, Input, Listener, OnMalformed, OnRefused, ReportLine, Source, Summary,
};
use spor_domain::door::Malformed;
use spor_domain::ids::EntryId;
use uuid::Uuid;

use super::anchoring;
use crate::args::{Import, ImportFormat, Undo};
use crate::context::{Context, Session, day, new_id};
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
    if let Some(Undo::Undo { batch, force, dry_run }) = &args.undo {
        return undo::run(context, session, batch, *force, *dry_run).await;
    }
    if args.errors.is_some() && args.files.len() > 1 {
        return Err(one_error_file());
    }
    let batch = new_id();
    let mut report = match &args.report {
        Some(path) => Some(BufWriter::new(File::create(path)?)),
        None => None,
    };
    let mut total = Summary::default();
    for file in &args.files {
        let summary = one(context, &session, (&args, batch), file, report.as_mut()).await?;
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
    tell(context, &args, batch, &total)
}

/// Brings the tables to the head, so that the first question after an import need not wait.
async fn fold(context: &Context, session: &Session) -> Result<(), Report> {
    let runner = session.runner();
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
    (args, batch): (&Import, Uuid),
    file: &Path,
    mut report: Option<&mut BufWriter<File>>,
) -> Result<Summary, Report> {
    let progress = talk::progress(context, "lines");
    let mut shown = 0;
    let mut failed: Option<io::Error> = None;
    let mut bad = errors::Bad::default();
    let mut on_line = |line: ReportLine| {
        bad.note(&line);
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
    let sheet = sheet(session, args, batch, file)?;
    let input = match &sheet {
        Some(sheet) => Input::Sheet(sheet.clone()),
        None if args.format == ImportFormat::Handover => {
            Input::Handover(handover::read(session, args, batch, file)?)
        }
        None => Input::Journal(source(file)?),
    };
    let options = ImportOptions {
        batch: (args.format != ImportFormat::Journal).then_some(batch),
        ..options(context, args)
    };
    let (casework, now) = (session.casework(), session.present());
    let summary = casework.import(input, options, &session.actor, &now, listener).await;
    progress.finish_and_clear();
    if let Some(error) = failed {
        return Err(error.into());
    }
    let summary = summary?;
    if let Some(sheet) = sheet {
        let path = args.errors.clone().unwrap_or_else(|| errors::beside(file));
        if bad.write(&sheet, &path)? {
            talk::say(context, &format!("the rows left out stand in {}", path.display()));
        }
    }
    Ok(summary)
}

/// The rows of a spreadsheet, where the file holds such.
fn sheet(
    session: &Session,
    args: &Import,
    batch: Uuid,
    file: &Path,
) -> Result<Option<Sheet>, Report> {
    let kind = match args.format {
        ImportFormat::Journal | ImportFormat::Handover => return Ok(None),
        ImportFormat::CasesCsv => SheetKind::Cases,
        ImportFormat::SessionsCsv => SheetKind::Sessions,
    };
    let today = session.today();
    let begins = args.date.as_deref().map_or(Ok(today), day)?;
    if begins > today {
        return Err(Malformed::in_future(begins, today).into());
    }
    EntryId::parse(&args.source).map_err(|error| {
        let because = "the system's name stands in clear in every case";
        Report::new(Exit::Usage, "bad_reference", error.to_string(), because, "give it as in OLD-1")
    })?;
    let (file, source, batch) = (source(file)?, args.source.clone(), batch.to_string());
    Ok(Some(Sheet { file, kind, source, batch, day: begins }))
}

fn one_error_file() -> Report {
    Report::new(
        Exit::Usage,
        "one_error_file",
        "--errors names one file, but several are imported",
        "the rows of one would take the place of the other's",
        "import them one by one, or leave --errors out",
    )
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

fn tell(context: &Context, args: &Import, batch: Uuid, total: &Summary) -> Result<Exit, Report> {
    let has_rows = args.format != ImportFormat::Journal;
    let is_stopped = total.malformed > 0 && !args.keep_going && !has_rows;
    let batch = (has_rows && !args.dry_run && total.accepted > 0).then_some(batch);
    if output::is_for_programs(&context.global) {
        let mut answer = json!({
            "accepted": total.accepted, "rejected": total.rejected,
            "unchanged": total.unchanged, "malformed": total.malformed,
            "dry_run": args.dry_run, "written": !args.dry_run && !is_stopped,
        });
        if let Some(batch) = batch {
            answer["batch"] = json!(batch.to_string());
        }
        output::json(&answer)?;
    } else {
        let undo = batch.map(|batch| format!("; take it back with `spor import undo {batch}`"));
        output::text(&format!(
            "{} accepted, {} refused, {} unchanged, {} malformed{}{}",
            total.accepted,
            total.rejected,
            total.unchanged,
            total.malformed,
            if args.dry_run { " (dry run: nothing was written)" } else { "" },
            undo.unwrap_or_default(),
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
