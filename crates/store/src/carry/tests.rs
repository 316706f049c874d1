use std::collections::{BTreeMap, BTreeSet};

use super::{BESIDE_THE_LOG, ERASED, KEYS};
use crate::sqlite::file;

/// The log itself, which a copy takes position by position.
const LOG: [&str; 5] = ["log_head", "commits", "streams", "events", "sealed_parts"];
/// Made anew at the target; a bucket of tokens fills within a second.
const DERIVED: [&str; 3] = ["projections", "projection_failures", "rate_tokens"];
/// What a file says about itself.
const OF_THE_FILE: [&str; 2] = ["custody", "keyring"];

/// Each table of the migrations with its columns.
fn schema() -> BTreeMap<String, BTreeSet<String>> {
    let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut open: Option<String> = None;
    let texts = [file::LOG, file::KEYRING].into_iter().flat_map(file::FileKind::texts);
    for line in texts.flat_map(str::lines) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match (words.as_slice(), &open) {
            (["CREATE", "TABLE", name, ..], _) => {
                tables.entry((*name).to_owned()).or_default();
                open = Some((*name).to_owned());
            }
            (["ALTER", "TABLE", name, "ADD", "COLUMN", column, ..], _) => {
                tables.entry((*name).to_owned()).or_default().insert((*column).to_owned());
            }
            ([end, ..], Some(_)) if end.starts_with(')') => open = None,
            ([column, ..], Some(name)) if column.starts_with(char::is_lowercase) => {
                tables.entry(name.clone()).or_default().insert((*column).to_owned());
            }
            _ => {}
        }
    }
    tables
}

#[test]
fn every_table_travels_or_is_made_anew() {
    let tables = schema();
    assert!(tables.len() > 10, "the tables were found: {tables:?}");
    let carried = || BESIDE_THE_LOG.iter().chain(ERASED).chain(KEYS);
    for (name, columns) in &tables {
        if [&LOG[..], &DERIVED, &OF_THE_FILE].concat().contains(&name.as_str()) {
            continue;
        }
        let carried = carried().find(|table| table.name == name);
        let carried = carried.unwrap_or_else(|| panic!("{name} would be lost by a copy"));
        let taken = carried.columns.iter().map(|(column, _)| *column).chain([carried.order.0]);
        let taken: BTreeSet<String> = taken.map(str::to_owned).collect();
        // Where nothing else orders the rows of a table, they are numbered: that is no content.
        let missed: Vec<_> = columns.difference(&taken).filter(|c| !c.ends_with("_no")).collect();
        assert!(missed.is_empty(), "{missed:?} of {name} would be lost by a copy");
        assert!(taken.is_subset(columns), "{name} has the columns {columns:?}");
    }
    for table in carried() {
        assert!(tables.contains_key(table.name), "{} is no table", table.name);
    }
}
