//! The values of a question: dates, numbers, words, and days counted from today.

use chrono::{DateTime, NaiveDate};
use spor_domain::calendar;
use spor_store::{Cell, ColumnKind};

/// What to write for a value of a kind.
pub(super) fn expected(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Text => "write a word, or a text in quotes",
        ColumnKind::Integer => "write a whole number",
        ColumnKind::Real => "write a number, as 2.5",
        ColumnKind::Date => "write a date as 2026-03-24, or today, today+14d, today-2w, today+1m",
        ColumnKind::Instant => "write a date, or an instant as 2026-03-24T06:30:00Z",
        ColumnKind::Flag => "write true or false",
    }
}

/// Reads a value of a kind; `today` is the day the question is about.
pub(super) fn value(kind: ColumnKind, text: &str, today: NaiveDate) -> Option<Cell> {
    match kind {
        ColumnKind::Text => Some(Cell::Text(text.to_owned())),
        ColumnKind::Integer => text.parse().ok().map(Cell::Integer),
        ColumnKind::Real => {
            let number: Option<f64> = text.replace(',', ".").parse().ok();
            number.filter(|number| number.is_finite()).map(Cell::Real)
        }
        ColumnKind::Date => day(text, today).map(Cell::Date),
        ColumnKind::Instant => {
            let instant = DateTime::parse_from_rfc3339(text).ok();
            let instant = instant.map(|at| Cell::Instant(at.to_utc()));
            instant.or_else(|| day(text, today).map(Cell::Date))
        }
        ColumnKind::Flag => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "ja" => Some(Cell::Flag(true)),
            "false" | "no" | "nej" => Some(Cell::Flag(false)),
            _ => None,
        },
    }
}

/// A date, or `today` with days, weeks or months to or fro.
fn day(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    let is_long_enough = text.len() == "YYYY-MM-DD".len();
    if let Some(date) = text.parse::<NaiveDate>().ok().filter(|_| is_long_enough) {
        return (calendar::FIRST_DAY..=calendar::LAST_DAY).contains(&date).then_some(date);
    }
    let lower = text.to_ascii_lowercase();
    let shift = lower.strip_prefix("today")?;
    if shift.is_empty() {
        return Some(today);
    }
    let (sign, length) = shift.split_at_checked(1)?;
    let (number, unit) = length.split_at_checked(length.len().checked_sub(1)?)?;
    let number: u32 = number.parse().ok()?;
    let months = chrono::Months::new(number);
    match (sign, unit) {
        ("+", "d") => Some(calendar::days_after(today, number)),
        ("-", "d") => Some(calendar::days_before(today, number)),
        ("+", "w") => Some(calendar::days_after(today, number.checked_mul(7)?)),
        ("-", "w") => Some(calendar::days_before(today, number.checked_mul(7)?)),
        ("+", "m") => Some(calendar::months_after(today, number)),
        ("-", "m") => today.checked_sub_months(months),
        _ => None,
    }
}
