//! People whose address is no address: whoever leads is told, and the other letters go on.

use serde_json::Value;

use super::{CASEWORKER, House, JOURNAL, LEAD, MORNING};

/// The mentor has this for an address; her letter goes to the lead.
#[track_caller]
fn reaches_nobody(email: &str) {
    let house = House::new(&[]);
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
fn an_address_with_line_breaks_is_refused_at_the_door_and_writes_no_header_and_no_command() {
    for email in [
        "asta@kommune.example\r\nBcc: attacker@elsewhere.example",
        "asta@kommune.example>\r\nRCPT TO:<attacker@elsewhere.example",
        "asta@kommune.example\u{202e}",
    ] {
        let house = House::new(&[]);
        let sandbox = spor_tests::binary::Sandbox::new();
        std::fs::copy(house.sandbox.folder().join("spor.toml"), sandbox.folder().join("spor.toml"))
            .unwrap();
        let email = Value::from(email).to_string();
        sandbox.write("journal", &JOURNAL.replace("\"MENTOR\"", &email));
        let refused = sandbox.run(&["import", "journal"]);
        let told = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{told}");
        assert!(told.contains("email holds a control character"), "{told}");
        // The rest comes in, and its letters go out.
        sandbox.run(&["import", "journal", "--keep-going"]);
        sandbox.must(&["scheduler", "tick", "--at", MORNING]);
        house.has_arrived(CASEWORKER, 1);
        for letter in house.relay.letters().unwrap() {
            let text = String::from_utf8_lossy(&letter.bytes).into_owned();
            assert!(!text.contains("Bcc:") && !text.contains("attacker"), "{text}");
            assert!(letter.to == [CASEWORKER] || letter.to == [LEAD], "{:?}", letter.to);
        }
    }
}

#[test]
fn an_address_without_an_at_sign_reaches_nobody_and_the_lead_hears_of_it() {
    reaches_nobody("asta.kommune.example");
}

#[test]
fn an_address_with_a_name_that_cannot_be_quoted_reaches_nobody_and_the_lead_hears_of_it() {
    reaches_nobody("\"Asta \\\"<Eksempel\" <asta@kommune.example>");
    reaches_nobody("ås ta@kommune.example");
}
