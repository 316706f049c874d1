//! `/metrics`: the service in numbers, in the text of `OpenMetrics` that Prometheus reads.
//!
//! Names end in their unit and never say anything of anybody: no case, no person, no address.

use std::fmt;
use std::sync::Arc;

use hyper::StatusCode;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, text};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use spor_scheduler::pulse::Pulse;
use spor_scheduler::self_audit::SELF_AUDIT;
use spor_scheduler::wrong_clock::CLOCK;
use spor_store::LetterState;

use super::listening::Told;
use super::measuring::{Counted, Measuring};

/// What Prometheus takes for `OpenMetrics`.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Every state in which a letter waits for somebody or something.
const STATES: [LetterState; 7] = [
    LetterState::Ready,
    LetterState::Leased,
    LetterState::HandingOver,
    LetterState::InDoubt,
    LetterState::Deferred,
    LetterState::Held,
    LetterState::Dead,
];

/// The numbers of a moment; those of the store are missing while it does not answer.
#[derive(Debug)]
struct Exposition {
    pulse: Pulse,
    is_relay_fault: bool,
    counted: Option<Numbers>,
}

/// What the store counts, as it is told.
#[derive(Debug)]
struct Numbers {
    due: f64,
    planned: f64,
    letters: [(LetterState, f64); STATES.len()],
    sent: u64,
    tables_lag: f64,
    tables_behind: f64,
    letters_lag: f64,
    oldest_letter: f64,
    is_breaker_open: bool,
    position: f64,
    erasures_unfinished: f64,
    audit_differences: f64,
    is_clock_doubted: bool,
    quarantined: f64,
}

/// All numbers as text.
pub async fn told(measuring: &Measuring) -> Told {
    let done = measuring.health().last_done;
    let counted = measuring.counted().await.ok();
    let exposition = Exposition {
        pulse: measuring.pulse(),
        is_relay_fault: done.is_some_and(|done| done.relay_fault.is_some()),
        counted: counted.map(|counted| Numbers::of(&counted)),
    };
    let mut registry = Registry::default();
    registry.register_collector(Box::new(exposition));
    let mut text = String::new();
    if text::encode(&mut text, &registry).is_err() {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        return Told { status, kind: OPEN_METRICS, text: String::new() };
    }
    Told { status: StatusCode::OK, kind: OPEN_METRICS, text }
}

impl Numbers {
    fn of(counted: &Arc<Counted>) -> Self {
        let measures = &counted.measures;
        let count = |state| measures.letters_in(state).map_or(0, |letters| letters.count);
        let failures = |is_meant: fn(&str) -> bool| {
            let meant = measures.failures.iter().filter(|(what, _)| is_meant(what));
            meant.map(|(_, count)| *count).sum::<i64>()
        };
        Self {
            due: number(i64::try_from(counted.due).unwrap_or(i64::MAX)),
            planned: number(measures.planned),
            letters: STATES.map(|state| (state, number(count(state)))),
            sent: count(LetterState::Sent).unsigned_abs(),
            tables_lag: counted.tables_lag(),
            tables_behind: number(counted.behind()),
            letters_lag: counted.letters_lag(),
            oldest_letter: counted.oldest_letter(),
            is_breaker_open: counted.breaker.is_some(),
            position: number(measures.head.get()),
            erasures_unfinished: number(measures.erasures_unfinished),
            audit_differences: number(failures(|what| what == SELF_AUDIT)),
            is_clock_doubted: failures(|what| what == CLOCK) > 0,
            quarantined: number(failures(|what| ![SELF_AUDIT, CLOCK].contains(&what))),
        }
    }
}

impl Collector for Exposition {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut told = Telling { encoder };
        self.of_the_loop(&mut told)?;
        told.gauge("spor_store_up", "Whether the store answers.", flag(self.counted.is_some()))?;
        match &self.counted {
            Some(numbers) => numbers.tell(&mut told),
            None => Ok(()),
        }
    }
}

