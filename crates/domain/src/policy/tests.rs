use serde_json::json;

use super::*;
use crate::calendar::Office;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn the_presets_are_those_of_the_recommendations() {
    let policy = Policies::default().on(day("2025-01-01")).clone();
    assert_eq!(policy, Policy::default());
    assert_eq!(policy.follow_up_interval_days, 42);
    assert_eq!(policy.follow_up_critical_after_days, 85);
    assert_eq!(policy.transition_age_months, 210);
    assert_eq!(policy.method_review_months, 6);
    assert_eq!(policy.lab_period_max_months, 6);
    assert_eq!(policy.limited_support_months, 1);
    assert_eq!(policy.leap_day, LeapDay::Feb28);
    assert_eq!(policy.zone, chrono_tz::Europe::Copenhagen);
    assert_eq!(policy.letter_time.to_string(), "06:30:00");
    assert_eq!(policy.offices.may_1, Office::Open);
    assert_eq!(policy.offices.dec_24, Office::Closed);
}

#[test]
fn every_preset_is_allowed_and_explained() {
    for (at, key) in KEYS.iter().enumerate() {
        assert_eq!(check(key.name, &key.preset_value()), Ok(()), "{}", key.name);
        assert!(!key.source.is_empty() && !key.meaning.is_empty(), "{}", key.name);
        assert!(KEYS[..at].iter().all(|other| other.name != key.name), "{} twice", key.name);
    }
}

#[test]
fn every_setting_reaches_its_own_field() {
    for key in &KEYS {
        let other = match key.preset {
            Preset::Whole(number) => json!(number + 1),
            Preset::Flag(flag) => json!(!flag),
            Preset::Word("feb28") => json!("mar1"),
            Preset::Word("06:30") => json!("07:15"),
            Preset::Word(_) => json!("Europe/London"),
        };
        let mut policies = Policies::default();
        policies.insert(1, key.name, &other, day("2025-01-01"));
        assert_ne!(policies.on(day("2025-01-01")), &Policy::default(), "{}", key.name);
        policies.insert(2, key.name, &key.preset_value(), day("2025-01-01"));
        assert_eq!(policies.on(day("2025-01-01")), &Policy::default(), "{}", key.name);
    }
}

#[test]
fn the_value_in_force_on_the_day_governs() {
    let mut policies = Policies::default();
    let interval = "follow_up_interval_days";
    policies.insert(3, interval, &json!(35), day("2025-06-01"));
    policies.insert(7, interval, &json!(28), day("2026-01-01"));
    policies.insert(8, "lab_notice_days", &json!(60), day("2025-06-01"));
    policies.insert(9, interval, &json!(30), day("2025-06-01"));
    for (on, days, notice, version, next) in [
        ("2025-05-31", 42, 42, 0, Some("2025-06-01")),
        ("2025-06-01", 30, 60, 9, Some("2026-01-01")),
        ("2025-12-31", 30, 60, 9, Some("2026-01-01")),
        ("2026-01-01", 28, 60, 8, None),
    ] {
        let policy = policies.on(day(on));
        assert_eq!(policy.follow_up_interval_days, days, "on {on}");
        assert_eq!(policy.lab_notice_days, notice, "on {on}");
        assert_eq!(policies.version_on(day(on)), version, "on {on}");
        assert_eq!(policies.next_change_after(day(on)), next.map(day), "on {on}");
    }
}

#[test]
fn what_cannot_be_read_governs_nothing() {
    let mut policies = Policies::default();
    policies.insert(1, "retired_setting", &json!(1), day("2025-01-01"));
    policies.insert(2, "lab_notice_days", &json!("many"), day("2025-01-01"));
    assert_eq!(policies.next_change_after(day("2024-01-01")), None);
    policies.insert(3, "lab_notice_days", &json!(400), day("2025-01-01"));
    assert_eq!(policies.on(day("2025-01-01")).lab_notice_days, 400, "it was allowed when set");
}

#[test]
fn a_wrong_value_is_named_with_what_would_be_right() {
    for (key, value, message) in [
        (
            "follow_up_interval_days",
            json!(0),
            "follow_up_interval_days cannot be 0: it is a whole number of days from 7 to 92",
        ),
        (
            "follow_up_interval_days",
            json!(-1),
            "follow_up_interval_days cannot be -1: it is a whole number of days from 7 to 92",
        ),
        (
            "hours_window_weeks",
            json!("4"),
            "hours_window_weeks cannot be \"4\": it is a whole number of weeks from 1 to 13",
        ),
        (
            "time_zone",
            json!("Europe/Legoland"),
            "time_zone cannot be \"Europe/Legoland\": it is a time zone such as Europe/Copenhagen",
        ),
        (
            "letter_time",
            json!("25:00"),
            "letter_time cannot be \"25:00\": it is a time of day such as 06:30",
        ),
        ("office_closed_may_1", json!(1), "office_closed_may_1 cannot be 1: it is true or false"),
        (
            "leap_day_birthday",
            json!("feb29"),
            "leap_day_birthday cannot be \"feb29\": it is feb28 or mar1",
        ),
    ] {
        assert_eq!(check(key, &value).unwrap_err().to_string(), message);
    }
    assert_eq!(check("office_closed_may_1", &json!("on")), Ok(()));
    let problem = check("follow_up_interval_day", &json!(42)).unwrap_err();
    let nearest = Some("follow_up_interval_days");
    let key = "follow_up_interval_day".to_owned();
    assert_eq!(problem, PolicyProblem::UnknownKey { key, nearest });
}

#[test]
fn wrong_kind_and_wrong_range_are_told_apart() {
    let problem = |value| check("lab_notice_days", &value).unwrap_err();
    assert!(matches!(problem(json!(1.5)), PolicyProblem::WrongType { .. }));
    assert!(matches!(problem(json!(null)), PolicyProblem::WrongType { .. }));
    assert!(matches!(problem(json!(10_000)), PolicyProblem::OutOfRange { .. }));
}
