//! Letters: handed in one by one, each with its mark and its fact in the log, to a relay that
//! answers at once or takes its time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use spor_history::load::Memory;
use spor_mail::address::Address;
use spor_mail::digest::Language;
use spor_mail::relay::{Relay, Security, Settings as RelaySettings, Timeouts};
use spor_mail::sink::Sink;
use spor_mail::texts::Texts;
use spor_projections::runner::Runner;
use spor_scheduler::settings::{Settings, WhenInDoubt};
use spor_scheduler::tick::Scheduler;
use spor_store::{LetterFilter, LetterState, Store};

use crate::gauge::Gauge;
use crate::invented::Facts;
use crate::report::{Report, Side};
use crate::scratch::{Scratch, next_id};
use crate::workloads::append;

/// Cases of one caseworker.
const CASES_EACH: u32 = 10;
/// Connections to a slow relay; to a quick one the most that are allowed.
const FEW: usize = 4;
const MANY: usize = 8;
/// Writers beside the letters.
const WRITERS: usize = 16;
/// How long after its slot the last letter may go out.
const LONGEST_LAG: Duration = Duration::from_mins(1);
/// The slot of the day on which every first follow-up is announced.
const SLOT: &str = "2025-02-17T05:45:00Z";
const UNIT: &str = "letters/s";

/// Writes a letter for everybody and measures how they are handed in, from the first one on.
pub(crate) async fn run(report: &Report, cases: u32, delay: Duration) -> Result<()> {
    let facts = Facts::told(Box::new(journal(cases)));
    let (_scratch, store, _) = Scratch::holding(report.backend(), facts).await?;
    let sink = Sink::start_slow(delay).await?;
    let connections = if delay.is_zero() { MANY } else { FEW };
    let scheduler = scheduler(&store, Some(relay(&sink)?), connections)?;
    let begun = Instant::now();
    let first = async {
        sink.wait_for(1).await;
        (begun.elapsed(), Gauge::start())
    };
    let slot = SLOT.parse()?;
    let (ticked, (writing, gauge)) = tokio::join!(scheduler.tick(slot), first);
    let ticked = ticked?;
    let sent = usize::try_from(ticked.sent)?;
    let measured = gauge.stop_pass(UNIT, sent - 1);
    ensure!(ticked.sent == ticked.composed, "{sent} of {}", ticked.composed);
    ensure!(sink.letters().len() == sent, "each came once");
    let filter = LetterFilter { states: vec![LetterState::Sent], ..LetterFilter::default() };
    let settled = store.letters(&filter, sent + 1).await?.len();
    ensure!(settled == sent, "{settled} are settled");
    let note = format!(
        "{sent} letters with {} reminders over {connections} connections, {} ms an answer; \
         planned and written in {:.1} s",
        ticked.planned,
        delay.as_millis(),
        writing.as_secs_f64()
    );
    report.line(Side::Spor, vec![measured], &note)?;
    Ok(store.close().await?)
}

/// Letters to a quick relay while writers store as fast as they can: what each waits for.
pub(crate) async fn beside_writers(report: &Report, cases: u32) -> Result<()> {
    let facts = Facts::told(Box::new(journal(cases)));
    let (_scratch, store, _) = Scratch::holding(report.backend(), facts).await?;
    let sink = Sink::start_slow(Duration::ZERO).await?;
    let scheduler = scheduler(&store, Some(relay(&sink)?), FEW)?;
    let hands = append::deal(append::prepared(&store, cases, 1).await?, WRITERS);
    let slot = SLOT.parse()?;
    let begun = Instant::now();
    let sending = async { (scheduler.tick(slot).await, begun.elapsed()) };
    let (stored, (ticked, lag)) = tokio::join!(append::through_store(&store, hands), sending);
    let ticked = ticked?;
    ensure!(ticked.sent == ticked.composed && ticked.sent > 0, "letters went out: {ticked:?}");
    ensure!(lag <= LONGEST_LAG, "the last letter went out after {lag:?}");
    let note = format!(
        "{WRITERS} writers, {:.1} s in all; beside them {} letters, the last after {:.1} s",
        begun.elapsed().as_secs_f64(),
        ticked.sent,
        lag.as_secs_f64()
    );
    report.line(Side::Spor, vec![stored?], &note)?;
    Ok(store.close().await?)
}

/// One mentor a case, one caseworker for ten of them, and nothing due but the first follow-up.
fn journal(cases: u32) -> impl Iterator<Item = String> {
    let person = |id: String, role: &str, day: &str| {
        format!(
            r#"{{"date":"{day}","type":"StaffRegistered","person":"{id}","name":"{id} Eksempel","email":"{}@kommune.example","roles":["{role}"],"administration":"employment","employment":"permanent"}}"#,
            id.to_lowercase()
        )
    };
    let caseworkers = (0..cases.div_ceil(CASES_EACH))
        .map(move |number| person(format!("SB-{number:05}"), "caseworker", "2025-01-02"));
    let mentors =
        (0..cases).map(move |number| person(format!("M-{number:05}"), "mentor", "2025-01-02"));
    let opened = (0..cases).flat_map(|number| {
        let (case, lead) = (format!("SPOR-2025-{number:05}"), number / CASES_EACH);
        let of_case = |kind: &str, more: &str| {
            format!(r#"{{"date":"2025-01-13","type":"{kind}","case":"{case}",{more}}}"#)
        };
        [
            of_case(
                "CaseOpened",
                &format!(
                    r#""administration":"employment","municipality":"A","mentor":"M-{number:05}","caseworker":"SB-{lead:05}","birth_date":"2004-01-09""#
                ),
            ),
            of_case("SupportPaused", r#""reason":"rest""#),
            of_case("MethodChosen", r#""method":"none","reason":"so it is wished""#),
            of_case(
                "NetworkMapped",
                r#""kind":"genogram","persons":3,"support_described":true"#,
            ),
        ]
    });
    caseworkers.chain(mentors).chain(opened)
}

/// A scheduler that hands letters to this relay, or lets them wait.
pub(crate) fn scheduler(
    store: &Store,
    relay: Option<Relay>,
    connections: usize,
) -> Result<Scheduler> {
    let runner = Runner::new(Memory::new(store.clone()), "bench".to_owned());
    let address = Address::parse("spor@kommune.example")?;
    let settings = Settings {
        relay,
        from: address.clone(),
        return_path: address,
        message_host: "spor.kommune.example".to_owned(),
        list_id: "reminders.spor.kommune.example".to_owned(),
        case_in_subject: true,
        language: Language::Da,
        municipality: None,
        case_link: None,
        connections,
        when_in_doubt: WhenInDoubt::Resend,
        rate: None,
        worker: next_id().to_string(),
        anchors: None,
        texts: Arc::new(Texts::built_in().clone()),
        new_id: Arc::new(next_id),
    };
    Ok(Scheduler::new(runner, settings)?)
}

fn relay(sink: &Sink) -> Result<Relay> {
    let relay = Relay::prepare(RelaySettings {
        host: "127.0.0.1".to_owned(),
        port: sink.address().port(),
        security: Security::None,
        login: None,
        ca_file: None,
        hello_name: Some("spor.kommune.example".to_owned()),
        timeouts: Timeouts::default(),
    });
    relay.context("a relay on this machine")
}
