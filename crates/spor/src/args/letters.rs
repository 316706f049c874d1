//! The words of letters: their texts, and how they look.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Lang;

/// `spor letters`
#[derive(Debug, Subcommand)]
pub enum Letters {
    /// Write every letter there can be, with invented values; what fails is named with its line
    Check,
    /// Show a letter; nothing is sent and nothing is recorded
    #[command(
        after_help = "Examples:\n  spor letters preview --rule R01 --level overdue --lang da\n  spor letters preview --items 50 --html -f digest.html\n  spor letters preview --person M-05 --at 2026-11-23"
    )]
    Preview(PreviewArgs),
}

/// How urgent an invented reminder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LevelArg {
    /// The day is coming
    Notice,
    /// The day has passed
    Overdue,
    /// Others were told
    Escalated,
    /// Management was told
    Critical,
}

/// `spor letters preview`
#[derive(Debug, Args)]
pub struct PreviewArgs {
    /// The letter of one rule, or `trial` or `checkpoint` [default: a digest]
    #[arg(long, conflicts_with_all = ["person", "items"])]
    pub rule: Option<String>,
    /// How urgent it is
    #[arg(long, value_enum, default_value_t = LevelArg::Notice, conflicts_with = "person")]
    pub level: LevelArg,
    /// The role in which its reader is told
    #[arg(long, default_value = "mentor", conflicts_with = "person")]
    pub role: String,
    /// How many invented reminders a digest has
    #[arg(long, value_name = "N", default_value_t = 6, conflicts_with = "person")]
    pub items: usize,
    /// What would go out to this person from the store
    #[arg(long, value_name = "PERSON")]
    pub person: Option<String>,
    /// At which time: a day, or an instant [default: now]
    #[arg(long, value_name = "DATE|INSTANT", requires = "person")]
    pub at: Option<String>,
    /// The page
    #[arg(long, group = "part")]
    pub html: bool,
    /// The plain part [default]
    #[arg(long, group = "part")]
    pub text: bool,
    /// The whole letter as it goes over the wire
    #[arg(long, group = "part")]
    pub eml: bool,
    /// Write it to this file
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

impl From<Lang> for spor_mail::digest::Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Da => Self::Da,
            Lang::En => Self::En,
        }
    }
}

impl From<LevelArg> for spor_mail::digest::Level {
    fn from(level: LevelArg) -> Self {
        match level {
            LevelArg::Notice => Self::Notice,
            LevelArg::Overdue => Self::Overdue,
            LevelArg::Escalated => Self::Escalated,
            LevelArg::Critical => Self::Critical,
        }
    }
}
