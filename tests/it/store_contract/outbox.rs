//! Reminders and letters: planned once, leased under a fence, settled with an event or not at all.

use spor_store::{
    Composed, Duty, LedgerChange, LetterFilter, LetterId, LetterOutcome, LetterRow, LetterState,
    NewLetter, OpenBreaker, Rearm, ReminderFilter, ReminderId, ReminderRow, ReminderState, Store,
};

use super::support::*;
use super::tables::{claimed, deadlines, row, write};

on_both! {
    a_reminder_is_planned_once_and_its_deadline_moves_on,
    a_letter_takes_its_reminders_along_or_is_not_composed,
    a_letter_is_leased_once_handed_over_under_its_fence_and_sent_with_its_event,
    a_refused_change_leaves_the_others_of_the_group_alone,
    a_lapsed_lease_is_taken_back_once_and_the_frozen_worker_comes_too_late,
    a_late_answer_of_the_relay_still_ends_the_doubt,
    a_deferred_letter_waits_and_a_reminder_moves_only_from_its_state,
    duties_have_one_owner_and_breakers_a_reason,
    a_report_is_noted_once_and_moves_no_letter_that_a_worker_holds,
    small_work_that_shares_a_commit_is_kept_or_not_each_for_itself,
}

const MORNING: &str = "2026-03-24T05:30:00Z";
const NOON: &str = "2026-03-24T11:00:00Z";

pub fn reminder(rule: &str) -> ReminderRow {
    ReminderRow {
        id: ReminderId::new(fresh_id()),
        rule: rule.to_owned(),
        case_ref: "A-1".to_owned(),
        cycle: fresh_id(),
        level: "overdue".to_owned(),
        recipient_role: "caseworker".to_owned(),
        recipient: Some("K-01".to_owned()),
        state: ReminderState::Planned,
        reason: None,
        letter: None,
        due: Some(day("2026-03-24")),
        planned_at: instant(MORNING),
    }
}

pub fn new_letter(recipient: &str, next_at: &str) -> NewLetter {
    let id = fresh_id();
    NewLetter {
        id: LetterId::new(id),
        recipient: recipient.to_owned(),
        address: format!("{}@kommune.example", recipient.to_lowercase()),
        local_day: day("2026-03-24"),
        slot: format!("slot-{id}"),
        part: 1,
        message_id: format!("<{id}@spor.example>"),
        bytes: b"Subject: paamindelse\r\n\r\nhej\r\n".to_vec(),
        next_at: instant(next_at),
    }
}

/// A letter in the outbox that carries nothing.
pub async fn letter(store: &Store, recipient: &str, next_at: &str) -> LetterId {
    let letter = new_letter(recipient, next_at);
    let id = letter.id;
    assert_eq!(store.compose(letter, vec![]).await.unwrap(), Composed::New);
    id
}

async fn state(store: &Store, id: LetterId) -> LetterRow {
    let filter = LetterFilter { id: Some(id), ..LetterFilter::default() };
    store.letters(&filter, 10).await.unwrap().remove(0)
}

async fn lease(store: &Store, worker: &str, lease_secs: u32) -> Vec<LetterRow> {
    store.lease_letters(worker, 10, lease_secs, instant(NOON)).await.unwrap()
}

fn settled(letter: LetterId, fence: i64, outcome: LetterOutcome) -> LedgerChange {
    LedgerChange::LetterSettled {
        letter,
        fence,
        outcome,
        code: Some(250),
        text: "queued as 4711".to_owned(),
    }
}

