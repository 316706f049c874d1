//! The key-encryption key: read from its file, or supplied, and replaced when it is rotated.
//!
//! A new key lies beside the old one under another name until the keyring is wrapped under it, so
//! there is no moment at which the key that fits is not there.

use std::fmt;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::{Result, StoreError};
use crate::location::KeyFiles;
use crate::sqlite::file;
use crate::store::making::put_whole;
use crate::{json, random};

/// The key under which the keyring's keys are wrapped.
#[derive(Clone, PartialEq, Eq)]
pub struct Kek([u8; 32]);

const MODE: u32 = 0o400;
const NEW: &str = ".new";

impl Kek {
    /// Reads 64 hexadecimal digits, perhaps with a line end.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.trim_end().as_bytes();
        let mut key = [0; 32];
        if digits.len() != 2 * key.len() {
            return None;
        }
        for (byte, pair) in key.iter_mut().zip(digits.chunks(2)) {
            let pair = str::from_utf8(pair).ok().filter(|_| pair.iter().all(u8::is_ascii_hexdigit));
            *byte = u8::from_str_radix(pair?, 16).ok()?;
        }
        Some(Self(key))
    }

    /// Reads the file of a key, which nobody else may read.
    pub fn read(path: &Path) -> Result<Self> {
        file::check_private(path)?;
        let text = fs::read_to_string(path).map_err(|error| match error.kind() {
            ErrorKind::InvalidData => StoreError::KeyFileMalformed { path: path.to_owned() },
            _ => file::unreadable(error, path),
        })?;
        Self::parse(&text).ok_or_else(|| StoreError::KeyFileMalformed { path: path.to_owned() })
    }

    pub(super) fn fresh() -> Self {
        Self(random::bytes())
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Writes the key to a file that does not exist yet; it gets its name when it is whole.
    pub(super) fn write(&self, path: &Path) -> Result<()> {
        let mut digits = String::new();
        json::push_hex(&mut digits, &self.0);
        digits.push('\n');
        put_whole(path, MODE, digits.as_bytes())
    }
}

impl fmt::Debug for Kek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kek")
    }
}

/// The key of a new store: the supplied one, or a fresh one in its file.
pub(crate) fn make(files: &KeyFiles) -> Result<Kek> {
    if let Some(kek) = &files.supplied {
        return Ok(kek.clone());
    }
    let kek = Kek::fresh();
    kek.write(&files.kek)?;
    Ok(kek)
}

/// A key that may fit.
#[derive(Clone)]
pub(super) struct Candidate {
    pub(super) kek: Kek,
    /// Whether a rotation has laid it out and not put it in its place.
    pub(super) is_new: bool,
}

/// The keys that may fit: the supplied one, or those of the file and of an unfinished rotation.
pub(super) fn candidates(files: &KeyFiles) -> Result<Vec<Candidate>> {
    let old = |kek| Candidate { kek, is_new: false };
    let new = |kek| Candidate { kek, is_new: true };
    if let Some(kek) = &files.supplied {
        return Ok(vec![old(kek.clone())]);
    }
    let coming = beside(files, NEW);
    let current = Kek::read(&files.kek);
    match (current, coming.exists()) {
        (Ok(current), false) => Ok(vec![old(current)]),
        // A new key that was never used may be half-written.
        (Ok(current), true) => {
            Ok([old(current)].into_iter().chain(Kek::read(&coming).map(new)).collect())
        }
        (Err(StoreError::KeyFileMissing { .. }), true) => Ok(vec![new(Kek::read(&coming)?)]),
        (Err(error), _) => Err(error),
    }
}

/// Lays a new key beside the one in use; one that was never used is replaced.
pub(super) fn lay_out(files: &KeyFiles, new: &Kek) -> Result<()> {
    let coming = beside(files, NEW);
    match fs::remove_file(&coming) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(file::unreadable(error, &coming));
        }
        Ok(()) | Err(_) => {}
    }
    new.write(&coming)?;
    sync_folder(&coming)
}

/// Puts the new key in the place of the old one, which is kept aside until a person removes it.
pub(super) fn take_over(files: &KeyFiles, epoch: i64) -> Result<PathBuf> {
    let retired = beside(files, &format!(".retired-{}", epoch.saturating_sub(1)));
    let failed = |error| file::unreadable(error, &files.kek);
    match fs::hard_link(&files.kek, &retired) {
        Err(error) if !matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => {
            return Err(failed(error));
        }
        Ok(()) | Err(_) => {}
    }
    fs::rename(beside(files, NEW), &files.kek).map_err(failed)?;
    sync_folder(&files.kek)?;
    Ok(retired)
}

/// The old keys that nobody has removed yet.
pub(super) fn retired(files: &KeyFiles) -> Vec<PathBuf> {
    let folder = files.kek.parent().filter(|folder| *folder != Path::new(""));
    let Ok(entries) = fs::read_dir(folder.unwrap_or(Path::new("."))) else {
        return Vec::new();
    };
    let mark = file::beside(&files.kek, ".retired-");
    let mark = mark.file_name().map(|name| name.to_string_lossy().into_owned());
    let is_old = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        name.zip(mark.as_ref()).is_some_and(|(name, mark)| name.starts_with(mark.as_str()))
    };
    let mut old: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(is_old).collect();
    old.sort();
    old
}

fn beside(files: &KeyFiles, ending: &str) -> PathBuf {
    file::beside(&files.kek, ending)
}

/// A name is on disk only when its folder is.
pub(super) fn sync_folder(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let folder = folder.unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| file::unreadable(error, folder))
}
