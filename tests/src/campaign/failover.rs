//! Fail-over: the primary dies under load, its synchronous standby takes its place.
//!
//! The program is told of both servers and finds the one that may be written to by itself.

use std::collections::BTreeMap;
use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::deaths::{Death, Victim};
use super::fate::{Doom, Fate, HANGS, Seat};
use super::kills;
use super::load::{Load, morning};
use super::stage::{self, Stage};
use super::tally::{self, Count, Tally};
use crate::binary::{Sandbox, wait_until};
use crate::postgres::{Cluster, execute};

/// The follow-ups of all cases are due, so there are letters to send.
const DAY: u64 = 3;
/// The relay takes its time, so that letters are under way when the primary dies.
const RELAY: [&str; 2] = ["--delay-ms", "100"];
const SIGTERM: i32 = 15;

/// What a campaign of fail-overs is asked to do.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How long the load runs before the primary dies, and after work goes on.
    pub load: Duration,
    /// The seed.
    pub seed: u64,
}

/// What it found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// From the death of the primary until the standby was the primary.
    pub promoted: Duration,
    /// From the death of the primary until a command was answered again.
    pub working: Duration,
    /// From the death of the primary until the running service had sent every letter.
    pub sent: Duration,
    /// Facts acknowledged before the primary died, and in all.
    pub facts: (usize, usize),
    /// The last count.
    pub count: Count,
    /// Letters that the relay has, and how many of them twice.
    pub letters: (u64, u64),
}

/// Runs the campaign.
///
/// # Panics
/// When anything is lost, doubled, out of order or unreadable.
pub fn run(options: &Options) -> Found {
    let mut primary = Cluster::new("");
    primary.prepare();
    let database = primary.database();
    // The copy is made before the primary is told to wait for it: promoted, it waits for nobody.
    let standby = primary.replica("");
    // From here on no commit is answered before the standby has it on disk.
    for statement in ["ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"]
    {
        execute(&database.admin_url, &[statement]);
    }
    let url = both(&database.url, &primary, &standby);
    let stage = Stage::with(Sandbox::empty(), url, None, &RELAY);
    let tally = Tally::default();
    let mut found = Found::default();
    // The death of the server is not a worker's to die: the load runs until it is told to end.
    let deaths = BTreeMap::from([(Victim::Database, vec![Death::Server])]);
    let load = Load::new(&stage, &tally, options.seed, deaths);
    (0..DAY).for_each(|_| load.at_rest(|_| {}));
    let mut service = stage.sandbox.start(&["run", "--clock", &morning(DAY)]);
    thread::scope(|scope| {
        for name in ["w1", "w2", "w3"] {
            let load = &load;
            scope.spawn(move || load.write(name));
        }
        scope.spawn(|| load.import("i1"));
        thread::sleep(options.load);
        wait_until("letters are under way", || {
            stage.relay.letters().is_ok_and(|letters| !letters.is_empty())
        });
        let died = Instant::now();
        primary.kill();
        found.facts.0 = tally.len();
        standby.promote();
        found.promoted = died.elapsed();
        answered_again(&stage, &tally);
        found.working = died.elapsed();
        wait_until("the service has sent every letter it may send", || all_sent(&stage));
        found.sent = died.elapsed();
        thread::sleep(options.load);
        load.end_load();
    });
    let ended = service.try_wait().expect("a child can be waited for");
    assert_eq!(ended, None, "the service has outlived the primary");
    drop(Command::new("kill").arg(service.id().to_string()).status());
    let ended = service.wait().expect("a child can be waited for");
    assert!(ended.success() || ended.signal() == Some(SIGTERM), "{ended:?}");
    kills::settle(&stage, DAY + 1);
    found.count = kills::count(&stage, &tally);
    found.letters = kills::letters(&stage);
    found.facts.1 = tally.len();
    found
}

/// A command that is sent again until it is answered.
fn answered_again(stage: &Stage, tally: &Tally) {
    let mark = tally::mark("probe", 1);
    let on = stage::day(DAY).to_string();
    let (case, mentor) = (stage::case(1), stage::mentor(1));
    let arguments = [
        &["session", &case, "30m", "--by", &mentor, "--activities", &mark][..],
        &["--date", &on, "--idempotency-key", &mark, "--as", "probe", "-o", "json"],
    ]
    .concat();
    let seat = Seat { sandbox: &stage.sandbox, name: "probe", doom: &Doom::default() };
    let started = Instant::now();
    loop {
        let ended = seat.run(&arguments, &Fate::Live);
        if ended.code() == Some(0) {
            return tally.note(mark, Some(tally::receipt(&ended.answer).0));
        }
        assert_eq!(ended.code(), Some(6), "{}", ended.told);
        assert!(started.elapsed() < HANGS, "work does not go on: {}", ended.told);
    }
}

/// Every letter is sent, but those that were being handed over when the primary died: nobody knows
/// whether the relay has them until their time of doubt is over.
fn all_sent(stage: &Stage) -> bool {
    let outbox = kills::outbox(stage);
    let settled = ["sent", "in_doubt"];
    !outbox.is_empty()
        && outbox.iter().all(|letter| settled.iter().any(|state| letter["state"] == *state))
}

/// The URL with both servers.
fn both(url: &str, primary: &Cluster, standby: &Cluster) -> String {
    let first = primary.host("spor_program");
    let second = standby.host("");
    format!("postgres://{first},{}/{}", second.trim_start_matches('@'), database_name(url))
}

fn database_name(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or_default()
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { promoted, working, sent, facts, count, letters: (letters, copies) } = self;
        writeln!(f, "the standby was promoted after {:.1} s", promoted.as_secs_f64())?;
        writeln!(f, "a command was answered again after {:.1} s", working.as_secs_f64())?;
        writeln!(f, "the running service had sent all after {:.1} s", sent.as_secs_f64())?;
        writeln!(f, "{} facts before, {} in all, each there once; 0 lost", facts.0, facts.1)?;
        writeln!(f, "{} events, 0 gaps, root verifies, tables equal a rebuild", count.events)?;
        writeln!(f, "{letters} letters, {copies} second copies, 0 lost")
    }
}
