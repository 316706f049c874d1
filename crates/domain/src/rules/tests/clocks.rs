use super::*;

#[test]
fn a_late_follow_up_rises_level_by_level() {
    let lines = [
        ("2025-01-13", "CaseOpened", opened("2004-01-09")),
        ("2025-02-20", "FollowUpHeld", all_three()),
        ("2025-04-08", "FollowUpDelayExplained", json!({"planned_for": "2025-04-25"})),
        ("2025-05-20", "FollowUpHeld", follow_up(&["caseworker", "mentor"])),
        ("2025-05-27", "FollowUpHeld", all_three()),
    ];
    let critical = "R01 2025-04-03 critical: caseworker management mentor professional_lead";
    let table = [
        ("2025-03-26", ""),
        ("2025-03-27", "R01 2025-04-03 notice: caseworker mentor"),
        ("2025-04-03", "R01 2025-04-03 notice: caseworker mentor"),
        ("2025-04-04", "R01 2025-04-03 overdue: caseworker mentor"),
        ("2025-04-09", "R01 2025-04-03 overdue: caseworker mentor"),
        ("2025-04-10", "R01 2025-04-03 escalated: caseworker mentor professional_lead"),
        ("2025-05-15", "R01 2025-04-03 escalated: caseworker mentor professional_lead"),
        ("2025-05-16", critical),
        ("2025-05-26", critical),
        ("2025-05-27", ""),
        ("2025-07-01", "R01 2025-07-08 notice: caseworker mentor"),
    ];
    check("R01", &lines, &table);
}

#[test]
fn every_interval_of_every_episode_stays_in_the_history() {
    let lines = [
        ("2025-01-13", "CaseOpened", opened("2004-01-09")),
        ("2025-02-20", "FollowUpHeld", all_three()),
        ("2025-02-20", "FollowUpHeld", all_three()),
        ("2025-03-01", "FollowUpHeld", follow_up(&["mentor"])),
        ("2025-05-01", "CaseClosed", json!({})),
        ("2025-09-01", "CaseReopened", reopened()),
        ("2025-10-01", "FollowUpHeld", all_three()),
    ];
    assert_eq!(
        history("R01", &lines, "2025-12-01"),
        [
            "1 due 2025-02-24: 2025-02-20 by 2 Met",
            "2 due 2025-04-03: 2025-05-01 by 5 Ended",
            "6 due 2025-10-13: 2025-10-01 by 7 Met",
            "7 due 2025-11-12: open",
        ]
    );
    assert_eq!(
        history("R05", &lines, "2025-12-01"),
        ["1 due 2025-07-13: 2025-05-01 by 5 Ended", "6 due 2026-03-01: open"]
    );
}

#[test]
fn a_follow_up_on_the_closing_day_is_met_not_ended() {
    let lines = [
        ("2025-01-13", "CaseOpened", opened("2004-01-09")),
        ("2025-02-20", "CaseClosed", json!({"reason": "youth_wish"})),
        ("2025-02-20", "FollowUpHeld", all_three()),
    ];
    let history = history("R01", &lines, "2025-06-01");
    assert_eq!(history[0], "1 due 2025-02-24: 2025-02-20 by 3 Met");
    check("R01", &lines, &[("2025-02-19", "R01 2025-02-24 notice: caseworker mentor")]);
    check("R0", &lines, &[("2025-02-20", ""), ("2026-02-20", "")]);
}

#[test]
fn a_volunteer_is_told_while_the_voluntary_track_is_active() {
    let lines = [
        ("2025-01-13", "CaseOpened", opened("2004-01-09")),
        ("2025-01-13", "SupportGranted", granted("T1", "SEL-85", "2025-01-13", None)),
        (
            "2025-01-20",
            "SupportGranted",
            granted("T2", "voluntary", "2025-02-20", Some("2025-02-27")),
        ),
    ];
    let table = [
        ("2025-02-19", "R01 2025-02-24 notice: caseworker mentor"),
        ("2025-02-20", "R01 2025-02-24 notice: caseworker mentor volunteer"),
        ("2025-02-27", "R01 2025-02-24 overdue: caseworker mentor volunteer"),
        ("2025-02-28", "R01 2025-02-24 overdue: caseworker mentor"),
    ];
    check("R01", &lines, &table);
}

#[test]
fn claims_of_another_system_open_the_clocks_but_nothing_before_the_import() {
    let claims = json!({"last_follow_up": "2024-11-01", "last_method_review": "2024-08-31"});
    let lines = [("2025-01-13", "CaseImported", imported("2004-01-09", &claims))];
    let case = case(&lines);
    let deadlines = all_deadlines(&case, day("2025-01-13"));
    let follow_up = deadlines.iter().find(|deadline| deadline.rule.id == "R01").unwrap();
    assert_eq!(follow_up.due, day("2024-12-13"));
    assert_eq!(
        follow_up.level_days(),
        [
            (Level::Notice, day("2025-01-13")),
            (Level::Overdue, day("2025-01-13")),
            (Level::Escalated, day("2025-01-13")),
            (Level::Critical, day("2025-01-25")),
        ]
    );
    assert_eq!(follow_up.level_on(day("2025-01-12")), None);
    assert_eq!(follow_up.level_on(day("2025-01-13")), Some(Level::Escalated));
    let review = "R05 2025-02-28 notice: mentor professional_lead";
    check("R05", &lines, &[("2025-01-28", ""), ("2025-01-29", review)]);
}

#[test]
fn the_review_of_a_case_goes_up_to_management() {
    let lines = [
        ("2025-01-15", "CaseOpened", opened("2004-01-09")),
        ("2025-03-01", "MethodReviewHeld", json!({"participants": ["professional_lead"]})),
        ("2025-08-31", "MethodReviewHeld", reviewed()),
    ];
    let table = [
        ("2025-06-14", ""),
        ("2025-06-15", "R05 2025-07-15 notice: mentor professional_lead"),
        ("2025-07-16", "R05 2025-07-15 overdue: mentor professional_lead"),
        ("2025-07-28", "R05 2025-07-15 overdue: mentor professional_lead"),
        ("2025-07-29", "R05 2025-07-15 escalated: management mentor professional_lead"),
        ("2025-08-31", ""),
        ("2026-01-29", "R05 2026-02-28 notice: mentor professional_lead"),
    ];
    check("R05", &lines, &table);
}
