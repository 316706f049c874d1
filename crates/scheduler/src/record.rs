//! What was done about reminders, as facts in streams of their own, in one commit with the ledger.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use spor_domain::event::Event;
use spor_domain::ids::CaseRef;
use spor_domain::reminding::{Act, Event as Reminding, RULES_VERSION};
use spor_domain::schema;
use spor_domain::sealed::Compartment;
use spor_history::codec::{Draft, Keys};
use spor_history::error::HistoryError;
use spor_history::stream;
use spor_store::{
    ActorKind, Append, Auth, CommitId, EventId, Expected, Kind, LedgerChange, NewCommit, NewEvent,
    Priority, ReminderRow, ReminderState, StoreError, StreamName,
};

use crate::due::unreachable;
use crate::error::Result;
use crate::tick::{Round, Scheduler};

/// Who acts when nobody does.
const ACTOR: &str = "scheduler";
/// Acts of one commit.
const CHUNK: usize = 200;

/// What is recorded about a reminder.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Done {
    Sent,
    /// For one of the reasons of [`spor_domain::reminding::FAILURES`].
    Failed(&'static str),
    Suppressed,
}

impl Done {
    fn event(self, act: Act) -> Event {
        Event::Reminding(match self {
            Self::Sent => Reminding::Sent(act),
            Self::Failed(_) => Reminding::Failed(act),
            Self::Suppressed => Reminding::Suppressed(act),
        })
    }

    fn command(self) -> &'static str {
        match self {
            Self::Sent => "send-letter",
            Self::Failed(_) => "give-up-letter",
            Self::Suppressed => "suppress-reminders",
        }
    }
}

impl Scheduler {
    /// Lets go of reminders that can reach nobody; each row's reason says why. Counts those that
    /// were let go of here and not by another worker.
    pub(crate) async fn suppress(&self, round: &Round, rows: Vec<ReminderRow>) -> Result<u64> {
        let mut suppressed = 0;
        for chunk in rows.chunks(CHUNK) {
            let ledger = chunk.iter().map(|row| LedgerChange::ReminderMoved {
                reminder: row.id,
                from: vec![ReminderState::Planned],
                to: ReminderState::Suppressed,
                reason: row.reason.clone(),
            });
            match self.record(round, Done::Suppressed, chunk, None, ledger.collect()).await {
                Ok(()) => suppressed += u64::try_from(chunk.len()).unwrap_or(0),
                Err(StoreError::MovedOn { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            for row in chunk {
                tracing::warn!(
                    target: "spor::scheduler",
                    {
                        case.id = row.case_ref,
                        rule = row.rule,
                        role = row.recipient_role,
                        reason = row.reason
                    },
                    "a reminder reaches nobody"
                );
            }
        }
        Ok(suppressed)
    }

    /// Makes the keys at once that the facts about these reminders are sealed with: one by one each
    /// would be a commit of its own while its letter is under way.
    pub(crate) async fn prepare_keys<'row>(
        &self,
        rows: impl Iterator<Item = &'row ReminderRow>,
    ) -> Result<()> {
        let cases: BTreeSet<&str> = rows.map(|row| row.case_ref.as_str()).collect();
        let named = cases.into_iter().filter_map(|case| CaseRef::parse(case).ok());
        let wanted = named.map(|case| (stream::of_reminders(&case), Compartment::Person));
        let mut keys = Keys::default();
        for some in wanted.collect::<Vec<_>>().chunks(CHUNK) {
            keys.fetch(&self.store, some.to_vec()).await?;
        }
        Ok(())
    }

    /// Appends one act a reminder, in one commit with what changes in ledger and outbox.
    pub(crate) async fn record(
        &self,
        round: &Round,
        done: Done,
        rows: &[ReminderRow],
        message_id: Option<&str>,
        ledger: Vec<LedgerChange>,
    ) -> Result<(), StoreError> {
        let named = rows.iter().filter_map(|row| {
            let case = CaseRef::parse(&row.case_ref).ok()?;
            Some((row, stream::of_reminders(&case)))
        });
        let named: Vec<(&ReminderRow, StreamName)> = named.collect();
        let mut keys = Keys::default();
        let wanted = named.iter().map(|(_, stream)| (stream.clone(), Compartment::Person));
        keys.fetch(&self.store, wanted.collect()).await.map_err(told_by_store)?;
        let event = |(row, stream): (&ReminderRow, StreamName)| {
            let event = self.event(round, done, row, message_id, (&stream, &keys))?;
            Some((stream, event))
        };
        let events: Vec<(StreamName, NewEvent)> = named.into_iter().filter_map(event).collect();
        if events.is_empty() {
            return self.store.change_ledger(ledger, round.now).await;
        }
        let append = Append {
            commit: self.commit(done, rows, round.day)?,
            expected: Expected::Any,
            events,
            at: round.now,
            ledger,
            priority: Priority::Background,
        };
        self.store.append(append).await.map(|_| ())
    }

    fn event(
        &self,
        round: &Round,
        done: Done,
        row: &ReminderRow,
        message_id: Option<&str>,
        (stream, keys): (&StreamName, &Keys),
    ) -> Option<NewEvent> {
        let reason = match done {
            Done::Sent => None,
            Done::Failed(why) => Some(why.to_owned()),
            Done::Suppressed => row.reason.clone(),
        };
        let event = done.event(Act {
            recipient_role: row.recipient_role.clone(),
            recipient: row.recipient.clone(),
            policy_version: round.policies.version_on(round.day),
            rules_version: RULES_VERSION,
            message_id: message_id.map(str::to_owned),
            reason,
            until: None,
        });
        let clear = event.clear_fields();
        let cycle = row.cycle.to_string();
        let about = [("rule", &row.rule), ("cycle", &cycle), ("level", &row.level)];
        let about = about.map(|(name, value)| (name.to_owned(), Value::from(value.as_str())));
        let sealed = BTreeMap::from([(Compartment::Person, Map::from_iter(about))]);
        let draft = Draft {
            kind: schema::find(event.type_name())?,
            on: round.day,
            id: None,
            corrects: None,
            clear: &clear,
            sealed: &sealed,
            reason: None,
        };
        let id = EventId::new((self.settings.new_id)());
        Some(draft.seal(&self.store, keys, stream, id))
    }

    fn commit(
        &self,
        done: Done,
        rows: &[ReminderRow],
        day: NaiveDate,
    ) -> Result<NewCommit, StoreError> {
        let ids: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
        // Under the store's secret: a bare hash would tell the rule to whoever tries them all.
        let request = format!("{} {day} {}", done.command(), ids.join(" "));
        let request = self.store.claim_stream("request", &request)?;
        Ok(NewCommit {
            id: CommitId::new((self.settings.new_id)()),
            actor: ACTOR.to_owned(),
            actor_kind: ActorKind::System,
            on_behalf_of: None,
            auth: if self.store.kind() == Kind::Sandbox { Auth::Sandbox } else { Auth::Os },
            idempotency_key: None,
            request_hash: Sha256::digest(request.as_str()).into(),
            command: done.command().to_owned(),
            correlation_id: None,
            causation_id: None,
        })
    }
}

/// Fetching keys asks the store alone.
fn told_by_store(error: HistoryError) -> StoreError {
    match error {
        HistoryError::Store(error) => error,
        other => StoreError::BadRequest { what: other.to_string() },
    }
}

/// The row as it is let go of when nobody can be told.
pub(crate) fn lost(row: ReminderRow, why: &str) -> ReminderRow {
    let reason = unreachable(&row).unwrap_or(why).to_owned();
    ReminderRow { reason: Some(reason), ..row }
}
