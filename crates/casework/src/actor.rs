//! Who acts, when, and where ids come from: all of it handed in.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use spor_store::{ActorKind, Auth, CommitId, EventId};
use uuid::Uuid;

/// The present, as the caller sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The wall clock, or the wound clock of a sandbox.
    pub business: DateTime<Utc>,
}

/// Who acts, and how that was proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The operating system's user, or the person named in a sandbox.
    pub name: String,
    /// A person, the program itself, or a file.
    pub kind: ActorKind,
    /// For whom, when that is somebody else.
    pub on_behalf_of: Option<String>,
    /// The proof.
    pub auth: Auth,
}

impl Actor {
    /// The program itself.
    pub fn system() -> Self {
        let name = "spor".to_owned();
        Self { name, kind: ActorKind::System, on_behalf_of: None, auth: Auth::Os }
    }

    /// The file that this person imports.
    #[must_use]
    pub fn importing(&self) -> Self {
        Self {
            name: "import".to_owned(),
            kind: ActorKind::Import,
            on_behalf_of: Some(self.on_behalf_of.as_ref().unwrap_or(&self.name).clone()),
            auth: self.auth,
        }
    }
}

/// Where new ids come from: UUIDs of version 7, made by the caller.
#[derive(Clone)]
pub struct Ids(Arc<dyn Fn() -> Uuid + Send + Sync>);

impl Ids {
    /// Takes ids from this source.
    pub fn new(next: impl Fn() -> Uuid + Send + Sync + 'static) -> Self {
        Self(Arc::new(next))
    }

    pub(crate) fn event(&self) -> EventId {
        EventId::new((self.0)())
    }

    pub(crate) fn commit(&self) -> CommitId {
        CommitId::new((self.0)())
    }
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ids")
    }
}
