//! A failing disk: each call on each file of the store fails once with each error.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::fate::{Doom, Ended, Fate, Fault, Seat};
use super::stage::{self, On, Stage};
use super::tally::{self, Tally};

/// The store's files, by what is added to the name of its folder.
const FILES: [&str; 6] =
    ["spor.db", "spor.db-wal", "spor.db-shm", "spor.keys", "spor.keys-journal", ""];
/// The calls that fail.
const CALLS: [&str; 8] =
    ["openat", "pread64", "pwrite64", "write", "fsync", "fdatasync", "ftruncate", "unlink"];
/// The call that reads; a full disk does not fail it.
const READ: &str = "pread64";
const ERRORS: [&str; 2] = ["EIO", "ENOSPC"];
/// Tables are compared with a fresh rebuild after so many faults.
const COMPARED_EACH: u64 = 25;
/// A call fails in each thread that makes it so often, so tidying up may fail as well; what is left
/// then goes an hour later.
const MOST_LEFT: usize = 10;
/// How far it has come is told after so many calls.
const TOLD_EACH: usize = 100;

/// What a campaign on a failing disk is asked to do.
#[derive(Debug, Clone)]
pub struct Options {
    /// Every nth fault is tried.
    pub each: u64,
    /// Only this command's calls fail: `rebuild`, `record` or `import`.
    pub deed: Option<String>,
    /// Only with this error: `EIO` or `ENOSPC`.
    pub error: Option<String>,
}

/// What it found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Faults that struck.
    pub faults: u64,
    /// How each command ended at each kind of fault.
    pub outcomes: BTreeMap<String, u64>,
    /// The longest that a command went on after the first call that failed, strace included, and
    /// at which fault.
    pub longest: (Duration, String),
    /// Facts acknowledged, each there once.
    pub facts: u64,
    /// How long it took.
    pub took: Duration,
}

/// One call that can fail.
#[derive(Debug, Clone)]
struct Place {
    call: &'static str,
    file: PathBuf,
    nth: u64,
}

/// One command whose calls fail.
struct Deed {
    name: &'static str,
    /// Its arguments, for the nth time; it may write files.
    arguments: fn(&Stage, u64) -> Vec<String>,
    /// The marks of what it records.
    marks: fn(u64) -> Vec<String>,
}

/// First what takes the longer the more there is; each of the others adds to it.
const DEEDS: [Deed; 3] = [
    Deed { name: "rebuild", arguments: rebuild, marks: |_| Vec::new() },
    Deed { name: "record", arguments: record, marks: |nth| vec![tally::mark("d1", nth)] },
    Deed { name: "import", arguments: import, marks: imported },
];

fn record(_: &Stage, nth: u64) -> Vec<String> {
    let mark = tally::mark("d1", nth);
    let (case, mentor, on) = (stage::case(nth), stage::mentor(nth), stage::day(0).to_string());
    let arguments = [
        &["session", &case, "30m", "--by", &mentor, "--activities", &mark][..],
        &["--date", &on, "--idempotency-key", &mark, "--as", "d1", "-o", "json"],
    ];
    arguments.concat().into_iter().map(str::to_owned).collect()
}

/// A new case, whose key goes into the keyring, and two sessions.
fn import(stage: &Stage, nth: u64) -> Vec<String> {
    let on = stage::day(0);
    let opened = json!({
        "date": on.to_string(), "type": "CaseOpened", "case": format!("SPOR-2025-D{nth:05}"),
        "administration": "employment", "municipality": "A", "mentor": stage::mentor(nth),
        "caseworker": "SB-01", "birth_date": "2004-01-09", "name": format!("Prøve D{nth}"),
    });
    let marks = imported(nth);
    let sessions = marks.iter().map(|mark| stage::session_line(nth, on, mark).to_string());
    let lines: Vec<String> = [opened.to_string()].into_iter().chain(sessions).collect();
    stage.sandbox.write("fault.ndjson", &lines.join("\n"));
    ["import", "fault.ndjson", "-o", "json"].map(str::to_owned).to_vec()
}

fn imported(nth: u64) -> Vec<String> {
    [2 * nth, 2 * nth + 1].map(|mark| tally::mark("d2", mark)).to_vec()
}

fn rebuild(_: &Stage, _: u64) -> Vec<String> {
    ["store", "rebuild", "-o", "json"].map(str::to_owned).to_vec()
}

