use chrono::{DateTime, Datelike, Days, NaiveDate, TimeZone, Utc};
use mail_parser::MessageParser;

use super::{ComposeError, Composed, MAX_LINES, Refusal};
use crate::{
    address::Address,
    digest::{Digest, Header, Held, Item, ItemNote, Language, Level},
    lint::Finding,
    texts::Texts,
};

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn item(rule: &str, case: &str, level: Level, due: NaiveDate) -> Item {
    Item {
        rule: rule.to_owned(),
        case_ref: case.to_owned(),
        level,
        due: Some(due),
        role: "mentor".to_owned(),
        link: Some(format!("https://spor.kommune.example/sag/{case}")),
        note: None,
        calendar_id: None,
    }
}

fn digest(items: Vec<Item>) -> Digest {
    Digest {
        language: Language::Da,
        recipient_ref: "ST-7".to_owned(),
        day: day(2026, 11, 23),
        items,
        held: Vec::new(),
        municipality: Some("Eksempel Kommune".to_owned()),
    }
}

fn header() -> Header {
    Header {
        from: Address::parse("spor@kommune.example").unwrap(),
        to: Address::parse("mentor.7@kommune.example").unwrap(),
        message_id: "<letter-1@spor.kommune.example>".to_owned(),
        date: Utc.with_ymd_and_hms(2026, 11, 23, 5, 30, 0).unwrap(),
        list_id: "paamindelser.spor.kommune.example".to_owned(),
        case_in_subject: true,
        thread: None,
    }
}

fn compose(
    digest: &Digest,
    header: &Header,
    forbidden: &[String],
) -> Result<Composed, ComposeError> {
    super::compose(Texts::built_in(), digest, header, forbidden)
}

fn one() -> Digest {
    digest(vec![item("R01", "2026-017", Level::Overdue, day(2026, 11, 21))])
}

fn written(digest: &Digest) -> Composed {
    compose(digest, &header(), &[]).unwrap()
}

/// The plain part of a letter, decoded, its lines ended by LF.
fn text(letter: &Composed) -> String {
    let parsed = MessageParser::default().parse(&letter.bytes).unwrap();
    parsed.body_text(0).unwrap().replace("\r\n", "\n")
}

#[test]
fn a_letter_with_one_item_has_the_subject_of_its_rule() {
    let subjects = [
        ("R01", "Opfølgning senest 21.11.2026 – sag 2026-017"),
        ("R03", "17½-års møde senest 21.11.2026 – sag 2026-017"),
        ("R05", "Halvårlig sagsgennemgang senest 21.11.2026 – sag 2026-017"),
        ("R07", "Mentorbevilling udløber 21.11.2026 – sag 2026-017"),
        ("R08", "Måneden med mere støtte slutter 21.11.2026 – sag 2026-017"),
    ];
    for (rule, subject) in subjects {
        let item = item(rule, "2026-017", Level::Notice, day(2026, 11, 21));
        assert_eq!(written(&digest(vec![item])).subject, subject);
    }
}

#[test]
fn the_case_can_be_left_out_of_the_subject() {
    let header = Header { case_in_subject: false, ..header() };
    let letter = compose(&one(), &header, &[]).unwrap();
    assert_eq!(letter.subject, "Opfølgning senest 21.11.2026");
    assert!(text(&letter).contains("Sag 2026-017"));
}

#[test]
fn several_items_share_one_subject_that_counts_the_cases() {
    let mut items = one().items;
    items.push(item("R05", "2026-017", Level::Notice, day(2026, 12, 1)));
    assert_eq!(written(&digest(items.clone())).subject, "Spor: 1 sag kræver handling");
    items.push(item("R01", "2026-018", Level::Notice, day(2026, 12, 1)));
    assert_eq!(written(&digest(items.clone())).subject, "Spor: 2 sager kræver handling");
    let english = Digest { language: Language::En, ..digest(items) };
    assert_eq!(written(&english).subject, "Spor: 2 cases need action");
}

