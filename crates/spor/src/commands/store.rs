//! `spor store`: what the store is, how its tables stand, building them anew.

use serde_json::json;
use spor_projections::runner::{Progress, Runner};
use spor_store::Open;

use crate::args::StoreCommand;
use crate::context::{Context, new_id};
use crate::report::{Exit, Report};
use crate::{output, talk};

/// Looks at the store or rebuilds its tables.
pub async fn run(context: &Context, args: StoreCommand) -> Result<Exit, Report> {
    match args {
        StoreCommand::Status => status(context).await,
        StoreCommand::Rebuild { table } => rebuild(context, table.as_deref()).await,
    }
}

async fn status(context: &Context) -> Result<Exit, Report> {
    let session = context.open_as(Open::ReadOnly).await?;
    let head = session.store.head().await?;
    let (location, _) = context.location()?;
    let checkpoints = session.store.checkpoints().await?;
    let failures = session.store.failures().await?;
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
        "recorded_at": head.recorded_at, "quarantined": failures.len(), "tables": tables,
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
    let runner = Runner::new(session.memory.clone(), new_id().to_string());
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
