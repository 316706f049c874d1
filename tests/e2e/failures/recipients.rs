//! People whose address is no address: whoever leads is told, and the other letters go on.

use serde_json::{Value, json};

use super::{CASEWORKER, House, JOURNAL, LEAD, MENTOR, MORNING, NOON};

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

#[test]
fn an_address_that_was_refused_in_error_is_released_by_a_person() {
    let house = House::new(&["recipient[asta@kommune.example]:550*1"]);
    assert_eq!(house.tick(MORNING)["dead"], 1);
    let addresses = || {
        let output = house.sandbox.run(&["doctor", "-o", "json"]);
        let lines: Value = serde_json::from_slice(&output.stdout).unwrap();
        let lines = lines.as_array().unwrap().iter();
        lines.clone().find(|line| line["check"] == "addresses").unwrap().clone()
    };
    let red = addresses();
    assert!(red["state"] == "red" && red["found"].as_str().unwrap().contains("M-01"), "{red}");
    assert!(red["try"].as_str().unwrap().contains("spor reminders release-address ADDRESS"));

    let release = ["--as", "L-01", "reminders", "release-address", MENTOR];
    let tried = house.sandbox.json(&[&release[..], &["--dry-run"]].concat());
    assert_eq!((&tried["outcome"], &tried["dry_run"]), (&json!("would_release"), &json!(true)));
    assert_eq!(addresses()["state"], "red", "it was only tried");
    let released = house.sandbox.json(&release);
    assert_eq!(released["outcome"], "released");
    assert!(released["refused_as"].as_str().unwrap().contains("550"), "{released}");
    assert_eq!(house.sandbox.json(&release)["outcome"], "unchanged", "a repeat changes nothing");
    assert_eq!(addresses()["state"], "ok");

    let letter = house.outbox()["M-01"]["id"].as_str().unwrap().to_owned();
    house.sandbox.must(&["reminders", "retry", &letter]);
    house.tick(NOON);
    house.has_arrived(MENTOR, 1);
    let proof = house.sandbox.json(&["reminders", "proof", &letter]);
    let told = proof["attempts"].as_array().unwrap().iter();
    let noted = told.filter(|noted| noted["text"] == "the address was released by L-01");
    assert_eq!(noted.count(), 1, "{proof}");

    for (address, exit, code) in
        [("nobody@kommune.example", 4, "address_not_found"), ("no address", 2, "usage")]
    {
        let output = house.sandbox.run(&["reminders", "release-address", address, "-o", "json"]);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(exit), "{told}");
        assert!(told.contains(&format!("\"code\":\"{code}\"")), "{told}");
    }
}
