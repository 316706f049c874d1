//! Every command explains itself.

use std::fs;
use std::process::{Command, Stdio};

use spor_domain::schema;
use spor_tests::binary::{self, Sandbox};

/// Runs the binary where no store is.
fn spor(arguments: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(binary::path());
    let output =
        command.args(arguments).current_dir(&folder).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// The commands that a help page lists.
fn listed(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| line.is_empty() || line.starts_with("  "));
    let words = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    words.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect()
}

#[test]
fn every_command_has_its_help() {
    let mut waiting = vec![Vec::<String>::new()];
    let mut seen = 0;
    while let Some(path) = waiting.pop() {
        let words: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
        let (exit, help, told) = spor(&words);
        assert_eq!(exit, 0, "{words:?}: {told}");
        assert!(told.is_empty() && help.len() > 80, "{words:?}: {help}");
        seen += 1;
        let below = listed(&help).into_iter().filter(|name| name != "help");
        waiting.extend(below.map(|name| [path.clone(), vec![name]].concat()));
    }
    assert!(seen > 30, "{seen} commands");
}

#[test]
fn the_contract_s_commands_are_there() {
    let (_, help, _) = spor(&["--help"]);
    let commands = listed(&help);
    for name in [
        "init",
        "demo",
        "record",
        "session",
        "follow-up",
        "import",
        "export",
        "case",
        "query",
        "reminders",
        "letters",
        "replay",
        "audit",
        "run",
        "scheduler",
        "store",
        "doctor",
        "config",
        "completions",
        "man",
        "help",
    ] {
        assert!(commands.iter().any(|known| known == name), "{name} is missing in {commands:?}");
    }
}

#[test]
fn every_type_that_people_write_explains_itself_with_an_example() {
    let (exit, all, _) = spor(&["record", "--help"]);
    assert_eq!(exit, 0);
    for kind in schema::event_types().filter(|kind| kind.is_written_by_people()) {
        assert!(all.contains(&kind.kebab()), "{} is not listed", kind.name);
        let (exit, help, told) = spor(&["record", &kind.kebab(), "--help"]);
        assert_eq!(exit, 0, "{told}");
        for field in kind.fields {
            assert!(help.contains(field.name), "{} does not explain {}", kind.name, field.name);
        }
        assert!(help.contains("spor record"), "{} has no example", kind.name);
    }
}

#[test]
fn the_exit_codes_are_documented() {
    let (exit, help, _) = spor(&["help", "exit-codes"]);
    assert_eq!(exit, 0);
    for code in 0..=9 {
        let is_there = |line: &str| line.trim_start().starts_with(&format!("{code} "));
        assert!(help.lines().any(is_there), "{code} in {help}");
    }
    assert_eq!(spor(&["help", "nothing"]).0, 2);
}

#[test]
fn completions_and_manual_pages_are_made() {
    for shell in ["bash", "zsh", "fish"] {
        let (exit, script, _) = spor(&["completions", shell]);
        assert_eq!(exit, 0);
        assert!(script.contains("follow-up"), "{shell}");
    }
    let sandbox = Sandbox::new();
    sandbox.must(&["man", "pages"]);
    let pages = fs::read_dir(sandbox.folder().join("pages")).unwrap().count();
    assert!(pages > 20, "{pages} pages");
}

#[test]
fn the_version_says_what_was_built() {
    let (exit, version, _) = spor(&["--version"]);
    assert_eq!(exit, 0);
    assert!(version.starts_with("spor ") && version.contains("spor/event/1"), "{version}");
}

#[test]
fn no_command_and_wrong_flags_are_matters_of_usage() {
    assert_eq!(spor(&[]).0, 2);
    assert_eq!(spor(&["case"]).0, 2);
    assert_eq!(spor(&["query", "--limit", "many"]).0, 2);
    assert_eq!(spor(&["record"]).0, 2);
    let (exit, answer, told) = spor(&["case", "list"]);
    assert_eq!((exit, answer.as_str()), (4, ""), "no store here");
    assert!(told.contains("spor init"), "{told}");
}
