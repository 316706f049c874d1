use chrono::NaiveDate;

use super::{DANISH, ENGLISH, LEVELS, RULES, civil_day, last_month};
use crate::digest::Language;

#[test]
fn every_text_can_be_read_in_both_languages() {
    for environment in [&*DANISH, &*ENGLISH] {
        for file in RULES.map(|(_, file)| file).into_iter().chain(["item.txt", "digest.txt"]) {
            assert!(environment.get_template(file).is_ok(), "{file}");
        }
    }
}

#[test]
fn both_languages_have_the_same_words() {
    let keys = |environment: &minijinja::Environment<'_>, table: &str| {
        let words = environment.get_template("words.txt").unwrap();
        let words = words.render_captured(()).unwrap();
        let table = words.state().lookup(table).expect("the table is there");
        let mut keys: Vec<String> = table.try_iter().unwrap().map(|key| key.to_string()).collect();
        keys.sort();
        keys
    };
    assert_eq!(keys(&DANISH, "roles"), keys(&ENGLISH, "roles"));
    let mut levels = LEVELS.map(|level| level.code().to_owned());
    levels.sort();
    assert_eq!(keys(&DANISH, "levels"), levels);
    assert_eq!(keys(&ENGLISH, "levels"), levels);
}

#[test]
fn days_are_written_as_people_write_them() {
    let day = NaiveDate::from_ymd_opt(2026, 3, 5).unwrap();
    assert_eq!(civil_day(Language::Da, day), "05.03.2026");
    assert_eq!(civil_day(Language::En, day), "5 March 2026");
}

#[test]
fn a_statement_about_a_month_names_the_month_before() {
    let day = |text: &str| text.parse().unwrap();
    assert_eq!(last_month(Language::Da, day("2026-01-01")), "december 2025");
    assert_eq!(last_month(Language::En, day("2025-10-31")), "September 2025");
}
