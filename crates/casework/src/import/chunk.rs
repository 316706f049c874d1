//! Lines on their way together, and what becomes of each.

use chrono::{DateTime, Utc};
use spor_domain::door::{Command, Malformed, Stream};
use spor_domain::rejection::{Language, Rejection};
use spor_store::Append;

use super::OnRefused;
use super::clock::Clock;
use super::reading::ReadLine;
use super::report::{Kept, LineOutcome, ReportLine};

/// What a line is decided to be.
#[derive(Debug)]
pub(super) enum Fate {
    Undecided,
    Malformed(Malformed),
    /// An earlier import has answered it.
    Earlier(Kept),
    Refused(Rejection),
    Unchanged,
    /// The case that its row begins is held under another reference, and stays as it is.
    Elsewhere,
    /// The line that it follows was not recorded; that one says why.
    Follows,
    /// It may be recorded; whether it is, the store will say.
    Accepted,
}

/// A line on its way through the import.
#[derive(Debug)]
pub(super) struct Item {
    number: u64,
    pub(super) key: String,
    said: Option<(String, String)>,
    pub(super) wish: Option<(Command, DateTime<Utc>)>,
    pub(super) fate: Fate,
    pub(super) row: Option<OfRow>,
}

/// Where a line of a row stands.
#[derive(Debug)]
pub(super) struct OfRow {
    /// The place in the chunk of the row's first line.
    pub(super) first: usize,
    danish: Option<String>,
}

/// Lines on their way together.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub(super) items: Vec<Item>,
    pub(super) appends: Vec<(usize, Append)>,
}

impl Chunk {
    /// Takes in a line, with what an earlier import made of it.
    pub(super) fn push(&mut self, line: ReadLine, earlier: Option<Kept>, clock: &mut Clock) {
        let ReadLine { number, key, parsed, said, part } = line;
        let timed = parsed.and_then(|line| {
            let at = clock.time(&line, earlier.is_some())?;
            Ok((line.command, at))
        });
        let (wish, fate) = match (timed, earlier) {
            (Ok(wish), None) => (Some(wish), Fate::Undecided),
            (Ok(wish), Some(kept)) => (Some(wish), Fate::Earlier(kept)),
            (Err(problem), _) => (None, Fate::Malformed(problem)),
        };
        let here = self.items.len();
        let row = part.map(|part| OfRow { first: here - part.of_row, danish: part.danish });
        self.items.push(Item { number, key, said, wish, fate, row });
    }

    /// Lines that an earlier import refused are decided again, when that is wanted.
    pub(super) fn forget_refusals(&mut self, refused: OnRefused) {
        for item in &mut self.items {
            let is_refused =
                matches!(&item.fate, Fate::Earlier(kept) if kept.outcome == LineOutcome::Rejected);
            if is_refused && refused == OnRefused::DecideAgain {
                item.fate = Fate::Undecided;
            }
        }
    }

    /// What was answered from a memory that did not hold is open again.
    pub(super) fn doubt_answers(&mut self) {
        for item in &mut self.items {
            if matches!(
                item.fate,
                Fate::Refused(_) | Fate::Unchanged | Fate::Elsewhere | Fate::Follows
            ) {
                item.fate = Fate::Undecided;
            }
        }
    }

    /// The malformed lines alone.
    pub(super) fn malformed(&self) -> impl Iterator<Item = ReportLine> {
        let malformed = self.items.iter().filter(|item| matches!(item.fate, Fate::Malformed(_)));
        malformed.filter_map(|item| item.report(Language::En))
    }

    /// Every line with its outcome.
    pub(super) fn report(&self, language: Language) -> impl Iterator<Item = ReportLine> {
        self.items.iter().filter_map(move |item| item.report(language))
    }

