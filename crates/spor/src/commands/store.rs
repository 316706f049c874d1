//! `spor store`: what the store is, how its tables stand, building them anew.

mod backup;
mod copy;
mod files;
mod manifest;
mod release;
mod restore;

use serde_json::json;
use spor_projections::runner::Progress;
use spor_store::note::PublicKey;
use spor_store::{Act, Location, Open, Store};

use crate::args::StoreCommand;
use crate::context::Context;
use crate::report::{Exit, Report};
use crate::{output, talk};

/// Looks at the store or rebuilds its tables.
pub async fn run(context: &Context, args: StoreCommand) -> Result<Exit, Report> {
    match args {
        StoreCommand::Status => status(context).await,
        StoreCommand::Rebuild { table } => rebuild(context, table.as_deref()).await,
        StoreCommand::Copy { to, keys, kek } => copy::run(context, &to, (keys, kek)).await,
        StoreCommand::Backup { file, keys, with_key_file } => {
            backup::run(context, &file, keys.as_deref(), with_key_file).await
        }
        StoreCommand::Restore { file, to, keys, kek } => {
            restore::run(context, &file, &to, (keys, kek)).await
        }
        StoreCommand::Release { cancel } => release::run(context, cancel).await,
        StoreCommand::Migrate { admin } => migrate(context, admin.as_deref()).await,
    }
}

async fn status(context: &Context) -> Result<Exit, Report> {
    let session = context.open_as(Open::ReadOnly).await?;
    let head = session.store.head().await?;
    let (location, keys) = context.location()?;
    let public_key = PublicKey::open(&keys.public()).ok().map(|key| key.to_string());
    let signed = session
        .store
        .last_checkpoint()
        .await?
        .map(|last| json!({"position": last.position.get(), "signed_at": last.signed_at}));
    let checkpoints = session.store.checkpoints().await?;
    let failures = session.store.failures().await?;
    let custody = session.store.custody().await?;
    let backed_up = custody.iter().find(|act| act.act == Act::BackedUp);
    let held_before = session.store.held_before().await?;
    let tables: Vec<_> = checkpoints
        .iter()
        .map(|table| {
            json!({
                "name": table.table.name, "version": table.table.version,
                "status": table.status.as_str(), "position": table.position.get(),
                "behind": head.position.get() - table.position.get(),
            })
        })
        .collect();
    let status = json!({
        "store": location.to_string(), "store_id": head.store_id.to_string(),
        "kind": head.kind.as_str(), "position": head.position.get(),
        "recorded_at": head.recorded_at, "public_key": public_key, "checkpoint": signed,
        "quarantined": failures.len(), "last_backup": backed_up.map(|act| act.begun_at),
        "letters_held_before": held_before, "tables": tables,
        "warnings": session.store.warnings(),
    });
    if output::is_for_programs(&context.global) {
        output::json(&status)?;
    } else {
        let mut rows = output::Rows::new(&["what", "value"]);
        super::case::flatten("", &status, &mut rows);
        output::rows(&context.global, &rows)?;
    }
    Ok(Exit::Done)
}

async fn rebuild(context: &Context, table: Option<&str>) -> Result<Exit, Report> {
    let session = context.open().await?;
    let runner = session.runner();
    let progress = talk::progress(context, "cases folded");
    let shown = progress.clone();
    let on_progress = move |done: Progress| shown.set_position(done.cases as u64);
    let rebuilt = runner.rebuild(table, &on_progress, session.now).await;
    progress.finish_and_clear();
    let mut rows = output::Rows::new(&["table", "rows", "was_same"]);
    for table in rebuilt? {
        rows.push(vec![json!(table.table), json!(table.rows), json!(table.was_same)]);
    }
    output::rows(&context.global, &rows)?;
    Ok(Exit::Done)
}

async fn migrate(context: &Context, admin: Option<&str>) -> Result<Exit, Report> {
    let location = match admin {
        Some(url) => Location::parse(url)?,
        None => context.location()?.0,
    };
    let made = Store::migrate(&location).await?;
    if output::is_for_programs(&context.global) {
        output::json(&json!({ "store": location.to_string(), "migrations": made }))?;
        return Ok(Exit::Done);
    }
    let said = match (made.is_empty(), &location) {
        (true, _) => format!("{location} has this program's format\n"),
        (false, Location::Sqlite(_)) => format!("{location}: made {}\n", made.join(", ")),
        (false, Location::Postgres(_)) => format!(
            "{location}: made {}\n  next: GRANT spor_app TO the program's role, then spor init\n",
            made.join(", ")
        ),
    };
    output::text(&said)?;
    Ok(Exit::Done)
}
