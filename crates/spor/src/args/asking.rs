//! The words of questions: cases, tables, reminders, replay, audit, the store itself.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::reminding::{
    Acknowledge, Effect, LedgerRows, OutboxRows, Pause, ReleaseAddress, Resume, Snooze,
};

/// A day and a moment of knowledge.
#[derive(Debug, Clone, Default, Args)]
pub struct AsOf {
    /// The day asked for, its end included [default: today]
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<String>,
    /// With what was recorded up to then: a date, an instant or `now` [default: the same day]
    #[arg(long, value_name = "DATE|INSTANT|now")]
    pub known_at: Option<String>,
}

/// `spor case`
#[derive(Debug, Subcommand)]
pub enum Case {
    /// Every case in a line
    List(Question),
    /// One case, as of a day, as known at a moment
    Show {
        /// The case
        case: String,
        /// When.
        #[command(flatten)]
        when: AsOf,
    },
    /// Every entry of a case in the order of the days
    Timeline {
        /// The case
        case: String,
        /// When.
        #[command(flatten)]
        when: AsOf,
    },
}

/// What `case list` and `query` share.
#[derive(Debug, Clone, Default, Args)]
pub struct Question {
    /// Which rows: status=overdue and (administration=employment or days>14)
    #[arg(long = "where", value_name = "CONDITION")]
    pub condition: Option<String>,
    /// In which order: due,-days
    #[arg(long, value_name = "COLUMNS", allow_hyphen_values = true)]
    pub sort: Option<String>,
    /// Which columns, separated by commas
    #[arg(long, value_name = "COLUMNS")]
    pub columns: Option<String>,
    /// Count the rows that are alike in these columns
    #[arg(long, value_name = "COLUMNS", conflicts_with = "columns")]
    pub group_by: Option<String>,
    /// At most so many rows
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// When.
    #[command(flatten)]
    pub when: AsOf,
}

/// `spor query`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  spor query\n  spor query deadlines --describe\n  spor query deadlines --where 'status=overdue and rule=R01' --sort due --limit 20\n  spor query deadlines --where 'status=overdue' --group-by administration,rule\n  spor query cases --as-of 2025-06-30 --known-at now -o csv"
)]
pub struct Query {
    /// The table
    pub table: Option<String>,
    /// The columns, their kinds and what they mean
    #[arg(long)]
    pub describe: bool,
    /// What to ask.
    #[command(flatten)]
    pub question: Question,
}

/// `spor reminders`
#[derive(Debug, Subcommand)]
pub enum Reminders {
    /// The reminders open on a day
    List {
        /// Only of this case
        #[arg(long, value_name = "REF")]
        case: Option<String>,
        /// When.
        #[command(flatten)]
        when: AsOf,
    },
    /// Why a reminder went out, or why not, and what to do now
    Explain {
        /// The case
        case: String,
        /// The rule: R01
        rule: String,
        /// The day asked about [default: today]
        #[arg(long, value_name = "DATE")]
        on: Option<String>,
        /// With what was recorded up to then: a date, an instant or `now` [default: everything]
        #[arg(long, value_name = "DATE|INSTANT|now")]
        known_at: Option<String>,
    },
    /// How many letters the next months bring, to whom, and where the peaks are
    Forecast(super::Forecast),
    /// Every deadline that passed without a letter, each with its reason
    SilenceAudit(super::SilenceAudit),
    /// One notice from the fact to the relay's answer, for whoever must show it
    #[command(
        after_help = "Example:\n  spor reminders proof 6f0c9d5e-… -f notice.json\n  spor audit check-proof notice.json --public-key spor.pub"
    )]
    Proof {
        /// The reminder or the letter
        id: String,
        /// Write it to this file, with a proof that stands on its own
        #[arg(short, long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Every reminder of the ledger with its id, and what became of it
    Ledger(LedgerRows),
    /// The letters and how they stand
    Outbox(OutboxRows),
    /// Let a dead or held letter go out again
    #[command(visible_alias = "release")]
    Retry {
        /// The letter
        id: String,
    },
    /// Let an address be written to again that a relay refused, once it was put right
    ReleaseAddress(ReleaseAddress),
    /// Let go of a dead or held letter: it does not go out again
    Cancel {
        /// The letter
        id: String,
    },
    /// Say that you have seen a reminder: it is not told again, the next level is
    Acknowledge(Acknowledge),
    /// Hear of a reminder later, at the latest at its next level; takes --reason
    Snooze(Snooze),
    /// Let the letters of a case rest; the duty does not. Takes --reason
    Pause(Pause),
    /// Let the letters of a case go out again, in one letter
    Resume(Resume),
    /// How soon the duty was done after a reminder, rule by rule
    Effect(Effect),
    /// Send a trial letter to an address
    SendTest {
        /// The address
        address: String,
    },
}

