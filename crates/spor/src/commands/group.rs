//! `spor group`: who meets with whom, and whether they may.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use spor_domain::group::Group as Known;
use spor_domain::ids::CaseRef;

use super::record;
use crate::args::{AsOf, Group};
use crate::context::Context;
use crate::output::{self, Rows};
use crate::report::{Exit, Report};

/// Forms, lists, logs a session.
pub async fn run(context: &Context, args: Group) -> Result<Exit, Report> {
    match args {
        Group::Form { group, mentor, purpose, max_size, writing } => {
            let mut fields = entry("GroupFormed", &group);
            fields.insert("mentor".to_owned(), json!(mentor));
            fields.insert("purpose".to_owned(), json!(purpose));
            fields.extend(max_size.map(|most| ("max_size".to_owned(), json!(most))));
            record::write(context, fields, &writing).await
        }
        Group::List { when } => list(context, &when).await,
        Group::Session { group, with, minutes, by, writing } => {
            let mut fields = entry("GroupSessionHeld", &group);
            fields.insert("attendees".to_owned(), json!(with));
            fields.insert("minutes".to_owned(), json!(minutes));
            fields.insert("by".to_owned(), json!(by));
            record::write(context, fields, &writing).await
        }
    }
}

fn entry(kind: &str, group: &str) -> Map<String, Value> {
    let fields = [("type", kind), ("group", group)];
    fields.into_iter().map(|(key, value)| (key.to_owned(), json!(value))).collect()
}

async fn list(context: &Context, when: &AsOf) -> Result<Exit, Report> {
    let session = context.open_to_read().await?;
    let when = session.when(when)?;
    let mut rows =
        Rows::new(&["group", "mentor", "formed_on", "dissolved_on", "members", "sessions"]);
    for (reference, fold) in session.memory.groups(when.known_at).await? {
        let Some(group) = Known::as_of(&fold, when.day) else {
            continue;
        };
        let members: BTreeSet<&str> = group
            .sessions
            .iter()
            .flat_map(|(_, held)| &held.attendees)
            .map(CaseRef::as_str)
            .collect();
        rows.push(vec![
            json!(reference),
            json!(group.mentor),
            json!(group.formed_on),
            json!(group.dissolved_on),
            json!(members),
            json!(group.sessions.len()),
        ]);
    }
    output::rows(&context.global, &rows)?;
    Ok(Exit::Done)
}
