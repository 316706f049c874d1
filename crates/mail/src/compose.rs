//! One letter for one person: ordered, bounded, checked, and always the same bytes.

use std::collections::BTreeSet;

use chrono::Datelike;

use crate::{
    calendar::{self, Entry, Method, Sheet},
    digest::{Digest, Header, Held, Item, ItemNote, Language, Level, SignedTree},
    lint::{self, Finding},
    mime,
    texts::{self, Counts, Fault, ItemText, Section, Texts, Written},
};

/// How many items a letter lists before it says "and N more".
pub const MAX_LINES: usize = 50;

/// The longest letter, in bytes as they go over the wire; a longer one lists fewer items.
pub const MAX_BYTES: usize = 256 * 1024;

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
    Text(Fault),
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
    /// The frame cannot be written.
    #[error("the letter cannot be written: {0}")]
    Text(Fault),
    /// The bytes are not those of a letter.
    #[error("the letter cannot be encoded: {0}")]
    Bytes(String),
    /// One single item is longer than a letter.
    #[error("a letter has at most {MAX_BYTES} bytes, and one of its items has more")]
    TooLong,
}

/// Writes the letter of a digest: critical items first, then escalated, overdue and due ones.
///
/// `forbidden` are the names known in the cases; a letter that holds one is refused, and so is
/// anything in the shape of a CPR number. An item that cannot be written is left out with its
/// reason and never stops the others.
pub fn compose(
    texts: &Texts,
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
    let task = Task { texts, digest, header, forbidden };
    let mut limit = MAX_LINES;
    loop {
        let letter = task.compose(limit)?;
        if letter.bytes.len() <= MAX_BYTES {
            return Ok(letter);
        }
        limit = if limit > 1 { limit / 2 } else { return Err(ComposeError::TooLong) };
    }
}

/// A trial letter: it shows that letters arrive and how they look, and says nothing of anybody.
pub fn trial(texts: &Texts, header: &Header, language: Language) -> Result<Vec<u8>, ComposeError> {
    check_header(header)?;
    let written = texts.trial(language).map_err(ComposeError::Text)?;
    encode(header, language, &written, &[], &[])
}

/// The letter of a signed checkpoint; hashes and numbers are all that is in it.
pub fn checkpoint(
    texts: &Texts,
    tree: &SignedTree,
    header: &Header,
    language: Language,
) -> Result<Vec<u8>, ComposeError> {
    check_header(header)?;
    lint::check_value(tree.municipality.as_deref().unwrap_or_default(), &[])?;
    let written = texts.checkpoint(tree, language).map_err(ComposeError::Text)?;
    let bytes = mime::letter(header, language, &written, &[]).map_err(ComposeError::Bytes)?;
    sound(bytes)
}

/// What a letter is made from.
struct Task<'a> {
    texts: &'a Texts,
    digest: &'a Digest,
    header: &'a Header,
    forbidden: &'a [String],
}

impl<'a> Task<'a> {
    fn compose(&self, limit: usize) -> Result<Composed, ComposeError> {
        let lines = self.write_lines(limit);
        let Some((_, first)) = lines.written.first() else {
            return Err(ComposeError::AllRefused(lines.refused));
        };
        let items = lines.written.len() + lines.omitted;
        let own_subject = (items == 1).then(|| first.subject.clone());
        let calendars = self.calendars(&lines.written);
        let meetings = calendars.iter().filter(|(method, _)| *method == Method::Publish);
        let held: BTreeSet<&str> = self.held().map(|held| held.case_ref.as_str()).collect();
        let counts = Counts {
            items,
            cases: lines.cases.len(),
            omitted: lines.omitted,
            meetings: meetings.map(|(_, entries)| entries.len()).sum(),
            held: held.into_iter().collect(),
        };
        let omitted = lines.omitted;
        let sections = sections_of(lines.written);
        let written = self
            .texts
            .frame(self.digest, &sections, &counts, own_subject.as_deref())
            .map_err(ComposeError::Text)?;
        let sheet = Sheet::of(self.digest, self.header);
        let calendars: Vec<(Method, String)> = calendars
            .into_iter()
            .map(|(method, entries)| (method, calendar::write(method, &entries, &sheet)))
            .collect();
        let bytes =
            encode(self.header, self.digest.language, &written, &calendars, self.forbidden)?;
        Ok(Composed { bytes, subject: written.subject, omitted, refused: lines.refused })
    }

