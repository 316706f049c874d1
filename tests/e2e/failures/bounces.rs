//! `spor bounces import`: reports of mail servers, from a maildir and from a file.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use spor_tests::report::{Notice, notice};

use super::{CASEWORKER, House, LEAD, MENTOR, MORNING, NEXT_DAY, NOON};

/// A house whose two letters were taken by the relay.
fn sent() -> House {
    let house = House::new(&[]);
    assert_eq!(house.tick(MORNING)["sent"], 2);
    house
}

impl House {
    /// The report about a person's letter, as the relay was asked to write it.
    fn report(&self, person: &str, address: &str, change: impl FnOnce(&mut Notice)) -> String {
        let letter = &self.arrived(address)[0];
        let envelope_id = letter.envelope[0].split("ENVID=").nth(1).expect("a name").to_owned();
        assert_eq!(self.outbox()[person]["id"], envelope_id.as_str(), "by the letter's own id");
        let mut about = Notice {
            envelope_id: Some(envelope_id),
            message_id: Some(letter.message_id.clone()),
            address: address.to_owned(),
            action: "failed",
            status: "5.1.1",
            words: format!("550 5.1.1 <{address}>: User unknown in table"),
        };
        change(&mut about);
        notice(&about)
    }

    fn maildir(&self, messages: &[&str]) -> PathBuf {
        let maildir = self.sandbox.folder().join("Maildir");
        for part in ["new", "cur", "tmp"] {
            fs::create_dir_all(maildir.join(part)).unwrap();
        }
        for (number, message) in messages.iter().enumerate() {
            let part = if number % 2 == 0 { "new" } else { "cur" };
            fs::write(maildir.join(part).join(format!("{number}.a")), message).unwrap();
        }
        fs::write(maildir.join("tmp/half"), "half of a mess").unwrap();
        maildir
    }

    /// Reads a mailbox; gives the exit code and the answer.
    fn import(&self, mailbox: &Path, more: &[&str]) -> (i32, Value) {
        let mailbox = mailbox.to_str().unwrap();
        let arguments = [&["bounces", "import", mailbox, "-o", "json", "--clock", NOON], more];
        let output = self.sandbox.run(&arguments.concat());
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let answer = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{told}"));
        (output.status.code().unwrap(), answer)
    }
}

fn counts(answer: &Value) -> String {
    answer["counts"].to_string()
}

