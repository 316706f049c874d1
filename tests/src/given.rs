//! Given what was recorded, when somebody wishes something, then this is the answer.
//!
//! ```
//! use spor_tests::given::given;
//! given(&["2025-01-06 CaseOpened"])
//!     .when("2025-04-05 CaseClosed reason=capacity")
//!     .rejected("too_early");
//! ```

use chrono::NaiveDate;
use spor_domain::policy::Policy;
use spor_domain::view::View;

use crate::book::{self, Answer, Book};
use crate::entry;

/// What was recorded, every line of it accepted.
#[derive(Debug, Clone)]
pub struct Given {
    book: Book,
}

/// What was answered to a wish.
#[derive(Debug, Clone)]
pub struct When {
    book: Book,
    line: String,
    answer: Answer,
    on: NaiveDate,
}

/// Starts from these entries, in the short form of [`entry`].
///
/// # Panics
/// When one of them is not accepted.
#[track_caller]
pub fn given(lines: &[&str]) -> Given {
    let mut book = Book::default();
    for line in lines {
        let answer = book.take(&entry::journal_line(line));
        assert_eq!(answer.code(), "accepted", "{line}: {answer:?}");
    }
    Given { book }
}

impl Given {
    /// Somebody wishes to record this.
    #[track_caller]
    pub fn when(&self, line: &str) -> When {
        self.clone().wish(line, &entry::journal_line(line))
    }

    /// Somebody wishes to record this journal line, given as it stands.
    #[track_caller]
    pub fn when_journal(&self, line: &str) -> When {
        self.clone().wish(line, line)
    }

    fn wish(mut self, line: &str, journal: &str) -> When {
        let answer = self.book.take(journal);
        let fields: serde_json::Value = serde_json::from_str(journal).unwrap_or_default();
        let on = fields["date"].as_str().and_then(|date| date.parse().ok()).unwrap_or_default();
        When { book: self.book, line: line.to_owned(), answer, on }
    }

    /// What is true on a day.
    #[track_caller]
    pub fn on(&self, day: &str, check: impl FnOnce(&View, &Policy)) -> &Self {
        look(&self.book, parsed(day), check);
        self
    }

    /// The reminders open on a day.
    pub fn reminders(&self, day: &str) -> Vec<String> {
        book::open_reminders(&self.book.view(parsed(day)), &self.book.policies(None))
    }

    /// The reminders of one rule open on a day.
    pub fn reminders_of(&self, rule: &str, day: &str) -> Vec<String> {
        let mut open = self.reminders(day);
        open.retain(|reminder| reminder.starts_with(rule));
        open
    }

    /// What was recorded.
    pub fn book(&self) -> &Book {
        &self.book
    }
}

impl When {
    /// It was recorded.
    #[track_caller]
    pub fn accepted(self) -> Self {
        self.answered("accepted")
    }

    /// It was so already; nothing was recorded.
    #[track_caller]
    pub fn unchanged(self) -> Self {
        self.answered("unchanged")
    }

    /// A rule said no.
    #[track_caller]
    pub fn rejected(self, code: &str) -> Self {
        assert!(matches!(self.answer, Answer::Rejected(_)), "{}: {:?}", self.line, self.answer);
        self.answered(code)
    }

    /// It was turned away at the door.
    #[track_caller]
    pub fn malformed(self, code: &str) -> Self {
        assert!(matches!(self.answer, Answer::Malformed(_)), "{}: {:?}", self.line, self.answer);
        self.answered(code)
    }

    /// The refusal names this: a day, a track, what to do.
    #[track_caller]
    pub fn naming(self, text: &str) -> Self {
        let said = match &self.answer {
            Answer::Rejected(rejection) => {
                let said = rejection.explain(spor_domain::rejection::Language::En);
                format!("{} / {} / {}", said.message, said.because, said.try_next)
            }
            Answer::Malformed(said) => {
                format!("{} / {} / {}", said.message, said.because, said.try_next)
            }
            Answer::Accepted(_) | Answer::Unchanged => String::new(),
        };
        assert!(said.contains(text), "{}: \"{said}\" does not name {text}", self.line);
        self
    }

    /// It was recorded with this warning.
    #[track_caller]
    pub fn warned(self, code: &str) -> Self {
        let Answer::Accepted(accepted) = &self.answer else {
            panic!("{}: {:?}", self.line, self.answer);
        };
        let codes: Vec<&str> = accepted.warnings.iter().map(|warning| warning.code()).collect();
        assert_eq!(codes, [code], "{}", self.line);
        self
    }

    /// What is true on the day of the wish.
    #[track_caller]
    pub fn then(self, check: impl FnOnce(&View, &Policy)) -> Self {
        look(&self.book, self.on, check);
        self
    }

    /// What is true on a day.
    #[track_caller]
    pub fn then_on(self, day: &str, check: impl FnOnce(&View, &Policy)) -> Self {
        look(&self.book, parsed(day), check);
        self
    }

    /// Somebody wishes the next thing.
    #[track_caller]
    pub fn when(self, line: &str) -> Self {
        Given { book: self.book }.when(line)
    }

    /// The reminders open on a day.
    pub fn reminders(&self, day: &str) -> Vec<String> {
        book::open_reminders(&self.book.view(parsed(day)), &self.book.policies(None))
    }

    /// The reminders of one rule open on a day.
    pub fn reminders_of(&self, rule: &str, day: &str) -> Vec<String> {
        let mut open = self.reminders(day);
        open.retain(|reminder| reminder.starts_with(rule));
        open
    }

    /// What was recorded by now.
    pub fn book(&self) -> &Book {
        &self.book
    }

    #[track_caller]
    fn answered(self, code: &str) -> Self {
        assert_eq!(self.answer.code(), code, "{}: {:?}", self.line, self.answer);
        self
    }
}

fn look(book: &Book, day: NaiveDate, check: impl FnOnce(&View, &Policy)) {
    check(&book.view(day), book.policies(None).on(day));
}

/// A day written out.
///
/// # Panics
/// When it is none.
pub fn parsed(day: &str) -> NaiveDate {
    day.parse().expect("a day of the calendar")
}
