//! A question that cannot be understood, with the place where it stops making sense.

use std::fmt;

/// Why a question cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadQuery {
    /// The text that was read.
    pub text: String,
    /// The character at which it stops making sense, from 0.
    pub at: usize,
    /// How many characters are meant.
    pub width: usize,
    /// What is wrong.
    pub what: String,
    /// Why that is so.
    pub because: String,
    /// What to write instead.
    pub try_next: String,
}

impl std::error::Error for BadQuery {}

impl fmt::Display for BadQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)
    }
}

impl BadQuery {
    /// The stable name of the error.
    pub fn code(&self) -> &'static str {
        "bad_query"
    }

    /// Why that is so, with a caret under the place.
    pub fn because(&self) -> String {
        format!("{}\n{}", self.because, self.caret())
    }

    /// What to do now.
    pub fn try_next(&self) -> String {
        self.try_next.clone()
    }

    /// The text and, under it, a caret at the place.
    pub fn caret(&self) -> String {
        let line: String =
            self.text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        format!("    {line}\n    {}{}", " ".repeat(self.at), "^".repeat(self.width.max(1)))
    }
}
