//! The same outlook, whether the cases are folded from the log or told by their rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;
use spor_domain::calendar;
use spor_history::load::KnownAt;
use spor_scheduler::foresee::cases::Cases;
use spor_scheduler::foresee::draft::{Change, drafted};
use spor_scheduler::foresee::forecast::forecast;
use spor_scheduler::foresee::preview::preview;
use spor_scheduler::foresee::tally::{By, Tally};
use spor_scheduler::foresee::{Assumed, Outlook, Span};

use super::{NaiveDate, day};
use crate::projections::stage::{Dice, Stage, broken_session, stream};
use crate::projections::views::town;

/// Everything that a tally counts.
fn counted(tally: &Tally) -> String {
    let by = [By::Day, By::Person, By::Rule].map(|by| tally.by(by));
    format!("{} {} {:?} {by:?}", tally.cases, tally.unreadable, tally.total())
}

async fn outlook(stage: &Stage, from: NaiveDate, assumed: Assumed) -> Outlook {
    let (policies, _) = stage.memory.policies(KnownAt::Everything).await.unwrap();
    let directory = stage.memory.directory(KnownAt::Everything).await.unwrap();
    let asked = (Span::months(from, 9), assumed);
    Outlook::new((*policies).clone(), directory, BTreeSet::new(), asked)
}

async fn of_rows(stage: &Stage) -> Cases {
    let rows = Cases::known(&stage.runner, KnownAt::Everything, stage.recorded_at).await.unwrap();
    assert!(rows.is_of_rows());
    rows
}

fn of_log(stage: &Stage) -> Cases {
    Cases::of_log(&stage.memory, KnownAt::Everything).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rows_foretell_what_the_log_foretells() {
    let mut stage = town().await;
    stage.random_days(&mut Dice::new(5), day("2025-04-16"), 6).await;
    // One that nobody can read.
    stage.append(&stream("case-SPOR-2025-0001"), broken_session(), 99_999).await;
    let last = stage.recorded_at.date_naive();
    let mut letters = BTreeSet::new();
    for back in [0, 1, 4, 30] {
        for assumed in [Assumed::Met, Assumed::Unmet] {
            let from = calendar::days_before(calendar::days_after(last, 1), back);
            let outlook = Arc::new(outlook(&stage, from, assumed).await);
            let by_rows = forecast(of_rows(&stage).await, &outlook, |_| {}).await.unwrap();
            let by_log = forecast(of_log(&stage), &outlook, |_| {}).await.unwrap();
            assert_eq!(counted(&by_rows), counted(&by_log), "from {from}, {assumed:?}");
            assert_eq!(by_rows.unreadable, 1);
            letters.insert(by_rows.total().letters);
        }
    }
    assert!(letters.len() > 4, "the days differ too little: {letters:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rows_preview_what_the_log_previews() {
    let stage = town().await;
    let from = calendar::days_after(stage.recorded_at.date_naive(), 1);
    let published = outlook(&stage, from, Assumed::Met).await;
    let (policies, _) = stage.memory.policies(KnownAt::Everything).await.unwrap();
    let (key, value) = ("follow_up_interval_days".to_owned(), json!(28));
    let draft = published.under(drafted(&policies, &[Change { key, value, from }]).unwrap());
    let both = (Arc::new(published), Arc::new(draft));
    let previewed = async |cases| {
        let preview = preview(cases, (&both.0, &both.1), from, |_| {}).await.unwrap();
        assert!(preview.moved.len() > 10, "the draft moves too little");
        (counted(&preview.now), counted(&preview.then), preview.moved)
    };
    assert_eq!(previewed(of_rows(&stage).await).await, previewed(of_log(&stage)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_answer_only_when_everything_is_known() {
    let stage = town().await;
    let head = stage.store.head().await.unwrap().recorded_at;
    for (known_at, by_rows) in [
        (KnownAt::Everything, true),
        (KnownAt::Until(head), true),
        (KnownAt::Until(head - chrono::TimeDelta::microseconds(1)), false),
    ] {
        let cases = Cases::known(&stage.runner, known_at, stage.recorded_at).await.unwrap();
        assert_eq!(cases.is_of_rows(), by_rows, "{known_at:?}");
    }
}

/// A handover takes effect on a Saturday; on Monday, before the letters, something is entered.
#[tokio::test(flavor = "multi_thread")]
async fn what_changed_hands_over_a_weekend_is_foretold_by_the_rows_too() {
    let mut stage = Stage::new().await;
    stage
        .tell(&[
            "2025-01-02 StaffRegistered person=M-01 roles=mentor email=m@kommune.example",
            "2025-01-02 StaffRegistered person=SB-01 roles=caseworker email=sb@kommune.example",
            "2025-01-02 StaffRegistered person=SB-20 roles=caseworker email=ny@kommune.example \
             administration=adult_disability",
            "2025-01-13 CaseOpened administration=children_family",
            "2025-02-10 HandoverStarted from_administration=children_family \
             to_administration=adult_disability receiving_caseworker=SB-20 effective_on=2025-03-01",
            "2025-02-26 HandoverAccepted",
            "2025-03-03 DialogueHeld need=same",
        ])
        .await;
    let outlook = Arc::new(outlook(&stage, day("2025-03-03"), Assumed::Unmet).await);
    let by_rows = forecast(of_rows(&stage).await, &outlook, |_| {}).await.unwrap();
    let by_log = forecast(of_log(&stage), &outlook, |_| {}).await.unwrap();
    assert_eq!(counted(&by_rows), counted(&by_log));
    let told = |tally: &Tally| tally.by(By::Person).iter().any(|person| person.of == "SB-20");
    assert!(told(&by_rows), "whoever took over is told: {}", counted(&by_rows));
}
