//! `spor erase`: a person, or one part of one entry, is destroyed for ever.

use std::fs::File;
use std::io::{self, BufRead, IsTerminal, Write};

use chrono::Days;
use serde_json::{Map, Value, json};
use spor_casework::execute::{Mode, Outcome, Wish};
use spor_domain::door;
use spor_domain::ids::CaseRef;
use spor_projections::erasing::Certificate;
use spor_store::{KeyStatus, Upto};

use crate::args::Erase;
use crate::context::{Context, Session};
use crate::output;
use crate::report::{Exit, Report};
use crate::talk;

/// How often the person types the case's reference.
const QUESTIONS: [&str; 2] = ["type the case's reference to go on", "once more"];

/// Erases, and answers with the certificate.
pub async fn run(context: &Context, args: Erase) -> Result<Exit, Report> {
    let session = context.open().await?;
    let case = super::case::reference(&args.case)?;
    let line = door::parse_fields(fields(&args, &case, &session))?;
    let wish = Wish::new(line.command);
    let casework = session.casework();
    let now = session.present();
    let decided = casework.execute(&session.actor, &wish, &now, Mode::DryRun).await?;
    if let Some(entry) = &args.entry {
        check_part(&session, &case, entry, &args.part).await?;
    }
    match decided {
        Outcome::Refused(rejection) => return Err(Report::refused(&rejection, context.language)),
        Outcome::Unchanged => talk::say(context, "it was erased already"),
        Outcome::WouldRecord { .. } | Outcome::Recorded(_) if args.dry_run => {
            output::json(&json!({"outcome": "would_erase", "case": case.to_string()}))?;
            return Ok(Exit::Done);
        }
        Outcome::WouldRecord { .. } | Outcome::Recorded(_) => {
            let mut paper = paper(&args)?;
            confirm(&args, &case)?;
            let outcome = casework.execute(&session.actor, &wish, &now, Mode::Write).await?;
            if let Outcome::Refused(rejection) = outcome {
                return Err(Report::refused(&rejection, context.language));
            }
            return finish(context, session, &case, paper.as_mut()).await;
        }
    }
    let mut paper = if args.dry_run { None } else { paper(&args)? };
    finish(context, session, &case, paper.as_mut()).await
}

fn fields(args: &Erase, case: &CaseRef, session: &Session) -> Map<String, Value> {
    let (kind, basis) = match args.entry {
        Some(_) => ("EntryErased", "basis"),
        None => ("PersonalDataErased", "legal_basis"),
    };
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("type", json!(kind));
    put("case", json!(case.as_str()));
    put("date", json!(session.today()));
    put(basis, json!(args.legal_basis));
    put("decided_by", json!(args.decided_by));
    put("approved_by", json!(args.approved_by));
    match &args.entry {
        Some(entry) => {
            put("entry", json!(entry));
            put("part", json!(args.part));
        }
        None => {
            put("compartments", json!(args.compartments));
        }
    }
    fields
}

/// An entry without such a part has nothing that could be erased.
async fn check_part(
    session: &Session,
    case: &CaseRef,
    entry: &str,
    part: &str,
) -> Result<(), Report> {
    let stream = spor_history::stream::of_case(case);
    let slices = session.store.read_streams(&[stream], Upto::Everything).await?;
    let mut events = slices.into_iter().flat_map(|slice| slice.events);
    let is_named =
        |body: &str| spor_domain::event::entry_id(body).is_some_and(|id| id.as_str() == entry);
    let found = events.find(|event| is_named(&event.body) || event.id.to_string() == entry);
    match found {
        Some(event) if !event.parts.iter().any(|sealed| sealed.name == part) => Err(Report::new(
            Exit::NotFound,
            "part_not_found",
            format!("the entry {entry} has no sealed part {part}"),
            "only what is sealed can be erased",
            "see the entry with `spor case timeline`",
        )),
        Some(_) | None => Ok(()),
    }
}

