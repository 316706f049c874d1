//! Words for what comes in and goes out: files of entries, rows and single cases.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::AsOf;

/// `spor import`
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:\n  spor import journal.ndjson --dry-run --report report.ndjson\n  spor import --format cases-csv sager.csv\n  spor import undo 0199d2c4-8f7e-7c31-9a55-2f6f0c1b7e10 --dry-run"
)]
pub struct Import {
    /// Take an import back.
    #[command(subcommand)]
    pub undo: Option<Undo>,
    /// The files; `-` reads stdin
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// What the files hold
    #[arg(long, value_enum, default_value_t = ImportFormat::Journal)]
    pub format: ImportFormat,
    /// Decide every line, write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Write the outcome of each line to this file
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Take what can be understood although some lines cannot
    #[arg(long)]
    pub keep_going: bool,
    /// Decide lines again that were refused before
    #[arg(long)]
    pub retry_refused: bool,
    /// Rows that are not brought in, each with the reason [default: FILE.fejl.csv]
    #[arg(long, value_name = "FILE")]
    pub errors: Option<PathBuf>,
    /// The system that rows come from; with the row's own number it makes a repeat harmless
    #[arg(long, value_name = "NAME", default_value = "csv")]
    pub source: String,
    /// The day on which imported cases begin here [default: today]
    #[arg(long, value_name = "DATE")]
    pub date: Option<String>,
    /// What is other here than in the handover file: case=…, caseworker=…, mentor=…
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub changed: Vec<String>,
}

/// `spor import undo`
#[derive(Debug, Subcommand)]
pub enum Undo {
    /// Take back everything that one import brought, by retractions: history stays
    Undo {
        /// The batch that the import named
        batch: String,
        /// Also cases that people have worked on since
        #[arg(long)]
        force: bool,
        /// List what would be taken back, write nothing
        #[arg(long)]
        dry_run: bool,
    },
}

/// What an import file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImportFormat {
    /// One JSON object a line
    Journal,
    /// One case a row, as a spreadsheet writes it
    CasesCsv,
    /// One session a row, as a spreadsheet writes it
    SessionsCsv,
    /// A case that another municipality handed over: `spor export case --audience municipality`
    Handover,
}

/// `spor export`
#[derive(Debug, Subcommand)]
pub enum Export {
    /// Every entry as a journal that `spor import` takes
    Journal {
        /// The file [default: stdout]
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Every table and report, one CSV file each
    #[command(after_help = "Example:\n  spor export tables tabeller --csv-dialect da")]
    Tables {
        /// The folder; made when it is not there, and nothing in it is overwritten
        folder: PathBuf,
        /// When.
        #[command(flatten)]
        when: AsOf,
    },
    /// One case, to be read by people and by programs
    #[command(
        after_help = "Examples:\n  spor export case SPOR-2025-0101 --audience parents --lang da\n  spor export case SPOR-2025-0101 --audience municipality -f handover.json"
    )]
    Case {
        /// The case
        case: String,
        /// Who will read it
        #[arg(long, value_enum, default_value_t = Audience::Case)]
        audience: Audience,
        /// The JSON file; the readable text goes beside it [default: stdout]
        #[arg(short, long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

/// Who reads an exported case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Audience {
    /// Whoever may read all of it
    Case,
    /// Parents: nothing of the confidential room
    Parents,
    /// The archive: with actors, times and places in the log
    Archive,
    /// The municipality that the family moved to
    Municipality,
}