    fn write_lines(&self, limit: usize) -> Lines<'a> {
        let mut lines =
            Lines { written: Vec::new(), cases: BTreeSet::new(), omitted: 0, refused: Vec::new() };
        for at in in_order(&self.digest.items) {
            let item = &self.digest.items[at];
            if lines.written.len() >= limit {
                lines.omitted += 1;
                lines.cases.insert(&item.case_ref);
                continue;
            }
            match self.write_line(item) {
                Ok(text) => {
                    lines.cases.insert(&item.case_ref);
                    lines.written.push((item, text));
                }
                Err(why) => lines.refused.push(Refused { item: at, why }),
            }
        }
        lines
    }

    fn write_line(&self, item: &Item) -> Result<ItemText, Refusal> {
        let mut values = vec![&item.rule, &item.case_ref, &item.role];
        values.extend(&item.link);
        values.extend(&item.calendar_id);
        values.extend(item.note.as_ref().and_then(ItemNote::role));
        for value in values {
            lint::check_value(value, self.forbidden)?;
        }
        if !texts::knows(&item.rule) {
            return Err(Refusal::UnknownRule);
        }
        let text = self.texts.item(self.digest, self.header, item).map_err(Refusal::Text)?;
        lint::check_text(&text.line, self.forbidden)?;
        lint::check_text(&text.subject, self.forbidden)?;
        lint::check_html(&text.html, self.forbidden)?;
        Ok(text)
    }

    /// The meetings that are still to come, and those that are taken back.
    fn calendars(&self, written: &[(&Item, ItemText)]) -> Vec<(Method, Vec<Entry>)> {
        let show = self.header.case_in_subject;
        let entry = |(item, text): &(&Item, ItemText)| {
            let on = item.due.filter(|due| *due >= self.digest.day)?;
            let id = item.calendar_id.clone()?;
            let link = item.link.clone().filter(|_| show);
            Some(Entry { id, on, summary: text.subject.clone(), link })
        };
        let mut published: Vec<Entry> = Vec::new();
        for entry in written.iter().filter_map(entry) {
            // In two roles somebody is told twice, and meets once.
            if !published.iter().any(|known| known.id == entry.id) {
                published.push(entry);
            }
        }
        let is_back = |held: &&Held| !published.iter().any(|known| known.id == held.calendar_id);
        let taken_back: Vec<Entry> =
            self.held().filter(is_back).filter_map(|held| self.taken_back(held)).collect();
        let both = [(Method::Publish, published), (Method::Cancel, taken_back)];
        both.into_iter().filter(|(_, entries)| !entries.is_empty()).collect()
    }

    /// What was held and may be named.
    fn held(&self) -> impl Iterator<Item = &'a Held> {
        let forbidden = self.forbidden;
        let may = move |value: &str| lint::check_value(value, forbidden).is_ok();
        self.digest.held.iter().filter(move |held| may(&held.case_ref) && may(&held.calendar_id))
    }

    fn taken_back(&self, held: &Held) -> Option<Entry> {
        let item = Item {
            rule: held.rule.clone(),
            case_ref: held.case_ref.clone(),
            level: Level::Notice,
            due: Some(held.due),
            role: held.role.clone(),
            link: None,
            note: None,
            calendar_id: None,
        };
        // The words of the program, so that no text of a reader's own keeps an entry alive.
        let text = Texts::built_in().item(self.digest, self.header, &item).ok()?;
        let (id, summary) = (held.calendar_id.clone(), text.subject);
        Some(Entry { id, on: held.due, summary, link: None })
    }
}

/// Checks every part of a letter as its reader will see it, and encodes it.
fn encode(
    header: &Header,
    language: Language,
    written: &Written,
    calendars: &[(Method, String)],
    forbidden: &[String],
) -> Result<Vec<u8>, ComposeError> {
    lint::check_text(&written.subject, forbidden)?;
    lint::check_text(&written.text, forbidden)?;
    lint::check_html(&written.html, forbidden)?;
    for (_, calendar) in calendars {
        lint::check_text(&calendar.replace("\r\n ", ""), forbidden)?;
    }
    let bytes = mime::letter(header, language, written, calendars).map_err(ComposeError::Bytes)?;
    lint::check_letter(&bytes, forbidden)?;
    sound(bytes)
}

fn sound(bytes: Vec<u8>) -> Result<Vec<u8>, ComposeError> {
    if !mime::has_clean_lines(&bytes) {
        let what = "a bare line break or NUL is in its bytes".to_owned();
        return Err(ComposeError::Bytes(what));
    }
    Ok(bytes)
}

struct Lines<'a> {
    written: Vec<(&'a Item, ItemText)>,
    cases: BTreeSet<&'a str>,
    omitted: usize,
    refused: Vec<Refused>,
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

fn sections_of(written: Vec<(&Item, ItemText)>) -> Vec<Section> {
    let mut sections: Vec<Section> =
        Level::ALL.map(|level| Section { level, lines: Vec::new() }).into_iter().collect();
    for (item, text) in written {
        if let Some(section) = sections.iter_mut().find(|s| s.level == item.level) {
            section.lines.push(text);
        }
    }
    sections.retain(|section| !section.lines.is_empty());
    sections
}

fn check_header(header: &Header) -> Result<(), ComposeError> {
    if !is_message_id(&header.message_id) {
        return Err(ComposeError::Header("Message-ID"));
    }
    if header.thread.as_deref().is_some_and(|thread| !is_message_id(thread)) {
        return Err(ComposeError::Header("References"));
    }
    if !is_plain(&header.list_id) {
        return Err(ComposeError::Header("List-Id"));
    }
    if !YEARS.contains(&header.date.year()) {
        return Err(ComposeError::Header("Date"));
    }
    Ok(())
}

fn is_message_id(id: &str) -> bool {
    let id = id.strip_prefix('<').and_then(|id| id.strip_suffix('>'));
    id.and_then(|id| id.split_once('@'))
        .is_some_and(|(left, right)| is_plain(left) && is_plain(right))
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

#[cfg(test)]
mod tests;
