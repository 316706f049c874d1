//! The words for acts on reminders, and for the lists that show their ids.

use clap::Args;

/// Flags of every act.
#[derive(Debug, Clone, Args)]
pub struct Acting {
    /// Decide and print, write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// A repeat with the same key changes nothing and gives the first answer
    #[arg(long, value_name = "KEY")]
    pub idempotency_key: Option<String>,
}

/// `spor reminders acknowledge`
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  spor reminders ledger --case SPOR-2025-0101\n  spor reminders acknowledge 0190a0f0-0000-5000-8000-000000000001 --as M-01"
)]
pub struct Acknowledge {
    /// The reminder, as `spor reminders ledger` names it
    pub id: String,
    /// How.
    #[command(flatten)]
    pub acting: Acting,
}

/// `spor reminders snooze`
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  spor reminders snooze 0190a0f0-0000-5000-8000-000000000001 --until 2026-03-06 --reason 'the meeting is on the 9th'"
)]
pub struct Snooze {
    /// The reminder, as `spor reminders ledger` names it
    pub id: String,
    /// The last day it rests
    #[arg(long, value_name = "DATE")]
    pub until: String,
    /// How.
    #[command(flatten)]
    pub acting: Acting,
}

/// `spor reminders pause`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  spor reminders pause --case SPOR-2025-0101 --until 2026-03-31 --reason 'in hospital'\n  spor reminders pause --case SPOR-2025-0101 --rule R10 --reason 'the map is being drawn'"
)]
pub struct Pause {
    /// The case
    #[arg(long, value_name = "REF")]
    pub case: String,
    /// Only the letters of this rule
    #[arg(long, value_name = "RULE")]
    pub rule: Option<String>,
    /// The last day they rest [default: as long as the policy allows]
    #[arg(long, value_name = "DATE")]
    pub until: Option<String>,
    /// How.
    #[command(flatten)]
    pub acting: Acting,
}

/// `spor reminders resume`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  spor reminders resume --case SPOR-2025-0101")]
pub struct Resume {
    /// The case
    #[arg(long, value_name = "REF")]
    pub case: String,
    /// Only what rests under this rule
    #[arg(long, value_name = "RULE")]
    pub rule: Option<String>,
    /// How.
    #[command(flatten)]
    pub acting: Acting,
}

/// `spor reminders release-address`
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  spor doctor\n  spor reminders release-address mentor@kommune.example --as L-01\n  spor reminders outbox --state dead"
)]
pub struct ReleaseAddress {
    /// The address, as it stands in the directory
    pub address: String,
    /// Look and tell, write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `spor reminders ledger`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  spor reminders ledger --case SPOR-2025-0101\n  spor reminders ledger --state planned --recipient M-01"
)]
pub struct LedgerRows {
    /// Only of this case
    #[arg(long, value_name = "REF")]
    pub case: Option<String>,
    /// Only in this state: planned, composed, cancelled, suppressed, overtaken
    #[arg(long, value_name = "STATE")]
    pub state: Option<String>,
    /// Only to this person
    #[arg(long, value_name = "PERSON")]
    pub recipient: Option<String>,
}

/// `spor reminders outbox`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  spor reminders outbox --state dead,held\n  spor reminders outbox --recipient M-01"
)]
pub struct OutboxRows {
    /// Only in these states: ready, deferred, `in_doubt`, held, dead, sent, cancelled
    #[arg(long, value_name = "STATES", value_delimiter = ',')]
    pub state: Vec<String>,
    /// Only to this person
    #[arg(long, value_name = "PERSON")]
    pub recipient: Option<String>,
}

/// `spor reminders effect`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  spor reminders effect\n  spor reminders effect --from 2026-01-01 --until 2026-03-31"
)]
pub struct Effect {
    /// Only what was sent from this day on
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Only what was sent up to this day
    #[arg(long, value_name = "DATE")]
    pub until: Option<String>,
}
