//! What a command works with: configuration, the opened store, the time, and who acts.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use spor_casework::actor::{Actor, Ids, Now};
use spor_casework::execute::Casework;
use spor_domain::calendar;
use spor_domain::door::read_date;
use spor_domain::rejection::Language;
use spor_history::load::{KnownAt, Memory};
use spor_history::upcast;
use spor_projections::runner::Runner;
use spor_store::{ActorKind, Auth, KeyFiles, Kind, Location, Open, Store, StoreError};
use uuid::Uuid;

use crate::args::{AsOf, Global, Lang};
use crate::config::Config;
use crate::environment;
use crate::kek;
use crate::report::{Exit, Report};
use crate::talk;

/// Flags, configuration and language of this run.
#[derive(Debug, Clone)]
pub struct Context {
    /// The flags.
    pub global: Global,
    /// The configuration.
    pub config: Config,
    /// The language of answers.
    pub language: Language,
}

/// The store, opened, with everything a command asks it through.
pub struct Session {
    /// The store.
    pub store: Store,
    /// Its memory.
    pub memory: Memory,
    /// The time on the wall, or in the sandbox.
    pub now: DateTime<Utc>,
    /// The municipality's time zone.
    pub zone: Tz,
    /// Who acts.
    pub actor: Actor,
    /// Whether the store may only be read: then rows are folded from the log, not kept.
    pub is_read_only: bool,
}

/// A day and what was known: the two times of every question.
#[derive(Debug, Clone, Copy)]
pub struct When {
    /// The day asked for.
    pub day: NaiveDate,
    /// Up to which recording.
    pub known_at: KnownAt,
    /// Whether the person named a day or a moment of knowledge.
    pub is_past: bool,
}

impl Context {
    /// Reads configuration and flags.
    pub fn new(global: Global) -> Result<Self, Report> {
        let config = Config::load(global.config.as_deref())?;
        let language = match (global.lang, config.text("person.lang")) {
            (Some(Lang::Da), _) | (None, "da") => Language::Da,
            (Some(Lang::En) | None, _) => Language::En,
        };
        Ok(Self { global, config, language })
    }

    /// Where the store lies, by flag or configuration.
    pub fn location(&self) -> Result<(Location, KeyFiles), Report> {
        let url = self.global.store.clone().unwrap_or_else(|| self.config.store_url());
        let location = Location::parse(&url)?;
        let mut keys = KeyFiles::beside(&location);
        if let Some(keyring) = self.config.path("store.keyring") {
            keys.keyring = keyring;
        }
        if let Some(kek) = self.config.path("store.kek") {
            keys.kek = kek;
        }
        if let Some(signing) = self.config.path("store.sign") {
            keys.signing = signing;
        }
        keys.supplied = kek::supplied(&self.config)?;
        Ok((location, keys))
    }

    /// Opens the store for reading and writing.
    pub async fn open(&self) -> Result<Session, Report> {
        self.open_as(Open::ReadWrite).await
    }

    /// Opens the store to ask it: its tables are brought up to date where it may be written to.
    pub async fn open_to_read(&self) -> Result<Session, Report> {
        let (location, keys) = self.location()?;
        match Store::open(&location, &keys, Open::ReadWrite).await {
            Err(StoreError::ReadOnly { .. } | StoreError::Replica { .. }) => {
                self.open_as(Open::ReadOnly).await
            }
            opened => {
                let session = self.session(opened?).await?;
                session.finish_erasures().await;
                Ok(session)
            }
        }
    }

    /// Opens the store.
    pub async fn open_as(&self, mode: Open) -> Result<Session, Report> {
        let (location, keys) = self.location()?;
        let store = Store::open(&location, &keys, mode).await?;
        let session = self.session(store).await?;
        if mode == Open::ReadWrite {
            session.finish_erasures().await;
        }
        Ok(Session { is_read_only: mode == Open::ReadOnly, ..session })
    }

    /// A session on an opened store.
    pub async fn session(&self, store: Store) -> Result<Session, Report> {
        upcast::check_steps()?;
        for warning in store.warnings() {
            talk::say(self, &format!("warning: {warning}; see `spor doctor`"));
        }
        let memory = Memory::new(store.clone());
        let (policies, _) = memory.policies(KnownAt::Everything).await?;
        let head = store.head().await?;
        kek::check(&self.config, head.kind)?;
        let zone = policies.on(head.recorded_at.date_naive()).zone;
        let now = self.business_time(head.kind, head.recorded_at, zone)?;
        let actor = self.actor(head.kind);
        Ok(Session { store, memory, now, zone, actor, is_read_only: false })
    }

    /// The wall clock; in a sandbox `--clock`, else the time of its newest entry.
    fn business_time(
        &self,
        kind: Kind,
        head: DateTime<Utc>,
        zone: Tz,
    ) -> Result<DateTime<Utc>, Report> {
        match (kind, &self.global.clock) {
            (Kind::Production, Some(_)) => Err(Report::new(
                Exit::NotAllowed,
                "clock_not_allowed",
                "--clock can only be used in a sandbox",
                "in a production store the clock says when something was recorded",
                "leave --clock out, or try it in a store made by `spor init --sandbox`",
            )),
            (Kind::Production, None) => Ok(wall_clock()),
            (Kind::Sandbox, Some(clock)) => instant(clock, zone),
            (Kind::Sandbox, None) if head.date_naive() <= calendar::FIRST_DAY => Ok(wall_clock()),
            (Kind::Sandbox, None) => Ok(head),
        }
    }

