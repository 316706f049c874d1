//! The long form of the campaigns: `cargo run -p spor-tests --bin campaign -- kills`.

use std::time::Duration;

use anyhow::{Context, bail};
use spor_tests::campaign::stage::On;
use spor_tests::campaign::{clock, disk, failover, kills, letters, races};

const USAGE: &str =
    "campaign kills [--database sqlite|postgres] [--kills N] [--counts N] [--seed N]
campaign letters [--database sqlite|postgres] [--kills N] [--seed N]
campaign disk [--each N] [--deed rebuild|record|import] [--error EIO|ENOSPC]
campaign failover [--seconds N] [--seed N]
campaign races [--database sqlite|postgres] [--rounds N] [--tasks N] [--processes N]
campaign clock [--histories N] [--seed N] [--only N]";

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let campaign = arguments.next().context(USAGE)?;
    let mut kill = kills::Options { on: On::Sqlite, kills: 1_000, seed: 1, counts: 20 };
    let mut seconds = 10;
    let mut disk = disk::Options { each: 1, deed: None, error: None };
    let mut race = races::Options { on: On::Sqlite, rounds: 100, tasks: 1_000, processes: 50 };
    let (mut histories, mut only) = (1_000, None);
    while let Some(name) = arguments.next() {
        let value = arguments.next().with_context(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--database" => {
                let on = match value.as_str() {
                    "sqlite" => On::Sqlite,
                    "postgres" => On::Postgres,
                    other => bail!("not a database: {other}\n{USAGE}"),
                };
                (kill.on, race.on) = (on, on);
            }
            "--kills" => kill.kills = value.parse()?,
            "--counts" => kill.counts = value.parse()?,
            "--seed" => kill.seed = value.parse()?,
            "--seconds" => seconds = value.parse()?,
            "--each" => disk.each = value.parse()?,
            "--deed" => disk.deed = Some(value),
            "--error" => disk.error = Some(value),
            "--rounds" => race.rounds = value.parse()?,
            "--tasks" => race.tasks = value.parse()?,
            "--histories" => histories = value.parse()?,
            "--only" => only = Some(value.parse()?),
            "--processes" => race.processes = value.parse()?,
            other => bail!("not known: {other}\n{USAGE}"),
        }
    }
    let over = failover::Options { load: Duration::from_secs(seconds), seed: kill.seed };
    let letters = letters::Options { on: kill.on, kills: kill.kills, seed: kill.seed };
    match campaign.as_str() {
        "kills" => print!("seed {}\n{}", kill.seed, kills::run(&kill)),
        "letters" => print!("seed {}\n{}", letters.seed, letters::run(&letters)),
        "disk" => print!("{}", disk::run(&disk)),
        "failover" => print!("seed {}\n{}", over.seed, failover::run(&over)),
        "clock" => {
            let seed = kill.seed;
            let found = clock::run(&clock::Options { histories, seed, only });
            print!("{found}");
            if !found.differences.is_empty() {
                eprintln!("not as it should be: seed {seed}");
                std::process::exit(1);
            }
        }
        "races" => print!("{}", races::run(&race)),
        other => bail!("not known: {other}\n{USAGE}"),
    }
    Ok(())
}
