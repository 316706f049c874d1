//! An act on a reminder, from the wish to the log: load, decide, append; again when the ledger or
//! the case moved meanwhile.

use std::fmt::Write;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sha2::{Digest, Sha256};
use spor_casework::actor::Actor;
use spor_domain::ids::{CaseRef, PersonRef};
use spor_domain::policy::Policies;
use spor_domain::rejection::Rejection;
use spor_domain::rules::{self, Deadline, Rule};
use spor_history::load::{KnownAt, Memory};
use spor_history::stream;
use spor_store::{
    EventId, Position, ReadSet, ReminderId, ReminderRow, StoreError, StreamName, Upto, Version,
};
use uuid::Uuid;

use super::deciding::{self, Present, Verdict, scope_of};
use super::{Standing, standings};
use crate::due::local_day;
use crate::error::{Result, SchedulerError};

/// How often an act is decided again because something moved in between.
pub(super) const MOST_TRIES: u32 = 5;

/// What somebody wants to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// To say that they have seen a reminder.
    Acknowledge(ReminderId),
    /// To hear of a reminder later.
    Snooze {
        /// Which one.
        reminder: ReminderId,
        /// The last day it rests.
        until: NaiveDate,
    },
    /// To let letters rest.
    Pause {
        /// Of which case.
        case: CaseRef,
        /// Only those of this rule.
        rule: Option<&'static Rule>,
        /// The last day they rest.
        until: Option<NaiveDate>,
    },
    /// To let letters go out again.
    Resume {
        /// Of which case.
        case: CaseRef,
        /// Only what rests under this rule.
        rule: Option<&'static Rule>,
    },
}

/// Who wishes it, why, when, and whether it is only tried.
#[derive(Debug, Clone)]
pub struct Manner {
    /// Who.
    pub actor: Actor,
    /// Why.
    pub reason: Option<String>,
    /// The key under which a repeated wish finds its first answer.
    pub idempotency_key: Option<String>,
    /// When it is recorded.
    pub at: DateTime<Utc>,
    /// Whether nothing shall be written.
    pub is_dry_run: bool,
}

/// What became of a wish.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It is in the log.
    Recorded {
        /// Its event.
        event: EventId,
        /// The event's place.
        position: Position,
        /// Whether this is the first answer to a repeated wish.
        replayed: bool,
    },
    /// It would be recorded; this was only a try.
    WouldRecord,
    /// It is so already.
    Unchanged,
    /// A rule refuses it.
    Refused(Rejection),
}

/// An answer with what it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The type of the event.
    pub event_type: &'static str,
    /// The stream it stands in.
    pub stream: StreamName,
    /// The last day something rests.
    pub until: Option<NaiveDate>,
    /// What became of it.
    pub outcome: Outcome,
}

/// Carries out acts on reminders.
#[derive(Clone)]
pub struct Acts {
    pub(super) memory: Memory,
    pub(super) new_id: Arc<dyn Fn() -> Uuid + Send + Sync>,
}

/// What a decision looks at.
pub(super) struct Seen {
    pub(super) case: CaseRef,
    pub(super) row: Option<ReminderRow>,
    erased_on: Option<NaiveDate>,
    deadlines: Vec<Deadline>,
    standing: Standing,
    pub(super) policies: Arc<Policies>,
    pub(super) day: NaiveDate,
    pub(super) read: ReadSet,
}

