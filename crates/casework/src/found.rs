//! A store's first commit: what it is, whose it is, and every setting as it stands today.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use spor_domain::calendar::{self, FIRST_DAY};
use spor_domain::event::with_entry_id;
use spor_domain::policy::{KEYS, Policy};
use spor_domain::schema;
use spor_history::stream;
use spor_store::{ActorKind, Auth, Genesis, Kind, NewCommit, NewEvent, StoreId, StreamName};

use crate::actor::Ids;

/// What a new store begins with. A sandbox begins in 1900, so that its entries may carry any day;
/// every preset is published, so that a later release cannot rewrite history.
pub fn genesis(
    store_id: StoreId,
    kind: Kind,
    municipality: &str,
    ids: &Ids,
    at: DateTime<Utc>,
) -> Genesis {
    let at = match kind {
        Kind::Production => at,
        Kind::Sandbox => FIRST_DAY.and_time(chrono::NaiveTime::MIN).and_utc(),
    };
    let on = calendar::local_date(at, Policy::default().zone).max(FIRST_DAY);
    let created = fields([
        ("store", Value::from(store_id.to_string())),
        ("kind", Value::from(kind.as_str())),
        ("municipality", Value::from(municipality)),
    ]);
    let mut events = vec![event("StoreCreated", on, &created, ids)];
    for key in KEYS {
        let set = fields([
            ("key", Value::from(key.name)),
            ("value", key.preset_value()),
            ("valid_from", Value::from(FIRST_DAY.to_string())),
            ("reason", Value::from("default")),
        ]);
        events.push(event("PolicySet", on, &set, ids));
    }
    let commit = NewCommit {
        id: ids.commit(),
        actor: "spor".to_owned(),
        actor_kind: ActorKind::System,
        on_behalf_of: None,
        auth: match kind {
            Kind::Production => Auth::Os,
            Kind::Sandbox => Auth::Sandbox,
        },
        idempotency_key: None,
        request_hash: Sha256::digest(with_entry_id(None, &created)).into(),
        command: "init".to_owned(),
        correlation_id: None,
        causation_id: None,
    };
    Genesis { store_id, kind, commit, events, at }
}

fn fields<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn event(
    name: &str,
    on: NaiveDate,
    clear: &Map<String, Value>,
    ids: &Ids,
) -> (StreamName, NewEvent) {
    let kind = schema::find(name).expect("the catalogue holds the types of a store's beginning");
    let event = NewEvent {
        id: ids.event(),
        event_type: kind.name.to_owned(),
        schema_version: kind.version,
        occurred_on: on,
        corrects: None,
        body: with_entry_id(None, clear),
        parts: Vec::new(),
    };
    (stream::programme(), event)
}
