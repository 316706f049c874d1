//! Network, consent and family (F4.5), and what the confidential room keeps.

use spor_tests::given::given;

use super::flags;

const OPENED: &str = "2025-01-06 CaseOpened birth_date=2007-05-20";
const CONSENT: &str = "2025-02-03 ConsentGiven scope=parent_updates by=youth";
const AGREED: &str = "2025-02-04 FamilyInvolvementAgreed parent_update_days=7";

#[test]
fn parents_are_told_nothing_without_consent() {
    given(&[OPENED, AGREED]).when("2025-02-10 ParentUpdateSent").rejected("no_consent");
    given(&[OPENED, AGREED, "2025-02-05 ConsentGiven scope='photos at the club' by=youth"])
        .when("2025-02-10 ParentUpdateSent")
        .rejected("no_consent");
}

#[test]
fn parents_are_told_nothing_before_anything_is_agreed() {
    given(&[OPENED, CONSENT]).when("2025-02-10 ParentUpdateSent").rejected("no_agreement");
}

#[test]
fn a_consent_runs_up_to_its_last_day_and_a_withdrawal_works_the_same_day() {
    let until = "2025-02-03 ConsentGiven scope=parent_updates by=youth until=2025-02-10";
    given(&[OPENED, until, AGREED]).when("2025-02-10 ParentUpdateSent").accepted();
    given(&[OPENED, until, AGREED]).when("2025-02-11 ParentUpdateSent").rejected("no_consent");
    given(&[OPENED, CONSENT, AGREED, "2025-02-10 ConsentWithdrawn scope=parent_updates by=youth"])
        .when("2025-02-10 ParentUpdateSent")
        .rejected("no_consent");
}

#[test]
fn the_young_person_is_asked_or_somebody_says_why_not() {
    let unasked = "2025-02-04 FamilyInvolvementAgreed youth_view_recorded=false";
    given(&[OPENED]).when(unasked).rejected("youth_view_missing");
    given(&[OPENED]).when(&format!("{unasked} id=f1 reason='in hospital'")).accepted().then(
        |view, _| {
            let noted = view.deviations.iter().map(|(entry, what)| (entry.as_str(), what.as_str()));
            assert_eq!(noted.collect::<Vec<_>>(), [("f1", "youth_view_missing")]);
        },
    );
}

#[test]
fn numbers_that_cannot_be_are_refused() {
    for entry in [
        "2025-02-04 NetworkMapped persons=-1",
        "2025-02-04 FamilyInvolvementAgreed parent_update_days=0",
        "2025-02-04 OutcomeChecked months=0",
    ] {
        given(&[OPENED]).when(entry).rejected("number_out_of_range");
    }
}

#[test]
fn a_withdrawn_consent_is_flagged_until_one_of_the_same_words_is_given() {
    let flags = |lines: &[&str]| {
        let view = given(lines).book().view("2025-03-01".parse().unwrap());
        let flags = view.flags(&spor_domain::policy::Policy::default());
        flags.into_iter().map(|flag| flag.as_str()).collect::<Vec<_>>()
    };
    let withdrawn = "2025-02-10 ConsentWithdrawn scope=photos by=youth";
    assert_eq!(flags(&[OPENED, withdrawn]), ["consent_withdrawn"]);
    assert_eq!(flags(&[OPENED, withdrawn, CONSENT]), ["consent_withdrawn"]);
    let given_again = "2025-02-11 ConsentGiven scope=photos by=youth";
    assert!(flags(&[OPENED, withdrawn, given_again]).is_empty());
}

#[test]
fn a_custody_holder_who_asks_waits_for_a_lawyer() {
    let asked = "2025-02-10 AccessRequestReceived requester=custody_holder";
    given(&[OPENED, asked]).on("2025-02-10", |view, policy| {
        assert_eq!(flags(view, policy), ["legal_assessment_required"]);
    });
    given(&[OPENED, asked, "2025-02-12 AccessRequestAnswered decision=no"])
        .on("2025-02-12", |view, policy| assert!(flags(view, policy).is_empty()));
    given(&[OPENED, "2025-02-10 AccessRequestReceived requester=journalist"])
        .on("2025-02-10", |view, policy| assert!(flags(view, policy).is_empty()));
}

#[test]
fn updates_fall_due_after_the_later_of_update_and_agreement() {
    let told = given(&[OPENED, CONSENT, AGREED, "2025-02-20 ParentUpdateSent"]);
    assert_eq!(r11(&told.reminders("2025-02-25")), Vec::<String>::new());
    assert_eq!(r11(&told.reminders("2025-02-26")), ["R11 2025-02-27 notice: mentor"]);
    assert_eq!(r11(&told.reminders("2025-02-28")), ["R11 2025-02-27 overdue: mentor"]);
    assert_eq!(r11(&told.reminders("2025-05-19")), ["R11 2025-02-27 overdue: mentor"]);
    assert_eq!(r11(&told.reminders("2025-05-20")), Vec::<String>::new(), "18 today");
}

fn r11(reminders: &[String]) -> Vec<String> {
    reminders.iter().filter(|line| line.starts_with("R11")).cloned().collect()
}
