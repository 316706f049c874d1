//! Cells as Danish Excel writes them: dates, hours, words of the law; a CPR number leaves nothing
//! but a birth date and a keyed hash.

use chrono::{Datelike, NaiveDate};
use serde_json::Value;
use spor_domain::calendar::{FIRST_DAY, LAST_DAY};
use spor_domain::ids::{CaseRef, EntryId, PersonRef, is_cpr_shaped};

use super::headers::fold;

/// Characters of a cell that a message shows.
const SHOWN_CHARS: usize = 40;
/// Hours of a week, or of a session.
const MOST_HOURS: i64 = 168;

/// Why a row cannot be brought in, in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RowProblem {
    /// Stable code.
    pub(super) code: &'static str,
    /// In Danish.
    pub(super) da: String,
    /// In English.
    pub(super) en: String,
}

impl RowProblem {
    pub(super) fn new(code: &'static str, da: String, en: String) -> Self {
        Self { code, da, en }
    }
}

type Read<T> = Result<T, RowProblem>;

/// Digits that may be the last four of a CPR number are not shown to anybody.
pub fn mask(text: &str) -> String {
    let mut masked: Vec<char> = text.chars().collect();
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (at, letter) in masked.iter().enumerate() {
        match runs.last_mut() {
            Some((begin, length)) if letter.is_ascii_digit() && *begin + *length == at => {
                *length += 1;
            }
            _ if letter.is_ascii_digit() => runs.push((at, 1)),
            _ => {}
        }
    }
    for (place, (begin, length)) in runs.iter().enumerate() {
        let follows = |(before, six): &(usize, usize)| before + six + 1 == *begin && *six == 6;
        let is_second_half =
            *length == 4 && place.checked_sub(1).is_some_and(|before| follows(&runs[before]));
        if is_second_half || (9..=10).contains(length) {
            masked[begin + length - 4..begin + length].fill('x');
        }
    }
    masked.into_iter().collect()
}

fn shown(text: &str) -> String {
    let masked = mask(text);
    match masked.char_indices().nth(SHOWN_CHARS) {
        Some((at, _)) => format!("{}…", &masked[..at]),
        None => masked,
    }
}

/// A cell under its header, for messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell<'a> {
    pub(super) header: &'a str,
    pub(super) text: &'a str,
}