#[test]
fn the_most_urgent_comes_first_and_then_the_oldest() {
    let items = vec![
        item("R01", "A-1", Level::Notice, day(2026, 11, 25)),
        item("R01", "A-2", Level::Overdue, day(2026, 11, 20)),
        item("R01", "A-3", Level::Critical, day(2026, 9, 1)),
        item("R01", "A-4", Level::Escalated, day(2026, 11, 10)),
        item("R01", "A-5", Level::Overdue, day(2026, 11, 18)),
    ];
    let text = text(&written(&digest(items)));
    let order = ["KRITISK", "A-3", "ESKALERET", "A-4", "OVERSKREDET", "A-5", "A-2", "FORFALDER"];
    let places: Vec<usize> = order.iter().map(|word| text.find(word).unwrap()).collect();
    assert!(places.is_sorted(), "{text}");
}

#[test]
fn a_long_digest_lists_fifty_and_counts_the_rest() {
    let first = day(2026, 1, 1);
    let items = (0..57u64).map(|n| {
        let due = first.checked_add_days(Days::new(n)).unwrap();
        item("R01", &format!("B-{n}"), Level::Overdue, due)
    });
    let letter = written(&digest(items.collect()));
    assert_eq!(letter.omitted, 7);
    assert_eq!(letter.subject, "Spor: 57 sager kræver handling");
    let text = text(&letter);
    assert_eq!(text.matches("- Sag ").count(), MAX_LINES);
    assert!(text.contains("… og 7 mere."), "{text}");
}

#[test]
fn an_empty_digest_is_no_letter() {
    assert_eq!(compose(&digest(vec![]), &header(), &[]), Err(ComposeError::Empty));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    assert_eq!(written(&one()).bytes, written(&one()).bytes);
    let mut turned = digest(vec![
        item("R05", "2026-018", Level::Notice, day(2026, 12, 1)),
        item("R01", "2026-017", Level::Notice, day(2026, 12, 1)),
    ]);
    let bytes = written(&turned).bytes;
    turned.items.reverse();
    assert_eq!(written(&turned).bytes, bytes);
}

#[test]
fn headers_say_that_no_person_wrote_this() {
    let wire = String::from_utf8(written(&one()).bytes).unwrap();
    let (headers, _) = wire.split_once("\r\n\r\n").unwrap();
    for line in [
        "From: spor@kommune.example",
        "To: mentor.7@kommune.example",
        "Date: Mon, 23 Nov 2026 05:30:00 +0000",
        "Message-ID: <letter-1@spor.kommune.example>",
        "List-Id: Spor <paamindelser.spor.kommune.example>",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        "Content-Language: da",
        "MIME-Version: 1.0",
        "Content-Type: multipart/alternative;",
        " boundary=\"=_a_letter1sporkommuneexample\"",
    ] {
        assert!(headers.lines().any(|found| found == line), "{line} in\n{headers}");
    }
}

#[test]
fn the_wire_is_ascii_in_short_lines() {
    let wire = String::from_utf8(written(&one()).bytes).unwrap();
    assert!(wire.is_ascii());
    assert!(wire.split("\r\n").all(|line| line.len() <= 78), "{wire}");
    assert!(wire.contains("Subject: =?utf-8?"));
}

#[test]
fn what_looks_like_a_cpr_number_never_leaves() {
    let mut bad = one();
    bad.items[0].link = Some("https://spor.kommune.example/999999-9999".to_owned());
    let error = compose(&bad, &header(), &[]).unwrap_err();
    let ComposeError::AllRefused(refused) = error else { panic!("{error}") };
    assert_eq!(refused[0].why, Refusal::Forbidden(Finding::CprShaped));

    let frame = Digest { municipality: Some("9999999999".to_owned()), ..one() };
    let error = compose(&frame, &header(), &[]).unwrap_err();
    assert_eq!(error, ComposeError::Forbidden(Finding::CprShaped));
}

#[test]
fn a_name_known_in_the_case_stops_its_item_and_no_other() {
    let mut items = one().items;
    items.push(item("R01", "alma-sag", Level::Critical, day(2026, 11, 1)));
    let forbidden = ["Alma".to_owned()];
    let letter = compose(&digest(items), &header(), &forbidden).unwrap();
    assert_eq!(letter.refused.len(), 1);
    assert_eq!(letter.refused[0].item, 1);
    assert_eq!(letter.refused[0].why, Refusal::Forbidden(Finding::KnownName));
    assert_eq!(letter.subject, "Opfølgning senest 21.11.2026 – sag 2026-017");
    assert!(!text(&letter).to_lowercase().contains("alma"));
}

