//! The words of the command line: noun, verb, flags. What they do stands in `commands/`.

mod asking;
mod bouncing;
mod directory;
mod erasing;
mod foreseeing;
mod letters;
mod moving;
mod reminding;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use asking::{
    AsOf, Audit, Case, ConfigCommand, Query, Question, Reminders, Replay, SchedulerCommand,
    StoreCommand,
};
pub(crate) use bouncing::Bounces;
pub(crate) use directory::{Group, OfPerson, Policy, Staff, StaffAdd};
pub(crate) use erasing::{Erase, Keys};
pub(crate) use foreseeing::{By, Forecast, Preview, SilenceAudit};
pub(crate) use letters::{Letters, PreviewArgs};
pub(crate) use moving::{Audience, Export, Import, ImportFormat, Undo};
pub(crate) use reminding::{
    Acknowledge, Acting, Effect, LedgerRows, OutboxRows, Pause, ReleaseAddress, Resume, Snooze,
};

const EXAMPLES: &str = "\
Examples:
  spor demo                                    see it all at once, with invented people
  spor init                                    make a store here
  spor session SPOR-2025-0101 60m --by M-01    log a session
  spor query deadlines --where 'status=overdue'
  spor replay SPOR-2025-0101 --as-of 2025-08-30

Exit codes: `spor help exit-codes`.";

/// Keeps the history of mentor cases and makes sure that nobody is forgotten.
#[derive(Debug, Parser)]
#[command(name = "spor", version, long_version = crate::VERSION, after_help = EXAMPLES,
    disable_help_subcommand = true)]
pub struct Cli {
    /// What applies to every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The store: a file or a database
    #[arg(long, global = true, value_name = "sqlite:PATH|postgres://USER@HOST/DATABASE")]
    pub store: Option<String>,
    /// The configuration file [default: spor.toml, where it exists]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How answers are written
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Table)]
    pub output: Format,
    /// CSV for a spreadsheet program: `da` has semicolons, decimal commas and a mark of UTF-8
    #[arg(long, global = true, value_enum, default_value_t = CsvDialect::Plain)]
    pub csv_dialect: CsvDialect,
    /// The language of answers
    #[arg(long, global = true, value_enum)]
    pub lang: Option<Lang>,
    /// No colours, also on a terminal
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Say less
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more; twice for still more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Who acts: in a sandbox the actor, else the person on whose behalf
    #[arg(long = "as", global = true, value_name = "PERSON")]
    pub as_person: Option<String>,
    /// Why this is done; sealed and kept with the commit
    #[arg(long, global = true, value_name = "TEXT")]
    pub reason: Option<String>,
    /// What time it is: 2025-08-30 or 2025-08-30T06:30:00Z (sandbox only)
    #[arg(long, global = true, value_name = "INSTANT")]
    pub clock: Option<String>,
}

/// How answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// One JSON document
    Json,
    /// One JSON object a line
    Ndjson,
    /// Comma separated, safe against formulas
    Csv,
    /// A workbook for Excel; send it to a file: `-o xlsx > table.xlsx`
    Xlsx,
    /// A Markdown table
    Markdown,
}

/// Which CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CsvDialect {
    /// Commas, decimal points
    Plain,
    /// Semicolons, decimal commas, UTF-8 with a mark
    Da,
}

/// Which language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// Dansk
    Da,
    /// English
    En,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a store, its keys and a configuration file
    #[command(after_help = "Example:\n  spor init --sandbox --store sqlite:trial.db")]
    Init(Init),
    /// A sandbox of invented cases, a local mail sink and one round of the scheduler
    Demo(Demo),
    /// Record one fact by its catalogue name; `spor record --help` lists the types
    #[command(disable_help_flag = true)]
    Record(Record),
    /// Log a session: spor session SPOR-2025-0101 60m --by M-01
    Session(Session),
    /// Log a follow-up: spor follow-up SPOR-2025-0101 --with caseworker,mentor,youth
    FollowUp(FollowUp),
    /// Take in a journal of facts, or rows of a spreadsheet
    Import(Import),
    /// Give out what the store holds
    #[command(subcommand)]
    Export(Export),
    /// Look at cases
    #[command(subcommand)]
    Case(Case),
    /// Ask any table; without a name it lists them
    Query(Query),
    /// What is due, what was sent, and why
    #[command(subcommand)]
    Reminders(Reminders),
    /// The texts of the letters
    #[command(subcommand)]
    Letters(Letters),
    /// What mail servers report of letters later
    #[command(subcommand)]
    Bounces(Bounces),
    /// The directory of people
    #[command(subcommand)]
    Staff(Staff),
    /// Groups of young people
    #[command(subcommand)]
    Group(Group),
    /// The municipality's settings, dated
    #[command(subcommand)]
    Policy(Policy),
    /// The case as it was known, entry by entry
    Replay(Replay),
    /// Prove that nothing was altered
    #[command(subcommand)]
    Audit(Audit),
    /// Projections and scheduler until stopped
    Run,
    /// The scheduler by hand
    #[command(subcommand)]
    Scheduler(SchedulerCommand),
    /// The store itself
    #[command(subcommand)]
    Store(StoreCommand),
    /// The keys of what is sealed
    #[command(subcommand)]
    Keys(Keys),
    /// Destroy what is sealed about a person, for ever
    Erase(Erase),
    /// Check everything that can be checked from here
    Doctor,
    /// The effective configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Manual pages into a folder
    Man {
        /// The folder
        dir: PathBuf,
    },
    /// Help on a command, or on `exit-codes`
    Help {
        /// The command, or exit-codes
        topic: Option<String>,
    },
}

