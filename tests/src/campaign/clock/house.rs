//! The municipality that is played: a store on disk, a relay that does as it is told, a scheduler,
//! and a clock wound by hand, which stands in for the database's clock too.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use spor_domain::door;
use spor_history::codec::{Draft, Keys};
use spor_history::load::Memory;
use spor_history::stream;
use spor_mail::address::Address;
use spor_mail::digest::Language;
use spor_mail::relay::{self, Relay, Security, Timeouts};
use spor_mail::texts::Texts;
use spor_projections::runner::Runner;
use spor_scheduler::settings::{Settings, WhenInDoubt};
use spor_scheduler::tick::Scheduler;
use spor_store::{
    ActorKind, Append, Auth, CommitId, EventId, Expected, Genesis, KeyFiles, Kind, Location,
    NewCommit, NewEvent, Priority, Store, StoreId,
};
use tempfile::TempDir;
use uuid::Uuid;

use super::calendar::Minute;
use crate::entry;
use crate::smtp::{Config, Encryption, Server};

/// Rounds that may follow at once.
const MOST_ROUNDS: usize = 1_000;
/// Entries of one commit.
const CHUNK: usize = 100;
/// The host part of a Message-ID.
pub const HOST: &str = "spor.kommune.example";

/// The house.
pub struct House {
    /// The store.
    pub store: Store,
    /// The relay.
    pub server: Server,
    with_relay: Scheduler,
    without_relay: Scheduler,
    _folder: TempDir,
}

/// A minute as the product knows it.
pub fn instant(minute: Minute) -> DateTime<Utc> {
    DateTime::from_timestamp(minute * 60, 0).expect("a minute of our time")
}

impl House {
    /// A house with an empty store.
    ///
    /// # Panics
    /// When it cannot be built.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let location = Location::Sqlite(folder.path().join("spor.db"));
        let keys = KeyFiles::beside(&location);
        let store = Store::create(&location, &keys, genesis()).await.expect("a new store");
        let runner = Runner::new(Memory::new(store.clone()), "the clock");
        let config =
            Config { encryption: Encryption::Stripped, account: None, ..Config::default() };
        let server = Server::start(config).await.expect("a free port");
        let relay = Relay::prepare(relay::Settings {
            host: "127.0.0.1".to_owned(),
            port: server.port(),
            security: Security::None,
            login: None,
            ca_file: None,
            hello_name: Some(HOST.to_owned()),
            timeouts: Timeouts::default(),
        });
        let relay = relay.expect("settings of a relay on this machine");
        Self {
            store,
            server,
            with_relay: scheduler(&runner, Some(relay)),
            without_relay: scheduler(&runner, None),
            _folder: folder,
        }
    }

    /// Records entries as facts, whatever the decisions say of them.
    ///
    /// # Panics
    /// When they cannot be.
    pub async fn record(&self, lines: &[String], now: Minute) {
        for chunk in lines.chunks(CHUNK) {
            let commands: Vec<_> = chunk
                .iter()
                .map(|line| entry::journal_line(line))
                .map(|line| door::parse_line(&line).expect("a well-formed entry").command)
                .collect();
            let drafts: Vec<_> = commands
                .iter()
                .map(|command| Draft {
                    kind: command.kind,
                    on: command.on,
                    id: command.id.as_ref(),
                    corrects: None,
                    clear: &command.clear,
                    sealed: &command.sealed,
                    reason: None,
                })
                .zip(commands.iter().map(|command| stream::of_command(&command.stream)))
                .collect();
            let wanted = drafts.iter().flat_map(|(draft, stream)| draft.keys(stream));
            let mut keys = Keys::default();
            keys.fetch(&self.store, wanted.collect()).await.expect("keys");
            let events = drafts.iter().map(|(draft, stream)| {
                let id = EventId::new(fresh_id());
                (stream.clone(), draft.seal(&self.store, &keys, stream, id))
            });
            let append = Append {
                commit: commit("record"),
                expected: Expected::Any,
                events: events.collect(),
                at: instant(now),
                ledger: Vec::new(),
                priority: Priority::People,
            };
            self.store.append(append).await.expect("an append");
        }
    }

    /// A round, and those that the service lets follow at once.
    ///
    /// # Panics
    /// When it cannot be done, or goes on for ever.
    pub async fn round(&self, now: Minute, has_relay: bool) {
        self.store.wind_clock(instant(now)).expect("the clock of a sandbox can be wound");
        let scheduler = if has_relay { &self.with_relay } else { &self.without_relay };
        for _ in 0..MOST_ROUNDS {
            if !scheduler.tick(instant(now)).await.expect("a round").more {
                return;
            }
        }
        panic!("a round is followed by another one for ever");
    }
}

fn scheduler(runner: &Runner, relay: Option<Relay>) -> Scheduler {
    let settings = Settings {
        relay,
        from: Address::parse("spor@kommune.example").expect("an address"),
        return_path: Address::parse("spor@kommune.example").expect("an address"),
        message_host: HOST.to_owned(),
        list_id: format!("reminders.{HOST}"),
        case_in_subject: true,
        language: Language::Da,
        texts: Arc::new(Texts::built_in().clone()),
        municipality: None,
        case_link: None,
        connections: 2,
        when_in_doubt: WhenInDoubt::Resend,
        rate: None,
        worker: fresh_id().to_string(),
        anchors: None,
        new_id: Arc::new(fresh_id),
    };
    Scheduler::new(runner.clone(), settings).expect("settings that fit")
}

fn genesis() -> Genesis {
    let store = fresh_id();
    let event = NewEvent {
        id: EventId::new(fresh_id()),
        event_type: "StoreCreated".to_owned(),
        schema_version: 1,
        occurred_on: "1900-01-01".parse().expect("a day"),
        corrects: None,
        body: format!(r#"{{"kind":"sandbox","municipality":"A","store":"{store}"}}"#),
        parts: Vec::new(),
    };
    Genesis {
        store_id: StoreId::new(store),
        kind: Kind::Sandbox,
        commit: commit("init"),
        events: vec![(stream::programme(), event)],
        at: "1900-01-01T00:00:00Z".parse().expect("an instant"),
    }
}

fn commit(command: &str) -> NewCommit {
    NewCommit {
        id: CommitId::new(fresh_id()),
        actor: "SB-01".to_owned(),
        actor_kind: ActorKind::Person,
        on_behalf_of: None,
        auth: Auth::Sandbox,
        idempotency_key: None,
        request_hash: [0; 32],
        command: command.to_owned(),
        correlation_id: None,
        causation_id: None,
    }
}

#[expect(clippy::disallowed_methods, reason = "a campaign makes its own ids")]
fn fresh_id() -> Uuid {
    Uuid::now_v7()
}