#[test]
fn a_returned_letter_ends_the_address_and_the_lead_hears_of_it() {
    let house = sent();
    let report = house.report("M-01", MENTOR, |_| {});
    let maildir = house.maildir(&[&report]);
    let trial = house.import(&maildir, &["--dry-run"]);
    assert_eq!((trial.0, counts(&trial.1).as_str()), (0, r#"{"address_refused":1}"#));
    house.stands("M-01", "sent 1 250");

    let (exit, answer) = house.import(&maildir, &[]);
    assert_eq!((exit, counts(&answer).as_str()), (0, r#"{"address_refused":1}"#));
    let message = &answer["messages"][0];
    assert_eq!((&message["recipient"], &message["status"]), (&"M-01".into(), &"5.1.1".into()));
    assert_eq!(message["told"], "550 5.1.1 <…> User unknown in table");
    house.stands("M-01", "dead 1 250");
    let words = "report: 5.1.1 failed 550 5.1.1 <…> User unknown in table";
    assert_eq!(house.outbox()["M-01"]["smtp_text"], words);
    let explained = house.sandbox.json(&["reminders", "explain", "SPOR-2025-0001", "R01"]);
    assert!(explained.to_string().contains(words), "{explained}");
    let failed = house.sandbox.json(&["query", "events", "--where", "type=ReminderFailed"]);
    assert_eq!(failed.as_array().unwrap().len(), 1);

    house.tick(NOON);
    house.has_arrived(LEAD, 1);
    house.has_arrived(CASEWORKER, 1);
    house.has_arrived(MENTOR, 1);
    let again = house.import(&maildir, &[]);
    assert_eq!((again.0, counts(&again.1).as_str()), (0, r#"{"known":1}"#));
    house.tick(NEXT_DAY);
    house.has_arrived(LEAD, 1);
    house.sandbox.must(&["audit", "verify"]);
}

#[test]
fn a_file_of_reports_is_read_as_well_and_each_letter_finds_its_own() {
    let house = sent();
    let late = house.report("M-01", MENTOR, |notice| {
        (notice.action, notice.status, notice.envelope_id) = ("delayed", "4.4.1", None);
        "451 4.4.1 no answer from host".clone_into(&mut notice.words);
    });
    let full = house.report("SB-01", CASEWORKER, |notice| {
        notice.status = "5.2.2";
        "552 5.2.2 mailbox full".clone_into(&mut notice.words);
    });
    let mbox = format!(
        "From MAILER-DAEMON Mon Feb 17 07:00:00 2025\n{late}\nFrom asta Mon Feb 17 07:01:00 2025\n\
         Subject: Ferie\n\nJeg er tilbage.\n>From mandag.\n\n\
         From MAILER-DAEMON Mon Feb 17 07:02:00 2025\n{full}\n"
    );
    let mbox = house.sandbox.write("mbox", &mbox);
    let (exit, answer) = house.import(&mbox, &[]);
    assert_eq!((exit, counts(&answer).as_str()), (0, r#"{"dead":1,"delayed":1,"no_report":1}"#));
    house.stands("M-01", "sent 1 250");
    house.stands("SB-01", "dead 1 250");
    assert_eq!(
        house.outbox()["M-01"]["smtp_text"],
        "report: 4.4.1 delayed 451 4.4.1 no answer from host"
    );
    let again = house.import(&mbox, &[]);
    assert_eq!(counts(&again.1), r#"{"known":2,"no_report":1}"#);
    house.tick(NOON);
    house.has_arrived(LEAD, 1);
    assert!(String::from_utf8(fs::read(&mbox).unwrap()).unwrap().contains("Ferie"), "it stays");
}

#[test]
fn what_strangers_put_into_the_mailbox_does_no_harm() {
    let house = sent();
    let stranger = house.report("M-01", MENTOR, |notice| {
        notice.envelope_id = Some("0190a0f0-0000-5000-8000-000000000002".to_owned());
    });
    let two = house.report("M-01", MENTOR, |notice| {
        notice.message_id = Some(house.arrived(CASEWORKER)[0].message_id.clone());
    });
    let folded = house.report("M-01", MENTOR, |notice| {
        notice.status = "5.1.1";
        notice.address = "elsewhere@privat.example".to_owned();
        notice.words = "550 gone\n\tfor\u{1b}[31m good\n  Action: relayed".to_owned();
    });
    let huge = "x".repeat(5 << 20);
    let nested = "Content-Type: message/rfc822\n\n".repeat(20_000);
    let maildir = house.maildir(&[&stranger, &two, &huge, &nested, "", "\0\u{7f}", &folded]);
    let (exit, answer) = house.import(&maildir, &[]);
    assert_eq!(exit, 8, "{answer}");
    assert_eq!(
        counts(&answer),
        r#"{"dead":1,"no_report":3,"unknown":2,"unreadable":1}"#,
        "{answer}"
    );
    let words = house.outbox()["M-01"]["smtp_text"].as_str().unwrap().to_owned();
    assert!(!words.contains(|c: char| c.is_control()), "{words:?}");
    house.stands("SB-01", "sent 1 250");
    assert!(!words.contains("elsewhere"), "{words}");
    house.sandbox.must(&["audit", "verify"]);
}

#[test]
fn a_mailbox_that_is_not_there_is_named() {
    let house = House::new(&[]);
    let output = house.sandbox.run(&["bounces", "import", "nowhere", "-o", "json"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("mailbox_unreadable"));
}
