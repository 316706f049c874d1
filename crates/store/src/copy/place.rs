//! The place that a copy goes to: made once, with the keys of its source, closed until it is whole.

use std::fs;
use std::path::Path;

use chrono::{DateTime, Utc};

use crate::backend::{Batch, Connection, values};
use crate::custody::Act;
use crate::error::Result;
use crate::ids::{Position, StoreId};
use crate::location::{KeyFiles, Location, Open, OpenOptions, Servers};
use crate::merkle::Frontier;
use crate::note::PUBLIC_KEY_MODE;
use crate::postgres::{self, check};
use crate::sql;
use crate::sqlite::{Purpose, file};
use crate::store::Store;
use crate::store::making::{Made, before_everything, put_in_place, put_whole};

impl Store {
    /// Opens a store to copy this one into; where there is none, one is made.
    ///
    /// It has this store's keyring and key file, and refuses to be opened before the copy is
    /// finished.
    pub async fn receive(
        &self,
        own_keys: &KeyFiles,
        location: &Location,
        keys: &KeyFiles,
        at: DateTime<Utc>,
    ) -> Result<Store> {
        match location {
            Location::Sqlite(path) if fs::symlink_metadata(path).is_err() => {
                self.make_file(own_keys, path, keys, at).await?;
            }
            Location::Sqlite(_) => {}
            Location::Postgres(servers) => self.make_in(own_keys, servers, keys, at).await?,
        }
        Self::open_unfinished(location, keys, OpenOptions::new(Open::ReadWrite)).await
    }

    async fn make_file(
        &self,
        own_keys: &KeyFiles,
        path: &Path,
        keys: &KeyFiles,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let mut made = Made::default();
        copy_key_files(own_keys, keys, &mut made)?;
        if fs::symlink_metadata(&keys.keyring).is_err() {
            let draft = file::beside(&keys.keyring, &format!(".{}.new", std::process::id()));
            made.will_make(&draft);
            self.keyring().make_copy(self.id(), &draft).await?;
            put_in_place(&draft, &keys.keyring)?;
            made.will_make(&keys.keyring);
        }
        let draft = file::beside(path, &format!(".{}.new", std::process::id()));
        made.will_make(&draft);
        let purpose = Purpose::Write(OpenOptions::new(Open::ReadWrite));
        let mut link = file::create(&draft, file::LOG, purpose).await?;
        let batch = Batch::new().run(sql::BEGIN_WRITING, vec![]).then(self.empty_log(at));
        link.run(batch.run_built("COMMIT", vec![])).await?;
        Box::new(link).close().await?;
        put_in_place(&draft, path)?;
        made.keep();
        Ok(())
    }

    /// In a database that holds a store already nothing is made: opening tells whether it fits.
    async fn make_in(
        &self,
        own_keys: &KeyFiles,
        servers: &Servers,
        keys: &KeyFiles,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let mut link = postgres::connect(servers, OpenOptions::new(Open::ReadWrite)).await?;
        let checked = check::check(&mut link, servers).await?;
        let mut made = Made::default();
        copy_key_files(own_keys, keys, &mut made)?;
        if checked.kind.is_none() {
            checked.refuse_unsafe(Some(self.kind()))?;
            let batch = Batch::new()
                .run(sql::BEGIN_WORK, vec![])
                .then(self.empty_log(at))
                .run(sql::CREATE_KEYRING, values![self.id()]);
            link.run(batch.run_built("COMMIT", vec![])).await?;
        }
        let answers = link.run(Batch::new().ask(sql::READ_KEYRING, vec![])).await?;
        let owner = answers.into_iter().flat_map(|answer| answer.rows).next();
        if owner.map(|mut row| row.take::<StoreId>()).transpose()? == Some(self.id()) {
            self.keyring().carry(&mut link).await?;
        }
        made.keep();
        Box::new(link).close().await
    }

    /// A log of this store without any commit, marked as a copy that is under way.
    fn empty_log(&self, at: DateTime<Utc>) -> Batch {
        let frontier = Frontier::new().to_bytes();
        let head = values![self.id(), self.kind(), before_everything(), frontier];
        let copied = values![Act::Copied, Position::ZERO, at, None::<i64>, None::<i64>];
        Batch::new().run(sql::CREATE_HEAD, head).run(sql::ADD_CUSTODY, copied)
    }
}

/// Gives the copy the key files of its source, where it has none: it is wrapped under the same key,
/// and its checkpoints go on from the last one only under the same signature.
fn copy_key_files(own: &KeyFiles, keys: &KeyFiles, made: &mut Made) -> Result<()> {
    if own.supplied.is_none() && fs::symlink_metadata(&keys.kek).is_err() {
        made.will_make(&keys.kek);
        copy_private(&own.kek, &keys.kek, 0o400)?;
    }
    if own.signing.exists() && fs::symlink_metadata(&keys.signing).is_err() {
        // The public half first: whoever finds the private one finds both.
        if own.public().exists() && fs::symlink_metadata(keys.public()).is_err() {
            made.will_make(&keys.public());
            copy_whole(&own.public(), &keys.public(), PUBLIC_KEY_MODE)?;
        }
        made.will_make(&keys.signing);
        copy_private(&own.signing, &keys.signing, 0o400)?;
    }
    Ok(())
}

/// Copies a file of keys that nobody else may read.
pub(crate) fn copy_private(from: &Path, to: &Path, mode: u32) -> Result<()> {
    file::check_private(from)?;
    copy_whole(from, to, mode)
}

fn copy_whole(from: &Path, to: &Path, mode: u32) -> Result<()> {
    let bytes = fs::read(from).map_err(|error| file::unreadable(error, from))?;
    put_whole(to, mode, &bytes)
}
