//! Stories told to the real binary: dated entries with their outcomes, and what must be known and
//! who must be reminded on given days.
//!
//! A file holds a list of stories. `date` is the day something happened, `recorded` (default:
//! `date`) the day it was entered; `expect` of an entry is its outcome. An expectation asks as of
//! the end of a day, with what was recorded up to `known_at` (default: the same day): reminders
//! that are open exactly once with this level and exactly these roles, reminders that are not open,
//! flags that are up, an entry's versions, and keys of the case that must match. Keys that are not
//! named are free.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use spor_domain::policy;

use crate::binary::Sandbox;

/// A story's file in the sandbox, and the report of its import.
const JOURNAL: &str = "story.ndjson";
const REPORT: &str = "report.ndjson";

/// The stories of a file.
///
/// # Panics
/// When the file is not there or no list of stories.
pub fn of_file(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path);
    let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    match serde_json::from_str(&text) {
        Ok(Value::Array(stories)) => stories,
        Ok(story @ Value::Object(_)) => vec![story],
        _ => panic!("{} holds no stories", path.display()),
    }
}

/// Tells one story to a new sandbox; what comes back did not come out as the story says.
///
/// # Panics
/// When the binary cannot be started or gives answers that are no JSON.
pub fn tell(story: &Value) -> Vec<String> {
    let sandbox = Sandbox::new();
    let mut failures = import(&sandbox, story);
    for expectation in list(&story["expectations"]) {
        let why = &expectation["why"];
        let told = check(&sandbox, expectation);
        let as_of = text(expectation, "as_of");
        failures.extend(told.into_iter().map(|what| format!("as of {as_of}: {what} ({why})")));
    }
    let id = text(story, "id");
    failures.into_iter().map(|failure| format!("{id} {failure}")).collect()
}

/// Imports settings and entries; compares each line's outcome.
fn import(sandbox: &Sandbox, story: &Value) -> Vec<String> {
    let mut lines: Vec<Value> = list(&story["events"]).to_vec();
    lines.sort_by_key(|line| recorded_day(line).to_owned());
    let first = lines.first().map(|line| recorded_day(line).to_owned()).unwrap_or_default();
    let mut lines = [settings(story, &first), lines].concat();
    let journal: String = lines.iter().map(|line| format!("{line}\n")).collect();
    sandbox.write(JOURNAL, &journal);
    let output = sandbox.run(&["import", JOURNAL, "--report", REPORT, "-o", "json"]);
    let expected = if lines.iter().any(|line| text(line, "expect") == "rejected") { 8 } else { 0 };
    let mut failures = Vec::new();
    if output.status.code() != Some(expected) {
        let told = String::from_utf8_lossy(&output.stderr);
        failures.push(format!("import ended with {} instead of {expected}: {told}", output.status));
    }
    let report = fs::read_to_string(sandbox.folder().join(REPORT)).unwrap_or_default();
    let outcomes: Vec<Value> = report
        .lines()
        .map(|line| serde_json::from_str(line).expect("a report is JSON, line by line"))
        .collect();
    for (at, line) in lines.drain(..).enumerate() {
        let wanted = match text(&line, "expect") {
            "rejected" => "rejected",
            "no_change" => "unchanged",
            _ => "accepted",
        };
        let found = outcomes.iter().find(|outcome| outcome["line"] == json!(at + 1));
        let outcome = found.map_or("missing", |found| text(found, "outcome"));
        if outcome != wanted {
            let said = found.map(ToString::to_string).unwrap_or_default();
            failures.push(format!("line {}: {outcome} instead of {wanted}: {said}", at + 1));
        }
    }
    failures
}

/// The day a line was recorded, which is also what it is sorted by.
fn recorded_day(line: &Value) -> &str {
    let said = line["recorded"].as_str().unwrap_or_else(|| text(line, "date"));
    said.get(..10).unwrap_or(said)
}

/// The settings that are not the defaults, in force since ever.
fn settings(story: &Value, day: &str) -> Vec<Value> {
    let Some(settings) = story["settings"].as_object() else {
        return Vec::new();
    };
    let differs = |name: &str, value: &Value| {
        policy::find(name).is_none_or(|key| key.preset_value() != *value)
    };
    let changed = settings.iter().filter(|(name, value)| differs(name, value));
    let line = |(name, value): (&String, &Value)| {
        json!({"date": day, "type": "PolicySet", "key": name, "value": value,
               "valid_from": "1900-01-01", "reason": "setting of the story"})
    };
    changed.map(line).collect()
}