/// The file of the certificate, made before anything is destroyed.
fn paper(args: &Erase) -> Result<Option<File>, Report> {
    Ok(args.file.as_ref().map(File::create_new).transpose()?)
}

/// Asks twice on a terminal; elsewhere `--yes` must have been said.
fn confirm(args: &Erase, case: &CaseRef) -> Result<(), Report> {
    if args.yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        let next = "add --yes, or erase on a terminal";
        return Err(Report::usage("nobody can be asked here", next));
    }
    talk::ask(&format!("what is sealed in {case} will be destroyed and can never be read again"));
    for question in QUESTIONS {
        talk::ask(&format!("{question}:"));
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        if answer.trim() != case.as_str() {
            let next = "type the reference exactly, or leave it";
            return Err(Report::usage("that was not the case's reference; nothing erased", next));
        }
    }
    Ok(())
}

async fn finish(
    context: &Context,
    session: Session,
    case: &CaseRef,
    paper: Option<&mut File>,
) -> Result<Exit, Report> {
    let runner = session.runner();
    let finished = runner.finish_erasures(session.now).await?;
    let certificates = Certificate::of(&session.memory, case).await?;
    let (_, files) = context.location()?;
    let keys = session.store.key_status(&files).await?;
    session.close().await?;
    let told: Vec<Value> = certificates.iter().map(|one| with_dates(context, one, &keys)).collect();
    let text = if output::is_for_programs(&context.global) {
        format!("{}\n", Value::Array(told))
    } else {
        told.iter().map(in_words).collect::<Vec<_>>().join("\n")
    };
    output::text(text.trim_end())?;
    if let Some(paper) = paper {
        paper.write_all(text.as_bytes()).and_then(|()| paper.sync_all())?;
    }
    if finished.left > 0 {
        talk::warn(
            context,
            "a letter is on its way or a reader is busy: the rest follows by itself",
        );
        return Ok(Exit::Partly);
    }
    Ok(Exit::Done)
}

/// The certificate with the days on which the last copies die. A copy of a destroyed key opens until
/// the key-encryption key of its epoch is gone.
fn with_dates(context: &Context, one: &Certificate, keys: &KeyStatus) -> Value {
    let last = one.keys_destroyed.iter().max_by_key(|key| key.destroyed_at);
    let since = last.map(|key| key.destroyed_at).or(one.finished_at).unwrap_or(one.recorded_at);
    let after =
        |key: &str| since.date_naive().checked_add_days(Days::new(context.config.number(key)));
    let wrapped_in = one.keys_destroyed.iter().map(|key| key.epoch).max();
    let next = keys.epochs.iter().find(|epoch| wrapped_in.is_some_and(|last| epoch.epoch > last));
    let is_due = wrapped_in.is_some() && next.is_none();
    let mut told = json!(one);
    told["key_rotation_due"] = json!(is_due.then(|| after("keys.rotate_within_days")));
    told["key_rotated_at"] = json!(next.map(|epoch| epoch.begun_at));
    told["last_backup_dies_on"] = json!(after("backup.retention_days"));
    told
}

/// The lines of the paper, in this order.
const LINES: [&str; 19] = [
    "store",
    "case",
    "erased",
    "what",
    "legal_basis",
    "decided_by",
    "approved_by",
    "decided_on",
    "recorded_by",
    "recorded_at",
    "position",
    "event",
    "keys_destroyed",
    "finished_at",
    "root_before",
    "root_after",
    "key_rotation_due",
    "key_rotated_at",
    "last_backup_dies_on",
];

/// One line a fact, for paper.
fn in_words(told: &Value) -> String {
    let mut paper = "Certificate of erasure\n".to_owned();
    for name in LINES.into_iter().filter(|name| !told[*name].is_null()) {
        let line = format!("{name:<20} {}\n", output::shown(&told[name]));
        paper.push_str(&line);
    }
    paper
}
