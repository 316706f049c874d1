//! `/livez` and `/readyz`: alive is a loop that goes on; ready is a service that does its work.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::listening::Told;
use super::measuring::Measuring;

/// A small document.
pub const JSON: &str = "application/json";
/// Seconds that the tables may lack an event before the service counts as behind.
const TABLES_PATIENCE: f64 = 60.0;

/// Why the service does not do its work.
struct Reason {
    code: &'static str,
    message: String,
}

/// Whether the loop goes on. A store that is out of reach does not make it dead: a new start would
/// not help.
pub fn live(measuring: &Measuring) -> Told {
    let pulse = measuring.pulse();
    let mut reasons = Vec::new();
    if !pulse.beats() && !measuring.is_stopping() {
        let seconds = pulse.since_step.as_secs();
        let message = format!("no step of a round was done for {seconds} seconds");
        reasons.push(Reason { code: "loop_silent", message });
    }
    told(&reasons)
}

/// Whether the store answers, the tables are caught up and the relay takes letters.
pub async fn ready(measuring: &Measuring) -> Told {
    let mut reasons = Vec::new();
    let mut add = |code, message: String| reasons.push(Reason { code, message });
    if measuring.is_stopping() {
        add("stopping", "the service was asked to end".to_owned());
    }
    match measuring.counted().await {
        Err(code) => add("store_unreachable", format!("the store does not answer: {code}")),
        Ok(counted) => {
            if counted.tables_lag() > TABLES_PATIENCE {
                add("tables_behind", format!("the tables lack {} events", counted.behind()));
            }
            if let Some(open) = &counted.breaker {
                let until = open.until.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
                add(
                    "relay_refused",
                    format!("the relay refuses us; nothing is tried until {until}"),
                );
            }
        }
    }
    let (pulse, health) = (measuring.pulse(), measuring.health());
    if pulse.done + pulse.failed == 0 {
        add("starting", "the first round is not done yet".to_owned());
    }
    if health.fault.is_some() {
        add("round_failed", "the last round could not do its work; the log says why".to_owned());
    }
    if health.last_done.is_some_and(|done| done.clock_fault.is_some()) {
        add("clock_doubted", "the clock is not believed; the log says why".to_owned());
    }
    told(&reasons)
}

fn told(reasons: &[Reason]) -> Told {
    let (status, word) = match reasons {
        [] => (StatusCode::OK, "ok"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
    };
    let reasons: Vec<Value> = reasons
        .iter()
        .map(|reason| json!({ "code": reason.code, "message": reason.message }))
        .collect();
    let text = json!({ "status": word, "reasons": reasons }).to_string();
    Told { status, kind: JSON, text }
}
