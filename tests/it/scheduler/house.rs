//! A municipality on one day: a store on disk, people, a relay that does as it is told, and a
//! scheduler whose clock is wound by hand.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use spor_domain::door::{self, Command};
use spor_domain::ids::CaseRef;
use spor_domain::schema;
use spor_domain::sealed::Compartment;
use spor_history::codec::{Draft, Keys};
use spor_history::load::Memory;
use spor_history::stream;
use spor_mail::address::Address;
use spor_mail::digest::Language;
use spor_mail::relay::{
    Credentials, Login, Relay, Security, Settings as RelaySettings, Timeouts, Way,
};
use spor_mail::texts::Texts;
use spor_projections::runner::Runner;
use spor_scheduler::anchor::Anchors;
use spor_scheduler::settings::{Settings, WhenInDoubt};
use spor_scheduler::tick::{Scheduler, Ticked};
use spor_store::{
    Append, EventId, Expected, Kind, LetterFilter, LetterRow, LetterState, Priority,
    ReminderFilter, ReminderRow, Store, StreamName, StreamSlice, Upto,
};
use spor_tests::entry::{CASE, fields};
use spor_tests::fresh::genesis;
pub(super) use spor_tests::fresh::{commit, fresh_id};
use spor_tests::smtp::{Config, Server};

use crate::store_contract::support::{On, Place};

pub(super) const MENTOR: &str = "mentor@kommune.example";
pub(super) const CASEWORKER: &str = "raadgiver@kommune.example";
pub(super) const LEAD: &str = "leder@kommune.example";
pub(super) const MANAGEMENT: &str = "ledelse@kommune.example";

/// Everybody whom the rules can name.
pub(super) const STAFF: [&str; 4] = [
    "2025-01-02 StaffRegistered person=M-01 name='Asta Eksempel' email=mentor@kommune.example \
     roles=mentor administration=employment",
    "2025-01-02 StaffRegistered person=SB-01 name='Bo Eksempel' email=raadgiver@kommune.example \
     roles=caseworker administration=employment",
    "2025-01-02 StaffRegistered person=L-01 name='Lis Eksempel' email=leder@kommune.example \
     roles=professional_lead administration=employment",
    "2025-01-02 StaffRegistered person=D-01 name='Dan Eksempel' email=ledelse@kommune.example \
     roles=management administration=other",
];

/// A case whose first follow-up is due on Monday 2026-02-16: notice from Monday the 9th, too late
/// from the 17th, one step up from the 23rd.
pub(super) const OPENED: &str = "2026-01-05 CaseOpened administration=employment caseworker=SB-01 \
     mentor=M-01 birth_date=2004-01-09 name='Alder Ahornsen'";

/// Each keeps a rule quiet: the weekly dialogue, the choice of method, the network map.
const QUIET: [&str; 3] = ["SupportPaused", "MethodChosen", "NetworkMapped"];

tokio::task_local! {
    /// Which database the houses of a test stand on.
    pub(super) static GROUND: On;
}

/// Makes two tests of each story: one on SQLite, one on PostgreSQL.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            use crate::scheduler::house::GROUND;
            use crate::store_contract::support::On;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                GROUND.scope(On::Sqlite, super::$name()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                GROUND.scope(On::Postgres, super::$name()).await;
            }
        }
    )*};
}

pub(super) use on_both;

pub(super) struct House {
    pub(super) place: Place,
    pub(super) store: Store,
    pub(super) memory: Memory,
    pub(super) runner: Runner,
    pub(super) server: Server,
}

/// An instant: `2026-02-09T05:30`, UTC; local winter time is an hour later.
pub(super) fn at(text: &str) -> DateTime<Utc> {
    let rest = if text.len() == 16 { ":00Z" } else { "" };
    format!("{text}{rest}").parse().expect("an instant")
}

pub(super) fn case() -> CaseRef {
    CaseRef::parse(CASE).expect("the case of every short entry")
}

impl House {
    /// A house with these staff and one case.
    pub(super) async fn with(entries: &[&str]) -> Self {
        Self::of_kind(Kind::Sandbox, entries, at("2026-01-05T12:00")).await
    }

    /// The same in a PostgreSQL database of its own.
    pub(super) async fn in_postgres(entries: &[&str]) -> Self {
        GROUND.scope(On::Postgres, Self::with(entries)).await
    }

