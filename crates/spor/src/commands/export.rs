//! `spor export`: every entry as a line that `spor import` takes, or one case for its reader.

mod case;

pub(in crate::commands) use case::HANDOVER;

use std::fs::File;
use std::io::{self, BufWriter, Write};

use spor_store::Open;

use crate::args::Export;
use crate::context::Context;
use crate::report::{Exit, Report};
use crate::talk;

/// Writes the journal, or one case, to a file or to stdout.
pub async fn run(context: &Context, args: Export) -> Result<Exit, Report> {
    let file = match args {
        Export::Journal { file } => file,
        Export::Case { case, audience, file } => {
            return case::run(context, &case, audience, file.as_deref()).await;
        }
    };
    let session = context.open_as(Open::ReadOnly).await?;
    let progress = talk::progress(context, "entries written");
    let mut out: Box<dyn Write> = match &file {
        Some(path) => Box::new(BufWriter::new(File::create(path)?)),
        None => Box::new(BufWriter::new(io::stdout())),
    };
    let shown = progress.clone();
    let exported = session
        .casework()
        .export_journal(&mut out, &move |lines| shown.set_position(lines))
        .await?;
    out.flush()?;
    progress.finish_and_clear();
    talk::say(context, &format!("{} entries", exported.lines));
    if exported.keys_missing > 0 {
        return Err(Report::key_missing(&format!("{} entries", exported.keys_missing)));
    }
    Ok(Exit::Done)
}
