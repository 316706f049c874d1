//! The words of erasing and of the keys.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `spor erase`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  spor erase SPOR-2025-0101 --legal-basis 'GDPR art. 17(1)(a)' --decided-by DPO-01 --approved-by L-01 -f certificate.txt\n  spor erase SPOR-2025-0101 --entry e-06-5 --part person --legal-basis 'GDPR art. 17(1)(d)' --decided-by DPO-01 --approved-by L-01"
)]
pub struct Erase {
    /// The case
    pub case: String,
    /// The law, in words that name nobody; it stands in clear for ever
    #[arg(long, value_name = "TEXT")]
    pub legal_basis: String,
    /// Who decided it
    #[arg(long, value_name = "PERSON")]
    pub decided_by: String,
    /// Who approved it: somebody else
    #[arg(long, value_name = "PERSON")]
    pub approved_by: String,
    /// Which of the person's keys
    #[arg(long, value_delimiter = ',', default_value = "person,confidential")]
    pub compartments: Vec<String>,
    /// Only one entry: its id or its event id
    #[arg(long, value_name = "ENTRY")]
    pub entry: Option<String>,
    /// Which sealed part of that entry: person, confidential or reason
    #[arg(long, value_name = "PART", default_value = "person", requires = "entry")]
    pub part: String,
    /// Do not ask; both people must be named
    #[arg(long)]
    pub yes: bool,
    /// Decide and print, erase nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Write the certificate to this file as well; it must not exist
    #[arg(short = 'f', long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// `spor keys`
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Epochs, living and destroyed keys, the last second copy; keys that seal nothing are removed
    Status,
    /// Wrap every key anew under a new key-encryption key, and retire the old one
    Rotate {
        /// The new key: a file of 64 hexadecimal digits, for its owner alone [default: a fresh one]
        #[arg(long, value_name = "FILE")]
        new_key: Option<PathBuf>,
    },
    /// A second copy of keyring and key-encryption key, opened once to see that it works
    Export {
        /// The folder
        dir: PathBuf,
    },
}
