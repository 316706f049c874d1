//! Who watches the watchman: rows that went wrong, a policy that changed, a clock that is off, an
//! erasure that cannot be finished.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use spor_projections::tables::{Table, deadlines};
use spor_scheduler::self_audit::SELF_AUDIT;
use spor_scheduler::wrong_clock::CLOCK;
use spor_store::{
    Append, EventId, Expected, Failure, Kind, LedgerChange, NewEvent, Priority, Status, StreamName,
};

use super::NOTICE;
use super::house::{
    CASEWORKER, GROUND, House, LEAD, MANAGEMENT, MENTOR, OPENED, STAFF, at, commit, fresh_id,
    on_both,
};
use crate::store_contract::support::On;

on_both! {
    a_deadline_that_was_disarmed_is_found_within_seven_nights_and_told,
    a_row_that_was_changed_is_found_and_made_anew,
    a_finding_is_told_once_and_the_next_one_again,
    what_the_audit_found_reaches_management_when_the_lead_gets_no_letter,
    a_ledger_that_lost_a_reminder_is_found_and_made_good,
    what_agrees_with_the_log_raises_no_alarm_in_a_hundred_days,
    a_night_is_audited_by_one_process,
    who_slept_for_days_in_a_round_takes_what_the_others_moved_on_for_no_fault,
    a_new_policy_is_taken_up_in_portions_and_keeps_nothing_waiting,
    an_erasure_that_cannot_be_finished_stops_no_reminder,
    a_case_whose_key_gets_lost_is_told_of_and_its_reminder_comes_when_the_key_is_back,
    a_clock_that_is_years_off_writes_to_nobody_until_a_person_believes_it,
    a_sandbox_goes_wherever_its_clock_is_wound,
}

impl House {
    /// What was found under a name and is not put right.
    pub(super) async fn open_findings(&self, what: &str) -> Vec<Failure> {
        let failures = self.store.failures().await.unwrap().into_iter();
        failures.filter(|at| at.what == what && at.resolution.is_none()).collect()
    }

    /// What the ledger says of a case: rule, level, role, person, state, reason.
    async fn lines_of(&self, case: &str) -> Vec<String> {
        let rows = self.ledger().await.into_iter().filter(|row| row.case_ref == case);
        let mut lines: Vec<String> = rows
            .map(|row| {
                let (person, reason) = (row.recipient.unwrap_or_default(), row.reason);
                let words = [&*row.rule, &row.level, &row.recipient_role, &person];
                format!("{} {} {}", words.join(" "), row.state.as_str(), reason.unwrap_or_default())
            })
            .collect();
        lines.sort();
        lines
    }

    /// Changes what was derived, past the store.
    pub(super) async fn tamper(&self, table: &Table, statement: &str) {
        let spec = table.spec();
        let active = self.store.checkpoints().await.unwrap().into_iter();
        let mut active = active.filter(|at| at.status == Status::Active);
        let table = active.find(|at| at.table.name == spec.name).unwrap().table;
        let table = format!("p_{}_{}_g{}", table.name, table.version, table.generation);
        let mut raw = self.place.raw().await;
        raw.run(&statement.replace("TABLE", &table)).await.unwrap();
        raw.close().await;
    }

    /// A round each morning until something is found; gives that morning.
    pub(super) async fn found_in_seven_nights(&self, first: &str) -> DateTime<Utc> {
        for night in 0..7 {
            let morning = days_after(at(first), night);
            let scheduler = self.scheduler();
            if scheduler.tick(morning).await.unwrap().audit_fault.is_some() {
                assert!(!scheduler.health().is_green(morning), "health is red");
                assert_eq!(self.open_findings(SELF_AUDIT).await.len(), 1);
                return morning;
            }
        }
        panic!("nothing was found in seven nights");
    }
}

fn days_after(instant: DateTime<Utc>, days: i64) -> DateTime<Utc> {
    instant.checked_add_signed(TimeDelta::days(days)).unwrap()
}

