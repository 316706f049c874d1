//! `spor store copy`: the same history in another place, row by row, with an equal root.

use std::path::PathBuf;

use serde_json::json;
use spor_history::load::Memory;
use spor_projections::runner::{Progress, Runner};
use spor_store::{Copied, KeyFiles, Location, Open, Store, StoreError};

use super::files;
use crate::context::{Context, new_id, wall_clock};
use crate::report::{Exit, Report};
use crate::{output, talk};

/// Copies this store to another place.
pub async fn run(
    context: &Context,
    to: &str,
    flags: (Option<PathBuf>, Option<PathBuf>),
) -> Result<Exit, Report> {
    let (location, keys) = context.location()?;
    let (target, target_keys) = files::target(to, flags)?;
    if let (Some(own), Some(path)) = (location.path(), target.path())
        && files::is_same(own, path)
    {
        return Err(StoreError::Exists { path: path.to_owned() }.into());
    }
    target.path().map_or(Ok(()), files::make_folder)?;
    let session = context.open_to_read().await?;
    let copied = copy(context, &session.store, &keys, (&target, &target_keys)).await;
    let now = session.now;
    session.close().await?;
    let copied = copied?;
    // A table is derived: it is made anew where the log is now.
    let store = Store::open(&target, &target_keys, Open::ReadWrite).await?;
    let tables = rebuild(context, &store, now).await;
    store.close().await?;
    let tables = tables?;
    let root = spor_store::hex(&copied.root);
    let entries = copied.head.get() - copied.from.get();
    if output::is_for_programs(&context.global) {
        output::json(&json!({
            "outcome": "ok", "target": target.to_string(), "position": copied.head.get(),
            "copied": entries, "beside": copied.beside, "tables": tables, "root": root,
        }))?;
    } else {
        output::text(&format!(
            "ok: {entries} entries copied, {} in all, {} rows beside them, {tables} tables\n\
             root {root}, the same in both",
            copied.head, copied.beside
        ))?;
    }
    talk::say(context, "before the target takes over: stop what runs on the source, copy again");
    Ok(Exit::Done)
}

/// Copies a store to a place that is made where it is missing.
pub async fn copy(
    context: &Context,
    source: &Store,
    keys: &KeyFiles,
    (target, target_keys): (&Location, &KeyFiles),
) -> Result<Copied, Report> {
    let at = wall_clock();
    let target = source.receive(keys, target, target_keys, at).await?;
    let progress = talk::progress(context, "entries copied");
    let shown = progress.clone();
    let copied = source
        .copy_to(&target, at, move |position| shown.set_position(position.get().unsigned_abs()))
        .await;
    progress.finish_and_clear();
    target.close().await?;
    Ok(copied?)
}

/// Builds all tables of a store anew; gives how many.
pub async fn rebuild(
    context: &Context,
    store: &Store,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<usize, Report> {
    let runner = Runner::new(Memory::new(store.clone()), new_id().to_string());
    let progress = talk::progress(context, "cases folded");
    let shown = progress.clone();
    let on_progress = move |done: Progress| shown.set_position(done.cases as u64);
    let rebuilt = runner.rebuild(None, &on_progress, now).await;
    progress.finish_and_clear();
    let rebuilt = rebuilt?;
    for table in rebuilt.iter().filter(|table| table.was_same == Some(false)) {
        talk::warn(context, &format!("table {} did not say what the log says", table.table));
    }
    Ok(rebuilt.len())
}
