//! Days and months as people write them.

use chrono::{Datelike, Months, NaiveDate};

use crate::digest::Language;

/// A day as people write it: `21.11.2026`, in English `21 November 2026`.
pub(super) fn civil_day(language: Language, day: NaiveDate) -> String {
    match language {
        Language::Da => day.format("%d.%m.%Y").to_string(),
        Language::En => day.format("%-d %B %Y").to_string(),
    }
}

/// The month before a day: what a statement about a whole month is about.
pub(super) fn last_month(language: Language, day: NaiveDate) -> String {
    const MONTHS: [&str; 12] = [
        "januar",
        "februar",
        "marts",
        "april",
        "maj",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "december",
    ];
    let before = day.checked_sub_months(Months::new(1)).unwrap_or(day);
    match language {
        Language::Da => format!("{} {}", MONTHS[before.month0() as usize], before.year()),
        Language::En => before.format("%B %Y").to_string(),
    }
}
