//! The short forms of the campaigns; `docs/campaigns.md` has the long ones and their figures.

use spor_tests::campaign::stage::On;
use spor_tests::campaign::{disk, kills, races};

#[test]
fn nothing_acknowledged_is_lost_in_fifty_kills() {
    let options = kills::Options { on: On::Sqlite, kills: 50, seed: 7, counts: 2 };
    let found = kills::run(&options);
    println!("{found}");
    assert!(found.figures.kills() >= options.kills, "{found}");
    assert!(found.figures.stored_untold > 0, "some commits were not answered: {found}");
}

#[test]
fn a_failing_disk_leaves_no_store_inconsistent_and_the_cause_is_named() {
    let found = disk::run(&disk::Options { each: 12 });
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
