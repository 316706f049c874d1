//! `spor policy`: every setting, where it comes from, what it was, and what another would change.

mod preview;

use serde_json::{Map, Value, json};
use spor_domain::door;
use spor_domain::event::Event;
use spor_domain::policy::{self, KEYS, Key};
use spor_domain::programme::{Event as Programme, PolicySet};
use spor_domain::schema;

use super::record;
use crate::args::{AsOf, Policy};
use crate::context::{Context, Session, When};
use crate::output::{self, Rows};
use crate::report::{Exit, Report};

/// Shows settings, or sets one.
pub async fn run(context: &Context, args: Policy) -> Result<Exit, Report> {
    match args {
        Policy::Show { history, when } => show(context, history, &when).await,
        Policy::Preview(asked) => preview::run(context, &asked).await,
        Policy::Set { key, value, from, writing } => {
            let mut fields = Map::new();
            fields.insert("type".to_owned(), json!("PolicySet"));
            fields.insert("key".to_owned(), json!(key));
            fields.insert("value".to_owned(), value_of(&value)?);
            fields.insert("valid_from".to_owned(), json!(from));
            let reason = context.global.reason.as_ref();
            fields.extend(reason.map(|reason| ("reason".to_owned(), json!(reason))));
            record::write(context, fields, &writing).await
        }
    }
}

/// A value as it was typed.
fn value_of(text: &str) -> Result<Value, Report> {
    let kind = schema::find("PolicySet").expect("the catalogue holds PolicySet");
    let field = kind.field("value").expect("a setting has a value");
    Ok(door::value_from_text(field, text)?)
}

async fn show(context: &Context, history: bool, when: &AsOf) -> Result<Exit, Report> {
    let session = context.open_to_read().await?;
    let when = session.when(when)?;
    let set = published(&session, &when).await?;
    let rows = if history { all(&set) } else { in_force(&set, &when) };
    output::rows(&context.global, &rows)?;
    Ok(Exit::Done)
}

/// What was published, in the order in which it governs.
async fn published(session: &Session, when: &When) -> Result<Vec<(i64, PolicySet)>, Report> {
    let programme = session.memory.programme(when.known_at).await?;
    let set = programme.entries().iter().filter(|entry| !entry.is_retracted);
    let mut set: Vec<(i64, PolicySet)> = set
        .filter_map(|entry| match &entry.event {
            Event::Programme(Programme::PolicySet(set)) => Some((entry.position.0, set.clone())),
            _ => None,
        })
        .collect();
    set.sort_by_key(|(position, set)| (set.valid_from, *position));
    Ok(set)
}

fn all(set: &[(i64, PolicySet)]) -> Rows {
    let mut rows = Rows::new(&["key", "value", "valid_from", "position"]);
    for (position, set) in set {
        rows.push(vec![json!(set.key), set.value.clone(), json!(set.valid_from), json!(position)]);
    }
    rows
}

fn in_force(set: &[(i64, PolicySet)], when: &When) -> Rows {
    let mut rows =
        Rows::new(&["key", "value", "default", "allowed", "source", "valid_from", "meaning"]);
    let row = |key: &Key| {
        let in_force =
            set.iter().rfind(|(_, set)| set.key == key.name && set.valid_from <= when.day);
        let value = in_force.map_or_else(|| key.preset_value(), |(_, set)| set.value.clone());
        vec![
            json!(key.name),
            value,
            key.preset_value(),
            json!(policy::allowed(key)),
            json!(key.source),
            json!(in_force.map(|(_, set)| set.valid_from)),
            json!(key.meaning),
        ]
    };
    rows.rows.extend(KEYS.iter().map(row));
    rows
}
