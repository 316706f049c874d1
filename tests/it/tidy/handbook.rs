//! The handbook has a line for every event that people write, made from the field tables.
//!
//! `cargo test -p spor-tests --test it -- --ignored the_table_of_events_is_written_anew` writes it.

use std::fmt::Write as _;
use std::fs;

use serde_json::{Map, Value};
use spor_domain::schema::{self, EventType};

use super::root;

const PAGE: &str = "docs/haandbog.md";
const HEAD: &str = "| hændelse | kommando |\n|---|---|\n";

/// The page with its table as the schema has it.
fn rendered(page: &str) -> String {
    let before = page.split(HEAD).next().expect("a page has a beginning").trim_end();
    let mut rows = String::new();
    for kind in schema::event_types().filter(|kind| kind.is_written_by_people()) {
        writeln!(rows, "| {} | `{}` |", kind.da, command(kind)).expect("text grows");
    }
    format!("{before}\n\n{HEAD}{rows}")
}

/// The shortest command that records the event: what it must have, with the values of its sample.
fn command(kind: &EventType) -> String {
    let sample: Map<String, Value> = serde_json::from_str(kind.sample).expect("a sample");
    let mut command = format!("spor record {}", kind.kebab());
    if let Some(key) = kind.category.key() {
        write!(command, " --{key} {}", shown(&sample[key])).expect("text grows");
    }
    for field in kind.fields.iter().filter(|field| field.required) {
        write!(command, " {}={}", field.name, shown(&sample[field.name])).expect("text grows");
    }
    command
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(shown).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    };
    if text.contains([' ', '"', '\'']) { format!("'{}'", text.replace('\'', "")) } else { text }
}

#[test]
fn the_handbook_has_a_line_for_every_event() {
    let page = fs::read_to_string(root().join(PAGE)).expect("the handbook");
    assert_eq!(page, rendered(&page), "run the ignored test the_table_of_events_is_written_anew");
}

#[test]
#[ignore = "writes docs/haandbog.md"]
fn the_table_of_events_is_written_anew() {
    let page = fs::read_to_string(root().join(PAGE)).expect("the handbook");
    fs::write(root().join(PAGE), rendered(&page)).expect("the handbook can be written");
}
