//! A municipality whose cases come in day by day, and its working days.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use serde_json::{Value, json};

use super::super::stage::On;
use crate::binary::{Sandbox, wait_until};
use crate::postgres::Cluster;

/// A Monday.
const FIRST_DAY: (i32, u32, u32) = (2025, 2, 3);
/// Cases that are there on the first day, and since how many days at most.
const EARLIER: (u64, u64) = (96, 112);
/// Cases that come in on each working day after it.
const A_DAY: u64 = 6;
/// Cases that share a caseworker.
const SHARED: u64 = 2;
/// When the first letters of a day go out, by UTC.
const LETTERS: (u32, u32) = (5, 45);
/// No round of a day begins so long after the first one.
pub(super) const DAY: TimeDelta = TimeDelta::hours(9);

/// Where the letters come from.
pub(super) struct Town {
    pub(super) sandbox: Sandbox,
    /// The server, when the store is in one.
    pub(super) server: Option<Cluster>,
    pub(super) url: String,
    /// As its administrator connects, when the store is in a server.
    pub(super) admin_url: Option<String>,
}

impl Town {
    pub(super) fn new(on: On) -> Self {
        let sandbox = Sandbox::empty();
        let (url, admin_url, server) = match on {
            On::Sqlite => {
                let path = sandbox.folder().join("spor.db");
                (format!("sqlite:{}", path.display()), None, None)
            }
            On::Postgres => {
                let server = Cluster::new("");
                server.prepare();
                let database = server.database();
                (database.url, Some(database.admin_url), Some(server))
            }
        };
        sandbox.write(
            "spor.toml",
            &format!(
                "[store]\nurl = \"{url}\"\n[mail]\nhost = \"localhost\"\n\
                 from = \"spor@kommune.example\"\nhello = \"spor.kommune.example\"\n"
            ),
        );
        sandbox.must(&["init", "--sandbox"]);
        let town = Self { sandbox, server, url, admin_url };
        let leads = [("L-01", "professional_lead"), ("LE-01", "management")];
        town.import(leads.map(|(person, role)| registered(person, role, "2024-01-02")).into());
        town
    }

    /// Takes in the cases of the nth working day.
    pub(super) fn take_in(&self, nth: u64) {
        let first = nth.checked_sub(1).map_or(0, |before| EARLIER.0 + before * A_DAY);
        let count = if nth == 0 { EARLIER.0 } else { A_DAY };
        let cases = (first..first + count).flat_map(|number| {
            let before = if nth == 0 { (EARLIER.0 - number) * EARLIER.1 / EARLIER.0 } else { 0 };
            opened(number, day(nth) - Days::new(before))
        });
        self.import(cases.collect());
    }

    fn import(&self, mut lines: Vec<Value>) {
        // A sandbox takes facts in the order of their days.
        lines.sort_by_key(|line| line["date"].to_string());
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        self.sandbox.write("cases", &text);
        wait_until("the import", || {
            let done = self.sandbox.run(&["import", "cases"]);
            // Others are at work: who is told to come later comes later.
            let waits = matches!(done.status.code(), Some(5 | 6));
            assert!(waits || done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
            !waits
        });
    }
}

/// The nth working day.
pub(super) fn day(nth: u64) -> NaiveDate {
    let (year, month, day) = FIRST_DAY;
    let first = NaiveDate::from_ymd_opt(year, month, day).expect("a day of the calendar");
    debug_assert_eq!(first.weekday(), Weekday::Mon);
    first + Days::new(nth / 5 * 7 + nth % 5)
}

/// When the letters of the nth working day may go out.
pub(super) fn morning(nth: u64) -> DateTime<Utc> {
    let time = NaiveTime::from_hms_opt(LETTERS.0, LETTERS.1, 0).expect("a time of day");
    day(nth).and_time(time).and_utc()
}

/// An instant as the program reads it.
pub(super) fn text_of(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn registered(person: &str, role: &str, on: &str) -> Value {
    json!({
        "date": on, "type": "StaffRegistered", "person": person, "roles": [role],
        "name": format!("Prøve {person}"), "email": format!("{person}@kommune.example"),
        "administration": "employment", "employment": "permanent",
    })
}

/// A case of whom nobody does anything: its deadlines come one after the other.
fn opened(number: u64, on: NaiveDate) -> Vec<Value> {
    let (case, mentor) = (format!("SPOR-2025-{number:04}"), format!("M-{number:04}"));
    let caseworker = format!("SB-{:04}", number / SHARED);
    let on = on.to_string();
    let mut lines = vec![registered(&mentor, "mentor", &on)];
    if number.is_multiple_of(SHARED) {
        lines.push(registered(&caseworker, "caseworker", &on));
    }
    lines.push(json!({
        "date": on, "type": "CaseOpened", "case": case, "municipality": "A", "mentor": mentor,
        "administration": "employment", "caseworker": caseworker, "birth_date": "2004-01-09",
    }));
    lines.push(json!({
        "date": on, "type": "SupportGranted", "case": case, "track": "T1", "basis": "SEL-85",
        "weekly_hours": 3, "budget": "social", "person": mentor,
    }));
    lines
}
