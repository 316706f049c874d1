//! Texts of letters that cannot be used, and recipients that cannot be written to.

use std::fs;

use super::{Refused, refused, sandbox};
use spor_tests::binary::Sandbox;

const OWN: &str = "{% extends \"item.txt\" %}\n{% block subject %}x{% endblock %}\n\
                   {% block matter %}WORDS{% endblock %}";

/// A folder of texts with one file in it.
fn with_text(file: &str, text: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    fs::create_dir_all(sandbox.folder().join("texts/da")).unwrap();
    sandbox.write(&format!("texts/da/{file}"), text);
    sandbox.write("spor.toml", "[letters]\ntemplates = \"texts\"\n");
    sandbox
}

/// What a check finds: exit 8, one place, and what is said of it.
fn found(file: &str, text: &str) -> (u64, String) {
    let sandbox = with_text(file, text);
    let output = sandbox.run(&["letters", "check", "-o", "json"]);
    assert_eq!(output.status.code(), Some(8), "{}", String::from_utf8_lossy(&output.stderr));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let faults = found["faults"].as_array().unwrap();
    assert_eq!(faults.len(), 1, "{found}");
    assert_eq!((&faults[0]["language"], &faults[0]["file"]), (&"da".into(), &file.into()));
    assert!(!faults[0]["try"].as_str().unwrap().is_empty(), "{found}");
    let line = faults[0]["line"].as_u64().unwrap_or_default();
    (line, faults[0]["message"].as_str().unwrap().to_owned())
}

#[test]
fn a_text_with_an_unknown_variable_is_named_with_its_line() {
    let (line, what) = found("follow_up.txt", &OWN.replace("WORDS", "{{ name }}"));
    assert!(line == 3 && what.contains("docs/letters.md"), "{line}: {what}");
}

#[test]
fn a_text_that_loops_for_ever_is_stopped_and_named() {
    let endless = "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}";
    let (line, what) = found("follow_up.txt", &OWN.replace("WORDS", endless));
    assert!(line == 3 && what.contains("does a loop end?"), "{line}: {what}");
}

#[test]
fn a_text_that_writes_ten_megabytes_is_stopped_and_named() {
    let many = format!("{{% for a in range(10000) %}}{}{{% endfor %}}", "x".repeat(1024));
    let (_, what) = found("follow_up.txt", &OWN.replace("WORDS", &many));
    assert!(what.contains("more than"), "{what}");
    let (_, what) = found("follow_up.txt", &"x".repeat(10 << 20));
    assert!(what.contains("longer than 32768 bytes"), "{what}");
}

#[test]
fn a_file_that_is_no_text_or_has_no_place_is_named() {
    let (_, what) = found("follow-up.txt", OWN);
    assert!(what.contains("no text has this name"), "{what}");
    let (line, _) = found("handover.txt", "{% block subject %}\n{{ due }");
    assert_eq!(line, 2);
    let (_, what) = found("page.html", "<html>{{ subject }}{{ nobody }}</html>");
    assert!(what.contains("docs/letters.md"), "{what}");
}

#[test]
fn a_frame_that_fails_is_told_of_and_letters_are_shown_in_ours() {
    let sandbox = with_text("digest.txt", "{{ nobody }}");
    let output = sandbox.run(&["letters", "preview"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stderr).contains("da/digest.txt"));
    assert!(String::from_utf8_lossy(&output.stdout).contains("6 påmindelser i 3 sager"));
}

#[test]
fn a_folder_that_is_not_there_and_a_link_that_is_none_are_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("spor.toml", "[letters]\ntemplates = \"gone\"\n");
    for command in [&["letters", "check"][..], &["scheduler", "tick"]] {
        let output = sandbox.run(&[command, &["-o", "json"]].concat());
        Refused::read(&output).with(2, "letter_texts_missing").naming("gone");
    }
    sandbox.write("spor.toml", "[letters]\nlink = \"javascript:alert(1)\"\n");
    let output = sandbox.run(&["scheduler", "tick", "-o", "json"]);
    Refused::read(&output).with(2, "letter_link").naming("https://");
}

#[test]
fn a_rule_or_a_person_that_is_not_there_is_named() {
    let sandbox = sandbox();
    let preview = |more: &[&str]| refused(&sandbox, &[&["letters", "preview"], more].concat());
    preview(&["--rule", "R99"]).with(4, "rule_not_found").naming("R99");
    preview(&["--person", "M-99"]).with(4, "person_not_found").naming("M-99");
    preview(&["--rule", "R01", "--role", "piccolo"]).with(2, "usage").naming("caseworker");
}

#[test]
fn an_address_with_line_breaks_is_refused_at_the_door() {
    let sandbox = sandbox();
    let email = "email=asta@kommune.example\r\nBcc: alle@kommune.example";
    refused(
        &sandbox,
        &["record", "staff-registered", "--person", "M-09", "name=Asta", "roles=mentor", email],
    )
    .with(2, "control_character");
}
