//! `spor audit verify`: every entry of the log against the tree, without any key.

use std::fmt::Write;

use spor_store::Open;

use crate::args::Audit;
use crate::context::Context;
use crate::report::{Exit, Report};
use crate::{output, talk};

/// Verifies the log and says what its root is.
pub async fn run(context: &Context, args: Audit) -> Result<Exit, Report> {
    let Audit::Verify = args;
    let session = context.open_as(Open::ReadOnly).await?;
    let progress = talk::progress(context, "entries checked");
    let shown = progress.clone();
    let verified = session
        .store
        .verify(move |position| shown.set_position(position.get().unsigned_abs()))
        .await;
    progress.finish_and_clear();
    let verified = verified?;
    let root = verified.root.iter().fold(String::new(), |mut root, byte| {
        let _ = write!(root, "{byte:02x}");
        root
    });
    if output::is_for_programs(&context.global) {
        output::json(&serde_json::json!({
            "outcome": "ok", "entries": verified.events, "root": root,
        }))?;
    } else {
        output::text(&format!(
            "ok: {} entries, nothing was altered\nroot {root}",
            verified.events
        ))?;
    }
    Ok(Exit::Done)
}
