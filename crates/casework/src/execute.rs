//! One wish: known already? If not, load, decide, append; when others were faster, again.

use spor_domain::calendar;
use spor_domain::decide::{Decision, Warning};
use spor_domain::door::{Command, Malformed};
use spor_domain::rejection::Rejection;
use spor_history::codec::Keys;
use spor_history::load::Memory;
use spor_store::{Appended, CommitId, EventId, Position, Priority, Store, StoreError};
use uuid::Uuid;

use crate::actor::{Actor, Ids, Now};
use crate::error::{CaseworkError, Result};
use crate::known::{Known, Question};
use crate::plan::{Manner, Plan};
use crate::request;

/// How often a wish is decided again because others wrote in between.
pub(crate) const MOST_TRIES: u32 = 5;

/// A wish to record something.
#[derive(Debug, Clone)]
pub struct Wish {
    /// What.
    pub command: Command,
    /// Why the commit is made; sealed, and it overrides no rule.
    pub reason: Option<String>,
    /// The key under which a repeated wish finds its first answer.
    pub idempotency_key: Option<String>,
    /// The session of work it belongs to.
    pub correlation_id: Option<Uuid>,
}

impl Wish {
    /// A wish with nothing beside it.
    pub fn new(command: Command) -> Self {
        Self { command, reason: None, idempotency_key: None, correlation_id: None }
    }
}

/// What became of a wish.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It is in the log.
    Recorded(Receipt),
    /// It would be recorded; this was only a try.
    WouldRecord {
        /// What the person should know.
        warnings: Vec<Warning>,
    },
    /// It is so already; nothing was recorded.
    Unchanged,
    /// A rule refuses it; nothing was recorded.
    Refused(Rejection),
}

/// Where a wish stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Its event.
    pub event_id: EventId,
    /// Its event's place.
    pub position: Position,
    /// Its commit.
    pub commit_id: CommitId,
    /// When it was recorded.
    pub recorded_at: chrono::DateTime<chrono::Utc>,
    /// What the person should know.
    pub warnings: Vec<Warning>,
    /// Whether this is the first answer to a repeated wish.
    pub replayed: bool,
}

/// Does things in a store.
#[derive(Debug, Clone)]
pub struct Casework {
    pub(crate) memory: Memory,
    pub(crate) ids: Ids,
}

/// Whether a wish is carried out or only tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Carried out.
    Write,
    /// Decided and answered; nothing is written.
    DryRun,
}

impl Casework {
    /// Casework in the store of this memory.
    pub fn new(memory: Memory, ids: Ids) -> Self {
        Self { memory, ids }
    }

    /// What it remembers with.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    pub(crate) fn store(&self) -> &Store {
        self.memory.store()
    }

    /// Carries out one wish.
    pub async fn execute(
        &self,
        actor: &Actor,
        wish: &Wish,
        now: &Now,
        mode: Mode,
    ) -> Result<Outcome> {
        if let Some(receipt) = self.answered(actor, wish).await? {
            return Ok(Outcome::Recorded(receipt));
        }
        for _ in 0..MOST_TRIES {
            match self.attempt(actor, wish, now, mode).await {
                Err(CaseworkError::Store(StoreError::Conflict { stream, .. })) => {
                    tracing::debug!(
                        target: "spor::casework",
                        stream = stream.as_str(),
                        "stream moved: deciding again"
                    );
                }
                answer => return answer,
            }
        }
        Err(CaseworkError::Conflict { tries: MOST_TRIES })
    }

    /// The first answer to a repeated wish.
    async fn answered(&self, actor: &Actor, wish: &Wish) -> Result<Option<Receipt>> {
        let Some(key) = &wish.idempotency_key else {
            return Ok(None);
        };
        let mut commits = self.store().find_commits(&actor.name, std::slice::from_ref(key)).await?;
        let Some(earlier) = commits.remove(key) else {
            return Ok(None);
        };
        let asked = request::hash(self.store(), &wish.command, wish.reason.as_deref())?;
        if earlier.commit.request_hash != asked {
            return Err(StoreError::IdempotencyMismatch { key: key.clone() }.into());
        }
        let first = Appended {
            commit_id: earlier.commit.id,
            first: earlier.first_position,
            last: earlier.last_position,
            recorded_at: earlier.recorded_at,
            replayed: true,
        };
        self.receipt_of_earlier(&first).await.map(Some)
    }

    async fn attempt(&self, actor: &Actor, wish: &Wish, now: &Now, mode: Mode) -> Result<Outcome> {
        let question = Question::new(&self.memory, &wish.command)?;
        let mut known = Known::default();
        known.load(&self.memory, std::slice::from_ref(&question)).await?;
        check_day(&known, &wish.command, now)?;
        let (decision, read) = known.decide(&question);
        let accepted = match decision {
            Err(rejection) => return Ok(Outcome::Refused(rejection)),
            Ok(Decision::Unchanged) => return Ok(Outcome::Unchanged),
            Ok(Decision::Accept(accepted)) => accepted,
        };
        let warnings = accepted.warnings.clone();
        if mode == Mode::DryRun {
            return Ok(Outcome::WouldRecord { warnings });
        }
        let manner = Manner {
            actor,
            reason: wish.reason.as_deref(),
            idempotency_key: wish.idempotency_key.as_deref(),
            correlation_id: wish.correlation_id,
            at: now.business,
            priority: Priority::People,
        };
        let plan = Plan::new(self.store(), &self.ids, &question, (accepted, read), manner)?;
        let event_id = plan.event_id;
        let mut keys = Keys::default();
        keys.fetch(self.store(), plan.keys()).await?;
        let appended = self.store().append(plan.seal(self.store(), &keys)).await?;
        if appended.replayed {
            return Ok(Outcome::Recorded(self.receipt_of_earlier(&appended).await?));
        }
        Ok(Outcome::Recorded(Receipt {
            event_id,
            position: appended.first,
            commit_id: appended.commit_id,
            recorded_at: appended.recorded_at,
            warnings,
            replayed: false,
        }))
    }

    async fn receipt_of_earlier(&self, earlier: &Appended) -> Result<Receipt> {
        let before = Position::new(earlier.first.get() - 1);
        let events = self.store().read_after(before, 1).await?;
        let event = events.first().ok_or_else(|| StoreError::Integrity {
            position: earlier.first,
            what: "a commit stands without its event".to_owned(),
        })?;
        Ok(Receipt {
            event_id: event.id,
            position: event.position,
            commit_id: earlier.commit_id,
            recorded_at: earlier.recorded_at,
            warnings: Vec::new(),
            replayed: true,
        })
    }
}

/// Nothing can be recorded before it has happened.
fn check_day(known: &Known, command: &Command, now: &Now) -> Result<()> {
    let policy = known.policies().on(now.business.date_naive());
    let today = calendar::local_date(now.business, policy.zone);
    if command.on > today {
        return Err(CaseworkError::Malformed(Malformed::in_future(command.on, today)));
    }
    Ok(())
}