impl Wish {
    pub(super) fn event_type(&self) -> &'static str {
        match self {
            Self::Acknowledge(_) => "ReminderAcknowledged",
            Self::Snooze { .. } => "ReminderSnoozed",
            Self::Pause { .. } => "RemindersPaused",
            Self::Resume { .. } => "RemindersResumed",
        }
    }

    fn reminder(&self) -> Option<ReminderId> {
        match self {
            Self::Acknowledge(reminder) | Self::Snooze { reminder, .. } => Some(*reminder),
            Self::Pause { .. } | Self::Resume { .. } => None,
        }
    }

    pub(super) fn scope(&self) -> Option<&'static str> {
        match self {
            Self::Pause { rule, .. } | Self::Resume { rule, .. } => Some(scope_of(*rule)),
            Self::Acknowledge(_) | Self::Snooze { .. } => None,
        }
    }

    fn until(&self) -> Option<NaiveDate> {
        match self {
            Self::Snooze { until, .. } => Some(*until),
            Self::Pause { until, .. } => *until,
            Self::Acknowledge(_) | Self::Resume { .. } => None,
        }
    }
}

impl Acts {
    /// Acts in the store of this memory.
    pub fn new(memory: Memory, new_id: impl Fn() -> Uuid + Send + Sync + 'static) -> Self {
        Self { memory, new_id: Arc::new(new_id) }
    }

    /// Carries out one wish.
    pub async fn execute(&self, wish: &Wish, manner: &Manner) -> Result<Answer> {
        let mut tries = 1;
        loop {
            match self.attempt(wish, manner).await {
                Err(SchedulerError::Store(
                    StoreError::Conflict { .. } | StoreError::MovedOn { .. },
                )) if tries < MOST_TRIES => tries += 1,
                answer => return answer,
            }
        }
    }

    async fn attempt(&self, wish: &Wish, manner: &Manner) -> Result<Answer> {
        let seen = self.look(wish, manner.at).await?;
        let stream = stream::of_reminders(&seen.case);
        let answer = |until, outcome| {
            let event_type = wish.event_type();
            Ok(Answer { event_type, stream: stream.clone(), until, outcome })
        };
        let hash = self.hash(wish, manner, &seen)?;
        if let Some(earlier) = self.answered(manner, hash).await? {
            return answer(wish.until(), earlier);
        }
        let (verdict, until) = match seen.decide(wish, manner) {
            Ok(decided) => decided,
            Err(rejection) => return answer(wish.until(), Outcome::Refused(rejection)),
        };
        match verdict {
            Verdict::Unchanged => answer(until, Outcome::Unchanged),
            Verdict::Record if manner.is_dry_run => answer(until, Outcome::WouldRecord),
            Verdict::Record => {
                let outcome = self.write((wish, until), manner, seen, hash).await?;
                answer(until, outcome)
            }
        }
    }

    /// Reads what the decision rests on.
    async fn look(&self, wish: &Wish, at: DateTime<Utc>) -> Result<Seen> {
        let row = match wish.reminder() {
            Some(id) => Some(
                self.memory
                    .store()
                    .reminder(id)
                    .await?
                    .ok_or_else(|| SchedulerError::UnknownReminder(id.to_string()))?,
            ),
            None => None,
        };
        let case = match (wish, &row) {
            (Wish::Pause { case, .. } | Wish::Resume { case, .. }, _) => case.clone(),
            (_, row) => {
                let text = row.as_ref().map(|row| row.case_ref.as_str()).unwrap_or_default();
                let unknown = |_| SchedulerError::UnknownCase(text.to_owned());
                CaseRef::parse(text).map_err(unknown)?
            }
        };
        let (policies, _) = self.memory.policies(KnownAt::Everything).await?;
        let day = local_day(&policies, at);
        let reminders = stream::of_reminders(&case);
        let mut read = ReadSet::new();
        // First the version, then the acts: what comes in between is a conflict, never overlooked.
        let names = std::slice::from_ref(&reminders);
        let packed = self.memory.store().read_packed(names, Upto::Everything).await?;
        let version = packed.first().map_or(Version::ZERO, |packed| packed.version);
        read.note(reminders, version);
        let mut standings =
            standings(&self.memory, std::iter::once(&case), KnownAt::Everything).await?;
        let standing = standings.remove(case.as_str()).unwrap_or_default();
        let remembered = self.memory.case(&case, KnownAt::Everything).await?;
        if remembered.case.is_empty() {
            return Err(SchedulerError::UnknownCase(case.to_string()));
        }
        read.note(remembered.stream, remembered.version);
        let mut view = remembered.case.as_of(day);
        let duals: Vec<PersonRef> = view.dual_roles().into_iter().map(|dual| dual.person).collect();
        view.learn_supervision(&self.memory.people(&duals).await?.0);
        let erased_on = view.erased_on;
        let deadlines = rules::deadlines(&view, policies.on(day)).collect();
        Ok(Seen { case, row, erased_on, deadlines, standing, policies, day, read })
    }

