//! Kills: processes die under load, at random moments and at named points; then everything is
//! counted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::deaths::{Death, Figures, Victim};
use super::dice::Dice;
use super::load::{Load, morning};
use super::stage::{On, Stage};
use super::tally::{Count, Tally};
use crate::binary::wait_until;

/// How often the campaign looks whether it is time to count.
const LOOK: Duration = Duration::from_millis(5);
/// The points that have a name, and who dies there.
const NAMED: [(Death, Victim); 5] = [
    (Death::BeforeCommit, Victim::Writer),
    (Death::BeforeAnswer, Victim::Writer),
    (Death::InsideImport, Victim::Import),
    (Death::InsideRebuild, Victim::Rebuild),
    (Death::InsideDelivery, Victim::Tick),
];
/// Who dies at random moments; writers are the many.
const AT_RANDOM: [(Death, Victim); 8] = [
    (Death::Moment, Victim::Writer),
    (Death::Moment, Victim::Writer),
    (Death::Moment, Victim::Writer),
    (Death::Everybody, Victim::Writer),
    (Death::Moment, Victim::Import),
    (Death::Moment, Victim::Rebuild),
    (Death::Moment, Victim::Service),
    (Death::Moment, Victim::Tick),
];

/// How the database server dies, at random moments.
const SERVER: [(Death, Victim); 3] = [
    (Death::Server, Victim::Database),
    (Death::Backend, Victim::Database),
    (Death::Postmaster, Victim::Database),
];
/// One of so many deaths at random moments is the server's, where there is one.
const SERVER_ONE_IN: usize = 5;

/// What a campaign of kills is asked to do.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The database.
    pub on: On,
    /// How many processes die.
    pub kills: u64,
    /// The seed.
    pub seed: u64,
    /// How often everything is counted.
    pub counts: u64,
}

/// What it found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// What happened.
    pub figures: Figures,
    /// The last count.
    pub count: Count,
    /// How often everything was counted.
    pub counts: u64,
    /// Letters that the relay has, and how many of them twice.
    pub letters: (u64, u64),
    /// How long it took.
    pub took: Duration,
}

/// Runs the campaign.
///
/// # Panics
/// When anything is lost, doubled, out of order or unreadable.
pub fn run(options: &Options) -> Found {
    let started = Instant::now();
    let stage = Stage::new(options.on);
    let tally = Tally::default();
    let load = Load::new(&stage, &tally, options.seed, deaths(options));
    let mut found = Found::default();
    thread::scope(|scope| {
        for name in ["w1", "w2", "w3"] {
            let load = &load;
            scope.spawn(move || load.write(name));
        }
        scope.spawn(|| load.import("i1"));
        scope.spawn(|| load.rebuild("r1"));
        scope.spawn(|| load.serve("s1"));
        scope.spawn(|| load.trouble());
        let step = (options.kills / options.counts.max(1)).max(1);
        while !load.is_over() {
            thread::sleep(LOOK);
            if load.figures().kills() >= (found.counts + 1) * step {
                load.at_rest(|_| found.count = count(&stage, &tally));
                found.counts += 1;
            }
        }
    });
    load.at_rest(|day| {
        settle(&stage, day + 1);
        found.count = count(&stage, &tally);
        found.letters = letters(&stage);
    });
    found.counts += 1;
    found.figures = load.figures();
    found.took = started.elapsed();
    found
}

/// Half at random moments, half at named points, each point as often as the others.
fn deaths(options: &Options) -> BTreeMap<Victim, Vec<Death>> {
    let named = usize::try_from(options.kills / 2).unwrap_or(0);
    let at_random = usize::try_from(options.kills).unwrap_or(0) - named;
    let of_server = if options.on == On::Postgres { at_random / SERVER_ONE_IN } else { 0 };
    let at_random = AT_RANDOM.iter().cycle().take(at_random - of_server);
    let at_random = at_random.chain(SERVER.iter().cycle().take(of_server));
    let named = NAMED.iter().cycle().take(named);
    let mut deaths: BTreeMap<Victim, Vec<Death>> = BTreeMap::new();
    for (death, victim) in at_random.chain(named) {
        deaths.entry(*victim).or_default().push(*death);
    }
    let mut dice = Dice::new(options.seed, 0);
    deaths.values_mut().for_each(|deaths| dice.shuffle(deaths));
    deaths
}

/// Counts everything while nobody works: facts, positions, the tree, the tables.
pub(super) fn count(stage: &Stage, tally: &Tally) -> Count {
    let count = tally.check(stage);
    let verified = stage.sandbox.json(&["audit", "verify"]);
    assert_eq!(verified["entries"].as_u64(), Some(count.events), "{verified}");
    let rebuilt = stage.sandbox.json(&["store", "rebuild"]);
    let tables = rebuilt.as_array().expect("a list of tables");
    assert!(!tables.is_empty() && tables.iter().all(|t| t["was_same"] == true), "{rebuilt}");
    count
}

/// Lets letters in doubt have their time, until each is settled.
pub(super) fn settle(stage: &Stage, mut day: u64) {
    wait_until("every letter is settled", || {
        stage.sandbox.must(&["scheduler", "tick", "--at", &morning(day)]);
        day += 1;
        let open = ["ready", "leased", "handing_over", "in_doubt", "deferred"];
        outbox(stage).iter().all(|letter| !open.iter().any(|state| letter["state"] == *state))
    });
}

pub(super) fn outbox(stage: &Stage) -> Vec<Value> {
    let outbox = stage.sandbox.json(&["reminders", "outbox"]);
    outbox.as_array().expect("a list of letters").clone()
}

/// No letter is lost, and each has one text however often it was sent.
pub(super) fn letters(stage: &Stage) -> (u64, u64) {
    let taken = stage.relay.letters().expect("the relay keeps its letters");
    let mut texts: BTreeMap<&str, &[u8]> = BTreeMap::new();
    for letter in &taken {
        let first = texts.entry(&letter.message_id).or_insert(&letter.bytes);
        assert_eq!(*first, letter.bytes, "{} has one text", letter.message_id);
    }
    let sent = outbox(stage).into_iter().filter(|letter| letter["state"] == "sent");
    let bare = |id: &str| id.trim_matches(['<', '>']).to_owned();
    let known: BTreeSet<String> = texts.keys().map(|id| bare(id)).collect();
    for letter in sent {
        let id = letter["message_id"].as_str().expect("a letter has an id");
        assert!(known.contains(&bare(id)), "{id} was sent, and the relay has it");
    }
    (texts.len() as u64, (taken.len() - texts.len()) as u64)
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { figures, count, counts, letters: (letters, copies), took } = self;
        writeln!(f, "{} kills in {:.0} s", figures.kills(), took.as_secs_f64())?;
        for (death, times) in &figures.deaths {
            writeln!(f, "  {death:?}: {times}")?;
        }
        writeln!(f, "{} processes, {} escaped", figures.processes, figures.escaped)?;
        writeln!(f, "{} events", count.events)?;
        writeln!(f, "{} facts acknowledged, each there once; 0 lost, 0 gaps", count.marks)?;
        writeln!(f, "{} were stored though nobody was told", figures.stored_untold)?;
        writeln!(f, "{letters} letters, {copies} second copies, 0 lost")?;
        writeln!(f, "counted {counts} times: root verifies, tables equal a fresh rebuild")?;
        for (error, times) in &figures.refused {
            writeln!(f, "refused {times} times: {error}")?;
        }
        Ok(())
    }
}