/// What does not come out as an expectation says.
fn check(sandbox: &Sandbox, expectation: &Value) -> Vec<String> {
    let case = text(expectation, "case");
    let mut when = vec!["--as-of", text(expectation, "as_of"), "-o", "json"];
    if let Some(known_at) = expectation["known_at"].as_str() {
        when.extend(["--known-at", known_at]);
    }
    let asked = [vec!["case", "show", case], when.clone()].concat();
    let document = match ask(sandbox, &asked) {
        Ok(document) => document,
        Err(told) => return vec![told],
    };
    let reminders = match ask(sandbox, &[vec!["reminders", "list", "--case", case], when].concat())
    {
        Ok(reminders) => reminders,
        Err(told) => return vec![told],
    };
    let mut failures = Vec::new();
    for (key, wanted) in expectation["expect"].as_object().into_iter().flatten() {
        match key.as_str() {
            "reminders_open" => failures
                .extend(list(wanted).iter().filter_map(|wanted| is_open_once(&reminders, wanted))),
            "reminders_absent" => {
                failures.extend(list(wanted).iter().filter_map(|rule| is_absent(&reminders, rule)))
            }
            "flags" => failures.extend(
                list(wanted)
                    .iter()
                    .filter(|flag| !list(&document["flags"]).contains(flag))
                    .map(|flag| format!("flag {flag} is not up: {}", document["flags"])),
            ),
            "audit" => {
                let versions = &document["audit"]["entries"][text(wanted, "entry")];
                if *versions != wanted["versions"] {
                    failures.push(format!("{wanted}: {versions} versions"));
                }
            }
            _ => matches_part(key, &document[key], wanted, &mut failures),
        }
    }
    failures
}

fn ask(sandbox: &Sandbox, arguments: &[&str]) -> Result<Value, String> {
    let output = sandbox.run(arguments);
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{arguments:?} ended with {}: {told}", output.status));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("{arguments:?}: {error}"))
}

/// Each key that is named matches; numbers by their value.
fn matches_part(path: &str, found: &Value, wanted: &Value, failures: &mut Vec<String>) {
    if let Some(fields) = wanted.as_object() {
        for (key, wanted) in fields {
            matches_part(&format!("{path}.{key}"), &found[key], wanted, failures);
        }
        return;
    }
    let is_same = match (found.as_f64(), wanted.as_f64()) {
        (Some(found), Some(wanted)) => (found - wanted).abs() < 1e-9,
        _ => found == wanted,
    };
    if !is_same {
        failures.push(format!("{path} is {found} instead of {wanted}"));
    }
}

/// The reminder is open exactly once, with what the story names of it and exactly these roles.
fn is_open_once(reminders: &Value, wanted: &Value) -> Option<String> {
    let open = list(reminders);
    let of_rule = open.iter().filter(|reminder| reminder["rule"] == wanted["rule"]);
    let same_due: Vec<&Value> = of_rule
        .filter(|reminder| wanted.get("due").is_none_or(|due| reminder["due"] == *due))
        .collect();
    let roles = |reminder: &Value| {
        let mut roles: Vec<String> =
            list(&reminder["to"]).iter().map(ToString::to_string).collect();
        roles.sort();
        roles
    };
    match same_due[..] {
        [only] if only["level"] == wanted["level"] && roles(only) == roles(wanted) => None,
        _ => Some(format!("{wanted} is not open exactly once: {reminders}")),
    }
}

fn is_absent(reminders: &Value, unwanted: &Value) -> Option<String> {
    let (rule, due) = match unwanted {
        Value::String(_) => (unwanted, None),
        other => (&other["rule"], other.get("due")),
    };
    let is_it = |reminder: &&Value| {
        reminder["rule"] == *rule && due.is_none_or(|due| reminder["due"] == *due)
    };
    list(reminders).iter().find(is_it).map(|open| format!("{unwanted} is open: {open}"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}