    /// The first answer to a repeated wish.
    async fn answered(&self, manner: &Manner, hash: [u8; 32]) -> Result<Option<Outcome>> {
        let Some(key) = &manner.idempotency_key else {
            return Ok(None);
        };
        let store = self.memory.store();
        let keys = std::slice::from_ref(key);
        let mut commits = store.find_commits(&manner.actor.name, keys).await?;
        let Some(earlier) = commits.remove(key) else {
            return Ok(None);
        };
        if earlier.commit.request_hash != hash {
            return Err(StoreError::IdempotencyMismatch { key: key.clone() }.into());
        }
        self.first_answer(earlier.first_position).await.map(Some)
    }

    pub(super) async fn first_answer(&self, position: Position) -> Result<Outcome> {
        let before = Position::new(position.get() - 1);
        let events = self.memory.store().read_after(before, 1).await?;
        let event = events.first().ok_or_else(|| StoreError::Integrity {
            position,
            what: "a commit stands without its event".to_owned(),
        })?;
        Ok(Outcome::Recorded { event: event.id, position, replayed: true })
    }

    /// Under the store's secret, for which reminder it is would tell the rule.
    fn hash(&self, wish: &Wish, manner: &Manner, seen: &Seen) -> Result<[u8; 32]> {
        let mut whole = format!("{} {}", wish.event_type(), seen.case);
        let reminder = wish.reminder().map(|id| id.to_string()).unwrap_or_default();
        let until = wish.until().map(|day| day.to_string()).unwrap_or_default();
        let (scope, reason) = (wish.scope().unwrap_or_default(), manner.reason.as_deref());
        write!(whole, " {reminder} {scope} {until} {}", Value::from(reason))
            .expect("writing to memory does not fail");
        let request = self.memory.store().claim_stream("request", &whole)?;
        Ok(Sha256::digest(request.as_str()).into())
    }
}

impl Seen {
    fn decide(
        &self,
        wish: &Wish,
        manner: &Manner,
    ) -> Result<(Verdict, Option<NaiveDate>), Rejection> {
        if let Some(erased_on) = self.erased_on {
            return Err(Rejection::CaseErased { erased_on });
        }
        let reason = manner.reason.as_deref();
        let policy = self.policies.on(self.day);
        let present = self.row.as_ref().map(|row| Present {
            row,
            deadline: self
                .deadlines
                .iter()
                .find(|known| known.rule.id == row.rule && known.cycle.0 == row.cycle),
            standing: &self.standing,
            policy,
            day: self.day,
            now: manner.at,
        });
        let scope = wish.scope().unwrap_or_default();
        let decided = match (wish, present) {
            (Wish::Acknowledge(_), Some(present)) => {
                deciding::acknowledge(&present).map(|verdict| (verdict, None))
            }
            (Wish::Snooze { until, .. }, Some(present)) => {
                deciding::snooze(&present, *until, reason).map(|verdict| (verdict, Some(*until)))
            }
            (Wish::Pause { until, .. }, _) => {
                let today = (self.day, policy);
                deciding::pause(&self.standing, scope, *until, reason, today)
                    .map(|(verdict, until)| (verdict, Some(until)))
            }
            _ => deciding::resume(&self.standing, scope, self.day).map(|verdict| (verdict, None)),
        };
        decided.map_err(Rejection::Reminding)
    }
}
