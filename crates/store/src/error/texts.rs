//! What an error tells a person: why that is so, and what to do now.

use super::StoreError;

impl StoreError {
    /// Why that is so.
    pub fn because(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "another request was stored in between",
            Self::IdempotencyMismatch { .. } => "one key stands for one request, for ever",
            Self::LeaseLost { .. } => "the lease ran out and another worker may hold the letter",
            Self::MovedOn { .. } => "another worker or a person has changed it in between",
            Self::BadRequest { .. } => "the log stores only what it can give back unchanged",
            Self::BadStreamName { .. } => "names of streams stand in clear and never change",
            Self::BadLocation { .. } => {
                "a store is sqlite:spor.db or postgres://user@host/database"
            }
            Self::NotFound { .. } => "the file does not exist",
            Self::Exists { .. } => "a store is never overwritten",
            Self::NotAStore { .. } => "the file does not carry the mark of a store",
            Self::NewerFormat { .. } => "a newer program has changed the store",
            Self::Locked => "another program has been writing for more than five seconds",
            Self::Full { .. } => "the database could not grow; nothing was saved",
            Self::ReadOnly { .. } => "the file, its folder or its file system is read-only",
            Self::KeyFileReadable { .. } => "whoever reads a key can open or sign with it",
            Self::KeyFileMissing { .. } => "without its keys a store can neither open nor sign",
            Self::KeyFileMalformed { .. } => "a key file is one line, as the program wrote it",
            Self::WrongKeyring => "keyring, key file and store are made together",
            Self::NetworkFileSystem { .. } => "file locks are not reliable there",
            Self::OldLibrary { .. } => "older libraries can damage the file",
            Self::OtherHistory { .. } => "a copy only goes on with the beginning of its source",
            Self::CopyUnfinished => "what was recorded in half a store would be lost",
            Self::BadCheckpoint { .. } => "a checkpoint is a C2SP signed note (docs/format.md)",
            Self::OtherLog { .. } => "checkpoints, proofs and keys name the log they belong to",
            Self::NotProven { .. } => "it was changed, or it was never signed with that key",
            Self::Unreachable { .. } => "no server of this store answers",
            Self::Replica { .. } => "a replica takes nothing in; only its primary does",
            Self::NotMigrated { .. } => "an administrator prepares the database, not the program",
            Self::NotPermitted { .. } => "the role lacks the rights of the group spor_app",
            Self::NotUtf8 { .. } => "only UTF8 holds every text",
            Self::UnsafeServer { .. } => "what was acknowledged could be lost with the power",
            Self::Integrity { .. } => "somebody or something changed the store outside the program",
            Self::Closed => "the program is stopping",
            Self::Database { .. } => "the database refused or failed",
            Self::Io { .. } => "the disk failed or the operating system refused",
        }
    }

    /// What to do now.
    pub fn try_next(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "read again, decide again, and repeat",
            Self::IdempotencyMismatch { .. } => "use a new key for a new request",
            Self::LeaseLost { .. } | Self::MovedOn { .. } => {
                "do nothing: the next round goes on from the rows"
            }
            Self::BadRequest { .. } | Self::BadStreamName { .. } => "correct the request",
            Self::BadLocation { .. } => "write sqlite: and a path, or the URL of a database",
            Self::NotFound { .. } => "check the path, or make a store with `spor init`",
            Self::Exists { .. } => "choose another path, or move the file away",
            Self::NotAStore { .. } => "check the path; the file was not touched",
            Self::NewerFormat { .. } => "install the program that wrote it, or a newer one",
            Self::Locked => "try again; if it lasts, look for another running spor",
            Self::Full { .. } => "make room, then repeat the request",
            Self::ReadOnly { .. } => "give the program's user the right to write there",
            Self::KeyFileReadable { .. } => "chmod 0400 the key file, 0600 the keyring",
            Self::KeyFileMissing { .. } | Self::KeyFileMalformed { .. } => {
                "put the key file back from its second copy"
            }
            Self::WrongKeyring => "put the keyring and key file of this store beside it",
            Self::NetworkFileSystem { .. } => "put the store on a local disk",
            Self::OldLibrary { .. } => "install a newer build of the program",
            Self::Unreachable { .. } => "check the address and the server, then repeat",
            Self::Replica { .. } => "name the primary too: postgres://user@host1,host2/database",
            Self::NotMigrated { .. } => "run `spor store migrate --admin URL` as an administrator",
            Self::NotPermitted { .. } => "GRANT spor_app TO the role, and check its password",
            Self::NotUtf8 { .. } => "make the database with ENCODING 'UTF8' TEMPLATE template0",
            Self::UnsafeServer { .. } => "turn the setting on; only a sandbox may do without",
            Self::Integrity { .. } => "stop, keep the files, compare with a backup",
            Self::OtherHistory { .. } => "choose another target; nothing was changed there",
            Self::CopyUnfinished => "repeat the same `spor store copy`: it goes on where it ended",
            Self::BadCheckpoint { .. } => "give the file as it was written, every line of it",
            Self::OtherLog { .. } => "compare with the key and the files of the same store",
            Self::NotProven { .. } => {
                "believe nothing of it; ask for it once more, and for the key"
            }
            Self::Closed => "start the program again",
            Self::Database { .. } => "repeat; if it lasts, run `spor doctor`",
            Self::Io { .. } => "check the disk, the path and its permissions, then repeat",
        }
    }
}
