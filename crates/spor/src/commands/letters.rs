//! `spor letters`: the texts of the letters, checked and shown.

use std::path::Path;

use serde_json::{Value, json};
use spor_domain::ids::PersonRef;
use spor_domain::rules;
use spor_mail::compose::{self, ComposeError};
use spor_mail::digest::Language;
use spor_mail::reading;
use spor_mail::texts::{self, Fault, MAX_FILE_BYTES, Override, Sample, Texts};
use spor_scheduler::preview::Preview;

use super::run::{letter_language, scheduler_with};
use crate::args::{Letters, PreviewArgs};
use crate::context::{Context, instant};
use crate::output::{self, Rows};
use crate::report::{Exit, Report};
use crate::talk;

/// More files than this are no folder of texts.
const MAX_FILES: usize = 200;
/// More invented reminders than this show nothing new.
const MAX_ITEMS: usize = 1_000;

/// Checks and shows letters.
pub async fn run(context: &Context, args: Letters) -> Result<Exit, Report> {
    match args {
        Letters::Check => check(context),
        Letters::Preview(args) => preview(context, &args).await,
    }
}

/// The texts of the letters, with those of the configured folder in the place of the program's.
pub fn configured_texts(context: &Context) -> Result<Texts, Report> {
    let (texts, unread) = read_texts(context)?;
    for fault in unread.iter().chain(texts.faults()) {
        talk::warn(context, &format!("{fault}; {}", fault.next));
    }
    Ok(texts)
}

fn read_texts(context: &Context) -> Result<(Texts, Vec<Fault>), Report> {
    let Some(folder) = context.config.path("letters.templates") else {
        return Ok((Texts::built_in().clone(), Vec::new()));
    };
    let mut files = Vec::new();
    let mut unread = Vec::new();
    let mut languages = 0;
    for language in Language::ALL {
        let folder = folder.join(language.code());
        if folder.is_dir() {
            languages += 1;
            read_folder(language, &folder, (&mut files, &mut unread))?;
        }
    }
    if languages == 0 {
        return Err(Report::new(
            Exit::Usage,
            "letter_texts_missing",
            format!("{} holds neither a folder da nor a folder en", folder.display()),
            "letters.templates names the folder with texts of your own",
            "correct letters.templates, or make the folder; docs/letters.md describes it",
        ));
    }
    Ok((Texts::with(&files), unread))
}

fn read_folder(
    language: Language,
    folder: &Path,
    (files, unread): (&mut Vec<Override>, &mut Vec<Fault>),
) -> Result<(), Report> {
    let entries: Vec<_> = std::fs::read_dir(folder)?.take(MAX_FILES + 1).collect();
    if entries.len() > MAX_FILES {
        let what = format!("{} holds more than {MAX_FILES} files", folder.display());
        return Err(Report::usage(what, "leave nothing there but texts of letters"));
    }
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        // What editors and version control leave behind is no text.
        if !name.starts_with('.') && !name.ends_with('~') {
            names.push(name);
        }
    }
    names.sort();
    for file in names {
        let path = folder.join(&file);
        let too_long = std::fs::metadata(&path)?.len() > MAX_FILE_BYTES as u64;
        let what = match std::fs::read(&path).map(String::from_utf8) {
            _ if too_long => format!("it is longer than {MAX_FILE_BYTES} bytes"),
            Ok(Ok(text)) => {
                files.push(Override { language, file, text });
                continue;
            }
            Ok(Err(_)) => "it is not UTF-8".to_owned(),
            Err(error) => format!("it cannot be read: {error}"),
        };
        let next = "correct the file, or take it away".to_owned();
        unread.push(Fault { language, file, line: None, what, next });
    }
    Ok(())
}

fn check(context: &Context) -> Result<Exit, Report> {
    let (texts, unread) = read_texts(context)?;
    let checked = texts.check();
    let faults: Vec<&Fault> = unread.iter().chain(&checked.faults).collect();
    if output::is_for_programs(&context.global) {
        let rows = faults.iter().map(|fault| {
            json!({
                "language": fault.language.code(), "file": fault.file, "line": fault.line,
                "message": fault.what, "try": fault.next,
            })
        });
        let faults = rows.collect::<Vec<Value>>();
        output::json(&json!({ "letters": checked.letters, "faults": faults }))?;
    } else if faults.is_empty() {
        output::text(&format!("{} letters were written; nothing is wrong", checked.letters))?;
    } else {
        let mut rows = Rows::new(&["file", "line", "message", "try"]);
        for fault in &faults {
            let file = format!("{}/{}", fault.language.code(), fault.file);
            rows.push(vec![json!(file), json!(fault.line), json!(fault.what), json!(fault.next)]);
        }
        output::rows(&context.global, &rows)?;
    }
    Ok(if faults.is_empty() { Exit::Done } else { Exit::Partly })
}

