//! The relay is silent, hangs up, says not now, says no, or talks nonsense, in each phase.

use spor_tests::binary::{beside, wait_until};
use spor_tests::smtp::program::Program;

use super::{CASEWORKER, House, LEAD, MENTOR, MORNING, NOON, configuration, fault};

/// Before a recipient is named a fault is nobody's: every letter waits, and none was tried.
#[track_caller]
fn all_wait(script: &str, words: &str) {
    let house = House::new(&[script]);
    let ticked = house.tick(MORNING);
    assert!(fault(&ticked).contains(words), "{script}: {ticked}");
    for person in ["M-01", "SB-01"] {
        house.stands(person, "ready 0 null");
    }
    assert!(house.relay.letters().unwrap().is_empty());
    house.recover();
    house.has_arrived(MENTOR, 1);
    house.has_arrived(CASEWORKER, 1);
}

/// The mentor's letter comes later, the other one goes on.
#[track_caller]
fn one_is_late(script: &str, code: &str) {
    let house = House::new(&[script]);
    let ticked = house.tick(MORNING);
    let counts = (&ticked["sent"], &ticked["deferred"], &ticked["in_doubt"]);
    assert_eq!(counts, (&1.into(), &1.into(), &0.into()), "{script}: {ticked}");
    house.stands("M-01", &format!("deferred 1 {code}"));
    house.stands("SB-01", "sent 1 250");
    house.has_arrived(CASEWORKER, 1);
    house.recover();
    house.has_arrived(MENTOR, 1);
    house.has_arrived(CASEWORKER, 1);
    house.stands("M-01", "sent 2 250");
}

/// Nobody knows whether the mentor's letter was taken: it goes out once more, with the same bytes.
#[track_caller]
fn one_is_in_doubt(script: &str, copies: usize) {
    let house = House::new(&[script]);
    let ticked = house.tick(MORNING);
    let counts = (&ticked["sent"], &ticked["deferred"], &ticked["in_doubt"]);
    assert_eq!(counts, (&1.into(), &0.into(), &1.into()), "{script}: {ticked}");
    house.stands("M-01", "in_doubt 1 null");
    house.stands("SB-01", "sent 1 250");
    house.has_arrived(CASEWORKER, 1);
    house.recover();
    house.has_arrived(MENTOR, copies);
    house.has_arrived(CASEWORKER, 1);
    house.stands("M-01", "sent 2 250");
}

/// The mentor's letter is given up, visibly; the other one goes on.
#[track_caller]
fn one_is_dead(script: &str, code: u16) -> House {
    let house = House::new(&[script]);
    let ticked = house.tick(MORNING);
    assert_eq!((&ticked["sent"], &ticked["dead"]), (&1.into(), &1.into()), "{script}: {ticked}");
    house.stands("M-01", &format!("dead 1 {code}"));
    house.stands("SB-01", "sent 1 250");
    let failed = house.sandbox.json(&["query", "events", "--where", "type=ReminderFailed"]);
    assert_eq!(failed.as_array().unwrap().len(), 1, "the failure is a fact of the log");
    let doctor = house.sandbox.run(&["doctor", "-o", "json"]);
    assert!(String::from_utf8_lossy(&doctor.stdout).contains("1 dead"), "doctor shows it");
    house.recover();
    house.has_arrived(MENTOR, 0);
    house.has_arrived(CASEWORKER, 1);
    house
}

macro_rules! rows {
    ($($name:ident: $row:ident($($argument:expr),*);)*) => {$(
        #[test]
        fn $name() {
            $row($($argument),*);
        }
    )*};
}