    /// In a sandbox whoever `--as` names; else the user of the operating system.
    fn actor(&self, kind: Kind) -> Actor {
        let named = self.global.as_person.clone();
        let named = named.or_else(|| self.config.filled("person.as").map(str::to_owned));
        match (kind, named) {
            (Kind::Sandbox, Some(person)) => acting(person, None, Auth::Sandbox),
            (Kind::Sandbox, None) => acting(system_user(), None, Auth::Sandbox),
            (Kind::Production, named) => acting(system_user(), named, Auth::Os),
        }
    }
}

impl Session {
    /// Casework in this store.
    pub fn casework(&self) -> Casework {
        Casework::new(self.memory.clone(), ids())
    }

    /// A runner of its tables.
    pub fn runner(&self) -> Runner {
        Runner::new(self.memory.clone(), new_id().to_string())
    }

    /// Goes on with what a program that died was erasing. What cannot be done now is tried again by
    /// the next one; it keeps nobody from working.
    async fn finish_erasures(&self) {
        if let Err(error) = self.runner().finish_erasures(self.now).await {
            tracing::warn!(target: "spor", %error, "an erasure that was begun is not finished");
        }
    }

    /// Leaves the store at rest, in one file: whoever may only read it, or copies it, has it all.
    pub async fn close(self) -> Result<(), Report> {
        Ok(self.store.close().await?)
    }

    /// The present, for casework.
    pub fn present(&self) -> Now {
        Now { business: self.now }
    }

    /// Today, in the municipality.
    pub fn today(&self) -> NaiveDate {
        calendar::local_date(self.now, self.zone)
    }

    /// Reads `--as-of` and `--known-at`. Without the second, what was known at the end of the day.
    pub fn when(&self, asked: &AsOf) -> Result<When, Report> {
        let day = asked.as_of.as_deref().map(day).transpose()?;
        let known_at = match (asked.known_at.as_deref(), day) {
            (None, None) => KnownAt::Everything,
            (Some(text), _) => self.known_at(text)?,
            (None, Some(day)) => KnownAt::Until(calendar::end_of_day(day, self.zone)),
        };
        let is_past = day.is_some() || asked.known_at.is_some();
        Ok(When { day: day.unwrap_or_else(|| self.today()), known_at, is_past })
    }
}

impl Session {
    /// Reads `--known-at`: `now`, the end of a day, or an instant.
    pub fn known_at(&self, text: &str) -> Result<KnownAt, Report> {
        Ok(match (text, read_date(text)) {
            ("now", _) => KnownAt::Everything,
            (_, Some(day)) => KnownAt::Until(calendar::end_of_day(day, self.zone)),
            (_, None) => KnownAt::Until(instant(text, self.zone)?),
        })
    }
}

fn acting(name: String, on_behalf_of: Option<String>, auth: Auth) -> Actor {
    Actor { name, kind: ActorKind::Person, on_behalf_of, auth }
}

/// Reads a day.
pub fn day(text: &str) -> Result<NaiveDate, Report> {
    read_date(text).ok_or_else(|| {
        Report::new(
            Exit::Usage,
            "bad_date",
            format!("\"{text}\" is not a date"),
            "a date is YYYY-MM-DD, from 1900 to 2199, and exists in the calendar",
            "give it as in 2025-03-12",
        )
    })
}

/// Reads an instant; a date alone is that day at noon.
pub fn instant(text: &str, zone: Tz) -> Result<DateTime<Utc>, Report> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(at.with_timezone(&Utc));
    }
    let noon = NaiveTime::from_hms_opt(12, 0, 0).expect("noon exists");
    read_date(text).map(|day| calendar::instant_at(day, noon, zone)).ok_or_else(|| {
        Report::new(
            Exit::Usage,
            "bad_instant",
            format!("\"{text}\" is no time"),
            "a time is a date or an instant with its offset",
            "give it as in 2025-03-12 or 2025-03-12T06:30:00Z",
        )
    })
}

/// The wall clock: read here and passed down.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
pub fn wall_clock() -> DateTime<Utc> {
    Utc::now()
}

/// A new identity: made here and passed down.
#[expect(clippy::disallowed_methods, reason = "the one place that makes identities")]
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// New identities for casework.
pub fn ids() -> Ids {
    Ids::new(new_id)
}

/// The user of the operating system, by the account's name where it can be found.
fn system_user() -> String {
    use std::os::unix::fs::MetadataExt;
    let uid = std::fs::metadata("/proc/self").map(|me| me.uid()).ok();
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let of_uid = |line: &&str| line.split(':').nth(2).and_then(|id| id.parse().ok()) == uid;
    let account = uid.and_then(|_| accounts.lines().find(of_uid));
    let name = account.and_then(|line| line.split(':').next()).map(str::to_owned);
    name.or_else(|| environment::variable("USER")).unwrap_or_else(|| "unknown".to_owned())
}
