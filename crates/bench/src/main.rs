//! Measures Spor against hand-written loops that do the same work on the same machine.
//!
//! `spor-bench WORKLOAD SIZE [sqlite|postgres]`, where SIZE counts cases (`300`, `2k`, `1M`), or
//! `spor-bench all [sqlite|postgres] [--check]` for every workload at the size its figures are told for.
//! Each line that begins with RESULT is one side of one measurement; only the ratio of two lines of
//! one run says anything. The loops write the same rows, hashes and triggers through a bare
//! connection. Lines that begin with BAR say what must be reached; with `--check` one that is
//! missed makes the program fail.

mod bars;
mod gauge;
mod invented;
mod opened;
#[path = "../../../tests/src/postgres.rs"]
#[expect(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "the tests' private server, of which a measurement needs less"
)]
mod postgres;
mod raw;
mod report;
mod scratch;
mod workloads;

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use report::Report;
use scratch::Backend;
use workloads::append::Shape;

/// Events that an invented case has, about.
const EVENTS_PER_CASE: u64 = 108;
const USAGE: &str = "usage: spor-bench A1|A10|A8|A64|B|C|D|E|fold|deadlines|decide|due-500|round|forecast|\
     letters-instant|letters-slow|\
     letters-beside CASES [sqlite|postgres] [--check], \
     where CASES is 300, 2k or 1M; or spor-bench all [sqlite|postgres] [--check]";
/// What a slow relay takes for each answer.
const SLOW: Duration = Duration::from_millis(50);
const UNUSABLE: u8 = 2;
/// Every workload, with the size its figures are told for.
const ALL: [(&str, &str); 17] = [
    ("A1", "50"),
    ("A10", "300"),
    ("A8", "150"),
    ("A64", "500"),
    ("B", "500"),
    ("C", "2k"),
    ("D", "2k"),
    ("E", "1M"),
    ("due-500", "1M"),
    ("round", "1M"),
    ("fold", "2k"),
    ("deadlines", "2k"),
    ("decide", "1"),
    ("forecast", "10k"),
    ("letters-instant", "2k"),
    ("letters-slow", "500"),
    ("letters-beside", "500"),
];

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let asked = words.len();
    words.retain(|word| *word != "--check");
    let is_checked = words.len() < asked;
    let backend = match words.last() {
        Some(&"postgres") => Backend::Postgres,
        _ => Backend::Sqlite,
    };
    words.truncate(words.len() - usize::from(words.last() == Some(&backend.as_str())));
    let wanted = match words.as_slice() {
        ["all"] => ALL.to_vec(),
        [workload, size] => vec![(*workload, *size)],
        _ => return refuse(USAGE),
    };
    let mut bars = Vec::new();
    let mut is_reached = true;
    for (workload, size) in wanted {
        let Some(cases) = cases(size) else {
            return refuse(USAGE);
        };
        let report = Report::new(workload, size, backend);
        match measure(&report, workload, cases).await {
            Some(Ok(())) => {}
            Some(Err(error)) => {
                eprintln!("spor-bench: {workload}: {error:#}");
                return ExitCode::FAILURE;
            }
            None => return refuse(USAGE),
        }
        if let Some(outcome) = report.outcome() {
            let (lines, reached) = outcome.lines(backend);
            bars.extend(lines);
            is_reached &= reached;
        }
    }
    let mut out = std::io::stdout().lock();
    let told = bars.iter().try_for_each(|line| writeln!(out, "{line}"));
    if told.is_err() || (is_checked && !is_reached) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Measures a workload; nothing when there is none of that name.
async fn measure(report: &Report, workload: &str, cases: u32) -> Option<anyhow::Result<()>> {
    let shape = |writers, batch| Shape { writers, batch };
    Some(match workload {
        "A1" => workloads::append::run(report, cases, shape(1, 1)).await,
        "A10" => workloads::append::run(report, cases, shape(1, 10)).await,
        "A8" => workloads::append::run(report, cases, shape(8, 1)).await,
        "A64" => workloads::append::run(report, cases, shape(64, 1)).await,
        "B" => workloads::load::run(report, cases).await,
        "C" => workloads::replay::run(report, cases).await,
        "D" => workloads::rebuild::run(report, cases).await,
        "E" => workloads::due::run(report, cases, workloads::due::FEW).await,
        "due-500" => workloads::due::run(report, cases, workloads::due::BATCH).await,
        "round" => workloads::due::round(report, cases).await,
        "fold" => workloads::judging::fold(report, cases).await,
        "deadlines" => workloads::judging::deadlines(report, cases).await,
        "decide" => workloads::judging::decide(report, cases).await,
        "forecast" => workloads::foresight::forecast(report, cases).await,
        "letters-instant" => workloads::letters::run(report, cases, Duration::ZERO).await,
        "letters-slow" => workloads::letters::run(report, cases, SLOW).await,
        "letters-beside" => workloads::letters::beside_writers(report, cases).await,
        _ => return None,
    })
}

fn refuse(why: &str) -> ExitCode {
    eprintln!("spor-bench: {why}");
    ExitCode::from(UNUSABLE)
}

/// A number of cases: `300`, `2k`, `1M`.
fn cases(size: &str) -> Option<u32> {
    let (digits, unit) = match size.char_indices().last()? {
        (at, 'k' | 'K') => (&size[..at], 1_000),
        (at, 'M' | 'm') => (&size[..at], 1_000_000),
        _ => (size, 1),
    };
    let cases = digits.parse::<u32>().ok()?.checked_mul(unit)?;
    (cases > 0).then_some(cases)
}
