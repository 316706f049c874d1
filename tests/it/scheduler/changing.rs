//! What changes without an entry: who is responsible, who takes part, what a clock that was wrong
//! has passed over. Found by the clock's campaign.

use spor_store::ReminderState;

use super::NOTICE;
use super::house::{House, LEAD, OPENED, STAFF, at, on_both};

on_both! {
    whoever_takes_over_hears_of_what_is_open_on_that_day,
    a_volunteer_whose_track_begins_hears_of_what_is_open_on_that_day,
    a_second_talk_of_a_day_is_no_news_however_late_it_is_recorded,
    a_level_that_falls_is_no_news_about_an_empty_role_either,
    whoever_knows_of_a_higher_level_hears_of_no_lower_one_in_another_role,
    nobody_is_told_of_waiting_before_it_was_too_long,
    a_pause_ends_with_its_case,
    what_ended_for_a_clock_that_was_ahead_is_told_when_the_clock_is_right,
}

const RECEIVERS: [&str; 2] = [
    "2025-01-02 StaffRegistered person=SB-02 name='Eva Eksempel' email=voksen@kommune.example \
     roles=caseworker administration=adult_disability",
    "2025-01-02 StaffRegistered person=L-02 name='Per Eksempel' email=leder2@kommune.example \
     roles=professional_lead administration=adult_disability",
];

async fn whoever_takes_over_hears_of_what_is_open_on_that_day() {
    let house = House::usual().await;
    house.record(&RECEIVERS, at("2026-01-05T12:00")).await;
    house.tick(NOTICE).await;
    let handover = [
        "2026-02-10 HandoverStarted to_administration=adult_disability \
         receiving_caseworker=SB-02 effective_on=2026-02-14",
        "2026-02-10 HandoverAccepted",
    ];
    house.record(&handover, at("2026-02-10T12:00")).await;
    for before in ["2026-02-11T05:30", "2026-02-13T05:30", "2026-02-16T05:29"] {
        assert_eq!(house.tick(before).await.sent, 0, "{before}: it takes effect on Saturday");
    }
    // Only what is open is told, at the level that it has: the lead of a notice hears nothing.
    assert_eq!(house.tick("2026-02-16T05:30").await.sent, 1);
    assert_eq!(house.read_by("voksen@kommune.example").len(), 1);
    assert!(house.told().await.contains(&"notice caseworker SB-02 composed".to_owned()));
    assert_eq!(house.store.failures().await.unwrap(), [], "what is not due yet needs no morning");
}

async fn a_volunteer_whose_track_begins_hears_of_what_is_open_on_that_day() {
    let house = House::usual().await;
    let volunteer = [
        "2025-01-02 StaffRegistered person=F-01 name='Fie Eksempel' email=fie@kommune.example \
         roles=volunteer administration=employment",
        "2026-01-20 MentorAssigned person=F-01 role=volunteer",
        "2026-01-20 SupportGranted basis=voluntary budget=social from=2026-02-12",
    ];
    house.record(&volunteer, at("2026-01-20T12:00")).await;
    house.tick(NOTICE).await;
    assert_eq!(house.tick("2026-02-11T05:30").await.sent, 0);
    assert_eq!(house.tick("2026-02-12T05:30").await.sent, 1);
    assert_eq!(house.read_by("fie@kommune.example").len(), 1);
}

async fn a_level_that_falls_is_no_news_about_an_empty_role_either() {
    let house = House::usual().await;
    let granted = "2026-01-20 SupportGranted basis=voluntary budget=social";
    house.record(&[granted], at("2026-01-20T12:00")).await;
    house.tick("2026-02-24T05:30").await;
    let alarm = "escalated professional_lead L-01 composed alarm:role_vacant:volunteer";
    assert!(house.told().await.contains(&alarm.to_owned()));
    assert_eq!(house.arrived()[LEAD], 1);
    let policy = "2026-02-24 PolicySet key=follow_up_interval_days value=56 valid_from=2026-02-24";
    house.record(&[policy], at("2026-02-24T12:00")).await;
    for later in ["2026-02-24T12:01", "2026-02-25T05:30"] {
        assert_eq!(house.tick(later).await.sent, 0, "{later}: it is announced, and known as worse");
    }
}

