//! Who stands beside the young person.

use super::{OPENED, SEL};
use spor_tests::given::given;

const VOLUNTEER: &str = "2025-05-19 MentorAssigned person=V-02 role=volunteer";
const MENTOR_LEAVES: &str = "2025-03-03 MentorAssignmentEnded person=M-01";

#[test]
fn a_volunteer_signs_the_pledge_first() {
    let running = given(&[OPENED]);
    running.when(VOLUNTEER).rejected("pledge_missing").naming("V-02");
    given(&[OPENED, "2025-05-16 ConfidentialityPledgeSigned person=V-02"])
        .when(VOLUNTEER)
        .accepted();
    given(&[OPENED, "2025-05-19 ConfidentialityPledgeSigned person=V-02"])
        .when(VOLUNTEER)
        .accepted();
}

#[test]
fn a_pledge_signed_later_does_not_reach_back() {
    given(&[OPENED, "2025-05-20 ConfidentialityPledgeSigned person=V-02"])
        .when(&format!("{VOLUNTEER} recorded=2025-05-21"))
        .rejected("pledge_missing");
}

#[test]
fn the_pledge_is_asked_of_volunteers_only() {
    let running = given(&[OPENED]);
    running.when("2025-05-19 MentorAssigned person=V-02 role=support_contact").accepted();
    running.when("2025-05-19 SupportGranted track=T1 basis=voluntary person=V-02").accepted();
}

#[test]
fn only_an_assignment_that_began_can_end() {
    let running = given(&[OPENED, "2025-02-03 MentorAssigned person=S-01 role=support_contact"]);
    running.when("2025-03-03 MentorAssignmentEnded person=M-09").rejected("not_assigned");
    running
        .when("2025-02-02 MentorAssignmentEnded recorded=2025-03-03 person=S-01")
        .rejected("not_assigned");
    running.when("2025-03-03 MentorAssignmentEnded person=S-01").accepted();
}

#[test]
fn an_open_case_is_not_left_without_anybody_unless_somebody_says_why() {
    let alone = given(&[OPENED, SEL]);
    alone.when(MENTOR_LEAVES).rejected("nobody_left");
    alone
        .when(&format!("{MENTOR_LEAVES} override_reason='ill; a new one comes on Monday'"))
        .accepted()
        .then(|view, _| assert_eq!(view.mentor, None));
}

#[test]
fn a_mentor_may_leave_when_somebody_stays() {
    let with = |line: &str| given(&[OPENED, line]).when(MENTOR_LEAVES).accepted();
    with("2025-02-03 MentorAssigned person=S-01 role=support_contact");
    with("2025-02-03 SupportGranted track=T1 basis=SEL-85 person=S-01");
    given(&[OPENED, "2025-02-03 SupportGranted track=T1 basis=SEL-85 person=M-01"])
        .when(MENTOR_LEAVES)
        .rejected("nobody_left");
}

#[test]
fn nobody_is_mentor_until_another_is_assigned() {
    let line = "2025-02-03 MentorAssigned person=S-01 role=support_contact";
    given(&[OPENED, line, MENTOR_LEAVES])
        .on("2025-03-02", |view, _| assert_eq!(view.mentor.as_ref().unwrap().as_str(), "M-01"))
        .on("2025-03-03", |view, _| assert_eq!(view.mentor, None))
        .when("2025-03-10 MentorAssigned person=M-02 role=mentor")
        .accepted()
        .then(|view, _| assert_eq!(view.mentor.as_ref().unwrap().as_str(), "M-02"));
}

#[test]
fn a_new_mentor_restarts_nothing() {
    given(&[OPENED, SEL, "2025-02-03 FollowUpHeld"])
        .when("2025-03-10 MentorAssigned person=M-02 role=mentor")
        .accepted()
        .then(|view, policy| {
            assert_eq!(view.follow_up(policy).unwrap().due.to_string(), "2025-03-17");
            assert_eq!(view.minimum_duration_until(policy).unwrap().to_string(), "2025-04-06");
            assert_eq!(view.persons_met.len(), 2);
        });
}
