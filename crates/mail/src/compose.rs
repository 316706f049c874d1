//! One letter for one person: ordered, bounded, checked, and always the same bytes.

use std::collections::BTreeSet;

use chrono::Datelike;

use crate::{
    digest::{Digest, Header, Item, ItemNote, Language, SignedTree},
    lint::{self, Finding},
    mime,
    texts::{self, Counts, ItemText, Section},
};

/// How many items a letter lists before it says "and N more".
pub const MAX_LINES: usize = 50;

/// The years a `Date` header can carry.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=9999;

/// The longest `Message-ID` and `List-Id` we write; RFC 5322 ends a line at 998 bytes.
const MAX_HEADER_BYTES: usize = 200;

/// A letter, ready to be stored and handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    /// The letter as it goes over the wire, without the dots that SMTP adds.
    pub bytes: Vec<u8>,
    /// The subject before it was encoded.
    pub subject: String,
    /// How many items are only counted, because the letter was full.
    pub omitted: usize,
    /// The items that could not be written; the others were.
    pub refused: Vec<Refused>,
}

/// An item that was left out of the letter, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its place in [`Digest::items`].
    pub item: usize,
    /// Why it was left out.
    pub why: Refusal,
}

/// Why one item cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// One of its values may not be sent.
    #[error(transparent)]
    Forbidden(#[from] Finding),
    /// There is no text for its rule.
    #[error("there is no text for this rule")]
    UnknownRule,
    /// Its text asks for something it does not have: a role it knows, a date.
    #[error("its text cannot be written: {0}")]
    Text(String),
}

/// Why there is no letter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// An empty letter is never sent.
    #[error("a letter without a single item is not written")]
    Empty,
    /// Every single item was refused.
    #[error("no item of the letter could be written; the first because {}", first_reason(.0))]
    AllRefused(Vec<Refused>),
    /// A header that would break the letter.
    #[error("the header {0} is empty, too long, or holds a character that ends it")]
    Header(&'static str),
    /// The finished text, or a value of its frame, may not be sent.
    #[error("the letter may not be sent: {0}")]
    Forbidden(#[from] Finding),
    /// The frame cannot be written, or the bytes are not those of a letter.
    #[error("the letter cannot be written: {0}")]
    Text(String),
}

/// Writes the letter of a digest: critical items first, then escalated, overdue and due ones.
///
/// `forbidden` are the names known in the cases; a letter that holds one is refused, and so is
/// anything in the shape of a CPR number. An item that cannot be written is left out with its
/// reason and never stops the others.
pub fn compose(
    digest: &Digest,
    header: &Header,
    forbidden: &[String],
) -> Result<Composed, ComposeError> {
    if digest.items.is_empty() {
        return Err(ComposeError::Empty);
    }
    check_header(header)?;
    lint::check_value(&digest.recipient_ref, forbidden)?;
    lint::check_value(digest.municipality.as_deref().unwrap_or_default(), forbidden)?;

    let lines = write_lines(digest, header, forbidden);
    let Some((_, first)) = lines.written.first() else {
        return Err(ComposeError::AllRefused(lines.refused));
    };
    let first_subject = first.subject.clone();
    let (omitted, items) = (lines.omitted, lines.written.len() + lines.omitted);
    let counts = Counts { items, cases: lines.cases.len(), omitted };
    let sections = sections_of(lines.written);
    let (frame_subject, text) = texts::frame(digest, &sections, &counts).map_err(unwritable)?;
    let subject = if items == 1 { first_subject } else { frame_subject };
    lint::check_text(&subject, forbidden)?;
    lint::check_text(&text, forbidden)?;

    let bytes =
        mime::letter(header, digest.language, &subject, &text).map_err(ComposeError::Text)?;
    if !mime::has_clean_lines(&bytes) {
        return Err(ComposeError::Text("a bare line break or NUL is in its bytes".to_owned()));
    }
    Ok(Composed { bytes, subject, omitted, refused: lines.refused })
}

/// A trial letter: it shows that letters arrive and how they look, and says nothing of anybody.
pub fn trial(header: &Header, language: Language) -> Result<Vec<u8>, ComposeError> {
    check_header(header)?;
    let (subject, text) = texts::trial(language).map_err(unwritable)?;
    mime::letter(header, language, &subject, &text).map_err(ComposeError::Text)
}

/// The letter of a signed checkpoint; hashes and numbers are all that is in it.
pub fn checkpoint(
    tree: &SignedTree,
    header: &Header,
    language: Language,
) -> Result<Vec<u8>, ComposeError> {
    check_header(header)?;
    lint::check_value(tree.municipality.as_deref().unwrap_or_default(), &[])?;
    let (subject, text) = texts::checkpoint(tree, language).map_err(unwritable)?;
    let bytes = mime::letter(header, language, &subject, &text).map_err(ComposeError::Text)?;
    if !mime::has_clean_lines(&bytes) {
        return Err(ComposeError::Text("a bare line break or NUL is in its bytes".to_owned()));
    }
    Ok(bytes)
}

struct Lines<'a> {
    written: Vec<(&'a Item, ItemText)>,
    cases: BTreeSet<&'a str>,
    omitted: usize,
    refused: Vec<Refused>,
}

fn write_lines<'a>(digest: &'a Digest, header: &Header, forbidden: &[String]) -> Lines<'a> {
    let mut lines =
        Lines { written: Vec::new(), cases: BTreeSet::new(), omitted: 0, refused: Vec::new() };
    for at in in_order(&digest.items) {
        let item = &digest.items[at];
        if lines.written.len() >= MAX_LINES {
            lines.omitted += 1;
            lines.cases.insert(&item.case_ref);
            continue;
        }
        match write_line(digest, header, item, forbidden) {
            Ok(text) => {
                lines.cases.insert(&item.case_ref);
                lines.written.push((item, text));
            }
            Err(why) => lines.refused.push(Refused { item: at, why }),
        }
    }
    lines
}

