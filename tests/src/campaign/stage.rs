//! A store with cases, a relay beside it, and a calendar that moves on.

use std::path::Path;
use std::sync::Mutex;

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};
use spor_store::{KeyFiles, Location};

use crate::binary::{Sandbox, beside};
use crate::postgres::Cluster;
use crate::smtp::program::Program;

/// Cases of a stage.
pub const CASES: u64 = 24;
const MENTORS: u64 = 6;
/// The follow-ups of all cases are due a few days later.
const FIRST_DAY: (i32, u32, u32) = (2025, 2, 21);

/// Which database a campaign plays on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// A SQLite file.
    Sqlite,
    /// A PostgreSQL server of the campaign's own.
    Postgres,
}

/// Where a campaign plays.
pub struct Stage {
    /// The store's folder.
    pub sandbox: Sandbox,
    /// The relay that takes the letters.
    pub relay: Program,
    /// The server, when the store is in one.
    pub server: Option<Mutex<Cluster>>,
    url: String,
    _letters: tempfile::TempDir,
}

impl Stage {
    /// A new sandbox with cases.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn new(on: On) -> Self {
        let sandbox = Sandbox::empty();
        match on {
            On::Sqlite => {
                let path = sandbox.folder().join("spor.db");
                // In full, so that strace knows the file by the name the program uses.
                let url = format!("sqlite:{}", path.display());
                Self::with(sandbox, url, None, &[])
            }
            On::Postgres => {
                let server = Cluster::new("");
                server.prepare();
                let url = server.database().url;
                Self::with(sandbox, url, Some(server), &[])
            }
        }
    }

    /// A new store with cases at a URL, and a relay of its own kind.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn with(sandbox: Sandbox, url: String, server: Option<Cluster>, relay: &[&str]) -> Self {
        let letters = tempfile::tempdir().expect("a folder");
        let relay = [&["--open"], relay].concat();
        let relay = Program::start(&beside("smtp_sink"), letters.path(), &relay);
        let relay = relay.expect("a relay");
        sandbox.write("spor.toml", &config(&url, relay.port, &relay.ca_file));
        sandbox.must(&["init", "--sandbox"]);
        sandbox.write("cases.ndjson", &cases());
        sandbox.must(&["import", "cases.ndjson"]);
        Self { sandbox, relay, server: server.map(Mutex::new), url, _letters: letters }
    }

    /// Where the library finds the store.
    ///
    /// # Panics
    /// When the URL names no store.
    pub fn place(&self) -> (Location, KeyFiles) {
        let location = Location::parse(&self.url).expect("a URL");
        let beside = Location::Sqlite(self.sandbox.folder().join("spor.db"));
        (location, KeyFiles::beside(&beside))
    }
}

/// The nth day of a campaign.
///
/// # Panics
/// After the year 2199.
pub fn day(nth: u64) -> NaiveDate {
    let (year, month, day) = FIRST_DAY;
    let first = NaiveDate::from_ymd_opt(year, month, day).expect("a day of the calendar");
    first.checked_add_days(Days::new(nth)).expect("campaigns are short")
}

/// The reference of a case.
pub fn case(nth: u64) -> String {
    format!("SPOR-2025-{:04}", 1 + nth % CASES)
}

/// The mentor of a case.
pub fn mentor(nth: u64) -> String {
    format!("M-{:02}", 1 + nth % CASES % MENTORS)
}

/// A session as a journal line; the mark stands in its sealed part.
pub fn session_line(case_number: u64, on: NaiveDate, mark: &str) -> Value {
    json!({
        "date": on.to_string(), "type": "SessionHeld", "case": case(case_number), "minutes": 30,
        "by": mentor(case_number), "form": "one_to_one", "activities": [mark],
    })
}

fn config(url: &str, port: u16, ca_file: &Path) -> String {
    format!(
        "[store]\nurl = \"{url}\"\n[mail]\nhost = \"localhost\"\nport = {port}\n\
         ca_file = \"{}\"\nfrom = \"spor@kommune.example\"\nhello = \"spor.kommune.example\"\n",
        ca_file.display()
    )
}

fn cases() -> String {
    let mut lines = Vec::new();
    let mut person = |reference: &str, role: &str| {
        lines.push(json!({
            "date": "2025-01-02", "type": "StaffRegistered", "person": reference,
            "name": format!("Prøve {reference}"), "email": format!("{reference}@kommune.example"),
            "roles": [role], "administration": "employment", "employment": "permanent",
        }));
    };
    person("SB-01", "caseworker");
    person("L-01", "lead");
    (0..MENTORS).for_each(|nth| person(&mentor(nth), "mentor"));
    for nth in 0..CASES {
        lines.push(json!({
            "date": "2025-01-13", "type": "CaseOpened", "case": case(nth), "municipality": "A",
            "administration": "employment", "mentor": mentor(nth), "caseworker": "SB-01",
            "birth_date": "2004-01-09", "name": format!("Prøve {nth}"),
        }));
        lines.push(json!({
            "date": "2025-01-13", "type": "SupportGranted", "case": case(nth), "track": "T1",
            "basis": "SEL-85", "weekly_hours": 3, "budget": "social", "person": mentor(nth),
        }));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}
