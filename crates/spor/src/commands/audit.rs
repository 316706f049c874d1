//! `spor audit`: nothing was altered, and how others can know it.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use spor_domain::ids::CaseRef;
use spor_history::stream;
use spor_store::note::{Note, PublicKey};
use spor_store::proof::Proof;
use spor_store::{Evidence, KeyFiles, Log, Open, Position, StoreError, Upto, hex};

use super::anchoring;
use crate::args::Audit;
use crate::context::Context;
use crate::report::{Exit, Report};
use crate::{output, talk};

/// A larger file is no note and no proof.
const MAX_BYTES: u64 = 1 << 30;

/// Verifies, signs, proves or checks.
pub async fn run(context: &Context, args: Audit) -> Result<Exit, Report> {
    match args {
        Audit::Verify { checkpoints, public_key } => {
            verify(context, &checkpoints, public_key.as_deref()).await
        }
        Audit::Checkpoint { file } => checkpoint(context, file.as_deref()).await,
        Audit::Prove { case, since, file } => {
            prove(context, case.as_deref(), since.as_deref(), file.as_deref()).await
        }
        Audit::CheckProof { file, public_key } => check_proof(context, &file, &public_key),
    }
}

/// The log alone: whoever checks needs no key that opens anything.
async fn open(context: &Context, mode: Open) -> Result<(Log, KeyFiles), Report> {
    let (location, keys) = context.location()?;
    Ok((Log::open_without_keys(&location, mode).await?, keys))
}

async fn verify(
    context: &Context,
    files: &[PathBuf],
    public_key: Option<&Path>,
) -> Result<Exit, Report> {
    let (log, keys) = open(context, Open::ReadOnly).await?;
    let notes = files.iter().map(|file| read_note(file));
    let notes: Vec<Note> = notes.collect::<Result<_, _>>()?;
    let public_key = match public_key {
        Some(path) => Some(PublicKey::open(path)?),
        None => trusted(&log, &keys, &notes).await?,
    };
    let evidence = Evidence { public_key, notes };
    let progress = talk::progress(context, "entries checked");
    let shown = progress.clone();
    let on_progress = move |at: Position| shown.set_position(at.get().unsigned_abs());
    let verified = log.verify_against(&evidence, on_progress).await;
    progress.finish_and_clear();
    let verified = verified?;
    let root = hex(&verified.root);
    let given: Vec<_> = files
        .iter()
        .zip(&evidence.notes)
        .map(|(file, note)| (file.display().to_string(), note.checkpoint.size))
        .map(|(file, size)| (file, size, verified.events - size))
        .collect();
    if output::is_for_programs(&context.global) {
        let given = given
            .iter()
            .map(|(file, size, later)| json!({"file": file, "entries": size, "came_later": later}));
        output::json(&json!({
            "outcome": "ok", "entries": verified.events, "root": root,
            "checkpoints": verified.checkpoints, "given": given.collect::<Vec<_>>(),
        }))?;
        return Ok(Exit::Done);
    }
    let mut text = format!(
        "ok: {} entries, nothing was altered\nroot {root}\n{} saved checkpoints agree",
        verified.events, verified.checkpoints
    );
    for (file, size, later) in given {
        let _ = write!(text, "\n{file}: the same {size} entries; {later} came later");
    }
    output::text(&text)?;
    Ok(Exit::Done)
}

