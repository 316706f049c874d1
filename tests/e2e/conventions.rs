//! Random journals, asked of the program and of a calculation that shares no line with it.

use std::path::Path;
use std::process::Command;

use spor_tests::binary::{self, Sandbox};

/// Cases and questions about each; a run by hand may take thousands (docs/conventions.md).
const CASES: &str = "60";
const QUESTIONS: &str = "3";

#[test]
fn random_journals_are_decided_and_answered_as_an_independent_calculation_does() {
    for seed in ["1", "2026"] {
        let sandbox = Sandbox::new();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/random_journals.py");
        let compared = Command::new("python3")
            .arg(script)
            .arg(binary::path())
            .arg(sandbox.folder())
            .args([seed, CASES, QUESTIONS])
            .output()
            .expect("the tests need python3");
        let told = String::from_utf8_lossy(&compared.stdout);
        let wrong = String::from_utf8_lossy(&compared.stderr);
        assert!(compared.status.success(), "seed {seed}: {told}{wrong}");
        assert!(told.trim_end().ends_with("lines agree"), "seed {seed}: {told}");
    }
}
