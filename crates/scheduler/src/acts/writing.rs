//! What an accepted act writes: one event, and what changes in the ledger with it, in one commit.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};
use spor_domain::reminding::RULES_VERSION;
use spor_domain::schema;
use spor_domain::sealed::Compartment;
use spor_history::codec::{Draft, Keys};
use spor_history::stream;
use spor_projections::tables::deadlines;
use spor_store::{
    Append, CommitId, EventId, Expected, LedgerChange, NewCommit, Priority, ReminderRow,
    ReminderState, StoreError,
};

use super::doing::{Acts, MOST_TRIES, Manner, Outcome, Seen, Wish};
use super::{ACKNOWLEDGED, SNOOZED, TOLD_AGAIN};
use crate::due::reminder_id;
use crate::error::Result;

/// What an accepted wish writes.
struct Fact {
    clear: Map<String, Value>,
    sealed: Map<String, Value>,
    ledger: Vec<LedgerChange>,
}

impl Acts {
    pub(super) async fn write(
        &self,
        (wish, until): (&Wish, Option<NaiveDate>),
        manner: &Manner,
        seen: Seen,
        hash: [u8; 32],
    ) -> Result<Outcome> {
        let store = self.memory.store();
        let mut fact = seen.fact(wish, until, manner);
        if let (Wish::Snooze { until, .. }, Some(row)) = (wish, &seen.row) {
            fact.ledger.extend(self.tell_again(row, *until, manner.at).await?);
        }
        let stream = stream::of_reminders(&seen.case);
        let mut sealed = BTreeMap::new();
        if !fact.sealed.is_empty() {
            sealed.insert(Compartment::Person, fact.sealed);
        }
        let has_field = schema::find(wish.event_type()).and_then(|kind| kind.field("reason"));
        let draft = Draft {
            kind: schema::find(wish.event_type()).expect("the catalogue holds every act"),
            on: seen.day,
            id: None,
            corrects: None,
            clear: &fact.clear,
            sealed: &sealed,
            reason: manner.reason.as_deref().filter(|_| has_field.is_none()),
        };
        let mut keys = Keys::default();
        keys.fetch(store, draft.keys(&stream).collect()).await?;
        let event = draft.seal(store, &keys, &stream, EventId::new((self.new_id)()));
        let id = event.id;
        let append = Append {
            commit: self.commit(wish, manner, hash),
            expected: Expected::Read(seen.read),
            events: vec![(stream, event)],
            at: manner.at,
            ledger: fact.ledger,
            priority: Priority::People,
        };
        let appended = store.append(append).await?;
        if appended.replayed {
            return self.first_answer(appended.first).await;
        }
        Ok(Outcome::Recorded { event: id, position: appended.first, replayed: false })
    }

    /// What was sent already is told once more after the rest, as a reminder of its own: the first
    /// one stays as it was told. It is planned before the act; without the act it is let go of.
    async fn tell_again(
        &self,
        row: &ReminderRow,
        until: NaiveDate,
        at: DateTime<Utc>,
    ) -> Result<Option<LedgerChange>> {
        let (ReminderState::Composed, Some(person)) = (row.state, &row.recipient) else {
            return Ok(None);
        };
        let store = self.memory.store();
        let name = format!("again-{until}-{person}");
        let words = [&row.rule, &row.case_ref, &row.cycle.to_string(), &row.level, &name];
        let again = ReminderRow {
            id: reminder_id(store.id(), &words.map(String::as_str)),
            state: ReminderState::Planned,
            reason: Some(TOLD_AGAIN.to_owned()),
            letter: None,
            planned_at: at,
            ..row.clone()
        };
        let id = again.id;
        for _ in 0..MOST_TRIES {
            store.plan(&deadlines::TABLE.spec(), vec![again.clone()], Vec::new()).await?;
            if let Some(planned) = store.reminder(id).await? {
                let is_gone = planned.state == ReminderState::Cancelled;
                return Ok(is_gone.then(|| moved(&planned, ReminderState::Planned, TOLD_AGAIN)));
            }
        }
        Err(StoreError::MovedOn { what: format!("reminder {id}") }.into())
    }

    fn commit(&self, wish: &Wish, manner: &Manner, request_hash: [u8; 32]) -> NewCommit {
        NewCommit {
            id: CommitId::new((self.new_id)()),
            actor: manner.actor.name.clone(),
            actor_kind: manner.actor.kind,
            on_behalf_of: manner.actor.on_behalf_of.clone(),
            auth: manner.actor.auth,
            idempotency_key: manner.idempotency_key.clone(),
            request_hash,
            command: wish.event_type().to_owned(),
            correlation_id: None,
            causation_id: None,
        }
    }
}

impl Seen {
    /// The fields of the event, in clear and sealed, and what changes in the ledger with it.
    fn fact(&self, wish: &Wish, until: Option<NaiveDate>, manner: &Manner) -> Fact {
        let mut fact = Fact { clear: Map::new(), sealed: Map::new(), ledger: Vec::new() };
        if let Some(row) = &self.row {
            let told = [("recipient_role", Some(&row.recipient_role))];
            let told = told.into_iter().chain([("recipient", row.recipient.as_ref())]);
            let told = told.filter_map(|(name, value)| Some((name.to_owned(), json(value?))));
            fact.clear.extend(told);
            let versions = [
                ("policy_version", self.policies.version_on(self.day)),
                ("rules_version", RULES_VERSION),
            ];
            let versions = versions.map(|(name, version)| (name.to_owned(), Value::from(version)));
            fact.clear.extend(versions);
            let cycle = row.cycle.to_string();
            let about = [("rule", &row.rule), ("cycle", &cycle), ("level", &row.level)];
            fact.sealed.extend(about.map(|(name, value)| (name.to_owned(), json(value))));
            fact.ledger.extend(match (wish, row.state) {
                (Wish::Acknowledge(_), ReminderState::Planned) => {
                    Some(moved(row, ReminderState::Cancelled, ACKNOWLEDGED))
                }
                (Wish::Snooze { .. }, ReminderState::Cancelled) => {
                    Some(moved(row, ReminderState::Planned, SNOOZED))
                }
                _ => None,
            });
        }
        let scope = wish.scope().map(|scope| ("scope".to_owned(), Value::from(scope)));
        let until = until.map(|day| ("until".to_owned(), Value::from(day.to_string())));
        fact.clear.extend(scope.into_iter().chain(until));
        if !matches!(wish, Wish::Acknowledge(_)) {
            let reason = manner.reason.as_deref().map(str::trim);
            let reason = reason.map(|reason| ("reason".to_owned(), Value::from(reason)));
            fact.sealed.extend(reason);
        }
        fact
    }
}

fn json(text: &str) -> Value {
    Value::from(text)
}

fn moved(row: &ReminderRow, to: ReminderState, why: &str) -> LedgerChange {
    LedgerChange::ReminderMoved {
        reminder: row.id,
        from: vec![row.state],
        to,
        reason: Some(why.to_owned()),
    }
}
