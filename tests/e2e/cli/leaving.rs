//! Leaving is as easy as entering; the daily entries take few words.

use std::fs;

use super::sandbox;
use spor_tests::binary::Sandbox;

#[test]
fn what_is_exported_gives_the_same_cases_elsewhere() {
    let here = sandbox();
    here.must(&["export", "journal", "--file", "out.ndjson"]);
    let journal = fs::read_to_string(here.folder().join("out.ndjson")).unwrap();
    let there = Sandbox::new();
    there.write("in.ndjson", &journal);
    there.must(&["import", "in.ndjson"]);
    for case in ["SPOR-2025-0001", "SPOR-2025-0002"] {
        for known_at in ["2025-02-09", "2025-02-10", "2025-03-10"] {
            let asked = ["case", "show", case, "--as-of", "2025-02-09", "--known-at", known_at];
            assert_eq!(here.json(&asked), there.json(&asked), "{case} known at {known_at}");
        }
        let reminders = ["reminders", "list", "--case", case, "--as-of", "2025-03-10"];
        let open = |sandbox: &Sandbox| sandbox.json(&reminders);
        assert_eq!(open(&here), open(&there));
    }
    there.must(&["export", "journal", "--file", "out.ndjson"]);
    let again = fs::read_to_string(there.folder().join("out.ndjson")).unwrap();
    assert_eq!(again, journal, "the journal of the copy is the same journal");
}

#[test]
fn an_export_to_stdout_is_the_file() {
    let sandbox = sandbox();
    sandbox.must(&["export", "journal", "--file", "out.ndjson"]);
    let file = fs::read_to_string(sandbox.folder().join("out.ndjson")).unwrap();
    assert_eq!(sandbox.must(&["export", "journal"]), file);
    for word in ["at school at eight", "Kastanje", "typing error", "decided by the board"] {
        assert!(file.contains(word), "{word} is not exported");
    }
}

#[test]
fn a_session_is_logged_in_few_words() {
    let sandbox = sandbox();
    for (length, minutes) in [("60m", 60), ("1h30m", 90), ("2h", 120), ("45", 45)] {
        let written = sandbox.json(&["session", "SPOR-2025-0001", length, "--by", "M-01"]);
        assert_eq!(written["type"], "SessionHeld");
        let position = written["position"].as_i64().unwrap();
        let sessions = sandbox.json(&["query", "sessions", "--sort", "-on", "--limit", "20"]);
        let is_there = sessions.as_array().unwrap().iter().any(|row| row["minutes"] == minutes);
        assert!(is_there, "{length} at {position}: {sessions}");
    }
    let wrong = sandbox.run(&["session", "SPOR-2025-0001", "long", "--by", "M-01"]);
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn a_follow_up_is_recorded_in_few_words() {
    let sandbox = sandbox();
    let asked = ["follow-up", "SPOR-2025-0001", "--with", "caseworker,mentor,youth"];
    sandbox.must(&[&asked[..], &["--outcome", "adjust", "--date", "2025-03-10"]].concat());
    let case = sandbox.json(&["case", "show", "SPOR-2025-0001", "--as-of", "2025-03-10"]);
    assert_eq!(case["follow_up"]["last"], "2025-03-10");
    let declined = ["follow-up", "SPOR-2025-0001", "--with", "caseworker,mentor"];
    sandbox
        .must(&[&declined[..], &["--youth-absence", "declined", "--date", "2025-03-20"]].concat());
    let case = sandbox.json(&["case", "show", "SPOR-2025-0001", "--as-of", "2025-03-20"]);
    assert_eq!(case["flags"], serde_json::json!(["youth_declined"]));
}

#[test]
fn an_entry_is_recorded_by_words_or_by_json_alike() {
    let sandbox = sandbox();
    let words = ["record", "goal-set", "--case", "SPOR-2025-0001", "--date", "2025-03-10"];
    let by_words = sandbox.json(&[&words[..], &["goal=G1", "domain=work", "text=a job"]].concat());
    assert_eq!(by_words["outcome"], "accepted");
    let json = r#"{"date":"2025-03-10","type":"GoalSet","case":"SPOR-2025-0001","goal":"G2","domain":"work"}"#;
    assert_eq!(sandbox.json(&["record", "--json", json])["outcome"], "accepted");
    let pascal = ["record", "GoalRevised", "--case", "SPOR-2025-0001", "--date", "2025-03-11"];
    assert_eq!(sandbox.json(&[&pascal[..], &["goal=G2"]].concat())["outcome"], "accepted");
}

#[test]
fn who_acts_and_why_stands_in_the_history() {
    let sandbox = sandbox();
    let asked = ["session", "SPOR-2025-0001", "30m", "--by", "M-01", "--as", "M-01"];
    sandbox
        .must(&[&asked[..], &["--reason", "told on the phone", "--date", "2025-03-10"]].concat());
    let timeline = sandbox.json(&["case", "timeline", "SPOR-2025-0001"]);
    let last = timeline.as_array().unwrap().last().unwrap();
    assert!(last["actor"].as_str().unwrap().contains("M-01"), "{last}");
    assert_eq!(last["reason"], "told on the phone");
}

#[test]
fn every_table_leaves_as_a_file_a_spreadsheet_opens_and_none_is_overwritten() {
    let sandbox = sandbox();
    let export = ["export", "tables", "tabeller", "--csv-dialect", "da"];
    sandbox.must(&[&export[..], &["--as-of", "2025-03-10"]].concat());
    let folder = sandbox.folder().join("tabeller");
    for row in sandbox.json(&["query"]).as_array().unwrap() {
        let name = row["table"].as_str().unwrap();
        let file = std::fs::read_to_string(folder.join(format!("{name}.csv"))).unwrap();
        assert!(file.starts_with('\u{feff}'), "{name} says that it is UTF-8");
    }
    let cases = std::fs::read_to_string(folder.join("cases.csv")).unwrap();
    assert!(cases.contains("SPOR-2025-0001;open;"), "{cases}");
    assert_eq!(sandbox.run(&export).status.code(), Some(2), "a file that is there stays");
    assert_eq!(std::fs::read_to_string(folder.join("cases.csv")).unwrap(), cases);
}