#[test]
fn an_item_that_cannot_be_written_is_left_out_with_its_reason() {
    let good = one().items[0].clone();
    let no_such_rule = Item { rule: "R99".to_owned(), ..good.clone() };
    let odd_role = Item { role: "piccolo".to_owned(), ..good.clone() };
    let no_day = Item { due: None, ..good.clone() };
    let letter = written(&digest(vec![no_such_rule, odd_role, no_day, good]));
    let refused: Vec<(usize, bool)> =
        letter.refused.iter().map(|r| (r.item, matches!(r.why, Refusal::Text(_)))).collect();
    assert_eq!(refused.len(), 3);
    assert!(refused.contains(&(0, false)) && refused.contains(&(1, true)));
    assert!(refused.contains(&(2, true)));
}

#[test]
fn a_note_says_what_happened_since_and_why_it_comes_here() {
    let mut digest = one();
    digest.items[0].note = Some(ItemNote::MetMeanwhile);
    assert!(text(&written(&digest)).contains("registreret som gjort"));
    digest.items[0].note = Some(ItemNote::DelayExplained);
    assert!(text(&written(&digest)).contains("en forklaring på forsinkelsen"));
    digest.items[0].note = Some(ItemNote::RoleVacant { role: "caseworker".to_owned() });
    assert!(text(&written(&digest)).contains("Ingen har rollen sagsbehandler"));
    digest.language = Language::En;
    assert!(text(&written(&digest)).contains("Nobody is caseworker"));
}

#[test]
fn a_note_tells_a_refused_letter_and_a_missing_address_from_an_empty_role() {
    let role = || "caseworker".to_owned();
    for (note, danish, english) in [
        (
            ItemNote::LetterRefused { role: role() },
            "Brevet til rollen sagsbehandler i sagen blev afvist",
            "The letter to the caseworker in this case was refused",
        ),
        (
            ItemNote::NoAddress { role: role() },
            "ingen brugbar adresse til rollen sagsbehandler",
            "no usable address for the caseworker",
        ),
    ] {
        let mut digest = one();
        digest.items[0].note = Some(note);
        for (language, words) in [(Language::Da, danish), (Language::En, english)] {
            digest.language = language;
            let read = crate::reading::read(&written(&digest).bytes).unwrap();
            let told = |part: &str| part.replace(['\r', '\n'], " ").contains(words);
            assert!(told(&read.text) && told(&read.html), "{words}: {}", read.text);
            assert!(!read.text.contains("Ingen har rollen") && !read.text.contains("Nobody is"));
        }
    }
}

#[test]
fn lateness_is_counted_to_the_day_of_the_letter() {
    assert!(text(&written(&one())).contains("skulle være holdt senest 21.11.2026 – 2 dage over"));
    let due_today = digest(vec![item("R01", "2026-017", Level::Notice, day(2026, 11, 23))]);
    let today = text(&written(&due_today));
    assert!(today.contains("skal holdes senest 23.11.2026."), "{today}");
}

#[test]
fn a_header_that_would_break_the_letter_is_refused() {
    for id in ["", "no-brackets@x", "<a@b>\r\nBcc: c@d.example", "<a b@c>", "<a>", "<@>", "<æ@b>"]
    {
        let header = Header { message_id: id.to_owned(), ..header() };
        let error = compose(&one(), &header, &[]).unwrap_err();
        assert_eq!(error, ComposeError::Header("Message-ID"), "{id:?}");
    }
    let list = Header { list_id: "a>\r\nX: <b".to_owned(), ..header() };
    assert_eq!(compose(&one(), &list, &[]).unwrap_err(), ComposeError::Header("List-Id"));
    let early = DateTime::UNIX_EPOCH.with_year(1969).unwrap();
    let date = Header { date: early, ..header() };
    assert_eq!(compose(&one(), &date, &[]).unwrap_err(), ComposeError::Header("Date"));
}

#[test]
fn what_is_put_into_a_page_cannot_leave_its_place() {
    let mut digest = one();
    digest.municipality = Some("<b>A & \"B\"</b>".to_owned());
    digest.items[0].link = Some("https://x.example/?a=1&b='\"><script>".to_owned());
    let page = crate::reading::read(&written(&digest).bytes).unwrap().html;
    assert!(page.contains("&lt;b&gt;A &amp; &quot;B&quot;&lt;/b&gt;"), "{page}");
    assert!(page.contains("href=\"https://x.example/?a=1&amp;b=&#39;&quot;&gt;&lt;script&gt;\""));
    assert!(!page.contains("<script") && !page.contains("<b>"));
}

