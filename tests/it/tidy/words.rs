//! Words that do not belong: unfinished work, panics, numbers of real people, places of one machine.

use super::{Source, none, rust, sources};

/// This file names what it forbids.
const OWN: &str = "tests/it/tidy/";

/// Words of unfinished work, put together so that this file does not hold them.
fn unfinished() -> [String; 3] {
    [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["XX", "X"].concat()]
}

#[test]
fn nothing_is_left_for_later() {
    let words = unfinished();
    let found = everything()
        .into_iter()
        .flat_map(|source| offending(&source, |line| words.iter().any(|word| is_word(line, word))));
    none(&found.collect::<Vec<_>>(), "work left for later");
}

#[test]
fn nothing_panics_for_want_of_a_reason() {
    let calls = [".unwrap()", "dbg!(", "todo!(", "unimplemented!(", "#[allow(", "#![allow("];
    let sources = rust().into_iter().filter(|source| !source.is_test());
    let found = sources.flat_map(|source| {
        let told = source.text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let source = Source { path: source.path, text: told.to_owned() };
        offending(&source, |line| calls.iter().any(|call| line.contains(call)))
    });
    none(&found.collect::<Vec<_>>(), "panics and silenced lints");
}

#[test]
fn lints_are_silenced_with_a_reason_everywhere() {
    let silenced = ["#[allow(", "#![allow("];
    let found =
        rust().into_iter().filter(|source| !source.path.starts_with(OWN)).flat_map(|source| {
            offending(&source, |line| silenced.iter().any(|word| line.contains(word)))
        });
    none(&found.collect::<Vec<_>>(), "use #[expect(…, reason = …)]");
}

#[test]
fn time_ids_and_the_environment_are_read_in_the_binary_alone() {
    let reads = ["Utc::now(", "Local::now(", "SystemTime::now(", "Uuid::now_v7(", "env::var("];
    let lawful = ["crates/spor/", "crates/bench/", "tests/"];
    let sources = rust().into_iter();
    let sources = sources.filter(|source| !lawful.iter().any(|at| source.path.starts_with(at)));
    let found = sources
        .flat_map(|source| offending(&source, |line| reads.iter().any(|read| line.contains(read))));
    none(&found.collect::<Vec<_>>(), "time, ids or environment outside the binary");
}

#[test]
fn sql_stands_in_the_store_alone() {
    let verbs = ["SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM", "CREATE TABLE"];
    let lawful = ["crates/store/", "crates/bench/", "tests/"];
    let sources = rust().into_iter();
    let sources = sources.filter(|source| !lawful.iter().any(|at| source.path.starts_with(at)));
    let found = sources.flat_map(|source| {
        offending(&source, |line| {
            let code = line.split("//").next().unwrap_or_default();
            verbs.iter().any(|verb| code.contains(verb))
        })
    });
    none(&found.collect::<Vec<_>>(), "SQL outside the store");
}

#[test]
fn no_text_holds_a_number_like_that_of_a_person() {
    let found = everything()
        .into_iter()
        .filter(|source| !source.path.ends_with("Cargo.lock"))
        .flat_map(|source| offending(&source, holds_a_person_number));
    none(&found.collect::<Vec<_>>(), "numbers shaped like a CPR number with a date in it");
}

#[test]
fn the_measure_of_person_numbers_measures() {
    for (day, rest) in [("010203", "1234"), ("311299", "4001"), ("610203", "1234")] {
        assert!(holds_a_person_number(&format!("born {day}-{rest}.")));
        assert!(holds_a_person_number(&format!("({day}{rest})")));
        assert!(holds_a_person_number(&format!("{day} {rest}")));
    }
    for harmless in ["999999-9999", "000000-0000", "2025-01-06", "20250106120000", "a0102031234b"] {
        assert!(!holds_a_person_number(harmless), "{harmless}");
    }
}

#[test]
fn nothing_names_the_place_where_it_was_made() {
    let places = [["/wo", "rk/"].concat(), ["/ro", "ot/"].concat(), ["/ho", "me/"].concat()];
    let found = everything()
        .into_iter()
        .flat_map(|source| offending(&source, |line| places.iter().any(|at| line.contains(at))));
    none(&found.collect::<Vec<_>>(), "paths of one machine");
}

/// Ten digits as six and four, alone or with a dash or a space between, that begin with a day and
/// a month (the day perhaps raised by 60, as for replacement numbers).
fn holds_a_person_number(line: &str) -> bool {
    let is_digit = |at: usize| line.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let is_part = |at: usize| line.as_bytes().get(at).is_some_and(u8::is_ascii_alphanumeric);
    (0..line.len()).any(|start| {
        if (start > 0 && is_part(start - 1)) || !(start..start + 6).all(is_digit) {
            return false;
        }
        let between = line.as_bytes().get(start + 6).copied();
        let rest = start + 6 + usize::from(matches!(between, Some(b'-' | b' ')));
        (rest..rest + 4).all(is_digit) && !is_part(rest + 4) && begins_with_a_day(&line[start..])
    })
}

fn begins_with_a_day(digits: &str) -> bool {
    let number = |range: std::ops::Range<usize>| digits[range].parse::<u32>().unwrap_or_default();
    let (day, month) = (number(0..2), number(2..4));
    ((1..=31).contains(&day) || (61..=91).contains(&day)) && (1..=12).contains(&month)
}

fn everything() -> Vec<Source> {
    sources("").into_iter().filter(|source| !source.path.starts_with(OWN)).collect()
}

fn offending(source: &Source, is_wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let lines = source.text.lines().enumerate().filter(|(_, line)| is_wrong(line));
    lines.map(|(at, line)| format!("{}:{}: {}", source.path, at + 1, line.trim())).collect()
}

fn is_word(line: &str, word: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back().is_some_and(is_letter);
        let after = line[at + word.len()..].chars().next().is_some_and(is_letter);
        !before && !after
    })
}