/// `spor init`
#[derive(Debug, Args)]
pub struct Init {
    /// A store for trying out and training: recorded time may come from the input
    #[arg(long)]
    pub sandbox: bool,
    /// The code of the municipality
    #[arg(long, value_name = "CODE")]
    pub municipality: Option<String>,
}

/// `spor demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// Where to put the sandbox
    #[arg(default_value = "demo")]
    pub dir: PathBuf,
    /// How many cases
    #[arg(long, default_value_t = 200)]
    pub cases: u32,
    /// About how many entries in all
    #[arg(long, default_value_t = 24_000)]
    pub entries: u64,
    /// The seed; the same seed gives the same cases
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Only write the journal of the invented cases to this file
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
}

/// Flags of every command that writes one entry.
#[derive(Debug, Clone, Args)]
pub struct Writing {
    /// The day it happened [default: today]
    #[arg(long, value_name = "DATE")]
    pub date: Option<String>,
    /// The entry's own reference, for later corrections
    #[arg(long, value_name = "ENTRY")]
    pub id: Option<String>,
    /// Decide and print, write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// A repeat with the same key changes nothing and gives the first answer
    #[arg(long, value_name = "KEY")]
    pub idempotency_key: Option<String>,
}

/// `spor record`
#[derive(Debug, Args)]
pub struct Record {
    /// The type: `session-held` or `SessionHeld`
    pub kind: Option<String>,
    /// The case
    #[arg(long, value_name = "REF")]
    pub case: Option<String>,
    /// The person, for entries of the staff directory
    #[arg(long, value_name = "REF")]
    pub person: Option<String>,
    /// The group, for entries of a group
    #[arg(long, value_name = "REF")]
    pub group: Option<String>,
    /// The entry as a JSON object; `-` reads it from stdin
    #[arg(long, value_name = "JSON")]
    pub json: Option<String>,
    /// What every written entry takes.
    #[command(flatten)]
    pub writing: Writing,
    /// The fields: key=value
    #[arg(value_name = "KEY=VALUE")]
    pub fields: Vec<String>,
    /// The fields of the type, with an example
    #[arg(short, long)]
    pub help: bool,
}

/// `spor session`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  spor session SPOR-2025-0101 60m --by M-01\n  spor session SPOR-2025-0101 1h30m --by M-01 --track T2 --form outreach --date 2025-03-12"
)]
pub struct Session {
    /// The case
    pub case: String,
    /// How long: 60m, 1h30m, 90
    pub length: String,
    /// Who held it
    #[arg(long, value_name = "PERSON")]
    pub by: String,
    /// Which track, when several are active
    #[arg(long)]
    pub track: Option<String>,
    /// `one_to_one`, `group` or `outreach`
    #[arg(long, default_value = "one_to_one")]
    pub form: String,
    /// What was done, separated by commas
    #[arg(long, value_delimiter = ',')]
    pub activities: Vec<String>,
    /// What every written entry takes.
    #[command(flatten)]
    pub writing: Writing,
}

/// `spor follow-up`
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  spor follow-up SPOR-2025-0101 --with caseworker,mentor,youth --outcome continue"
)]
pub struct FollowUp {
    /// The case
    pub case: String,
    /// Who was there: caseworker,mentor,youth,volunteer
    #[arg(long, value_delimiter = ',', required = true)]
    pub with: Vec<String>,
    /// continue, adjust or end
    #[arg(long, default_value = "continue")]
    pub outcome: String,
    /// Why the young person was not there: `declined`, `no_show`, `ill`, `other`
    #[arg(long)]
    pub youth_absence: Option<String>,
    /// The goals looked at
    #[arg(long, value_delimiter = ',')]
    pub goals: Vec<String>,
    /// What every written entry takes.
    #[command(flatten)]
    pub writing: Writing,
}