async fn a_deadline_that_was_disarmed_is_found_within_seven_nights_and_told() {
    let house = House::usual().await;
    house.tick("2026-02-02T12:00").await;
    assert_eq!(house.open_findings(SELF_AUDIT).await, []);
    house.tamper(&deadlines::TABLE, "UPDATE TABLE SET wakes_at = NULL WHERE rule = 'R01'").await;
    let found = house.found_in_seven_nights("2026-02-03T05:30").await;
    let finding = &house.open_findings(SELF_AUDIT).await[0];
    assert!(finding.error.contains("R01 is not armed"), "{}", finding.error);
    assert_eq!(finding.stream.as_str(), "case-SPOR-2025-0001");
    // The row is armed again: the notice goes out at its hour, or at once.
    for now in [at(NOTICE), at("2026-02-09T05:31")] {
        house.scheduler().tick(now.max(found)).await.unwrap();
    }
    assert_eq!(
        house.arrived(),
        [(MENTOR.into(), 1), (CASEWORKER.into(), 1), (LEAD.into(), 1)].into()
    );
    let told = &house.read_by(LEAD)[0];
    assert!(told.contains("Sag SPOR-2025-0001: de frister, Spor huskede"), "{told}");
    assert!(!told.contains("Ahornsen") && !told.contains("R01"), "{told}");
    let next = house.scheduler().tick(days_after(found, 1)).await.unwrap();
    assert_eq!(next.audit_fault, None, "it agrees, and is closed the next night");
}

async fn a_row_that_was_changed_is_found_and_made_anew() {
    let house = House::usual().await;
    house.tick("2026-01-20T12:00").await;
    house.tamper(&deadlines::TABLE, "UPDATE TABLE SET due = '2031-02-16' WHERE rule = 'R01'").await;
    let found = house.found_in_seven_nights("2026-01-21T05:30").await;
    let error = &house.open_findings(SELF_AUDIT).await[0].error;
    assert!(error.contains("not those that the log gives"), "{error}");
    let streams = [house.open_findings(SELF_AUDIT).await[0].stream.clone()];
    let table = &deadlines::TABLE;
    assert_eq!(house.runner.differing(table, &streams, found).await.unwrap(), []);
}

async fn a_finding_is_told_once_and_the_next_one_again() {
    let house = House::usual().await;
    house.tick("2026-01-20T12:00").await;
    let mut morning = at("2026-01-21T05:30");
    for findings in 1..=2 {
        house
            .tamper(&deadlines::TABLE, "UPDATE TABLE SET due = '2031-02-16' WHERE rule = 'R01'")
            .await;
        let found = house.found_in_seven_nights(&morning.to_rfc3339()).await;
        assert!(found < at("2026-02-06T05:30"), "before anything else is due");
        morning = found;
        // Nights in which it agrees again, and a weekend in between.
        for _ in 0..4 {
            morning = days_after(morning, 1);
            house.scheduler().tick(morning).await.unwrap();
        }
        assert_eq!(house.arrived(), [(LEAD.into(), findings)].into());
    }
    let ours = house.ledger().await.into_iter().filter(|row| row.rule == "self_audit");
    let ids: BTreeSet<_> = ours.map(|row| row.cycle).collect();
    assert_eq!(ids.len(), 2);
}

async fn what_the_audit_found_reaches_management_when_the_lead_gets_no_letter() {
    let house = House::usual().await;
    house.tick("2026-01-20T12:00").await;
    house.tamper(&deadlines::TABLE, "UPDATE TABLE SET due = '2031-02-16' WHERE rule = 'R01'").await;
    let found = house.found_in_seven_nights("2026-01-21T05:30").await;
    house.server.script("recipient[leder@kommune.example]:550");
    for day in 1..=4 {
        house.scheduler().tick(days_after(found, day)).await.unwrap();
    }
    assert_eq!(house.arrived(), [(MANAGEMENT.into(), 1)].into());
    assert!(house.read_by(MANAGEMENT)[0].contains("SPOR-2025-0001"));
}

async fn a_ledger_that_lost_a_reminder_is_found_and_made_good() {
    let house = House::usual().await;
    house.tick("2026-02-24T05:30").await;
    assert_eq!(house.arrived()[LEAD], 1);
    house.tamper(&deadlines::TABLE, "DELETE FROM reminders WHERE level = 'escalated'").await;
    let found = house.found_in_seven_nights("2026-02-25T05:30").await;
    let error = &house.open_findings(SELF_AUDIT).await[0].error;
    assert!(error.contains("R01 is escalated and the ledger knows nothing"), "{error}");
    let again = house.scheduler().tick(found).await.unwrap();
    assert_eq!(again.planned, 3, "everybody is told");
}

