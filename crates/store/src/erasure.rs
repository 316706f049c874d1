//! Erasing: keys destroyed, ciphertexts taken away, letters emptied, nothing left in a corner.
//!
//! What is to be erased is noted in the commit of the event that says so; whoever finds the note
//! does the deed, as often as it takes. Every step may be repeated.

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::backend::{Answer, Batch, Row, values};
use crate::envelope::Hash;
use crate::error::Result;
use crate::event::StoredEvent;
use crate::ids::{EventId, KeyId, LetterId, Position, StreamName};
use crate::json::{self, JsonRows};
use crate::keyring::{Compartment, Kek, KeyStatus, Rotated};
use crate::letters::LetterState;
use crate::location::KeyFiles;
use crate::merkle::Frontier;
use crate::sql;
use crate::store::Store;

/// A key that was destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Destroyed {
    /// Which key.
    pub key: KeyId,
    /// When.
    pub at: DateTime<Utc>,
    /// Whose key-encryption key wrapped it: a copy of it opens no more once that one is gone.
    pub epoch: i64,
}

/// Leaves read in one step.
const STEP_LEAVES: i64 = 100_000;
/// Keys asked about in one step.
const STEP_KEYS: usize = 10_000;
/// Why letters and reminders are cancelled.
const WHY: &str = "personal data erased";

impl Store {
    /// The events that say what is to be erased and is not yet.
    pub async fn unfinished_erasures(&self) -> Result<Vec<StoredEvent>> {
        let rows = self.read_rows(Batch::new().ask(sql::LIST_UNFINISHED_ERASURES, vec![])).await?;
        let mut events = Vec::with_capacity(rows.len());
        for mut row in rows {
            let position: Position = row.take()?;
            events.extend(self.read_after(Position::new(position.get() - 1), 1).await?);
        }
        Ok(events)
    }

    /// Destroys the keys of a subject, mirrors that in the log, and takes away what they sealed.
    pub async fn destroy_keys(
        &self,
        subject: &StreamName,
        compartments: &[Compartment],
        at: DateTime<Utc>,
    ) -> Result<Vec<Destroyed>> {
        let wanted: Vec<_> = compartments.iter().map(|c| (subject.clone(), *c)).collect();
        let destroyed = self.keyring.destroy(&wanted, at).await?;
        self.mirror(subject, &destroyed).await?;
        Ok(destroyed)
    }

    async fn mirror(&self, subject: &StreamName, destroyed: &[Destroyed]) -> Result<()> {
        let mut rows = JsonRows::default();
        for gone in destroyed {
            rows.push(values![gone.key, gone.at]);
        }
        let batch = Batch::new()
            .run(sql::MIRROR_KEYS, vec![rows.finish()])
            .run(sql::ERASE_PARTS_OF, values![subject]);
        self.work(batch, vec![]).await.map(|_| ())
    }

    /// Destroys in the keyring what the log knows to be destroyed: the keyring of an old backup
    /// does not bring anybody back.
    pub(crate) async fn destroy_again(&self) -> Result<()> {
        let rows = self.read_rows(Batch::new().ask(sql::LIST_MIRRORED_KEYS, vec![])).await?;
        let gone = rows.into_iter().map(|mut row| Ok((row.take()?, row.take()?)));
        let gone: Vec<_> = gone.collect::<Result<_>>()?;
        if !gone.is_empty() && self.keyring.destroy_again(&gone).await? {
            tracing::warn!(target: "spor::store", "keys of an old keyring were destroyed again");
        }
        Ok(())
    }

    /// Takes away one sealed part of the event that an erasing event corrects.
    pub async fn erase_part(&self, by: EventId, part: &str, at: DateTime<Utc>) -> Result<()> {
        let batch = Batch::new()
            .run(sql::NAME_ERASED_PART, values![part, at, by])
            .run(sql::ERASE_PART, values![by]);
        self.work(batch, vec![]).await.map(|_| ())
    }

    /// Cancels what waits to tell of a case, and empties what has told of it. False while a worker
    /// holds such a letter: then it has to be done again.
    pub async fn forget_reminders(&self, case_ref: &str, at: DateTime<Utc>) -> Result<bool> {
        let (letters, held) = self.telling_letters(case_ref).await?;
        let letters = json::ids(letters.iter().map(|letter| letter.get()));
        let mut again = values![case_ref];
        again.push(letters.clone());
        let mut note = values![WHY, at];
        note.push(letters.clone());
        let mut cancel = values![WHY];
        cancel.push(letters.clone());
        let batch = Batch::new()
            .run(sql::PLAN_AGAIN, again)
            .run(sql::NOTE_CANCELLED, note)
            .run(sql::CANCEL_LETTERS, cancel)
            .run(sql::EMPTY_LETTERS, vec![letters])
            .run(sql::FORGET_REMINDERS, values![at, WHY, case_ref]);
        self.work(batch, vec![]).await?;
        Ok(!held)
    }

