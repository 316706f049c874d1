//! A case that begins anew: a new episode with clocks of its own.

use super::{OPENED, SEL, active, flags};
use spor_tests::given::given;

const CLOSED: &str = "2025-05-05 CaseClosed reason=done";
const REOPENED: &str = "2025-09-01 CaseReopened mentor=M-08 caseworker=SB-03";

#[test]
fn only_a_closed_case_begins_anew() {
    given(&[OPENED, SEL]).when(REOPENED).rejected("not_closed");
    given(&[OPENED, SEL, CLOSED]).when(REOPENED).accepted().then(|view, _| {
        assert_eq!(view.episode().unwrap().number, 2);
        assert!(view.is_open());
    });
}

#[test]
fn a_case_may_begin_anew_on_the_day_it_ended_but_not_before() {
    let closed = given(&[OPENED, SEL, CLOSED]);
    closed.when("2025-05-04 CaseReopened recorded=2025-05-05").rejected("not_closed");
    closed.when("2025-05-05 CaseReopened").accepted();
}

#[test]
fn a_new_episode_has_its_own_people_and_clocks() {
    given(&[OPENED, SEL, "2025-04-28 FollowUpHeld", CLOSED, REOPENED]).on(
        "2025-09-01",
        |view, policy| {
            let clock = view.follow_up(policy).unwrap();
            assert_eq!((clock.last, clock.due.to_string()), (None, "2025-10-13".to_owned()));
            assert_eq!(view.method_review(policy).unwrap().due.to_string(), "2026-03-01");
            assert_eq!(view.minimum_duration_until(policy).unwrap().to_string(), "2025-12-01");
            assert_eq!(view.mentor.as_ref().unwrap().as_str(), "M-08");
            assert_eq!(view.caseworker.as_ref().unwrap().as_str(), "SB-03");
            assert_eq!(view.persons_met.len(), 2);
            assert!(active(view).is_empty());
        },
    );
}

#[test]
fn the_three_months_begin_anew() {
    let again = given(&[OPENED, SEL, CLOSED, REOPENED]);
    again.when("2025-11-30 CaseClosed reason=capacity").rejected("too_early").naming("2025-12-01");
    again.when("2025-12-01 CaseClosed reason=capacity").accepted();
}

#[test]
fn the_transition_meeting_is_carried_over() {
    let held = "2025-02-03 TransitionMeetingHeld \
                parties=children_family,employment,adult_disability,mentor";
    let young = "2025-01-06 CaseOpened birth_date=2008-05-02";
    given(&[young, held, CLOSED, REOPENED])
        .on("2025-09-01", |view, policy| {
            assert_eq!(view.transition(policy).unwrap().status.as_str(), "held");
        })
        .on("2025-06-01", |view, policy| {
            assert_eq!(view.transition(policy).unwrap().status.as_str(), "held");
        });
}

#[test]
fn flags_of_the_follow_up_look_at_the_running_episode_only() {
    let partial = "2025-04-28 FollowUpHeld participants=mentor,youth";
    let open = given(&[OPENED, SEL, partial]);
    open.on("2025-05-04", |view, policy| assert_eq!(flags(view, policy), ["follow_up_partial"]));
    let again = given(&[OPENED, SEL, partial, CLOSED, REOPENED]);
    again.on("2025-09-01", |view, policy| assert!(flags(view, policy).is_empty()));
}

#[test]
fn between_the_episodes_nothing_happens() {
    let again = given(&[OPENED, SEL, CLOSED, REOPENED]);
    again.when("2025-07-01 SessionHeld recorded=2025-09-02").rejected("case_closed");
    again.when("2025-04-01 SessionHeld recorded=2025-09-02").accepted();
    again.when("2025-09-01 SessionHeld recorded=2025-09-02").accepted();
}

#[test]
fn a_follow_up_of_the_first_episode_recorded_late_does_not_move_the_second_ones_clock() {
    given(&[OPENED, SEL, CLOSED, REOPENED])
        .when("2025-05-04 FollowUpHeld recorded=2025-09-02")
        .accepted()
        .then_on("2025-09-02", |view, policy| {
            assert_eq!(view.follow_up(policy).unwrap().last, None);
        });
}

#[test]
fn the_months_without_a_case_are_no_gap_in_support() {
    given(&[OPENED, SEL, CLOSED, REOPENED, "2025-09-04 SupportGranted track=T2 basis=SEL-85"])
        .on("2025-09-30", |view, _| assert_eq!(view.coverage_gap_days(), 3));
}
