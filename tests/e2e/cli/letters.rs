//! Letters that are shown: about nobody, or as they would go out.

use super::sandbox;
use spor_tests::binary::Sandbox;

const SLOT: &str = "2025-02-24T06:45:00+01:00";

#[test]
fn every_letter_of_the_program_passes_its_check() {
    let sandbox = Sandbox::empty();
    let checked = sandbox.json(&["letters", "check"]);
    assert_eq!(checked["faults"], serde_json::json!([]));
    assert!(checked["letters"].as_u64().unwrap() > 5_000, "{checked}");
}

#[test]
fn a_preview_needs_no_store_and_comes_in_every_form() {
    let sandbox = Sandbox::empty();
    let preview = |more: &[&str]| sandbox.must(&[&["letters", "preview"], more].concat());
    let overdue = preview(&["--rule", "R01", "--level", "overdue", "--lang", "da"]);
    assert!(overdue.starts_with("Opfølgning senest 15.11.2026"), "{overdue}");
    assert!(overdue.contains("1 dag over fristen"), "{overdue}");
    let english = preview(&["--rule", "follow_up", "--lang", "en"]);
    assert!(english.contains("is to be held by 21 November 2026"), "{english}");
    assert!(english.contains("BEGIN:VEVENT"), "{english}");
    assert!(preview(&["--html"]).starts_with("<!doctype html>"));
    let wire = preview(&["--eml", "--rule", "trial"]);
    assert!(wire.starts_with("From: spor@kommune.example\r\n"), "{wire}");
    preview(&["--rule", "checkpoint", "--html", "-f", "page.html"]);
    let page = std::fs::read_to_string(sandbox.folder().join("page.html")).unwrap();
    assert!(page.contains("<h1>"), "{page}");
    let letter = sandbox.json(&["letters", "preview", "--items", "60"]);
    assert!(letter["text"].as_str().unwrap().contains("10 mere"), "{letter}");
    assert_eq!(preview(&["--eml"]), preview(&["--eml"]));
}

#[test]
fn the_letter_of_a_person_is_shown_and_nothing_is_sent_or_recorded() {
    let sandbox = sandbox();
    let before = sandbox.json(&["store", "status"])["position"].clone();
    let shown = sandbox.must(&["letters", "preview", "--person", "M-01", "--at", SLOT]);
    assert!(shown.contains("SPOR-2025-0001"), "{shown}");
    assert!(!shown.contains("Kastanje"), "{shown}");
    assert_eq!(sandbox.json(&["reminders", "outbox"]), serde_json::json!([]));
    assert_eq!(sandbox.json(&["store", "status"])["position"], before);
    sandbox.must(&["scheduler", "tick", "--at", SLOT]);
    let after = sandbox.must(&["letters", "preview", "--person", "M-01", "--at", SLOT]);
    assert!(after.contains("nothing would go out to M-01"), "{after}");
}

#[test]
fn texts_of_ones_own_are_used_where_they_lie() {
    let sandbox = sandbox();
    std::fs::create_dir_all(sandbox.folder().join("texts/da")).unwrap();
    sandbox.write(
        "texts/da/follow_up.txt",
        "{% extends \"item.txt\" %}{% block subject %}Ring{% endblock %}\
         {% block matter %}ring til den unge inden {{ due }}{% endblock %}",
    );
    sandbox.write("spor.toml", "[letters]\ntemplates = \"texts\"\n");
    let shown = sandbox.must(&["letters", "preview", "--rule", "R01"]);
    assert!(shown.contains("ring til den unge inden 21.11.2026"), "{shown}");
    let shown = sandbox.must(&["letters", "preview", "--person", "M-01", "--at", SLOT]);
    assert!(shown.contains("ring til den unge inden"), "{shown}");
    sandbox.must(&["letters", "check"]);
}
