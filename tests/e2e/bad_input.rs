//! Bad input and bad luck: each gets a clear error with its code and next step; nothing is
//! half-written, nothing is lost.

mod entries;
mod journals;
mod letters;
mod mail;
mod places;
mod proofs;

use std::process::Output;

use serde_json::Value;
use spor_tests::binary::Sandbox;

/// One open case.
const OPENED: &str = r#"{"date":"2025-01-13","type":"CaseOpened","case":"SPOR-2025-0001","administration":"employment","municipality":"A","mentor":"M-01","caseworker":"SB-01","birth_date":"2004-01-09","id":"o1"}
{"date":"2025-01-13","type":"SupportGranted","case":"SPOR-2025-0001","track":"T1","basis":"SEL-85","weekly_hours":3,"budget":"social"}
"#;

/// A sandbox with one open case.
pub(super) fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("opened.ndjson", OPENED);
    sandbox.must(&["import", "opened.ndjson"]);
    sandbox
}

/// The newest position of the log.
pub(super) fn head(sandbox: &Sandbox) -> i64 {
    sandbox.json(&["store", "status"])["position"].as_i64().expect("a position")
}

/// An error as programs read it.
pub(super) struct Refused {
    exit: i32,
    code: String,
    error: Value,
}

impl Refused {
    /// Reads the last line of stderr; every error has its four texts.
    #[track_caller]
    pub(crate) fn read(output: &Output) -> Self {
        let told = String::from_utf8_lossy(&output.stderr);
        let last = told.trim_end().lines().next_back().unwrap_or_default();
        let document: Value = serde_json::from_str(last)
            .unwrap_or_else(|_| panic!("no error in JSON ({}): {told}", output.status));
        let error = document["error"].clone();
        for key in ["code", "message", "because", "try"] {
            let text = error[key].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "{key} is missing: {document}");
        }
        assert!(error.as_object().expect("an object").contains_key("recommendation"));
        let code = error["code"].as_str().unwrap_or_default().to_owned();
        Self { exit: output.status.code().unwrap_or(-1), code, error }
    }

    /// It ends with this exit code and this code.
    #[track_caller]
    pub(crate) fn with(self, exit: i32, code: &str) -> Self {
        assert_eq!((self.exit, self.code.as_str()), (exit, code), "{}", self.error);
        self
    }

    /// Its texts name this.
    #[track_caller]
    pub(crate) fn naming(self, what: &str) -> Self {
        assert!(self.error.to_string().contains(what), "{what} is not named: {}", self.error);
        self
    }
}

/// Runs a command that must be refused and leaves the log as it was.
#[track_caller]
fn refused(sandbox: &Sandbox, arguments: &[&str]) -> Refused {
    let before = head(sandbox);
    let output = sandbox.run(&[arguments, &["-o", "json"]].concat());
    let refused = Refused::read(&output);
    assert!(output.stdout.is_empty(), "an error is no answer");
    assert_eq!(head(sandbox), before, "nothing was half-written");
    refused
}
