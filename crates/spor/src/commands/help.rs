//! `spor help`, `completions`, `man`.

use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::output;
use crate::report::{EXIT_CODES, Exit, Report};

/// Help on a command, or on the exit codes.
pub fn topic(topic: Option<&str>) -> Result<Exit, Report> {
    let mut cli = Cli::command();
    let text = match topic {
        None => cli.render_long_help().to_string(),
        Some("exit-codes") => exit_codes(),
        Some(name) => {
            let message = format!("there is no command {name}");
            let missing = || Report::usage(message, "`spor help` lists the commands");
            cli.find_subcommand_mut(name).ok_or_else(missing)?.render_long_help().to_string()
        }
    };
    output::text(&text)?;
    Ok(Exit::Done)
}

fn exit_codes() -> String {
    let lines = EXIT_CODES.iter().map(|(exit, meaning)| format!("{:>3}  {meaning}", *exit as u8));
    lines.collect::<Vec<_>>().join("\n")
}

/// Completions for a shell, on stdout.
pub fn completions(shell: Shell) -> Result<Exit, Report> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "spor", &mut script);
    output::text(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

/// Manual pages into a folder.
pub fn manual(dir: &Path) -> Result<Exit, Report> {
    std::fs::create_dir_all(dir)?;
    clap_mangen::generate_to(Cli::command(), dir)?;
    Ok(Exit::Done)
}
