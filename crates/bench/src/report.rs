//! The lines that other programs read.

use std::cell::{Cell, RefCell};
use std::io::{self, Write};

use anyhow::{Context, Result};

use crate::bars::Outcome;
use crate::gauge::Measured;
use crate::scratch::Backend;

/// Where the measurements of one workload go.
#[derive(Debug)]
pub(crate) struct Report {
    workload: String,
    size: String,
    backend: Backend,
    ours: RefCell<Option<Measured>>,
    raw: RefCell<Option<Measured>>,
    longest_wait_ms: Cell<Option<f64>>,
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
    pub(crate) fn new(workload: &str, size: &str, backend: Backend) -> Self {
        let (workload, size) = (workload.to_owned(), size.to_owned());
        let (ours, raw) = (RefCell::new(None), RefCell::new(None));
        Self { workload, size, backend, ours, raw, longest_wait_ms: Cell::new(None) }
    }

    /// Which database is measured.
    pub(crate) fn backend(&self) -> Backend {
        self.backend
    }

    /// Prints the middle one of several passes.
    pub(crate) fn line(&self, side: Side, passes: Vec<Measured>, note: &str) -> Result<()> {
        let middle = self.line_of(&self.workload, side, passes, note)?;
        let place = match side {
            Side::Spor => &self.ours,
            Side::Raw => &self.raw,
        };
        place.replace(Some(middle));
        Ok(())
    }

    /// Prints the middle pass of the same work done in another way.
    pub(crate) fn line_of(
        &self,
        workload: &str,
        side: Side,
        passes: Vec<Measured>,
        note: &str,
    ) -> Result<Measured> {
        let whose = match side {
            Side::Spor => "spor",
            Side::Raw => "raw",
        };
        let middle = Measured::middle(passes).context("nothing was measured")?;
        let Measured { rate, unit, p50_us, p99_us, peak_mib, cpu_us_per_op } = middle;
        let (on, cases) = (self.backend.as_str(), &self.size);
        writeln!(
            io::stdout().lock(),
            "RESULT\t{whose}\t{on}\t{workload}\t{cases}\t{rate:.0}\t{unit}\t{p50_us:.0}\t\
             {p99_us:.0}\t{peak_mib:.0}\t{note}\t{cpu_us_per_op:.2}"
        )?;
        Ok(middle)
    }

    /// Notes the longest that anybody waited for the write lock.
    pub(crate) fn waited(&self, longest_ms: f64) {
        self.longest_wait_ms.set(Some(longest_ms));
    }

    /// What both sides came to.
    pub(crate) fn outcome(self) -> Option<Outcome> {
        let (workload, longest_wait_ms) = (self.workload, self.longest_wait_ms.get());
        let (ours, raw) = (self.ours.into_inner()?, self.raw.into_inner());
        Some(Outcome { workload, ours, raw, longest_wait_ms })
    }
}