/// `spor replay`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  spor replay SPOR-2025-0101 --as-of 2025-08-30\n  spor replay SPOR-2025-0101 --as-of 2025-08-30 --known-at now\n  spor replay SPOR-2025-0101 --diff 2025-08-29 2025-08-30"
)]
pub struct Replay {
    /// The case
    pub case: String,
    /// When.
    #[command(flatten)]
    pub when: AsOf,
    /// What changed between two days; the same day twice compares known then with known now
    #[arg(long, num_args = 2, value_names = ["D1", "D2"])]
    pub diff: Option<Vec<String>>,
    /// Everything that each entry changed, not only the first of it
    #[arg(long)]
    pub step: bool,
    /// Only the last entries
    #[arg(long, value_name = "N")]
    pub last: Option<usize>,
}

/// `spor audit`
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Check every entry of the log against the tree and every signed checkpoint; needs no key
    Verify {
        /// A checkpoint that was kept elsewhere; may be given several times
        #[arg(long = "checkpoint", value_name = "FILE")]
        checkpoints: Vec<PathBuf>,
        /// Whose signatures count [default: spor.pub beside the store]
        #[arg(long, value_name = "FILE")]
        public_key: Option<PathBuf>,
    },
    /// Sign the log as it is now
    Checkpoint {
        /// Also write the signed note to this file
        #[arg(short, long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Prove a case's entries to somebody who has the public key alone
    #[command(
        after_help = "Examples:\n  spor audit prove SPOR-2025-0101 -f proof.json\n  spor audit prove --since last-year.note -f proof.json"
    )]
    Prove {
        /// The case
        #[arg(required_unless_present = "since")]
        case: Option<String>,
        /// Also prove that the log of this earlier checkpoint is a beginning of today's
        #[arg(long, value_name = "FILE")]
        since: Option<PathBuf>,
        /// The file [default: stdout]
        #[arg(short, long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Check a proof; needs no store
    CheckProof {
        /// The proof
        file: PathBuf,
        /// The public key of the log, from somebody you trust
        #[arg(long, value_name = "FILE")]
        public_key: PathBuf,
    },
}

/// `spor scheduler`
#[derive(Debug, Subcommand)]
pub enum SchedulerCommand {
    /// One round: reap, plan, compose, dispatch
    Tick {
        /// At which time (sandbox only) [default: now]
        #[arg(long, value_name = "INSTANT")]
        at: Option<String>,
    },
    /// Say that the clock of this machine is right, after rounds have refused to believe it
    TrustClock,
}

/// `spor store`
#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// What the store is and how its tables stand
    Status,
    /// Copy everything to another place; repeated, it goes on where it ended
    #[command(after_help = "Example:\n  spor store copy --to sqlite:/srv/spor/spor.db")]
    Copy {
        /// The target: a store that is not there yet, or an earlier copy of this one
        #[arg(long, value_name = "URL")]
        to: String,
        /// The target's keyring [default: beside it]
        #[arg(long, value_name = "FILE")]
        keys: Option<PathBuf>,
        /// The target's key file [default: beside it]
        #[arg(long, value_name = "FILE")]
        kek: Option<PathBuf>,
    },
    /// Write a backup, restore it in a temporary place, verify it there
    #[command(
        after_help = "Example:\n  spor store backup /backup/spor-2026-03-02.db --keys /backup/keys"
    )]
    Backup {
        /// The file; its manifest and its keyring lie beside it
        file: PathBuf,
        /// A folder for the keyring, whose copies are kept for a shorter time
        #[arg(long, value_name = "FOLDER")]
        keys: Option<PathBuf>,
        /// Put the key file beside the keyring too: whoever has both can read everything
        #[arg(long)]
        with_key_file: bool,
    },
    /// Put a backup in place as a store; old letters are held until `spor store release`
    #[command(
        after_help = "Example:\n  spor store restore /backup/spor-2026-03-02.db --to sqlite:spor.db --keys spor.keys --kek spor.kek"
    )]
    Restore {
        /// The backup
        file: PathBuf,
        /// Where the store shall lie
        #[arg(long, value_name = "URL")]
        to: String,
        /// The keyring: today's, where there is one [default: the one in its place, else the
        /// backup's]
        #[arg(long, value_name = "FILE")]
        keys: Option<PathBuf>,
        /// The key file [default: the one in its place, else the backup's]
        #[arg(long, value_name = "FILE")]
        kek: Option<PathBuf>,
    },
    /// End the quarantine after a restore: the letters it holds go out
    Release {
        /// They have gone out before the restore: cancel them instead
        #[arg(long)]
        cancel: bool,
    },
    /// Build tables anew from the log
    Rebuild {
        /// Only this table
        table: Option<String>,
    },
    /// Bring the store to this program's format; prepare a PostgreSQL database
    Migrate {
        /// The database as its administrator reaches it: makes roles, schemas and tables
        #[arg(long, value_name = "URL")]
        admin: Option<String>,
    },
}

/// `spor config`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Every setting, its value and where it comes from
    Show,
    /// Whether the configuration can be read
    Check,
}
