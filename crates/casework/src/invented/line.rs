//! One journal line, written field by field.

use std::fmt::{self, Write};

use chrono::NaiveDate;

/// Bytes that most lines fit into.
const USUAL_LENGTH: usize = 256;
const NEVER_FAILS: &str = "a text in memory takes every write";

/// A line being written. Fields come in the order in which they are added.
#[derive(Debug)]
pub(super) struct Line(String);

impl Line {
    /// A line about a day, of a type, in the stream that `key` and `reference` name.
    pub(super) fn new(on: NaiveDate, kind: &str, key: &str, reference: &str) -> Self {
        let mut text = String::with_capacity(USUAL_LENGTH);
        write!(text, "{{\"date\":\"{on}\",\"type\":\"{kind}\",\"{key}\":\"{reference}\"")
            .expect(NEVER_FAILS);
        Self(text)
    }

    /// A field of text, a code, a reference or a date.
    pub(super) fn word(mut self, name: &str, value: impl fmt::Display) -> Self {
        write!(self.0, ",\"{name}\":\"").expect(NEVER_FAILS);
        write!(Escaped(&mut self.0), "{value}").expect(NEVER_FAILS);
        self.0.push('"');
        self
    }

    /// The same field, where there is a value.
    pub(super) fn word_if(self, name: &str, value: Option<impl fmt::Display>) -> Self {
        match value {
            Some(value) => self.word(name, value),
            None => self,
        }
    }

    /// A field of several words.
    pub(super) fn words(mut self, name: &str, values: &[&str]) -> Self {
        write!(self.0, ",\"{name}\":[").expect(NEVER_FAILS);
        for (at, value) in values.iter().enumerate() {
            self.0.push_str(if at == 0 { "\"" } else { ",\"" });
            write!(Escaped(&mut self.0), "{value}").expect(NEVER_FAILS);
            self.0.push('"');
        }
        self.0.push(']');
        self
    }

    /// A field that is a number, true or false, or JSON already.
    pub(super) fn plain(mut self, name: &str, value: impl fmt::Display) -> Self {
        write!(self.0, ",\"{name}\":{value}").expect(NEVER_FAILS);
        self
    }

    /// A field of hours, given in quarters of an hour.
    pub(super) fn hours(self, name: &str, quarters: u32) -> Self {
        let fraction = ["", ".25", ".5", ".75"];
        let rest = usize::try_from(quarters % 4).expect("less than four");
        self.plain(name, format_args!("{}{}", quarters / 4, fraction[rest]))
    }

    /// The finished line, which says when it was recorded where that was another day.
    pub(super) fn finish(mut self, recorded: Option<NaiveDate>) -> String {
        if let Some(day) = recorded {
            self = self.word("recorded", day);
        }
        self.0.push('}');
        self.0
    }
}

/// Writes text as it stands inside the quotes of a JSON string.
struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            match letter {
                '"' | '\\' => self.0.extend(['\\', letter]),
                letter if letter.is_control() => self.0.push(' '),
                letter => self.0.push(letter),
            }
        }
        Ok(())
    }
}