impl Exposition {
    fn of_the_loop(&self, told: &mut Telling<'_>) -> fmt::Result {
        let pulse = &self.pulse;
        let step = pulse.since_step.as_secs_f64();
        told.gauge("spor_loop_step_age_seconds", "Time since any step of a round.", step)?;
        if let Some(since) = pulse.since_round {
            let help = "Time since a round ended.";
            told.gauge("spor_loop_round_age_seconds", help, since.as_secs_f64())?;
            let help = "How long the last round took.";
            told.gauge("spor_round_duration_seconds", help, pulse.last_took.as_secs_f64())?;
        }
        told.counter("spor_rounds", "Rounds that did their work since the start.", pulse.done)?;
        told.counter("spor_rounds_failed", "Rounds that could not do their work.", pulse.failed)?;
        let help = "Whether the last round could not hand in letters.";
        told.gauge("spor_relay_fault", help, flag(self.is_relay_fault))
    }
}

impl Numbers {
    fn tell(&self, told: &mut Telling<'_>) -> fmt::Result {
        let help = "Deadlines whose instant has come and that no round has looked at.";
        told.gauge("spor_reminders_due", help, self.due)?;
        let help = "Reminders that wait for their letter.";
        told.gauge("spor_reminders_planned", help, self.planned)?;
        told.letters("spor_letters", "Letters that are not out, by state.", &self.letters)?;
        told.counter("spor_letters_sent", "Letters that the relay took, of all time.", self.sent)?;
        let help = "How late the letter is that could have gone out first.";
        told.gauge("spor_letters_lag_seconds", help, self.letters_lag)?;
        let help = "Time since the day of the oldest letter that is not out.";
        told.gauge("spor_letters_oldest_age_seconds", help, self.oldest_letter)?;
        let help = "How long the tables have lacked an event.";
        told.gauge("spor_tables_lag_seconds", help, self.tables_lag)?;
        told.gauge("spor_tables_behind_events", "Events the tables lack.", self.tables_behind)?;
        let help = "Whether nothing is tried because the relay refuses us.";
        told.gauge("spor_breaker_open", help, flag(self.is_breaker_open))?;
        told.gauge("spor_log_position", "The last position of the log.", self.position)?;
        let help = "Erasures that were begun and not finished.";
        told.gauge("spor_erasures_unfinished", help, self.erasures_unfinished)?;
        let help = "Cases whose deadlines differ from those of the log, until they agree again.";
        told.gauge("spor_self_audit_differences", help, self.audit_differences)?;
        let help = "Whether the clock is not believed, and nothing is planned or sent.";
        told.gauge("spor_clock_doubted", help, flag(self.is_clock_doubted))?;
        let help = "Streams that could not be folded.";
        told.gauge("spor_streams_quarantined", help, self.quarantined)
    }
}

/// The text as it grows.
struct Telling<'a> {
    encoder: DescriptorEncoder<'a>,
}

impl Telling<'_> {
    fn gauge(&mut self, name: &str, help: &str, value: f64) -> fmt::Result {
        let gauge = ConstGauge::new(value);
        let metric = self.encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
        gauge.encode(metric)
    }

    /// The name gets its ending `_total` from the format.
    fn counter(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        let counter = ConstCounter::new(value);
        let metric = self.encoder.encode_descriptor(name, help, None, counter.metric_type())?;
        counter.encode(metric)
    }

    fn letters(&mut self, name: &str, help: &str, of: &[(LetterState, f64)]) -> fmt::Result {
        let kind = ConstGauge::new(0.0).metric_type();
        let mut family = self.encoder.encode_descriptor(name, help, None, kind)?;
        for (state, count) in of {
            let labels = [("state", state.as_str())];
            ConstGauge::new(*count).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

fn flag(is_so: bool) -> f64 {
    f64::from(u8::from(is_so))
}

/// Exact up to 2^53, which no store reaches.
#[expect(clippy::cast_precision_loss, reason = "no store holds 2^53 of anything")]
fn number(count: i64) -> f64 {
    count as f64
}
