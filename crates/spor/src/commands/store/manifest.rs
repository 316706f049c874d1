//! What stands beside a backup: which store, how far, with which root; each file by its hash.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::files;
use crate::report::{Exit, Report};

/// The words that open a manifest.
pub const FORMAT: &str = "spor/backup/1";

/// What a backup holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// Always [`FORMAT`].
    pub format: String,
    /// The store.
    pub store_id: String,
    /// What kind of store.
    pub kind: String,
    /// The last position.
    pub position: i64,
    /// The root of the tree over all entries.
    pub root: String,
    /// The newest signed checkpoint that the store has kept.
    pub checkpoint: Option<String>,
    /// The files.
    pub files: Vec<Part>,
    /// The program that made it.
    pub program: String,
    /// When.
    pub made_at: DateTime<Utc>,
}

/// One file of a backup.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Part {
    /// store, keyring, `key_file`, `signing_key` or `public_key`.
    pub role: String,
    /// Its name.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its hash.
    pub sha256: String,
}

/// The file of the log.
pub const STORE: &str = "store";
/// The file of the data keys, wrapped.
pub const KEYRING: &str = "keyring";
/// The file of the key that wraps them.
pub const KEY_FILE: &str = "key_file";
/// The file of the key that signs checkpoints.
pub const SIGNING_KEY: &str = "signing_key";
/// The public half of that key.
pub const PUBLIC_KEY: &str = "public_key";

/// Where the files of a backup lie.
#[derive(Debug, Clone)]
pub struct Places {
    /// The store.
    pub store: PathBuf,
    /// The manifest.
    pub manifest: PathBuf,
    /// The keyring.
    pub keyring: PathBuf,
    /// The key file, where it was asked for.
    pub kek: PathBuf,
    /// The key that signs checkpoints, where key files were asked for.
    pub signing: PathBuf,
    /// Its public half.
    pub public: PathBuf,
}

impl Places {
    /// The places of a backup; the keys lie beside it or in a folder of their own.
    pub fn of(file: &Path, keys: Option<&Path>) -> Self {
        let keys = match (keys, file.file_name()) {
            (Some(folder), Some(name)) => folder.join(name),
            _ => file.to_owned(),
        };
        Self {
            store: file.to_owned(),
            manifest: files::beside(file, ".manifest.json"),
            keyring: files::beside(&keys, ".keys"),
            kek: files::beside(&keys, ".kek"),
            signing: files::beside(&keys, ".sign"),
            public: files::beside(file, ".pub"),
        }
    }
}

impl Manifest {
    /// Reads the manifest of a backup.
    pub fn read(places: &Places) -> Result<Self, Report> {
        if !places.manifest.exists() && places.store.exists() {
            return Err(Report::new(
                Exit::Integrity,
                "backup_incomplete",
                format!("{} is missing", places.manifest.display()),
                "without its manifest nobody can tell whether a backup is whole",
                "take the manifest from where the backup was made, or use another backup",
            ));
        }
        let text = std::fs::read_to_string(&places.manifest)
            .map_err(|error| files::failed(&places.manifest, error))?;
        let manifest: Option<Self> = serde_json::from_str(&text).ok();
        let known = manifest.filter(|manifest| manifest.format == FORMAT);
        known.ok_or_else(|| altered(&places.manifest, "it is no manifest of this program"))
    }

    /// The file of a role.
    pub fn part(&self, role: &str) -> Option<&Part> {
        self.files.iter().find(|part| part.role == role)
    }
}

impl Part {
    /// A file of a backup, measured.
    pub fn of(role: &str, path: &Path, draft: &Path) -> Result<Self, Report> {
        let (bytes, sha256) = files::measure(draft)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { role: role.to_owned(), name, bytes, sha256 })
    }

    /// Says what differs between a file and its manifest.
    pub fn must_be(&self, path: &Path, (bytes, sha256): (u64, String)) -> Result<(), Report> {
        if bytes != self.bytes {
            let what = format!("it has {bytes} bytes, the manifest says {}", self.bytes);
            return Err(altered(path, &what));
        }
        if sha256 != self.sha256 {
            let what = format!("its SHA-256 is {sha256}, the manifest says {}", self.sha256);
            return Err(altered(path, &what));
        }
        Ok(())
    }
}

/// A backup that is not what it was.
pub fn altered(path: &Path, what: &str) -> Report {
    Report::new(
        Exit::Integrity,
        "backup_altered",
        format!("{}: {what}", path.display()),
        "somebody or something changed the backup after it was made",
        "use another backup; keep this one to find out what happened",
    )
}
