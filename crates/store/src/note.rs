//! Signed checkpoints: a C2SP signed note over the size and root of the tree.
//!
//! The note is all that a third party needs to hold: `docs/format.md` says every byte of it.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::envelope::Hash;
use crate::error::{Result, StoreError};
use crate::ids::StoreId;
use crate::json::hex;
use crate::location::KeyFiles;
use crate::random;
use crate::sqlite::file;
use crate::store::making::put_whole;

#[cfg(test)]
mod tests;

/// The byte that says Ed25519, before a public key and before a seed.
const ED25519: u8 = 1;
const SIGNING_MARK: &str = "PRIVATE+KEY+";
const SIGNATURE_MARK: &str = "— ";
/// A note with more signatures is not ours.
const MAX_SIGNATURES: usize = 64;
const SIGNING_KEY_MODE: u32 = 0o400;
pub(crate) const PUBLIC_KEY_MODE: u32 = 0o444;

/// What a log is called in notes and keys.
pub fn origin(log: StoreId) -> String {
    format!("spor/{log}")
}

/// The size and root of a log's tree at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// How many leaves the tree has: the position of the last one.
    pub size: u64,
    /// The root of the tree.
    pub root: Hash,
}

impl fmt::Display for Checkpoint {
    /// The text that is signed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, STANDARD.encode(self.root))
    }
}

/// A checkpoint with its signatures, as yet unchecked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What is signed, read.
    pub checkpoint: Checkpoint,
    /// What is signed, as it was written.
    body: String,
    signatures: Vec<(String, Vec<u8>)>,
}

impl FromStr for Note {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self> {
        let bad = |what: &str| StoreError::BadCheckpoint { what: what.to_owned() };
        if text.chars().any(|c| c < ' ' && c != '\n') {
            return Err(bad("it holds control characters"));
        }
        let (body, signatures) =
            text.rsplit_once("\n\n").ok_or_else(|| bad("a blank line is missing"))?;
        let body = format!("{body}\n");
        let checkpoint = read_body(&body).ok_or_else(|| bad("it is not origin, size and root"))?;
        let lines = signatures.strip_suffix('\n').ok_or_else(|| bad("its last line is cut"))?;
        let signatures: Option<Vec<_>> = lines.split('\n').map(read_signature).collect();
        let signatures = signatures.ok_or_else(|| bad("a line is no signature"))?;
        if signatures.len() > MAX_SIGNATURES {
            return Err(bad("it has too many signatures"));
        }
        Ok(Self { checkpoint, body, signatures })
    }
}

fn read_body(body: &str) -> Option<Checkpoint> {
    let mut lines = body.strip_suffix('\n')?.split('\n');
    let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
    let plain = size == "0" || !size.starts_with('0');
    let digits = !size.is_empty() && size.bytes().all(|digit| digit.is_ascii_digit());
    if origin.is_empty() || !plain || !digits || lines.any(str::is_empty) {
        return None;
    }
    let size = size.parse().ok().filter(|size| i64::try_from(*size).is_ok())?;
    let root = STANDARD.decode(root).ok()?.try_into().ok()?;
    Some(Checkpoint { origin: origin.to_owned(), size, root })
}

fn read_signature(line: &str) -> Option<(String, Vec<u8>)> {
    let (name, signature) = line.strip_prefix(SIGNATURE_MARK)?.split_once(' ')?;
    let signature = STANDARD.decode(signature).ok().filter(|bytes| bytes.len() > 4)?;
    is_name(name).then(|| (name.to_owned(), signature))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+')
}

impl Note {
    /// Checks that the note is about this log, whoever has signed it.
    pub(crate) fn check_origin(&self, expected: &str) -> Result<()> {
        let found = &self.checkpoint.origin;
        if found == expected {
            return Ok(());
        }
        Err(StoreError::OtherLog { found: found.clone(), expected: expected.to_owned() })
    }

    /// Checks that the owner of this key has signed, and that the key is that of the note's log.
    pub fn check(&self, key: &PublicKey) -> Result<()> {
        self.check_origin(&key.name)?;
        let id = key.id();
        let mut signed = false;
        for (_, signature) in
            self.signatures.iter().filter(|(name, bytes)| *name == key.name && bytes[..4] == id)
        {
            let signature = Signature::from_slice(&signature[4..]);
            let holds = signature.is_ok_and(|signature| {
                key.key.verify_strict(self.body.as_bytes(), &signature).is_ok()
            });
            if !holds {
                return Err(not_proven("the signature under the checkpoint does not hold"));
            }
            signed = true;
        }
        if signed { Ok(()) } else { Err(not_proven("the checkpoint is not signed by this key")) }
    }
}

