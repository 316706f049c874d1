//! Journals come in: each line once, whatever happens.

use spor_casework::execute::{Mode, Outcome};
use spor_casework::import::{ImportOptions, OnMalformed, OnRefused, Summary};
use spor_store::{ActorKind, Kind};

use super::{Desk, OPENED, SESSION, instant, outcomes, wish};

const IMPORTED: &str = r#"{"date":"2025-03-01","type":"CaseImported","case":"SPOR-2025-0102","administration":"employment","municipality":"A","caseworker":"SB-01","mentor":"M-01","birth_date":"2004-05-06","source":"OLD","source_id":"4711","original_start":"2024-06-03"}"#;
const TOO_EARLY: &str =
    r#"{"date":"2025-03-01","type":"CaseClosed","case":"SPOR-2025-0101","reason":"finished"}"#;

fn journal(lines: &[&str]) -> String {
    lines.join("\n")
}

#[tokio::test]
async fn every_line_is_a_commit_of_its_own() {
    let desk = Desk::sandbox().await;
    let head = desk.head().await;
    let (summary, lines) = desk.import(&journal(&[OPENED, "", SESSION, TOO_EARLY])).await;
    assert_eq!(summary, Summary { accepted: 2, rejected: 1, unchanged: 0, malformed: 0 });
    assert_eq!(outcomes(&lines), ["accepted", "accepted", "rejected too_early"]);
    assert_eq!(lines.iter().map(|line| line.line).collect::<Vec<_>>(), [1, 3, 4]);
    assert_eq!(lines[2].case.as_deref(), Some("SPOR-2025-0101"));
    let events = desk.store().read_after(head, 10).await.expect("events");
    assert_eq!(events.len(), 2);
    assert_eq!(events[0].recorded_at, instant("2025-01-15T11:00:00Z"));
    let commits = [events[0].commit_id, events[1].commit_id];
    assert_ne!(commits[0], commits[1]);
    let found = desk.store().commits(&commits).await.expect("commits");
    let commit = &found[&commits[0]].commit;
    assert_eq!((commit.actor.as_str(), commit.actor_kind), ("import", ActorKind::Import));
    assert_eq!(commit.on_behalf_of.as_deref(), Some("tester"));
}

