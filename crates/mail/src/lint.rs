//! What may never stand in a letter: a civil registration number, or a name known in the case.

/// How many characters a value of a digest may have.
pub const MAX_VALUE_CHARS: usize = 300;

/// Why a text may not be sent. It never repeats what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// Ten digits in a row, or six and four.
    #[error("it holds digits in the shape of a CPR number")]
    CprShaped,
    /// A name the caller knows from the case.
    #[error("it holds a name that is known in the case")]
    KnownName,
    /// A line break or another control character inside a value.
    #[error("a value holds a line break or another control character")]
    ControlCharacter,
    /// A value that no reference, role or link needs.
    #[error("a value is longer than {MAX_VALUE_CHARS} characters")]
    TooLong,
}

/// Checks one value that goes into a letter; names are found whatever their case.
pub fn check_value(value: &str, forbidden: &[String]) -> Result<(), Finding> {
    if value.chars().count() > MAX_VALUE_CHARS {
        return Err(Finding::TooLong);
    }
    if value.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Err(Finding::ControlCharacter);
    }
    check_cpr(value)?;
    let value = value.to_lowercase();
    let mut names = forbidden.iter().map(|name| name.trim().to_lowercase());
    if names.any(|name| holds_name(&value, &name)) {
        return Err(Finding::KnownName);
    }
    Ok(())
}

/// Checks a finished text. Names count as written, so that a word of our own texts is no name.
pub fn check_text(text: &str, forbidden: &[String]) -> Result<(), Finding> {
    check_cpr(text)?;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if forbidden.iter().any(|name| holds_name(&text, name.trim())) {
        return Err(Finding::KnownName);
    }
    Ok(())
}

/// Refuses `ddmmyy-xxxx`, with any usual separator or none. Only the shape counts: numbers that
/// no calendar knows are given out too, and a letter has no need for either.
pub fn check_cpr(text: &str) -> Result<(), Finding> {
    let mut before: Option<Run> = None;
    for run in digit_runs(text) {
        if run.digits == 10 {
            return Err(Finding::CprShaped);
        }
        if let Some(before) = before
            && before.digits == 6
            && run.digits == 4
            && is_separator(&text[before.end..run.start])
        {
            return Err(Finding::CprShaped);
        }
        before = Some(run);
    }
    Ok(())
}

struct Run {
    start: usize,
    end: usize,
    digits: usize,
}

fn digit_runs(text: &str) -> impl Iterator<Item = Run> {
    let mut rest = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let start = loop {
            let (at, c) = rest.next()?;
            if c.is_numeric() {
                break (at, c);
            }
        };
        let mut run = Run { start: start.0, end: start.0 + start.1.len_utf8(), digits: 1 };
        while let Some((at, c)) = rest.next_if(|(_, c)| c.is_numeric()) {
            run.end = at + c.len_utf8();
            run.digits += 1;
        }
        Some(run)
    })
}

fn is_separator(between: &str) -> bool {
    if between.contains(['\r', '\n']) {
        return false;
    }
    let mut marks = between.trim().chars();
    match (marks.next(), marks.next()) {
        (None, _) => between.chars().count() <= 2,
        (Some('-' | '–' | '—' | '−' | '‑' | '‐' | '/' | '.' | '_'), None) => true,
        _ => false,
    }
}

/// Whether `name` stands in `text` as a word of its own, also in its genitive.
fn holds_name(text: &str, name: &str) -> bool {
    if name.chars().count() < 2 {
        return false;
    }
    text.match_indices(name).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = &text[at + found.len()..];
        let after = after.strip_prefix("'s").or_else(|| after.strip_prefix('s')).unwrap_or(after);
        !before.is_some_and(char::is_alphanumeric)
            && !after.chars().next().is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests;
