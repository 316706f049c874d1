//! What a piece of work cost: time, processor, memory.

use std::fs;
use std::time::{Duration, Instant};

/// Ticks a second in which Linux counts processor time.
const TICKS_PER_SECOND: f64 = 100.0;
const KIB_PER_MIB: f64 = 1_024.0;
/// Written to `clear_refs`, it makes the highest memory use begin anew.
const FORGET_PEAK: &str = "5";

/// What was measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    pub(crate) rate: f64,
    pub(crate) unit: &'static str,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) peak_mib: f64,
    pub(crate) cpu_us_per_op: f64,
}

/// A measurement that runs.
#[derive(Debug)]
pub(crate) struct Gauge {
    started: Instant,
    cpu: f64,
}

impl Gauge {
    /// Starts to measure.
    pub(crate) fn start() -> Self {
        // Without that right the peak is the one of the whole run: too high, never too low.
        let _ = fs::write("/proc/self/clear_refs", FORGET_PEAK);
        Self { started: Instant::now(), cpu: cpu_seconds() }
    }

    /// How long so far.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// What so many operations cost, which took these times one by one.
    pub(crate) fn stop(
        self,
        unit: &'static str,
        operations: usize,
        mut times: Vec<Duration>,
    ) -> Measured {
        let seconds = self.elapsed().as_secs_f64();
        let cpu = cpu_seconds() - self.cpu;
        times.sort_unstable();
        Measured {
            rate: as_float(operations) / seconds,
            unit,
            p50_us: percentile(&times, 50).as_secs_f64() * 1e6,
            p99_us: percentile(&times, 99).as_secs_f64() * 1e6,
            peak_mib: peak_mib(),
            cpu_us_per_op: cpu * 1e6 / as_float(operations.max(1)),
        }
    }

    /// What one pass over so many things cost.
    pub(crate) fn stop_pass(self, unit: &'static str, operations: usize) -> Measured {
        let pass = self.elapsed();
        self.stop(unit, operations, vec![pass])
    }
}

impl Measured {
    /// The pass in the middle of several, with the highest memory of all.
    pub(crate) fn middle(mut passes: Vec<Self>) -> Option<Self> {
        passes.sort_by(|one, other| one.rate.total_cmp(&other.rate));
        let peak_mib = passes.iter().map(|pass| pass.peak_mib).fold(0.0, f64::max);
        let middle = passes.get(passes.len() / 2)?;
        Some(Self { peak_mib, ..*middle })
    }
}

/// The value below which so many of a hundred lie; the times are sorted.
fn percentile(times: &[Duration], percent: usize) -> Duration {
    let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(at).copied().unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "counts of a measurement fit a float exactly")]
fn as_float(count: usize) -> f64 {
    count as f64
}

/// Processor time of the whole program, all threads.
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field is a name in brackets, which may hold blanks; user and system time are the
    // twelfth and thirteenth field behind it.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: f64 = fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / TICKS_PER_SECOND
}

fn peak_mib() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().split(' ').next()).and_then(|kib| kib.parse().ok());
    kib.unwrap_or(0.0) / KIB_PER_MIB
}