    /// Whether a line follows one that was not recorded, so that it is not either.
    pub(super) fn follows_nothing(&self, at: usize, decided: &[(usize, Fate)]) -> bool {
        let first = self.items[at].row.as_ref().map(|row| row.first).filter(|first| *first != at);
        let Some(first) = first else {
            return false;
        };
        let newly = decided.iter().rev().find(|(place, _)| *place == first);
        match newly.map_or(&self.items[first].fate, |(_, fate)| fate) {
            Fate::Accepted | Fate::Unchanged => false,
            Fate::Earlier(kept) => kept.outcome == LineOutcome::Rejected,
            Fate::Undecided
            | Fate::Malformed(_)
            | Fate::Refused(_)
            | Fate::Elsewhere
            | Fate::Follows => true,
        }
    }

    /// The outcomes to be kept outside the log.
    pub(super) fn to_keep(&self, language: Language) -> Vec<(String, String)> {
        let kept = self.items.iter().filter_map(|item| Some((item, item.to_keep(language)?)));
        kept.filter_map(|(item, kept)| Some((item.key.clone(), serde_json::to_string(&kept).ok()?)))
            .collect()
    }
}

impl Item {
    fn report(&self, language: Language) -> Option<ReportLine> {
        let no = |code: &str, message: String| (Some(code.to_owned()), Some(message));
        let (outcome, (code, message)) = match &self.fate {
            Fate::Undecided | Fate::Follows => return None,
            Fate::Malformed(problem) => {
                (LineOutcome::Malformed, no(problem.code, problem.message.clone()))
            }
            Fate::Earlier(kept) => (kept.outcome, (kept.code.clone(), kept.message.clone())),
            Fate::Refused(rejection) => {
                let message = rejection.explain(language).message;
                (LineOutcome::Rejected, no(rejection.code(), message))
            }
            Fate::Unchanged | Fate::Elsewhere => (LineOutcome::Unchanged, (None, None)),
            Fate::Accepted => (LineOutcome::Accepted, (None, None)),
        };
        let (event_type, case) = self.names();
        let told = self.told();
        Some(ReportLine { line: self.number, outcome, event_type, case, code, message, told })
    }

    /// The no of a row, in both languages.
    fn told(&self) -> Option<(String, String)> {
        let row = self.row.as_ref()?;
        let both = |da: &str, en: &str| Some((da.to_owned(), en.to_owned()));
        match &self.fate {
            Fate::Malformed(problem) => {
                let danish = row.danish.as_deref().unwrap_or(&problem.message);
                both(danish, &problem.message)
            }
            Fate::Refused(no) => {
                let words = |language| {
                    let told = no.explain(language);
                    format!("{}: {}; {}", told.message, told.because, told.try_next)
                };
                both(&words(Language::Da), &words(Language::En))
            }
            Fate::Earlier(Kept { message: Some(message), .. }) => both(message, message),
            Fate::Undecided
            | Fate::Earlier(_)
            | Fate::Unchanged
            | Fate::Elsewhere
            | Fate::Follows
            | Fate::Accepted => None,
        }
    }

    fn names(&self) -> (Option<String>, Option<String>) {
        if let Some((command, _)) = &self.wish {
            let about = match &command.stream {
                Stream::Case(case) => Some(case.to_string()),
                Stream::Staff(person) => Some(person.to_string()),
                Stream::Group(group) => Some(group.to_string()),
                Stream::Programme => None,
            };
            return (Some(command.kind.name.to_owned()), about);
        }
        match &self.said {
            Some((kind, about)) => {
                (Some(kind.clone()), Some(about.clone()).filter(|about| !about.is_empty()))
            }
            None => (None, None),
        }
    }

    fn to_keep(&self, language: Language) -> Option<Kept> {
        match &self.fate {
            Fate::Unchanged => Some(Kept::unchanged()),
            Fate::Refused(rejection) => {
                // The words of this one may quote a sealed field, and outcomes stand in clear.
                let may_quote = matches!(rejection, Rejection::ChangeNotPossible { .. });
                let message = (!may_quote).then(|| rejection.explain(language).message);
                let code = Some(rejection.code().to_owned());
                Some(Kept { outcome: LineOutcome::Rejected, code, message })
            }
            Fate::Undecided
            | Fate::Malformed(_)
            | Fate::Earlier(_)
            | Fate::Elsewhere
            | Fate::Follows
            | Fate::Accepted => None,
        }
    }
}
