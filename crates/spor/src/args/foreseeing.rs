//! The words of questions about what is to come, and about what was never said.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::AsOf;

/// `spor reminders forecast`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  spor reminders forecast\n  spor reminders forecast --months 6 --by person -o csv\n  spor reminders forecast --policy draft.toml --by week\n\nEach duty is assumed to be met on its due date; --unmet: nothing is met, levels rise.\nA draft is a file of lines such as follow_up_interval_days = 28, and from = 2027-01-01."
)]
pub struct Forecast {
    /// How many months
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub months: u32,
    /// The first day [default: today]
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Under a draft policy
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Assume that nothing is met any more
    #[arg(long)]
    pub unmet: bool,
    /// One line a day, week, person or rule
    #[arg(long, value_enum)]
    pub by: Option<By>,
    /// With what was recorded up to then: a date, an instant or `now` [default: everything, or up
    /// to the end of --from]
    #[arg(long, value_name = "DATE|INSTANT|now")]
    pub known_at: Option<String>,
}

/// What a forecast is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// Days with anything to say
    Day,
    /// ISO weeks
    Week,
    /// People
    Person,
    /// Rules
    Rule,
}

/// `spor policy preview`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  spor policy preview follow_up_interval_days 28 --from 2027-01-01\n  spor policy preview --policy draft.toml"
)]
pub struct Preview {
    /// The setting
    #[arg(requires = "value", required_unless_present = "policy")]
    pub key: Option<String>,
    /// What it would be
    pub value: Option<String>,
    /// From which day on [default: today]
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// A draft of several settings instead
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    pub policy: Option<PathBuf>,
    /// How many months are looked at
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub months: u32,
    /// When.
    #[command(flatten)]
    pub when: AsOf,
}

/// `spor reminders silence-audit`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  spor reminders silence-audit --from 2026-03-01 --to 2026-03-31\n  spor reminders silence-audit -o json\n\nExit 0 when every silence is explained, 7 when one is not."
)]
pub struct SilenceAudit {
    /// Deadlines due on this day or later [default: all]
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Deadlines due on this day or earlier [default: yesterday]
    #[arg(long, value_name = "DATE")]
    pub to: Option<String>,
    /// With what was recorded up to then: a date, an instant or `now` [default: everything]
    #[arg(long, value_name = "DATE|INSTANT|now")]
    pub known_at: Option<String>,
    /// Only what is not explained
    #[arg(long)]
    pub unexplained: bool,
    /// Also what the reason rests on
    #[arg(long)]
    pub detail: bool,
}
