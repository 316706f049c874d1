//! What was noted about a case's reminders: letters sent and failed, pauses, snoozes, who has seen
//! what. Read from the stream of the acts alone, so it holds whatever became of ledger and outbox.

use chrono::NaiveDate;
use serde_json::{Map, Value};
use spor_domain::event::Event;
use spor_domain::ids::CaseRef;
use spor_domain::reminding::Event as Reminding;
use spor_domain::sealed::{Compartment, Sealed};
use spor_history::load::{KnownAt, Memory};
use spor_history::stream;
use spor_history::timeline::TimelineEntry;
use uuid::Uuid;

use crate::acts::Standing;
use crate::error::Result;

/// Everything noted about one case's reminders, in the order of recording.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    pub(crate) acts: Vec<Act>,
    /// What people did, and so whether letters rest.
    pub(crate) standing: Standing,
}

/// One act about one reminder, or about a whole deadline.
#[derive(Debug)]
pub(crate) struct Act {
    /// `ReminderSent`, `ReminderSnoozed`, …
    pub(crate) kind: &'static str,
    pub(crate) on: NaiveDate,
    pub(crate) position: i64,
    pub(crate) until: Option<NaiveDate>,
    pub(crate) recipient: Option<String>,
    pub(crate) message_id: Option<String>,
    pub(crate) policy_version: i64,
    pub(crate) rules_version: i64,
    sealed: Map<String, Value>,
}

/// The relay took the letter.
pub(crate) const SENT: &str = "ReminderSent";
/// Somebody wants to hear of it later.
pub(crate) const SNOOZED: &str = "ReminderSnoozed";
/// Somebody has seen it.
pub(crate) const ACKNOWLEDGED: &str = "ReminderAcknowledged";

impl Noted {
    pub(crate) async fn of(memory: &Memory, case: &CaseRef, known_at: KnownAt) -> Result<Self> {
        let entries = memory.stream_timeline(&stream::of_reminders(case), known_at).await?;
        let mut noted = Self::default();
        for entry in entries.into_iter().filter(|entry| !entry.is_retracted) {
            noted.take(entry);
        }
        Ok(noted)
    }

    fn take(&mut self, entry: TimelineEntry) {
        self.standing.take(&entry);
        let TimelineEntry { kind, recorded, mut sealed, .. } = entry;
        let on = recorded.occurred_on;
        let Event::Reminding(
            Reminding::Sent(act)
            | Reminding::Failed(act)
            | Reminding::Suppressed(act)
            | Reminding::Acknowledged(act)
            | Reminding::Snoozed(act),
        ) = recorded.event
        else {
            return;
        };
        let sealed = match sealed.remove(&Compartment::Person) {
            Some(Sealed::Known(fields)) => fields,
            _ => Map::new(),
        };
        self.acts.push(Act {
            kind: kind.name,
            on,
            position: recorded.position.0,
            until: act.until,
            recipient: act.recipient,
            message_id: act.message_id,
            policy_version: act.policy_version,
            rules_version: act.rules_version,
            sealed,
        });
    }

    /// The acts of a kind on one deadline.
    pub(crate) fn about(
        &self,
        kind: &'static str,
        rule: &'static str,
        cycle: Uuid,
    ) -> impl Iterator<Item = &Act> {
        let cycle = cycle.to_string();
        self.acts.iter().filter(move |act| {
            act.kind == kind && act.says("rule") == Some(rule) && act.says("cycle") == Some(&cycle)
        })
    }
}

impl Act {
    /// A field that is sealed, where its key is still there.
    pub(crate) fn says(&self, field: &str) -> Option<&str> {
        self.sealed.get(field).and_then(Value::as_str)
    }
}
