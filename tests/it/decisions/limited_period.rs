//! C2-10, C2-11: one month of more support, never back to back.

use super::{LAB, OPENED, SEL};
use spor_tests::given::{When, given};

const STARTED: &str = "2025-03-03 LimitedSupportPeriodStarted track=T1";
const ENDED: &str = "LimitedSupportPeriodEnded track=T1 outcome=back_to_lab";

fn status(when: &When, day: &str) -> String {
    let mut status = String::new();
    when.clone().then_on(day, |view, _| {
        status = view.limited_support().map_or("none", |period| period.status.as_str()).to_owned();
    });
    status
}

#[test]
fn the_period_lasts_one_month_at_most() {
    let lab = given(&[OPENED, LAB]);
    lab.when(&format!("{STARTED} until=2025-04-04"))
        .rejected("limited_period_too_long")
        .naming("2025-04-03");
    lab.when(&format!("{STARTED} until=2025-04-03")).accepted();
    lab.when("2025-01-31 LimitedSupportPeriodStarted track=T1 until=2025-03-01")
        .rejected("limited_period_too_long");
    lab.when("2025-01-31 LimitedSupportPeriodStarted track=T1 until=2025-02-28").accepted();
}

#[test]
fn the_period_belongs_to_mentor_support_that_is_active() {
    given(&[OPENED, SEL]).when(&format!("{STARTED} until=2025-04-03")).rejected("not_lab_track");
    given(&[OPENED, LAB])
        .when("2025-07-07 LimitedSupportPeriodStarted track=T1 until=2025-07-31")
        .rejected("track_not_active");
    given(&[OPENED, LAB])
        .when("2025-07-06 LimitedSupportPeriodStarted track=T1 until=2025-07-31")
        .accepted();
}

#[test]
fn a_period_that_was_not_ended_bars_the_next_one_even_when_it_ran_out() {
    let started = given(&[OPENED, LAB, &format!("{STARTED} until=2025-03-31")]);
    for day in ["2025-03-03", "2025-03-31", "2025-04-01", "2025-06-02"] {
        let next = format!("{day} LimitedSupportPeriodStarted track=T1 until={day}");
        started.when(&next).rejected("limited_period_running").naming("2025-03-03");
    }
    started
        .when(&format!("2025-06-02 {ENDED}"))
        .accepted()
        .when("2025-06-02 LimitedSupportPeriodStarted track=T1 until=2025-06-30")
        .accepted();
}

#[test]
fn two_days_lie_between_one_period_and_the_next() {
    let until = "2025-03-03 LimitedSupportPeriodStarted track=T1 until=2025-04-03";
    let ended = given(&[OPENED, LAB, until, &format!("2025-04-03 {ENDED}")]);
    let next = |day: &str| {
        ended.when(&format!("{day} LimitedSupportPeriodStarted track=T1 until=2025-04-30"))
    };
    next("2025-04-03").rejected("limited_period_back_to_back").naming("2025-04-05");
    next("2025-04-04").rejected("limited_period_back_to_back");
    next("2025-04-05").accepted();
}

#[test]
fn a_period_ended_early_counts_to_its_agreed_last_day() {
    let until = "2025-03-03 LimitedSupportPeriodStarted track=T1 until=2025-04-03";
    let ended = given(&[OPENED, LAB, until, &format!("2025-03-10 {ENDED}")]);
    let next = |day: &str| {
        ended.when(&format!("{day} LimitedSupportPeriodStarted track=T1 until=2025-04-10"))
    };
    next("2025-03-20").rejected("limited_period_back_to_back");
    next("2025-04-04").rejected("limited_period_back_to_back");
    next("2025-04-05").accepted();
}

#[test]
fn the_period_is_the_cases_whatever_the_track() {
    let other = "2025-03-10 SupportSwitched from_track=T1 track=T2 basis=LAB-167 until=2025-09-10";
    given(&[
        OPENED,
        LAB,
        "2025-03-03 LimitedSupportPeriodStarted track=T1 until=2025-03-31",
        other,
    ])
    .when("2025-03-20 LimitedSupportPeriodStarted track=T2 until=2025-04-20")
    .rejected("limited_period_running")
    .when("2025-04-10 LimitedSupportPeriodEnded track=T2 outcome=lasting_need")
    .accepted();
}

#[test]
fn only_a_period_that_was_begun_can_be_ended() {
    let lab = given(&[OPENED, LAB]);
    lab.when(&format!("2025-04-03 {ENDED}")).rejected("no_limited_period");
    lab.when("2025-03-03 LimitedSupportPeriodStarted track=T1 until=2025-04-03")
        .accepted()
        .when(&format!("2025-03-02 {ENDED} recorded=2025-04-03"))
        .rejected("no_limited_period")
        .when(&format!("2025-04-10 {ENDED}"))
        .accepted()
        .when(&format!("2025-04-11 {ENDED}"))
        .rejected("no_limited_period");
}

#[test]
fn the_period_runs_expires_and_ends() {
    let started = given(&[OPENED, LAB])
        .when("2025-03-03 LimitedSupportPeriodStarted track=T1 until=2025-04-03")
        .accepted();
    assert_eq!(status(&started, "2025-03-02"), "none");
    assert_eq!(status(&started, "2025-03-03"), "running");
    assert_eq!(status(&started, "2025-04-03"), "running");
    assert_eq!(status(&started, "2025-04-04"), "expired");
    let ended = started.when(&format!("2025-04-10 {ENDED}")).accepted();
    assert_eq!(status(&ended, "2025-04-09"), "expired");
    assert_eq!(status(&ended, "2025-04-10"), "ended");
}

#[test]
fn the_end_of_the_period_is_announced_a_week_before() {
    let followed = ["2025-02-10 FollowUpHeld", "2025-03-20 FollowUpHeld"];
    let started = given(&[OPENED, LAB, followed[0], followed[1]])
        .when("2025-03-20 LimitedSupportPeriodStarted track=T1 until=2025-04-10")
        .accepted();
    assert!(started.reminders_of("R08", "2025-04-02").is_empty());
    assert_eq!(
        started.reminders_of("R08", "2025-04-03"),
        ["R08 2025-04-10 notice: caseworker mentor"]
    );
    assert_eq!(
        started.reminders_of("R08", "2025-04-11"),
        ["R08 2025-04-10 overdue: caseworker mentor professional_lead"]
    );
    let ended = started.when(&format!("2025-04-11 {ENDED}")).accepted();
    assert!(ended.reminders_of("R08", "2025-04-11").is_empty());
}
