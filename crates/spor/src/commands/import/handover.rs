//! `spor import --format handover`: a case that another municipality hands over goes on here.

use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value, json};
use spor_casework::import::HandedOver;
use uuid::Uuid;

use super::source;
use crate::args::Import;
use crate::commands::export::HANDOVER;
use crate::context::{Session, day};
use crate::report::{Exit, Report};

/// The entries that a handover file may hold, and the fields that the receiver may change.
const TYPES: [&str; 2] = ["CaseImported", "GoalSet"];
const CHANGEABLE: [&str; 5] = ["case", "caseworker", "mentor", "administration", "municipality"];
/// Bytes of a handover file.
const MOST_BYTES: u64 = 1 << 20;

/// Reads a handover file.
pub(super) fn read(
    session: &Session,
    args: &Import,
    batch: Uuid,
    file: &Path,
) -> Result<HandedOver, Report> {
    let mut text = String::new();
    source(file)?()?.take(MOST_BYTES).read_to_string(&mut text)?;
    let document: Value = serde_json::from_str(&text).unwrap_or_default();
    let entries = document["entries"].as_array().filter(|_| document["format"] == HANDOVER);
    let begins = args.date.as_deref().map_or(Ok(session.today()), day)?;
    let mut lines = Vec::new();
    for entry in entries.into_iter().flatten() {
        let fields = entry.as_object().cloned().unwrap_or_default();
        let known = fields.get("type").and_then(Value::as_str);
        let is_first = lines.is_empty();
        if known.is_none_or(|kind| !TYPES.contains(&kind) || is_first != (kind == TYPES[0])) {
            return Err(not_a_handover(file));
        }
        lines.push(here(fields, args, is_first)?);
    }
    if lines.is_empty() {
        return Err(not_a_handover(file));
    }
    for line in &mut lines {
        line.insert("date".to_owned(), json!(begins));
    }
    lines[0].insert("batch".to_owned(), json!(batch.to_string()));
    Ok(HandedOver { lines, batch: batch.to_string() })
}

/// A line with what is other here.
fn here(
    mut fields: Map<String, Value>,
    args: &Import,
    is_first: bool,
) -> Result<Map<String, Value>, Report> {
    for change in &args.changed {
        let Some((key, value)) = change.split_once('=').filter(|(k, _)| CHANGEABLE.contains(k))
        else {
            return Err(Report::new(
                Exit::Usage,
                "bad_change",
                format!("--set {change} cannot be done"),
                format!("a handover lets these be changed: {}", CHANGEABLE.join(", ")),
                "give it as in --set mentor=M-07",
            ));
        };
        if is_first || key == "case" {
            fields.insert(key.to_owned(), json!(value));
        }
    }
    Ok(fields)
}

fn not_a_handover(file: &Path) -> Report {
    Report::new(
        Exit::Usage,
        "not_a_handover",
        format!("{} is not a handover file", file.display()),
        "it begins one case and names the goals that are open in it",
        "make one with spor export case REF --audience municipality -f FILE",
    )
}
