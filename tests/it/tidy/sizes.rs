//! How long a file, a function, a name and a blob may be.

use std::fs;

use super::{Source, files, none, root, rust};

/// Lines of a file.
const FILE_LINES: usize = 400;
/// Lines of a function.
const FUNCTION_LINES: usize = 70;
/// Bytes of a file that is not built.
const BLOB_BYTES: u64 = 1024 * 1024;
/// Functions that are tables in all but name: (file, function). The list only gets shorter.
const LONG_TABLES: [(&str, &str); 2] = [
    ("crates/domain/src/rejection/texts/danish.rs", "danish"),
    ("crates/domain/src/rejection/texts/english.rs", "english"),
];
/// Names that say nothing about what stands in a file.
const BANNED_NAMES: [&str; 9] =
    ["util", "utils", "helper", "helpers", "manager", "common", "misc", "data", "mod"];

#[test]
fn a_file_is_short_enough_to_be_read() {
    let long = rust().into_iter().filter_map(|source| {
        let lines = source.text.lines().count();
        (lines > FILE_LINES).then(|| format!("{}: {lines} lines", source.path))
    });
    none(&long.collect::<Vec<_>>(), "files of more than 400 lines");
}

#[test]
fn a_function_is_short_enough_to_be_understood() {
    let mut long = Vec::new();
    let mut excused = Vec::new();
    for source in rust() {
        for (name, lines) in functions(&source).into_iter().filter(|(_, n)| *n > FUNCTION_LINES) {
            match LONG_TABLES.iter().find(|table| **table == (source.path.as_str(), name.as_str()))
            {
                Some(table) => excused.push(*table),
                None => long.push(format!("{} {name}: {lines} lines", source.path)),
            }
        }
    }
    none(&long, "functions of more than 70 lines");
    assert_eq!(excused, LONG_TABLES, "the list of exceptions only gets shorter: take it out");
}

/// The functions with their lines, from `fn` to the brace that stands in its column.
fn functions(source: &Source) -> Vec<(String, usize)> {
    let lines: Vec<&str> = source.text.lines().collect();
    let mut functions = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else {
            continue;
        };
        let indent = &line[..line.len() - line.trim_start().len()];
        let end = format!("{indent}}}");
        let length = lines[at..].iter().position(|line| *line == end).map_or(1, |n| n + 1);
        let is_one_line = line.ends_with('}') || line.ends_with(';');
        functions.push((name, if is_one_line { 1 } else { length }));
    }
    functions
}

fn function_name(line: &str) -> Option<String> {
    let mut words = line.trim_start();
    if let Some((_, after)) = words.split_once(") ").filter(|_| words.starts_with("pub(")) {
        words = after;
    }
    for word in ["pub ", "const ", "async "] {
        words = words.strip_prefix(word).unwrap_or(words);
    }
    let name = words.strip_prefix("fn ")?;
    Some(name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
}

#[test]
fn a_file_is_named_after_what_stands_in_it() {
    let banned = rust().into_iter().map(|source| source.path).filter(|path| {
        let name = path.rsplit('/').next().and_then(|name| name.strip_suffix(".rs"));
        name.is_some_and(|name| BANNED_NAMES.contains(&name))
    });
    none(&banned.collect::<Vec<_>>(), "file names that say nothing");
}

#[test]
fn nothing_large_is_kept() {
    let root = root();
    let large = files("").into_iter().filter_map(|file| {
        let bytes = fs::metadata(&file).map(|facts| facts.len()).unwrap_or_default();
        let path = file.strip_prefix(&root).expect("below the root").display().to_string();
        (bytes > BLOB_BYTES).then_some(path)
    });
    none(&large.collect::<Vec<_>>(), "files of more than 1 MiB");
}

#[test]
fn the_measure_of_functions_measures() {
    let text = "fn a() {\n    1;\n}\n\nimpl X {\n    pub(in x) async fn b(\n        x: u8,\n    ) {\n    }\n}\n";
    let source = Source { path: "x.rs".to_owned(), text: text.to_owned() };
    assert_eq!(functions(&source), [("a".to_owned(), 3), ("b".to_owned(), 4)]);
}
