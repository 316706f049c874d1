//! Measures Spor against hand-written loops that do the same work on the same machine.
//!
//! `spor-bench WORKLOAD SIZE [sqlite]`, where SIZE counts cases (`300`, `2k`, `1M`). Each line that
//! begins with RESULT is one side of one measurement; only the ratio of two lines of one run says
//! anything. The loops write the same rows, hashes and triggers through a bare connection.

mod gauge;
mod invented;
mod opened;
mod raw;
mod report;
mod scratch;
mod workloads;

use std::process::ExitCode;

use report::Report;

/// Events that an invented case has, about.
const EVENTS_PER_CASE: u64 = 108;
const USAGE: &str = "usage: spor-bench A1|A64|C|D CASES [sqlite], where CASES is 300, 2k or 1M";
const UNUSABLE: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let asked = match words.as_slice() {
        [workload, size] | [workload, size, "sqlite"] => {
            cases(size).map(|cases| (*workload, size, cases))
        }
        [_, _, "postgres"] => return refuse("postgres is not built yet"),
        _ => None,
    };
    let Some((workload, size, cases)) = asked else {
        return refuse(USAGE);
    };
    let report = Report::new(workload, size);
    let done = match workload {
        "A1" => workloads::append::one_writer(&report, cases).await,
        "A64" => workloads::append::many_writers(&report, cases).await,
        "C" => workloads::replay::run(&report, cases).await,
        "D" => workloads::rebuild::run(&report, cases).await,
        "A8" | "A10" | "B" | "E" | "F" => return refuse(&format!("{workload} is not built yet")),
        _ => return refuse(USAGE),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("spor-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
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
