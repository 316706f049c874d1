//! What a person can ask: what is open, why it did or did not go out, how the rounds go.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use spor_domain::rejection::Language;
use spor_history::load::KnownAt;
use spor_scheduler::explain::{Explanation, Question, explain};
use spor_scheduler::open::open_reminders;

use super::NOTICE;
use super::house::{House, at, case, on_both};

on_both! {
    the_list_of_open_reminders_is_a_function_of_the_fold,
    an_explanation_goes_from_the_anchor_to_the_relays_answer,
    the_service_wakes_on_a_commit_and_stops_when_told,
}

async fn why(house: &House, rule: &str, day: &str) -> Explanation {
    let case = case();
    let question = Question {
        case: &case,
        rule,
        day: Some(day.parse().expect("a day")),
        known_at: KnownAt::Everything,
        language: Language::Da,
    };
    explain(&house.memory, &question, at("2026-03-01T12:00")).await.expect("an explanation")
}

async fn the_list_of_open_reminders_is_a_function_of_the_fold() {
    let house = House::usual().await;
    let remembered = house.memory.case(&case(), KnownAt::Everything).await.unwrap();
    let (policies, _) = house.memory.policies(KnownAt::Everything).await.unwrap();
    let directory = house.memory.directory(KnownAt::Everything).await.unwrap();
    let on = |day: &str| {
        let view = remembered.case.as_of(day.parse().unwrap());
        serde_json::to_value(open_reminders(&view, &policies, &directory)).unwrap()
    };
    assert_eq!(on("2026-02-08"), json!([]));
    assert_eq!(
        on("2026-02-23"),
        json!([{
            "rule": "R01", "name": "follow_up", "due": "2026-02-16", "level": "escalated",
            "to": ["caseworker", "mentor", "professional_lead"],
            "recipients": [
                {"role": "caseworker", "person": "SB-01"},
                {"role": "mentor", "person": "M-01"},
                {"role": "professional_lead", "person": "L-01"},
            ],
            "since": "2026-02-23",
        }])
    );
}

async fn an_explanation_goes_from_the_anchor_to_the_relays_answer() {
    let house = House::usual().await;
    let before = why(&house, "R01", "2026-02-01").await;
    assert_eq!((before.standing, before.ledger.len()), ("waiting", 0));
    assert!(before.because[0].contains("2026-02-09"), "{:?}", before.because);
    house.tick(NOTICE).await;
    let after = why(&house, "follow_up", "2026-02-09").await;
    assert_eq!((after.standing, after.level), ("open", Some("notice")));
    let anchor = after.anchor.as_ref().unwrap();
    assert_eq!((anchor.event_type, anchor.on), ("CaseOpened", "2026-01-05".parse().unwrap()));
    let notice = after.steps.iter().find(|step| step.what == "notice").unwrap();
    assert_eq!(notice.letter_on, Some("2026-02-09".parse().unwrap()));
    assert_eq!(after.letters.len(), 2);
    assert!(after.letters.iter().all(|letter| letter.code == Some(250)));
    assert!(after.because.iter().any(|line| line.contains("M-01") && line.contains("250")));
    let held = "2026-02-10 FollowUpHeld participants=caseworker,mentor,youth outcome=continue";
    house.record(&[held], at("2026-02-10T12:00")).await;
    let settled = why(&house, "R01", "2026-02-10").await;
    assert_eq!(settled.standing, "waiting", "the next interval has begun");
}

async fn the_service_wakes_on_a_commit_and_stops_when_told() {
    let house = House::usual().await;
    let scheduler = house.scheduler();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let rounds = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&rounds);
    let running = scheduler.clone();
    let service = tokio::spawn(async move {
        let clock = move || {
            counted.fetch_add(1, Ordering::Relaxed);
            at(NOTICE)
        };
        running.run(clock, async move { drop(stopped.await) }).await
    });
    let patience = Duration::from_secs(30);
    tokio::time::timeout(patience, house.server.wait_for(2)).await.expect("two letters");
    let second = "2026-01-05 CaseOpened case=SPOR-2025-0002 administration=employment \
                  caseworker=SB-09 mentor=M-09 birth_date=2004-01-09";
    let before = rounds.load(Ordering::Relaxed);
    house.record(&[second], at(NOTICE)).await;
    let woken = async {
        while rounds.load(Ordering::Relaxed) == before {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), woken).await.expect("woken by the commit");
    stop.send(()).unwrap();
    tokio::time::timeout(patience, service).await.expect("stopped").unwrap().unwrap();
    assert!(scheduler.health().last_round.is_some());
}
