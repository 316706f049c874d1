//! The short forms of the campaigns; `docs/campaigns.md` has the long ones and their figures.

use std::time::Duration;

use spor_tests::campaign::deaths::Death;
use spor_tests::campaign::stage::On;
use spor_tests::campaign::{disk, failover, kills, letters, races};

#[test]
fn nothing_acknowledged_is_lost_in_fifty_kills() {
    fifty_kills(On::Sqlite);
}

#[test]
fn nothing_acknowledged_is_lost_in_fifty_kills_of_program_and_server() {
    let found = fifty_kills(On::Postgres);
    for death in [Death::Unheard, Death::Server, Death::Backend, Death::Postmaster] {
        assert!(found.figures.deaths.contains_key(&death), "{death:?}: {found}");
    }
}

fn fifty_kills(on: On) -> kills::Found {
    let options = kills::Options { on, kills: 50, seed: 7, counts: 2 };
    let found = kills::run(&options);
    println!("{found}");
    assert!(found.figures.kills() >= options.kills, "{found}");
    assert!(found.figures.stored_untold > 0, "some commits were not answered: {found}");
    for (death, _) in kills::NAMED {
        assert!(found.figures.deaths.contains_key(&death), "{death:?}: {found}");
    }
    found
}

#[test]
fn no_reminder_is_lost_in_fifty_kills_of_two_programs_on_one_file() {
    fifty_kills_over_letters(On::Sqlite);
}

#[test]
fn no_reminder_is_lost_in_fifty_kills_of_three_programs_on_one_server() {
    fifty_kills_over_letters(On::Postgres);
}

fn fifty_kills_over_letters(on: On) {
    let options = letters::Options { on, kills: 50, seed: 7 };
    let found = letters::run(&options);
    println!("{found}");
    assert!(found.figures.all.kills() >= options.kills, "{found}");
    for death in letters::NAMED {
        let times = found.figures.all.deaths.get(&death).copied().unwrap_or(0);
        assert!(times >= 6, "{death:?}: {found}");
    }
    assert!(found.figures.overslept > 0, "nobody was frozen past a lease: {found}");
    assert!(found.verdict.second_copies > 0, "no death after the relay's word: {found}");
    assert!(found.verdict.swallowed > 0, "no answer was swallowed: {found}");
}

#[test]
fn work_goes_on_when_a_primary_dies_and_nothing_acknowledged_is_lost() {
    let found = failover::run(&failover::Options { load: Duration::from_secs(2), seed: 7 });
    println!("{found}");
    assert!(found.facts.0 > 0 && found.facts.1 > found.facts.0, "{found}");
    assert!(found.letters.0 > 0, "{found}");
}

#[test]
fn a_failing_disk_leaves_no_store_inconsistent_and_the_cause_is_named() {
    let found = disk::run(&disk::Options { each: 12, deed: None, error: None });
    println!("{found}");
    assert!(found.faults > 20, "{found}");
    for word in ["disk_full", "io_failed", "done all the same"] {
        assert!(found.outcomes.keys().any(|outcome| outcome.ends_with(word)), "{word}: {found}");
    }
}

#[test]
fn exactly_one_of_a_thousand_commands_wins_each_time() {
    for on in [On::Sqlite, On::Postgres] {
        let options = races::Options { on, rounds: 3, tasks: 1_000, processes: 50 };
        let found = races::run(&options);
        println!("{found}");
        assert_eq!(found.racers, 3 * 2_050);
    }
}