    /// A house whose store is of a kind, with entries recorded at an instant.
    pub(super) async fn of_kind(kind: Kind, entries: &[&str], recorded: DateTime<Utc>) -> Self {
        let place = Place::empty(GROUND.try_with(|on| *on).unwrap_or(On::Sqlite));
        let store = Store::create(&place.location, &place.keys, genesis(kind)).await;
        let store = store.expect("a new store");
        let memory = Memory::new(store.clone());
        let runner = Runner::new(memory.clone(), "the test");
        let server = Server::start(Config::default()).await.expect("a free port");
        let house = Self { place, store, memory, runner, server };
        house.record(entries, recorded).await;
        house
    }

    /// A house with everybody registered and the one case.
    pub(super) async fn usual() -> Self {
        let entries: Vec<&str> = STAFF.into_iter().chain([OPENED]).collect();
        Self::with(&entries).await
    }

    /// Records entries as facts, whatever the rules say of them. With an opening comes what keeps
    /// every rule quiet that is not about meetings, so that a test counts the letters of one rule.
    pub(super) async fn record(&self, entries: &[&str], now: DateTime<Utc>) {
        for entry in entries {
            let told = fields(entry);
            self.append(&parsed(&told), now).await;
            if told["type"] == "CaseOpened" {
                for kind in QUIET {
                    let mut quiet = fields(&format!("2026-01-05 {kind}"));
                    for name in ["date", "case"] {
                        quiet.insert(name.to_owned(), told[name].clone());
                    }
                    self.append(&parsed(&quiet), now).await;
                }
            }
        }
    }

    /// Notes an act about the case's reminders, as a person's act is noted.
    pub(super) async fn note(&self, entry: &Value, now: DateTime<Utc>) {
        let kind = entry["type"].as_str().and_then(schema::find).expect("a type");
        let all = entry.as_object().expect("an entry").clone();
        let given = all.into_iter().filter(|(name, _)| kind.field(name).is_some());
        let (clear, sealed): (Map<_, _>, Map<_, _>) = given.partition(|(name, _)| {
            kind.field(name).is_some_and(|field| field.class == schema::Class::Clear)
        });
        let draft = Draft {
            kind,
            on: entry["date"].as_str().and_then(|day| day.parse().ok()).expect("a day"),
            id: None,
            corrects: None,
            clear: &clear,
            sealed: &BTreeMap::from([(Compartment::Person, sealed)]),
            reason: None,
        };
        self.append_to(stream::of_reminders(&case()), draft, now).await;
    }

    async fn append(&self, command: &Command, now: DateTime<Utc>) {
        let draft = Draft {
            kind: command.kind,
            on: command.on,
            id: command.id.as_ref(),
            corrects: None,
            clear: &command.clear,
            sealed: &command.sealed,
            reason: None,
        };
        self.append_to(stream::of_command(&command.stream), draft, now).await;
    }

    async fn append_to(&self, stream: StreamName, draft: Draft<'_>, now: DateTime<Utc>) {
        let mut keys = Keys::default();
        keys.fetch(&self.store, draft.keys(&stream).collect()).await.expect("keys");
        let event = draft.seal(&self.store, &keys, &stream, EventId::new(fresh_id()));
        let append = Append {
            commit: commit("record"),
            expected: Expected::Any,
            events: vec![(stream, event)],
            at: now,
            ledger: Vec::new(),
            priority: Priority::People,
        };
        self.store.append(append).await.expect("an append");
    }

    /// A scheduler that hands letters to the house's own relay.
    pub(super) fn scheduler(&self) -> Scheduler {
        self.scheduler_with(Some(self.relay(self.server.port())))
    }

    pub(super) fn scheduler_with(&self, relay: Option<Relay>) -> Scheduler {
        self.scheduler_of(relay, None)
    }

    pub(super) fn scheduler_of(&self, relay: Option<Relay>, anchors: Option<Anchors>) -> Scheduler {
        let settings = Settings { anchors, ..self.settings(relay) };
        Scheduler::new(self.runner.clone(), settings).expect("settings that fit")
    }

    /// A scheduler whose letters have other words.
    pub(super) fn scheduler_with_texts(&self, texts: Texts) -> Scheduler {
        let settings = self.settings(Some(self.relay(self.server.port())));
        let settings = Settings { texts: Arc::new(texts), ..settings };
        Scheduler::new(self.runner.clone(), settings).expect("settings that fit")
    }

