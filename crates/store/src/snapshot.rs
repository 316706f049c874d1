//! A snapshot of a store: its log and its keyring as they are at one moment, each in one new file.

use std::fs::File;
use std::path::Path;

use crate::backend::{Batch, Connection, values};
use crate::error::{Result, StoreError};
use crate::location::{KeyFiles, Open, OpenOptions};
use crate::sqlite::{Purpose, SqliteLink, failure::free_mib, file};
use crate::store::making::Made;

/// Writes log and keyring into two new files, while others go on writing.
///
/// The log comes first: whatever it is sealed with is in the keyring by then. Neither file is left
/// behind when the other one fails.
pub async fn write_snapshot(
    store: &Path,
    keys: &KeyFiles,
    log: &Path,
    keyring: &Path,
) -> Result<()> {
    let mut made = Made::default();
    let options = OpenOptions::new(Open::ReadOnly);
    file::check(store, file::LOG, Open::ReadOnly)?;
    file::check(&keys.keyring, file::KEYRING, Open::ReadOnly)?;
    vacuum((store, Purpose::Read(options)), (log, file::LOG), &mut made).await?;
    vacuum((&keys.keyring, Purpose::Keyring(options)), (keyring, file::KEYRING), &mut made).await?;
    made.keep();
    Ok(())
}

async fn vacuum(
    (from, purpose): (&Path, Purpose),
    (to, kind): (&Path, file::FileKind),
    made: &mut Made,
) -> Result<()> {
    file::make_empty(to, kind.mode())?;
    made.will_make(to);
    let path = to.to_str().ok_or_else(|| StoreError::bad_request("a path is UTF-8"))?;
    let mut link = SqliteLink::open(from, purpose).await?;
    let batch = Batch::new().run_built("VACUUM INTO ?", values![path]);
    let written = link.run(batch).await;
    Box::new(link).close().await?;
    written.map_err(|error| at(error, to))?;
    // What a backup promises must be on the disk, not on its way there.
    let synced = File::open(to).and_then(|file| file.sync_all());
    synced.map_err(|error| file::unreadable(error, to))
}

/// A disk that is full is the target's, not the source's.
fn at(error: StoreError, to: &Path) -> StoreError {
    match error {
        StoreError::Full { .. } => StoreError::Full { path: to.to_owned(), free_mib: free_mib(to) },
        other => other,
    }
}