#[test]
fn a_meeting_to_come_is_attached_once_and_a_past_one_is_not() {
    let with = |due, role: &str| Item {
        calendar_id: Some("abcd".to_owned()),
        role: role.to_owned(),
        ..item("R01", "2026-017", Level::Notice, due)
    };
    let calendars = |items| crate::reading::read(&written(&digest(items)).bytes).unwrap().calendars;
    let coming = day(2026, 11, 30);
    let both = calendars(vec![with(coming, "mentor"), with(coming, "caseworker")]);
    assert_eq!(both.len(), 1);
    assert_eq!(both[0].matches("BEGIN:VEVENT").count(), 1);
    assert!(both[0].contains("UID:abcd@spor.kommune.example"));
    assert!(calendars(vec![with(day(2026, 11, 22), "mentor")]).is_empty());
}

#[test]
fn a_calendar_names_the_case_only_where_subjects_may() {
    let mut digest = one();
    digest.items[0].due = Some(day(2026, 11, 30));
    digest.items[0].calendar_id = Some("abcd".to_owned());
    let calendar = |case_in_subject| {
        let header = Header { case_in_subject, ..header() };
        let letter = compose(&digest, &header, &[]).unwrap();
        crate::reading::read(&letter.bytes).unwrap().calendars.concat().replace("\r\n ", "")
    };
    assert!(calendar(true).contains("2026-017"));
    assert!(!calendar(false).contains("2026-017"), "{}", calendar(false));
}

#[test]
fn a_meeting_that_was_held_is_taken_back_unless_it_is_announced_again() {
    let held = |id: &str| Held {
        rule: "R01".to_owned(),
        case_ref: "2026-016".to_owned(),
        role: "mentor".to_owned(),
        due: day(2026, 11, 30),
        calendar_id: id.to_owned(),
    };
    let mut digest = one();
    digest.items[0].due = Some(day(2026, 11, 30));
    digest.items[0].calendar_id = Some("abcd".to_owned());
    digest.held = vec![held("efgh"), held("abcd")];
    let letter = written(&digest);
    let read = crate::reading::read(&letter.bytes).unwrap();
    assert_eq!(read.calendars.len(), 2);
    assert!(read.text.contains("taget af kalenderen: sag 2026-016."), "{}", read.text);
    let said = |id| crate::calendar::Said::of(&letter.bytes).about(id);
    assert_eq!(said("efgh"), Some(crate::calendar::Method::Cancel));
    assert_eq!(said("abcd"), Some(crate::calendar::Method::Publish));
    assert_eq!(said("abc"), None);
}

#[test]
fn a_letter_belongs_to_its_thread() {
    let thread = "<thread-1@spor.kommune.example>".to_owned();
    let header = Header { thread: Some(thread.clone()), ..header() };
    let wire = String::from_utf8(compose(&one(), &header, &[]).unwrap().bytes).unwrap();
    assert!(wire.contains(&format!("\r\nReferences: {thread}\r\n")), "{wire}");
    let broken = Header { thread: Some("<a@b>\r\nBcc: <c@d>".to_owned()), ..header };
    assert_eq!(compose(&one(), &broken, &[]).unwrap_err(), ComposeError::Header("References"));
}

#[test]
fn a_letter_that_is_too_long_lists_fewer_items() {
    let page = format!("<li><h3>x</h3><p>{}</p></li>", "lang tekst ".repeat(700));
    let own = crate::texts::Override {
        language: Language::Da,
        file: "follow_up.html".to_owned(),
        text: page,
    };
    let items = (0..50).map(|n| item("R01", &format!("C-{n}"), Level::Overdue, day(2026, 11, 1)));
    let digest = digest(items.collect());
    let letter = super::compose(&Texts::with(&[own]), &digest, &header(), &[]).unwrap();
    assert_eq!(letter.refused, []);
    assert!(letter.bytes.len() <= super::MAX_BYTES, "{}", letter.bytes.len());
    assert_eq!(letter.omitted, 25);
    assert!(text(&letter).contains("… og 25 mere."));
    assert!(letter.bytes.len() > written(&digest).bytes.len());
}
