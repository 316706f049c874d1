//! What a new store and a new commit need that nobody looks at: ids, who did it, the first entry.

use spor_history::stream;
use spor_store::{ActorKind, Auth, CommitId, EventId, Genesis, Kind, NewCommit, NewEvent, StoreId};
use uuid::Uuid;

/// An id that nothing else has; ids grow.
#[expect(clippy::disallowed_methods, reason = "tests and campaigns make their own ids")]
pub fn fresh_id() -> Uuid {
    Uuid::now_v7()
}

/// A commit of somebody at work.
pub fn commit(command: &str) -> NewCommit {
    NewCommit {
        id: CommitId::new(fresh_id()),
        actor: "SB-01".to_owned(),
        actor_kind: ActorKind::Person,
        on_behalf_of: None,
        auth: Auth::Sandbox,
        idempotency_key: None,
        request_hash: [0; 32],
        command: command.to_owned(),
        correlation_id: None,
        causation_id: None,
    }
}

/// The first commit of a store of this kind, long before everything else.
///
/// # Panics
/// Never: its dates can be read.
pub fn genesis(kind: Kind) -> Genesis {
    let store = fresh_id();
    let event = NewEvent {
        id: EventId::new(fresh_id()),
        event_type: "StoreCreated".to_owned(),
        schema_version: 1,
        occurred_on: "1900-01-01".parse().expect("a day"),
        corrects: None,
        body: format!(r#"{{"kind":"{}","municipality":"A","store":"{store}"}}"#, kind.as_str()),
        parts: Vec::new(),
    };
    Genesis {
        store_id: StoreId::new(store),
        kind,
        commit: commit("init"),
        events: vec![(stream::programme(), event)],
        at: "1900-01-01T00:00:00Z".parse().expect("an instant"),
    }
}
