//! Erasure (GDPR art. 17): two people, once, for ever.

use super::{OPENED, SEL};
use spor_domain::rules;
use spor_domain::sealed::Sealed;
use spor_domain::view::State;
use spor_tests::given::given;

const ERASED: &str = "2025-03-03 PersonalDataErased approved_by=L-01";

#[test]
fn an_erased_case_has_no_birth_date_no_duties_and_takes_nothing_more() {
    let running = given(&[OPENED, SEL]);
    running.on("2025-03-03", |view, policy| {
        assert!(view.known_birth_date().is_some());
        assert!(rules::deadlines(view, policy).count() > 0);
    });
    let erased = running.when(ERASED).accepted().then(|view, policy| {
        assert_eq!(view.birth_date, Some(Sealed::Erased));
        assert_eq!((view.age(policy), view.state()), (None, Some(State::Open)));
        assert_eq!(rules::deadlines(view, policy).count(), 0);
        assert!(super::flags(view, policy).contains(&"personal_data_erased"));
    });
    assert!(erased.reminders("2026-01-01").is_empty());
    // Also on days before: what was destroyed is gone from all of them.
    erased.clone().then_on("2025-02-01", |view, _| {
        assert_eq!(view.birth_date, Some(Sealed::Erased));
    });
    erased.clone().when("2025-03-03 SessionHeld minutes=60").rejected("case_erased");
    erased.clone().when("2025-02-10 CaseClosed reason=youth_wish").rejected("case_erased");
    erased.clone().when("2025-03-03 CaseOpened").rejected("case_exists");
    erased.when(ERASED).unchanged();
}

#[test]
fn a_closed_case_can_be_erased_and_one_room_before_the_other() {
    let closed = given(&[OPENED, "2025-02-03 CaseClosed reason=youth_wish"]);
    let room = "2025-03-03 PersonalDataErased compartments=confidential approved_by=L-01";
    let erased = closed.when(room).accepted().then(|view, _| {
        assert!(view.known_birth_date().is_some(), "the other room is untouched");
        assert_eq!(view.erased_on, None);
    });
    erased.clone().when(room).unchanged();
    erased.when(ERASED).accepted().when(ERASED).unchanged();
}

#[test]
fn nobody_decides_and_approves_alone() {
    let running = given(&[OPENED]);
    let alone = "2025-03-03 PersonalDataErased decided_by=DPO-01 approved_by=DPO-01";
    running.when(alone).rejected("same_person_twice").naming("DPO-01");
    let part = "2025-03-03 EntryErased entry=o part=person decided_by=L-01 approved_by=L-01";
    given(&["2025-01-06 CaseOpened id=o"]).when(part).rejected("same_person_twice");
}

#[test]
fn a_legal_basis_names_a_law_and_nothing_else() {
    let running = given(&[OPENED]);
    for basis in ["' '".to_owned(), "x".repeat(121)] {
        let wish = format!("2025-03-03 PersonalDataErased legal_basis={basis} approved_by=L-01");
        running.when(&wish).rejected("legal_basis_unclear");
    }
}

#[test]
fn an_erasure_cannot_be_corrected_or_taken_back() {
    let erased = given(&[OPENED]).when("2025-03-03 PersonalDataErased id=x").accepted();
    // The whole case takes nothing more, so this is about one erased part.
    erased.when("2025-03-04 EntryRetracted target=x").rejected("case_erased");
    let part = given(&["2025-01-06 CaseOpened id=o"])
        .when("2025-03-03 EntryErased id=x entry=o part=reason")
        .accepted();
    part.clone().when("2025-03-04 EntryRetracted target=x").rejected("erasure_stays");
    let corrected = "2025-03-04 EntryCorrected target=x changes={\"part\":\"person\"}";
    part.clone().when(corrected).rejected("erasure_stays");
    part.clone().when("2025-03-04 EntryErased entry=o part=reason").unchanged();
    part.when("2025-03-04 EntryErased entry=nothing part=reason").rejected("entry_unknown");
}

#[test]
fn an_erased_part_is_forgotten_though_its_bytes_may_still_be_there() {
    given(&["2025-01-06 CaseOpened id=o", SEL])
        .when("2025-03-03 EntryErased entry=o part=person approved_by=L-01")
        .accepted()
        .then(|view, policy| {
            assert_eq!(view.birth_date, Some(Sealed::Erased));
            assert_eq!(view.erased_on, None, "the case goes on");
            assert!(rules::deadlines(view, policy).count() > 0);
        });
}