#[tokio::test]
async fn a_second_import_changes_nothing() {
    let desk = Desk::sandbox().await;
    let twice = SESSION.replace(r#""id":"e-2","#, "");
    let journal = journal(&[OPENED, &twice, &twice, SESSION, TOO_EARLY]);
    let (first, _) = desk.import(&journal).await;
    assert_eq!((first.accepted, first.rejected), (4, 1));
    let head = desk.head().await;
    let (second, lines) = desk.import(&journal).await;
    assert_eq!(second, Summary { accepted: 0, rejected: 1, unchanged: 4, malformed: 0 });
    assert_eq!(outcomes(&lines)[4], "rejected too_early");
    assert!(lines[4].message.is_some());
    assert_eq!(desk.head().await, head);
    let longer = format!("{journal}\n{}", SESSION.replace("e-2", "e-9").replace("-02-", "-04-"));
    let (third, _) = desk.import(&longer).await;
    assert_eq!((third.accepted, third.unchanged, third.rejected), (1, 4, 1));
}

#[tokio::test]
async fn a_refusal_stays_until_it_is_asked_for_again() {
    let desk = Desk::sandbox().await;
    let (refused, lines) = desk.import(SESSION).await;
    assert_eq!(refused.rejected, 1);
    assert_eq!(outcomes(&lines), ["rejected case_not_found"]);
    let opened = desk.record(OPENED).await;
    assert!(matches!(opened, Outcome::Recorded(_)));
    let (still, _) = desk.import(SESSION).await;
    assert_eq!(still.rejected, 1);
    let again = ImportOptions { refused: OnRefused::DecideAgain, ..ImportOptions::default() };
    let (retried, _) = desk.import_with(SESSION, again).await;
    assert_eq!(retried.accepted, 1);
    let (known, _) = desk.import(SESSION).await;
    assert_eq!(known.unchanged, 1);
}

#[tokio::test]
async fn a_try_decides_everything_and_writes_nothing() {
    let desk = Desk::sandbox().await;
    let head = desk.head().await;
    let journal = journal(&[OPENED, SESSION, SESSION, "not json", TOO_EARLY]);
    let trying = ImportOptions { mode: Mode::DryRun, ..ImportOptions::default() };
    let (tried, lines) = desk.import_with(&journal, trying).await;
    assert_eq!(tried, Summary { accepted: 2, rejected: 2, unchanged: 0, malformed: 1 });
    assert_eq!(
        outcomes(&lines)[2..],
        [
            "rejected duplicate_id".to_owned(),
            "malformed not_json".to_owned(),
            "rejected too_early".to_owned(),
        ]
    );
    assert_eq!(desk.head().await, head);
    let (carried_out, _) = desk.import(&journal.replace("not json\n", "")).await;
    assert_eq!((carried_out.accepted, carried_out.rejected), (2, 2));
}

#[tokio::test]
async fn a_malformed_line_stops_everything_unless_told_otherwise() {
    let desk = Desk::sandbox().await;
    let head = desk.head().await;
    let unknown = SESSION.replace("minutes", "minuttes");
    let long = format!("{{\"x\":\"{}\"}}", "x".repeat(1 << 20));
    let ahead = OPENED.replace(r#""id":"e-1""#, r#""recorded":"2025-01-14""#);
    let journal = journal(&["\u{feff}", OPENED, &unknown, &long, &ahead, "[]", SESSION]);
    let (stopped, lines) = desk.import(&journal).await;
    assert_eq!(stopped, Summary { malformed: 4, ..Summary::default() });
    assert_eq!(
        outcomes(&lines),
        [
            "malformed unknown_field",
            "malformed line_too_long",
            "malformed date_in_future",
            "malformed not_json",
        ]
    );
    assert_eq!(lines[0].event_type.as_deref(), Some("SessionHeld"));
    assert_eq!(desk.head().await, head);
    let going = ImportOptions { malformed: OnMalformed::KeepGoing, ..ImportOptions::default() };
    let (gone_on, _) = desk.import_with(&journal, going).await;
    assert_eq!((gone_on.accepted, gone_on.malformed), (2, 4));
}

#[tokio::test]
async fn a_byte_order_mark_is_passed_over() {
    let desk = Desk::sandbox().await;
    let (summary, _) = desk.import(&format!("\u{feff}{OPENED}\r\n\r\n")).await;
    assert_eq!(summary.accepted, 1);
}

#[tokio::test]
async fn time_goes_forwards_only() {
    let desk = Desk::sandbox().await;
    let late = SESSION.replace(r#""id":"e-2""#, r#""recorded":"2025-05-01""#);
    let (stopped, lines) = desk.import(&journal(&[OPENED, &late, SESSION])).await;
    assert_eq!(stopped.malformed, 1);
    assert_eq!((lines[0].line, outcomes(&lines)[0].as_str()), (3, "malformed recorded_goes_back"));
    let (taken, _) = desk.import(&journal(&[OPENED, SESSION, &late])).await;
    assert_eq!(taken.accepted, 3);
}

#[tokio::test]
async fn a_production_store_takes_nobodys_word_for_the_time() {
    let desk = Desk::new(Kind::Production).await;
    let said = SESSION.replace(r#""id":"e-2""#, r#""recorded":"2025-05-01""#);
    let (stopped, lines) = desk.import(&said).await;
    assert_eq!(stopped.malformed, 1);
    assert_eq!(outcomes(&lines), ["malformed recorded_not_allowed"]);
    let (taken, _) = desk.import(&journal(&[OPENED, SESSION])).await;
    assert_eq!(taken.accepted, 2);
    let head = desk.store().head().await.expect("a head");
    assert_eq!(head.recorded_at, super::clock().business);
}

#[tokio::test]
async fn a_case_of_another_system_comes_once() {
    let desk = Desk::sandbox().await;
    let elsewhere = IMPORTED.replace("0102", "0103");
    let other_source = IMPORTED.replace("4711", "4712");
    let (summary, lines) =
        desk.import(&journal(&[IMPORTED, IMPORTED, &elsewhere, &other_source])).await;
    assert_eq!(summary, Summary { accepted: 1, rejected: 1, unchanged: 2, malformed: 0 });
    assert_eq!(outcomes(&lines)[3], "rejected case_exists");
    let again = desk.record(&elsewhere).await;
    assert_eq!(again, Outcome::Unchanged);
    assert!(desk.case("SPOR-2025-0103").await.is_empty());
}

#[tokio::test]
async fn a_journal_longer_than_a_group_keeps_its_order() {
    let desk = Desk::sandbox().await;
    let mut lines = vec![OPENED.to_owned()];
    for n in 0..700 {
        let id = format!("s-{n}");
        lines.push(SESSION.replace("e-2", &id));
        let day = r#"{"date":"2025-02-03","type":"EntryRetracted","case":"SPOR-2025-0101","target":"ID","reason":"a try"}"#;
        if n % 7 == 0 {
            lines.push(day.replace("ID", &id));
        }
    }
    let (summary, _) = desk.import(&lines.join("\n")).await;
    assert_eq!((summary.accepted, summary.rejected), (801, 0));
    let case = desk.case("SPOR-2025-0101").await;
    assert_eq!(case.entries().iter().filter(|entry| entry.is_retracted).count(), 100);
    desk.store().verify(|_| {}).await.expect("an unbroken log");
}

#[tokio::test]
async fn an_import_yields_to_people_who_write_meanwhile() {
    let desk = Desk::new(Kind::Production).await;
    desk.import(OPENED).await;
    let mut lines = Vec::new();
    for n in 0..600 {
        lines.push(SESSION.replace("e-2", &format!("s-{n}")));
    }
    let journal = lines.join("\n");
    let people = async {
        for n in 0..20 {
            let line = SESSION.replace("e-2", &format!("p-{n}"));
            // Losing every race is an answer too; what counts is that nothing is lost or doubled.
            let _ = desk.wish(&wish(&line)).await;
            tokio::task::yield_now().await;
        }
    };
    let ((summary, _), ()) = tokio::join!(desk.import(&journal), people);
    assert_eq!((summary.accepted, summary.rejected), (600, 0));
    let case = desk.case("SPOR-2025-0101").await;
    let imported = case.entries().iter().filter_map(|entry| entry.id.as_ref());
    assert_eq!(imported.filter(|id| id.as_str().starts_with("s-")).count(), 600);
    desk.store().verify(|_| {}).await.expect("an unbroken log");
}
