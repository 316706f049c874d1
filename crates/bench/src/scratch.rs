//! A store in a folder of its own, gone with the measurement.

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, Utc};
use spor_store::{
    ActorKind, Auth, CommitId, EventId, Genesis, KeyFiles, Kind, Location, NewCommit, NewEvent,
    Open, Store, StoreId, StreamName, envelope,
};
use tempfile::TempDir;
use uuid::Uuid;

use crate::postgres::{self, Database};
use crate::raw::Place;

/// Appends that are stored together while a store is filled.
const FILL_APPENDS: usize = 250;

/// Which database is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    /// A file.
    Sqlite,
    /// A server of our own, with what it does to be durable left on.
    Postgres,
}

impl Backend {
    /// Its name on the command line.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// A store in a folder that is removed with it.
#[derive(Debug)]
pub(crate) struct Scratch {
    /// Where it lies.
    pub(crate) location: Location,
    /// Where its keys lie.
    pub(crate) keys: KeyFiles,
    /// Where it lies, for those who go past it.
    pub(crate) place: Place,
    /// Where its keyring lies, for those who go past it.
    pub(crate) keyring: Place,
    _folder: TempDir,
}

impl Scratch {
    /// An empty sandbox.
    pub(crate) async fn new(backend: Backend) -> Result<(Self, Store)> {
        let folder = tempfile::tempdir().context("no folder for the measurement")?;
        let file = |name| folder.path().join(name);
        let keys = KeyFiles::beside(&Location::Sqlite(file("bench.db")));
        let (location, place, keyring) = match backend {
            Backend::Sqlite => {
                let path = file("bench.db");
                let location = Location::Sqlite(path.clone());
                (location, Place::File(path), Place::File(keys.keyring.clone()))
            }
            Backend::Postgres => {
                let database = tokio::task::spawn_blocking(|| postgres::shared().database());
                let Database { url, admin_url } = database.await?;
                let place = Place::Server(admin_url);
                (Location::parse(&url)?, place.clone(), place)
            }
        };
        let store = Store::create(&location, &keys, genesis()?).await?;
        Ok((Self { location, keys, place, keyring, _folder: folder }, store))
    }

    /// A sandbox filled with invented cases, and how many events it holds.
    pub(crate) async fn filled(backend: Backend, cases: u32) -> Result<(Self, Store, usize)> {
        Self::holding(backend, crate::invented::Facts::of(cases)?).await
    }

    /// A sandbox filled with these facts, and how many events it holds.
    pub(crate) async fn holding(
        backend: Backend,
        mut facts: crate::invented::Facts,
    ) -> Result<(Self, Store, usize)> {
        let (scratch, store) = Self::new(backend).await?;
        let mut filled = 1;
        loop {
            let appends = facts.next(&store, FILL_APPENDS).await?;
            if appends.is_empty() {
                break;
            }
            filled += appends.len();
            for appended in store.append_all(appends).await {
                appended?;
            }
        }
        // Opened anew, so that the file is at rest and nothing of it is in memory.
        store.close().await?;
        let store = Store::open(&scratch.location, &scratch.keys, Open::ReadWrite).await?;
        Ok((scratch, store, filled))
    }
}

/// An id as the program makes them: later ones sort behind earlier ones.
#[expect(clippy::disallowed_methods, reason = "a measurement is a program of its own")]
pub(crate) fn next_id() -> Uuid {
    Uuid::now_v7()
}

/// Who makes a commit of a measurement.
pub(crate) fn commit(command: &str, request: &str) -> NewCommit {
    NewCommit {
        id: CommitId::new(next_id()),
        actor: "bench".to_owned(),
        actor_kind: ActorKind::Person,
        on_behalf_of: None,
        auth: Auth::Sandbox,
        idempotency_key: None,
        request_hash: envelope::hash(request.as_bytes()),
        command: command.to_owned(),
        correlation_id: None,
        causation_id: None,
    }
}

fn genesis() -> Result<Genesis> {
    let store_id = next_id();
    let body = format!("{{\"store\":\"{store_id}\",\"kind\":\"sandbox\",\"municipality\":\"A\"}}");
    let first_day = NaiveDate::from_ymd_opt(1900, 1, 1).context("1900-01-01 is a day")?;
    let created = NewEvent {
        id: EventId::new(next_id()),
        event_type: "StoreCreated".to_owned(),
        schema_version: 1,
        occurred_on: first_day,
        corrects: None,
        body,
        parts: Vec::new(),
    };
    Ok(Genesis {
        store_id: StoreId::new(store_id),
        kind: Kind::Sandbox,
        commit: commit("init", "init"),
        events: vec![(StreamName::parse("programme")?, created)],
        at: noon(first_day),
    })
}

/// Noon of a day.
pub(crate) fn noon(day: NaiveDate) -> DateTime<Utc> {
    day.and_hms_opt(12, 0, 0).unwrap_or_default().and_utc()
}
