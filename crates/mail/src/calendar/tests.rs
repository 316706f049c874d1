use chrono::{NaiveDate, TimeZone, Utc};

use super::{Entry, Method, Sheet, write};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn sheet(on: &str) -> Sheet<'static> {
    Sheet {
        from: "spor@kommune.example",
        host: "spor.kommune.example",
        language: "da",
        date: Utc.with_ymd_and_hms(2026, 11, 16, 5, 30, 0).unwrap(),
        day: day(on),
    }
}

fn entry(summary: &str) -> Entry {
    let (id, summary) = ("abcd".to_owned(), summary.to_owned());
    Entry { id, on: day("2026-12-31"), summary, link: None }
}

fn line(calendar: &str, name: &str) -> String {
    let unfolded = calendar.replace("\r\n ", "");
    let line = unfolded.lines().find(|line| line.starts_with(name)).expect("the line is there");
    line[name.len()..].to_owned()
}

#[test]
fn an_entry_stands_on_the_whole_last_day_in_time() {
    let calendar = write(Method::Publish, &[entry("Opfølgning")], &sheet("2026-11-16"));
    assert_eq!(line(&calendar, "DTSTART;VALUE=DATE:"), "20261231");
    assert_eq!(line(&calendar, "DTEND;VALUE=DATE:"), "20270101");
    assert_eq!(line(&calendar, "DTSTAMP:"), "20261116T053000Z");
    assert_eq!(line(&calendar, "METHOD:"), "PUBLISH");
    assert_eq!(line(&calendar, "UID:"), "abcd@spor.kommune.example");
    assert!(!calendar.contains("STATUS"));
}

#[test]
fn what_a_later_letter_says_outranks_an_earlier_one() {
    let sequence = |method, on| -> u32 {
        line(&write(method, &[entry("x")], &sheet(on)), "SEQUENCE:").parse().unwrap()
    };
    let published = sequence(Method::Publish, "2026-11-16");
    let taken_back = sequence(Method::Cancel, "2026-11-17");
    let again = sequence(Method::Publish, "2026-11-18");
    assert!(published < taken_back && taken_back < again);
    let cancel = write(Method::Cancel, &[entry("x")], &sheet("2026-11-17"));
    assert!(cancel.contains("METHOD:CANCEL") && cancel.contains("STATUS:CANCELLED"));
}

#[test]
fn lines_are_folded_at_75_octets_and_never_inside_a_character() {
    let summary = "½-års møde; og, \\ mere\nnyt ".repeat(9);
    let calendar = write(Method::Publish, &[entry(&summary)], &sheet("2026-11-16"));
    assert!(calendar.ends_with("END:VCALENDAR\r\n"));
    assert!(calendar.split("\r\n").all(|line| line.len() <= 75), "{calendar}");
    assert!(!calendar.replace("\r\n", "").contains(['\r', '\n']));
    let kept = line(&calendar, "SUMMARY;LANGUAGE=da:");
    assert_eq!(kept, "½-års møde\\; og\\, \\\\ mere\\nnyt ".repeat(9));
}
