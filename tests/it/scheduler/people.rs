//! Who is told, and what happens when there is nobody to tell.

use super::NOTICE;
use super::house::{CASEWORKER, House, LEAD, MANAGEMENT, MENTOR, OPENED, STAFF, at, on_both};

on_both! {
    an_empty_role_is_an_alarm_to_the_lead,
    without_a_lead_management_is_told,
    a_person_who_is_not_registered_is_an_alarm_and_is_told_once_registered,
    with_nobody_at_all_the_round_goes_on,
    a_new_mentor_is_told_and_the_old_one_no_more,
    a_poisoned_item_is_left_out_and_the_rest_goes,
}

async fn an_empty_role_is_an_alarm_to_the_lead() {
    let entries: Vec<&str> = STAFF.into_iter().chain([OPENED]).collect();
    let house = House::with(&entries).await;
    let ended = "2026-02-01 MentorAssignmentEnded person=M-01 reason=moved";
    house.record(&[ended], at("2026-02-01T12:00")).await;
    let slot = house.tick(NOTICE).await;
    assert_eq!((slot.planned, slot.suppressed, slot.sent), (2, 1, 2));
    assert_eq!(
        house.told().await,
        [
            "notice caseworker SB-01 composed",
            "notice mentor nobody suppressed role_vacant",
            "notice professional_lead L-01 composed alarm:role_vacant:mentor",
        ]
    );
    assert!(house.read_by(LEAD)[0].contains("rollen mentor"));
    assert_eq!(house.acts().await.iter().filter(|act| *act == "ReminderSuppressed").count(), 1);
}

async fn without_a_lead_management_is_told() {
    let staff: Vec<&str> = STAFF.into_iter().filter(|entry| !entry.contains("L-01")).collect();
    let entries: Vec<&str> = staff.into_iter().chain([OPENED]).collect();
    let house = House::with(&entries).await;
    let back = house.tick("2026-02-23T05:30").await;
    assert_eq!((back.suppressed, back.sent), (1, 3));
    assert!(
        house
            .told()
            .await
            .contains(&"escalated professional_lead nobody suppressed role_vacant".to_owned())
    );
    assert_eq!(
        house.arrived(),
        [(MENTOR.into(), 1), (CASEWORKER.into(), 1), (MANAGEMENT.into(), 1)].into()
    );
}

async fn a_person_who_is_not_registered_is_an_alarm_and_is_told_once_registered() {
    let staff: Vec<&str> = STAFF.into_iter().filter(|entry| !entry.contains("M-01")).collect();
    let entries: Vec<&str> = staff.into_iter().chain([OPENED]).collect();
    let house = House::with(&entries).await;
    let slot = house.tick(NOTICE).await;
    assert_eq!((slot.suppressed, slot.sent), (1, 2));
    assert!(
        house.told().await.contains(&"notice mentor M-01 suppressed recipient_unknown".to_owned())
    );
    assert!(house.read_by(LEAD)[0].contains("ingen brugbar adresse til rollen mentor i sagen"));
    house.record(&[STAFF[0]], at("2026-02-10T12:00")).await;
    house.tick("2026-02-17T05:30").await;
    assert_eq!(house.arrived()[MENTOR], 1);
}

async fn with_nobody_at_all_the_round_goes_on() {
    let house = House::with(&[OPENED]).await;
    let slot = house.tick(NOTICE).await;
    assert_eq!((slot.planned, slot.suppressed, slot.sent), (0, 2, 0));
    assert_eq!(
        house.told().await,
        [
            "notice caseworker SB-01 suppressed recipient_unknown",
            "notice mentor M-01 suppressed recipient_unknown",
        ]
    );
}

async fn a_new_mentor_is_told_and_the_old_one_no_more() {
    let second = "2025-01-02 StaffRegistered person=M-02 name='Ea Eksempel' \
                  email=ny@kommune.example roles=mentor administration=employment";
    let house = House::with(&STAFF).await;
    house.record(&[second, OPENED], at("2026-02-14T10:00")).await;
    assert_eq!(house.tick("2026-02-14T10:01").await.planned, 2);
    let assigned = "2026-02-15 MentorAssigned person=M-02 role=mentor";
    house.record(&[assigned], at("2026-02-15T10:00")).await;
    house.tick("2026-02-16T05:30").await;
    assert_eq!(house.arrived(), [(CASEWORKER.into(), 1), ("ny@kommune.example".into(), 1)].into());
    assert!(
        house.told().await.contains(&"notice mentor M-01 cancelled no_longer_recipient".to_owned())
    );
}

async fn a_poisoned_item_is_left_out_and_the_rest_goes() {
    let poisoned = OPENED
        .replace("birth_date", "case=KURT-2025-01 birth_date")
        .replace("Alder Ahornsen", "Kurt Kastanje");
    let entries: Vec<&str> = STAFF.into_iter().chain([OPENED, poisoned.as_str()]).collect();
    let house = House::with(&entries).await;
    let slot = house.tick(NOTICE).await;
    // The fifth is the line to the lead, who hears of it without a word of the case.
    assert_eq!((slot.planned, slot.suppressed, slot.sent), (5, 2, 2));
    assert_eq!(house.tick("2026-02-09T05:31").await.sent, 1);
    assert!(house.read_by(LEAD)[0].contains("En sag: en p=C3=A5mindelse kunne ikke skrives"));
    assert!(!house.read_by(LEAD)[0].contains("KURT"));
    assert!(house.read_by(MENTOR)[0].contains("SPOR-2025-0001"));
    assert!(!house.read_by(MENTOR)[0].contains("KURT"));
    let refused = "notice mentor M-01 suppressed refused_known_name".to_owned();
    assert!(house.told().await.contains(&refused));
}