async fn a_reminder_is_planned_once_and_its_deadline_moves_on(on: On) {
    let (_place, store) = sandbox(on).await;
    let table = claimed(&store).await;
    let rows = vec![row("R01", 1, Some(MORNING)), row("R03", 1, Some(NOON))];
    assert!(write(&store, &table, (0, 5), vec![("case-A-1", rows)]).await);
    let due = store.due_rows(&deadlines(), instant(MORNING), 10).await.unwrap();
    assert_eq!((due.len(), &due[0].cells), (1, &row("R01", 1, Some(MORNING))));
    let planned = reminder("R01");
    let rearm = Rearm {
        stream: stream("case-A-1"),
        key: vec![("rule".to_owned(), due[0].cells[0].clone())],
        seen: instant(MORNING),
        wakes_at: Some(instant("2026-04-07T05:30:00Z")),
    };
    for expected in [vec![planned.id], vec![]] {
        let reminders = vec![planned.clone()];
        let new = store.plan(&deadlines(), reminders, vec![rearm.clone()]).await.unwrap();
        assert_eq!(new, expected);
    }
    let due = store.due_rows(&deadlines(), instant(NOON), 10).await.unwrap();
    assert_eq!((due.len(), &due[0].cells[0]), (1, &row("R03", 1, None)[0]));
    let waiting = store.planned_reminders(instant(NOON), 10).await.unwrap();
    assert_eq!(waiting, [planned]);
    assert!(store.planned_reminders(instant("2026-03-01T00:00:00Z"), 10).await.unwrap().is_empty());
}

async fn a_letter_takes_its_reminders_along_or_is_not_composed(on: On) {
    let (_place, store) = sandbox(on).await;
    claimed(&store).await;
    let (one, two) = (reminder("R01"), reminder("R03"));
    let both = vec![one.id, two.id];
    store.plan(&deadlines(), vec![one.clone(), two.clone()], vec![]).await.unwrap();
    let first = new_letter("K-01", MORNING);
    let id = first.id;
    assert_eq!(store.compose(first.clone(), vec![one.id]).await.unwrap(), Composed::New);
    assert_eq!(store.compose(first.clone(), vec![two.id]).await.unwrap(), Composed::Exists);
    // Another id for the same slot is the same letter.
    let mut twin = first;
    twin.id = LetterId::new(fresh_id());
    assert_eq!(store.compose(twin, vec![two.id]).await.unwrap(), Composed::Exists);
    let late = new_letter("K-01", MORNING);
    assert_eq!(store.compose(late, both).await.unwrap(), Composed::ReminderGone);
    assert_eq!(store.letters(&LetterFilter::default(), 10).await.unwrap().len(), 1);
    let carried = ReminderFilter { letter: Some(id), ..ReminderFilter::default() };
    let carried = store.reminders(&carried, 10).await.unwrap();
    assert_eq!(
        (carried.len(), carried[0].id, carried[0].state),
        (1, one.id, ReminderState::Composed)
    );
    let mut bare = new_letter("K-02", MORNING);
    bare.bytes = b"Subject: x\n\nhej".to_vec();
    assert_eq!(store.compose(bare, vec![]).await.unwrap_err().code(), "bad_request");
}

async fn a_letter_is_leased_once_handed_over_under_its_fence_and_sent_with_its_event(on: On) {
    let (_place, store) = sandbox(on).await;
    let id = letter(&store, "K-01", MORNING).await;
    letter(&store, "K-02", "2026-03-24T20:30:00Z").await;
    let leased = lease(&store, "w1", 60).await;
    assert_eq!((leased.len(), leased[0].letter.id, leased[0].fence), (1, id, 1));
    assert_eq!(leased[0].letter.bytes, b"Subject: paamindelse\r\n\r\nhej\r\n");
    assert!(lease(&store, "w2", 60).await.is_empty());
    assert!(!store.mark_handing_over(id, 2).await.unwrap());
    assert!(store.mark_handing_over(id, 1).await.unwrap());
    assert!(!store.mark_handing_over(id, 1).await.unwrap());
    let mut sent = append_any("reminders-A-1");
    sent.ledger = vec![settled(id, 9, LetterOutcome::Sent)];
    assert_eq!(store.append(sent.clone()).await.unwrap_err().code(), "lease_lost");
    assert_eq!(version(&store, "reminders-A-1").await, 0);
    sent.ledger = vec![settled(id, 1, LetterOutcome::Sent)];
    sent.at = instant(NOON);
    store.append(sent).await.unwrap();
    let row = state(&store, id).await;
    assert_eq!((row.state, row.sent_at), (LetterState::Sent, Some(instant(NOON))));
    assert_eq!((row.smtp_code, row.smtp_text.as_deref()), (Some(250), Some("queued as 4711")));
    let phases: Vec<_> =
        store.attempts(id).await.unwrap().iter().map(|a| (a.phase, a.fence)).collect();
    assert_eq!(phases, [(LetterState::HandingOver, 1), (LetterState::Sent, 1)]);
    assert_eq!(version(&store, "reminders-A-1").await, 1);
}

