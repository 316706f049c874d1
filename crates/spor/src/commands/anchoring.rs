//! Who signs checkpoints and where they go, as the configuration says.

use std::path::PathBuf;

use spor_mail::address::Address;
use spor_scheduler::anchor::{Anchors, When};
use spor_store::{KeyFiles, Log, SavedCheckpoint, Signer, StoreError, StoreId};

use super::run::bad_mail;
use crate::context::{Context, wall_clock};
use crate::report::Report;
use crate::talk;

/// The anchors of the configuration; none in a store that has no signing key yet.
pub fn configured(context: &Context, log: StoreId) -> Result<Option<Anchors>, Report> {
    let (_, keys) = context.location()?;
    match Signer::open(&keys, log) {
        Ok(signer) => with(context, &keys, signer).map(Some),
        Err(StoreError::KeyFileMissing { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn with(context: &Context, keys: &KeyFiles, signer: Signer) -> Result<Anchors, Report> {
    let config = &context.config;
    let folder: Option<PathBuf> = match config.text("anchor.folder") {
        "none" => None,
        "" => Some(keys.signing.with_extension("checkpoints")),
        _ => config.path("anchor.folder"),
    };
    let mailbox = config.filled("anchor.mailbox").map(Address::parse);
    Ok(Anchors { signer, folder, mailbox: mailbox.transpose().map_err(bad_mail)? })
}

/// Signs the log now and brings the checkpoint out; makes the key of a store that never had one.
pub async fn sign(context: &Context, log: &Log) -> Result<SavedCheckpoint, Report> {
    let (_, keys) = context.location()?;
    let signer = match Signer::open(&keys, log.id()) {
        Err(StoreError::KeyFileMissing { .. }) if log.last_checkpoint().await?.is_none() => {
            Signer::create(&keys, log.id())?
        }
        opened => opened?,
    };
    let anchors = with(context, &keys, signer)?;
    let made = anchors.keep(log, When::Now, wall_clock()).await?;
    Ok(made.expect("a checkpoint that is made now is given back"))
}

/// Signs what a long piece of work has left; the work itself is done whatever becomes of this.
pub async fn at_the_end(context: &Context, log: &Log) {
    let kept = match configured(context, log.id()) {
        Ok(Some(anchors)) => anchors.keep(log, When::Now, wall_clock()).await.map_err(Report::from),
        Ok(None) => Ok(None),
        Err(report) => Err(report),
    };
    if let Err(report) = kept {
        talk::say(context, &format!("no checkpoint was signed: {}", report.message));
    }
}
