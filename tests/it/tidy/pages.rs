//! What belongs together: SQL and its use, rules and their letters and pages, settings and words.

use std::fs;

use spor_domain::{policy, rules};

use super::{none, root, rust, sources};

#[test]
fn every_statement_is_used_and_says_what_it_promises() {
    let store: Vec<_> =
        rust().into_iter().filter(|source| source.path.starts_with("crates/store/src")).collect();
    let statements = sources("crates/store/sql").into_iter().chain(sources("migrations"));
    let mut offenders = Vec::new();
    let mut count = 0;
    for statement in statements.filter(|source| source.path.ends_with(".sql")) {
        count += 1;
        let file = statement.path.rsplit('/').next().unwrap_or_default();
        let stem = file.trim_end_matches(".sql");
        let names = [format!("\"{stem}\""), format!("/{file}")];
        if !store.iter().any(|source| names.iter().any(|name| source.text.contains(name))) {
            offenders.push(format!("{}: nobody uses it", statement.path));
        }
        if !statement.text.starts_with("-- ") {
            offenders.push(format!("{}: the first line says nothing", statement.path));
        }
    }
    assert!(count > 10, "the statements were found");
    none(&offenders, "SQL");
}

#[test]
fn every_rule_has_its_letters_and_its_line_on_a_page() {
    let pages = sources("docs");
    let mut offenders = Vec::new();
    for rule in rules::ALL {
        for language in ["da", "en"] {
            let template = format!("crates/mail/templates/{language}/{}.txt", rule.name);
            if !root().join(&template).is_file() {
                offenders.push(format!("{}: no {template}", rule.id));
            }
        }
        let is_told = pages.iter().any(|page| {
            page.text.lines().any(|line| line.contains(rule.id) && line.contains(rule.name))
        });
        if !is_told {
            offenders.push(format!("{}: no page of docs has a line on {}", rule.id, rule.name));
        }
    }
    none(&offenders, "rules");
}

#[test]
fn every_setting_has_a_default_and_a_comment_and_is_read() {
    let text = fs::read_to_string(root().join("config/spor.default.toml")).expect("the defaults");
    let defaults: toml::Table = text.parse().expect("the defaults are TOML");
    let binary: String = rust()
        .into_iter()
        .filter(|source| source.path.starts_with("crates/spor/src"))
        .map(|source| source.text)
        .collect();
    let lines: Vec<&str> = text.lines().collect();
    let mut offenders = Vec::new();
    let mut section = "";
    for (at, line) in lines.iter().enumerate() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name;
        }
        let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) else {
            continue;
        };
        let name = format!("{section}.{key}");
        if !lines[at - 1].starts_with("# ") {
            offenders.push(format!("{name}: no comment"));
        }
        if defaults.get(section).and_then(|section| section.get(key)).is_none() {
            offenders.push(format!("{name}: no default"));
        }
        if !binary.contains(&format!("\"{name}\"")) {
            offenders.push(format!("{name}: nobody reads it"));
        }
    }
    none(&offenders, "settings");
}

#[test]
fn every_policy_says_where_it_comes_from_and_what_it_governs() {
    for key in &policy::KEYS {
        assert!(!key.source.is_empty() && !key.meaning.is_empty(), "{}", key.name);
        assert!(policy::check(key.name, &key.preset_value()).is_ok(), "{}", key.name);
    }
}

#[test]
fn every_public_folder_of_the_map_is_there() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let paths = page.split('`').filter(|word| {
        let is_path =
            word.contains('/') && (word.starts_with("crates/") || word.starts_with("docs/"));
        is_path && !word.contains(['{', '*', ' '])
    });
    let gone: Vec<String> =
        paths.filter(|path| !root().join(path).exists()).map(str::to_owned).collect();
    none(&gone, "ARCHITECTURE.md names what is not there");
}
