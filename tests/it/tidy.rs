//! The house rules, held by a test instead of a promise.

mod arrows;
mod handbook;
mod headers;
mod pages;
mod promises;
mod sizes;
mod traceability;
mod words;

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold no work of ours.
const SKIPPED: [&str; 4] = ["target", ".git", "__pycache__", "demo"];

/// One text file of the project.
struct Source {
    /// From the root, with forward slashes.
    path: String,
    text: String,
}

impl Source {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether the file holds nothing but tests and what they stand on.
    fn is_test(&self) -> bool {
        self.path.starts_with("tests/")
            || self.path.contains("/tests/")
            || self.path.ends_with("/tests.rs")
    }
}

fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the tests lie in the workspace").to_owned()
}

/// Every file below a folder, by its path from the root.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("a readable folder").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() && !SKIPPED.contains(&name) {
                folders.push(path);
            } else if path.is_file() {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Every text below a folder.
fn sources(folder: &str) -> Vec<Source> {
    let root = root();
    let texts = files(folder).into_iter().filter_map(|file| {
        let text = fs::read_to_string(&file).ok()?;
        let path = file.strip_prefix(&root).expect("below the root").to_string_lossy();
        Some(Source { path: path.replace('\\', "/"), text })
    });
    texts.collect()
}

/// Every Rust file of the project.
fn rust() -> Vec<Source> {
    let all = [sources("crates"), sources("tests")].into_iter().flatten();
    all.filter(Source::is_rust).collect()
}

/// Fails with all offenders at once, one a line.
#[track_caller]
fn none(offenders: &[String], rule: &str) {
    assert!(offenders.is_empty(), "{rule}:\n  {}", offenders.join("\n  "));
}
