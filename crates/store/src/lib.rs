//! The database of Spor: bytes, streams and positions; it knows nothing of mentors.
//!
//! A store is an append-only log of events in streams ([`Log`]), a keyring for what may not stand
//! in clear ([`DataKey`]), derived tables that can be made again ([`TableSpec`]), a ledger of
//! reminders and an outbox of letters. All SQL of the program lives here.
//!
//! ```no_run
//! # async fn example() -> spor_store::Result<()> {
//! use spor_store::{KeyFiles, Location, Open, Position, Store};
//!
//! let location = Location::parse("sqlite:spor.db")?;
//! let store = Store::open(&location, &KeyFiles::beside(&location), Open::ReadWrite).await?;
//! let events = store.read_after(Position::ZERO, 100).await?;
//! store.close().await
//! # }
//! ```

mod backend;
mod carry;
mod checkpoint;
mod copy;
mod custody;
pub mod envelope;
mod erasure;
mod error;
mod event;
mod guarded;
mod ids;
mod import_outcomes;
mod json;
mod keyring;
mod leases;
mod ledger;
mod letters;
mod location;
mod log;
mod measures;
pub mod merkle;
pub mod note;
mod postgres;
pub mod proof;
mod random;
mod rate;
pub mod seal;
mod snapshot;
mod sql;
mod sqlite;
mod store;
mod tables;
mod verify;
mod words;

pub use checkpoint::SavedCheckpoint;
pub use copy::Copied;
pub use custody::{Act, Custody, LetGo};
pub use erasure::Destroyed;
pub use error::{Result, StoreError};
pub use event::{
    ActorKind, Append, Appended, Auth, Expected, Head, Kind, LogRow, NewCommit, NewEvent, Priority,
    ReadSet, SealedPart, StoredCommit, StoredEvent, StoredPart, StreamSlice, Upto,
};
pub use ids::{
    CLAIM, CommitId, EventId, KeyId, LetterId, Position, ReminderId, StoreId, StreamName, Version,
};
pub use json::hex;
pub use keyring::{Compartment, DataKey, Epoch, Kek, KeyStatus, KeysSeen, Opened, Rotated};
pub use leases::{Duty, OpenBreaker};
pub use ledger::{LedgerChange, LetterOutcome, Rearm, ReminderFilter, ReminderRow, ReminderState};
pub use letters::{
    AttemptRow, Composed, LONGEST_WAIT, LetterFilter, LetterName, LetterPart, LetterRow,
    LetterState, MAX_COPIES, NewLetter, Suppression, guard,
};
pub use location::{KeyFiles, Location, Open, OpenOptions, Servers};
pub use log::packed::{PackedStream, StreamScan};
pub use log::{Follower, Log};
pub use measures::{LettersIn, Measures};
pub use note::Signer;
pub use rate::{Granted, Rate};
pub use snapshot::write_snapshot;
pub use store::{Genesis, Store};
pub use tables::{
    Cell, Checkpoint, ColumnKind, ColumnSpec, Failure, Filter, IndexSpec, Op, Order, Row, RowBatch,
    Select, Status, StreamRows, Sums, TableId, TableRows, TableSpec,
};
pub use verify::{Evidence, Verified};