/// Whose signatures are believed: the line in `spor.pub`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    key: VerifyingKey,
}

impl PublicKey {
    /// Reads a file that holds a public key.
    pub fn open(path: &Path) -> Result<Self> {
        let text = read_line(path)?;
        Self::parse(&text).ok_or_else(|| StoreError::KeyFileMalformed { path: path.to_owned() })
    }

    /// Reads `name+id+key`.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, id, key) = read_key(text)?;
        let key = VerifyingKey::from_bytes(&key).ok().filter(|key| !key.is_weak())?;
        let key = Self { name, key };
        (hex(&key.id()) == id).then_some(key)
    }

    /// Which log it belongs to.
    pub fn origin(&self) -> &str {
        &self.name
    }

    fn id(&self) -> [u8; 4] {
        let mut hash = Sha256::new_with_prefix(&self.name);
        hash.update([b'\n', ED25519]);
        hash.update(self.key.as_bytes());
        *hash.finalize().first_chunk().expect("a hash is longer than that")
    }

    fn line(&self, mark: &str, secret: &[u8; 32]) -> String {
        let key = [&[ED25519], secret.as_slice()].concat();
        format!("{mark}{}+{}+{}", self.name, hex(&self.id()), STANDARD.encode(key))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line("", self.key.as_bytes()))
    }
}

/// Signs checkpoints of one log.
#[derive(Clone)]
pub struct Signer {
    key: SigningKey,
    public: PublicKey,
}

impl Signer {
    /// Reads the signing key of a log; a file that others may read is refused.
    pub fn open(files: &KeyFiles, log: StoreId) -> Result<Self> {
        let path = &files.signing;
        file::check_private(path)?;
        let malformed = || StoreError::KeyFileMalformed { path: path.to_owned() };
        let text = read_line(path)?;
        let text = text.strip_prefix(SIGNING_MARK).ok_or_else(malformed)?;
        let (name, id, seed) = read_key(text).ok_or_else(malformed)?;
        let signer = Self::new(name, seed);
        if hex(&signer.public.id()) != id {
            return Err(malformed());
        }
        if signer.public.name != origin(log) {
            let found = signer.public.name;
            return Err(StoreError::OtherLog { found, expected: origin(log) });
        }
        // A program that died between the two files left the private half alone.
        if !files.public().exists() {
            write_line(&files.public(), PUBLIC_KEY_MODE, &signer.public.to_string())?;
        }
        Ok(signer)
    }

    /// Makes a signing key, and the file with its public half; neither is overwritten.
    pub fn create(files: &KeyFiles, log: StoreId) -> Result<Self> {
        let signer = Self::new(origin(log), random::bytes());
        let secret = signer.public.line(SIGNING_MARK, signer.key.as_bytes());
        write_line(&files.signing, SIGNING_KEY_MODE, &secret)?;
        write_line(&files.public(), PUBLIC_KEY_MODE, &signer.public.to_string())?;
        Ok(signer)
    }

    fn new(name: String, seed: [u8; 32]) -> Self {
        let key = SigningKey::from_bytes(&seed);
        let public = PublicKey { name, key: key.verifying_key() };
        Self { key, public }
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The signed note of a checkpoint.
    pub fn sign(&self, checkpoint: &Checkpoint) -> String {
        let body = checkpoint.to_string();
        let signature = self.key.sign(body.as_bytes());
        let bytes = [self.public.id().as_slice(), &signature.to_bytes()].concat();
        format!("{body}\n{SIGNATURE_MARK}{} {}\n", self.public.name, STANDARD.encode(bytes))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.public.name)
    }
}

/// `name+id+base64(type and 32 bytes)`.
fn read_key(text: &str) -> Option<(String, String, [u8; 32])> {
    let mut fields = text.splitn(3, '+');
    let (name, id, key) = (fields.next()?, fields.next()?, fields.next()?);
    let key = STANDARD.decode(key).ok()?;
    let (kind, key) = key.split_first()?;
    let key = key.try_into().ok().filter(|_| *kind == ED25519 && is_name(name))?;
    Some((name.to_owned(), id.to_owned(), key))
}

fn read_line(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => StoreError::KeyFileMissing { path: path.to_owned() },
        std::io::ErrorKind::InvalidData => StoreError::KeyFileMalformed { path: path.to_owned() },
        _ => file::unreadable(error, path),
    })?;
    Ok(text.trim_end().to_owned())
}

fn write_line(path: &Path, mode: u32, line: &str) -> Result<()> {
    put_whole(path, mode, format!("{line}\n").as_bytes())
}

pub(crate) fn not_proven(what: impl Into<String>) -> StoreError {
    StoreError::NotProven { what: what.into() }
}
