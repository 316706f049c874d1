//! Whatever the service tells, it tells nothing of anybody.

use spor_tests::binary::{Sandbox, wait_until};
use spor_tests::watched::Watched;

use super::{JOURNAL, MORNING, relay, set_up};

/// Whatever could lead to a person, in the forms in which it could slip out.
fn canaries() -> Vec<String> {
    let mut found = vec!["hemmelig-7".to_owned()];
    for line in JOURNAL.lines().filter(|line| !line.is_empty()) {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        for field in ["name", "email", "birth_date"] {
            let Some(text) = entry[field].as_str() else { continue };
            found.push(text.to_owned());
            let words = text.split([' ', '@', '.', '-']).filter(|word| word.len() > 4);
            found.extend(words.map(str::to_owned));
        }
    }
    found.retain(|word| !["kommune", "example"].contains(&word.as_str()));
    assert!(found.len() > 15, "{found:?}");
    found
}

#[test]
fn neither_logs_nor_answers_hold_anything_of_anybody() {
    // The relay repeats what it hears, refuses one person for ever and another for now.
    let script = [
        "recipient[kanarius.raadgiver@kommune.example]:550",
        "answer[kanarine.leder@kommune.example]:451*1",
    ];
    for format in ["json", "text"] {
        let folder = tempfile::tempdir().unwrap();
        let mut relay = relay(folder.path(), &script);
        let sandbox = set_up(Sandbox::new(), relay.port, &relay.ca_file);
        let settings = std::fs::read_to_string(sandbox.folder().join("spor.toml")).unwrap();
        let logging = format!("{settings}[log]\nlevel = \"debug\"\nformat = \"{format}\"\n");
        sandbox.write("spor.toml", &logging);
        // A letter that cannot go out because nobody is known by that name any more.
        sandbox.write("more", r#"{"date":"2025-01-14","type":"MentorAssigned","case":"SPOR-2025-0002","person":"M-99","role":"mentor"}"#);
        sandbox.must(&["import", "more"]);
        let service = Watched::start(&sandbox, &["--clock", MORNING]);
        wait_until("everybody was tried", || {
            let outbox = sandbox.json(&["reminders", "outbox"]);
            let letters = outbox.as_array().unwrap();
            letters.len() == 3 && letters.iter().all(|letter| letter["attempts"] != 0)
        });
        relay.script("auth:535").unwrap();
        let mut told = String::new();
        for path in ["/livez", "/readyz", "/metrics", "/Zebulina"] {
            let answer = service.get(path);
            told.push_str(&answer.head);
            told.push_str(&answer.body);
        }
        service.signal("TERM");
        let (status, log) = service.end();
        assert!(status.success(), "{log}");
        told.push_str(&log);
        assert!(log.contains("a letter moved") && log.contains("a round is done"), "{log}");
        assert!(log.contains("a reminder reaches nobody"), "the log tells of trouble: {log}");
        if format == "json" {
            let lines = log.lines().filter(|line| line.starts_with('{'));
            let read = lines.map(serde_json::from_str::<serde_json::Value>);
            assert!(read.filter_map(Result::ok).count() > 3, "{log}");
        }
        let told = told.to_lowercase();
        for canary in canaries() {
            assert!(!told.contains(&canary.to_lowercase()), "{canary} in {told}");
        }
    }
}
