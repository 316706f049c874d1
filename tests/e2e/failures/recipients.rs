//! People whose address is no address: whoever leads is told, and the other letters go on.

use serde_json::Value;

use super::{CASEWORKER, House, JOURNAL, LEAD, MORNING};

/// The mentor has this for an address; her letter goes to the lead.
#[track_caller]
fn reaches_nobody(email: &str) {
    let house = House::new(&[]);
    let other = house.sandbox.folder().join("other");
    std::fs::create_dir(&other).unwrap();
    let sandbox = spor_tests::binary::Sandbox::new();
    let configuration = house.sandbox.folder().join("spor.toml");
    std::fs::copy(configuration, sandbox.folder().join("spor.toml")).unwrap();
    let email = Value::from(email).to_string();
    sandbox.write("journal", &JOURNAL.replace("\"MENTOR\"", &email));
    sandbox.must(&["import", "journal"]);
    let ticked = sandbox.json(&["scheduler", "tick", "--at", MORNING]);
    assert_eq!((&ticked["sent"], &ticked["suppressed"]), (&2.into(), &1.into()), "{ticked}");
    house.has_arrived(CASEWORKER, 1);
    house.has_arrived(LEAD, 1);
    assert_eq!(house.relay.letters().unwrap().len(), 2, "and nobody else");
    for letter in house.relay.letters().unwrap() {
        let text = String::from_utf8_lossy(&letter.bytes).into_owned();
        assert!(!text.contains("Bcc:") && !text.contains("attacker"), "{text}");
    }
    let explained = sandbox.json(&["reminders", "explain", "SPOR-2025-0001", "R01"]);
    assert!(explained.to_string().contains("recipient_unknown"), "{explained}");
}

#[test]
fn an_address_with_line_breaks_writes_no_header_and_no_command() {
    reaches_nobody("asta@kommune.example\r\nBcc: attacker@elsewhere.example");
    reaches_nobody("asta@kommune.example>\r\nRCPT TO:<attacker@elsewhere.example");
}

#[test]
fn an_address_without_an_at_sign_reaches_nobody_and_the_lead_hears_of_it() {
    reaches_nobody("asta.kommune.example");
}

#[test]
fn an_address_with_a_name_that_cannot_be_quoted_reaches_nobody_and_the_lead_hears_of_it() {
    reaches_nobody("\"Asta \\\"<\u{202e}\" <asta@kommune.example>");
    reaches_nobody("ås ta@kommune.example");
}