/// Runs the campaign.
///
/// # Panics
/// When a store is inconsistent, a fact lost, or a cause not named.
pub fn run(options: &Options) -> Found {
    let started = Instant::now();
    let stage = Stage::new(On::Sqlite);
    let mut campaign = Campaign {
        stage: &stage,
        doom: Doom::default(),
        tally: Tally::default(),
        nth: 0,
        found: Found::default(),
    };
    let mut turn = 0;
    let deeds = DEEDS.iter().filter(|deed| is_asked(options.deed.as_deref(), deed.name));
    let errors = ERRORS.into_iter().filter(|error| is_asked(options.error.as_deref(), error));
    let (deeds, errors) = (deeds.collect::<Vec<_>>(), errors.collect::<Vec<_>>());
    assert!(!deeds.is_empty() && !errors.is_empty(), "nothing of the kind: {options:?}");
    for deed in deeds {
        let places = campaign.places(deed);
        for (done, place) in places.iter().enumerate() {
            if done.is_multiple_of(TOLD_EACH) {
                eprintln!("{}: {done} of {} calls", deed.name, places.len());
            }
            for error in &errors {
                turn += 1;
                if turn % options.each == 0 && (*error == "EIO" || place.call != READ) {
                    campaign.strike(deed, place, error);
                }
            }
        }
    }
    campaign.compare();
    let count = campaign.tally.check(&stage);
    Found { facts: count.marks, took: started.elapsed(), ..campaign.found }
}

fn is_asked(only: Option<&str>, name: &str) -> bool {
    only.is_none_or(|only| only == name)
}

struct Campaign<'a> {
    stage: &'a Stage,
    doom: Doom,
    tally: Tally,
    nth: u64,
    found: Found,
}

impl Campaign<'_> {
    /// Every call of a command on every file, found by looking at it once.
    fn places(&mut self, deed: &Deed) -> Vec<Place> {
        let mut places = Vec::new();
        for file in FILES {
            let file = self.stage.sandbox.folder().join(file);
            // A number of call that nobody reaches: strace only looks.
            let fault = Fault {
                calls: CALLS.join(","),
                file: Some(file.clone()),
                when: u16::MAX.to_string(),
                what: "error=EIO".to_owned(),
            };
            let ended = self.run(deed, &Fate::Fault(fault));
            assert_eq!(ended.code(), Some(0), "{}", ended.told);
            self.note(deed);
            let trace = fs::read_to_string(self.seat().trace_file()).expect("strace wrote");
            for (call, most) in most_in_a_thread(&trace) {
                let file = file.clone();
                places.extend((1..=most).map(|nth| Place { call, file: file.clone(), nth }));
            }
        }
        places
    }

    /// Lets one call fail, looks at the answer, asks again, and looks at the store.
    fn strike(&mut self, deed: &Deed, place: &Place, error: &str) {
        let fault = Fault {
            calls: place.call.to_owned(),
            file: Some(place.file.clone()),
            when: place.nth.to_string(),
            what: format!("error={error}"),
        };
        let ended = self.run(deed, &Fate::Fault(fault));
        let trace = fs::read_to_string(self.seat().trace_file()).expect("strace wrote");
        let Some(struck) = trace.lines().find(|line| line.contains("(INJECTED)")) else {
            return self.repeat(deed, &ended);
        };
        let over = trace.lines().last().unwrap_or(struck);
        let took = (instant_of(over) - instant_of(struck)).to_std().unwrap_or_default();
        self.found.faults += 1;
        let file = place.file.file_name().unwrap_or_default().to_string_lossy();
        let at = format!("{} {file} {} {} {error}", deed.name, place.call, place.nth);
        let outcome = self.outcome(&ended, place, error, &at);
        if ended.code() != Some(0) && took > self.found.longest.0 {
            self.found.longest = (took, at.clone());
        }
        let kind = format!("{} {error}: {outcome}", place.call);
        *self.found.outcomes.entry(kind).or_default() += 1;
        self.repeat(deed, &ended);
        let verified = self.stage.sandbox.run(&["audit", "verify"]);
        let told = String::from_utf8_lossy(&verified.stderr);
        assert!(verified.status.success(), "after {at}: {told}");
        if self.found.faults.is_multiple_of(COMPARED_EACH) {
            self.compare();
        }
    }

    /// How a command ended at a fault: it could do without that call, or it named the cause.
    fn outcome(&self, ended: &Ended, place: &Place, error: &str, at: &str) -> String {
        if ended.code() == Some(0) {
            return "done all the same".to_owned();
        }
        let told = ended.told.lines().find_map(|line| serde_json::from_str::<Value>(line).ok());
        let told = told.unwrap_or_else(|| panic!("{at}: {:?} {}", ended.status, ended.told));
        let (code, message) = (&told["error"]["code"], &told["error"]["message"]);
        let (code, message) = (code.as_str().unwrap_or(""), message.as_str().unwrap_or(""));
        let folder = self.stage.sandbox.folder().to_string_lossy();
        assert!(message.contains(&*folder), "{at}: the file is named: {message}");
        // SQLite tells a page that the disk did not give like one that is damaged.
        let is_read = place.call == READ;
        let exit = if is_read && code == "integrity_broken" { 7 } else { 6 };
        assert_eq!(ended.code(), Some(exit), "{at}: {message}");
        let is_write = place.call == "pwrite64" && !place.file.ends_with("spor.db-shm");
        match (error, code) {
            ("ENOSPC", "disk_full") | ("EIO", "io_failed") => {}
            ("EIO", "integrity_broken") if is_read => {}
            // Only a write that finds no room is told apart by SQLite; the rest is the disk.
            ("ENOSPC", "io_failed") if !is_write => assert!(message.contains("MiB free"), "{at}"),
            _ => panic!("{at}: {code}: {message}"),
        }
        code.to_owned()
    }

    /// The same command without a fault does what it is asked, and nothing twice.
    fn repeat(&mut self, deed: &Deed, first: &Ended) {
        if first.code() == Some(0) {
            return self.note(deed);
        }
        let again = self.run_again(deed, &Fate::Live);
        assert_eq!(again.code(), Some(0), "{}", again.told);
        if first.told.contains("nothing was saved") {
            assert!(!again.answer.contains("\"replayed\": true"), "it was saved: {}", first.told);
        }
        self.note(deed);
    }

    fn note(&mut self, deed: &Deed) {
        (deed.marks)(self.nth).into_iter().for_each(|mark| self.tally.note(mark, None));
    }

    fn compare(&self) {
        let rebuilt = self.stage.sandbox.json(&["store", "rebuild"]);
        let tables: &Vec<Value> = rebuilt.as_array().expect("a list of tables");
        assert!(tables.iter().all(|table| table["was_same"] == true), "{rebuilt}");
        let status = self.stage.sandbox.json(&["store", "status"]);
        let kept = status["tables"].as_array().expect("a list of tables");
        let left = kept.len() - tables.len();
        assert!(left <= MOST_LEFT, "what failed has left {left} tables behind: {status}");
    }

    fn seat(&self) -> Seat<'_> {
        Seat { sandbox: &self.stage.sandbox, name: "disk", doom: &self.doom }
    }

    fn run(&mut self, deed: &Deed, fate: &Fate) -> Ended {
        self.nth += 1;
        self.run_again(deed, fate)
    }

    fn run_again(&self, deed: &Deed, fate: &Fate) -> Ended {
        let arguments = (deed.arguments)(self.stage, self.nth);
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.seat().run(&words, fate)
    }
}

