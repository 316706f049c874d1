//! The one task of the process that writes: it takes all that waits and stores it together.
//!
//! People go first. No transaction takes more than it can write in about 50 ms.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

use super::append::{begin, store_group};
use super::request::{GROUP_REQUESTS, Refused, Request, check, groups};
use crate::backend::{Answer, Backend, Batch, Connection, Row};
use crate::error::{Result, StoreError};
use crate::event::{Append, Appended, Priority};
use crate::ids::Position;
use crate::sql;

mod work;

use work::Piece;

/// Connections lost over one group, or one piece of work, before it is given up.
const LOSSES: u32 = 5;
/// Jobs that may wait; whoever comes later waits before the door.
const QUEUE_JOBS: usize = 1_024;
/// After so many groups of people, one background job gets its turn.
const PEOPLE_IN_A_ROW: u32 = 16;

/// The way to the writing task.
#[derive(Debug)]
pub(crate) struct Writer {
    people: mpsc::Sender<Job>,
    background: mpsc::Sender<Job>,
}

/// What became of statements that ran in a transaction of their own.
#[derive(Debug)]
pub(crate) struct Done {
    /// Whether they stayed.
    pub(crate) kept: bool,
    /// What they answered.
    pub(crate) answers: Vec<Answer>,
}

impl Done {
    /// How many rows the nth statement changed.
    pub(crate) fn changed(&self, nth: usize) -> i64 {
        self.answers.get(nth).map_or(0, |answer| answer.changed)
    }

    /// The rows of the nth statement.
    pub(crate) fn rows(mut self, nth: usize) -> Vec<Row> {
        self.answers.get_mut(nth).map_or_else(Vec::new, |answer| std::mem::take(&mut answer.rows))
    }
}

enum Job {
    Append(Vec<Append>, oneshot::Sender<Vec<Result<Appended>>>),
    Work(Piece),
    /// Work that is small and quick, and shares its commit with others of that kind.
    Share(Piece),
    Close(oneshot::Sender<Result<()>>),
}

impl Writer {
    /// Starts the task.
    pub(crate) async fn start(
        backend: Arc<dyn Backend>,
        committed: watch::Sender<Position>,
    ) -> Result<Self> {
        let connection = Some(backend.connect().await?);
        let (people, people_jobs) = mpsc::channel(QUEUE_JOBS);
        let (background, background_jobs) = mpsc::channel(QUEUE_JOBS);
        let task = Task {
            backend,
            connection,
            committed,
            people: Queue::new(people_jobs),
            background: Queue::new(background_jobs),
        };
        tokio::spawn(task.run());
        Ok(Self { people, background })
    }

    /// Stores requests in order.
    pub(crate) async fn append(&self, appends: Vec<Append>) -> Result<Vec<Result<Appended>>> {
        if let [only] = appends.as_slice() {
            check(only)?;
        }
        let urgent = appends.iter().any(|a| a.priority == Priority::People);
        let (sender, answer) = oneshot::channel();
        self.send(Job::Append(appends, sender), urgent).await?;
        answer.await.map_err(|_| StoreError::Closed)
    }

