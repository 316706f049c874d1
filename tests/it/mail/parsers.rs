//! Every letter as two programs of others read it: mail-parser, and Python's email package.

use std::{fs, path::Path, process::Command};

use serde_json::Value;
use spor_mail::reading;

use super::every_letter;

#[test]
fn two_parsers_read_every_letter_alike_and_find_nothing_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let letters = every_letter();
    for (at, (_, _, bytes)) in letters.iter().enumerate() {
        fs::write(folder.path().join(format!("{at:04}.eml")), bytes).unwrap();
    }
    let python = std::env::var_os("SPOR_TEST_PYTHON").unwrap_or_else(|| "python3".into());
    let output = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("python/read_letters.py"))
        .arg(folder.path())
        .output()
        .expect("python3 is installed");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let lines = String::from_utf8(output.stdout).unwrap();
    let found: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(found.len(), letters.len());
    let lf = |value: &Value| value.as_str().unwrap().replace("\r\n", "\n");
    for ((name, language, bytes), found) in letters.iter().zip(found) {
        let name = format!("{name} {}", language.code());
        let read = reading::read(bytes).unwrap();
        assert_eq!(found["defects"], Value::Array(Vec::new()), "{name}");
        assert_eq!(found["subject"], read.subject, "{name}");
        assert_eq!(
            (&found["from"], &found["display"]),
            (&"spor@kommune.example".into(), &"".into())
        );
        assert_eq!(found["date"], "2026-11-16T05:30:00+00:00", "{name}");
        assert_eq!(lf(&found["text"]), read.text, "{name}");
        assert_eq!(lf(&found["html"]), read.html, "{name}");
        let calendars: Vec<String> =
            found["calendars"].as_array().unwrap().iter().map(lf).collect();
        let ours: Vec<String> =
            read.calendars.iter().map(|calendar| calendar.replace("\r\n", "\n")).collect();
        assert_eq!(calendars, ours, "{name}");
        let kinds: Vec<&str> =
            found["kinds"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(kinds[..2], ["text/plain", "text/html"], "{name}");
        assert!(kinds[2..].iter().all(|kind| *kind == "text/calendar"), "{name}");
        for method in &found["methods"].as_array().unwrap()[2..] {
            assert_eq!(method, "PUBLISH", "{name}");
        }
    }
}
