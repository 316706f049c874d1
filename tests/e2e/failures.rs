//! The failure table's rows about the relay: the scripted relay as a process of its own, and the
//! real binary. Each row says what the outbox tells, that other letters go on, and what arrives.

mod bounces;
mod login;
mod recipients;
mod relay;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use spor_tests::binary::{Sandbox, beside};
use spor_tests::smtp::Letter;
use spor_tests::smtp::program::Program;

/// The Monday morning on which the follow-up is announced, and hours later.
const MORNING: &str = "2025-02-17T06:45:00+01:00";
const NOON: &str = "2025-02-17T12:00:00+01:00";
const NEXT_DAY: &str = "2025-02-18T06:45:00+01:00";

const MENTOR: &str = "asta@kommune.example";
const CASEWORKER: &str = "bo@kommune.example";
const LEAD: &str = "lis@kommune.example";

/// Three people, one case, and what keeps the rules quiet that are not about meetings.
const JOURNAL: &str = r#"{"date":"2025-01-02","type":"StaffRegistered","person":"M-01","name":"Asta Eksempel","email":"MENTOR","roles":["mentor"],"administration":"employment","employment":"permanent"}
{"date":"2025-01-02","type":"StaffRegistered","person":"SB-01","name":"Bo Eksempel","email":"bo@kommune.example","roles":["caseworker"],"administration":"employment","employment":"permanent"}
{"date":"2025-01-02","type":"StaffRegistered","person":"L-01","name":"Lis Eksempel","email":"lis@kommune.example","roles":["professional_lead"],"administration":"employment","employment":"permanent"}
{"date":"2025-01-13","type":"CaseOpened","case":"SPOR-2025-0001","administration":"employment","municipality":"A","mentor":"M-01","caseworker":"SB-01","birth_date":"2004-01-09","id":"o1"}
{"date":"2025-01-13","type":"SupportGranted","case":"SPOR-2025-0001","track":"T1","basis":"SEL-85","weekly_hours":3,"budget":"social"}
{"date":"2025-01-13","type":"SupportPaused","case":"SPOR-2025-0001","reason":"rest"}
{"date":"2025-01-13","type":"MethodChosen","case":"SPOR-2025-0001","method":"none","reason":"so it is wished"}
{"date":"2025-01-13","type":"NetworkMapped","case":"SPOR-2025-0001","kind":"genogram","persons":3,"support_described":true}
"#;

/// A municipality, its relay, and a letter for each of two people.
struct House {
    sandbox: Sandbox,
    relay: Program,
    _letters: tempfile::TempDir,
}

impl House {
    /// A house whose relay follows a script.
    fn new(script: &[&str]) -> Self {
        let rules: Vec<&str> = script.iter().flat_map(|rule| ["--script", *rule]).collect();
        Self::with(&[&["--open"], &rules[..]].concat(), "")
    }

    /// A house whose relay is started like this, with more lines in the section [mail].
    fn with(arguments: &[&str], mail: &str) -> Self {
        let letters = tempfile::tempdir().unwrap();
        let relay = Program::start(&beside("smtp_sink"), letters.path(), arguments).unwrap();
        let sandbox = Sandbox::new();
        sandbox.write("spor.toml", &configuration(&relay.ca_file, relay.port, mail));
        sandbox.write("journal", &JOURNAL.replace("MENTOR", MENTOR));
        sandbox.must(&["import", "journal"]);
        Self { sandbox, relay, _letters: letters }
    }

    fn tick(&self, at: &str) -> Value {
        self.sandbox.json(&["scheduler", "tick", "--at", at])
    }

    /// Each letter of the outbox by its person.
    fn outbox(&self) -> BTreeMap<String, Value> {
        let outbox = self.sandbox.json(&["reminders", "outbox"]);
        let letters = outbox.as_array().expect("a list").iter();
        letters
            .map(|letter| (letter["recipient"].as_str().unwrap().to_owned(), letter.clone()))
            .collect()
    }

    /// `state attempts code` of a person's letter.
    #[track_caller]
    fn stands(&self, person: &str, expected: &str) {
        let outbox = self.outbox();
        let letter = &outbox[person];
        let found = format!(
            "{} {} {}",
            letter["state"].as_str().unwrap(),
            letter["attempts"],
            letter["smtp_code"]
        );
        assert_eq!(found, expected, "{person}: {letter}");
    }

    /// What came to an address.
    fn arrived(&self, address: &str) -> Vec<Letter> {
        let letters = self.relay.letters().unwrap().into_iter();
        letters.filter(|letter| letter.to == [address]).collect()
    }

    /// So many copies came to an address, all of them the same letter.
    #[track_caller]
    fn has_arrived(&self, address: &str, copies: usize) {
        let arrived = self.arrived(address);
        assert_eq!(arrived.len(), copies, "{address}: {:?}", self.outbox());
        for copy in &arrived {
            assert!(copy.bytes == arrived[0].bytes, "the copies differ");
            assert_eq!(copy.message_id, arrived[0].message_id);
        }
    }

    /// Both rounds that it takes to end a doubt, and one more that changes nothing.
    #[track_caller]
    fn recover(&self) {
        self.tick(NOON);
        self.tick(NOON);
        let before = self.relay.letters().unwrap().len();
        self.tick(NOON);
        assert_eq!(self.relay.letters().unwrap().len(), before, "nobody is written to again");
        self.sandbox.must(&["audit", "verify"]);
    }
}

fn configuration(ca_file: &Path, port: u16, mail: &str) -> String {
    format!(
        "[mail]\nhost = \"localhost\"\nport = {port}\nca_file = \"{}\"\n\
         from = \"spor@kommune.example\"\nhello = \"spor.kommune.example\"\n\
         timeout_seconds = 3\n{mail}",
        ca_file.display()
    )
}

/// The reason why nothing can be handed in, as the round tells it.
#[track_caller]
fn fault(ticked: &Value) -> &str {
    ticked["relay_fault"].as_str().unwrap_or_else(|| panic!("no fault: {ticked}"))
}
