//! The log: positions without gaps, streams with versions, and who waits for what comes next.
//!
//! A log is one database: the facts are one, the looks of a month may be another.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::backend::{Backend, Batch, Row, values};
use crate::error::{Result, StoreError};
use crate::event::{Append, Appended, Head, Kind, StoredCommit, StoredEvent};
use crate::ids::{CommitId, Position, StoreId};
use crate::merkle::Frontier;
use crate::{json, sql};

pub(crate) mod append;
pub(crate) mod packed;
mod read;
mod replay;
pub(crate) mod request;
pub(crate) mod rows;
pub(crate) mod writer;

use writer::Writer;

/// An append-only log that this process has open.
#[derive(Clone, Debug)]
pub struct Log {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    backend: Arc<dyn Backend>,
    store_id: StoreId,
    kind: Kind,
    writer: Option<Writer>,
    committed: watch::Receiver<Position>,
    // Keeps the channel open where there is no writer.
    _silent: Option<watch::Sender<Position>>,
}

/// How often a follower looks for what other processes have stored.
const POLL: Duration = Duration::from_secs(1);
/// Events that a follower gets at a time.
const FOLLOW_EVENTS: usize = 1_000;

impl Log {
    /// Opens the log of a database; with a writer, its one writing task begins.
    pub(crate) async fn open(backend: Arc<dyn Backend>, may_write: bool) -> Result<Self> {
        let full = read_full_head(&*backend).await?;
        let (sender, committed) = watch::channel(full.head.position);
        let (writer, silent) = if may_write {
            let writer = Writer::start(Arc::clone(&backend), sender).await?;
            (Some(writer), None)
        } else {
            (None, Some(sender))
        };
        let shared = Shared {
            backend,
            store_id: full.head.store_id,
            kind: full.head.kind,
            writer,
            committed,
            _silent: silent,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Drains the writer and closes all connections.
    pub async fn close(&self) -> Result<()> {
        if let Some(writer) = &self.shared.writer {
            writer.close(&*self.shared.backend).await
        } else {
            self.shared.backend.close().await
        }
    }

    pub(crate) fn backend(&self) -> &Arc<dyn Backend> {
        &self.shared.backend
    }

    pub(crate) fn writer(&self) -> Result<&Writer> {
        self.shared.writer.as_ref().ok_or_else(|| {
            StoreError::bad_request("the store was opened for reading only, nothing is written")
        })
    }

    /// Which store this is.
    pub fn id(&self) -> StoreId {
        self.shared.store_id
    }

    /// What kind of store this is.
    pub fn kind(&self) -> Kind {
        self.shared.kind
    }

    /// The head with the edge of the tree.
    pub(crate) async fn full_head(&self) -> Result<FullHead> {
        read_full_head(&*self.shared.backend).await
    }

    /// The end of the log, as all processes have left it.
    pub async fn head(&self) -> Result<Head> {
        read_full_head(&*self.shared.backend).await.map(|full| full.head)
    }

    /// Stores the events of one request, all or none; answers after they are on disk.
    pub async fn append(&self, append: Append) -> Result<Appended> {
        let mut answers = self.append_all(vec![append]).await;
        answers.pop().unwrap_or(Err(StoreError::Closed))
    }

    /// Stores requests in order, in as few transactions as possible; each gets its own answer.
    pub async fn append_all(&self, appends: Vec<Append>) -> Vec<Result<Appended>> {
        let wanted = appends.len();
        let answered = match self.writer() {
            Ok(writer) => writer.append(appends).await,
            Err(error) => Err(error),
        };
        match answered {
            Ok(answers) => answers,
            Err(error) => (0..wanted).map(|_| Err(error.again())).collect(),
        }
    }

    /// The commits that answered an actor's requests with these idempotency keys.
    pub async fn find_commits(
        &self,
        actor: &str,
        keys: &[String],
    ) -> Result<HashMap<String, StoredCommit>> {
        let mut wanted = json::JsonRows::default();
        for key in keys {
            wanted.push(values![actor, &**key]);
        }
        let batch = Batch::new().ask(sql::FIND_COMMITS, vec![wanted.finish()]);
        let commits = self.read_rows(batch).await?.into_iter().map(rows::commit);
        let by_key = |found: StoredCommit| {
            let key = found.commit.idempotency_key.clone().unwrap_or_default();
            (key, found)
        };
        commits.map(|commit| commit.map(by_key)).collect()
    }

    /// Commits by their ids; an unknown one is left out.
    pub async fn commits(&self, ids: &[CommitId]) -> Result<HashMap<CommitId, StoredCommit>> {
        let wanted = json::ids(ids.iter().map(|id| id.get()));
        let batch = Batch::new().ask(sql::READ_COMMITS, vec![wanted]);
        let commits = self.read_rows(batch).await?.into_iter().map(rows::commit);
        commits.map(|commit| commit.map(|found| (found.commit.id, found))).collect()
    }

    /// Follows the log from after a position on.
    pub fn follow(&self, after: Position) -> Follower {
        Follower { log: self.clone(), after, committed: self.committed() }
    }

    /// The last position that this process has stored.
    pub fn committed(&self) -> watch::Receiver<Position> {
        self.shared.committed.clone()
    }

    /// The rows of the first answer of a batch.
    pub(crate) async fn read_rows(&self, batch: Batch) -> Result<Vec<Row>> {
        let answers = self.shared.backend.read(batch).await?;
        Ok(answers.into_iter().next().unwrap_or_default().rows)
    }
}

/// Gives the events of a log, in order and each once, also those that are yet to come.
#[derive(Debug)]
pub struct Follower {
    log: Log,
    after: Position,
    committed: watch::Receiver<Position>,
}

impl Follower {
    /// The next events; waits until there are some.
    ///
    /// A gap is an error: a position that is missing was deleted.
    pub async fn next(&mut self) -> Result<Vec<StoredEvent>> {
        loop {
            self.committed.mark_unchanged();
            let events = self.log.read_after(self.after, FOLLOW_EVENTS).await?;
            if let Some(last) = events.last() {
                self.after = last.position;
                return Ok(events);
            }
            // Commits of this process wake at once, those of others are found by looking.
            let woken = tokio::time::timeout(POLL, self.committed.changed()).await;
            if let Ok(Err(_)) = woken {
                return Err(StoreError::Closed);
            }
        }
    }
}

/// The head with the edge of the tree.
#[derive(Clone, Debug)]
pub(crate) struct FullHead {
    pub(crate) head: Head,
    pub(crate) frontier: Frontier,
}

/// The end of the log with its tree.
pub(crate) async fn read_full_head(backend: &dyn Backend) -> Result<FullHead> {
    let batch = Batch::new().ask(sql::READ_HEAD, vec![]);
    let mut answers = backend.read(batch).await?;
    let row = answers.pop().and_then(|mut answer| answer.rows.pop());
    full_head(row)
}

/// Reads the row of the head.
pub(crate) fn full_head(row: Option<Row>) -> Result<FullHead> {
    let row = row.ok_or_else(|| StoreError::unreadable("the log has no head"));
    row.and_then(read_head_row).map_err(|error| rows::at(Position::ZERO, error))
}

fn read_head_row(mut row: Row) -> Result<FullHead> {
    let (store_id, kind) = (row.take()?, row.take()?);
    let (position, recorded_at) = (row.take()?, row.take()?);
    let frontier = frontier(&row.take::<Vec<u8>>()?, position)?;
    let head = Head { position, recorded_at, store_id, kind };
    Ok(FullHead { head, frontier })
}

/// Reads the edge of the tree, which must be as long as the log.
pub(crate) fn frontier(bytes: &[u8], position: Position) -> Result<Frontier> {
    let broken = |what: String| StoreError::Integrity { position, what };
    let frontier = Frontier::from_bytes(bytes).map_err(|error| broken(error.to_string()))?;
    if i64::try_from(frontier.size()) != Ok(position.get()) {
        return Err(broken("the head and its tree differ in length".to_owned()));
    }
    Ok(frontier)
}