/// The key beside the store, which must be there when anything is signed.
async fn trusted(log: &Log, keys: &KeyFiles, notes: &[Note]) -> Result<Option<PublicKey>, Report> {
    match PublicKey::open(&keys.public()) {
        Ok(key) => Ok(Some(key)),
        Err(StoreError::KeyFileMissing { .. })
            if notes.is_empty() && log.last_checkpoint().await?.is_none() =>
        {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

async fn checkpoint(context: &Context, file: Option<&Path>) -> Result<Exit, Report> {
    let (log, keys) = open(context, Open::ReadWrite).await?;
    let signed = anchoring::sign(context, &log).await;
    log.close().await?;
    let signed = signed?;
    let public_key = PublicKey::open(&keys.public())?.to_string();
    if let Some(file) = file {
        fs::write(file, &signed.note)?;
    }
    if output::is_for_programs(&context.global) {
        output::json(&json!({
            "entries": signed.position.get(), "root": hex(&signed.root),
            "signed_at": signed.signed_at, "note": signed.note, "public_key": public_key,
        }))?;
    } else {
        talk::say(context, &format!("public key: {public_key}"));
        output::text(&signed.note)?;
    }
    Ok(Exit::Done)
}

async fn prove(
    context: &Context,
    case: Option<&str>,
    since: Option<&Path>,
    file: Option<&Path>,
) -> Result<Exit, Report> {
    let (log, keys) = open(context, Open::ReadOnly).await?;
    let case = case.map(CaseRef::parse).transpose().map_err(|_| {
        Report::usage("this is no reference of a case", "give it as in SPOR-2025-0101")
    })?;
    let streams: Vec<_> =
        case.iter().flat_map(|case| [stream::of_case(case), stream::of_reminders(case)]).collect();
    let since = since.map(read_text).transpose()?;
    let slices = log.read_streams(&streams, Upto::Everything).await?;
    let newest = slices.iter().flat_map(|slice| &slice.events).map(|event| event.position).max();
    if let (Some(case), None) = (&case, newest) {
        return Err(Report::case_not_found(case.as_str(), false));
    }
    let covered = log.last_checkpoint().await?;
    let needed = since.as_deref().map(str::parse::<Note>).transpose()?;
    let needed = needed.map(|note| i64::try_from(note.checkpoint.size).unwrap_or(i64::MAX));
    let needed = newest.max(needed.map(Position::new)).unwrap_or_default();
    let checkpoint = if let Some(saved) = covered.filter(|saved| saved.position >= needed) {
        saved
    } else {
        let (writing, _) = open(context, Open::ReadWrite).await?;
        let signed = anchoring::sign(context, &writing).await;
        writing.close().await?;
        signed?
    };
    let proof = log.prove(&streams, &checkpoint, since.as_deref()).await?;
    log.close().await?;
    // What does not hold here would not hold elsewhere.
    proof.check(&PublicKey::open(&keys.public())?)?;
    let mut text = proof.to_json();
    text.push('\n');
    match file {
        Some(file) => fs::write(file, text)?,
        None => output::text(&text)?,
    }
    Ok(Exit::Done)
}

fn check_proof(context: &Context, file: &Path, public_key: &Path) -> Result<Exit, Report> {
    let key = PublicKey::open(public_key)?;
    let text = read_text(file)?;
    let text = super::reminders::proof::proof_of_notice(&text)?.unwrap_or(text);
    let proven = Proof::parse(&text)?.check(&key)?;
    let root = hex(&proven.root);
    if output::is_for_programs(&context.global) {
        output::json(&json!({
            "outcome": "proven", "log": proven.origin, "entries": proven.size, "root": root,
            "streams": proven.streams, "earlier": proven.earlier,
            "last_recorded_at": proven.last_recorded_at,
        }))?;
        return Ok(Exit::Done);
    }
    let mut text = format!("proven for the log {} of {} entries", proven.origin, proven.size);
    for (stream, events) in &proven.streams {
        let _ = write!(text, "\n  {stream}: its first {events} entries");
    }
    if let Some(earlier) = proven.earlier {
        let _ = write!(text, "\n  it begins with the {earlier} entries of the earlier checkpoint");
    }
    output::text(&format!("{text}\nroot {root}"))?;
    Ok(Exit::Done)
}

fn read_note(file: &Path) -> Result<Note, Report> {
    Ok(read_text(file)?.parse()?)
}

/// A text file; a mail program may have ended its lines in its own way.
fn read_text(file: &Path) -> Result<String, Report> {
    let named = |error: std::io::Error| {
        Report::usage(format!("{}: {error}", file.display()), "check the path")
    };
    if fs::metadata(file).map_err(named)?.len() > MAX_BYTES {
        return Err(Report::usage(format!("{} is too large", file.display()), "check the path"));
    }
    Ok(fs::read_to_string(file).map_err(named)?.replace("\r\n", "\n"))
}