rows! {
    a_relay_that_hangs_before_its_greeting_is_left: all_wait("greeting:stall*1", "greeting");
    a_relay_that_hangs_at_ehlo_is_left: all_wait("hello:stall*1", "greeting");
    a_relay_that_hangs_at_starttls_is_left: all_wait("starttls:stall*1", "tls");
    a_relay_that_hangs_at_mail_makes_one_letter_late: mail_is_late("sender:stall*1", "null");
    a_relay_that_hangs_at_rcpt_makes_one_letter_late:
        one_is_late("recipient[asta@kommune.example]:stall*1", "null");
    a_relay_that_hangs_at_data_makes_one_letter_late:
        one_is_late("data[asta@kommune.example]:stall*1", "null");
    a_relay_that_hangs_within_the_letter_leaves_it_in_doubt:
        one_is_in_doubt("letter[asta@kommune.example]:stall*1", 1);
    a_relay_that_hangs_before_its_last_answer_leaves_the_letter_in_doubt:
        one_is_in_doubt("answer[asta@kommune.example]:stall*1", 2);

    a_relay_that_hangs_up_before_its_greeting_is_tried_again:
        all_wait("greeting:hang-up*1", "greeting");
    a_relay_that_hangs_up_at_ehlo_is_tried_again: all_wait("hello:hang-up*1", "greeting");
    a_relay_that_hangs_up_at_starttls_is_tried_again: all_wait("starttls:hang-up*1", "tls");
    a_relay_that_hangs_up_at_mail_makes_one_letter_late: mail_is_late("sender:hang-up*1", "null");
    a_relay_that_hangs_up_at_rcpt_makes_one_letter_late:
        one_is_late("recipient[asta@kommune.example]:hang-up*1", "null");
    a_relay_that_hangs_up_at_data_makes_one_letter_late:
        one_is_late("data[asta@kommune.example]:hang-up*1", "null");
    a_relay_that_hangs_up_within_the_letter_leaves_it_in_doubt:
        one_is_in_doubt("letter[asta@kommune.example]:hang-up*1", 1);
    a_relay_that_hangs_up_before_its_last_answer_leaves_the_letter_in_doubt:
        one_is_in_doubt("answer[asta@kommune.example]:hang-up*1", 1);
    a_relay_that_takes_the_letter_and_never_says_so_gets_the_same_bytes_again:
        one_is_in_doubt("answer[asta@kommune.example]:swallow*1", 2);

    a_421_at_the_greeting_is_tried_again: all_wait("greeting:421*1", "421");
    a_421_at_mail_makes_one_letter_late: mail_is_late("sender:421*1", "421");
    a_421_at_rcpt_makes_one_letter_late:
        one_is_late("recipient[asta@kommune.example]:421*1", "421");
    a_421_at_data_makes_one_letter_late: one_is_late("data[asta@kommune.example]:421*1", "421");
    a_421_after_the_letter_makes_it_late: one_is_late("answer[asta@kommune.example]:421*1", "421");
    a_451_at_mail_makes_one_letter_late: mail_is_late("sender:451*1", "451");
    a_451_at_rcpt_makes_one_letter_late:
        one_is_late("recipient[asta@kommune.example]:451*1", "451");
    a_451_at_data_makes_one_letter_late: one_is_late("data[asta@kommune.example]:451*1", "451");
    a_451_after_the_letter_makes_it_late: one_is_late("answer[asta@kommune.example]:451*1", "451");

    nonsense_at_the_greeting_is_no_welcome: all_wait("greeting:babble*1", "greeting");
    nonsense_at_ehlo_is_no_welcome: all_wait("hello:babble*1", "greeting");
    nonsense_at_starttls_is_no_encryption: all_wait("starttls:babble*1", "tls");
    nonsense_at_rcpt_makes_one_letter_late:
        one_is_late("recipient[asta@kommune.example]:babble*1", "null");
    nonsense_at_data_makes_one_letter_late:
        one_is_late("data[asta@kommune.example]:babble*1", "null");
    nonsense_after_the_letter_leaves_it_in_doubt:
        one_is_in_doubt("answer[asta@kommune.example]:babble*1", 2);
    a_greeting_without_end_is_cut: all_wait("greeting:endless*1", "greeting");
    an_answer_to_rcpt_without_end_is_cut:
        one_is_late("recipient[asta@kommune.example]:endless*1", "null");
    a_last_answer_without_end_leaves_the_letter_in_doubt:
        one_is_in_doubt("answer[asta@kommune.example]:endless*1", 2);
}

