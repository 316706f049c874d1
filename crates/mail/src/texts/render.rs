//! From values to text and HTML, within limits.

use std::io::{self, Write};

use chrono::TimeDelta;
use minijinja::value::Value;
use minijinja::{Captured, Error, ErrorKind, context};

use super::words::{civil_day, last_month};
use super::{Fault, Texts, fault_of, name_of};
use crate::digest::{Digest, Header, Item, ItemNote, Language, Level, SignedTree};

/// The longest text of one item, in bytes.
const MAX_ITEM_BYTES: usize = 8 * 1024;
/// The longest text of one letter, in bytes.
const MAX_LETTER_BYTES: usize = 512 * 1024;

/// The lines of one item, and the subject it would have on its own.
#[derive(Debug)]
pub(crate) struct ItemText {
    pub(crate) subject: String,
    pub(crate) line: String,
    pub(crate) html: String,
}

/// The lines of one level.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) level: Level,
    pub(crate) lines: Vec<ItemText>,
}

/// What the frame of a letter tells beside its lines.
#[derive(Debug, Default)]
pub(crate) struct Counts<'a> {
    pub(crate) items: usize,
    pub(crate) cases: usize,
    pub(crate) omitted: usize,
    /// Meetings that are attached.
    pub(crate) meetings: usize,
    /// The cases whose meetings are taken out of the calendar.
    pub(crate) held: Vec<&'a str>,
}

/// A letter before it is encoded.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

impl Texts {
    /// Writes one item; a rule, role or date that its text asks for and does not get is a fault.
    pub(crate) fn item(
        &self,
        digest: &Digest,
        header: &Header,
        item: &Item,
    ) -> Result<ItemText, Fault> {
        let language = digest.language;
        let name = name_of(&item.rule).unwrap_or(&item.rule);
        if let Some(broken) = self.broken(language, name) {
            return Err(broken.clone());
        }
        let values = values_of(digest, header, item);
        let file = format!("{name}.txt");
        let fault = |error: Error| fault_of(language, &file, &error);
        let environment = self.environment(language);
        let template = environment.get_template(&file).map_err(fault)?;
        let (mut written, line) = fill(&template, values.clone(), MAX_ITEM_BYTES).map_err(fault)?;
        let subject = block(&mut written, "subject").map_err(fault)?;
        let matter = block(&mut written, "matter").map_err(fault)?;
        let own = format!("{name}.html");
        let own = environment.get_template(&own).is_ok().then_some(own);
        let file = own.unwrap_or_else(|| "item.html".to_owned());
        let fault = |error: Error| fault_of(language, &file, &error);
        let template = environment.get_template(&file).map_err(fault)?;
        let values = context! { matter, ..values };
        let (_, html) = fill(&template, values, MAX_ITEM_BYTES).map_err(fault)?;
        Ok(ItemText { subject, line, html })
    }

    /// Writes the frame around the sections.
    pub(crate) fn frame(
        &self,
        digest: &Digest,
        sections: &[Section],
        counts: &Counts<'_>,
        own_subject: Option<&str>,
    ) -> Result<Written, Fault> {
        let shared = context! {
            day => civil_day(digest.language, digest.day),
            items => counts.items,
            cases => counts.cases,
            omitted => counts.omitted,
            meetings => counts.meetings,
            held => counts.held.iter().map(|case| (*case).to_owned()).collect::<Vec<String>>(),
            municipality => digest.municipality.as_deref(),
            recipient => digest.recipient_ref.as_str(),
        };
        let texts = |section: &Section| {
            let lines: Value = section.lines.iter().map(|line| line.line.as_str()).collect();
            context! { level => section.level.code(), lines }
        };
        let pages = |section: &Section| {
            let lines = section.lines.iter().map(|line| line.html.clone());
            let lines: Value = lines.map(Value::from_safe_string).collect();
            context! { level => section.level.code(), lines }
        };
        let text = context! { sections => sections.iter().map(texts).collect::<Value>(), ..shared.clone() };
        let html = context! { sections => sections.iter().map(pages).collect::<Value>(), ..shared };
        self.letter(digest.language, "digest", (text, html), own_subject)
    }