    /// The letters that name a case, and whether a worker holds one of them.
    async fn telling_letters(&self, case_ref: &str) -> Result<(Vec<LetterId>, bool)> {
        let batch = Batch::new().ask(sql::FIND_TELLING_LETTERS, values![case_ref]);
        let (mut letters, mut held) = (Vec::new(), false);
        for mut row in self.read_rows(batch).await? {
            let (id, bytes): (LetterId, Vec<u8>) = (row.take()?, row.take()?);
            let state: LetterState = row.take()?;
            if names(&bytes, case_ref) {
                held |= matches!(state, LetterState::Leased | LetterState::HandingOver);
                letters.push(id);
            }
        }
        Ok((letters, held))
    }

    /// Writes the store's file anew without what was deleted, and empties its write-ahead log.
    /// False while a reader keeps the old state alive.
    pub async fn rewrite(&self) -> Result<bool> {
        let mut connection = self.log.backend().connect().await?;
        let batch = Batch::new().run(sql::REWRITE_FILE, vec![]).ask(sql::EMPTY_LOG, vec![]);
        let answered = connection.run(batch).await;
        connection.close().await?;
        let mut busy = first(answered?);
        Ok(busy.as_mut().map(Row::take::<i64>).transpose()? == Some(0))
    }

    /// Notes that an erasure is done.
    pub async fn finish_erasure(&self, event: EventId, at: DateTime<Utc>) -> Result<()> {
        let batch = Batch::new().run(sql::FINISH_ERASURE, values![at, event]);
        self.work(batch, vec![]).await.map(|_| ())
    }

    /// When an erasure was done; none while it is not.
    pub async fn erasure_finished(&self, event: EventId) -> Result<Option<DateTime<Utc>>> {
        let batch = Batch::new().ask(sql::READ_ERASURE, values![event]);
        let found = self.read_row(batch).await?;
        Ok(found.map(|mut row| row.take()).transpose()?.flatten())
    }

    /// The destroyed keys of a subject.
    pub async fn destroyed_keys(
        &self,
        subject: &StreamName,
        compartments: &[Compartment],
    ) -> Result<Vec<Destroyed>> {
        let wanted: Vec<_> = compartments.iter().map(|c| (subject.clone(), *c)).collect();
        self.keyring.destroyed(&wanted).await
    }

    /// The root of the tree over the first events of the log.
    pub async fn root_at(&self, size: Position) -> Result<Hash> {
        let mut frontier = Frontier::new();
        let mut after = 0;
        while after < size.get() {
            let upto = size.get().min(after.saturating_add(STEP_LEAVES));
            let batch = Batch::new().ask(sql::READ_LEAVES_AFTER, values![after, upto]);
            for mut row in self.read_rows(batch).await? {
                frontier.append(row.take()?);
            }
            after = upto;
        }
        Ok(frontier.root())
    }

    /// How the keyring stands.
    pub async fn key_status(&self, files: &KeyFiles) -> Result<KeyStatus> {
        self.keyring.status(files).await
    }

    /// Keys of people under which nothing was ever sealed, at least a day old.
    pub async fn orphan_keys(&self) -> Result<Vec<KeyId>> {
        let mut orphans = self.keyring.old_keys().await?;
        orphans.sort();
        for chunk in orphans.clone().chunks(STEP_KEYS) {
            let ids = json::ids(chunk.iter().map(|key| key.get()));
            for mut row in self.read_rows(Batch::new().ask(sql::FIND_USED_KEYS, vec![ids])).await? {
                let used: KeyId = row.take()?;
                if let Ok(at) = orphans.binary_search(&used) {
                    orphans.remove(at);
                }
            }
        }
        Ok(orphans)
    }

    /// Removes such keys.
    pub async fn remove_orphan_keys(&self, orphans: &[KeyId]) -> Result<()> {
        self.writer_is_ours()?;
        self.keyring.remove(orphans).await
    }

    /// Puts every living key under a new key-encryption key; without one, a fresh one is made.
    pub async fn rotate_keys(&self, files: &KeyFiles, new: Option<Kek>) -> Result<Rotated> {
        self.writer_is_ours()?;
        self.keyring.rotate(files, new).await
    }

    /// Copies keyring and key-encryption key into a folder, and opens the copy.
    pub async fn export_keys(&self, folder: &Path) -> Result<KeyFiles> {
        self.writer_is_ours()?;
        self.keyring.export(self.id(), folder).await
    }

    fn writer_is_ours(&self) -> Result<()> {
        self.log.writer().map(|_| ())
    }
}

fn first(answers: Vec<Answer>) -> Option<Row> {
    answers.into_iter().flat_map(|answer| answer.rows).next()
}

/// Whether a letter names a case, and not only one whose reference begins alike.
fn names(letter: &[u8], case_ref: &str) -> bool {
    let text = String::from_utf8_lossy(letter).replace("=\r\n", "");
    let is_ref = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
    text.match_indices(case_ref).any(|(at, found)| {
        let before = text[..at].chars().next_back().is_some_and(is_ref);
        let after = text[at + found.len()..].chars().next().is_some_and(is_ref);
        !before && !after
    })
}