/// When a call was made, or a thread was over: `PID SECONDS.MICROS call(...`.
fn instant_of(line: &str) -> DateTime<Utc> {
    let seconds = line.split_whitespace().nth(1).and_then(|seconds| seconds.split_once('.'));
    let micros = seconds.and_then(|(whole, part)| format!("{whole}{part}").parse().ok());
    micros.and_then(DateTime::from_timestamp_micros).expect("strace tells the time")
}

/// How often each call was made by the thread that made it most often.
fn most_in_a_thread(trace: &str) -> BTreeMap<&'static str, u64> {
    let mut by_thread: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for line in trace.lines() {
        let thread = line.split(' ').next().unwrap_or_default();
        let call = line.split(['(', ' ']).find(|word| CALLS.contains(word));
        let resumed = line.contains(" resumed>");
        if let Some(call) = call.filter(|_| !resumed) {
            *by_thread.entry((thread, call)).or_default() += 1;
        }
    }
    let calls: BTreeSet<&str> = by_thread.keys().map(|(_, call)| *call).collect();
    let most = CALLS.into_iter().filter(|call| calls.contains(call)).map(|name| {
        let of_call = by_thread.iter().filter(|((_, call), _)| *call == name);
        (name, of_call.map(|(_, times)| *times).max().unwrap_or(0))
    });
    most.collect()
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} faults in {:.0} s", self.faults, self.took.as_secs_f64())?;
        for (outcome, times) in &self.outcomes {
            writeln!(f, "  {times} × {outcome}")?;
        }
        let (longest, at) = &self.longest;
        writeln!(f, "longest from fault to answer {} ms: {at}", longest.as_millis())?;
        writeln!(f, "{} facts acknowledged, each there once; 0 stores inconsistent", self.facts)
    }
}