async fn what_agrees_with_the_log_raises_no_alarm_in_a_hundred_days() {
    let second = OPENED.replace("birth_date", "case=SPOR-2025-0002 birth_date");
    let third = OPENED.replace("birth_date", "case=SPOR-2025-0003 birth_date");
    let entries: Vec<&str> = STAFF.into_iter().chain([OPENED, &second, &third]).collect();
    let house = House::with(&entries).await;
    let facts = [
        (20, "2026-01-25 FollowUpHeld participants=caseworker,mentor,youth outcome=continue"),
        (25, "2026-01-30 MentorAssigned case=SPOR-2025-0002 person=M-09 role=mentor"),
        (30, "2026-02-04 PolicySet key=follow_up_interval_days value=28 valid_from=2026-02-20"),
        (60, "2026-03-06 SessionHeld case=SPOR-2025-0003 by=M-01 minutes=60"),
    ];
    let scheduler = house.scheduler();
    for day in 1..=100 {
        let morning = days_after(at("2026-01-05T05:30"), day);
        for (_, fact) in facts.iter().filter(|(on, _)| *on == day) {
            house.record(&[fact], morning).await;
        }
        let ticked = scheduler.tick(morning).await.unwrap();
        assert_eq!(ticked.audit_fault, None, "on {morning}");
    }
    assert_eq!(house.store.failures().await.unwrap(), []);
    assert!(house.store.duty_done(SELF_AUDIT).await.unwrap().is_some());
}

async fn a_night_is_audited_by_one_process() {
    let house = House::usual().await;
    let other = house.place.reopen().await;
    let held = other.take_lease(SELF_AUDIT, "another process", 60).await.unwrap();
    assert!(held.is_some());
    house.tick("2026-01-21T05:30").await;
    assert_eq!(house.store.duty_done(SELF_AUDIT).await.unwrap(), None);
    other.release_lease(SELF_AUDIT, "another process").await.unwrap();
    house.tick("2026-01-21T05:31").await;
    let done = house.store.duty_done(SELF_AUDIT).await.unwrap();
    assert_eq!(done, Some(at("2026-01-21T05:31")));
    house.tick("2026-01-21T05:32").await;
    assert_eq!(house.store.duty_done(SELF_AUDIT).await.unwrap(), done, "once a night");
    other.close().await.unwrap();
}

async fn who_slept_for_days_in_a_round_takes_what_the_others_moved_on_for_no_fault() {
    // Of so many cases some have their night before the day of the notices.
    let cases: Vec<String> =
        (2..32).map(|number| format!("{OPENED} case=SPOR-2025-{number:04}")).collect();
    let entries: Vec<&str> = STAFF.into_iter().chain(cases.iter().map(String::as_str)).collect();
    let house = House::with(&entries).await;
    house.server.script("data:wait*1");
    let sleeper = house.scheduler();
    let round = tokio::spawn(async move { sleeper.tick(at(NOTICE)).await });
    while house.server.waiting() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let too_late = house.scheduler_with(None).tick(at("2026-02-17T05:30")).await.unwrap();
    assert!(too_late.planned > 0, "what was due is moved on to the next level");
    house.server.go_on();
    let slept = round.await.unwrap().unwrap();
    assert_eq!(slept.audit_fault, None);
    assert_eq!(house.store.failures().await.unwrap(), []);
    let done = house.store.duty_done(SELF_AUDIT).await.unwrap();
    assert_eq!(done, Some(at(NOTICE)), "it did audit");
}

async fn a_new_policy_is_taken_up_in_portions_and_keeps_nothing_waiting() {
    let cases: Vec<String> = (1..=8)
        .map(|number| {
            OPENED.replace("birth_date", &format!("case=SPOR-2025-000{number} birth_date"))
        })
        .collect();
    let entries: Vec<&str> = STAFF.into_iter().chain(cases.iter().map(String::as_str)).collect();
    let house = House::with(&entries).await;
    let noon = at("2026-01-20T12:00");
    house.tick("2026-01-20T11:00").await;
    let set = "2026-01-20 PolicySet key=follow_up_interval_days value=28 valid_from=2026-01-20";
    house.record(&[set], noon).await;
    let budget = std::time::Duration::from_secs(60);
    let mut left = Vec::new();
    for _ in 0..3 {
        let caught_up = house.runner.advance_upto(3, budget, noon).await.unwrap();
        assert_eq!(caught_up.behind, 0, "the log goes first");
        left.push(caught_up.stale);
    }
    assert_eq!(left, [true, true, false], "three, three and two cases");
    // Due on 2 February by the new policy: the notice goes out a week before.
    let ticked = house.tick("2026-01-26T05:30").await;
    assert_eq!((ticked.planned, ticked.sent), (16, 2));
}

