//! What may never stand in a letter: a civil registration number, or a name known in the case.

use mail_parser::{MessageParser, PartType};

mod visible;

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
    /// A part that cannot be read back cannot be vouched for.
    #[error("its bytes cannot be read as a letter")]
    Unreadable,
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
    let value = visible::without_invisible(value).to_lowercase();
    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut names = forbidden.iter().map(|name| name.trim().to_lowercase());
    if names.any(|name| holds_name(&value, &name)) {
        return Err(Finding::KnownName);
    }
    Ok(())
}

/// Checks a finished text. Names count as written, so that a word of our own texts is no name.
pub fn check_text(text: &str, forbidden: &[String]) -> Result<(), Finding> {
    check_cpr(text)?;
    let text = visible::without_invisible(text);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if forbidden.iter().any(|name| holds_name(&text, name.trim())) {
        return Err(Finding::KnownName);
    }
    Ok(())
}

/// Checks a page twice: as its reader sees it, and with all that its source says.
pub fn check_html(html: &str, forbidden: &[String]) -> Result<(), Finding> {
    check_text(&visible::text_of(html), forbidden)?;
    check_text(&visible::decoded(html), forbidden)
}

/// Checks the bytes of a letter as a mail program decodes them: the subject and every part.
pub fn check_letter(bytes: &[u8], forbidden: &[String]) -> Result<(), Finding> {
    let letter = MessageParser::default().parse(bytes).ok_or(Finding::Unreadable)?;
    check_text(letter.subject().unwrap_or_default(), forbidden)?;
    for part in &letter.parts {
        match &part.body {
            PartType::Text(text) => check_text(text, forbidden)?,
            PartType::Html(html) => check_html(html, forbidden)?,
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
                let text = std::str::from_utf8(bytes).map_err(|_| Finding::Unreadable)?;
                check_text(text, forbidden)?;
            }
            PartType::Message(_) => return Err(Finding::Unreadable),
            PartType::Multipart(_) => {}
        }
    }
    Ok(())
}

/// Refuses `ddmmyy-xxxx`, with any usual separator or none. Only the shape counts: numbers that
/// no calendar knows are given out too, and a letter has no need for either.
pub fn check_cpr(text: &str) -> Result<(), Finding> {
    let text = &visible::without_invisible(text);
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
