//! Every shape ever written can still be read, and is still written the same.
//!
//! One file per (type, version): the sample line, the body it is stored as, and the names of its
//! sealed parts. Files are added, never edited. `cargo test -p spor-tests --test it -- --ignored
//! files_of_new_shapes_are_added` adds what is missing and touches nothing else.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use spor_domain::door;
use spor_domain::event::{Event, with_entry_id};
use spor_domain::schema::{self, Class, EventType};
use spor_history::codec;
use spor_store::{CommitId, EventId, Position, StoredEvent, StreamName, Version};
use uuid::Uuid;

/// One shape of one type, as it was written on the day the file was added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Golden {
    line: String,
    body: String,
    parts: Vec<String>,
}

#[test]
fn every_type_has_a_file_for_its_newest_shape() {
    for kind in schema::event_types() {
        let path = path_of(kind.name, kind.version);
        assert!(
            path.exists(),
            "{} is missing: run the ignored test files_of_new_shapes_are_added",
            path.display()
        );
    }
}

#[test]
fn the_newest_shape_is_written_as_its_file_says() {
    for kind in schema::event_types() {
        let golden = read(&path_of(kind.name, kind.version));
        let line = golden.line.clone();
        assert_eq!(written(kind, &line), golden, "the stored shape of {} has changed", kind.name);
    }
}

#[test]
fn every_shape_ever_written_can_be_read() {
    for (kind, version, golden) in every_file() {
        let stored = stored(kind, version, &golden);
        let recorded = codec::decode(&stored).expect("a stored event is readable for ever");
        assert_eq!(recorded.event.type_name(), kind.name);
        assert_eq!(recorded.occurred_on, stored.occurred_on);
        let body = codec::clear_body(&stored).expect("a stored body is readable for ever");
        for (name, value) in recorded.event.clear_fields() {
            assert_eq!(body.get(&name), Some(&value), "{} invents {name}", kind.name);
        }
    }
}

#[test]
fn a_file_is_never_overwritten() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("SessionHeld.v1.json");
    let kind = schema::find("SessionHeld").expect("a type of the catalogue");
    let golden = written(kind, kind.sample);
    add(&path, &golden).expect("a file that is not there is added");
    let refused = add(&path, &golden).expect_err("a file that is there stays");
    assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
}

#[test]
#[ignore = "adds the files of new types and shapes; run it after adding one"]
fn files_of_new_shapes_are_added() {
    for kind in schema::event_types() {
        let path = path_of(kind.name, kind.version);
        match add(&path, &written(kind, kind.sample)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => panic!("{}: {error}", path.display()),
        }
    }
}

/// The line as it is stored today.
fn written(kind: &'static EventType, line: &str) -> Golden {
    let line = line.to_owned();
    if kind.is_written_by_people() {
        let command = door::parse_line(&line).expect("a sample passes the door").command;
        let body = with_entry_id(command.id.as_ref(), &command.clear);
        let parts = command.sealed.keys().map(|part| part.as_str().to_owned()).collect();
        return Golden { line, body, parts };
    }
    let Ok(Value::Object(mut fields)) = serde_json::from_str(&line) else {
        panic!("the sample of {} is an object", kind.name);
    };
    fields.retain(|name, _| kind.field(name).is_some());
    let is_sealed = |name: &str| kind.field(name).is_some_and(|f| f.class != Class::Clear);
    let sealed = fields.keys().any(|name| is_sealed(name));
    fields.retain(|name, _| !is_sealed(name));
    let parts = if sealed { vec!["person".to_owned()] } else { Vec::new() };
    let event = Event::decode(kind.name, &Value::Object(fields).to_string());
    let clear: Map<String, Value> = event.expect("a sample is readable").clear_fields();
    Golden { line, body: with_entry_id(None, &clear), parts }
}

fn stored(kind: &EventType, version: u16, golden: &Golden) -> StoredEvent {
    let line: Value = serde_json::from_str(&golden.line).expect("a line is JSON");
    let date: NaiveDate =
        serde_json::from_value(line["date"].clone()).expect("a line carries its date");
    StoredEvent {
        position: Position::new(1),
        id: EventId::new(Uuid::from_u128(1)),
        commit_id: CommitId::new(Uuid::from_u128(2)),
        stream: StreamName::parse("case-SPOR-2025-0101").expect("a stream's name"),
        version: Version::new(1),
        event_type: kind.name.to_owned(),
        schema_version: version,
        occurred_on: date,
        recorded_at: DateTime::UNIX_EPOCH,
        corrects: None,
        body: golden.body.clone(),
        parts: Vec::new(),
        leaf_hash: [0; 32],
    }
}

/// Every file with its type and version; a file of an unknown type is a fault.
fn every_file() -> Vec<(&'static EventType, u16, Golden)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder()).expect("the folder of golden events") {
        let path = entry.expect("a file of the folder").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a plain name");
        let (kind, version) = name
            .strip_suffix(".json")
            .and_then(|name| name.split_once(".v"))
            .expect("golden events are named Type.vN.json");
        let kind = schema::find(kind).expect("a type is retired, never removed");
        files.push((kind, version.parse().expect("a version"), read(&path)));
    }
    assert!(!files.is_empty(), "there are golden events");
    files
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/events")
}

fn path_of(name: &str, version: u16) -> PathBuf {
    folder().join(format!("{name}.v{version}.json"))
}

fn read(path: &Path) -> Golden {
    let text = fs::read_to_string(path).unwrap_or_else(|error| {
        panic!("{}: {error}; run the ignored test files_of_new_shapes_are_added", path.display())
    });
    serde_json::from_str(&text).expect("a golden event is JSON")
}

/// Writes a file that is not there yet.
fn add(path: &Path, golden: &Golden) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let text = serde_json::to_string_pretty(golden).map_err(io::Error::other)?;
    writeln!(file, "{text}")
}
