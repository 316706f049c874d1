//! The directory and the municipality's own settings.

use super::OPENED;
use spor_tests::given::given;

const ASTA: &str = "2025-01-02 StaffRegistered person=M-01 email=asta@kommune.example";

#[test]
fn a_reference_belongs_to_one_person_for_ever() {
    given(&[ASTA])
        .when("2025-02-03 StaffRegistered person=M-01 email=birk@kommune.example")
        .rejected("staff_exists");
    given(&["2025-01-02 ConfidentialityPledgeSigned person=M-01"]).when(ASTA).accepted();
}

#[test]
fn letters_go_to_one_person() {
    let known = given(&[ASTA]);
    for email in ["asta@kommune.example", "Asta@Kommune.example"] {
        let wish = format!("2025-02-03 StaffRegistered person=M-02 email={email}");
        known.when(&wish).rejected("email_taken");
    }
    known.when("2025-02-03 StaffRegistered person=M-02 email=birk@kommune.example").accepted();
}

#[test]
fn a_setting_that_nobody_reads_is_refused_with_the_nearest_name() {
    let empty = given(&[]);
    empty
        .when("2025-01-02 PolicySet key=follow_up_intervall_days value=28 valid_from=2025-02-01")
        .rejected("policy_unknown_key")
        .naming("follow_up_interval_days");
    empty
        .when("2025-01-02 PolicySet key=follow_up_interval_days value=28 valid_from=2025-02-01")
        .accepted();
}

#[test]
fn a_setting_stays_within_its_range_and_its_kind() {
    let empty = given(&[]);
    for value in ["6", "93", "-1", "28.5", "many", "true"] {
        let wish = format!("2025-01-02 PolicySet key=follow_up_interval_days value={value}");
        let wish = format!("{wish} valid_from=2025-02-01");
        empty.when(&wish).rejected("policy_out_of_range");
    }
    for value in ["7", "92"] {
        let wish = format!("2025-01-02 PolicySet key=follow_up_interval_days value={value}");
        empty.when(&format!("{wish} valid_from=2025-02-01")).accepted();
    }
}

#[test]
fn a_change_backwards_is_explained() {
    let wish = "2025-03-03 PolicySet key=lab_notice_days value=30 valid_from=2025-03-02";
    given(&[]).when(&format!("{wish} reason=")).rejected("policy_backwards");
    given(&[]).when(&format!("{wish} reason='  '")).rejected("policy_backwards");
    given(&[]).when(&format!("{wish} reason='decided in February'")).accepted();
    let today = "2025-03-03 PolicySet key=lab_notice_days value=30 valid_from=2025-03-03 reason=";
    given(&[]).when(today).accepted();
}

#[test]
fn a_decision_uses_the_policy_of_its_own_day() {
    let set = "2025-02-01 PolicySet key=minimum_duration_months value=2 valid_from=2025-03-20";
    let ruled = given(&[OPENED, set]);
    ruled.when("2025-03-19 CaseClosed reason=capacity").rejected("too_early").naming("2025-04-06");
    ruled.when("2025-03-20 CaseClosed reason=capacity").accepted();
}
