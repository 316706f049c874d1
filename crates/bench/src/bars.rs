//! What each workload must reach, and whether it did.

use crate::gauge::Measured;
use crate::scratch::Backend;

/// One thing a workload must reach.
#[derive(Debug, Clone, Copy)]
enum Bar {
    /// Of the hand-written loop's rate in the same run.
    OfRaw(f64),
    /// Of how fast the hand-written loop answers in the middle case.
    OfRawMiddle(f64),
    /// Things a second.
    Rate(f64),
    /// Microseconds that 99 in 100 stay below.
    P99(f64),
    /// Milliseconds that nobody waits longer than for the write lock.
    Lock(f64),
}

/// What one workload came to.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) workload: String,
    pub(crate) ours: Measured,
    /// The hand-written loop's, where there is one.
    pub(crate) raw: Option<Measured>,
    /// The longest anybody waited for the write lock, where that was measured.
    pub(crate) longest_wait_ms: Option<f64>,
}

fn bars(workload: &str, backend: Backend) -> &'static [Bar] {
    match (workload, backend) {
        ("A1" | "A8", _) => &[Bar::OfRaw(0.5)],
        ("A10", _) => &[Bar::OfRaw(0.55)],
        ("A64", _) => &[Bar::OfRaw(0.5), Bar::Rate(10_000.0)],
        ("B", _) => &[Bar::OfRawMiddle(0.5)],
        ("C", Backend::Postgres) => &[Bar::Rate(500_000.0)],
        ("C", _) => &[Bar::OfRaw(0.75)],
        ("D", _) => &[Bar::OfRaw(0.8), Bar::Lock(50.0)],
        ("E", _) => &[Bar::P99(1_000.0)],
        ("due-500", _) => &[Bar::P99(20_000.0)],
        ("fold", _) => &[Bar::Rate(1_000_000.0)],
        ("deadlines", _) => &[Bar::Rate(50_000.0)],
        ("forecast", _) => &[Bar::Rate(10_000.0)],
        ("decide", _) => &[Bar::P99(5_000.0)],
        ("letters-instant", _) => &[Bar::Rate(500.0)],
        ("letters-beside", _) => &[Bar::P99(50_000.0)],
        // 500 letters within a minute.
        ("letters-slow", _) => &[Bar::Rate(500.0 / 60.0)],
        (_, _) => &[],
    }
}

impl Outcome {
    /// One line for each bar of the workload, and whether all were reached.
    pub(crate) fn lines(&self, backend: Backend) -> (Vec<String>, bool) {
        let (mut lines, mut reached) = (Vec::new(), true);
        for bar in bars(&self.workload, backend) {
            let (is_reached, what) = self.judge(*bar);
            reached &= is_reached;
            let word = if is_reached { "reached" } else { "MISSED" };
            let backend = backend.as_str();
            lines.push(format!("BAR\t{backend}\t{}\t{what}\t{word}", self.workload));
        }
        (lines, reached)
    }

    fn judge(&self, bar: Bar) -> (bool, String) {
        let of_raw = |of: fn(&Measured) -> f64| self.raw.as_ref().map_or(f64::NAN, of);
        let at_least =
            |is: f64, bar: f64, what: &str| (is >= bar, format!("{is:.2} {what} >= {bar}"));
        match bar {
            Bar::OfRaw(bar) => at_least(self.ours.rate / of_raw(|raw| raw.rate), bar, "of raw"),
            Bar::OfRawMiddle(bar) => {
                at_least(of_raw(|raw| raw.p50_us) / self.ours.p50_us, bar, "of raw (p50)")
            }
            Bar::Rate(bar) => {
                let rate = self.ours.rate;
                (rate >= bar, format!("{rate:.0} {} >= {bar}", self.ours.unit))
            }
            Bar::P99(bar) => {
                let p99 = self.ours.p99_us;
                (p99 < bar, format!("p99 {p99:.0} us < {bar} us"))
            }
            Bar::Lock(bar) => {
                let wait = self.longest_wait_ms.unwrap_or(f64::INFINITY);
                (wait <= bar, format!("longest wait {wait:.1} ms <= {bar} ms"))
            }
        }
    }
}
