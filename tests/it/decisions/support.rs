//! Tracks: one active per basis, each day counted, all ends inclusive.

use super::{LAB, OPENED, SEL, active};
use spor_tests::given::given;

#[test]
fn a_track_keeps_its_name_for_ever() {
    let ended = given(&[OPENED, SEL, "2025-02-03 SupportEnded track=T1"]);
    ended.when("2025-03-03 SupportGranted track=T1 basis=SEL-85").rejected("track_taken");
    ended.when("2025-03-03 SupportGranted track=T2 basis=SEL-85").accepted();
}

#[test]
fn the_name_of_a_later_track_is_taken_for_earlier_days_too() {
    given(&[OPENED, "2025-03-03 SupportGranted track=T1 basis=SEL-85"])
        .when("2025-02-03 SupportGranted recorded=2025-03-04 track=T1 basis=BL-32")
        .rejected("track_taken");
}

#[test]
fn there_is_one_active_track_per_basis_on_the_first_day_of_the_new_one() {
    let until = "2025-01-06 SupportGranted track=T1 basis=SEL-85 until=2025-03-31";
    let granted = given(&[OPENED, until]);
    granted
        .when("2025-03-31 SupportGranted track=T2 basis=SEL-85")
        .rejected("basis_taken")
        .naming("T1");
    granted.when("2025-03-31 SupportGranted track=T2 basis=SEL-85 from=2025-04-01").accepted();
    granted.when("2025-04-01 SupportGranted track=T2 basis=SEL-85").accepted();
    granted.when("2025-03-31 SupportGranted track=T2 basis=BL-32").accepted();
}

#[test]
fn a_track_ended_today_is_still_active_today() {
    given(&[OPENED, SEL])
        .when("2025-03-03 SupportEnded track=T1")
        .accepted()
        .then_on("2025-03-03", |view, _| assert_eq!(active(view), ["SEL-85"]))
        .then_on("2025-03-04", |view, _| assert!(active(view).is_empty()))
        .when("2025-03-03 SupportGranted track=T2 basis=SEL-85")
        .rejected("basis_taken");
}

#[test]
fn a_switch_ends_the_old_track_the_day_before() {
    given(&[OPENED, LAB])
        .when("2025-03-03 SupportSwitched from_track=T1 track=T2 basis=SEL-85")
        .accepted()
        .then_on("2025-03-02", |view, _| assert_eq!(active(view), ["LAB-167"]))
        .then_on("2025-03-03", |view, _| {
            assert_eq!(active(view), ["SEL-85"]);
            assert_eq!(view.switches, 1);
            assert_eq!(view.coverage_gap_days(), 0);
        });
}

#[test]
fn a_switch_may_stay_on_its_basis_but_not_take_anothers() {
    let two = given(&[OPENED, LAB, "2025-01-06 SupportGranted track=T2 basis=SEL-85"]);
    two.when("2025-03-03 SupportSwitched from_track=T1 track=T3 basis=SEL-85")
        .rejected("basis_taken");
    two.when("2025-03-03 SupportSwitched from_track=T2 track=T3 basis=SEL-85").accepted();
}

#[test]
fn no_hours_are_no_support() {
    let running = given(&[OPENED, SEL]);
    for wish in [
        "SupportGranted track=T2 basis=BL-32 weekly_hours=0",
        "SupportHoursChanged track=T1 weekly_hours=0",
        "SupportSwitched from_track=T1 track=T2 basis=BL-32 weekly_hours=0",
    ] {
        running.when(&format!("2025-03-03 {wish}")).rejected("hours_not_positive");
        running.when(&format!("2025-03-03 {wish}.25")).accepted();
    }
}

#[test]
fn hours_may_change_at_any_time_and_from_a_day_ahead() {
    given(&[
        OPENED,
        SEL,
        "2025-03-03 SupportHoursChanged track=T1 weekly_hours=5.5 from=2025-03-10",
    ])
    .on("2025-03-09", |view, _| assert_eq!(view.granted_weekly().hundredths, 400))
    .on("2025-03-10", |view, _| assert_eq!(view.granted_weekly().hundredths, 550));
}