/// The most urgent first, then the oldest; items without a day come last.
fn in_order(items: &[Item]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_key(|&at| {
        let item = &items[at];
        let due = (item.due.is_none(), item.due);
        (std::cmp::Reverse(item.level), due, &item.case_ref, &item.rule, &item.role)
    });
    order
}

fn write_line(
    digest: &Digest,
    header: &Header,
    item: &Item,
    forbidden: &[String],
) -> Result<ItemText, Refusal> {
    let mut values = vec![&item.rule, &item.case_ref, &item.role];
    values.extend(&item.link);
    if let Some(ItemNote::RoleVacant { role }) = &item.note {
        values.push(role);
    }
    for value in values {
        lint::check_value(value, forbidden)?;
    }
    if !texts::knows(&item.rule) {
        return Err(Refusal::UnknownRule);
    }
    let text = texts::item(digest, header, item).map_err(|e| Refusal::Text(e.to_string()))?;
    lint::check_text(&text.line, forbidden)?;
    lint::check_text(&text.subject, forbidden)?;
    Ok(text)
}

fn sections_of(written: Vec<(&Item, ItemText)>) -> Vec<Section> {
    let mut sections: Vec<Section> =
        texts::LEVELS.map(|level| Section { level, lines: Vec::new() }).into_iter().collect();
    for (item, text) in written {
        if let Some(section) = sections.iter_mut().find(|s| s.level == item.level) {
            section.lines.push(text.line);
        }
    }
    sections.retain(|section| !section.lines.is_empty());
    sections
}

fn check_header(header: &Header) -> Result<(), ComposeError> {
    let id = header.message_id.strip_prefix('<').and_then(|id| id.strip_suffix('>'));
    let (left, right) = id.and_then(|id| id.split_once('@')).unwrap_or_default();
    if !is_plain(left) || !is_plain(right) {
        return Err(ComposeError::Header("Message-ID"));
    }
    if !is_plain(&header.list_id) {
        return Err(ComposeError::Header("List-Id"));
    }
    if !YEARS.contains(&header.date.year()) {
        return Err(ComposeError::Header("Date"));
    }
    Ok(())
}

/// Letters, digits and the marks of an identifier: nothing that folds, quotes or ends a header.
fn is_plain(value: &str) -> bool {
    let marks = ['.', '-', '_', '+', '=', '/', '!', '#', '$', '%', '&', '*', '~', '^', '|'];
    (1..=MAX_HEADER_BYTES).contains(&value.len())
        && value.chars().all(|c| c.is_ascii_alphanumeric() || marks.contains(&c))
}

fn first_reason(refused: &[Refused]) -> String {
    refused.first().map_or_else(String::new, |refused| refused.why.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "it is the shape that map_err asks for")]
fn unwritable(error: minijinja::Error) -> ComposeError {
    ComposeError::Text(error.to_string())
}

#[cfg(test)]
mod tests;
