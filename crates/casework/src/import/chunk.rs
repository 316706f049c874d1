//! Lines decided together: in memory, one after the other, then stored as one group.

use chrono::{DateTime, Utc};
use spor_domain::decide::Decision;
use spor_domain::door::{Command, Malformed, Stream};
use spor_domain::rejection::{Language, Rejection};
use spor_history::codec::Keys;
use spor_store::{Append, Appended, Position, Priority, StoreError};
use tokio::task::JoinHandle;

use super::clock::Clock;
use super::reading::ReadLine;
use super::report::{Kept, LineOutcome, ReportLine};
use super::{ImportOptions, OnRefused};
use crate::actor::Actor;
use crate::error::{CaseworkError, Result};
use crate::execute::{Casework, Mode};
use crate::known::{Known, Question};
use crate::plan::{Manner, Plan};

/// How often a chunk is decided again because others wrote in between. A chunk touches hundreds of
/// streams, so it meets people's writing far more often than a single wish does.
const MOST_CHUNK_TRIES: u32 = 200;

/// What a line is decided to be.
#[derive(Debug)]
enum Fate {
    Undecided,
    Malformed(Malformed),
    /// An earlier import has answered it.
    Earlier(Kept),
    Refused(Rejection),
    Unchanged,
    /// It may be recorded; whether it is, the store will say.
    Accepted,
}

/// A line on its way through the import.
#[derive(Debug)]
struct Item {
    number: u64,
    key: String,
    said: Option<(String, String)>,
    wish: Option<(Command, DateTime<Utc>)>,
    fate: Fate,
}

/// Lines on their way together.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    items: Vec<Item>,
    appends: Vec<(usize, Append)>,
}

