//! `spor demo`: a sandbox of invented cases, a local mail sink, one round of the scheduler.
//!
//! Everything goes the way a municipality's data goes: a journal is imported by the rules, the
//! tables are folded from the log, the letters are handed to an SMTP server on this machine.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use chrono::{NaiveDate, NaiveTime};
use spor_casework::found;
use spor_casework::invented::{self, Plan};
use spor_domain::calendar;
use spor_mail::relay::Security;
use spor_mail::sink::{Kept, Sink};
use spor_store::{Kind, Store, StoreId};

use super::run::{relay_to, scheduler_with, tell};
use super::{import, query, replay};
use crate::args::{self, AsOf, Demo, Format, Global, Question};
use crate::context::{Context, ids, new_id, wall_clock};
use crate::report::{Exit, Report};
use crate::{output, talk};

/// The invented cases run over eighteen months up to the day before the demo's today.
const FROM: NaiveDate = NaiveDate::from_ymd_opt(2025, 5, 19).expect("a day of the calendar");
/// The last day of the journal.
const TO: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 19).expect("a day of the calendar");
/// The demo's today, a Friday: constant, so that everybody sees the same.
const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 20).expect("a day of the calendar");
/// A letter of this length can be taken in at a glance.
const READABLE_BYTES: usize = 2_400;
/// The first line of the configuration that a demo writes, by which it knows its own folder.
const MARK: &str = "# A sandbox made by `spor demo`; another demo in this folder replaces it.";
/// What another demo in this folder replaces.
const FILES: [&str; 7] =
    ["spor.db", "spor.db-wal", "spor.db-shm", "spor.keys", "spor.kek", "spor.sign", "spor.pub"];

/// Makes and shows the sandbox.
pub async fn run(context: &Context, args: Demo) -> Result<Exit, Report> {
    let plan =
        Plan { seed: args.seed, cases: args.cases, events: args.entries, from: FROM, to: TO };
    if let Some(path) = &args.journal {
        let lines = write_journal(&plan, path)?;
        talk::say(context, &format!("{lines} entries in {}", path.display()));
        return Ok(Exit::Done);
    }
    let dir = &args.dir;
    make_room(dir)?;
    let context = &sandbox(context, dir)?;
    let journal = dir.join("journal.ndjson");
    let lines = write_journal(&plan, &journal)?;
    heading(&format!("{} invented cases, {lines} entries, 18 months", args.cases))?;
    create(context).await?;
    import::run(context, import_of(&journal)).await?;
    deadlines(context).await?;
    let letters = round(context).await?;
    show_letters(context, &letters)?;
    one_replay(context).await?;
    next(dir)?;
    Ok(Exit::Done)
}

/// A folder that is empty, new, or an earlier demo's.
fn make_room(dir: &Path) -> Result<(), Report> {
    let config = std::fs::read_to_string(dir.join("spor.toml")).unwrap_or_default();
    if config.starts_with(MARK) {
        for name in FILES {
            if dir.join(name).exists() {
                std::fs::remove_file(dir.join(name))?;
            }
        }
    }
    std::fs::create_dir_all(dir)?;
    Ok(())
}

/// A context whose store and configuration lie in the demo's folder.
fn sandbox(context: &Context, dir: &Path) -> Result<Context, Report> {
    if dir.join("spor.db").exists() {
        return Err(Report::new(
            Exit::Usage,
            "store_exists",
            format!("{} holds a store already", dir.display()),
            "a demo never overwrites a store that it did not make",
            "name another folder: spor demo DIR",
        ));
    }
    let config = dir.join("spor.toml");
    std::fs::write(&config, format!("{MARK}\n[store]\nurl = \"sqlite:spor.db\"\n"))?;
    let now = calendar::instant_at(TODAY, morning(), chrono_tz::Europe::Copenhagen);
    let global = Global {
        store: None,
        config: Some(config),
        clock: Some(now.to_rfc3339()),
        output: Format::Table,
        ..context.global.clone()
    };
    Context::new(global)
}

fn morning() -> NaiveTime {
    NaiveTime::from_hms_opt(7, 0, 0).expect("seven in the morning exists")
}

fn write_journal(plan: &Plan, path: &Path) -> Result<u64, Report> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut lines = 0;
    for line in invented::journal(plan) {
        file.write_all(line.as_bytes())?;
        file.write_all(b"\n")?;
        lines += 1;
    }
    file.flush()?;
    Ok(lines)
}

