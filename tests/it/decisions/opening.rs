//! How a case begins.

use super::{OPENED, SEL, flags};
use spor_tests::given::given;

const IMPORTED: &str = "2025-01-06 CaseImported birth_date=2004-06-18 source=OLD source_id=4711 \
                        original_start=2024-06-03";

#[test]
fn nothing_is_recorded_about_a_case_that_nobody_opened() {
    given(&[]).when("2025-01-06 SessionHeld").rejected("case_not_found").naming("SPOR-2025-0001");
    given(&[OPENED]).when("2025-01-06 SessionHeld").accepted();
}

#[test]
fn a_reference_belongs_to_one_young_person_for_ever() {
    given(&[OPENED]).when("2025-06-02 CaseOpened").rejected("case_exists");
    given(&[OPENED]).when("2025-06-02 CaseOpened case=SPOR-2025-0002").accepted();
}

#[test]
fn a_closed_case_is_reopened_never_opened_again() {
    let closed = given(&[OPENED, "2025-05-05 CaseClosed"]);
    closed.when("2025-06-02 CaseOpened").rejected("case_exists");
    closed.when("2025-06-02 CaseReopened").accepted();
}

#[test]
fn a_case_opened_by_mistake_is_retracted_and_opened_anew() {
    let opened = "2025-01-06 CaseOpened id=o1";
    given(&[opened, "2025-01-07 EntryRetracted target=o1"])
        .when("2025-01-07 SessionHeld")
        .rejected("not_open")
        .when("2025-01-08 CaseOpened")
        .accepted()
        .then(|view, _| assert_eq!(view.episode().unwrap().start.to_string(), "2025-01-08"));
}

#[test]
fn nothing_happens_before_the_first_day() {
    given(&[OPENED, SEL])
        .when("2025-01-05 FollowUpHeld recorded=2025-01-07")
        .rejected("not_open")
        .naming("2025-01-06")
        .when("2025-01-06 FollowUpHeld recorded=2025-01-07")
        .accepted();
}

#[test]
fn the_same_number_of_the_old_system_changes_nothing() {
    given(&[IMPORTED])
        .when(&format!("{IMPORTED} recorded=2025-02-01"))
        .unchanged()
        .when(&IMPORTED.replace("source_id", "case=SPOR-2025-0009 source_id"))
        .unchanged();
}

#[test]
fn a_reference_that_another_system_gave_is_not_taken_over() {
    given(&[IMPORTED]).when(&IMPORTED.replace("OLD", "OTHER")).rejected("case_exists");
    given(&[IMPORTED]).when(&IMPORTED.replace("OLD", "OTHER case=SPOR-2025-0009")).accepted();
}

#[test]
fn an_imported_case_is_marked_for_ever() {
    given(&[IMPORTED, "2025-05-05 CaseClosed", "2025-06-02 CaseReopened"])
        .on("2025-01-06", |view, policy| assert_eq!(flags(view, policy), ["imported_history"]))
        .on("2025-05-05", |view, policy| assert_eq!(flags(view, policy), ["imported_history"]))
        .on("2025-06-02", |view, policy| assert_eq!(flags(view, policy), ["imported_history"]));
}

#[test]
fn an_id_names_one_entry_of_its_case() {
    let first = given(&[OPENED, "2025-01-07 SessionHeld id=e1"]);
    first.when("2025-01-08 SessionHeld id=e1").rejected("duplicate_id").naming("e1");
    first.when("2025-01-08 SessionHeld id=e2").accepted();
    first.when("2025-01-08 CaseOpened case=SPOR-2025-0002 id=e1").accepted();
}

#[test]
fn the_id_of_a_retracted_entry_stays_taken() {
    given(&[OPENED, "2025-01-07 SessionHeld id=e1", "2025-01-08 EntryRetracted target=e1"])
        .when("2025-01-08 SessionHeld id=e1")
        .rejected("duplicate_id");
}

#[test]
fn people_who_are_not_registered_are_accepted_with_a_warning() {
    let staff = "2025-01-02 StaffRegistered person=M-01";
    let caseworker = "2025-01-02 StaffRegistered person=SB-01 email=sb@kommune.example";
    given(&[staff]).when(OPENED).accepted().warned("staff_not_registered");
    given(&[staff, caseworker]).when(OPENED).accepted().then(|view, _| assert!(view.is_open()));
}

#[test]
fn nobody_has_a_case_before_birth() {
    given(&[])
        .when("2025-01-06 CaseOpened birth_date=2025-01-07")
        .rejected("born_later")
        .naming("birth date");
    given(&["2025-01-06 CaseOpened birth_date=2025-01-06"]);
}
