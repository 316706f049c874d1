//! F4.4: at least three months, and what is still taken after the end.

use super::{OPENED, SEL, active, flags};
use spor_tests::given::given;

const WEIGHTY: &str = "2025-02-03 CaseClosed reason=weighty_professional_reasons";

#[test]
fn a_case_runs_at_least_three_months() {
    let running = given(&[OPENED, SEL]);
    running
        .when("2025-04-05 CaseClosed reason=mentor_capacity")
        .rejected("too_early")
        .naming("2025-04-06");
    running
        .when("2025-04-06 CaseClosed reason=mentor_capacity")
        .accepted()
        .then(|view, policy| assert!(flags(view, policy).is_empty()));
}

#[test]
fn three_months_from_the_end_of_a_long_month_end_with_the_short_one() {
    let opened = given(&["2025-11-30 CaseOpened"]);
    opened.when("2026-02-27 CaseClosed reason=done").rejected("too_early").naming("2026-02-28");
    opened.when("2026-02-28 CaseClosed reason=done").accepted();
}

#[test]
fn the_young_person_may_always_stop() {
    given(&[OPENED])
        .when("2025-01-06 CaseClosed reason=youth_wish")
        .accepted()
        .then(|view, policy| assert_eq!(flags(view, policy), ["closed_before_three_months"]));
}

#[test]
fn weighty_reasons_need_a_lead_and_an_explanation() {
    let running = given(&[OPENED]);
    let early = "closed_before_three_months";
    let unapproved = vec![early, "reason_unapproved"];
    for (more, expected) in [
        ("", unapproved.clone()),
        (" approver=L-01", unapproved.clone()),
        (" explanation='moved to another town'", unapproved.clone()),
        (" approver=L-01 explanation='  '", unapproved),
        (" approver=L-01 explanation='moved to another town'", vec![early]),
    ] {
        let closed = running.when(&format!("{WEIGHTY}{more}")).accepted();
        closed.then(|view, policy| assert_eq!(flags(view, policy), expected, "{more}"));
    }
}

#[test]
fn a_case_ends_once() {
    let closed = given(&[OPENED, "2025-05-05 CaseClosed reason=done"]);
    closed.when("2025-05-06 CaseClosed reason=done").rejected("not_open");
    given(&[OPENED]).when("2025-05-06 CaseClosed reason=done").accepted();
}

#[test]
fn after_the_closing_day_nothing_happens() {
    let closed = given(&[OPENED, SEL, "2025-05-05 CaseClosed reason=done"]);
    let late = [
        "SessionHeld",
        "FollowUpHeld",
        "SupportGranted track=T2 basis=BL-32",
        "MentorAssigned",
        "GoalSet",
        "MethodChosen",
        "TransitionMeetingHeld",
        "FollowUpDelayExplained",
    ];
    for what in late {
        let wish = closed.when(&format!("2025-05-06 {what}"));
        wish.rejected("case_closed").naming("2025-05-05");
    }
}

#[test]
fn what_happened_up_to_the_closing_day_is_taken_after_it() {
    let closed = given(&[OPENED, SEL, "2025-05-05 CaseClosed reason=done"]);
    closed
        .when("2025-05-05 SessionHeld recorded=2025-05-20 minutes=30 track=T1")
        .accepted()
        .then(|view, _| assert_eq!(view.week_hours().minutes.values().sum::<i64>(), 30));
    closed.when("2025-05-04 FollowUpHeld recorded=2025-05-20").accepted();
    closed.when("2025-05-05 FollowUpHeld recorded=2025-05-20").accepted();
    closed.when("2025-05-01 GoalSet recorded=2025-05-20").accepted();
}

#[test]
fn a_track_granted_late_for_the_closing_day_ends_with_the_case() {
    given(&[OPENED, SEL, "2025-05-05 CaseClosed reason=done"])
        .when("2025-05-05 SupportGranted recorded=2025-05-20 track=T2 basis=BL-32")
        .accepted()
        .then_on("2025-05-05", |view, _| assert_eq!(active(view), ["BL-32", "SEL-85"]))
        .then_on("2025-05-06", |view, _| assert!(active(view).is_empty()));
}

#[test]
fn mistakes_are_put_right_after_the_end_too() {
    let closed =
        given(&[OPENED, SEL, "2025-02-03 SessionHeld id=e1", "2025-05-05 CaseClosed reason=done"]);
    closed.when("2025-06-02 EntryCorrected target=e1 changes={\"minutes\":45}").accepted();
    closed.when("2025-06-02 EntryRetracted target=e1").accepted();
}

#[test]
fn a_case_ends_all_its_tracks_on_its_last_day() {
    given(&[OPENED, SEL, "2025-01-06 SupportGranted track=T2 basis=BL-32"])
        .when("2025-05-05 CaseClosed reason=done")
        .accepted()
        .then_on("2025-05-05", |view, _| {
            assert_eq!(active(view), ["BL-32", "SEL-85"]);
            assert_eq!(view.state().unwrap().as_str(), "closed");
            assert_eq!(view.duration_days(), Some(119));
        })
        .then_on("2025-05-06", |view, _| assert_eq!(view.granted_weekly().hundredths, 0));
}

#[test]
fn a_closed_case_has_no_clocks_and_no_reminders() {
    let closed = given(&[OPENED, SEL, "2025-06-02 FollowUpHeld", "2025-06-30 CaseClosed"]);
    closed.on("2025-06-30", |view, policy| {
        assert_eq!(view.follow_up(policy), None);
        assert_eq!(view.method_review(policy), None);
        assert_eq!(view.transition(policy), None);
    });
    let announced = closed.reminders_of("R05", "2025-06-29");
    assert_eq!(announced.len(), 1, "the review is announced");
    // All that is left to do is to judge what the method was worth.
    let left = ["R14 2025-07-14 notice: caseworker mentor"];
    assert_eq!(closed.reminders("2025-06-30"), left);
    let evaluated = closed.when("2025-07-01 MethodEvaluated reason='none was named'").accepted();
    assert!(evaluated.reminders("2026-06-30").is_empty());
}

#[test]
fn a_retracted_closing_never_ended_the_case() {
    given(&[OPENED, SEL, "2025-05-05 CaseClosed id=c1 reason=done"])
        .when("2025-05-12 EntryRetracted target=c1")
        .accepted()
        .then(|view, _| {
            assert!(view.is_open());
            assert_eq!(active(view), ["SEL-85"]);
        })
        .when("2025-05-12 SessionHeld")
        .accepted();
}
