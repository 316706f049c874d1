use super::{Action, MAX_MESSAGE_BYTES, NoReport, Report, Status, read};

/// As Debian's Postfix writes it.
fn report(of_letter: &str, of_recipient: &str) -> String {
    format!(
        "From: MAILER-DAEMON@relay.example (Mail Delivery System)\r\n\
         To: spor@kommune.example\r\nSubject: Undelivered Mail Returned to Sender\r\n\
         Message-Id: <20261116063100.1A2B@relay.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"1A2B.176\"\r\n\
         \r\nThis is a MIME-encapsulated message.\r\n\r\n--1A2B.176\r\n\
         Content-Description: Notification\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n\
         I'm sorry.\r\n\r\n--1A2B.176\r\nContent-Description: Delivery report\r\n\
         Content-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; relay.example\r\n{of_letter}X-Postfix-Queue-ID: 1A2B\r\n\
         Arrival-Date: Mon, 16 Nov 2026 06:31:00 +0100 (CET)\r\n\r\n{of_recipient}\r\n\
         --1A2B.176\r\nContent-Description: Undelivered Message Headers\r\n\
         Content-Type: text/rfc822-headers\r\n\r\nFrom: spor@kommune.example\r\n\
         Message-ID: <5f0c7a52-1@spor.kommune.example>\r\n\r\n--1A2B.176--\r\n"
    )
}

const ENVELOPE: &str = "Original-Envelope-Id: 5f0c7a52-0000-5000-8000-000000000007\r\n";
const GONE: &str = "Final-Recipient: rfc822; mentor.7@kommune.example\r\n\
    Original-Recipient: rfc822;mentor.7@kommune.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\
    Diagnostic-Code: smtp; 550 5.1.1 <mentor.7@kommune.example>: Recipient address\r\n    \
    rejected: User unknown in local recipient table\r\n";

fn told(of_letter: &str, of_recipient: &str) -> Report {
    read(report(of_letter, of_recipient).as_bytes()).expect("a report")
}

#[test]
fn a_report_names_the_letter_and_says_what_became_of_it() {
    let report = told(ENVELOPE, GONE);
    assert_eq!(report.envelope_id.as_deref(), Some("5f0c7a52-0000-5000-8000-000000000007"));
    assert_eq!(report.message_id.as_deref(), Some("<5f0c7a52-1@spor.kommune.example>"));
    assert_eq!((report.action, report.status), (Action::Failed, Status::parse("5.1.1")));
    assert_eq!(report.addresses, ["mentor.7@kommune.example", "mentor.7@kommune.example"]);
    assert_eq!(
        report.told(),
        "report: 5.1.1 failed 550 5.1.1 <…> Recipient address rejected: User unknown in local \
         recipient table"
    );
}

#[test]
fn a_whole_letter_in_the_report_is_read_as_well_as_its_headers() {
    let whole = report(ENVELOPE, GONE).replace("text/rfc822-headers", "message/rfc822");
    let report = read(whole.as_bytes()).unwrap();
    assert_eq!(report.message_id.as_deref(), Some("<5f0c7a52-1@spor.kommune.example>"));
}

#[test]
fn the_same_report_is_known_again_and_another_one_is_not_taken_for_it() {
    let again = report(ENVELOPE, GONE).replace("I'm sorry.", "Received again.");
    assert_eq!(told(ENVELOPE, GONE).digest, read(again.as_bytes()).unwrap().digest);
    let late = GONE.replace("failed", "delayed").replace("5.1.1", "4.4.1");
    assert_ne!(told(ENVELOPE, GONE).digest, told(ENVELOPE, &late).digest);
    let other = report(ENVELOPE, GONE).replace("<5f0c7a52-1@", "<5f0c7a52-2@");
    assert_ne!(told(ENVELOPE, GONE).digest, read(other.as_bytes()).unwrap().digest);
}

#[test]
fn only_some_numbers_speak_of_the_recipients_address() {
    for (status, is_meant) in [
        ("5.1.1", true),
        ("5.1.10 null MX", true),
        ("5.1.7", false),
        ("5.1.8", false),
        ("5.7.1", false),
        ("4.1.1", false),
    ] {
        assert_eq!(Status::parse(status).unwrap().names_the_address(), is_meant, "{status}");
    }
    for nonsense in ["", "5", "5.1", "5.1.1.1", "5.1.1000", "a.b.c", "9.1.1", "5.1.", "-5.1.1"] {
        assert_eq!(Status::parse(nonsense), None, "{nonsense}");
    }
}

#[test]
fn what_is_no_report_is_named_and_left() {
    let holiday =
        "From: mentor.7@kommune.example\r\nSubject: Ferie\r\n\r\nJeg er tilbage i uge 30.\r\n";
    for message in [holiday, "", "\0\0\0", "From nobody", "Content-Type: multipart/report\r\n\r\n"]
    {
        assert_eq!(read(message.as_bytes()), Err(NoReport::Other), "{message:?}");
    }
    let empty = report(ENVELOPE, "Final-Recipient: rfc822; a@b.example\r\nAction: dancing\r\n");
    assert_eq!(read(empty.as_bytes()), Err(NoReport::Empty));
    assert_eq!(read(&vec![b'a'; MAX_MESSAGE_BYTES + 1]), Err(NoReport::TooLarge));
}

#[test]
fn what_a_stranger_writes_does_no_harm() {
    // Line breaks come in by folding and by encoded words; neither reaches a word that is kept.
    let folded = GONE.replace("User unknown", "User\r\n\tunknown\r\n  \x1b[31m\x07red\r\n ");
    let words = told(ENVELOPE, &folded).told();
    assert!(!words.contains(|c: char| c.is_control()), "{words:?}");
    let broken = "Original-Envelope-Id: 5f0c7a52\r\n  and more\r\n";
    assert_eq!(told(broken, GONE).envelope_id, None);
    let number = GONE.replace("User unknown", "999999-9999 unknown");
    assert!(!told(ENVELOPE, &number).told().contains("9999"));
    let named =
        GONE.replace("mentor.7@kommune.example\r\nAction", "a\u{1}b@kommune.example\r\nAction");
    assert_eq!(told(ENVELOPE, &named).addresses, ["mentor.7@kommune.example"]);
    let long = format!("{GONE}X-Long: {}\r\n", "y".repeat(1 << 20));
    assert_eq!(told(ENVELOPE, &long).action, Action::Failed);
    let many = format!("{}{GONE}", "Action: delayed\r\nStatus: 4.0.0\r\n\r\n".repeat(10_000));
    assert_eq!(told(ENVELOPE, &many).action, Action::Delayed, "the first fifty count");
}

#[test]
fn letters_in_letters_in_letters_come_to_an_end() {
    let part = |depth: u32| {
        format!("Content-Type: multipart/mixed; boundary=\"b{depth}\"\r\n\r\n--b{depth}\r\n")
    };
    let nested: String = (0..5_000).map(part).collect();
    assert_eq!(read(nested.as_bytes()), Err(NoReport::Other));
    let letters = "Content-Type: message/rfc822\r\n\r\n".repeat(50_000);
    assert_eq!(read(letters.as_bytes()), Err(NoReport::Other));
}
