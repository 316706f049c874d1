//! The duties that a rule reminds of: when it speaks, to whom, and what settles it.

use spor_tests::given::given;

use super::{LAB, OPENED, SEL};

/// The reminders of one rule on these days, after these entries.
fn told(lines: &[&str], rule: &str, days: &[&str]) -> Vec<String> {
    let given = given(lines);
    days.iter().flat_map(|day| given.reminders_of(rule, day)).collect()
}

#[test]
fn a_week_without_dialogue_is_told() {
    let days = ["2025-01-12", "2025-01-13", "2025-01-27"];
    let expected =
        ["R02 2025-01-13 notice: mentor", "R02 2025-01-13 escalated: mentor professional_lead"];
    assert_eq!(told(&[OPENED], "R02", &days), expected);
    for dialogue in ["DialogueHeld need=same", "SessionHeld minutes=30", "FollowUpHeld"] {
        let held = format!("2025-01-12 {dialogue}");
        assert!(told(&[OPENED, &held], "R02", &["2025-01-13", "2025-01-18"]).is_empty());
    }
    let without = "2025-01-12 FollowUpHeld participants=caseworker,mentor";
    assert_eq!(told(&[OPENED, without], "R02", &["2025-01-13"]).len(), 1);
}

#[test]
fn a_method_is_chosen_within_six_weeks() {
    let days = ["2025-02-09", "2025-02-10", "2025-03-03"];
    let expected =
        ["R06 2025-02-17 notice: mentor", "R06 2025-02-17 escalated: mentor professional_lead"];
    assert_eq!(told(&[OPENED], "R06", &days), expected);
    let chosen = "2025-02-05 MethodChosen method=none reason='no named method, deliberately'";
    assert!(told(&[OPENED, chosen], "R06", &days).is_empty());
}

#[test]
fn the_network_is_mapped_within_six_weeks() {
    let days = ["2025-02-09", "2025-02-10", "2025-03-03"];
    let expected = [
        "R10 2025-02-17 notice: caseworker mentor",
        "R10 2025-02-17 escalated: caseworker mentor professional_lead",
    ];
    assert_eq!(told(&[OPENED], "R10", &days), expected);
    let mapped = "2025-02-05 NetworkMapped kind=genogram persons=4 support_described=true";
    assert!(told(&[OPENED, mapped], "R10", &days).is_empty());
}

#[test]
fn a_method_is_judged_within_two_weeks_of_the_end() {
    let ended = [
        OPENED,
        "2025-01-20 MethodChosen method=coaching reason='asked for it'",
        "2025-05-05 CaseClosed reason=youth_wish",
    ];
    let days = ["2025-05-05", "2025-05-20"];
    let expected = [
        "R14 2025-05-19 notice: caseworker mentor",
        "R14 2025-05-19 overdue: caseworker mentor professional_lead",
    ];
    assert_eq!(told(&ended, "R14", &days), expected);
    let judged = [&ended[..], &["2025-05-05 MethodEvaluated value=good"]].concat();
    assert!(told(&judged, "R14", &days).is_empty());
}

#[test]
fn support_after_eighteen_is_in_place_in_time() {
    let opened = "2025-01-06 CaseOpened birth_date=2007-06-18 administration=children_family";
    let child = "2025-01-06 SupportGranted track=T1 basis=BL-32 weekly_hours=3";
    let days = ["2025-04-22", "2025-04-23", "2025-06-18"];
    let expected = [
        "R04 2025-05-21 notice: caseworker professional_lead receiving_caseworker",
        "R04 2025-05-21 critical: caseworker professional_lead receiving_caseworker",
    ];
    assert_eq!(told(&[opened, child], "R04", &days), expected);
    let handed = [
        opened,
        child,
        "2025-03-03 HandoverStarted from_administration=children_family \
         to_administration=adult_disability receiving_caseworker=SB-20 effective_on=2025-06-18 \
         mentor_included=true",
        "2025-03-10 HandoverAccepted by=SB-20",
        "2025-03-17 SupportGranted track=T2 basis=SEL-85 weekly_hours=3 from=2025-06-18",
    ];
    assert!(told(&handed, "R04", &days).is_empty());
}