async fn an_erasure_that_cannot_be_finished_stops_no_reminder() {
    let house = House::usual().await;
    let id = EventId::new(fresh_id());
    let broken = NewEvent {
        id,
        event_type: "PersonalDataErased".to_owned(),
        schema_version: 1,
        occurred_on: "2026-01-06".parse().unwrap(),
        corrects: None,
        body: r#"{"of":"nothing that an erasure is made of"}"#.to_owned(),
        parts: Vec::new(),
    };
    let append = Append {
        commit: commit("erase"),
        expected: Expected::Any,
        events: vec![(StreamName::parse("notes-N-1").unwrap(), broken)],
        at: at("2026-01-06T12:00"),
        ledger: vec![LedgerChange::ErasureBegun { event: id }],
        priority: Priority::People,
    };
    house.store.append(append).await.unwrap();
    let scheduler = house.scheduler();
    let ticked = scheduler.tick(at(NOTICE)).await.unwrap();
    assert!(ticked.erasure_fault.is_some(), "{ticked:?}");
    assert_eq!((ticked.planned, ticked.sent), (2, 2), "the letters go out");
    assert!(!scheduler.health().is_green(at(NOTICE)), "and somebody has to look");
}

async fn a_case_whose_key_gets_lost_is_told_of_and_its_reminder_comes_when_the_key_is_back() {
    let second = OPENED.replace("birth_date", "case=SPOR-2025-0002 birth_date");
    let entries: Vec<&str> = STAFF.into_iter().chain([OPENED, &second]).collect();
    let house = House::with(&entries).await;
    assert_eq!(house.tick("2026-02-06T05:30").await.planned, 0);
    // Turned round, nobody finds the key; turned round again, everybody does.
    let turn = match GROUND.with(|on| *on) {
        On::Sqlite => "unhex(substr(hex(key_id), 17) || substr(hex(key_id), 1, 16))",
        On::Postgres => {
            "(right(replace(key_id::text, '-', ''), 16) \
              || left(replace(key_id::text, '-', ''), 16))::uuid"
        }
    };
    let turn = format!(
        "UPDATE subject_keys SET key_id = {turn} \
         WHERE subject = 'case-SPOR-2025-0001' AND compartment = 'person'"
    );
    let mut keyring = house.place.raw_keyring().await;
    assert_eq!(keyring.run(&turn).await.unwrap(), 1);
    let slot = house.tick(NOTICE).await;
    assert_eq!((slot.planned, slot.sent), (4, 4), "the other case is told of too: {slot:?}");
    let lost = house.lines_of("SPOR-2025-0001").await;
    let told = [
        "unknown overdue management D-01 composed case_unreadable",
        "unknown overdue professional_lead L-01 composed case_unreadable",
    ];
    assert_eq!(lost, told);
    assert_eq!(house.tick("2026-02-10T05:30").await.planned, 0, "once");
    assert_eq!(keyring.run(&turn).await.unwrap(), 1);
    keyring.close().await;
    // Within seven nights the rows are held against the log.
    for day in 11..=17 {
        house.tick(&format!("2026-02-{day}T02:00")).await;
        house.tick(&format!("2026-02-{day}T05:30")).await;
    }
    let back = house.lines_of("SPOR-2025-0001").await;
    assert!(back.iter().any(|line| line.starts_with("R01")), "{back:?}");
}

async fn a_clock_that_is_years_off_writes_to_nobody_until_a_person_believes_it() {
    let now = present();
    let house = House::of_kind(Kind::Production, &STAFF, days_after(now, -1)).await;
    house.record(&[OPENED], days_after(now, -1)).await;
    let scheduler = house.scheduler();
    for wrong in [days_after(now, 400), days_after(now, -20_000)] {
        let ticked = scheduler.tick(wrong).await.unwrap();
        assert!(ticked.clock_fault.is_some(), "{wrong}");
        assert_eq!((ticked.planned, ticked.composed, ticked.sent), (0, 0, 0), "{wrong}");
        assert!(!scheduler.health().is_green(wrong));
        assert_eq!(house.open_findings(CLOCK).await.len(), 1, "it is recorded");
    }
    let right = scheduler.tick(now).await.unwrap();
    assert_eq!((right.clock_fault, right.planned > 0), (None, true));
    assert_eq!(house.open_findings(CLOCK).await, []);
    // Nothing ran for two months: nobody knows whether the clock is right.
    house.store.note_round(days_after(now, -60)).await.unwrap();
    let doubted = scheduler.tick(now).await.unwrap();
    assert!(doubted.clock_fault.is_some_and(|why| why.contains("the last round")));
    scheduler.trust_clock(now).await.unwrap();
    assert_eq!(scheduler.tick(now).await.unwrap().clock_fault, None);
    assert_eq!(house.open_findings(CLOCK).await, []);
}

async fn a_sandbox_goes_wherever_its_clock_is_wound() {
    let house = House::usual().await;
    for now in ["2028-01-05T05:30", "2026-02-09T05:30", "1999-01-05T05:30"] {
        assert_eq!(house.tick(now).await.clock_fault, None);
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock of the machine is what is tried")]
fn present() -> DateTime<Utc> {
    Utc::now()
}
