//! What the tables say about a few days of a few cases.

use spor_projections::query::Query;
use spor_projections::tables;
use spor_store::Cell;

use super::stage::{Stage, shown};

async fn told() -> Stage {
    let mut stage = Stage::new().await;
    stage.tell(&[
        "2025-01-02 StaffRegistered person=L-01 roles=professional_lead administration=employment",
        "2025-01-13 CaseOpened administration=employment mentor=M-05 caseworker=SB-07 \
         birth_date=2007-07-01",
        "2025-01-13 SupportGranted track=T1 basis=SEL-85 weekly_hours=3 budget=social until=-",
        "2025-02-20 FollowUpHeld participants=caseworker,mentor,youth",
        "2025-03-03 SupportGranted track=T2 basis=voluntary weekly_hours=2.5 person=V-01 until=-",
        "2025-03-10 SessionHeld track=T1 minutes=150 by=M-05 id=e-1",
        "2025-03-18 SessionHeld track=T1 minutes=150 by=M-05",
        "2025-03-25 SessionHeld track=T1 minutes=165 by=M-05",
        "2025-04-01 SessionHeld track=T1 minutes=255 by=M-05",
        "2025-04-08 FollowUpDelayExplained",
        "2025-05-20 FollowUpHeld participants=caseworker,mentor youth_absence=no_show",
    ]).await;
    stage
}

async fn row(stage: &Stage, table: &str, columns: &str, condition: &str) -> Vec<Vec<String>> {
    let query = Query {
        where_text: Some(condition.to_owned()),
        columns: Some(columns.to_owned()),
        ..Query::default()
    };
    let rows = stage.ask(table, query).await.rows;
    rows.iter().map(|row| row.iter().map(shown).collect()).collect()
}

#[tokio::test]
async fn an_overdue_deadline_names_its_roles_and_people() {
    let stage = told().await;
    let rows = row(&stage, "deadlines", "due,status,level,days,roles,people", "rule=R01").await;
    assert_eq!(rows[0], ["2025-02-24", "met", "-", "-4", "-", "-"]);
    let told = "caseworker, management, mentor, professional_lead, volunteer";
    let people = "caseworker=SB-07, management=nobody, mentor=M-05, professional_lead=L-01, \
                  volunteer=V-01";
    assert_eq!(rows[1], ["2025-04-03", "overdue", "critical", "47", told, people]);
}

#[tokio::test]
async fn a_deadline_wakes_on_the_working_day_before_its_notice_and_never_once_settled() {
    let stage = told().await;
    let rules = "rule=R01 or rule=R03 or rule=R05";
    let rows = row(&stage, "deadlines", "rule,due,notice_from,wakes_at", rules).await;
    let expected = [
        ["R01", "2025-02-24", "2025-02-17", "-"],
        ["R01", "2025-04-03", "2025-03-27", "2025-03-27T05:30:00+00:00"],
        // 42 days before 1 January 2025 lies before the case: it opens with it.
        ["R03", "2025-02-10", "2025-01-13", "2025-01-13T05:30:00+00:00"],
        // 13 June 2025 is a Friday.
        ["R05", "2025-07-13", "2025-06-13", "2025-06-13T04:30:00+00:00"],
    ];
    assert_eq!(rows, expected);
}

#[tokio::test]
async fn follow_ups_tell_each_interval_and_who_was_missing() {
    let stage = told().await;
    let columns = "due,held,on_time,days_late,counted,missing,explained";
    let rows = row(&stage, "follow_ups", columns, "case=SPOR-2025-0001").await;
    let expected = [
        ["2025-02-24", "2025-02-20", "true", "0", "true", "-", "false"],
        ["2025-04-03", "2025-05-20", "false", "47", "false", "youth, volunteer", "true"],
        ["2025-04-03", "-", "false", "47", "-", "-", "true"],
    ];
    assert_eq!(rows, expected);
}

#[tokio::test]
async fn tracks_average_four_whole_weeks() {
    let stage = told().await;
    let columns = "track,granted,avg_4w,hours_status,status,budget".to_owned();
    let query = Query {
        columns: Some(columns),
        as_of: Some("2025-04-09".parse().unwrap()),
        ..Query::default()
    };
    let rows = stage.ask("tracks", query).await.rows;
    let rows: Vec<Vec<String>> = rows.iter().map(|r| r.iter().map(shown).collect()).collect();
    assert_eq!(rows[0], ["T1", "3", "3", "ok", "active", "social"]);
    assert_eq!(rows[1][..5], ["T2", "2.5", "0", "low", "active"]);
}