#[test]
fn a_volunteer_below_ten_hours_is_told_the_month_after() {
    let volunteers = [
        OPENED,
        "2025-01-06 ConfidentialityPledgeSigned person=V-01",
        "2025-01-06 MentorAssigned person=V-01 role=volunteer",
        "2025-02-05 SessionHeld minutes=599 by=V-01",
    ];
    let days = ["2025-02-28", "2025-03-01", "2025-03-31"];
    let expected = ["R12 - notice: volunteer_coordinator"; 2];
    assert_eq!(told(&volunteers, "R12", &days), expected);
    let enough = [&volunteers[..], &["2025-02-06 SessionHeld minutes=1 by=V-01"]].concat();
    assert!(told(&enough, "R12", &days).is_empty());
}

#[test]
fn whoever_holds_two_roles_has_supervision() {
    let (sel, lab) = (format!("{SEL} person=M-01"), format!("{LAB} track=T2 person=M-01"));
    let days = ["2025-02-20", "2025-02-21", "2025-04-06"];
    let expected = [
        "R15 2025-03-07 notice: mentor professional_lead",
        "R15 2025-03-07 escalated: management mentor professional_lead",
    ];
    assert_eq!(told(&[OPENED, &sel, &lab], "R15", &days), expected);
    let attended = "2025-02-19 SupervisionAttended person=M-01";
    assert!(told(&[OPENED, &sel, &lab, attended], "R15", &days[..2]).is_empty());
    assert!(told(&[OPENED, &sel], "R15", &days).is_empty());
}

#[test]
fn the_waiting_list_is_told_after_four_weeks() {
    let waiting = ["2025-01-06 CaseReferred", "2025-01-06 CasePlacedOnWaitingList"];
    let days = ["2025-02-03", "2025-02-04"];
    assert_eq!(told(&waiting, "R16", &days), ["R16 2025-02-03 overdue: professional_lead"]);
    let opened = [&waiting[..], &["2025-02-04 CaseOpened"]].concat();
    assert!(told(&opened, "R16", &days[1..]).is_empty());
}

#[test]
fn where_the_family_takes_no_part_nothing_falls_due() {
    let agreed = "2025-01-20 FamilyInvolvementAgreed youth_view_recorded=true extent";
    let young = "2025-01-06 CaseOpened birth_date=2009-06-18";
    let consent = "2025-01-20 ConsentGiven scope=parent_updates by=youth";
    let days = ["2025-01-27", "2025-03-03"];
    assert!(told(&[young, &format!("{agreed}=none")], "R11", &days).is_empty());
    let some = format!("{agreed}=limited");
    assert_eq!(told(&[young, consent, &some], "R11", &days).len(), 2);
}

#[test]
fn the_first_three_months_are_the_phase_of_relation() {
    given(&[OPENED])
        .on("2025-04-05", |view, policy| {
            assert_eq!(view.phase(policy).map(|phase| phase.as_str()), Some("relation"));
            assert_eq!(view.minimum_duration_until(policy).unwrap().to_string(), "2025-04-06");
        })
        .on("2025-04-06", |view, policy| {
            assert_eq!(view.phase(policy).map(|phase| phase.as_str()), Some("working"));
        });
}

#[test]
fn expectations_are_aligned_when_two_roles_meet_in_one_person() {
    let (sel, lab) = (format!("{SEL} person=M-01"), format!("{LAB} track=T2 person=M-01"));
    let flags = |lines: &[&str]| {
        let mut flags = Vec::new();
        given(lines).on("2025-02-03", |view, policy| flags = super::flags(view, policy));
        flags
    };
    assert_eq!(flags(&[OPENED, &sel, &lab]), ["role_expectations_missing"]);
    let aligned = "2025-01-20 RoleExpectationsAligned roles=mentor,support_contact";
    assert!(flags(&[OPENED, &sel, &lab, aligned]).is_empty());
}
