//! What people do about their reminders, in both databases: it rests letters and never the duty.

use chrono::NaiveDate;
use spor_casework::actor::Actor;
use spor_domain::rejection::{Language, Rejection};
use spor_domain::rules;
use spor_history::load::KnownAt;
use spor_scheduler::acts::doing::{Acts, Manner, Outcome, Wish};
use spor_scheduler::error::SchedulerError;
use spor_scheduler::explain::{Explanation, Question, explain};
use spor_store::{ActorKind, Auth, LetterState, ReminderId, ReminderState};

use super::NOTICE;
use super::house::{CASEWORKER, House, LEAD, MENTOR, OPENED, STAFF, at, case, fresh_id};

/// Each of these runs on a file and on a server.
macro_rules! in_both {
    ($($(#[$attribute:meta])* async fn $name:ident($house:ident: &House) $body:block)*) => {$(
        async fn $name($house: &House) $body
    )*

        mod on_a_file {
            use super::*;
            $(
                $(#[$attribute])*
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    super::$name(&House::with(&entries()).await).await;
                }
            )*
        }

        mod on_a_server {
            use super::*;
            $(
                $(#[$attribute])*
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    super::$name(&House::in_postgres(&entries()).await).await;
                }
            )*
        }
    };
}

fn entries() -> Vec<&'static str> {
    STAFF.into_iter().chain([OPENED]).collect()
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn manner(now: &str, reason: Option<&str>) -> Manner {
    let actor = Actor {
        name: "M-01".to_owned(),
        kind: ActorKind::Person,
        on_behalf_of: None,
        auth: Auth::Sandbox,
    };
    Manner {
        actor,
        reason: reason.map(str::to_owned),
        idempotency_key: None,
        at: at(now),
        is_dry_run: false,
    }
}

async fn act(house: &House, wish: &Wish, manner: &Manner) -> Outcome {
    let acts = Acts::new(house.memory.clone(), fresh_id);
    acts.execute(wish, manner).await.expect("an answer").outcome
}

/// The wish is carried out.
async fn done(house: &House, wish: &Wish, now: &str, reason: Option<&str>) {
    let outcome = act(house, wish, &manner(now, reason)).await;
    assert!(matches!(outcome, Outcome::Recorded { .. }), "{wish:?}: {outcome:?}");
}

/// The wish is refused under this code; gives what the person is told to try.
async fn refused(house: &House, wish: &Wish, manner: &Manner, code: &str) -> String {
    let outcome = act(house, wish, manner).await;
    let Outcome::Refused(rejection) = outcome else { panic!("{wish:?}: {outcome:?}") };
    assert_eq!(rejection.code(), code);
    let [danish, english] =
        [Language::Da, Language::En].map(|language| rejection.explain(language));
    assert!(!danish.message.is_empty() && danish.message != english.message);
    english.try_next
}

async fn id(house: &House, level: &str, person: &str) -> ReminderId {
    let ledger = house.ledger().await;
    let row = ledger.iter().find(|row| {
        row.level == level && row.recipient.as_deref() == Some(person) && row.reason.is_none()
    });
    row.expect("it was planned").id
}

/// Rounds of some mornings at 06:30 in winter.
async fn mornings(house: &House, days: &[&str]) {
    for day in days {
        house.tick(&format!("2026-{day}T05:30")).await;
    }
}

/// A case typed in on a Saturday long after its first deadline: the notice is planned, not written.
async fn planned_on_saturday(house: &House) {
    let second = OPENED.replace("birth_date", "case=SPOR-2025-0002 birth_date");
    house.record(&[&second], at("2026-02-14T10:00")).await;
    let saturday = house.tick("2026-02-14T10:01").await;
    assert_eq!((saturday.planned, saturday.composed), (4, 0));
}

fn snooze(reminder: ReminderId, until: &str) -> Wish {
    Wish::Snooze { reminder, until: day(until) }
}

fn pause(rule: Option<&str>, until: Option<&str>) -> Wish {
    let rule = rule.and_then(rules::find);
    Wish::Pause { case: case(), rule, until: until.map(day) }
}

async fn explained(house: &House, on: &str) -> Explanation {
    let case = case();
    let question = Question {
        case: &case,
        rule: "R01",
        day: Some(day(on)),
        known_at: KnownAt::Everything,
        language: Language::En,
    };
    explain(&house.memory, &question, at("2026-06-01T12:00")).await.expect("an explanation")
}

in_both! {
    async fn what_was_seen_before_its_letter_is_not_written_and_the_next_level_is(house: &House) {
        planned_on_saturday(house).await;
        let mine = id(house, "notice", "M-01").await;
        done(house, &Wish::Acknowledge(mine), "2026-02-14T11:00", None).await;
        let told = house.told().await;
        assert!(told.contains(&"notice mentor M-01 cancelled acknowledged".to_owned()), "{told:?}");
        assert_eq!(house.acts().await, ["ReminderAcknowledged"]);
        // A rebuilt table asks for the notice again; it stays seen.
        house.runner.rebuild(None, &|_| {}, at("2026-02-15T08:00")).await.unwrap();
        mornings(house, &["02-16"]).await;
        let read = house.read_by(MENTOR);
        assert!(read[0].contains("SPOR-2025-0002") && !read[0].contains("SPOR-2025-0001"));
        assert!(house.read_by(CASEWORKER)[0].contains("SPOR-2025-0001"));
        mornings(house, &["02-17"]).await;
        assert!(house.read_by(MENTOR)[1].contains("SPOR-2025-0001"), "overdue is told all the same");
    }

    async fn saying_twice_that_it_was_seen_changes_nothing(house: &House) {
        house.tick(NOTICE).await;
        let mine = Wish::Acknowledge(id(house, "notice", "M-01").await);
        let dry = Manner { is_dry_run: true, ..manner("2026-02-09T09:00", None) };
        assert_eq!(act(house, &mine, &dry).await, Outcome::WouldRecord);
        assert_eq!(house.acts().await.len(), 2);
        let keyed = Manner { idempotency_key: Some("k-1".to_owned()), ..manner("2026-02-09T09:00", None) };
        let Outcome::Recorded { event, position, replayed: false } = act(house, &mine, &keyed).await
        else { panic!("it is recorded") };
        assert_eq!(act(house, &mine, &keyed).await, Outcome::Recorded { event, position, replayed: true });
        assert_eq!(act(house, &mine, &manner("2026-02-09T10:00", None)).await, Outcome::Unchanged);
        let acts = Acts::new(house.memory.clone(), fresh_id);
        let other = Wish::Acknowledge(id(house, "notice", "SB-01").await);
        let mismatch = acts.execute(&other, &keyed).await.unwrap_err();
        assert_eq!(mismatch.code(), "idempotency_mismatch");
        assert_eq!(house.acts().await.len(), 3);
    }

    async fn what_is_put_off_comes_after_its_day_at_its_present_level(house: &House) {
        planned_on_saturday(house).await;
        let mine = id(house, "notice", "M-01").await;
        done(house, &snooze(mine, "2026-02-16"), "2026-02-14T11:00", Some("away")).await;
        mornings(house, &["02-16"]).await;
        assert!(!house.read_by(MENTOR)[0].contains("SPOR-2025-0001"), "it rests");
        assert!(house.read_by(CASEWORKER)[0].contains("SPOR-2025-0001"), "for one person alone");
        mornings(house, &["02-17", "02-18", "02-19"]).await;
        let read = house.read_by(MENTOR);
        assert_eq!(read.iter().filter(|letter| letter.contains("SPOR-2025-0001")).count(), 1);
        assert!(read[1].contains("OVERSKREDET") || read[1].contains("over fristen"), "{}", read[1]);
    }

    async fn what_was_sent_and_is_put_off_is_told_once_more(house: &House) {
        house.tick(NOTICE).await;
        let mine = id(house, "notice", "M-01").await;
        done(house, &snooze(mine, "2026-02-11"), "2026-02-09T09:00", Some("in court")).await;
        // Put off again before it came: still one more letter, not two.
        done(house, &snooze(mine, "2026-02-12"), "2026-02-10T09:00", Some("still there")).await;
        mornings(house, &["02-10", "02-11", "02-12"]).await;
        assert_eq!(house.arrived()[MENTOR], 1);
        mornings(house, &["02-13", "02-16"]).await;
        assert_eq!(house.arrived(), [(MENTOR.into(), 2), (CASEWORKER.into(), 1)].into());
        let again = &house.read_by(MENTOR)[1];
        assert_eq!(again.matches("SPOR-2025-0001").count(), house.read_by(MENTOR)[0].matches("SPOR-2025-0001").count());
        let first = house.ledger().await.into_iter().find(|row| row.id == mine).unwrap();
        assert_eq!(first.state, ReminderState::Composed, "the first letter still carries it");
        mornings(house, &["02-17"]).await;
        assert_eq!(house.arrived()[MENTOR], 3);
    }

    async fn what_is_met_while_it_is_put_off_is_never_told(house: &House) {
        house.tick(NOTICE).await;
        let mine = id(house, "notice", "M-01").await;
        done(house, &snooze(mine, "2026-02-12"), "2026-02-09T09:00", Some("in court")).await;
        let held = "2026-02-11 FollowUpHeld participants=caseworker,mentor,youth outcome=continue";
        house.record(&[held], at("2026-02-11T10:00")).await;
        mornings(house, &["02-12", "02-13", "02-16", "02-17"]).await;
        assert_eq!(house.arrived()[MENTOR], 1);
    }

    async fn the_next_level_is_never_put_off(house: &House) {
        house.tick(NOTICE).await;
        let mine = id(house, "notice", "M-01").await;
        let why = manner("2026-02-09T09:00", Some("away"));
        let next = refused(house, &snooze(mine, "2026-02-17"), &why, "snooze_too_long").await;
        assert!(next.contains("2026-02-16"), "{next}");
        done(house, &snooze(mine, "2026-02-16"), "2026-02-09T09:00", Some("away")).await;
        mornings(house, &["02-16", "02-17"]).await;
        let levels: Vec<String> = house.told().await.into_iter()
            .filter(|line| line.contains("M-01")).collect();
        assert_eq!(levels, [
            "notice mentor M-01 composed",
            "notice mentor M-01 overtaken overtaken_by_overdue",
            "overdue mentor M-01 composed",
        ]);
        let late = manner("2026-02-17T09:00", Some("away"));
        refused(house, &snooze(mine, "2026-02-18"), &late, "reminder_overtaken").await;
        refused(house, &Wish::Acknowledge(mine), &late, "reminder_overtaken").await;
    }

    async fn the_last_level_rests_as_long_as_the_policy_says(house: &House) {
        // Critical from 2026-03-31 on: 85 days after the start.
        mornings(house, &["02-09", "02-17", "02-23"]).await;
        house.tick("2026-03-31T04:30").await;
        let mine = id(house, "critical", "M-01").await;
        let why = manner("2026-03-31T09:00", Some("away"));
        let next = refused(house, &snooze(mine, "2026-04-15"), &why, "snooze_too_long").await;
        assert!(next.contains("2026-04-14"), "{next}");
        done(house, &snooze(mine, "2026-04-14"), "2026-03-31T09:00", Some("away")).await;
    }

    async fn what_cannot_be_is_refused_with_what_to_do(house: &House) {
        house.tick(NOTICE).await;
        let mine = id(house, "notice", "M-01").await;
        let now = "2026-02-10T09:00";
        let (with, without) = (manner(now, Some("away")), manner(now, None));
        refused(house, &snooze(mine, "2026-02-12"), &without, "reason_missing").await;
        refused(house, &snooze(mine, "2026-02-12"), &manner(now, Some("  ")), "reason_missing").await;
        let long = "x".repeat(1_001);
        refused(house, &snooze(mine, "2026-02-12"), &manner(now, Some(&long)), "reason_too_long").await;
        refused(house, &snooze(mine, "2026-02-09"), &with, "until_in_past").await;
        refused(house, &pause(None, Some("2026-02-09")), &with, "until_in_past").await;
        refused(house, &pause(None, Some("2026-05-12")), &with, "pause_too_long").await;
        refused(house, &pause(None, None), &without, "reason_missing").await;
        let resume = Wish::Resume { case: case(), rule: None };
        refused(house, &resume, &with, "nothing_paused").await;
        let acts = Acts::new(house.memory.clone(), fresh_id);
        let nobody = Wish::Acknowledge(ReminderId::new(fresh_id()));
        let unknown = acts.execute(&nobody, &with).await.unwrap_err();
        assert!(matches!(unknown, SchedulerError::UnknownReminder(_)));
        let held = "2026-02-10 FollowUpHeld participants=caseworker,mentor,youth outcome=continue";
        house.record(&[held], at("2026-02-10T10:00")).await;
        let later = manner("2026-02-10T11:00", Some("away"));
        refused(house, &Wish::Acknowledge(mine), &later, "reminder_settled").await;
        refused(house, &snooze(mine, "2026-02-12"), &later, "reminder_settled").await;
        assert_eq!(house.acts().await, ["ReminderSent", "ReminderSent"]);
    }

    async fn an_alarm_is_neither_seen_nor_put_off(house: &House) {
        let ended = "2026-02-01 MentorAssignmentEnded person=M-01 reason=moved";
        house.record(&[ended], at("2026-02-01T12:00")).await;
        house.tick(NOTICE).await;
        let ledger = house.ledger().await;
        let alarm = ledger.iter().find(|row| row.recipient.as_deref() == Some("L-01")).unwrap();
        let vacant = ledger.iter().find(|row| row.recipient.is_none()).unwrap();
        let why = manner("2026-02-09T09:00", Some("known"));
        refused(house, &Wish::Acknowledge(alarm.id), &why, "alarm_stays").await;
        refused(house, &snooze(alarm.id, "2026-02-10"), &why, "alarm_stays").await;
        refused(house, &Wish::Acknowledge(vacant.id), &why, "reminder_not_told").await;
    }

    async fn nothing_is_written_while_a_case_rests_and_one_letter_comes_after(house: &House) {
        done(house, &pause(None, Some("2026-02-20")), "2026-02-06T09:00", Some("moving")).await;
        mornings(house, &["02-09", "02-16", "02-17", "02-18", "02-20"]).await;
        assert!(house.server.letters().is_empty());
        let open = explained(house, "2026-02-18").await;
        assert_eq!(open.level, Some("overdue"), "the duty does not rest");
        assert!(open.because.iter().any(|said| said.contains("M-01") && said.contains("2026-02-20")
            && said.contains("moving")), "{:?}", open.because);
        mornings(house, &["02-23"]).await;
        assert_eq!(house.arrived(), [(MENTOR.into(), 1), (CASEWORKER.into(), 1), (LEAD.into(), 1)].into());
        assert!(house.read_by(MENTOR)[0].contains("ESKALERET"));
        mornings(house, &["02-24"]).await;
        assert_eq!(house.server.letters().len(), 3);
    }

    async fn a_pause_of_one_rule_leaves_the_others(house: &House) {
        let second = OPENED.replace("birth_date", "case=SPOR-2025-0002 birth_date");
        house.record(&[&second], at("2026-01-06T12:00")).await;
        done(house, &pause(Some("R05"), None), "2026-02-06T09:00", Some("agreed")).await;
        house.tick(NOTICE).await;
        assert!(house.read_by(MENTOR)[0].contains("SPOR-2025-0001"));
        done(house, &pause(Some("R01"), Some("2026-03-01")), "2026-02-09T09:00", Some("agreed")).await;
        mornings(house, &["02-17"]).await;
        let read = house.read_by(MENTOR);
        assert!(read[1].contains("SPOR-2025-0002") && !read[1].contains("SPOR-2025-0001"));
    }

    async fn letters_go_out_again_on_the_day_of_resuming(house: &House) {
        let (pause, why) = (pause(None, None), Some("moving"));
        done(house, &pause, "2026-02-06T09:00", why).await;
        assert_eq!(act(house, &pause, &manner("2026-02-06T10:00", why)).await, Outcome::Unchanged);
        house.tick(NOTICE).await;
        assert!(house.server.letters().is_empty());
        let resume = Wish::Resume { case: case(), rule: None };
        done(house, &resume, "2026-02-10T08:00", None).await;
        assert_eq!(house.tick("2026-02-10T08:01").await.sent, 2);
        let types = house.acts().await;
        assert_eq!(types[..2], ["RemindersPaused", "RemindersResumed"]);
    }

    async fn a_letter_written_but_not_sent_is_taken_back_when_all_in_it_rests(house: &House) {
        let written = house.scheduler_with(None).tick(at(NOTICE)).await.unwrap();
        assert_eq!((written.composed, written.sent), (2, 0));
        let mine = id(house, "notice", "M-01").await;
        done(house, &Wish::Acknowledge(mine), "2026-02-09T06:00", None).await;
        let later = house.tick("2026-02-09T06:01").await;
        assert_eq!((later.withdrawn, later.sent), (1, 1));
        assert_eq!(house.arrived(), [(CASEWORKER.into(), 1)].into());
        assert_eq!(house.letters(&[LetterState::Cancelled]).await.len(), 1);
        mornings(house, &["02-10", "02-16"]).await;
        assert_eq!(house.arrived(), [(CASEWORKER.into(), 1)].into());
        mornings(house, &["02-17"]).await;
        assert_eq!(house.arrived(), [(MENTOR.into(), 1), (CASEWORKER.into(), 2)].into());
    }

    async fn a_written_letter_waits_for_the_end_of_a_pause(house: &House) {
        house.scheduler_with(None).tick(at(NOTICE)).await.unwrap();
        done(house, &pause(None, Some("2026-02-11")), "2026-02-09T06:00", Some("moving")).await;
        let later = house.tick("2026-02-09T06:01").await;
        assert_eq!((later.withdrawn, later.sent), (2, 0));
        mornings(house, &["02-10", "02-11"]).await;
        assert!(house.server.letters().is_empty());
        mornings(house, &["02-12", "02-13"]).await;
        assert_eq!(house.arrived(), [(MENTOR.into(), 1), (CASEWORKER.into(), 1)].into());
    }

    async fn explain_says_who_saw_and_who_put_off(house: &House) {
        house.tick(NOTICE).await;
        let mine = id(house, "notice", "M-01").await;
        done(house, &snooze(mine, "2026-02-11"), "2026-02-09T09:00", Some("in court")).await;
        done(house, &Wish::Acknowledge(mine), "2026-02-10T09:00", None).await;
        let told = explained(house, "2026-02-11").await;
        let acts: Vec<(&str, Option<&str>, &str)> = told.acts.iter()
            .map(|act| (act.what, act.person.as_deref(), act.by.as_str())).collect();
        assert_eq!(acts, [("snoozed", Some("M-01"), "M-01"), ("acknowledged", Some("M-01"), "M-01")]);
        assert_eq!(told.acts[0].until, Some(day("2026-02-11")));
        assert_eq!(told.acts[0].reason.as_deref(), Some("in court"));
        assert!(told.because.iter().any(|said| said.contains("seen")), "{:?}", told.because);
        mornings(house, &["02-12", "02-13"]).await;
        assert_eq!(house.arrived()[MENTOR], 1, "who has seen it is not told again");
    }

    async fn an_erased_case_takes_no_act(house: &House) {
        house.tick(NOTICE).await;
        let mine = id(house, "notice", "M-01").await;
        let erased = "2026-02-10 PersonalDataErased decided_by=L-01 legal_basis='GDPR art. 17(1)(a)'";
        house.record(&[erased], at("2026-02-10T10:00")).await;
        let Outcome::Refused(refused) =
            act(house, &Wish::Acknowledge(mine), &manner("2026-02-10T11:00", None)).await
        else { panic!("it is refused") };
        assert!(matches!(refused, Rejection::CaseErased { .. }), "{refused:?}");
    }
}