async fn a_second_talk_of_a_day_is_no_news_however_late_it_is_recorded() {
    let house = House::usual().await;
    let talked = [
        "2026-01-20 SupportResumed",
        "2026-01-26 FollowUpHeld participants=caseworker,mentor,youth",
    ];
    house.record(&talked, at("2026-01-26T12:00")).await;
    house.tick("2026-02-03T05:30").await;
    assert!(house.told().await.contains(&"overdue mentor M-01 composed".to_owned()));
    house.record(&["2026-01-26 DialogueHeld need=same"], at("2026-02-03T12:00")).await;
    assert_eq!(house.tick("2026-02-04T05:30").await.sent, 0, "the week is the same");
}

async fn whoever_knows_of_a_higher_level_hears_of_no_lower_one_in_another_role() {
    let house = House::usual().await;
    house.tick("2026-02-24T05:30").await;
    assert_eq!(house.arrived()[LEAD], 1);
    let entries = [
        "2026-02-24 PolicySet key=follow_up_interval_days value=56 valid_from=2026-02-24",
        "2026-02-24 MentorAssigned person=L-01 role=mentor",
    ];
    house.record(&entries, at("2026-02-24T12:00")).await;
    assert_eq!(house.tick("2026-02-25T05:30").await.sent, 0);
    let told = "notice mentor L-01 overtaken overtaken_by_escalated";
    assert!(house.told().await.contains(&told.to_owned()), "{:?}", house.told().await);
}

async fn nobody_is_told_of_waiting_before_it_was_too_long() {
    let house = House::with(&STAFF).await;
    let waits =
        ["2026-01-08 CaseReferred administration=employment", "2026-01-09 CasePlacedOnWaitingList"];
    house.record(&waits, at("2026-01-09T12:00")).await;
    assert_eq!(house.tick("2026-02-06T05:30").await.sent, 0, "four weeks, and not more");
    assert_eq!(house.tick("2026-02-09T05:30").await.sent, 1);
    assert_eq!(house.told().await, ["overdue professional_lead L-01 composed"]);
}

/// The usual case rests from its first day on, without an end.
async fn a_pause_ends_with_its_case() {
    let house = House::usual().await;
    let again = [
        "2026-01-20 CaseClosed",
        "2026-02-02 CaseReopened mentor=M-01 caseworker=SB-01",
        "2026-02-02 SupportGranted track=T7 basis=SEL-85 weekly_hours=2 budget=social",
    ];
    house.record(&again, at("2026-02-02T12:00")).await;
    house.tick("2026-03-02T05:30").await;
    let ledger = house.ledger().await;
    assert!(ledger.iter().any(|row| row.rule == "R09"), "four weeks without an hour");
}

/// The notice of this update comes on Friday the 13th; the young person is 18 in March.
const UPDATES: [&str; 2] = [
    "2026-02-01 FamilyInvolvementAgreed parent_update_days=14",
    "2026-02-01 ConsentGiven scope=parent_updates until=-",
];

impl House {
    async fn with_a_child(updates: &[&str]) -> Self {
        let opened = OPENED.replace("2004-01-09", "2008-03-10");
        let entries: Vec<&str> = STAFF.into_iter().chain([opened.as_str()]).collect();
        let house = Self::with(&entries).await;
        house.record(updates, at("2026-02-01T12:00")).await;
        house
    }

    async fn told_of_updates(&self) -> usize {
        let ledger = self.ledger().await.into_iter();
        ledger.filter(|row| row.rule == "R11" && row.state == ReminderState::Composed).count()
    }
}

async fn what_ended_for_a_clock_that_was_ahead_is_told_when_the_clock_is_right() {
    let house = House::with_a_child(&UPDATES).await;
    house.tick("2026-02-10T12:00").await;
    house.tick("2027-03-15T05:30").await;
    assert_eq!(house.told_of_updates().await, 0, "parents are told nothing about an adult");
    house.tick("2026-02-10T13:00").await;
    assert_eq!(house.told_of_updates().await, 0, "nothing is due yet");
    house.tick("2026-02-13T05:30").await;
    assert_eq!(house.told_of_updates().await, 1);
}
