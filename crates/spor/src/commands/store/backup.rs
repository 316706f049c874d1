//! `spor store backup`: a snapshot beside the running service, tried out before it gets its name.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use spor_store::{KeyFiles, Location, Open, Store, Verified, write_snapshot};

use super::files::{self, Drafts};
use super::manifest::{
    FORMAT, KEY_FILE, KEYRING, Manifest, PUBLIC_KEY, Part, Places, SIGNING_KEY, STORE,
};
use crate::commands::anchoring;
use crate::context::{Context, Session, wall_clock};
use crate::report::{Exit, Report};
use crate::{VERSION, output, talk};

/// Writes a backup, restores it in a temporary place, verifies it there.
pub async fn run(
    context: &Context,
    file: &Path,
    keys: Option<&Path>,
    with_key_file: bool,
) -> Result<Exit, Report> {
    let places = Places::of(file, keys);
    files::must_be_free([&places.store, &places.manifest, &places.keyring])?;
    files::must_have_folder(&places.store)?;
    files::must_have_folder(&places.keyring)?;
    let (location, own_keys) = context.location()?;
    for (_, _, place, _) in key_files(&own_keys, &places, with_key_file) {
        files::must_be_free([&place])?;
    }
    let session = context.open_to_read().await?;
    if !session.is_read_only {
        // The manifest shall name a tree that was signed.
        anchoring::at_the_end(context, &session.store).await;
    }
    let mut drafts = Drafts::default();
    let (store, keyring) = (drafts.of(&places.store), drafts.of(&places.keyring));
    match location.path() {
        Some(path) => write_snapshot(path, &own_keys, &store, &keyring).await?,
        None => from_server(context, &session.store, &own_keys, (&store, &keyring)).await?,
    }
    let verified = rehearse(context, &session, (&store, &keyring, &own_keys), &mut drafts).await?;
    let mut parts = vec![
        Part::of(STORE, &places.store, &store)?,
        Part::of(KEYRING, &places.keyring, &keyring)?,
    ];
    let mut named = vec![(keyring, places.keyring.clone())];
    for (role, from, place, mode) in key_files(&own_keys, &places, with_key_file) {
        let draft = drafts.of(&place);
        files::copy(&from, &draft, mode)?;
        parts.push(Part::of(role, &place, &draft)?);
        named.push((draft, place));
    }
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        store_id: session.store.id().to_string(),
        kind: session.store.kind().as_str().to_owned(),
        position: verified.head.get(),
        root: spor_store::hex(&verified.root),
        checkpoint: session.store.last_checkpoint().await?.map(|last| last.note),
        files: parts,
        program: VERSION.lines().next().unwrap_or_default().to_owned(),
        made_at: wall_clock(),
    };
    let draft = drafts.of(&places.manifest);
    let text = serde_json::to_string_pretty(&manifest).map_err(anyhow::Error::from)?;
    files::write(&draft, &format!("{text}\n"))?;
    named.push((draft, places.manifest.clone()));
    // The store comes last: where it is, the backup is whole.
    named.push((store, places.store.clone()));
    files::name_all(&named)?;
    if !session.is_read_only {
        session.store.note_backup(verified.head, manifest.made_at).await?;
    }
    session.close().await?;
    tell(context, &places, &manifest)
}

/// The key files that a backup takes along: their roles, where they lie, where they go, and how
/// private they are. Only the public half of the signing key goes without being asked for.
fn key_files(
    own: &KeyFiles,
    places: &Places,
    asked_for: bool,
) -> Vec<(&'static str, PathBuf, PathBuf, u32)> {
    let private = [(KEY_FILE, &own.kek, &places.kek), (SIGNING_KEY, &own.signing, &places.signing)];
    let private = private
        .into_iter()
        .filter(|_| asked_for)
        .map(|(role, from, to)| (role, from.clone(), to.clone(), 0o400));
    let public = [(PUBLIC_KEY, own.public(), places.public.clone(), 0o444)];
    private.chain(public).filter(|(_, from, ..)| from.exists()).collect()
}

/// Copies a store out of a database into a file: one format for every backup.
async fn from_server(
    context: &Context,
    source: &Store,
    own_keys: &KeyFiles,
    (store, keyring): (&Path, &Path),
) -> Result<(), Report> {
    let target = Location::Sqlite(store.to_owned());
    let keys = KeyFiles { keyring: keyring.to_owned(), ..own_keys.clone() };
    super::copy::copy(context, source, own_keys, (&target, &keys)).await.map(|_| ())
}

/// Restores the snapshot in a folder of its own, verifies it and builds its tables anew.
async fn rehearse(
    context: &Context,
    session: &Session,
    (store, keyring, keys): (&Path, &Path, &KeyFiles),
    drafts: &mut Drafts,
) -> Result<Verified, Report> {
    let folder = drafts.of(&files::beside(store, ".rehearsal"));
    private_folder(&folder)?;
    let copy = folder.join("spor.db");
    let location = Location::Sqlite(copy.clone());
    let keys = KeyFiles { keyring: folder.join("spor.keys"), ..keys.clone() };
    files::copy(store, &copy, 0o600)?;
    files::copy(keyring, &keys.keyring, 0o600)?;
    let restored = Store::open(&location, &keys, Open::ReadWrite).await?;
    let progress = talk::progress(context, "entries checked");
    let shown = progress.clone();
    let verified =
        restored.verify(move |position| shown.set_position(position.get().unsigned_abs())).await;
    progress.finish_and_clear();
    let rebuilt = match &verified {
        Ok(_) => super::copy::rebuild(context, &restored, session.now).await,
        Err(_) => Ok(0),
    };
    restored.close().await?;
    rebuilt?;
    Ok(verified?)
}

fn private_folder(path: &Path) -> Result<(), Report> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path).map_err(|error| files::failed(path, error))
}

fn tell(context: &Context, places: &Places, manifest: &Manifest) -> Result<Exit, Report> {
    let bytes: u64 = manifest.files.iter().map(|part| part.bytes).sum();
    if output::is_for_programs(&context.global) {
        output::json(&json!({
            "outcome": "ok", "file": places.store, "keyring": places.keyring,
            "manifest": places.manifest, "position": manifest.position, "root": manifest.root,
            "bytes": bytes,
        }))?;
    } else {
        output::text(&format!(
            "ok: {} entries, {} kB; restored, verified and rebuilt in a temporary place\n\
             store    {}\nkeyring  {}\nmanifest {}\nroot     {}",
            manifest.position,
            bytes.div_ceil(1_000),
            places.store.display(),
            places.keyring.display(),
            places.manifest.display(),
            manifest.root,
        ))?;
    }
    if manifest.part(KEY_FILE).is_none() {
        talk::say(context, "the key file is not in it: keep its second copy elsewhere");
    }
    Ok(Exit::Done)
}
