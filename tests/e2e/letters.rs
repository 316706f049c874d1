//! Letters from the real binary to real server processes, over STARTTLS with AUTH; killed in the
//! middle with SIGKILL.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use spor_tests::binary::{Sandbox, beside, wait_until};
use spor_tests::smtp::program::Program;
use spor_tests::smtp::{Letter, certificates, letters_in};

const ACCOUNT: &str = "spor";
const PASSWORD: &str = "hemmelig-7";
/// The morning of the working day on which the notice of the one case goes out.
const MORNING: &str = "2025-02-24T06:45:00+01:00";
/// More than ten minutes later: a letter in doubt is due again.
const LATER: &str = "2025-02-24T07:05:00+01:00";

const JOURNAL: &str = r#"
{"date":"2025-01-02","type":"StaffRegistered","person":"M-01","name":"Asta Eksempel","email":"asta@kommune.example","roles":["mentor"],"administration":"employment","employment":"permanent"}
{"date":"2025-01-02","type":"StaffRegistered","person":"SB-01","name":"Bo Eksempel","email":"bo@kommune.example","roles":["caseworker"],"administration":"employment","employment":"permanent"}
{"date":"2025-01-13","type":"CaseOpened","case":"SPOR-2025-0001","administration":"employment","municipality":"A","mentor":"M-01","caseworker":"SB-01","birth_date":"2004-01-09","name":"Kastanje Frugtbar"}
{"date":"2025-01-13","type":"SupportGranted","case":"SPOR-2025-0001","track":"T1","basis":"SEL-85","weekly_hours":3,"budget":"social","person":"M-01"}
{"date":"2025-01-13","type":"CaseOpened","case":"SPOR-2025-0002","administration":"employment","municipality":"A","mentor":"M-01","caseworker":"SB-01","birth_date":"2005-02-03","name":"Pære Frugtbar"}
"#;

fn sandbox(port: u16, ca_file: &Path) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("password", PASSWORD);
    sandbox.write(
        "spor.toml",
        &format!(
            "[mail]\nhost = \"localhost\"\nport = {port}\nusername = \"{ACCOUNT}\"\n\
             password_file = \"password\"\nca_file = \"{}\"\nfrom = \"spor@kommune.example\"\n\
             hello = \"spor.kommune.example\"\n",
            ca_file.display()
        ),
    );
    sandbox.write("journal", JOURNAL);
    sandbox.must(&["import", "journal"]);
    sandbox
}

/// aiosmtpd, a server that others wrote.
struct WellKnown {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl WellKnown {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = certificates::make();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        file("ca.pem", &made.ca_pem);
        let certificate = file("certificate.pem", &made.certificate_pem);
        let key = file("key.pem", &made.key_pem);
        let letters = folder.path().join("letters");
        let python = std::env::var_os("SPOR_TEST_PYTHON").unwrap_or_else(|| "python3".into());
        let mut child = Command::new(python)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("python/smtp_server.py"))
            .args(["--user", ACCOUNT, "--password", PASSWORD])
            .args([Path::new("--folder"), &letters, Path::new("--certificate"), &certificate])
            .args([Path::new("--key"), &key])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim_end().strip_prefix("ready ").and_then(|port| port.parse().ok());
        let port = port.expect("this Python has aiosmtpd: run tests/run");
        Self { child, folder, port }
    }

    fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    fn letters(&self) -> Vec<Letter> {
        letters_in(&self.folder.path().join("letters")).unwrap()
    }
}

