//! LAB § 167: at most six months at a time, and somebody decides before the end.

use super::{LAB, OPENED, SEL};
use spor_tests::given::given;

#[test]
fn mentor_support_has_a_last_day() {
    let wish = "2025-01-06 SupportGranted track=T1 basis=LAB-167";
    given(&[OPENED]).when(wish).rejected("lab_until_missing").naming("2025-07-06");
    given(&[OPENED]).when(&format!("{wish} until=2025-07-06")).accepted();
    given(&[OPENED, SEL])
        .when("2025-03-03 SupportSwitched from_track=T1 track=T2 basis=LAB-167")
        .rejected("lab_until_missing");
}

#[test]
fn six_months_to_the_day_is_the_longest_period() {
    let opened = given(&[OPENED]);
    opened
        .when("2025-01-06 SupportGranted track=T1 basis=LAB-167 until=2025-07-07")
        .rejected("lab_period_too_long")
        .naming("2025-07-06");
    opened.when(LAB).accepted();
}

#[test]
fn six_months_count_from_the_first_day_of_the_track() {
    let ahead = "2025-01-06 SupportGranted track=T1 basis=LAB-167 from=2025-02-03";
    let opened = given(&[OPENED]);
    opened.when(&format!("{ahead} until=2025-08-04")).rejected("lab_period_too_long");
    opened.when(&format!("{ahead} until=2025-08-03")).accepted();
}

#[test]
fn six_months_from_the_end_of_august_end_with_february() {
    let opened = given(&[OPENED]);
    let wish = "2025-08-31 SupportGranted track=T1 basis=LAB-167";
    opened.when(&format!("{wish} until=2026-03-01")).rejected("lab_period_too_long");
    opened.when(&format!("{wish} until=2026-02-28")).accepted();
}

#[test]
fn a_switch_to_mentor_support_is_bound_by_the_six_months_too() {
    let wish = "2025-10-01 SupportSwitched from_track=T1 track=T2 basis=LAB-167";
    let running = given(&[OPENED, SEL]);
    running.when(&format!("{wish} until=2026-04-02")).rejected("lab_period_too_long");
    running.when(&format!("{wish} until=2026-04-01")).accepted();
}

#[test]
fn an_extension_reaches_six_months_past_the_old_last_day() {
    let granted = given(&[OPENED, LAB]);
    let wish = "2025-06-20 SupportExtended track=T1";
    granted.when(&format!("{wish} until=2026-01-07")).rejected("lab_period_too_long");
    granted
        .when(&format!("{wish} until=2026-01-06"))
        .accepted()
        .then(|view, _| assert_eq!(view.lab_period().unwrap().until.to_string(), "2026-01-06"))
        .when("2025-12-20 SupportExtended track=T1 until=2026-07-07")
        .rejected("lab_period_too_long")
        .when("2025-12-20 SupportExtended track=T1 until=2026-07-06")
        .accepted();
}

#[test]
fn other_laws_know_no_six_months() {
    given(&[OPENED]).when("2025-01-06 SupportGranted track=T1 basis=SEL-85").accepted();
    given(&[OPENED])
        .when("2025-01-06 SupportGranted track=T1 basis=BL-32 until=2026-12-31")
        .accepted();
}

#[test]
fn the_agreement_is_about_mentor_support() {
    given(&[OPENED, SEL])
        .when("2025-01-06 MentorAgreementSigned track=T1")
        .rejected("not_lab_track");
    given(&[OPENED, LAB]).when("2025-01-06 MentorAgreementSigned track=T1").accepted();
}

#[test]
fn the_end_of_a_period_is_announced_and_ends_with_a_decision() {
    let granted = given(&[OPENED, LAB, "2025-05-20 FollowUpHeld", "2025-05-20 MethodReviewHeld"]);
    assert!(granted.reminders_of("R07", "2025-05-24").is_empty());
    assert_eq!(
        granted.reminders_of("R07", "2025-05-25"),
        ["R07 2025-07-06 notice: caseworker mentor"]
    );
    assert_eq!(
        granted.reminders_of("R07", "2025-07-07"),
        ["R07 2025-07-06 overdue: caseworker mentor professional_lead"]
    );
    let ended = granted.when("2025-06-20 SupportEnded track=T1").accepted();
    assert!(ended.reminders_of("R07", "2025-06-20").is_empty());
}

#[test]
fn a_later_period_under_a_new_track_ends_the_reminder_when_it_begins() {
    let next = "2025-06-23 SupportGranted track=T2 basis=LAB-167 from=2025-07-07 until=2026-01-07";
    let granted = given(&[OPENED, LAB, "2025-06-23 FollowUpHeld", "2025-06-23 MethodReviewHeld"]);
    let granted = granted.when(next).accepted();
    assert_eq!(
        granted.reminders_of("R07", "2025-07-06"),
        ["R07 2025-07-06 notice: caseworker mentor"]
    );
    assert!(granted.reminders_of("R07", "2025-07-07").is_empty());
    granted.then_on("2025-07-07", |view, _| {
        assert_eq!(view.lab_period().unwrap().track.as_str(), "T2");
    });
}
