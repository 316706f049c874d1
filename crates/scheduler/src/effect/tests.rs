//! The figures of one rule, counted by hand.

use spor_domain::rules;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn told(sent: &str, met: Option<&str>, next: Option<&str>) -> Told {
    Told { sent_on: day(sent), met_on: met.map(day), next_on: next.map(day) }
}

fn of(told: &[Told]) -> Effect {
    let rule = rules::find("R01").expect("a rule");
    summed(rule, 9, told, day("2026-03-31"))
}

#[test]
fn the_median_is_the_one_in_the_middle_or_between_two() {
    let met = |on| told("2026-03-02", Some(on), None);
    assert_eq!(of(&[]).median_days, None);
    assert_eq!(of(&[met("2026-03-05")]).median_days, Some(3.0));
    assert_eq!(of(&[met("2026-03-02"), met("2026-03-05")]).median_days, Some(1.5));
    let three = of(&[met("2026-03-30"), met("2026-03-02"), met("2026-03-05")]);
    assert_eq!((three.median_days, three.met, three.sent), (Some(3.0), 3, 9));
}

#[test]
fn what_came_before_the_next_level_is_counted_against_what_did_not() {
    let next = Some("2026-03-10");
    let effect = of(&[
        told("2026-03-02", Some("2026-03-09"), next),
        told("2026-03-02", Some("2026-03-10"), next),
        told("2026-03-02", None, next),
    ]);
    assert_eq!((effect.told, effect.met, effect.judged), (3, 2, 3));
    assert_eq!(effect.before_next_pct, Some(33.3));
}

#[test]
fn what_is_open_and_what_was_done_before_its_letter_is_not_judged() {
    let effect = of(&[
        told("2026-03-30", None, Some("2026-04-10")),
        told("2026-03-02", None, None),
        told("2026-03-02", Some("2026-03-01"), Some("2026-03-10")),
    ]);
    assert_eq!((effect.told, effect.met, effect.judged), (3, 0, 0));
    assert_eq!((effect.median_days, effect.before_next_pct), (None, None));
}