#[test]
fn a_last_day_lies_on_or_after_the_first() {
    let running = given(&[OPENED]);
    let grant = "2025-03-03 SupportGranted track=T1 basis=SEL-85";
    running.when(&format!("{grant} until=2025-03-02")).rejected("until_before_start");
    running.when(&format!("{grant} until=2025-03-03")).accepted();
    running
        .when(&format!("{grant} from=2025-04-01 until=2025-03-31"))
        .rejected("until_before_start")
        .naming("2025-04-01");
}

#[test]
fn nothing_is_done_to_a_track_that_was_never_granted() {
    let running = given(&[OPENED, SEL]);
    for wish in [
        "SupportEnded",
        "SupportExtended until=2025-12-31",
        "SupportHoursChanged weekly_hours=5",
        "MentorAgreementSigned",
    ] {
        running.when(&format!("2025-03-03 {wish} track=T9")).rejected("track_unknown");
    }
    running.when("2025-03-03 SupportEnded track=T1").accepted();
}

#[test]
fn an_ended_track_is_not_ended_extended_or_switched_again() {
    let ended = given(&[OPENED, SEL, "2025-02-03 SupportEnded track=T1"]);
    for wish in [
        "SupportEnded track=T1",
        "SupportExtended track=T1 until=2025-12-31",
        "SupportSwitched from_track=T1 track=T2 basis=BL-32",
    ] {
        ended.when(&format!("2025-02-04 {wish}")).rejected("track_not_active");
    }
    ended.when("2025-02-03 SessionHeld track=T1").accepted();
}

#[test]
fn an_expired_track_can_still_be_ended_switched_or_extended() {
    let expired = given(&[OPENED, LAB]);
    expired.on("2025-07-07", |view, _| {
        assert!(active(view).is_empty());
        assert_eq!(view.lab_period().unwrap().until.to_string(), "2025-07-06");
    });
    expired.when("2025-07-10 SupportEnded track=T1").accepted().then(|view, _| {
        assert_eq!(view.lab_period(), None);
    });
    expired.when("2025-07-10 SupportSwitched from_track=T1 track=T2 basis=SEL-85").accepted();
    expired
        .when("2025-07-10 SupportExtended track=T1 until=2025-12-31")
        .accepted()
        .then(|view, _| assert_eq!(active(view), ["LAB-167"]));
}

#[test]
fn days_without_any_track_are_a_gap_until_the_last_tracks_first_day() {
    given(&[
        OPENED,
        "2025-01-13 SupportGranted track=T1 basis=SEL-85",
        "2025-03-03 SupportEnded track=T1",
    ])
    .on("2025-03-31", |view, _| assert_eq!(view.coverage_gap_days(), 0))
    .when("2025-03-10 SupportGranted track=T2 basis=SEL-85 from=2025-03-12")
    .accepted()
    .then_on("2025-03-08", |view, _| assert_eq!(view.coverage_gap_days(), 0))
    .then_on("2025-03-31", |view, _| assert_eq!(view.coverage_gap_days(), 8));
}

#[test]
fn one_person_in_two_functions_is_one_person_met() {
    given(&[
        OPENED,
        "2025-01-06 SupportGranted track=T1 basis=LAB-167 until=2025-07-06 person=M-01",
        "2025-01-06 SupportGranted track=T2 basis=SEL-85 person=M-01",
        "2025-02-03 SupportSwitched from_track=T2 track=T3 basis=BL-32 person=M-02",
    ])
    .on("2025-02-02", |view, _| assert_eq!(view.persons_met.len(), 1))
    .on("2025-02-03", |view, _| {
        assert_eq!(view.persons_met.len(), 2);
        assert_eq!(active(view), ["BL-32", "LAB-167"]);
    });
}
