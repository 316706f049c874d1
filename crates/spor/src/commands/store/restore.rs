//! `spor store restore`: a backup becomes a store again, checked against its manifest, beginning in
//! quarantine. Nothing is ever overwritten.

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use spor_store::{KeyFiles, Location, Open, Store};

use super::files::{self, Drafts};
use super::manifest::{
    KEY_FILE, KEYRING, Manifest, PUBLIC_KEY, Places, SIGNING_KEY, STORE, altered,
};
use crate::context::Context;
use crate::report::{Exit, Report};
use crate::{output, talk};

/// What was due longer ago than this is held: younger letters go out, at worst a second time with
/// the same Message-ID.
const HOLD_AFTER: TimeDelta = TimeDelta::hours(24);

/// What a restore has found.
struct Restored {
    hold_before: DateTime<Utc>,
    held: u64,
    destroyed: u64,
    tables: usize,
}

/// Where the keys come from.
struct Sources {
    keyring: PathBuf,
    kek: PathBuf,
}

/// Puts a backup in place.
pub async fn run(
    context: &Context,
    file: &Path,
    to: &str,
    (keyring, kek): (Option<PathBuf>, Option<PathBuf>),
) -> Result<Exit, Report> {
    let (target, keys) = files::target(to, (None, None))?;
    let Location::Sqlite(path) = &target else {
        return Err(Report::usage(
            "a backup is restored into a file",
            "restore it so, then `spor --store sqlite:FILE store copy --to postgres://…`",
        ));
    };
    let places = Places::of(file, None);
    let manifest = Manifest::read(&places)?;
    files::must_be_free([path])?;
    let sources = Sources {
        keyring: chosen(keyring, &keys.keyring, &places.keyring)?,
        kek: chosen(kek, &keys.kek, &places.kek)?,
    };
    files::make_folder(path)?;
    let mut drafts = Drafts::default();
    let store = drafts.of(path);
    let part =
        manifest.part(STORE).ok_or_else(|| altered(&places.manifest, "it names no store"))?;
    part.must_be(&places.store, files::copy(&places.store, &store, 0o640)?)?;
    let mut named = Vec::new();
    let mut drafted = keys.clone();
    let from_backup = [(KEYRING, &places.keyring), (KEY_FILE, &places.kek)];
    let wanted = [
        (&sources.keyring, &keys.keyring, &mut drafted.keyring, 0o600),
        (&sources.kek, &keys.kek, &mut drafted.kek, 0o400),
    ];
    for (from, at, draft, mode) in wanted {
        if files::is_same(from, at) {
            continue;
        }
        *draft = drafts.of(at);
        let measured = files::copy(from, draft, mode)?;
        let of_backup = from_backup.iter().find(|(_, path)| files::is_same(path, from));
        if let Some(part) = of_backup.and_then(|(role, _)| manifest.part(role)) {
            part.must_be(from, measured)?;
        }
        named.push((draft.clone(), at.clone()));
    }
    for (role, from, at, mode) in [
        (SIGNING_KEY, &places.signing, &keys.signing, 0o400),
        (PUBLIC_KEY, &places.public, &keys.public(), 0o444),
    ] {
        if let Some(part) = manifest.part(role).filter(|_| from.exists() && !at.exists()) {
            let draft = drafts.of(at);
            part.must_be(from, files::copy(from, &draft, mode)?)?;
            named.push((draft, at.clone()));
        }
    }
    let draft = Location::Sqlite(store.clone());
    let restored = prepare(context, (&draft, &drafted), (&manifest, &places)).await?;
    named.push((store, path.clone()));
    files::name_all(&named)?;
    tell(context, (&target, &keys, &sources), &manifest, &restored)
}

/// The file a person names; else the one that is in its place; else the backup's.
fn chosen(named: Option<PathBuf>, place: &Path, backup: &Path) -> Result<PathBuf, Report> {
    if let Some(named) = named {
        if place.exists() && !files::is_same(&named, place) {
            files::must_be_free([&place.to_owned()])?;
        }
        return Ok(named);
    }
    Ok(if place.exists() { place.to_owned() } else { backup.to_owned() })
}

/// Verifies what was copied, keeps the erased erased, begins the quarantine, builds the tables.
async fn prepare(
    context: &Context,
    (location, keys): (&Location, &KeyFiles),
    (manifest, places): (&Manifest, &Places),
) -> Result<Restored, Report> {
    let store = Store::open(location, keys, Open::ReadWrite).await?;
    let progress = talk::progress(context, "entries checked");
    let shown = progress.clone();
    let verified =
        store.verify(move |position| shown.set_position(position.get().unsigned_abs())).await;
    progress.finish_and_clear();
    let verified = verified?;
    let found = (store.id().to_string(), verified.head.get(), spor_store::hex(&verified.root));
    if found != (manifest.store_id.clone(), manifest.position, manifest.root.clone()) {
        let (id, position, root) = found;
        let what = format!("it holds store {id} up to {position} with root {root}");
        return Err(altered(&places.store, &what));
    }
    let session = context.session(store).await?;
    let (store, now) = (&session.store, session.now);
    let destroyed = store.mirror_destroyed_keys().await?;
    let hold_before = now.checked_sub_signed(HOLD_AFTER).unwrap_or(now);
    let held = store.begin_quarantine(hold_before, now).await?;
    let tables = super::copy::rebuild(context, store, now).await?;
    session.close().await?;
    Ok(Restored { hold_before, held, destroyed, tables })
}

fn tell(
    context: &Context,
    (target, keys, sources): (&Location, &KeyFiles, &Sources),
    manifest: &Manifest,
    restored: &Restored,
) -> Result<Exit, Report> {
    let Restored { hold_before, held, destroyed, tables } = restored;
    if output::is_for_programs(&context.global) {
        output::json(&json!({
            "outcome": "ok", "store": target.to_string(), "keyring": keys.keyring,
            "keyring_from": sources.keyring, "key_file": keys.kek,
            "position": manifest.position, "root": manifest.root, "made_at": manifest.made_at,
            "letters_held": held, "letters_held_before": hold_before,
            "keys_destroyed_since": destroyed, "tables": tables,
        }))?;
    } else {
        output::text(&format!(
            "ok: {} entries verified, {tables} tables rebuilt; the backup was made {}\n\
             store    {target}\nkeyring  {} (from {})\nkey file {}\n\
             {destroyed} keys were destroyed after the backup: what they sealed stays erased\n\
             {held} letters are held: they were due before {hold_before} and may have gone out",
            manifest.position,
            manifest.made_at,
            keys.keyring.display(),
            sources.keyring.display(),
            keys.kek.display(),
        ))?;
    }
    talk::say(
        context,
        "look at `spor reminders outbox`, then `spor store release`, or with --cancel",
    );
    Ok(Exit::Done)
}
