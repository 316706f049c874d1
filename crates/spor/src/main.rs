//! The door: one binary that reads arguments and configuration, calls the crates below, and gives
//! answers on stdout, talk on stderr and an exit code.

#![expect(unreachable_pub, reason = "`pub` says what a module offers to the others of the binary")]

mod args;
mod commands;
mod config;
mod context;
mod environment;
mod kek;
mod output;
mod report;
mod service;
mod talk;
mod telling;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::args::{Cli, Format};
use crate::context::Context;
use crate::report::{Exit, Report};

/// The version with build facts.
pub const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\nformat spor/event/1, SQLite bundled, TLS by rustls with ring\nlicence MPL-2.0"
);

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return told_by_clap(&error),
    };
    let wants_json = matches!(cli.global.output, Format::Json | Format::Ndjson);
    let lang = cli.global.lang;
    match run(cli) {
        Ok(exit) => ExitCode::from(exit as u8),
        Err(report) => {
            talk::failure(&report, wants_json, lang);
            ExitCode::from(report.exit as u8)
        }
    }
}

fn run(cli: Cli) -> Result<Exit, Report> {
    let context = Context::new(cli.global)?;
    talk::start(&context);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(commands::run(&context, cli.command))
}

/// clap answers `--help` and `--version` itself; everything else is a mistake on the command line.
fn told_by_clap(error: &clap::Error) -> ExitCode {
    let is_answer = matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    let wants_json = std::env::args().any(|word| word == "json" || word == "-ojson");
    if is_answer || !wants_json {
        drop(error.print());
    } else {
        let text = error.to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        talk::failure(&Report::usage(message, "see `spor --help`"), true, None);
    }
    let is_fine = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    ExitCode::from(if is_fine { Exit::Done } else { Exit::Usage } as u8)
}