/// At MAIL the relay does not know yet whose letter it is: the first one is late.
#[track_caller]
fn mail_is_late(script: &str, code: &str) {
    let house = House::new(&[script]);
    let ticked = house.tick(MORNING);
    assert_eq!((&ticked["sent"], &ticked["deferred"]), (&1.into(), &1.into()), "{ticked}");
    let outbox = house.outbox();
    let late: Vec<_> = outbox.values().filter(|letter| letter["state"] == "deferred").collect();
    assert_eq!((late.len(), late[0]["smtp_code"].to_string().as_str()), (1, code));
    house.recover();
    house.has_arrived(MENTOR, 1);
    house.has_arrived(CASEWORKER, 1);
}

#[test]
fn a_550_at_rcpt_is_the_end_of_the_address_and_the_lead_hears_of_it() {
    let house = one_is_dead("recipient[asta@kommune.example]:550", 550);
    house.has_arrived(LEAD, 1);
    let alarm = String::from_utf8_lossy(&house.arrived(LEAD)[0].bytes).into_owned();
    assert!(alarm.contains("SPOR-2025-0001"), "{alarm}");
    let explained = house.sandbox.json(&["reminders", "explain", "SPOR-2025-0001", "R01"]);
    assert!(explained.to_string().contains("550 by script"), "{explained}");
}

#[test]
fn a_550_at_data_is_the_end_of_the_letter_and_not_of_the_address() {
    for script in ["data[asta@kommune.example]:550*1", "answer[asta@kommune.example]:550*1"] {
        let house = one_is_dead(script, 550);
        house.has_arrived(LEAD, 1);
        let failed = house.sandbox.json(&["query", "reminders"]).to_string();
        assert!(!failed.contains("address_refused"), "{failed}");
        let doctor = house.sandbox.run(&["doctor", "-o", "json"]);
        let told = String::from_utf8_lossy(&doctor.stdout);
        assert!(told.contains("0 people cannot be written to"), "{told}");
    }
}

#[test]
fn a_relay_without_starttls_gets_no_letter_in_clear() {
    let house = House::with(&["--open", "--encryption", "stripped"], "");
    let ticked = house.tick(MORNING);
    assert!(fault(&ticked).contains("STARTTLS"), "{ticked}");
    for person in ["M-01", "SB-01"] {
        house.stands(person, "ready 0 null");
    }
    house.recover();
    assert!(house.relay.letters().unwrap().is_empty(), "not even hours later");
    // The box that stripped it is gone.
    let folder = tempfile::tempdir().unwrap();
    let relay = Program::start(&beside("smtp_sink"), folder.path(), &["--open"]).unwrap();
    house.sandbox.write("spor.toml", &configuration(&relay.ca_file, relay.port, ""));
    house.tick("2025-02-17T13:00:00+01:00");
    assert_eq!(relay.letters().unwrap().len(), 2);
    assert!(relay.letters().unwrap().iter().all(|letter| letter.encrypted));
}

#[test]
fn a_slow_relay_gets_every_letter_once() {
    let house = House::with(&["--open", "--delay-ms", "300"], "");
    let ticked = house.tick(MORNING);
    assert_eq!(ticked["sent"], 2, "{ticked}");
    house.recover();
    house.has_arrived(MENTOR, 1);
    house.has_arrived(CASEWORKER, 1);
}

#[test]
fn a_relay_that_hangs_up_on_the_service_gets_the_letters_in_a_later_round() {
    let house = House::new(&["greeting:hang-up*1"]);
    let mut service = house.sandbox.start(&["run", "--clock", NOON]);
    wait_until("two letters", || house.relay.letters().unwrap().len() == 2);
    wait_until("both are settled", || {
        house.outbox().values().all(|letter| letter["state"] == "sent")
    });
    std::process::Command::new("kill").arg(service.id().to_string()).status().unwrap();
    assert!(service.wait().unwrap().success());
    house.has_arrived(MENTOR, 1);
    house.has_arrived(CASEWORKER, 1);
}
