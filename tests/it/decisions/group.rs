//! A group meets when everybody in it may, or not at all (F4.3).

use spor_tests::given::{Given, given};

const OPENED: &str = "2025-01-06 CaseOpened mentor=M-06";
const OTHER: &str = "2025-01-06 CaseOpened mentor=M-06 case=SPOR-2025-0002";
const FORMED: &str = "2025-02-03 GroupFormed max_size=2";
const SUITS: &str = "2025-02-10 GroupSuitabilityAssessed outcome=suitable by=SB-01";
const MEETS: &str = "2025-04-06 GroupSessionHeld attendees=SPOR-2025-0001";

fn sessions(given: &Given) -> usize {
    given.book().view("2025-12-31".parse().unwrap()).participations.len()
}

#[test]
fn everybody_is_assessed_one_by_one() {
    given(&[OPENED, FORMED]).when(MEETS).rejected("not_assessed_suitable").naming("SPOR-2025-0001");
    let unsuited = "2025-02-11 GroupSuitabilityAssessed outcome=not_suitable by=SB-01";
    given(&[OPENED, FORMED, SUITS, unsuited]).when(MEETS).rejected("not_assessed_suitable");
    let both = "2025-04-06 GroupSessionHeld attendees=SPOR-2025-0001,SPOR-2025-0002";
    let told = given(&[OPENED, OTHER, FORMED, SUITS]);
    told.when(both).rejected("not_assessed_suitable").naming("SPOR-2025-0002");
    assert_eq!(sessions(&told), 0, "the whole session is refused");
}

#[test]
fn the_first_three_months_are_one_to_one() {
    let early = "2025-04-05 GroupSessionHeld attendees=SPOR-2025-0001";
    given(&[OPENED, FORMED, SUITS]).when(early).rejected("group_too_early").naming("2025-04-06");
    given(&[OPENED, FORMED, SUITS]).when(MEETS).accepted();
}

#[test]
fn a_group_has_one_mentor_and_open_cases_each_once() {
    let others = "2025-01-06 CaseOpened mentor=M-01";
    given(&[others, FORMED, SUITS]).when(MEETS).rejected("other_mentor");
    given(&[FORMED]).when(MEETS).rejected("attendee_not_open");
    let closed = "2025-04-06 CaseClosed reason=youth_wish";
    given(&[OPENED, FORMED, SUITS, closed]).when(MEETS).rejected("attendee_not_open");
    given(&[OPENED, FORMED, SUITS])
        .when("2025-04-06 GroupSessionHeld attendees=SPOR-2025-0001,SPOR-2025-0001")
        .rejected("attendee_twice");
}

#[test]
fn a_group_is_formed_with_a_purpose_and_stays_small() {
    given(&[]).when("2025-02-03 GroupFormed purpose=''").rejected("group_purpose_missing");
    given(&[]).when("2025-02-03 GroupFormed max_size=1").rejected("number_out_of_range");
    given(&[FORMED]).when(FORMED).rejected("group_exists");
    given(&[OPENED]).when(MEETS).rejected("group_unknown");
    given(&[OPENED, FORMED, SUITS, "2025-03-01 GroupDissolved"])
        .when(MEETS)
        .rejected("group_dissolved");
    given(&[OPENED, FORMED, SUITS])
        .when("2025-04-06 GroupSessionHeld attendees=SPOR-2025-0001,SPOR-2025-0002,SPOR-2025-0003")
        .rejected("group_size");
    given(&[OPENED, FORMED, SUITS])
        .when(&format!("{MEETS} minutes=0"))
        .rejected("minutes_out_of_range");
}

#[test]
fn what_was_recorded_together_is_put_right_together() {
    let met = given(&[OPENED, FORMED, SUITS, &format!("{MEETS} id=g1")]);
    assert_eq!(sessions(&met), 1);
    let alone = met.book().case(&spor_tests::book::usual_case(), None);
    let took_part = alone.entries().last().unwrap().address();
    met.when(&format!("2025-04-07 EntryRetracted target={took_part}"))
        .rejected("participation_of_group");
    let group = r#"{"date":"2025-04-07","group":"G-01","reason":"wrong","target":"g1","#;
    let corrected = met
        .when_journal(&format!(r#"{group}"type":"EntryCorrected","changes":{{"minutes":30}}}}"#))
        .accepted();
    let view = corrected.book().view("2025-04-07".parse().unwrap());
    assert_eq!(view.participations[0].minutes, 30);
    met.when_journal(&format!(
        r#"{group}"type":"EntryCorrected","changes":{{"attendees":["SPOR-2025-0002"]}}}}"#
    ))
    .rejected("change_not_possible");
    let retracted = met.when_journal(&format!(r#"{group}"type":"EntryRetracted"}}"#)).accepted();
    assert!(retracted.book().view("2025-04-07".parse().unwrap()).participations.is_empty());
}

#[test]
fn a_group_session_counts_in_no_hours_and_as_no_dialogue() {
    given(&[OPENED, FORMED, SUITS, MEETS]).on("2025-04-06", |view, policy| {
        assert!(view.sessions.is_empty());
        assert!(view.may_join_group(policy));
        let r02 = (spor_domain::rules::dialogue::RULE.deadlines)(view, policy);
        assert_eq!(r02.last().unwrap().due.to_string(), "2025-01-13");
    });
}
