//! Goals keep their names; a choice of method is deliberate.

use super::OPENED;
use spor_tests::given::given;

#[test]
fn a_goal_keeps_its_name_for_ever() {
    let set = given(&[OPENED, "2025-02-10 GoalSet goal=G1"]);
    set.when("2025-03-10 GoalSet goal=G1").rejected("goal_taken");
    set.when("2025-02-01 GoalSet recorded=2025-03-10 goal=G1").rejected("goal_taken");
    set.when("2025-03-10 GoalSet goal=G2").accepted();
}

#[test]
fn only_an_open_goal_is_worked_on() {
    let set = given(&[OPENED, "2025-02-10 GoalSet goal=G1"]);
    set.when("2025-03-10 GoalRevised goal=G2").rejected("goal_not_open");
    set.when("2025-02-09 GoalRevised recorded=2025-03-10 goal=G1").rejected("goal_not_open");
    set.when("2025-02-10 GoalRevised goal=G1").accepted();
}

#[test]
fn a_method_is_chosen_for_a_reason_and_none_is_a_choice_too() {
    let running = given(&[OPENED]);
    for empty in ["", "'   '"] {
        let wish = format!("2025-03-03 MethodChosen method=coaching reason={empty}");
        running.when(&wish).rejected("method_reason_missing");
    }
    let wish = "2025-03-03 MethodChosen method=none reason='the relation comes first'";
    running.when(wish).accepted().then(|view, _| {
        assert_eq!(view.episode().unwrap().methods.last().unwrap().on.to_string(), "2025-03-03");
    });
}

#[test]
fn a_review_counts_with_the_lead_and_the_mentor() {
    let reviewed = |who: &str| {
        given(&[OPENED]).when(&format!("2025-07-01 MethodReviewHeld participants={who}")).accepted()
    };
    let due = |due: &'static str| {
        move |view: &spor_domain::view::View, policy: &spor_domain::policy::Policy| {
            assert_eq!(view.method_review(policy).unwrap().due.to_string(), due);
        }
    };
    reviewed("professional_lead,mentor").then(due("2026-01-01"));
    reviewed("professional_lead,mentor,caseworker").then(due("2026-01-01"));
    reviewed("professional_lead").then(due("2025-07-06"));
    reviewed("mentor,caseworker").then(due("2025-07-06"));
}
