use super::*;

#[test]
fn a_lab_period_ends_when_somebody_decides() {
    let extended = |until: &str| json!({"track": "T1", "until": until});
    let switched = json!({"from_track": "T1", "track": "T2", "basis": "SEL-85",
                          "weekly_hours": 6, "budget": "social", "person": "M-01"});
    let lines = [
        ("2025-02-03", "CaseOpened", opened("2003-05-14")),
        (
            "2025-02-03",
            "SupportGranted",
            granted("T1", "LAB-167", "2025-02-03", Some("2025-08-03")),
        ),
        ("2025-07-01", "SupportExtended", extended("2025-10-01")),
        ("2025-10-10", "SupportExtended", extended("2026-02-01")),
        ("2026-01-15", "SupportSwitched", switched),
    ];
    let table = [
        ("2025-06-21", ""),
        ("2025-06-22", "R07 2025-08-03 notice: caseworker mentor"),
        ("2025-07-01", ""),
        ("2025-08-20", "R07 2025-10-01 notice: caseworker mentor"),
        ("2025-10-02", "R07 2025-10-01 overdue: caseworker mentor professional_lead"),
        ("2025-10-10", ""),
        ("2025-12-21", "R07 2026-02-01 notice: caseworker mentor"),
        ("2026-01-15", ""),
    ];
    check("R07", &lines, &table);
    assert_eq!(
        history("R07", &lines, "2026-03-01"),
        [
            "2 due 2025-08-03: 2025-07-01 by 3 Met",
            "3 due 2025-10-01: 2025-10-10 by 4 Met",
            "4 due 2026-02-01: 2026-01-15 by 5 Met",
        ]
    );
}

#[test]
fn a_later_lab_track_ends_the_expired_one_when_it_begins() {
    let lines = [
        ("2025-02-03", "CaseOpened", opened("2003-05-14")),
        (
            "2025-02-03",
            "SupportGranted",
            granted("T1", "LAB-167", "2025-02-03", Some("2025-04-01")),
        ),
        ("2025-04-05", "SupportGranted", granted("T2", "SEL-85", "2025-04-05", None)),
        (
            "2025-04-10",
            "SupportGranted",
            granted("T3", "LAB-167", "2025-04-20", Some("2025-09-20")),
        ),
        ("2025-06-01", "SupportEnded", json!({"track": "T3"})),
    ];
    let late = "R07 2025-04-01 overdue: caseworker mentor professional_lead";
    let table = [
        ("2025-02-17", ""),
        ("2025-02-18", "R07 2025-04-01 notice: caseworker mentor"),
        ("2025-04-02", late),
        ("2025-04-19", late),
        ("2025-04-20", ""),
        ("2025-08-10", ""),
    ];
    check("R07", &lines, &table);
}

#[test]
fn closing_ends_every_deadline_even_of_entries_typed_later() {
    let lines = [
        ("2025-02-03", "CaseOpened", opened("2009-05-14")),
        (
            "2025-02-03",
            "SupportGranted",
            granted("T1", "LAB-167", "2025-02-03", Some("2025-06-20")),
        ),
        (
            "2025-06-01",
            "LimitedSupportPeriodStarted",
            json!({"track": "T1", "until": "2025-06-30"}),
        ),
        ("2025-06-10", "CaseClosed", json!({"reason": "youth_wish"})),
        ("2025-06-10", "SupportExtended", json!({"track": "T1", "until": "2025-12-01"})),
        ("2026-01-10", "CaseReopened", reopened()),
    ];
    let table = [
        ("2025-06-09", "R07 2025-06-20 notice: caseworker mentor"),
        ("2025-06-10", ""),
        ("2025-12-02", ""),
        ("2026-01-11", ""),
    ];
    check("R07", &lines, &table);
    check("R08", &lines, &[("2025-06-25", ""), ("2026-01-11", "")]);
    check("R0", &lines, &[("2025-06-10", ""), ("2025-12-31", ""), ("2026-01-11", "")]);
}

#[test]
fn the_month_with_more_support_ends_with_a_decision() {
    let lines = [
        ("2025-02-03", "CaseOpened", opened("2003-05-14")),
        (
            "2025-02-03",
            "SupportGranted",
            granted("T1", "LAB-167", "2025-02-03", Some("2025-08-03")),
        ),
        (
            "2025-05-05",
            "LimitedSupportPeriodStarted",
            json!({"track": "T1", "until": "2025-06-05"}),
        ),
        (
            "2025-06-10",
            "LimitedSupportPeriodEnded",
            json!({"track": "T1", "outcome": "lasting_need"}),
        ),
    ];
    let table = [
        ("2025-05-28", ""),
        ("2025-05-29", "R08 2025-06-05 notice: caseworker mentor"),
        ("2025-06-05", "R08 2025-06-05 notice: caseworker mentor"),
        ("2025-06-06", "R08 2025-06-05 overdue: caseworker mentor professional_lead"),
        ("2025-06-10", ""),
    ];
    check("R08", &lines, &table);
}
