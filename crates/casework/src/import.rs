//! A file is brought in: every line decided in order, each accepted one a commit of its own.
//!
//! A thread reads and parses, this task decides, the store writes the chunk before; nobody waits
//! for anybody but the slowest. What a line was decided to be is kept under the line's own key, so
//! a second import of the same file changes nothing.

mod chunk;
mod clock;
mod deciding;
mod reading;
mod report;
pub mod sheet;

use std::sync::Arc;

use spor_domain::rejection::Language;
use spor_history::load::KnownAt;
use spor_store::Kind;
use uuid::Uuid;

pub use reading::{HandedOver, Input, Source};
pub use report::{LineOutcome, ReportLine, Summary};

use crate::actor::{Actor, Now};
use crate::error::Result;
use crate::execute::{Casework, Mode};
use chunk::Chunk;
use clock::Clock;
use deciding::{Deciding, Flight};
use reading::ReadLine;

/// How a journal is brought in.
#[derive(Debug, Clone, Copy)]
pub struct ImportOptions {
    /// Carried out, or only decided.
    pub mode: Mode,
    /// Whether malformed lines stop the import before anything is written, or are skipped.
    pub malformed: OnMalformed,
    /// Whether lines refused by an earlier import are decided again.
    pub refused: OnRefused,
    /// The session of work that the commits belong to.
    pub batch: Option<Uuid>,
    /// The language of the report's messages.
    pub language: Language,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            mode: Mode::Write,
            malformed: OnMalformed::Stop,
            refused: OnRefused::Keep,
            batch: None,
            language: Language::default(),
        }
    }
}

/// What malformed lines do to an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnMalformed {
    /// All of them are listed and nothing is written.
    Stop,
    /// They are listed and left out.
    KeepGoing,
}

/// What becomes of lines that an earlier import refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnRefused {
    /// They stay refused.
    Keep,
    /// They are decided again.
    DecideAgain,
}

/// Who hears of an import while it runs.
pub struct Listener<'a> {
    /// Gets every line's outcome, in the order of the lines.
    pub report: &'a mut dyn FnMut(ReportLine),
    /// Gets the number of lines done so far.
    pub progress: &'a dyn Fn(u64),
}

impl Casework {
    /// Brings a journal in.
    pub async fn import_journal(
        &self,
        source: Source,
        options: ImportOptions,
        actor: &Actor,
        now: &Now,
        listener: Listener<'_>,
    ) -> Result<Summary> {
        self.import(Input::Journal(source), options, actor, now, listener).await
    }

    /// Brings a file in. It is opened twice: the first time only to look for what cannot be
    /// understood, which stops the import before anything is written. In a journal that is any
    /// malformed line; a row of a spreadsheet stands for itself, only the file's own shape counts.
    pub async fn import(
        &self,
        input: Input,
        options: ImportOptions,
        actor: &Actor,
        now: &Now,
        mut listener: Listener<'_>,
    ) -> Result<Summary> {
        match &input {
            _ if options.mode == Mode::DryRun => {}
            Input::Journal(_) if options.malformed == OnMalformed::KeepGoing => {}
            Input::Journal(source) => {
                let summary = self.look(Arc::clone(source), now, &mut listener).await?;
                if summary.malformed > 0 {
                    return Ok(summary);
                }
            }
            // One case: what cannot be understood shows before anything is written.
            Input::Handover(_) => {}
            Input::Sheet(sheet) => {
                let sheet = sheet.clone();
                let checked = tokio::task::spawn_blocking(move || sheet.check()).await;
                checked
                    .unwrap_or_else(|stopped| std::panic::resume_unwind(stopped.into_panic()))?;
            }
        }
        let importing = actor.importing();
        let head = self.store().head().await?;
        let recorded = (head.kind == Kind::Sandbox).then_some(now.business);
        let mut deciding = Deciding::new(self, &importing, options, head.position);
        let mut clock = self.clock(now).await?;
        let mut lines = reading::start(input, self.store().clone(), recorded);
        let mut telling =
            Telling { listener, summary: Summary::default(), language: options.language };
        let mut in_flight: Option<Flight> = None;
        while let Some(read) = lines.recv().await {
            let mut chunk = self.examine(read?, &mut clock, Asking::Everything).await?;
            chunk.forget_refusals(options.refused);
            deciding.decide(&mut chunk).await?;
            if let Some(flight) = in_flight.take() {
                let landed = deciding.land(flight).await?;
                telling.tell(&landed.chunk);
                if landed.moved {
                    deciding.decide_anew(&mut chunk).await?;
                }
            }
            in_flight = Some(deciding.take_off(chunk));
        }
        if let Some(flight) = in_flight {
            telling.tell(&deciding.land(flight).await?.chunk);
        }
        Ok(telling.summary)
    }

    /// Reads the whole file and reports only what is malformed.
    async fn look(
        &self,
        source: Source,
        now: &Now,
        listener: &mut Listener<'_>,
    ) -> Result<Summary> {
        let mut clock = self.clock(now).await?;
        let mut summary = Summary::default();
        let mut lines = reading::start(Input::Journal(source), self.store().clone(), None);
        while let Some(read) = lines.recv().await {
            let chunk = self.examine(read?, &mut clock, Asking::Suspects).await?;
            for line in chunk.malformed() {
                summary.count(&line);
                (listener.report)(line);
            }
        }
        Ok(summary)
    }

    async fn clock(&self, now: &Now) -> Result<Clock> {
        let head = self.store().head().await?;
        let (policies, _) = self.memory.policies(KnownAt::Everything).await?;
        let zone = policies.on(now.business.date_naive()).zone;
        Ok(Clock::new(head, zone, now.business))
    }

    /// Looks up what earlier imports made of these lines, and checks their times.
    async fn examine(
        &self,
        read: Vec<ReadLine>,
        clock: &mut Clock,
        asking: Asking,
    ) -> Result<Chunk> {
        let keys: Vec<String> = read
            .iter()
            .filter(|line| line.parsed.is_ok())
            .filter(|line| asking == Asking::Everything || clock.suspects(line))
            .map(|line| line.key.clone())
            .collect();
        let mut earlier = report::earlier(self.store(), &keys).await?;
        let mut chunk = Chunk::default();
        for line in read {
            let known = earlier.remove(&line.key);
            chunk.push(line, known, clock);
        }
        Ok(chunk)
    }
}

/// Which lines are looked up among earlier imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asking {
    Everything,
    /// Only those whose time goes back, which an earlier import would explain.
    Suspects,
}

/// Passes outcomes on, and counts them.
struct Telling<'a> {
    listener: Listener<'a>,
    summary: Summary,
    language: Language,
}

impl Telling<'_> {
    fn tell(&mut self, chunk: &Chunk) {
        for line in chunk.report(self.language) {
            self.summary.count(&line);
            (self.listener.report)(line);
        }
        (self.listener.progress)(self.summary.lines());
    }
}