async fn a_refused_change_leaves_the_others_of_the_group_alone(on: On) {
    let (_place, store) = sandbox(on).await;
    let id = letter(&store, "K-01", MORNING).await;
    lease(&store, "w1", 60).await;
    store.mark_handing_over(id, 1).await.unwrap();
    let mut lost = append_any("reminders-A-1");
    let suppress = LedgerChange::AddressSuppressed {
        address: "k-01@kommune.example".to_owned(),
        reason: "5.1.1".to_owned(),
    };
    lost.ledger = vec![suppress.clone(), settled(id, 7, LetterOutcome::Dead)];
    let mut late = append_any("reminders-A-1");
    late.ledger = vec![settled(id, 7, LetterOutcome::Sent)];
    let mut dead = append_any("reminders-A-1");
    dead.ledger = vec![settled(id, 1, LetterOutcome::Dead)];
    let group = vec![append_any("reminders-A-1"), lost, late, dead];
    let answers = store.append_all(group).await;
    assert!(answers[0].is_ok() && answers[3].is_ok());
    for refused in &answers[1..3] {
        assert_eq!(refused.as_ref().unwrap_err().code(), "lease_lost");
    }
    let noted = store.attempts(id).await.unwrap();
    let noted: Vec<_> = noted.iter().map(|attempt| attempt.phase).collect();
    assert_eq!(noted, [LetterState::HandingOver, LetterState::Dead], "nothing of who was late");
    assert!(store.suppressions().await.unwrap().is_empty());
    assert_eq!(state(&store, id).await.state, LetterState::Dead);
    assert_eq!(positions(&store).await, [1, 2, 3]);
    store.change_ledger(vec![suppress], instant(NOON)).await.unwrap();
    assert_eq!(store.suppressions().await.unwrap()[0].reason, "5.1.1");
    assert!(store.retry_letter(id, instant(NOON)).await.unwrap());
    assert_eq!(lease(&store, "w1", 60).await[0].fence, 2);
}

async fn a_lapsed_lease_is_taken_back_once_and_the_frozen_worker_comes_too_late(on: On) {
    let (_place, store) = sandbox(on).await;
    store.wind_clock(instant(NOON)).unwrap();
    let held = letter(&store, "K-01", MORNING).await;
    let handed = letter(&store, "K-02", MORNING).await;
    let leased = lease(&store, "w1", 60).await;
    assert_eq!(leased.len(), 2);
    assert!(store.mark_handing_over(handed, 1).await.unwrap());
    assert_eq!(store.lapsed_letters(10).await.unwrap(), []);
    let seen = state(&store, held).await;
    let ready = (LetterState::Ready, instant(NOON));
    assert!(!store.lapse_letter(&seen, ready, instant(NOON)).await.unwrap(), "it still runs");

    store.wind_clock(instant("2026-03-24T11:01:00Z")).unwrap();
    assert!(!store.mark_handing_over(held, 1).await.unwrap());
    let lapsed = store.lapsed_letters(10).await.unwrap();
    assert_eq!(lapsed.iter().map(|row| row.letter.id).collect::<Vec<_>>(), [held, handed]);
    for (row, first) in [(&lapsed[0], true), (&lapsed[0], false)] {
        assert_eq!(store.lapse_letter(row, ready, instant(NOON)).await.unwrap(), first);
    }
    let again = instant("2026-03-24T11:10:00Z");
    let doubt = (LetterState::InDoubt, again);
    assert!(store.lapse_letter(&lapsed[1], doubt, instant(NOON)).await.unwrap());
    let doubtful = state(&store, handed).await;
    assert_eq!((doubtful.state, doubtful.letter.next_at), (LetterState::InDoubt, again));
    assert_eq!((doubtful.copies, &doubtful.letter.bytes), (1, &leased[1].letter.bytes));

    let again = lease(&store, "w2", 60).await;
    assert_eq!((again.len(), again[0].letter.id, again[0].fence), (1, held, 2));
    assert!(!store.mark_handing_over(held, 1).await.unwrap(), "its fence is gone");
    let phases: Vec<_> = store
        .attempts(handed)
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.phase, row.text))
        .collect();
    let lapsed = Some("the lease lapsed".to_owned());
    assert_eq!(phases, [(LetterState::HandingOver, None), (LetterState::InDoubt, lapsed)]);
}

