//! Meetings for the reader's calendar, as RFC 5545 wants them: whole days, short lines, CR LF.
//!
//! Nothing is made up: the instant is the letter's own, and the number of the version is the day of
//! the letter, so that what a later letter says outranks what an earlier one said.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use mail_parser::{Message, MessageParser};

use crate::digest::{Digest, Header};

/// The octets of a line, its end not counted.
const LINE_OCTETS: usize = 75;

/// What a calendar shall do with entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Take them in, or bring them up to date.
    Publish,
    /// Take them out.
    Cancel,
}

impl Method {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Method::Publish => "PUBLISH",
            Method::Cancel => "CANCEL",
        }
    }
}

/// What a letter tells the calendar, by meeting.
#[derive(Clone, Debug, Default)]
pub struct Said(BTreeMap<String, Method>);

impl Said {
    /// Takes a letter apart.
    pub fn of(letter: &[u8]) -> Self {
        let letter = MessageParser::default().parse(letter);
        let parts = letter.iter().flat_map(Message::attachments);
        let mut said = BTreeMap::new();
        for calendar in parts.filter_map(|part| std::str::from_utf8(part.contents()).ok()) {
            let cancels = calendar.lines().any(|line| line == "METHOD:CANCEL");
            let method = if cancels { Method::Cancel } else { Method::Publish };
            let names = calendar.lines().filter_map(|line| line.strip_prefix("UID:"));
            for (id, _) in names.filter_map(|name| name.split_once('@')) {
                said.entry(id.to_owned()).or_insert(method);
            }
        }
        Self(said)
    }

    /// What it tells about a meeting; nothing when it does not name it.
    pub fn about(&self, id: &str) -> Option<Method> {
        self.0.get(id).copied()
    }
}

/// One meeting: the last day on which it is in time.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) on: NaiveDate,
    pub(crate) summary: String,
    pub(crate) link: Option<String>,
}

/// What stands around the entries of one letter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sheet<'a> {
    pub(crate) from: &'a str,
    pub(crate) host: &'a str,
    pub(crate) language: &'a str,
    pub(crate) date: DateTime<Utc>,
    pub(crate) day: NaiveDate,
}

impl<'a> Sheet<'a> {
    /// What the letter itself says of this.
    pub(crate) fn of(digest: &Digest, header: &'a Header) -> Sheet<'a> {
        let host = header.message_id.rsplit('@').next().unwrap_or_default();
        Sheet {
            from: header.from.as_str(),
            host: host.trim_end_matches('>'),
            language: digest.language.code(),
            date: header.date,
            day: digest.day,
        }
    }
}

/// Writes a calendar of entries.
pub(crate) fn write(method: Method, entries: &[Entry], sheet: &Sheet<'_>) -> String {
    let mut out = String::new();
    let product = format!("PRODID:-//Spor//Spor//{}", sheet.language.to_uppercase());
    for line in ["BEGIN:VCALENDAR", "VERSION:2.0", &product, "CALSCALE:GREGORIAN"] {
        push(&mut out, line);
    }
    push(&mut out, &format!("METHOD:{}", method.as_str()));
    for entry in entries {
        write_entry(&mut out, method, entry, sheet);
    }
    push(&mut out, "END:VCALENDAR");
    out
}

fn write_entry(out: &mut String, method: Method, entry: &Entry, sheet: &Sheet<'_>) {
    let next_day = entry.on.succ_opt().unwrap_or(entry.on);
    push(out, "BEGIN:VEVENT");
    push(out, &format!("UID:{}@{}", entry.id, sheet.host));
    push(out, &format!("DTSTAMP:{}", sheet.date.format("%Y%m%dT%H%M%SZ")));
    push(out, &format!("SEQUENCE:{}", version(sheet.day)));
    push(out, &format!("DTSTART;VALUE=DATE:{}", entry.on.format("%Y%m%d")));
    push(out, &format!("DTEND;VALUE=DATE:{}", next_day.format("%Y%m%d")));
    push(out, &format!("SUMMARY;LANGUAGE={}:{}", sheet.language, escaped(&entry.summary)));
    push(out, &format!("ORGANIZER:mailto:{}", sheet.from));
    if let Some(link) = &entry.link {
        push(out, &format!("URL:{link}"));
    }
    // The last day in time keeps nobody from another meeting on it, and is nobody else's business.
    push(out, "TRANSP:TRANSPARENT");
    push(out, "CLASS:PRIVATE");
    if method == Method::Cancel {
        push(out, "STATUS:CANCELLED");
    }
    push(out, "END:VEVENT");
}

/// A later day is a higher version; one person gets one letter a day.
fn version(day: NaiveDate) -> i32 {
    day.num_days_from_ce().saturating_sub(NaiveDate::default().num_days_from_ce()).max(0)
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => write!(out, "\\{c}").expect("a text grows"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Adds a line, folded where it is longer than a line may be, and never inside a character.
fn push(out: &mut String, line: &str) {
    let mut used = 0;
    for c in line.chars() {
        if used + c.len_utf8() > LINE_OCTETS {
            out.push_str("\r\n ");
            used = 1;
        }
        out.push(c);
        used += c.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests;