impl Chunk {
    /// Takes in a line, with what an earlier import made of it.
    pub(super) fn push(&mut self, line: ReadLine, earlier: Option<Kept>, clock: &mut Clock) {
        let ReadLine { number, key, parsed, said } = line;
        let timed = parsed.and_then(|line| {
            let at = clock.time(&line, earlier.is_some())?;
            Ok((line.command, at))
        });
        let (wish, fate) = match (timed, earlier) {
            (Ok(wish), None) => (Some(wish), Fate::Undecided),
            (Ok(wish), Some(kept)) => (Some(wish), Fate::Earlier(kept)),
            (Err(problem), _) => (None, Fate::Malformed(problem)),
        };
        self.items.push(Item { number, key, said, wish, fate });
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
    fn doubt_answers(&mut self) {
        for item in &mut self.items {
            if matches!(item.fate, Fate::Refused(_) | Fate::Unchanged) {
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

    /// The outcomes to be kept outside the log.
    fn to_keep(&self, language: Language) -> Vec<(String, String)> {
        let kept = self.items.iter().filter_map(|item| Some((item, item.to_keep(language)?)));
        kept.filter_map(|(item, kept)| Some((item.key.clone(), serde_json::to_string(&kept).ok()?)))
            .collect()
    }
}

impl Item {
    fn report(&self, language: Language) -> Option<ReportLine> {
        let no = |code: &str, message: String| (Some(code.to_owned()), Some(message));
        let (outcome, (code, message)) = match &self.fate {
            Fate::Undecided => return None,
            Fate::Malformed(problem) => {
                (LineOutcome::Malformed, no(problem.code, problem.message.clone()))
            }
            Fate::Earlier(kept) => (kept.outcome, (kept.code.clone(), kept.message.clone())),
            Fate::Refused(rejection) => {
                let message = rejection.explain(language).message;
                (LineOutcome::Rejected, no(rejection.code(), message))
            }
            Fate::Unchanged => (LineOutcome::Unchanged, (None, None)),
            Fate::Accepted => (LineOutcome::Accepted, (None, None)),
        };
        let (event_type, case) = self.names();
        Some(ReportLine { line: self.number, outcome, event_type, case, code, message })
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
            Fate::Undecided | Fate::Malformed(_) | Fate::Earlier(_) | Fate::Accepted => None,
        }
    }
}

/// A chunk that the store is writing.
#[derive(Debug)]
pub(super) struct Flight {
    chunk: Chunk,
    places: Vec<usize>,
    writing: Option<JoinHandle<Vec<Result<Appended, StoreError>>>>,
}

/// A chunk that is settled.
#[derive(Debug)]
pub(super) struct Landed {
    pub(super) chunk: Chunk,
    /// Whether others wrote in between, so that what was decided meanwhile does not hold.
    pub(super) moved: bool,
}

/// Decides chunk after chunk from what it holds in memory.
#[derive(Debug)]
pub(super) struct Deciding<'a> {
    casework: &'a Casework,
    actor: &'a Actor,
    options: ImportOptions,
    known: Known,
    position: i64,
}

impl<'a> Deciding<'a> {
    pub(super) fn new(
        casework: &'a Casework,
        actor: &'a Actor,
        options: ImportOptions,
        head: Position,
    ) -> Self {
        Self { casework, actor, options, known: Known::default(), position: head.get() }
    }

    /// Decides every undecided line of a chunk and seals what is accepted.
    pub(super) async fn decide(&mut self, chunk: &mut Chunk) -> Result<()> {
        let undecided = chunk.items.iter().enumerate();
        let open: Vec<usize> = undecided
            .filter(|(_, item)| matches!(item.fate, Fate::Undecided))
            .map(|(at, _)| at)
            .collect();
        let mut fates = Vec::with_capacity(open.len());
        let mut plans = Vec::with_capacity(open.len());
        let mut questions = Vec::with_capacity(open.len());
        for at in &open {
            if let Some((command, _)) = &chunk.items[*at].wish {
                questions.push(Question::new(&self.casework.memory, command)?);
            }
        }
        self.known.let_go();
        self.known.load(&self.casework.memory, &questions).await?;
        for (at, question) in open.iter().zip(&questions) {
            let fate = self.decide_one(&chunk.items[*at], question)?;
            fates.push(match fate {
                Ok(plan) => {
                    plans.push((*at, plan));
                    Fate::Accepted
                }
                Err(fate) => fate,
            });
        }
        drop(questions);
        for (at, fate) in open.into_iter().zip(fates) {
            chunk.items[at].fate = fate;
        }
        if self.options.mode == Mode::Write {
            chunk.appends = self.seal(plans).await?;
        }
        Ok(())
    }

    /// Decides again what was decided from a memory that did not hold.
    pub(super) async fn decide_anew(&mut self, chunk: &mut Chunk) -> Result<()> {
        chunk.doubt_answers();
        for item in &mut chunk.items {
            if matches!(item.fate, Fate::Accepted) {
                item.fate = Fate::Undecided;
            }
        }
        self.decide(chunk).await
    }

    fn decide_one(
        &mut self,
        item: &Item,
        question: &Question<'_>,
    ) -> Result<std::result::Result<Plan, Fate>> {
        let (decision, read) = self.known.decide(question);
        let accepted = match decision {
            Err(rejection) => return Ok(Err(Fate::Refused(rejection))),
            Ok(Decision::Unchanged) => return Ok(Err(Fate::Unchanged)),
            Ok(Decision::Accept(accepted)) => accepted,
        };
        let at = item.wish.as_ref().map(|(_, at)| *at).unwrap_or_default();
        let manner = Manner {
            actor: self.actor,
            reason: None,
            idempotency_key: Some(&item.key),
            correlation_id: self.options.batch,
            at,
            priority: Priority::Background,
        };
        let (store, ids) = (self.casework.store(), &self.casework.ids);
        let plan = Plan::new(store, ids, question, (accepted, read), manner)?;
        let recorded = plan.recorded(question.command, self.position + 1);
        let elsewhere = plan.recorded_elsewhere(self.position + 1);
        self.position += plan.len();
        self.known.take_in(question, recorded, elsewhere);
        Ok(Ok(plan))
    }

    async fn seal(&self, plans: Vec<(usize, Plan)>) -> Result<Vec<(usize, Append)>> {
        let store = self.casework.store();
        let mut keys = Keys::default();
        keys.fetch(store, plans.iter().flat_map(|(_, plan)| plan.keys()).collect()).await?;
        Ok(plans.into_iter().map(|(at, plan)| (at, plan.seal(store, &keys))).collect())
    }

    /// Hands a decided chunk to the store.
    pub(super) fn take_off(&self, mut chunk: Chunk) -> Flight {
        let (places, appends): (Vec<usize>, Vec<Append>) =
            std::mem::take(&mut chunk.appends).into_iter().unzip();
        let store = self.casework.store().clone();
        let writing = (!appends.is_empty())
            .then(|| tokio::spawn(async move { store.append_all(appends).await }));
        Flight { chunk, places, writing }
    }

    /// Waits until a chunk is stored; what others overtook is decided again from the log.
    pub(super) async fn land(&mut self, flight: Flight) -> Result<Landed> {
        let Flight { mut chunk, places, writing } = flight;
        let mut moved = false;
        let mut aloft = Some((places, writing));
        for attempt in 1.. {
            let Some((places, Some(writing))) = aloft.take() else {
                break;
            };
            let answers = writing.await.expect("the task that appends does not panic");
            if !settle(&mut chunk, places, answers)? {
                break;
            }
            if attempt == MOST_CHUNK_TRIES {
                return Err(CaseworkError::Conflict { tries: MOST_CHUNK_TRIES });
            }
            moved = true;
            self.known = Known::default();
            self.position = self.casework.store().head().await?.position.get();
            self.decide(&mut chunk).await?;
            let again = self.take_off(std::mem::take(&mut chunk));
            chunk = again.chunk;
            aloft = Some((again.places, again.writing));
        }
        self.keep(&chunk).await?;
        Ok(Landed { chunk, moved })
    }

    async fn keep(&self, chunk: &Chunk) -> Result<()> {
        if self.options.mode == Mode::DryRun {
            return Ok(());
        }
        let outcomes = chunk.to_keep(self.options.language);
        if outcomes.is_empty() {
            return Ok(());
        }
        let decided_again = self.options.refused == OnRefused::DecideAgain;
        Ok(self.casework.store().keep_import_outcomes(&outcomes, decided_again).await?)
    }
}

/// Notes the store's answers; true when some lines must be decided again.
fn settle(
    chunk: &mut Chunk,
    places: Vec<usize>,
    answers: Vec<Result<Appended, StoreError>>,
) -> Result<bool> {
    let mut overtaken = false;
    let mut failed = None;
    for (at, answer) in places.into_iter().zip(answers) {
        let fate = match answer {
            Ok(appended) if appended.replayed => Fate::Earlier(Kept::unchanged()),
            Ok(_) => Fate::Accepted,
            Err(StoreError::Conflict { .. }) => {
                overtaken = true;
                Fate::Undecided
            }
            // The key holds the line's content, so another import has recorded this very line.
            Err(StoreError::IdempotencyMismatch { .. }) => Fate::Earlier(Kept::unchanged()),
            Err(error) => {
                failed.get_or_insert(error);
                Fate::Undecided
            }
        };
        chunk.items[at].fate = fate;
    }
    if overtaken {
        chunk.doubt_answers();
    }
    failed.map_or(Ok(overtaken), |error| Err(error.into()))
}
