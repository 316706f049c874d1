//! `spor store release`: a person ends the quarantine that a restore began.

use serde_json::json;
use spor_store::LetGo;

use crate::context::Context;
use crate::output;
use crate::report::{Exit, Report};

/// Lets the letters go that a quarantine holds, or cancels them.
pub async fn run(context: &Context, cancel: bool) -> Result<Exit, Report> {
    let session = context.open().await?;
    if session.store.held_before().await?.is_none() {
        return Err(Report::new(
            Exit::NotFound,
            "no_quarantine",
            "no quarantine is on",
            "only a store that was restored from a backup holds letters back",
            "`spor reminders outbox` lists the letters; `spor reminders retry ID` lets one go",
        ));
    }
    let then = if cancel { LetGo::Cancel } else { LetGo::Send };
    let letters = session.store.end_quarantine(then, session.now).await?;
    session.close().await?;
    if output::is_for_programs(&context.global) {
        return output::json(&json!({"outcome": "ok", "letters": letters, "cancelled": cancel}))
            .map(|()| Exit::Done);
    }
    let became = if cancel { "are cancelled" } else { "go out with the next round" };
    output::text(&format!("the quarantine is over: {letters} letters {became}"))?;
    Ok(Exit::Done)
}
