//! From an accepted wish to a request the store can take: ids, claim, reason, sealed parts.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};
use spor_domain::decide::{Accepted, Also};
use spor_domain::door::Command;
use spor_domain::event::Event;
use spor_domain::ids::{EntryId, Position};
use spor_domain::schema::{self, EventType};
use spor_domain::{case, ids};
use spor_history::codec::{Draft, Keys};
use spor_history::stream;
use spor_store::{
    Append, EventId, Expected, LedgerChange, NewCommit, NewEvent, Priority, ReadSet, Store,
    StreamName,
};
use uuid::Uuid;

use crate::actor::{Actor, Ids};
use crate::error::Result;
use crate::known::{Question, event_of};
use crate::request;

/// What comes with a wish, whoever makes it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner<'a> {
    pub(crate) actor: &'a Actor,
    pub(crate) reason: Option<&'a str>,
    pub(crate) idempotency_key: Option<&'a str>,
    pub(crate) correlation_id: Option<Uuid>,
    pub(crate) at: DateTime<Utc>,
    pub(crate) priority: Priority,
}

/// An accepted wish with its ids, not yet sealed.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) event_id: EventId,
    pub(crate) commit: NewCommit,
    kind: &'static EventType,
    on: NaiveDate,
    id: Option<EntryId>,
    stream: StreamName,
    accepted: Accepted,
    claim: Option<(StreamName, EventId, Map<String, Value>)>,
    /// What goes to other streams with it, each with its id and its event.
    also: Vec<(StreamName, EventId, Also, Event)>,
    reason: Option<String>,
    read: ReadSet,
    at: DateTime<Utc>,
    priority: Priority,
}

impl Plan {
    /// Plans one commit.
    pub(crate) fn new(
        store: &Store,
        ids: &Ids,
        question: &Question<'_>,
        (mut accepted, read): (Accepted, ReadSet),
        manner: Manner<'_>,
    ) -> Result<Self> {
        let command = question.command;
        let event_id = ids.event();
        let also = std::mem::take(&mut accepted.also).into_iter().filter_map(|mut also| {
            let event = also.event(ids::EventId(event_id.get()))?;
            Some((stream::of_command(&also.stream), ids.event(), also, event))
        });
        let also = also.collect();
        let holder = question.stream.as_str();
        let claim = question.claim.as_ref().map(|(kind, stream)| {
            let fields = [("kind", *kind), ("holder", holder)];
            let clear = fields.map(|(name, value)| (name.to_owned(), Value::from(value)));
            (stream.clone(), ids.event(), Map::from_iter(clear))
        });
        let commit = NewCommit {
            id: ids.commit(),
            actor: manner.actor.name.clone(),
            actor_kind: manner.actor.kind,
            on_behalf_of: manner.actor.on_behalf_of.clone(),
            auth: manner.actor.auth,
            idempotency_key: manner.idempotency_key.map(str::to_owned),
            request_hash: request::hash(store, command, manner.reason)?,
            command: command.kind.name.to_owned(),
            correlation_id: manner.correlation_id,
            causation_id: None,
        };
        Ok(Self {
            event_id,
            commit,
            kind: command.kind,
            on: command.on,
            id: command.id.clone(),
            stream: question.stream.clone(),
            accepted,
            claim,
            also,
            reason: manner.reason.map(str::to_owned),
            read,
            at: manner.at,
            priority: manner.priority,
        })
    }

    /// The main event as a fold will see it, at a position that it will probably have.
    pub(crate) fn recorded(&self, command: &Command, position: i64) -> case::Recorded {
        case::Recorded {
            position: Position(position),
            event_id: ids::EventId(self.event_id.get()),
            recorded_at: self.at,
            occurred_on: self.on,
            id: self.id.clone(),
            event: event_of(command, &self.accepted),
        }
    }

    /// What goes to other streams, likewise.
    pub(crate) fn recorded_elsewhere(&self, position: i64) -> Vec<(StreamName, case::Recorded)> {
        let places = (position + 1 + i64::from(self.claim.is_some()))..;
        let recorded =
            |(place, (stream, id, _, event)): (i64, &(StreamName, EventId, Also, Event))| {
                let recorded = case::Recorded {
                    position: Position(place),
                    event_id: ids::EventId(id.get()),
                    recorded_at: self.at,
                    occurred_on: self.on,
                    id: None,
                    event: event.clone(),
                };
                (stream.clone(), recorded)
            };
        places.zip(&self.also).map(recorded).collect()
    }

    /// How many events it has.
    pub(crate) fn len(&self) -> i64 {
        let also = i64::try_from(self.also.len()).unwrap_or(i64::MAX);
        1 + i64::from(self.claim.is_some()) + also
    }

    /// The keys it will be sealed with.
    pub(crate) fn keys(&self) -> Vec<(StreamName, spor_domain::sealed::Compartment)> {
        let also = self.also.iter().flat_map(|(stream, _, also, _)| {
            also.sealed.keys().map(|compartment| (stream.clone(), *compartment))
        });
        self.draft().keys(&self.stream).chain(also).collect()
    }

    /// Seals it; its keys are at hand.
    pub(crate) fn seal(self, store: &Store, keys: &Keys) -> Append {
        let event = self.draft().seal(store, keys, &self.stream, self.event_id);
        let mut events: Vec<(StreamName, NewEvent)> = vec![(self.stream.clone(), event)];
        if let Some((stream, id, clear)) = &self.claim {
            let kind = schema::find("FactClaimed").expect("the catalogue holds FactClaimed");
            let sealed = std::collections::BTreeMap::new();
            let draft = Draft {
                kind,
                on: self.on,
                id: None,
                corrects: None,
                clear,
                sealed: &sealed,
                reason: None,
            };
            events.push((stream.clone(), draft.seal(store, keys, stream, *id)));
        }
        for (stream, id, also, _) in &self.also {
            let draft = Draft {
                kind: also.kind,
                on: self.on,
                id: None,
                corrects: also.corrects,
                clear: &also.clear,
                sealed: &also.sealed,
                reason: None,
            };
            events.push((stream.clone(), draft.seal(store, keys, stream, *id)));
        }
        // In the same commit, so that nothing can be recorded as erased and then forgotten.
        let erases = matches!(self.kind.name, "PersonalDataErased" | "EntryErased");
        let begun = LedgerChange::ErasureBegun { event: self.event_id };
        Append {
            commit: self.commit,
            expected: Expected::Read(self.read),
            events,
            at: self.at,
            ledger: if erases { vec![begun] } else { Vec::new() },
            priority: self.priority,
        }
    }

    fn draft(&self) -> Draft<'_> {
        Draft {
            kind: self.kind,
            on: self.on,
            id: self.id.as_ref(),
            corrects: self.accepted.corrects,
            clear: &self.accepted.clear,
            sealed: &self.accepted.sealed,
            reason: self.reason.as_deref(),
        }
    }
}