    pub(super) fn settings(&self, relay: Option<Relay>) -> Settings {
        Settings {
            relay,
            from: Address::parse("spor@kommune.example").expect("an address"),
            return_path: Address::parse("spor@kommune.example").expect("an address"),
            message_host: "spor.kommune.example".to_owned(),
            list_id: "paamindelser.spor.kommune.example".to_owned(),
            case_in_subject: true,
            language: Language::Da,
            texts: Arc::new(Texts::built_in().clone()),
            municipality: Some("Eksempel Kommune".to_owned()),
            case_link: Some("https://spor.kommune.example/sag/{case}".to_owned()),
            connections: 4,
            when_in_doubt: WhenInDoubt::Resend,
            rate: None,
            worker: fresh_id().to_string(),
            anchors: None,
            new_id: Arc::new(fresh_id),
        }
    }

    pub(super) fn relay(&self, port: u16) -> Relay {
        let ca_file = self.place.folder.path().join("ca.pem");
        std::fs::write(&ca_file, self.server.ca_pem()).expect("a file");
        let settings = RelaySettings {
            host: "localhost".to_owned(),
            port,
            security: Security::StartTls,
            login: Some(Login::Password {
                known: Credentials { user: "spor".to_owned(), password: "hemmelig-7".to_owned() },
                way: Way::WhatFits,
            }),
            ca_file: Some(ca_file),
            hello_name: Some("spor.kommune.example".to_owned()),
            timeouts: Timeouts { connect: Duration::from_secs(20), ..Timeouts::default() },
        };
        Relay::prepare(settings).expect("settings of a test server")
    }

    /// One round of a fresh scheduler, as after a start.
    pub(super) async fn tick(&self, now: &str) -> Ticked {
        self.scheduler().tick(at(now)).await.expect("a round")
    }

    /// How many letters came to each address.
    pub(super) fn arrived(&self) -> BTreeMap<String, usize> {
        let mut arrived = BTreeMap::new();
        for letter in self.server.letters() {
            *arrived.entry(letter.to.join(",")).or_insert(0) += 1;
        }
        arrived
    }

    /// The words of the letters that came to an address.
    pub(super) fn read_by(&self, address: &str) -> Vec<String> {
        let letters = self.server.letters().into_iter();
        let ours = letters.filter(|letter| letter.to == [address]);
        ours.map(|letter| unquoted(&letter.bytes)).collect()
    }

    pub(super) async fn letters(&self, states: &[LetterState]) -> Vec<LetterRow> {
        let filter = LetterFilter { states: states.to_vec(), ..LetterFilter::default() };
        self.store.letters(&filter, 100).await.expect("the outbox")
    }

    pub(super) async fn ledger(&self) -> Vec<ReminderRow> {
        self.store.reminders(&ReminderFilter::default(), 1_000).await.expect("the ledger")
    }

    /// The ledger as `level role person state reason`, sorted.
    pub(super) async fn told(&self) -> Vec<String> {
        let line = |row: ReminderRow| {
            let person = row.recipient.unwrap_or_else(|| "nobody".to_owned());
            let reason = row.reason.map(|reason| format!(" {reason}")).unwrap_or_default();
            let state = row.state.as_str();
            format!("{} {} {person} {state}{reason}", row.level, row.recipient_role)
        };
        let mut told: Vec<String> = self.ledger().await.into_iter().map(line).collect();
        told.sort();
        told
    }

    /// The types of what was recorded about the case's reminders.
    pub(super) async fn acts(&self) -> Vec<String> {
        let streams = [stream::of_reminders(&case())];
        let slices: Vec<StreamSlice> =
            self.store.read_streams(&streams, Upto::Everything).await.expect("the stream");
        slices.into_iter().flat_map(|slice| slice.events).map(|event| event.event_type).collect()
    }
}

fn parsed(fields: &Map<String, Value>) -> Command {
    let line = Value::Object(fields.clone()).to_string();
    door::parse_line(&line).expect("a well-formed entry").command
}

/// Undoes the soft line breaks of quoted-printable text, enough to look for words.
fn unquoted(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace("=\r\n", "")
}