    /// Writes a trial letter.
    pub(crate) fn trial(&self, language: Language) -> Result<Written, Fault> {
        let values = context! { municipality => () };
        self.letter(language, "trial", (values.clone(), values), None)
    }

    /// Writes a letter that carries a signed checkpoint.
    pub(crate) fn checkpoint(
        &self,
        tree: &SignedTree,
        language: Language,
    ) -> Result<Written, Fault> {
        let values = context! {
            day => civil_day(language, tree.day),
            origin => tree.origin.as_str(),
            size => tree.size,
            note => tree.note.as_str(),
            municipality => tree.municipality.as_deref(),
        };
        self.letter(language, "checkpoint", (values.clone(), values), None)
    }

    /// The two parts of a letter; its subject stands in the text, or is that of its one item.
    fn letter(
        &self,
        language: Language,
        name: &str,
        (text, html): (Value, Value),
        own_subject: Option<&str>,
    ) -> Result<Written, Fault> {
        let environment = self.environment(language);
        let file = format!("{name}.txt");
        let fault = |error: Error| fault_of(language, &file, &error);
        let template = environment.get_template(&file).map_err(fault)?;
        let (mut written, text) = fill(&template, text, MAX_LETTER_BYTES).map_err(fault)?;
        let subject = match own_subject {
            Some(subject) => subject.to_owned(),
            None => block(&mut written, "subject").map_err(fault)?,
        };
        let file = format!("{name}.html");
        let fault = |error: Error| fault_of(language, &file, &error);
        let template = environment.get_template(&file).map_err(fault)?;
        let html = context! { subject => subject.as_str(), language => language.code(), ..html };
        let (_, html) = fill(&template, html, MAX_LETTER_BYTES).map_err(fault)?;
        Ok(Written { subject, text: format!("{}\n", text.trim_end()), html })
    }
}

fn values_of(digest: &Digest, header: &Header, item: &Item) -> Value {
    let late = item.due.map(|due| digest.day.signed_duration_since(due));
    let role = item.note.as_ref().and_then(ItemNote::role).map_or("", String::as_str);
    let (vacant_role, untold_role) = match &item.note {
        Some(ItemNote::RoleVacant { .. }) => (role, ""),
        _ => ("", role),
    };
    context! {
        case => item.case_ref.as_str(),
        show_case => header.case_in_subject,
        level => item.level.code(),
        due => item.due.map_or(Value::UNDEFINED, |due| civil_day(digest.language, due).into()),
        last_month => last_month(digest.language, digest.day),
        days_late => late.map_or(0, |late| TimeDelta::num_days(&late).max(0)),
        role => item.role.as_str(),
        note => item.note.as_ref().map_or("", ItemNote::code),
        vacant_role,
        untold_role,
        link => item.link.as_deref(),
    }
}

fn fill<'env>(
    template: &minijinja::Template<'env, 'env>,
    values: Value,
    limit: usize,
) -> Result<(Captured<'env>, String), Error> {
    let mut out = Bounded { bytes: Vec::new(), limit };
    let captured = template.render_captured_to(values, &mut out)?;
    Ok((captured, out.text()?))
}

/// A block of a text that was filled in, on its own.
fn block(written: &mut Captured<'_>, name: &str) -> Result<String, Error> {
    let mut out = Bounded { bytes: Vec::new(), limit: MAX_ITEM_BYTES };
    written.with_state_mut(|state| state.render_block_to_write(name, &mut out))?;
    Ok(out.text()?.trim().to_owned())
}

/// Takes so many bytes and no more.
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
}

impl Bounded {
    fn text(self) -> Result<String, Error> {
        String::from_utf8(self.bytes)
            .map_err(|_| Error::new(ErrorKind::InvalidOperation, "it is not UTF-8"))
    }
}

impl Write for Bounded {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + more.len() > self.limit {
            let what = format!("it writes more than {} bytes", self.limit);
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, what));
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
