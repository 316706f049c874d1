//! The short form of the clock's campaign; docs/campaigns.md has the long one.

use spor_tests::campaign::clock;

/// Enough for every rule and every fault to come up.
const HISTORIES: usize = 60;

#[test]
fn everybody_gets_what_an_independent_calculation_says_on_the_day_it_says() {
    let found = clock::run(&clock::Options { histories: HISTORIES, seed: 2026, only: None });
    println!("{found}");
    assert!(found.differences.is_empty(), "{found}");
    let rules: Vec<String> = (1..=17).map(|number| format!("R{number:02}")).collect();
    assert_eq!(found.lines.keys().copied().collect::<Vec<_>>(), rules, "{found}");
    for fault in [
        "answer swallowed",
        "breaker",
        "clock 400 days ahead",
        "clock 400 days behind",
        "clock changed",
        "outage",
        "refused for now",
        "service down",
        "worker lost",
    ] {
        assert!(found.faults.contains_key(fault), "{fault}: {found}");
    }
    assert!(found.letters > 1_000 && found.copies > 0, "{found}");
}
