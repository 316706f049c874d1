//! Files that appear under their names only when they are whole, or not at all.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use spor_store::{KeyFiles, Location, StoreError, hex};

use crate::report::Report;

/// Bytes read at once.
const CHUNK_BYTES: usize = 1 << 20;

/// Files and folders of one command that go away again, unless they are given their names.
#[derive(Default)]
pub struct Drafts(Vec<PathBuf>);

impl Drafts {
    /// The path beside a final one under which it is made; it must not be there.
    pub fn of(&mut self, path: &Path) -> PathBuf {
        let draft = beside(path, &format!(".{}.part", std::process::id()));
        self.0.push(draft.clone());
        draft
    }
}

/// Gives finished files their names, all or none; none of them overwrites anything.
pub fn name_all(named: &[(PathBuf, PathBuf)]) -> Result<(), Report> {
    for (at, (draft, path)) in named.iter().enumerate() {
        if let Err(error) = name(draft, path) {
            for (_, done) in &named[..at] {
                let _ = fs::remove_file(done);
            }
            return Err(error);
        }
    }
    Ok(())
}

impl Drop for Drafts {
    fn drop(&mut self) {
        for draft in &self.0 {
            // What has its name by now, or was never made, is not there.
            let _ = fs::remove_dir_all(draft);
            for ending in ["", "-wal", "-shm", "-journal"] {
                let _ = fs::remove_file(beside(draft, ending));
            }
        }
    }
}

/// A link never overwrites; where there are no links, a look before the renaming has to do.
fn name(draft: &Path, path: &Path) -> Result<(), Report> {
    let exists = || Report::from(StoreError::Exists { path: path.to_owned() });
    match fs::hard_link(draft, path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(exists()),
        Err(_) if fs::symlink_metadata(path).is_ok() => Err(exists()),
        Err(_) => fs::rename(draft, path).map_err(|error| failed(path, error)),
    }
}

/// Refuses places where something is already.
pub fn must_be_free<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) -> Result<(), Report> {
    let taken = paths.into_iter().find(|path| fs::symlink_metadata(path).is_ok());
    taken.map_or(Ok(()), |path| Err(StoreError::Exists { path: path.clone() }.into()))
}

/// Refuses a folder that is not there: it may be a disk that is not mounted.
pub fn must_have_folder(path: &Path) -> Result<(), Report> {
    let folder = folder_of(path);
    if folder.is_dir() {
        return Ok(());
    }
    Err(Report::usage(
        format!("there is no folder {}", folder.display()),
        "make it, or mount its disk",
    ))
}

/// Makes the folder of a file where it is missing.
pub fn make_folder(path: &Path) -> Result<(), Report> {
    let folder = folder_of(path);
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."))
}

/// The path with something added to its last name.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Copies a file into a new one, to the disk; gives its length and the hash of what was read.
pub fn copy(from: &Path, to: &Path, mode: u32) -> Result<(u64, String), Report> {
    let mut copy = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(to)
        .map_err(|error| failed(to, error))?;
    let read = each_chunk(from, |chunk| copy.write_all(chunk).map_err(|error| failed(to, error)))?;
    copy.sync_all().map_err(|error| failed(to, error))?;
    Ok(read)
}

/// The length and the hash of a file.
pub fn measure(path: &Path) -> Result<(u64, String), Report> {
    each_chunk(path, |_| Ok(()))
}

fn each_chunk(
    path: &Path,
    mut each: impl FnMut(&[u8]) -> Result<(), Report>,
) -> Result<(u64, String), Report> {
    let mut file = File::open(path).map_err(|error| failed(path, error))?;
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = file.read(&mut chunk).map_err(|error| failed(path, error))?;
        if read == 0 {
            return Ok((bytes, hex(&hash.finalize())));
        }
        hash.update(&chunk[..read]);
        bytes += read as u64;
        each(&chunk[..read])?;
    }
}

/// Writes a new text file, to the disk.
pub fn write(path: &Path, text: &str) -> Result<(), Report> {
    let made = fs::OpenOptions::new().write(true).create_new(true).mode(0o640).open(path);
    let written = made.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| failed(path, error))
}

/// What the operating system says about a path, in the words of the store.
pub fn failed(path: &Path, source: io::Error) -> Report {
    let path = path.to_owned();
    Report::from(match source.kind() {
        io::ErrorKind::StorageFull => StoreError::Full { path, free_mib: None },
        io::ErrorKind::AlreadyExists => StoreError::Exists { path },
        io::ErrorKind::NotFound => StoreError::NotFound { path },
        _ => StoreError::Io { path, source },
    })
}

/// A place named on the command line, with its keys beside it or where the flags say.
pub fn target(
    url: &str,
    (keyring, kek): (Option<PathBuf>, Option<PathBuf>),
) -> Result<(Location, KeyFiles), Report> {
    let location = Location::parse(url)?;
    let beside = KeyFiles::beside(&location);
    let keys = KeyFiles {
        keyring: keyring.unwrap_or_else(|| beside.keyring.clone()),
        kek: kek.unwrap_or_else(|| beside.kek.clone()),
        ..beside
    };
    Ok((location, keys))
}

/// A relative path of the configuration means the folder of the configuration; one of a flag the
/// folder of the person. Both name the same file when they lead to it.
pub fn is_same(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}