async fn preview(context: &Context, args: &PreviewArgs) -> Result<Exit, Report> {
    let bytes = match &args.person {
        Some(person) => of_person(context, person, args.at.as_deref()).await?,
        None => Some(invented(context, args)?),
    };
    let Some(bytes) = bytes else {
        return Ok(Exit::Done);
    };
    let read = reading::read(&bytes).unwrap_or_default();
    let shown = match (args.html, args.eml) {
        (true, _) => read.html.into_bytes(),
        (_, true) => bytes,
        _ if output::is_for_programs(&context.global) => {
            let letter = json!({
                "subject": read.subject, "text": read.text, "html": read.html,
                "calendars": read.calendars,
            });
            output::json(&letter)?;
            return Ok(Exit::Done);
        }
        _ => {
            let calendars = read.calendars.join("\n").replace('\r', "");
            let rest = if calendars.is_empty() { calendars } else { format!("\n{calendars}") };
            format!("{}\n\n{}{rest}", read.subject, read.text).into_bytes()
        }
    };
    match &args.file {
        Some(file) => std::fs::write(file, &shown)?,
        None => output::text(&String::from_utf8_lossy(&shown))?,
    }
    Ok(Exit::Done)
}

/// A letter about nobody.
fn invented(context: &Context, args: &PreviewArgs) -> Result<Vec<u8>, Report> {
    let texts = configured_texts(context)?;
    let language = context.global.lang.map(Language::from);
    let language = language.unwrap_or_else(|| letter_language(&context.config));
    let sample = Sample { language, with_link: true };
    let header = sample.header();
    let written = match args.rule.as_deref() {
        Some("trial") => compose::trial(&texts, &header, language),
        Some("checkpoint") => compose::checkpoint(&texts, &sample.tree(), &header, language),
        rule => {
            let items = match rule {
                Some(rule) => vec![sample.item(known_rule(rule)?, args.level.into(), role(args)?)],
                None => sample.items(args.items.clamp(1, MAX_ITEMS)),
            };
            compose::compose(&texts, &sample.digest(items), &header, &[]).map(|letter| letter.bytes)
        }
    };
    written.map_err(unwritten)
}

fn known_rule(rule: &str) -> Result<&'static str, Report> {
    let found = rules::find(rule).map(|rule| rule.id);
    let others = || texts::rules().find(|(id, _)| *id == rule).map(|(id, _)| id);
    found.or_else(others).ok_or_else(|| {
        let next = "give one as R01, or trial or checkpoint; docs/rules.md lists them";
        let (what, because) = (format!("there is no rule {rule}"), "a letter is about a rule");
        Report::new(Exit::NotFound, "rule_not_found", what, because, next)
    })
}

fn role(args: &PreviewArgs) -> Result<&str, Report> {
    let is_known = texts::ROLES.contains(&args.role.as_str());
    let next = format!("give one of {}", texts::ROLES.join(", "));
    is_known
        .then_some(args.role.as_str())
        .ok_or_else(|| Report::usage(format!("no reminder goes to a {}", args.role), next))
}

/// The letter that a person would get from the store, if any.
async fn of_person(
    context: &Context,
    person: &str,
    at: Option<&str>,
) -> Result<Option<Vec<u8>>, Report> {
    let session = context.open_to_read().await?;
    let now = at.map_or(Ok(session.now), |at| instant(at, session.zone))?;
    let directory = session.memory.directory(spor_history::load::KnownAt::Everything).await?;
    let found = PersonRef::parse(person).ok().filter(|found| directory.person(found).is_some());
    let Some(found) = found else {
        let next = "`spor staff list` lists everybody";
        let what = format!("there is no person {person}");
        let because = "letters go to people of the directory";
        return Err(Report::new(Exit::NotFound, "person_not_found", what, because, next));
    };
    let scheduler = scheduler_with(context, &session, None)?;
    Ok(match scheduler.preview(&found, now).await? {
        Preview::Letter(bytes) => Some(bytes),
        Preview::Nothing => {
            output::text(&format!("nothing would go out to {person}"))?;
            None
        }
        Preview::Unreachable(why) => {
            output::text(&format!("nothing can go out to {person}: {why}"))?;
            None
        }
        Preview::Unwritten(why) => {
            let next = "`spor letters check` tries every text";
            let because = "what is in it stays planned and goes out once it can be written";
            return Err(Report::new(Exit::Usage, "letter_unwritten", why, because, next));
        }
    })
}

#[expect(clippy::needless_pass_by_value, reason = "it stands where map_err hands it over")]
fn unwritten(error: ComposeError) -> Report {
    let because = "a letter is written whole and within its limits, or not at all";
    let next = "`spor letters check` tries every text";
    Report::new(Exit::Usage, "letter_unwritten", error.to_string(), because, next)
}