async fn a_late_answer_of_the_relay_still_ends_the_doubt(on: On) {
    let (_place, store) = sandbox(on).await;
    store.wind_clock(instant(NOON)).unwrap();
    let id = letter(&store, "K-01", MORNING).await;
    lease(&store, "w1", 60).await;
    store.mark_handing_over(id, 1).await.unwrap();
    store.wind_clock(instant("2026-03-24T11:02:00Z")).unwrap();
    let lapsed = store.lapsed_letters(10).await.unwrap();
    let doubt = (LetterState::InDoubt, instant(NOON));
    assert!(store.lapse_letter(&lapsed[0], doubt, instant(NOON)).await.unwrap());
    let mut sent = append_any("reminders-A-1");
    sent.ledger = vec![settled(id, 1, LetterOutcome::Sent)];
    store.append(sent).await.unwrap();
    assert_eq!(state(&store, id).await.state, LetterState::Sent);
    assert_eq!(store.waiting_letters(10).await.unwrap(), []);
}

async fn a_deferred_letter_waits_and_a_reminder_moves_only_from_its_state(on: On) {
    let (_place, store) = sandbox(on).await;
    claimed(&store).await;
    let id = letter(&store, "K-01", MORNING).await;
    lease(&store, "w1", 60).await;
    let next_at = instant("2026-03-24T11:05:00Z");
    let change = settled(id, 1, LetterOutcome::Deferred { next_at });
    store.change_ledger(vec![change], instant(NOON)).await.unwrap();
    assert!(lease(&store, "w1", 60).await.is_empty());
    assert_eq!(store.lease_letters("w1", 10, 60, next_at).await.unwrap().len(), 1);
    let planned = reminder("R01");
    store.plan(&deadlines(), vec![planned.clone()], vec![]).await.unwrap();
    let cancel = LedgerChange::ReminderMoved {
        reminder: planned.id,
        from: vec![ReminderState::Planned],
        to: ReminderState::Cancelled,
        reason: Some("met".to_owned()),
    };
    store.change_ledger(vec![cancel.clone()], instant(NOON)).await.unwrap();
    let again = store.change_ledger(vec![cancel], instant(NOON)).await.unwrap_err();
    assert_eq!(again.code(), "moved_on");
    let cancelled =
        ReminderFilter { state: Some(ReminderState::Cancelled), ..ReminderFilter::default() };
    assert_eq!(store.reminders(&cancelled, 10).await.unwrap()[0].reason.as_deref(), Some("met"));
}

async fn duties_have_one_owner_and_breakers_a_reason(on: On) {
    let (_place, store) = sandbox(on).await;
    store.wind_clock(instant(NOON)).unwrap();
    let duty = async |owner| store.take_lease("tick", owner, 60).await.unwrap();
    let of = |fence, done_at| Some(Duty { fence, done_at });
    assert_eq!((duty("p1").await, duty("p1").await), (of(1, None), of(1, None)));
    assert_eq!(duty("p2").await, None);
    assert!(store.note_duty_done(("tick", "p1"), 1, instant(MORNING)).await.unwrap());
    store.release_lease("tick", "p1").await.unwrap();
    assert_eq!(duty("p2").await, of(2, Some(instant(MORNING))));
    // The first owner wakes: the duty is somebody else's.
    assert!(!store.note_duty_done(("tick", "p1"), 1, instant(NOON)).await.unwrap());
    store.wind_clock(instant("2026-03-24T11:01:01Z")).unwrap();
    assert_eq!(duty("p3").await.map(|duty| duty.fence), Some(3));
    assert_eq!(store.duty_done("tick").await.unwrap(), Some(instant(MORNING)));
    assert_eq!(store.breaker("smtp").await.unwrap(), None);
    let open = OpenBreaker { until: instant(NOON), reason: "535".to_owned() };
    store.set_breaker("smtp", Some(open.clone())).await.unwrap();
    assert_eq!(store.breaker("smtp").await.unwrap(), Some(open));
    store.set_breaker("smtp", None).await.unwrap();
    assert_eq!(store.breaker("smtp").await.unwrap(), None);
}

