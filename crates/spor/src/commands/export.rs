//! `spor export`: every entry as a line that `spor import` takes, or one case for its reader.

mod case;

pub(in crate::commands) use case::HANDOVER;

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;

use spor_store::Open;

use super::query;
use crate::args::{AsOf, Export, Format, Question};
use crate::context::Context;
use crate::output;
use crate::report::{Exit, Report};
use crate::talk;

/// Writes the journal, or one case, to a file or to stdout.
pub async fn run(context: &Context, args: Export) -> Result<Exit, Report> {
    let file = match args {
        Export::Journal { file } => file,
        Export::Tables { folder, when } => return tables(context, &folder, &when).await,
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

/// Writes every table and report as a file of its own, as of one day.
async fn tables(context: &Context, folder: &Path, when: &AsOf) -> Result<Exit, Report> {
    fs::create_dir_all(folder)?;
    let progress = talk::progress(context, "tables written");
    for table in spor_projections::tables::ALL {
        let asked = Question { when: when.clone(), ..Question::default() };
        let rows = query::rows(context, table.name, &asked).await?;
        let (bytes, ending) = match context.global.output {
            Format::Xlsx => (output::xlsx(&rows)?, "xlsx"),
            _ => (output::csv(&rows, context.global.csv_dialect)?, "csv"),
        };
        let path = folder.join(format!("{}.{ending}", table.name));
        let mut file = match File::create_new(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(taken(&path)),
            made => made?,
        };
        file.write_all(&bytes)?;
        progress.inc(1);
    }
    progress.finish_and_clear();
    let count = spor_projections::tables::ALL.len();
    talk::say(context, &format!("{count} tables in {}", folder.display()));
    Ok(Exit::Done)
}

fn taken(path: &Path) -> Report {
    Report::new(
        Exit::Usage,
        "file_exists",
        format!("{} is there already", path.display()),
        "tables of two days must not lie side by side under one name",
        "name another folder, or remove the files",
    )
}