async fn create(context: &Context) -> Result<(), Report> {
    let (location, keys) = context.location()?;
    let id = StoreId::new(new_id());
    let genesis = found::genesis(id, Kind::Sandbox, "A", &ids(), wall_clock());
    Store::create(&location, &keys, genesis).await?.close().await?;
    Ok(())
}

fn import_of(journal: &Path) -> args::Import {
    args::Import {
        files: vec![journal.to_owned()],
        format: args::ImportFormat::Journal,
        dry_run: false,
        report: None,
        keep_going: false,
        retry_refused: false,
        undo: None,
        errors: None,
        source: String::new(),
        date: None,
        changed: Vec::new(),
    }
}

fn question(condition: &str, sort: &str, columns: &str, limit: usize) -> Question {
    Question {
        condition: Some(condition.to_owned()),
        sort: Some(sort.to_owned()),
        columns: Some(columns.to_owned()),
        limit: Some(limit),
        ..Question::default()
    }
}

async fn deadlines(context: &Context) -> Result<(), Report> {
    heading(&format!("overdue on {TODAY}, the oldest first"))?;
    let columns = "case,administration,rule,name,due,days,level";
    query::ask(context, "deadlines", &question("status=overdue", "due", columns, 12)).await?;
    heading("due soon")?;
    query::ask(context, "deadlines", &question("status=due_soon", "due", columns, 8)).await?;
    Ok(())
}

/// One round of the scheduler into a mail sink on this machine.
async fn round(context: &Context) -> Result<Vec<Kept>, Report> {
    heading("one round of the scheduler")?;
    let sink = Sink::start().await?;
    let session = context.open().await?;
    let relay = relay_to("127.0.0.1", sink.address().port(), Security::None)?;
    let scheduler = scheduler_with(context, &session, Some(relay))?;
    let ticked = scheduler.tick(session.now).await?;
    tell(context, &ticked)?;
    Ok(sink.letters())
}

fn show_letters(context: &Context, letters: &[Kept]) -> Result<(), Report> {
    heading(&format!("{} letters, as the mail server received them", letters.len()))?;
    let mut rows = output::Rows::new(&["to", "subject"]);
    for letter in letters.iter().take(10) {
        rows.push(vec![letter.to.join(", ").into(), letter.subject().into()]);
    }
    output::rows(&context.global, &rows)?;
    // One with something of every kind, yet short enough to read.
    let readable = letters.iter().filter(|letter| letter.readable().len() <= READABLE_BYTES);
    if let Some(letter) = readable.max_by_key(|letter| letter.readable().len()) {
        heading("one of them in full")?;
        output::text(&letter.readable())?;
    }
    Ok(())
}

/// The case whose follow-up is longest overdue, replayed.
async fn one_replay(context: &Context) -> Result<(), Report> {
    let longest = question("rule=R01 and status=overdue", "due", "case", 1);
    let Some(case) = query::first(context, "deadlines", &longest).await? else {
        return Ok(());
    };
    heading(&format!("replay of {case}: the last entries, who recorded them, what they changed"))?;
    let now = || AsOf { as_of: None, known_at: None };
    let entries =
        args::Replay { case: case.clone(), when: now(), diff: None, step: false, last: Some(8) };
    replay::run(context, entries).await?;
    heading(&format!("and how {case} differs from six weeks ago"))?;
    let six_weeks_ago = calendar::days_before(TODAY, 42).to_string();
    let diff = Some(vec![six_weeks_ago, TODAY.to_string()]);
    replay::run(context, args::Replay { case, when: now(), diff, step: false, last: None }).await?;
    Ok(())
}

fn heading(text: &str) -> Result<(), Report> {
    output::text(&format!("\n── {text}"))
}

fn next(dir: &Path) -> Result<(), Report> {
    let config = dir.join("spor.toml");
    let config = config.display();
    let program = std::env::args().next().unwrap_or_else(|| "spor".to_owned());
    let spor = format!("{program} --config {config}");
    output::text(&format!(
        "\n── next\n\
         {spor} query deadlines --where 'status=overdue and level=critical'\n\
         {spor} reminders list --case SPOR-2025-0010\n\
         {spor} audit verify"
    ))
}
