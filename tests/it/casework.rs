//! Doing things in a store: wishes, journals in and out, facts that may exist once.

mod importing;
mod leaving;
mod reading_back;
mod recording;

use std::io::Cursor;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use spor_casework::actor::{Actor, Ids, Now};
use spor_casework::execute::{Casework, Mode, Outcome, Wish};
use spor_casework::found;
use spor_casework::import::{ImportOptions, Listener, ReportLine, Source, Summary};
use spor_domain::case::Case;
use spor_domain::door;
use spor_domain::ids::CaseRef;
use spor_history::load::{KnownAt, Memory};
use spor_store::{ActorKind, Auth, KeyFiles, Kind, Location, Open, Position, Store, StoreId};
use spor_tests::fresh::fresh_id;
use tempfile::TempDir;

/// A store in a folder that goes with it.
struct Desk {
    casework: Casework,
    folder: TempDir,
}

impl Desk {
    async fn sandbox() -> Self {
        Self::new(Kind::Sandbox).await
    }

    async fn new(kind: Kind) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let location = Location::Sqlite(folder.path().join("spor.db"));
        let keys = KeyFiles::beside(&location);
        let ids = Ids::new(fresh_id);
        let id = StoreId::new(fresh_id());
        let genesis = found::genesis(id, kind, "A", &ids, instant("2024-01-01T08:00:00Z"));
        let store = Store::create(&location, &keys, genesis).await.expect("a new store");
        Self { casework: Casework::new(Memory::new(store), ids), folder }
    }

    fn store(&self) -> &Store {
        self.casework.memory().store()
    }

    /// The store as another process opens it.
    async fn reopened(&self) -> Store {
        let location = Location::Sqlite(self.folder.path().join("spor.db"));
        let keys = KeyFiles::beside(&location);
        Store::open(&location, &keys, Open::ReadWrite).await.expect("the same store")
    }

    async fn head(&self) -> Position {
        self.store().head().await.expect("a head").position
    }

    async fn case(&self, case: &str) -> Case {
        let case = CaseRef::parse(case).expect("a reference");
        let remembered = self.casework.memory().case(&case, KnownAt::Everything).await;
        remembered.expect("a readable case").case
    }

    /// Records one line at noon of the clock.
    async fn record(&self, line: &str) -> Outcome {
        self.wish(&wish(line)).await.expect("an answer")
    }

    async fn wish(&self, wish: &Wish) -> spor_casework::error::Result<Outcome> {
        self.casework.execute(&actor(), wish, &clock(), Mode::Write).await
    }

    async fn import(&self, journal: &str) -> (Summary, Vec<ReportLine>) {
        self.import_with(journal, ImportOptions::default()).await
    }

    async fn import_with(
        &self,
        journal: &str,
        options: ImportOptions,
    ) -> (Summary, Vec<ReportLine>) {
        let mut lines = Vec::new();
        let mut report = |line| lines.push(line);
        let listener = Listener { report: &mut report, progress: &|_| {} };
        let (source, actor) = (source(journal), actor());
        let summary =
            self.casework.import_journal(source, options, &actor, &clock(), listener).await;
        (summary.expect("an import"), lines)
    }
}

fn source(journal: &str) -> Source {
    let bytes: Arc<[u8]> = journal.as_bytes().into();
    Arc::new(move || Ok(Box::new(Cursor::new(Arc::clone(&bytes)))))
}

fn wish(line: &str) -> Wish {
    Wish::new(door::parse_line(line).expect("a well-formed line").command)
}

fn actor() -> Actor {
    Actor {
        name: "tester".to_owned(),
        kind: ActorKind::Person,
        on_behalf_of: None,
        auth: Auth::Sandbox,
    }
}

fn clock() -> Now {
    Now { business: instant("2025-12-01T11:00:00Z") }
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

/// The outcomes of a report: `accepted`, or `rejected case_exists`.
fn outcomes(lines: &[ReportLine]) -> Vec<String> {
    let word = |line: &ReportLine| {
        let outcome = format!("{:?}", line.outcome).to_lowercase();
        line.code.as_ref().map_or(outcome.clone(), |code| format!("{outcome} {code}"))
    };
    lines.iter().map(word).collect()
}

const OPENED: &str = r#"{"date":"2025-01-15","type":"CaseOpened","case":"SPOR-2025-0101","administration":"children_family","municipality":"A","caseworker":"SB-01","mentor":"M-01","birth_date":"2008-02-29","name":"Alder","id":"e-1"}"#;
const SESSION: &str = r#"{"date":"2025-02-03","type":"SessionHeld","case":"SPOR-2025-0101","id":"e-2","minutes":60,"by":"M-01","form":"one_to_one"}"#;
