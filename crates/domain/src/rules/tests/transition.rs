use super::*;

#[test]
fn the_transition_meeting_stays_open_after_18_until_it_is_held() {
    let lines = [
        ("2025-01-15", "CaseOpened", opened("2008-02-29")),
        ("2025-09-01", "TransitionMeetingHeld", met(&["employment", "mentor", "youth"])),
        ("2026-04-01", "TransitionMeetingHeld", all_parties()),
    ];
    let lead = "caseworker mentor professional_lead";
    let table = [
        ("2025-07-17", String::new()),
        ("2025-07-18", "R03 2025-08-29 notice: caseworker mentor".to_owned()),
        ("2025-08-29", "R03 2025-08-29 notice: caseworker mentor".to_owned()),
        ("2025-08-30", format!("R03 2025-08-29 overdue: {lead}")),
        ("2025-09-11", format!("R03 2025-08-29 overdue: {lead}")),
        ("2025-09-12", format!("R03 2025-08-29 escalated: {lead} receiving_lead")),
        ("2026-02-27", format!("R03 2025-08-29 escalated: {lead} receiving_lead")),
        (
            "2026-02-28",
            "R03 2025-08-29 critical: caseworker management mentor professional_lead receiving_lead"
                .to_owned(),
        ),
        ("2026-04-01", String::new()),
    ];
    let table: Vec<(&str, &str)> = table.iter().map(|(on, line)| (*on, line.as_str())).collect();
    check("R03", &lines, &table);
    assert_eq!(history("R03", &lines, "2026-05-01"), ["1 due 2025-08-29: 2026-04-01 by 3 Met"]);
}

#[test]
fn the_18th_birthday_is_critical_even_before_the_day_it_is_due() {
    let lines = [("2025-06-01", "CaseOpened", opened("2007-06-15"))];
    let all = "caseworker management mentor professional_lead";
    let table = [
        ("2025-06-01", "R03 2025-06-29 notice: caseworker mentor".to_owned()),
        ("2025-06-14", "R03 2025-06-29 notice: caseworker mentor".to_owned()),
        ("2025-06-15", "R03 2025-06-29 critical: caseworker management mentor".to_owned()),
        ("2025-06-30", format!("R03 2025-06-29 critical: {all}")),
        ("2025-07-13", format!("R03 2025-06-29 critical: {all} receiving_lead")),
    ];
    let table: Vec<(&str, &str)> = table.iter().map(|(on, line)| (*on, line.as_str())).collect();
    check("R03", &lines, &table);
}

#[test]
fn a_meeting_held_is_carried_over_and_adults_need_none() {
    let lines = [
        ("2025-01-15", "CaseOpened", opened("2008-02-29")),
        ("2025-03-01", "TransitionMeetingHeld", all_parties()),
        ("2025-05-01", "CaseClosed", json!({})),
        ("2025-08-01", "CaseReopened", reopened()),
        ("2025-12-01", "CaseClosed", json!({})),
        ("2026-06-01", "CaseReopened", reopened()),
    ];
    assert_eq!(
        history("R03", &lines, "2027-01-01"),
        ["1 due 2025-08-29: 2025-03-01 by 2 Met", "4 due 2025-08-29: 2025-03-01 by 2 Met"]
    );
    check("R03", &lines, &[("2025-08-30", ""), ("2026-06-01", "")]);
}

#[test]
fn an_erased_birth_date_leaves_no_transition_deadline() {
    let fields = opened("2008-02-29").to_string();
    let mut event = Event::decode("CaseOpened", &fields).unwrap();
    event.open(&Sealed::Erased);
    let mut case = Case::default();
    case.evolve(Recorded {
        position: Position(1),
        event_id: id(1),
        recorded_at: DateTime::UNIX_EPOCH,
        occurred_on: day("2025-01-15"),
        id: None,
        event,
    });
    let deadlines = all_deadlines(&case, day("2025-12-01"));
    assert!(deadlines.iter().all(|deadline| deadline.rule.id != "R03"));
}
