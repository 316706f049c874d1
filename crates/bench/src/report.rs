//! The lines that other programs read.

use std::io::{self, Write};

use anyhow::Context;

use crate::gauge::Measured;

/// Where the measurements of one run go.
#[derive(Debug)]
pub(crate) struct Report {
    workload: String,
    size: String,
}

/// Whose measurement it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The product's own way.
    Spor,
    /// The hand-written loop.
    Raw,
}

impl Report {
    /// A report about a workload of a size, as it was asked for.
    pub(crate) fn new(workload: &str, size: &str) -> Self {
        Self { workload: workload.to_owned(), size: size.to_owned() }
    }

    /// Prints the middle one of several passes.
    pub(crate) fn line(&self, side: Side, passes: Vec<Measured>, note: &str) -> anyhow::Result<()> {
        self.line_of(&self.workload, side, passes, note)
    }

    /// Prints the middle pass of the same work done in another way.
    pub(crate) fn line_of(
        &self,
        workload: &str,
        side: Side,
        passes: Vec<Measured>,
        note: &str,
    ) -> anyhow::Result<()> {
        let whose = match side {
            Side::Spor => "spor",
            Side::Raw => "raw",
        };
        let middle = Measured::middle(passes).context("nothing was measured")?;
        let Measured { rate, unit, p50_us, p99_us, peak_mib, cpu_us_per_op } = middle;
        let cases = &self.size;
        writeln!(
            io::stdout().lock(),
            "RESULT\t{whose}\tsqlite\t{workload}\t{cases}\t{rate:.0}\t{unit}\t{p50_us:.0}\t{p99_us:.0}\t\
             {peak_mib:.0}\t{note}\t{cpu_us_per_op:.2}"
        )?;
        Ok(())
    }
}
