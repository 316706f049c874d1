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
use spor_scheduler::self_audit::SELF_AUDIT;
use spor_scheduler::settings::{Settings, WhenInDoubt};
use spor_scheduler::tick::Scheduler;
use spor_store::{Append, EventId, Expected, KeyFiles, Kind, Location, Priority, Store};
use tempfile::TempDir;

use super::calendar::Minute;
use crate::entry;
use crate::fresh::{commit, fresh_id, genesis};
use crate::smtp::{Config, Encryption, Server};

/// Who has the duty of auditing and does nothing, and how long it lasts.
const IDLE: &str = "a program that does nothing";
const IDLE_SECS: u32 = 3_000;
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
        // In memory where there is such a place: what a disk does is tried by other campaigns.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let folder = folder.expect("a folder");
        let location = Location::Sqlite(folder.path().join("spor.db"));
        let keys = KeyFiles::beside(&location);
        let store =
            Store::create(&location, &keys, genesis(Kind::Sandbox)).await.expect("a new store");
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

    /// A round, and those that the service lets follow at once. Gives what the self-audit found;
    /// unless it is let, another program has that duty and does nothing, so that it mends nothing.
    ///
    /// # Panics
    /// When it cannot be done, or goes on for ever.
    pub async fn round(&self, now: Minute, has_relay: bool, audits: bool) -> Option<String> {
        self.store.wind_clock(instant(now)).expect("the clock of a sandbox can be wound");
        if audits {
            self.store.release_lease(SELF_AUDIT, IDLE).await.expect("a duty is given back");
        } else {
            let duty = self.store.take_lease(SELF_AUDIT, IDLE, IDLE_SECS).await;
            assert!(duty.expect("a duty").is_some(), "the duty was somebody else's");
        }
        let scheduler = if has_relay { &self.with_relay } else { &self.without_relay };
        for _ in 0..MOST_ROUNDS {
            let ticked = scheduler.tick(instant(now)).await.expect("a round");
            if !ticked.more {
                return ticked.audit_fault;
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
