//! `spor keys`: how the keyring stands, rotating its key-encryption key, a second copy.

use std::path::PathBuf;

use serde_json::{Value, json};
use spor_store::{Kek, StoreError};

use crate::args::Keys;
use crate::context::{Context, Session};
use crate::output::{self, Rows};
use crate::report::{Exit, Report};
use crate::talk;

/// Looks at the keys or takes care of them.
pub async fn run(context: &Context, args: Keys) -> Result<Exit, Report> {
    match args {
        Keys::Status => status(context).await,
        Keys::Rotate { new_key } => rotate(context, new_key).await,
        Keys::Export { dir } => export(context, &dir).await,
    }
}

async fn status(context: &Context) -> Result<Exit, Report> {
    let session = context.open_to_read().await?;
    let (location, files) = context.location()?;
    let orphans = session.store.orphan_keys().await?;
    if !session.is_read_only && !orphans.is_empty() {
        session.store.remove_orphan_keys(&orphans).await?;
    }
    let keys = session.store.key_status(&files).await?;
    let cleaned = if session.is_read_only { 0 } else { orphans.len() };
    let epochs: Vec<Value> = keys
        .epochs
        .iter()
        .map(|epoch| {
            json!({
                "epoch": epoch.epoch, "begun_at": epoch.begun_at,
                "exported_at": epoch.exported_at, "living": epoch.living,
            })
        })
        .collect();
    session.close().await?;
    tell(
        context,
        &json!({
            "keyring": files.keyring_place(&location), "epoch": keys.current().map(|epoch| epoch.epoch),
            "living": keys.living(), "destroyed": keys.destroyed,
            "orphans_found": orphans.len(), "orphans_cleaned": cleaned,
            "exported_at": keys.current().and_then(|epoch| epoch.exported_at),
            "retired_key_files": keys.retired, "epochs": epochs,
        }),
    )
}

async fn rotate(context: &Context, new_key: Option<PathBuf>) -> Result<Exit, Report> {
    let new = new_key.map(|path| Kek::read(&path)).transpose()?;
    let session = context.open().await?;
    let (_, files) = context.location()?;
    let rotated = session.store.rotate_keys(&files, new).await?;
    session.close().await?;
    match &rotated.retired {
        Some(old) => talk::say(
            context,
            &format!(
                "the old key lies at {}: remove it, and every copy of it, once backups that need \
                 it are gone; then make a new second copy with `spor keys export`",
                old.display()
            ),
        ),
        None => talk::say(context, "install the new key where the old one was supplied, now"),
    }
    tell(
        context,
        &json!({
            "epoch": rotated.epoch, "rewrapped": rotated.rewrapped, "retired": rotated.retired,
        }),
    )
}

async fn export(context: &Context, dir: &std::path::Path) -> Result<Exit, Report> {
    let session = context.open().await?;
    let copy = session.store.export_keys(dir).await.map_err(|error| match error {
        StoreError::Exists { path } => Report::new(
            Exit::Usage,
            "copy_exists",
            format!("{} exists already", path.display()),
            "a second copy is never overwritten",
            "name another folder",
        ),
        other => other.into(),
    })?;
    session.close().await?;
    talk::say(context, "opened and checked: keep the folder in another place, and not in backups");
    tell(context, &json!({"keyring": copy.keyring, "key_file": copy.kek}))
}

/// Whether a second copy was made under the key-encryption key in force.
pub async fn exported(context: &Context, session: &Session) -> Result<(bool, String), Report> {
    let (location, files) = context.location()?;
    let keys = session.store.key_status(&files).await?;
    let at = keys.current().and_then(|epoch| epoch.exported_at);
    let places = files.keyring_place(&location);
    Ok(match at {
        Some(at) => (true, format!("{places}, second copy of {}", at.format("%Y-%m-%d"))),
        None => (false, format!("{places} has no second copy")),
    })
}

fn tell(context: &Context, facts: &Value) -> Result<Exit, Report> {
    if output::is_for_programs(&context.global) {
        output::json(facts)?;
    } else {
        let mut rows = Rows::new(&["what", "value"]);
        super::case::flatten("", facts, &mut rows);
        output::rows(&context.global, &rows)?;
    }
    Ok(Exit::Done)
}
