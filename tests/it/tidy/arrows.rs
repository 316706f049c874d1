//! Who may know whom: the crate table of ARCHITECTURE.md against what Cargo says.

use std::fs;
use std::process::Command;

use serde_json::Value;

use super::{none, root};

/// Each crate and the crates of ours that it may depend on.
const ARROWS: [(&str, &[&str]); 10] = [
    ("spor-domain", &[]),
    ("spor-store", &[]),
    ("spor-history", &["spor-domain", "spor-store"]),
    ("spor-mail", &[]),
    ("spor-projections", &["spor-domain", "spor-store", "spor-history"]),
    ("spor-casework", &["spor-domain", "spor-store", "spor-history"]),
    (
        "spor-scheduler",
        &[
            "spor-domain",
            "spor-store",
            "spor-history",
            "spor-projections",
            "spor-casework",
            "spor-mail",
        ],
    ),
    ("spor", ALL),
    ("spor-bench", ALL),
    ("spor-tests", ALL),
];
const ALL: &[&str] = &[
    "spor-domain",
    "spor-store",
    "spor-history",
    "spor-mail",
    "spor-projections",
    "spor-casework",
    "spor-scheduler",
];

/// What only some may use; tests and bench may use everything.
const RESERVED: [(&str, &[&str]); 6] = [
    ("sqlx", &["spor-store"]),
    ("lettre", &["spor-mail"]),
    ("tokio-cron-scheduler", &["spor-scheduler"]),
    ("clap", &["spor"]),
    ("anyhow", &["spor"]),
    ("openssl", &[]),
];
const FREE: [&str; 2] = ["spor-bench", "spor-tests"];

#[test]
fn no_crate_knows_more_than_the_table_says() {
    let mut offenders = Vec::new();
    for (package, dependencies) in packages() {
        let allowed = ARROWS.iter().find(|(name, _)| *name == package);
        let Some((_, allowed)) = allowed else {
            offenders.push(format!("{package} does not stand in the table"));
            continue;
        };
        let ours = dependencies.iter().filter(|name| name.starts_with("spor"));
        let unlawful = ours.filter(|name| !allowed.contains(&name.as_str()));
        offenders.extend(unlawful.map(|name| format!("{package} -> {name}")));
    }
    none(&offenders, "arrows that the table does not have");
}

#[test]
fn the_page_shows_the_same_table() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    for (package, allowed) in ARROWS {
        let row = page.lines().find(|line| line.contains(&format!("| `{package}` (")));
        let row = row.unwrap_or_else(|| panic!("ARCHITECTURE.md has no row for {package}"));
        let known = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default().trim();
        let expected: Vec<&str> =
            allowed.iter().map(|name| name.trim_start_matches("spor-")).collect();
        match allowed {
            [] => assert_eq!(known, "–", "{package}"),
            allowed if *allowed == *ALL => assert_eq!(known, "all", "{package}"),
            _ => {
                let known: Vec<&str> = known.split(", ").collect();
                assert_eq!(known, expected, "{package}");
            }
        }
    }
}

#[test]
fn what_is_reserved_is_used_in_its_place_only() {
    let mut offenders = Vec::new();
    for (package, dependencies) in packages() {
        for (reserved, users) in RESERVED {
            let may = users.contains(&package.as_str()) || FREE.contains(&package.as_str());
            if !may && dependencies.iter().any(|name| name == reserved) {
                offenders.push(format!("{package} -> {reserved}"));
            }
        }
    }
    none(&offenders, "a reserved crate in another's hands");
}

#[test]
fn the_domain_has_neither_a_clock_nor_a_maker_of_ids() {
    let tree = cargo(&["tree", "--offline", "--package", "spor-domain", "--edges", "features"]);
    assert!(tree.contains("chrono feature \"std\""), "the tree names features: {tree}");
    for feature in ["clock", "now", "v4", "v7"] {
        assert!(!tree.contains(&format!("feature \"{feature}\"")), "{feature} in\n{tree}");
    }
}

/// The packages of the workspace with what each builds on, tests of its own left out.
fn packages() -> Vec<(String, Vec<String>)> {
    let metadata = cargo(&["metadata", "--no-deps", "--offline", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&metadata).expect("cargo metadata is JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let name = |value: &Value| value["name"].as_str().expect("a name").to_owned();
    let of_package = |package: &Value| {
        let all = package["dependencies"].as_array().expect("dependencies");
        let used = all.iter().filter(|dependency| dependency["kind"].as_str() != Some("dev"));
        (name(package), used.map(name).collect())
    };
    packages.iter().map(of_package).collect()
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {arguments:?}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
