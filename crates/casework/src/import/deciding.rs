//! Lines decided together: in memory, one after the other, then stored as one group.

use spor_domain::decide::Decision;
use spor_domain::ids::EntryId;
use spor_history::codec::Keys;
use spor_store::{Append, Appended, Position, Priority, StoreError};
use tokio::task::JoinHandle;

use super::chunk::{Chunk, Fate, Item};
use super::report::Kept;
use super::{ImportOptions, OnRefused};
use crate::actor::Actor;
use crate::error::{CaseworkError, Result};
use crate::execute::{Casework, Mode};
use crate::known::{Earlier, Known, Question};
use crate::plan::{Manner, Plan};

/// How often a chunk is decided again because others wrote in between. A chunk touches hundreds of
/// streams, so it meets people's writing far more often than a single wish does.
const MOST_CHUNK_TRIES: u32 = 200;

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
        self.known.let_go();
        let questions = self.questions(chunk, &open)?;
        self.known.load(&self.casework.memory, &questions).await?;
        let anew = self.taken_back(chunk, &open, &questions);
        drop(questions);
        for (at, id) in anew {
            if let Some((command, _)) = &mut chunk.items[at].wish {
                command.id = Some(id);
            }
        }
        let questions = self.questions(chunk, &open)?;
        let mut fates: Vec<(usize, Fate)> = Vec::with_capacity(open.len());
        let mut plans = Vec::with_capacity(open.len());
        for (at, question) in open.into_iter().zip(&questions) {
            if chunk.follows_nothing(at, &fates) {
                fates.push((at, Fate::Follows));
                continue;
            }
            match self.decide_one(&chunk.items[at], question)? {
                Ok(plan) => {
                    plans.push((at, plan));
                    fates.push((at, Fate::Accepted));
                }
                Err(fate) => fates.push((at, fate)),
            }
        }
        drop(questions);
        for (at, fate) in fates {
            chunk.items[at].fate = fate;
        }
        if self.options.mode == Mode::Write {
            chunk.appends = self.seal(plans).await?;
        }
        Ok(())
    }

    fn questions<'c>(&self, chunk: &'c Chunk, open: &[usize]) -> Result<Vec<Question<'c>>> {
        let commands = open.iter().filter_map(|at| chunk.items[*at].wish.as_ref());
        commands.map(|(command, _)| Question::new(&self.casework.memory, command)).collect()
    }

    /// The rows whose reference belongs to an entry that was taken back with its batch: they are
    /// entered under a new one.
    fn taken_back(
        &self,
        chunk: &Chunk,
        open: &[usize],
        questions: &[Question<'_>],
    ) -> Vec<(usize, EntryId)> {
        let rows = open.iter().zip(questions).filter(|(at, _)| chunk.items[**at].row.is_some());
        rows.filter_map(|(at, question)| match self.known.earlier(question) {
            Earlier::TakenBack(id) => Some((*at, id)),
            Earlier::None | Earlier::Same => None,
        })
        .collect()
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
        if item.row.is_some() && self.known.earlier(question) == Earlier::Same {
            return Ok(Err(Fate::Unchanged));
        }
        let (decision, read) = self.known.decide(question);
        let accepted = match decision {
            Err(rejection) => return Ok(Err(Fate::Refused(rejection))),
            Ok(Decision::Unchanged) if self.known.is_held_elsewhere(question) => {
                return Ok(Err(Fate::Elsewhere));
            }
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
