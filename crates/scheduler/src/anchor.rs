//! Signed checkpoints leave the building: a file each, and a letter each day.
//!
//! What is wrong here never stops a reminder: it is told in the round's answer and in the log. The
//! daily letter comes also when nothing is new; one that fails to come is the alarm.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use spor_mail::address::Address;
use spor_mail::compose;
use spor_mail::digest::{Header, SignedTree};
use spor_store::{Log, NewLetter, SavedCheckpoint, Signer, StoreError, note};

use crate::due::{letter_id, slot_on};
use crate::error::Result;
use crate::tick::{Round, Scheduler, Ticked};

/// Who gets the checkpoint's letter, among the recipients of letters.
const AUDITOR: &str = "audit";
/// The duty of one process at a time.
const DUTY: &str = "anchor";
/// How long it stays with a process that died.
const DUTY_SECS: u32 = 60;
/// Its slot of the day.
const SLOT: &str = "checkpoint";

/// Who signs, and where signed checkpoints go.
#[derive(Clone, Debug)]
pub struct Anchors {
    /// Who signs.
    pub signer: Signer,
    /// A folder that gets a file of each checkpoint, and where nothing is overwritten.
    pub folder: Option<PathBuf>,
    /// A mailbox that gets a letter each day.
    pub mailbox: Option<Address>,
}

/// When a checkpoint shall be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// When one is due.
    Due,
    /// Now, if anything is new.
    Now,
}

impl Anchors {
    /// Makes a checkpoint and brings all that are not there yet to the folder; gives the newest.
    pub async fn keep(
        &self,
        log: &Log,
        when: When,
        now: DateTime<Utc>,
    ) -> Result<Option<SavedCheckpoint>, StoreError> {
        let made = match when {
            When::Due => log.checkpoint_when_due(&self.signer, now).await?,
            When::Now => Some(log.checkpoint(&self.signer, now).await?),
        };
        if let Some(folder) = &self.folder {
            let place = format!("folder:{}", folder.display());
            for checkpoint in log.unanchored(&place).await? {
                drop_file(folder, log, &checkpoint)
                    .map_err(|source| StoreError::Io { path: folder.clone(), source })?;
                log.note_anchored(checkpoint.position, &place, now).await?;
            }
        }
        Ok(made)
    }
}

/// One file a checkpoint: written, brought to the disk, and only then given its name.
fn drop_file(folder: &Path, log: &Log, checkpoint: &SavedCheckpoint) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let name = format!("{}-{:012}.note", log.id(), checkpoint.position.get());
    let path = folder.join(&name);
    match fs::read_to_string(&path) {
        Ok(there) if there == checkpoint.note => return Ok(()),
        Ok(_) => {
            let what = format!("{name} is there already and says something else");
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, what));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let draft = folder.join(format!(".{name}.{}", std::process::id()));
    let mut file = File::create(&draft)?;
    file.write_all(checkpoint.note.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, &path)?;
    File::open(folder)?.sync_all()
}

impl Scheduler {
    /// The round's checkpoint and, once a day, its letter.
    pub(crate) async fn anchor(&self, round: &Round, ticked: &mut Ticked) {
        let Some(anchors) = &self.settings.anchors else {
            return;
        };
        let done = match self.store.take_lease(DUTY, &self.settings.worker, DUTY_SECS).await {
            // Another process does it.
            Ok(None) => return,
            Ok(Some(_)) => self.bring_out(round, anchors, ticked).await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = done {
            tracing::error!(
                target: "spor::scheduler",
                { reason = %error }, "no checkpoint was brought out of the house"
            );
            ticked.anchor_fault = Some(error.to_string());
        }
    }

    async fn bring_out(&self, round: &Round, anchors: &Anchors, ticked: &mut Ticked) -> Result<()> {
        let done = match anchors.keep(&self.store, When::Due, round.now).await {
            Ok(made) => {
                ticked.checkpoint = made.map(|checkpoint| checkpoint.position.get());
                self.letter_of_the_day(round, anchors, ticked).await
            }
            Err(error) => Err(error.into()),
        };
        self.store.release_lease(DUTY, &self.settings.worker).await?;
        done
    }

    /// Also on a day without work and without news: the letter says that the log still stands.
    async fn letter_of_the_day(
        &self,
        round: &Round,
        anchors: &Anchors,
        ticked: &mut Ticked,
    ) -> Result<()> {
        let slot = slot_on(round.day, &round.policy);
        let Some(to) = anchors.mailbox.as_ref().filter(|_| round.now >= slot) else {
            return Ok(());
        };
        let id = letter_id(self.store.id(), AUDITOR, round.day, 1);
        if self.store.has_letter(id).await? {
            return Ok(());
        }
        let Some(newest) = anchors.keep(&self.store, When::Now, round.now).await? else {
            return Ok(());
        };
        let header = Header {
            from: self.settings.from.clone(),
            to: to.clone(),
            message_id: format!("<{id}@{}>", self.settings.message_host),
            date: slot,
            list_id: self.settings.list_id.clone(),
            case_in_subject: false,
            thread: None,
        };
        let tree = SignedTree {
            day: round.day,
            origin: note::origin(self.store.id()),
            size: newest.position.get().unsigned_abs(),
            note: newest.note,
            municipality: self.settings.municipality.clone(),
        };
        let bytes =
            compose::checkpoint(&self.settings.texts, &tree, &header, self.settings.language)
                .map_err(|error| crate::error::SchedulerError::Letter(error.to_string()))?;
        let letter = NewLetter {
            id,
            recipient: AUDITOR.to_owned(),
            address: to.as_str().to_owned(),
            local_day: round.day,
            slot: SLOT.to_owned(),
            part: 1,
            message_id: header.message_id,
            bytes,
            next_at: slot,
        };
        let place = format!("letter:{}", letter.message_id);
        let composed = self.store.compose(letter, Vec::new()).await?;
        ticked.composed += u64::from(composed == spor_store::Composed::New);
        Ok(self.store.note_anchored(newest.position, &place, round.now).await?)
    }
}