impl Drop for WellKnown {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn text(letter: &Letter) -> String {
    String::from_utf8(letter.bytes.clone()).unwrap()
}

#[test]
fn everybody_gets_one_letter_without_names_from_the_running_service() {
    let server = WellKnown::start();
    let sandbox = sandbox(server.port, &server.ca_file());
    let mut service = sandbox.start(&["run", "--clock", MORNING]);
    wait_until("two letters", || server.letters().len() == 2);
    wait_until("both are settled", || {
        let outbox = sandbox.json(&["reminders", "outbox"]);
        outbox.as_array().unwrap().iter().filter(|letter| letter["state"] == "sent").count() == 2
    });
    Command::new("kill").arg(service.id().to_string()).status().unwrap();
    assert!(service.wait().unwrap().success(), "SIGTERM ends the service gracefully");

    let letters = server.letters();
    let to: BTreeSet<&str> =
        letters.iter().flat_map(|letter| &letter.to).map(String::as_str).collect();
    assert_eq!(to, BTreeSet::from(["asta@kommune.example", "bo@kommune.example"]));
    for letter in &letters {
        assert_eq!(letter.account.as_deref(), Some(ACCOUNT), "the relay saw a login");
        let text = text(letter);
        assert!(text.contains("SPOR-2025-0001") && text.contains("SPOR-2025-0002"), "one digest");
        for name in ["Kastanje", "Frugtbar", "Asta", "2004", "09-01"] {
            assert!(!text.contains(name), "{name} stands in a letter");
        }
    }
    sandbox.must(&["scheduler", "tick", "--at", LATER]);
    assert_eq!(server.letters().len(), 2, "nobody is written to twice");
    let sent = sandbox.json(&["query", "reminders", "--where", "state=composed and rule=R01"]);
    assert_eq!(sent.as_array().unwrap().len(), 4, "two cases to two people: {sent}");
    sandbox.must(&["audit", "verify"]);
}

#[test]
fn a_service_killed_after_the_relay_took_the_letter_sends_the_same_bytes_once_more() {
    let folder = tempfile::tempdir().unwrap();
    let account = format!("{ACCOUNT}:{PASSWORD}");
    let arguments = ["--account", account.as_str(), "--script", "answer:stall*1"];
    let mut relay = Program::start(&beside("smtp_sink"), folder.path(), &arguments).unwrap();
    let sandbox = sandbox(relay.port, &relay.ca_file);

    let mut service = sandbox.start(&["run", "--clock", MORNING]);
    wait_until("the relay has a letter whose answer never came back", || {
        !relay.letters().unwrap().is_empty()
    });
    service.kill().unwrap();
    service.wait().unwrap();
    let before = relay.letters().unwrap();
    relay.script("clear").unwrap();

    // The lease of the dead worker runs out on the database's clock; then the doubt on the other.
    let mut service = sandbox.start(&["run", "--clock", MORNING]);
    wait_until("the letter is in doubt", || {
        let outbox = sandbox.json(&["reminders", "outbox"]);
        outbox
            .as_array()
            .unwrap()
            .iter()
            // One that was only leased is left alone for a minute.
            .all(|letter| ["in_doubt", "sent", "ready"].iter().any(|is| letter["state"] == *is))
    });
    service.kill().unwrap();
    service.wait().unwrap();
    sandbox.must(&["scheduler", "tick", "--at", LATER]);
    sandbox.must(&["scheduler", "tick", "--at", LATER]);

    let letters = relay.letters().unwrap();
    for killed in &before {
        let copies: Vec<&Letter> =
            letters.iter().filter(|letter| letter.message_id == killed.message_id).collect();
        assert!(copies.len() <= 2, "at most once more");
        assert!(copies.iter().all(|copy| copy.bytes == killed.bytes), "the same bytes");
    }
    let people: BTreeSet<&String> = letters.iter().flat_map(|letter| &letter.to).collect();
    assert_eq!(people.len(), 2, "nobody is forgotten");
    let ids: BTreeSet<&String> = letters.iter().map(|letter| &letter.message_id).collect();
    assert_eq!(ids.len(), 2, "one letter a person, however many copies");
    let outbox = sandbox.json(&["reminders", "outbox"]);
    let states: BTreeSet<&str> =
        outbox.as_array().unwrap().iter().filter_map(|letter| letter["state"].as_str()).collect();
    assert_eq!(states, BTreeSet::from(["sent"]));
    sandbox.must(&["audit", "verify"]);
}

#[test]
fn a_dead_letter_is_named_by_doctor_and_goes_out_again_or_is_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let account = format!("{ACCOUNT}:{PASSWORD}");
    let (mail, address) =
        ("answer[asta@kommune.example]:554*1", "recipient[bo@kommune.example]:550*1");
    let arguments = ["--account", account.as_str(), "--script", mail, "--script", address];
    let relay = Program::start(&beside("smtp_sink"), folder.path(), &arguments).unwrap();
    let sandbox = sandbox(relay.port, &relay.ca_file);
    sandbox.must(&["scheduler", "tick", "--at", MORNING]);
    let dead = sandbox.json(&["reminders", "outbox", "--state", "dead"]);
    let id = |person: &str| {
        let found = dead.as_array().unwrap().iter().find(|letter| letter["recipient"] == person);
        found.expect("it was given up")["id"].as_str().unwrap().to_owned()
    };
    let (mentor, caseworker) = (id("M-01"), id("SB-01"));
    let doctor = |check: &str| {
        let output = sandbox.run(&["doctor", "-o", "json"]);
        let rows: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let row =
            rows.as_array().unwrap().iter().find(|row| row["check"] == check).unwrap().clone();
        (row["state"].as_str().unwrap().to_owned(), row["found"].as_str().unwrap().to_owned())
    };
    let (state, found) = doctor("letters");
    assert!(state == "red" && found.contains(&mentor) && found.contains("554"), "{found}");
    let (state, found) = doctor("addresses");
    assert!(state == "red" && found.contains("SB-01") && !found.contains("M-01"), "{found}");
    assert_eq!(doctor("relay").0, "ok");

    sandbox.must(&["reminders", "retry", &mentor]);
    sandbox.must(&["scheduler", "tick", "--at", LATER]);
    let sent = sandbox.json(&["reminders", "outbox", "--state", "sent", "--recipient", "M-01"]);
    assert_eq!(sent[0]["id"], mentor.as_str());
    sandbox.must(&["reminders", "cancel", &caseworker]);
    assert_eq!(doctor("letters").0, "ok");
    let again = sandbox.run(&["reminders", "cancel", &mentor]);
    assert_eq!(again.status.code(), Some(4), "what was sent is not let go of");
}