impl Cell<'_> {
    fn problem(self, code: &'static str, da: &str, en: &str) -> RowProblem {
        let (header, shown) = (self.header.trim(), shown(self.text));
        RowProblem::new(
            code,
            format!("{header}: \"{shown}\" {da}"),
            format!("{header}: \"{shown}\" {en}"),
        )
    }

    /// A date: `21-11-2026`, `21.11.2026`, `21/11/2026` or `2026-11-21`.
    pub(super) fn date(self) -> Read<NaiveDate> {
        let no = || {
            let da = "er ikke en dato; skriv den som 21-11-2026, 21.11.2026 eller 2026-11-21";
            let en = "is not a date; write it as 21-11-2026, 21.11.2026 or 2026-11-21";
            self.problem("bad_date", da, en)
        };
        let parts: Vec<&str> = self.text.split(['-', '.', '/']).collect();
        let [first, second, third] = parts[..] else {
            return Err(no());
        };
        let is_number = |part: &str, most: usize| {
            (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        let (year, month, day) = if first.len() == 4 && self.text.as_bytes()[4] == b'-' {
            (first, second, third)
        } else {
            (third, second, first)
        };
        if year.len() != 4 || !is_number(year, 4) || !is_number(month, 2) || !is_number(day, 2) {
            return Err(no());
        }
        let number = |part: &str| part.parse::<u32>().ok();
        let day = year
            .parse()
            .ok()
            .and_then(|year| NaiveDate::from_ymd_opt(year, number(month)?, number(day)?));
        day.filter(|day| (FIRST_DAY..=LAST_DAY).contains(day)).ok_or_else(no)
    }

    /// Hours in hundredths: `2,75` or `2.75`.
    pub(super) fn hundredths(self) -> Read<i64> {
        let no = || {
            let da = "er ikke et timetal; skriv det som 2,75";
            let en = "is not a number of hours; write it as 2,75 or 2.75";
            self.problem("bad_number", da, en)
        };
        let text = self.text.replace(',', ".");
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || whole.len() > 4 || part.len() > 2 || !is_digits(whole) {
            return Err(no());
        }
        if !is_digits(part) || (part.is_empty() && text.contains('.')) {
            return Err(no());
        }
        let hundredths = format!("{whole}{part:0<2}").parse::<i64>().map_err(|_| no())?;
        if hundredths > MOST_HOURS * 100 { Err(no()) } else { Ok(hundredths) }
    }

    /// A whole number.
    pub(super) fn whole(self) -> Read<i64> {
        self.text
            .parse()
            .map_err(|_| self.problem("bad_number", "er ikke et helt tal", "is not a whole number"))
    }

    /// One of the words known here, in either language.
    pub(super) fn word(self, words: &[(&'static str, &[&str])]) -> Read<&'static str> {
        let folded = fold(self.text);
        let same = |word: &&str| fold(word) == folded;
        let found = words.iter().find(|(code, also)| same(code) || also.iter().any(&same));
        found.map(|(code, _)| *code).ok_or_else(|| {
            let known: Vec<&str> =
                words.iter().map(|(code, also)| *also.first().unwrap_or(code)).collect();
            let codes: Vec<&str> = words.iter().map(|(code, _)| *code).collect();
            self.problem(
                "unknown_word",
                &format!("kendes ikke; kendte ord er: {}", known.join(", ")),
                &format!("is not known; known words are: {}", codes.join(", ")),
            )
        })
    }

    /// A reference to a person.
    pub(super) fn person(self) -> Read<Value> {
        PersonRef::parse(self.text).map(|_| Value::from(self.text)).map_err(|_| self.reference())
    }

    /// A reference to a case.
    pub(super) fn case(self) -> Read<Value> {
        CaseRef::parse(self.text).map(|_| Value::from(self.text)).map_err(|_| self.reference())
    }

    /// The name of a track, a note or a source's number.
    pub(super) fn name(self) -> Read<Value> {
        EntryId::parse(self.text).map(|_| Value::from(self.text)).map_err(|_| self.reference())
    }

    fn reference(self) -> RowProblem {
        if is_cpr_shaped(self.text) {
            let da = "ligner et CPR-nummer; brug en reference, der intet siger om personen";
            let en = "looks like a CPR number; take a reference that says nothing of the person";
            return self.problem("bad_reference", da, en);
        }
        let da = "er ikke en reference som SPOR-2025-0101, M-01 eller T1";
        let en = "is not a reference such as SPOR-2025-0101, M-01 or T1";
        self.problem("bad_reference", da, en)
    }

    /// The ten digits of a CPR number and the birth date in it. No check of modulus 11: valid
    /// numbers without it exist since 2007.
    pub(super) fn cpr(self) -> Read<(String, NaiveDate)> {
        let digits: String = self.text.chars().filter(char::is_ascii_digit).collect();
        let is_plain = self.text.chars().all(|c| c.is_ascii_digit() || c == '-' || c == ' ');
        let born = (digits.len() == 10 && is_plain).then(|| birth_date(&digits)).flatten();
        // The number itself is told to nobody, not even in a message.
        born.map(|born| (digits, born)).ok_or_else(|| {
            let header = self.header.trim();
            RowProblem::new(
                "bad_cpr",
                format!(
                    "{header}: ikke et CPR-nummer på ti cifre med en fødselsdato; har regnearket \
                     fjernet et nul forrest? Brug ellers fødselsdato"
                ),
                format!(
                    "{header}: not a CPR number of ten digits with a birth date; did the \
                     spreadsheet drop a leading zero? Else give birth_date"
                ),
            )
        })
    }
}

/// The birth date in ten digits, the century by the seventh of them.
fn birth_date(digits: &str) -> Option<NaiveDate> {
    let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<u32>().ok();
    let (day, month, year) = (number(0..2)?, number(2..4)?, number(4..6)?);
    let year = i32::try_from(year).ok()?;
    NaiveDate::from_ymd_opt(century(number(6..7)?, year) + year, month, day)
        .filter(|born| born.year() >= FIRST_DAY.year())
}

/// The century that the seventh digit stands for.
fn century(seventh: u32, year: i32) -> i32 {
    match (seventh, year) {
        (4 | 9, 0..=36) | (5..=8, 0..=57) => 2000,
        (5..=8, _) => 1800,
        _ => 1900,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> Cell<'_> {
        Cell { header: "h", text }
    }

    #[test]
    fn the_seventh_digit_names_the_century() {
        let told = [(0, 99), (3, 7), (4, 36), (4, 37), (5, 57), (5, 58), (8, 0), (9, 36), (9, 37)];
        let centuries = told.map(|(seventh, year)| century(seventh, year) / 100);
        assert_eq!(centuries, [19, 19, 20, 19, 20, 18, 20, 20, 19]);
    }

    #[test]
    fn a_date_is_read_in_every_shape_that_excel_writes() {
        let written = ["3-2-2025", "03-02-2025", "03.02.2025", "3/2/2025", "2025-02-03"];
        for text in written {
            assert_eq!(cell(text).date().map(|day| day.to_string()).as_deref(), Ok("2025-02-03"));
        }
        for text in ["03-02-25", "30-02-2025", "2025.02.03", "1-1-1899", "x", "", "1-1-20255"] {
            assert_eq!(
                cell(text).date().map_err(|problem| problem.code),
                Err("bad_date"),
                "{text}"
            );
        }
    }

    #[test]
    fn hours_are_read_with_comma_or_point() {
        let read = ["2,75", "2.75", "3", "0,5", "12,50"].map(|text| cell(text).hundredths());
        assert_eq!(read, [275, 275, 300, 50, 1250].map(Ok));
        for text in ["2,755", "1.000,5", "-2", "2,", ",5", "169", "2 t", ""] {
            assert!(cell(text).hundredths().is_err(), "{text}");
        }
    }

    #[test]
    fn a_number_of_ten_digits_gives_a_birth_date() {
        let number = format!("010199-{}", "0000");
        let read = cell(&number).cpr().map(|(_, born)| born.to_string());
        assert_eq!(read.as_deref(), Ok("1999-01-01"));
        let problem = cell("310299000").cpr().expect_err("nine digits");
        assert!(!problem.en.contains("310299"), "{problem:?}");
    }

    #[test]
    fn what_may_be_a_cpr_number_is_masked() {
        let born = "010199";
        let number = format!("{born}-{}", "0000");
        assert_eq!(mask(&format!("om {number} her")), format!("om {born}-xxxx her"));
        assert_eq!(mask("SPOR-2025-0101"), "SPOR-2025-0101");
        assert_eq!(mask("2025-03-12 10:30"), "2025-03-12 10:30");
    }
}
