//! Words for what mail servers report of letters later.

use std::path::PathBuf;

use clap::Subcommand;

/// `spor bounces`
#[derive(Debug, Subcommand)]
pub enum Bounces {
    /// Read the reports of a mailbox and note what became of the letters; it stays as it is
    #[command(
        after_help = "Examples:\n  spor bounces import Maildir --dry-run\n  spor bounces import /var/mail/spor -o json"
    )]
    Import {
        /// A maildir, a folder of messages, or a file in the form of mbox
        path: PathBuf,
        /// Say what would be noted, write nothing
        #[arg(long)]
        dry_run: bool,
    },
}
