//! Reports and the directory's table, by hand for one case, one mentor and one volunteer.

use spor_projections::query::Query;

use super::stage::{Stage, shown};

async fn told() -> Stage {
    let mut stage = Stage::new().await;
    stage
        .tell(&[
            "2025-01-02 StaffRegistered person=M-05 roles=mentor administration=employment \
         employment=permanent capacity_hours=20 email=m05@kommune.example",
            "2025-01-13 CaseOpened administration=employment mentor=M-05 caseworker=SB-07 \
         birth_date=2007-07-01",
            "2025-01-13 SupportGranted track=T1 basis=SEL-85 weekly_hours=3 budget=social \
         person=M-05 until=-",
            "2025-02-01 SupervisionAttended person=M-05",
            "2025-02-10 ConfidentialityPledgeSigned person=V-01",
            "2025-02-15 StaffRegistered person=V-01 roles=volunteer administration=employment \
         employment=volunteer email=v01@kommune.example",
            "2025-02-20 FollowUpHeld participants=caseworker,mentor,youth",
            "2025-03-03 SupportGranted track=T2 basis=voluntary weekly_hours=2.5 budget=social \
         person=V-01 until=-",
            "2025-03-10 SessionHeld track=T1 minutes=150 by=M-05",
            "2025-03-12 SessionHeld track=T2 minutes=615 by=V-01",
            "2025-03-18 SessionHeld track=T1 minutes=150 by=M-05",
            "2025-03-25 SessionHeld track=T1 minutes=165 by=M-05",
            "2025-04-08 FollowUpDelayExplained",
        ])
        .await;
    stage
}

/// Every row as of a day, cells parted by blanks.
async fn asked(stage: &Stage, table: &str, day: &str) -> Vec<String> {
    let as_of = Some(day.parse().unwrap());
    let answer = stage.ask(table, Query { as_of, ..Query::default() }).await;
    answer.rows.iter().map(|row| row.iter().map(shown).collect::<Vec<_>>().join(" ")).collect()
}

#[tokio::test]
async fn follow_ups_are_counted_by_unit_and_by_the_quarter_they_were_due_in() {
    let stage = told().await;
    // Due 24 February, held the 20th; due 3 April, 47 days later still not held.
    let rows = ["employment 2025-Q1 1 1 0 100 - 0 0", "employment 2025-Q2 1 0 1 0 47 1 1"];
    assert_eq!(asked(&stage, "follow_up_compliance", "2025-05-20").await, rows);
    // On the last day in time nothing is late yet.
    assert_eq!(asked(&stage, "follow_up_compliance", "2025-04-03").await, rows[..1]);
}

#[tokio::test]
async fn a_load_is_open_cases_and_active_tracks_beside_the_hours_one_has() {
    let stage = told().await;
    let rows = [
        "M-05 permanent employment 1 3 20 17 0 2025-02-01",
        "V-01 volunteer employment 1 2.5 - - 0 -",
    ];
    assert_eq!(asked(&stage, "mentor_load", "2025-05-20").await, rows);
    // Before the second track the volunteer carries nothing.
    assert_eq!(asked(&stage, "mentor_load", "2025-03-02").await, rows[..1]);
}

#[tokio::test]
async fn a_volunteer_is_judged_by_whole_months() {
    let stage = told().await;
    let rows = [
        "V-01 2025-03 10.25 1 2025-02-10 ok",
        "V-01 2025-04 0 0 2025-02-10 below_minimum",
        "V-01 2025-05 0 0 2025-02-10 running",
    ];
    assert_eq!(asked(&stage, "volunteer_corps", "2025-05-20").await, rows);
}

#[tokio::test]
async fn money_is_told_by_budget_law_and_month() {
    let stage = told().await;
    // 3 hours a week: 19 days of January, 28 of February, 31 of March.
    let rows = [
        "social SEL-85 2025-01 0 8.14 1",
        "social SEL-85 2025-02 0 12 1",
        "social SEL-85 2025-03 7.75 13.28 1",
        "social voluntary 2025-03 10.25 10.35 1",
    ];
    assert_eq!(asked(&stage, "budgets", "2025-03-31").await, rows);
}

