//! Who did, changed what, when? A view on the log itself.

use std::collections::HashMap;

use spor_domain::sealed::Sealed;
use spor_history::opening::Parts;
use spor_store::{Cell, ColumnKind};
use spor_store::{CommitId, Store, StoredCommit, StoredEvent};

use super::{Made, Table};
use crate::column::{Column, optional, text};
use crate::error::Result;

/// One row per event.
pub static TABLE: Table = Table {
    name: "events",
    version: 1,
    da: "Hvem gjorde og rettede hvad, hvornår?",
    en: "Who did, changed what, when?",
    columns: &[
        Column::stored("position", ColumnKind::Integer, "plads", "its place in the log"),
        Column::stored("stream", ColumnKind::Text, "strøm", "the stream it belongs to"),
        Column::stored("version", ColumnKind::Integer, "nummer", "its place in that stream"),
        Column::stored("type", ColumnKind::Text, "type", "what happened"),
        Column::stored("occurred_on", ColumnKind::Date, "skete", "the day it happened"),
        Column::stored("recorded_at", ColumnKind::Instant, "indført", "when it was recorded"),
        Column::stored("actor", ColumnKind::Text, "af hvem", "who recorded it"),
        Column::stored("on_behalf_of", ColumnKind::Text, "på vegne af", "for whom"),
        Column::stored("auth", ColumnKind::Text, "bevis", "how the actor was proven"),
        Column::stored("command", ColumnKind::Text, "kommando", "what was asked for"),
        Column::stored("reason", ColumnKind::Text, "grund", "why, where somebody said so"),
        Column::stored("corrects", ColumnKind::Text, "retter", "the event it corrects"),
        Column::stored("event", ColumnKind::Text, "hændelse", "its identity"),
    ],
    key: &["position"],
    indexes: &[],
    made: Made::OfLog,
};

/// The rows of these events.
pub(crate) async fn rows(store: &Store, events: &[StoredEvent]) -> Result<Vec<Vec<Cell>>> {
    let mut ids: Vec<CommitId> = events.iter().map(|event| event.commit_id).collect();
    ids.sort();
    ids.dedup();
    let commits = store.commits(&ids).await?;
    let reasons = reasons(store, events).await?;
    let rows = events.iter().zip(reasons);
    Ok(rows.map(|(event, reason)| row(event, reason, &commits)).collect())
}

/// Why each commit was made. Only this part is opened, never a note or a name.
async fn reasons(store: &Store, events: &[StoredEvent]) -> Result<Vec<Cell>> {
    let mut only_reasons = events.to_vec();
    for event in &mut only_reasons {
        event.parts.retain(|part| part.name == spor_history::codec::REASON);
    }
    let opened = Parts::of(store, &only_reasons).await?;
    let mut reasons = Vec::with_capacity(events.len());
    for (event, parts) in only_reasons.iter().zip(opened) {
        reasons.push(match parts.reason(event)? {
            Some(Sealed::Known(reason)) => Cell::Text(reason),
            Some(Sealed::Erased) => text("(erased)"),
            Some(Sealed::KeyMissing) => text("(key missing)"),
            None => Cell::Null,
        });
    }
    Ok(reasons)
}

fn row(event: &StoredEvent, reason: Cell, commits: &HashMap<CommitId, StoredCommit>) -> Vec<Cell> {
    let commit = commits.get(&event.commit_id).map(|stored| &stored.commit);
    TABLE.row_with(&[
        ("position", Cell::Integer(event.position.get())),
        ("stream", text(event.stream.as_str())),
        ("version", Cell::Integer(event.version.get())),
        ("type", text(&event.event_type)),
        ("occurred_on", Cell::Date(event.occurred_on)),
        ("recorded_at", Cell::Instant(event.recorded_at)),
        ("actor", optional(commit, |commit| text(&commit.actor))),
        ("on_behalf_of", optional(commit.and_then(|c| c.on_behalf_of.as_ref()), text)),
        ("auth", optional(commit, |commit| text(commit.auth.as_str()))),
        ("command", optional(commit, |commit| text(&commit.command))),
        ("reason", reason),
        ("corrects", optional(event.corrects, |target| text(target.to_string()))),
        ("event", text(event.id.to_string())),
    ])
}