#[tokio::test]
async fn a_case_shows_what_is_next_and_what_stands_out() {
    let stage = told().await;
    let columns = "state,phase,age,adult,active_bases,weekly_hours,next_due,next_rule,days,flags";
    let rows = row(&stage, "cases", columns, "mentor=M-05").await;
    let flags = "follow_up_delay_explained, follow_up_partial";
    let bases = "SEL-85, voluntary";
    let expected =
        ["open", "working", "17", "false", bases, "5.5", "2025-02-10", "R03", "99", flags];
    assert_eq!(rows, [expected]);
    let early = Query {
        columns: Some("phase,flags,weekly_hours".to_owned()),
        as_of: Some("2025-02-01".parse().unwrap()),
        ..Query::default()
    };
    let rows = stage.ask("cases", early).await.rows;
    assert_eq!(rows[0].iter().map(shown).collect::<Vec<_>>(), ["relation", "-", "3"]);
}

#[tokio::test]
async fn sessions_and_events_show_entries_and_their_reasons() {
    let stage = told().await;
    let rows = row(&stage, "sessions", "on,minutes,by,track,entry,versions", "minutes > 200").await;
    assert_eq!(rows[0][..4], ["2025-04-01", "255", "M-05", "T1"]);
    let rows = row(&stage, "sessions", "entry,versions", "on=2025-03-10").await;
    assert_eq!(rows, [["e-1", "1"]]);
    let columns = "position,stream,version,type,actor,reason";
    let rows = row(&stage, "events", columns, "type ~ delay").await;
    let stream = "case-SPOR-2025-0001";
    let kind = "FollowUpDelayExplained";
    assert_eq!(rows, [["11", stream, "9", kind, "staff-K-01", "as agreed"]]);
    let last = Query {
        columns: Some("position".to_owned()),
        sort: Some("-position".to_owned()),
        limit: Some(2),
        ..Query::default()
    };
    let rows = stage.ask("events", last).await.rows;
    assert_eq!(rows, [[Cell::Integer(12)], [Cell::Integer(11)]]);
    assert!(stage.ask("reminders", Query::default()).await.rows.is_empty());
}

#[test]
fn every_column_is_described_in_both_languages_and_keys_are_kept() {
    for table in tables::ALL {
        for column in table.shown() {
            assert!(!column.da.is_empty() && !column.en.is_empty(), "{}", column.name);
        }
        for key in table.key {
            assert!(table.kept_place(key).is_some(), "{} {key}", table.name);
        }
        for index in table.indexes {
            assert!(index.columns.iter().all(|name| table.kept_place(name).is_some()));
        }
    }
}

#[tokio::test]
async fn every_table_answers_its_question() {
    let mut stage = Stage::new().await;
    stage
        .tell(&[
            "2025-01-02 CaseReferred administration=social group_wish=true",
            "2025-01-03 CasePlacedOnWaitingList",
            "2025-01-13 CaseOpened birth_date=2009-07-01",
            "2025-01-20 GoalSet goal=G1 domain=work axis=towards_labour_market",
            "2025-02-03 GoalProgressAssessed goal=G1 scale=3 by=youth",
            "2025-03-03 GoalProgressAssessed goal=G1 scale=5 by=youth",
            "2025-01-20 NetworkMapped kind=network_map persons=3 support_described=true",
            "2025-03-10 NetworkMapped kind=network_map persons=5 support_described=true",
            "2025-01-20 FamilyInvolvementAgreed extent=limited youth_view_recorded=true",
            "2025-01-27 MethodChosen method=coaching",
            "2025-02-10 MethodReflectionNoted decision=keep",
            "2025-03-17 CaseClosed reason=youth_wish",
            "2025-03-20 MethodEvaluated value=good",
        ])
        .await;
    for (table, columns, expected) in [
        ("waiting_list", "since,days,group_wish,opened_on", "2025-01-03 10 true 2025-01-13"),
        ("goals", "domain,axis,scale,trend", "work towards_labour_market 5 up"),
        ("network", "mapped_on,persons,maps,extent", "2025-03-10 5 2 limited"),
        ("methods", "chosen_on,choices,reflected_on", "2025-01-27 1 2025-02-10"),
        ("endings", "days,reason,before_three_months", "63 youth_wish true"),
        ("transitions", "turns_17_half,turns_18", "2027-01-01 2027-07-01"),
    ] {
        let rows = row(&stage, table, columns, "case=SPOR-2025-0001").await;
        assert_eq!(rows.iter().map(|row| row.join(" ")).collect::<Vec<_>>(), [expected], "{table}");
    }
}