#[tokio::test]
async fn reviews_are_counted_in_the_round_that_was_opened_last() {
    let mut stage = told().await;
    let half_year = "2025-H1 2025-01-01 employment 1 0 1 1 -";
    assert_eq!(asked(&stage, "method_review", "2025-05-20").await, [half_year]);
    stage
        .tell(&[
            "2025-05-01 ReviewRoundOpened period=2025-spring",
            "2025-05-05 MethodReviewHeld participants=professional_lead,mentor",
            "2025-05-06 MethodChosen method=none",
            "2025-05-07 MethodEvaluated value=high",
        ])
        .await;
    let round = "2025-spring 2025-05-01 employment 1 1 0 0 high 1";
    assert_eq!(asked(&stage, "method_review", "2025-05-20").await, [round]);
    // What was reviewed before the next round does not count in it.
    stage.tell(&["2025-05-10 ReviewRoundOpened period=2025-summer"]).await;
    let next = "2025-summer 2025-05-10 employment 1 0 1 0 high 1";
    assert_eq!(asked(&stage, "method_review", "2025-05-20").await, [next]);
}

#[tokio::test]
async fn what_was_overridden_for_a_reason_is_seen_in_the_table_and_counted_in_the_report() {
    let mut stage = told().await;
    let overridden = Query {
        as_of: Some("2025-05-20".parse().unwrap()),
        columns: Some("case,overridden".to_owned()),
        ..Query::default()
    };
    let before = stage.ask("cases", overridden.clone()).await;
    assert_eq!(shown(&before.rows[0][1]), "-");
    stage
        .tell(&["2025-05-10 FamilyInvolvementAgreed extent=weekly youth_view_recorded=false \
             reason=ill"])
        .await;
    let after = stage.ask("cases", overridden).await;
    assert_eq!(shown(&after.rows[0][1]), "youth_view_missing");
    let rows = [
        "follow_up_delay_explained flag employment 1 1",
        "youth_view_missing overridden employment 1 1",
    ];
    assert_eq!(asked(&stage, "deviations", "2025-05-20").await, rows);
}

#[tokio::test]
async fn the_directory_is_a_table_of_the_day() {
    let mut stage = told().await;
    stage
        .tell(&[
            "2025-05-01 AvailabilityChanged person=M-05 capacity_hours=10 \
             absent_from=2025-05-05 absent_until=2025-05-09 deputy=M-06",
            "2025-05-02 CompetenceRecorded person=M-05 kind=dual_role",
        ])
        .await;
    let columns = "person,roles,capacity,last_supervision,absent_until,deputy,competences";
    let asked = async |day: &str| {
        let query = Query {
            as_of: Some(day.parse().unwrap()),
            columns: Some(columns.to_owned()),
            where_text: Some("person=M-05".to_owned()),
            ..Query::default()
        };
        let answer = stage.ask("staff", query).await;
        answer.rows[0].iter().map(shown).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(asked("2025-04-30").await, "M-05 mentor 20 2025-02-01 - - -");
    let away = "M-05 mentor 10 2025-02-01 2025-05-09 M-06 dual_role";
    assert_eq!(asked("2025-05-06").await, away);
}

#[tokio::test]
async fn who_may_meet_depends_on_the_day_and_the_assessment() {
    let mut stage = told().await;
    let eligible = "- - M-05 SPOR-2025-0001 2025-04-13";
    assert!(asked(&stage, "groups", "2025-05-20").await[0].starts_with(eligible));
    let at_first = stage.column("groups", "assessment", "eligible=false").await;
    assert_eq!(at_first, ["none"]);
    stage.tell(&["2025-04-14 GroupSuitabilityAssessed outcome=suitable by=SB-07"]).await;
    assert_eq!(stage.column("groups", "assessment", "eligible=true").await, ["suitable"]);
}

#[tokio::test]
async fn rows_that_are_alike_are_counted() {
    let stage = told().await;
    let query = |limit, condition: &str| Query {
        group_by: Some("by,track".to_owned()),
        where_text: Some(condition.to_owned()),
        sort: Some("by".to_owned()),
        limit,
        ..Query::default()
    };
    let counted = async |query| {
        let answer = stage.ask("sessions", query).await;
        assert_eq!(answer.columns.last().unwrap().name, "count");
        let text = |row: &Vec<_>| row.iter().map(shown).collect::<Vec<_>>().join(" ");
        answer.rows.iter().map(text).collect::<Vec<_>>()
    };
    assert_eq!(counted(query(None, "minutes>0")).await, ["M-05 T1 3", "V-01 T2 1"]);
    // A limit is one of groups, not of the rows that are counted.
    assert_eq!(counted(query(Some(1), "minutes>0")).await, ["M-05 T1 3"]);
    assert_eq!(counted(query(None, "minutes=150")).await, ["M-05 T1 2"]);
}