    /// Runs statements in a transaction of their own; they stay if the first of them have changed
    /// as many rows as expected.
    pub(crate) async fn work(&self, batch: Batch, expected: Vec<i64>) -> Result<Done> {
        let (sender, answer) = oneshot::channel();
        self.send(Job::Work(Piece { batch, expected, sender }), false).await?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// The same for a few rows found by their keys: it shares a commit with what waits beside it.
    pub(crate) async fn share(&self, batch: Batch, expected: Vec<i64>) -> Result<Done> {
        let (sender, answer) = oneshot::channel();
        self.send(Job::Share(Piece { batch, expected, sender }), false).await?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Lets the task finish what waits and close everything.
    pub(crate) async fn close(&self, backend: &dyn Backend) -> Result<()> {
        let (sender, closed) = oneshot::channel();
        backend.close().await?;
        match self.send(Job::Close(sender), false).await {
            Ok(()) => closed.await.unwrap_or(Ok(())),
            // Somebody else has closed it.
            Err(_) => Ok(()),
        }
    }

    async fn send(&self, job: Job, urgent: bool) -> Result<()> {
        let queue = if urgent { &self.people } else { &self.background };
        queue.send(job).await.map_err(|_| StoreError::Closed)
    }
}

/// Jobs in order; one that did not fit into a group is held for the next.
struct Queue {
    jobs: mpsc::Receiver<Job>,
    held: VecDeque<Job>,
}

impl Queue {
    fn new(jobs: mpsc::Receiver<Job>) -> Self {
        let held = VecDeque::new();
        Self { jobs, held }
    }

    fn take(&mut self) -> Option<Job> {
        self.held.pop_front().or_else(|| self.jobs.try_recv().ok())
    }

    /// The next job of a kind: whoever waits for an answer does not mind who is answered before.
    fn take_alike(&mut self, is_alike: impl Fn(&Job) -> bool) -> Option<Job> {
        while let Ok(job) = self.jobs.try_recv() {
            self.held.push_back(job);
        }
        let at = self.held.iter().position(is_alike)?;
        // Nothing overtakes the end.
        let ends = self.held.iter().take(at).any(|job| matches!(job, Job::Close(_)));
        if ends { None } else { self.held.remove(at) }
    }

    async fn wait(&mut self) -> Option<Job> {
        match self.held.pop_front() {
            Some(job) => Some(job),
            None => self.jobs.recv().await,
        }
    }
}

struct Task {
    backend: Arc<dyn Backend>,
    connection: Option<Box<dyn Connection>>,
    committed: watch::Sender<Position>,
    people: Queue,
    background: Queue,
}

impl Task {
    async fn run(mut self) {
        let mut in_a_row = 0;
        loop {
            let turn = in_a_row >= PEOPLE_IN_A_ROW;
            in_a_row = if turn { 0 } else { in_a_row };
            if let Some(job) = turn.then(|| self.background.take()).flatten() {
                if self.take_up(job, false).await {
                    return;
                }
                continue;
            }
            let (job, urgent) = tokio::select! {
                biased;
                Some(job) = self.people.wait() => (job, true),
                Some(job) = self.background.wait() => (job, false),
                else => return self.shut().await.unwrap_or(()),
            };
            in_a_row = if urgent { in_a_row + 1 } else { 0 };
            // Whoever was woken by the last answer gets the chance to join this group.
            tokio::task::yield_now().await;
            if self.take_up(job, urgent).await {
                return;
            }
        }
    }

    /// Does a job, together with what waits behind it; true when it was the last one.
    async fn take_up(&mut self, job: Job, urgent: bool) -> bool {
        match job {
            Job::Append(appends, sender) => self.store(appends, sender, urgent).await,
            Job::Work(piece) => self.work(piece).await,
            Job::Share(first) => self.share(first, urgent).await,
            Job::Close(sender) => {
                self.people.jobs.close();
                self.background.jobs.close();
                while let Some(job) = self.people.take().or_else(|| self.background.take()) {
                    if let Job::Close(other) = job {
                        let _ = other.send(Ok(()));
                    } else {
                        Box::pin(self.take_up(job, true)).await;
                    }
                }
                let _ = sender.send(self.shut().await);
                return true;
            }
        }
        false
    }

    /// Gathers a group behind a first job, stores it and answers.
    async fn store(
        &mut self,
        first: Vec<Append>,
        sender: oneshot::Sender<Vec<Result<Appended>>>,
        urgent: bool,
    ) {
        let mut jobs = vec![(first, sender)];
        let mut requests = jobs[0].0.len();
        let queue = if urgent { &mut self.people } else { &mut self.background };
        while requests < GROUP_REQUESTS
            && let Some(Job::Append(appends, sender)) =
                queue.take_alike(|job| matches!(job, Job::Append(..)))
        {
            requests += appends.len();
            jobs.push((appends, sender));
        }
        let all: Vec<Request<'_>> = jobs
            .iter()
            .enumerate()
            .flat_map(|(job, (appends, _))| {
                appends.iter().map(move |append| Request { job, append })
            })
            .collect();
        let (mut answers, mut refused) = (Vec::with_capacity(all.len()), Refused::default());
        for group in groups(&all) {
            answers.extend(self.store_together(group, &mut refused).await);
        }
        let mut answers = answers.into_iter();
        for (appends, sender) in jobs {
            let _ = sender.send(answers.by_ref().take(appends.len()).collect());
        }
    }

    async fn store_together(
        &mut self,
        group: &[Request<'_>],
        refused: &mut Refused,
    ) -> Vec<Result<Appended>> {
        if let [only] = group {
            return vec![self.store_alone(only, refused).await];
        }
        let faults = group.iter().any(|request| check(request.append).is_err());
        if !faults {
            match self.attempt(group, refused).await {
                Ok(answers) => return answers,
                // A row that the database refuses spoils the group, not the others.
                Err(StoreError::BadRequest { .. }) => {}
                Err(error) => return group.iter().map(|_| Err(error.again())).collect(),
            }
        }
        let mut answers = Vec::with_capacity(group.len());
        for request in group {
            answers.push(self.store_alone(request, refused).await);
        }
        answers
    }

    async fn store_alone(
        &mut self,
        request: &Request<'_>,
        refused: &mut Refused,
    ) -> Result<Appended> {
        let answered = match check(request.append) {
            Ok(()) => self.attempt(&[*request], refused).await,
            Err(error) => Err(error),
        };
        let answer = answered.and_then(|mut all| all.pop().unwrap_or(Err(StoreError::Closed)));
        if answer.is_err() {
            refused.note(request, &answer);
        }
        answer
    }

    /// Stores a group; a lost connection is made again, and what it has stored is not stored twice.
    async fn attempt(
        &mut self,
        group: &[Request<'_>],
        refused: &mut Refused,
    ) -> Result<Vec<Result<Appended>>> {
        let mut losses = 0;
        loop {
            let mut connection = self.connected().await?;
            let is_in_doubt = losses > 0;
            let known = refused.clone();
            let stored =
                store_group(&mut *connection, begin(group), group, known, is_in_doubt).await;
            match stored {
                Ok(answers) => {
                    self.connection = Some(connection);
                    for (request, answer) in group.iter().zip(&answers) {
                        refused.note(request, answer);
                    }
                    self.announce(&answers);
                    return Ok(answers);
                }
                Err(StoreError::Unreachable { .. }) if losses < LOSSES => losses += 1,
                Err(error) => {
                    self.roll_back(connection).await;
                    return Err(error);
                }
            }
        }
    }

    fn announce(&self, answers: &[Result<Appended>]) {
        let Some(last) = answers.iter().flatten().map(|appended| appended.last).max() else {
            return;
        };
        self.committed.send_if_modified(|committed| {
            let later = last > *committed;
            *committed = last.max(*committed);
            later
        });
    }

    async fn connected(&mut self) -> Result<Box<dyn Connection>> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => self.backend.connect().await,
        }
    }

    /// Ends a failed transaction; a connection that cannot even do that is given up.
    async fn roll_back(&mut self, mut connection: Box<dyn Connection>) {
        let ended = connection.run(Batch::new().run_built("ROLLBACK", vec![])).await;
        // SQLite has often rolled back by itself and says that there is no transaction.
        let idle = match ended {
            Ok(_) => true,
            Err(StoreError::Database { what }) => what.contains("no transaction is active"),
            Err(_) => false,
        };
        self.connection = idle.then_some(connection);
    }

    async fn shut(&mut self) -> Result<()> {
        let mut connection = self.connected().await?;
        // A reader of another process may keep the file from being emptied: no matter.
        let emptied = Batch::new().ask(sql::CHECKPOINT_FILE, vec![]);
        if let Err(error) = connection.run(emptied).await {
            tracing::debug!(target: "spor::store", %error, "the file was not emptied at the end");
        }
        connection.close().await
    }
}