async fn a_report_is_noted_once_and_moves_no_letter_that_a_worker_holds(on: On) {
    let (_place, store) = sandbox(on).await;
    let id = letter(&store, "K-01", MORNING).await;
    let message_id = state(&store, id).await.letter.message_id;
    assert_eq!(store.letter_of(&message_id).await.unwrap(), Some(id));
    assert_eq!(store.letter_of("<nobody@spor.example>").await.unwrap(), None);
    let report = |number: u8, from: LetterState, to: LetterState| LedgerChange::LetterReported {
        letter: id,
        report: [number; 32],
        from,
        to,
        code: Some(250),
        text: format!("report {number}"),
    };
    let leased = lease(&store, "W-1", 60).await.remove(0);
    let held = report(1, LetterState::Sent, LetterState::Dead);
    let refused = store.change_ledger(vec![held], instant(NOON)).await.unwrap_err();
    assert_eq!(refused.code(), "moved_on");
    assert!(store.mark_handing_over(id, leased.fence).await.unwrap());
    let sent = settled(id, leased.fence, LetterOutcome::Sent);
    store.change_ledger(vec![sent], instant(NOON)).await.unwrap();

    let late = report(2, LetterState::Sent, LetterState::Sent);
    store.change_ledger(vec![late.clone()], instant(NOON)).await.unwrap();
    assert_eq!(
        store.change_ledger(vec![late], instant(NOON)).await.unwrap_err().code(),
        "moved_on"
    );
    let dead = report(3, LetterState::Sent, LetterState::Dead);
    store.change_ledger(vec![dead], instant(NOON)).await.unwrap();
    let found = state(&store, id).await;
    assert_eq!((found.state, found.smtp_code), (LetterState::Dead, Some(250)));
    assert_eq!(found.smtp_text.as_deref(), Some("report 3"));
    assert!(found.sent_at.is_some(), "that the relay took it stays known");
    let attempts = store.attempts(id).await.unwrap();
    let told: Vec<_> =
        attempts.iter().map(|done| (done.phase.as_str(), done.report.clone())).collect();
    assert_eq!(
        told,
        [
            ("handing_over", None),
            ("sent", None),
            ("sent", Some(vec![2; 32])),
            ("dead", Some(vec![3; 32]))
        ]
    );
}

async fn small_work_that_shares_a_commit_is_kept_or_not_each_for_itself(on: On) {
    const LETTERS: usize = 40;
    let (_place, store) = sandbox(on).await;
    for number in 0..LETTERS {
        letter(&store, &format!("K-{number}"), MORNING).await;
    }
    let leased = store.lease_letters("W-1", LETTERS, 60, instant(NOON)).await.unwrap();
    assert_eq!(leased.len(), LETTERS);
    // Every third one has lost its lease; and somebody brings what a server does not take.
    let mut marks = tokio::task::JoinSet::new();
    for (nth, row) in leased.iter().enumerate() {
        let (store, id) = (store.clone(), row.letter.id);
        let fence = row.fence + i64::from(nth % 3 == 0);
        marks.spawn(async move { (nth, store.mark_handing_over(id, fence).await.unwrap()) });
    }
    let odd = LedgerChange::AddressSuppressed {
        address: "nobody@kommune.example".to_owned(),
        reason: "a zero byte: \0".to_owned(),
    };
    let refused = store.change_ledger(vec![odd], instant(NOON)).await;
    assert_eq!(refused.is_err(), on == On::Postgres, "{refused:?}");
    while let Some(done) = marks.join_next().await {
        let (nth, marked) = done.unwrap();
        assert_eq!(marked, nth % 3 != 0, "{nth}");
    }
    for (nth, row) in leased.iter().enumerate() {
        let found = state(&store, row.letter.id).await;
        let (expected, attempts) =
            if nth % 3 == 0 { (LetterState::Leased, 0) } else { (LetterState::HandingOver, 1) };
        assert_eq!(found.state, expected, "{nth}");
        assert_eq!(store.attempts(row.letter.id).await.unwrap().len(), attempts, "{nth}");
    }
}
