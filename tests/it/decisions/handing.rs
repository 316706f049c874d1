//! Handover, transfer, referral, progression, goals: who goes on, and in which order.

use spor_tests::given::given;

const OPENED: &str = "2025-01-06 CaseOpened birth_date=2007-05-20";
const STARTED: &str = "2025-05-05 HandoverStarted to_administration=employment \
                       receiving_caseworker=SB-40 effective_on=2025-06-01";

#[test]
fn there_is_one_handover_at_a_time() {
    given(&[OPENED, STARTED])
        .when("2025-05-06 HandoverStarted")
        .rejected("handover_awaiting")
        .naming("2025-05-05");
    given(&[OPENED]).when("2025-05-06 HandoverAccepted").rejected("no_handover_awaiting");
    given(&[OPENED, STARTED, "2025-05-06 HandoverAccepted"])
        .when("2025-05-07 HandoverRejected reason=late")
        .rejected("no_handover_awaiting");
}

#[test]
fn a_rejection_says_why_and_a_mentor_left_out_too() {
    given(&[OPENED, STARTED])
        .when("2025-05-06 HandoverRejected")
        .rejected("handover_reason_missing");
    let without = "2025-05-05 HandoverStarted mentor_included=false";
    given(&[OPENED]).when(without).rejected("mentor_not_included");
    given(&[OPENED]).when(&format!("{without} reason='on leave'")).accepted();
}

#[test]
fn responsibility_changes_on_the_later_of_its_day_and_the_acceptance() {
    let accepted = |on: &str| given(&[OPENED, STARTED, &format!("{on} HandoverAccepted")]);
    let responsible = |view: &spor_domain::view::View| {
        let administration = view.administration.map(|where_| where_.as_str());
        (administration.unwrap(), view.caseworker.as_ref().unwrap().to_string())
    };
    let before = ("children_family", "SB-01".to_owned());
    let after = ("employment", "SB-40".to_owned());
    accepted("2025-05-10")
        .on("2025-05-31", |view, _| assert_eq!(responsible(view), before))
        .on("2025-06-01", |view, _| assert_eq!(responsible(view), after));
    accepted("2025-06-05")
        .on("2025-06-04", |view, _| assert_eq!(responsible(view), before))
        .on("2025-06-05", |view, _| assert_eq!(responsible(view), after));
}

#[test]
fn a_case_handed_on_takes_no_new_facts() {
    let moved = [OPENED, "2025-03-03 CaseTransferredToMunicipality"];
    given(&moved).when("2025-03-04 SessionHeld").rejected("case_closed");
    given(&moved).when("2025-03-04 CaseReopened").rejected("not_closed");
    given(&moved).when("2025-03-04 CaseClosed").rejected("not_open");
    given(&moved).when("2025-03-04 AccessRequestReceived").accepted();
}

#[test]
fn only_a_referral_waits_and_only_an_opening_begins() {
    given(&[]).when("2025-01-06 CasePlacedOnWaitingList").rejected("case_not_found");
    given(&[OPENED]).when("2025-01-07 CasePlacedOnWaitingList").rejected("not_referred");
    given(&[OPENED]).when("2025-01-07 CaseReferred").rejected("case_exists");
    given(&["2025-01-02 CaseReferred"]).when("2025-01-03 SessionHeld").rejected("not_open");
    given(&["2025-01-02 CaseReferred", "2025-01-03 CasePlacedOnWaitingList"])
        .when(OPENED)
        .accepted();
}

#[test]
fn a_plan_begins_one_to_one_and_keeps_its_order() {
    let set = |stages: &str| format!("2025-02-10 ProgressionPlanSet stages={stages}");
    given(&[OPENED]).when(&set("one_to_many,volunteer")).rejected("plan_first_stage");
    given(&[OPENED]).when(&set("one_to_one,volunteer,one_to_many")).rejected("plan_order");
    given(&[OPENED]).when(&set("one_to_one,alone")).malformed("unknown_word");
    let reached = "2025-02-17 ProgressionStageReached stage=one_to_many";
    given(&[OPENED]).when(reached).rejected("no_progression_plan");
    given(&[OPENED, &set("one_to_one,volunteer")]).when(reached).rejected("stage_order");
    given(&[OPENED, &set("one_to_one,one_to_many"), reached]).when(reached).rejected("stage_order");
}

#[test]
fn a_meeting_is_scheduled_for_a_day_to_come() {
    given(&[OPENED]).when("2025-02-10 MeetingScheduled on=2025-02-09").rejected("meeting_in_past");
    given(&[OPENED]).when("2025-02-10 MeetingScheduled on=2025-02-10").accepted();
}

#[test]
fn a_goal_is_worked_on_while_it_is_open() {
    let set = "2025-02-10 GoalSet goal=G1";
    let scale = |n: i32| format!("2025-03-01 GoalProgressAssessed goal=G1 scale={n} by=youth");
    given(&[OPENED, set]).when(&scale(11)).rejected("number_out_of_range");
    given(&[OPENED, set]).when(&scale(10)).accepted();
    given(&[OPENED]).when(&scale(3)).rejected("goal_not_open");
    given(&[OPENED, set, "2025-02-20 GoalClosed goal=G1"])
        .when(&scale(3))
        .rejected("goal_not_open");
}

#[test]
fn a_method_is_judged_against_a_choice() {
    let judged = "2025-03-01 MethodEvaluated value=high";
    given(&[OPENED]).when(judged).rejected("method_not_chosen");
    given(&[OPENED]).when(&format!("{judged} reason='never noted'")).accepted();
    given(&[OPENED, "2025-02-10 MethodChosen method=none"]).when(judged).accepted();
}

#[test]
fn a_round_of_reviews_is_opened_once_and_closed_once() {
    let opened = "2025-03-01 ReviewRoundOpened period=2025-spring";
    let closed = "2025-05-01 ReviewRoundClosed period=2025-spring";
    given(&[opened]).when("2025-03-02 ReviewRoundOpened").rejected("round_open");
    given(&[]).when(closed).rejected("round_not_open");
    given(&[opened, closed]).when(closed).rejected("round_not_open");
}
