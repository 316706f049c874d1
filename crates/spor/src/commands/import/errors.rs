//! The rows that were not brought in, as they stood, each with the reason in Danish and English.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use spor_casework::import::ReportLine;
use spor_casework::import::sheet::{Sheet, mask};

use crate::output;
use crate::report::Report;

/// The columns behind those of the file; an import passes over them.
const ADDED: [&str; 4] = ["linje", "fejlkode", "årsag", "reason"];
const UTF8_MARK: &str = "\u{feff}";

/// What was wrong with which line.
#[derive(Debug, Default)]
pub(super) struct Bad(BTreeMap<u64, Reason>);

#[derive(Debug)]
struct Reason {
    code: String,
    da: String,
    en: String,
}

impl Bad {
    /// Notes a line that was not recorded; of several noes of one row the first stands.
    pub(super) fn note(&mut self, line: &ReportLine) {
        if let (Some(code), Some((da, en))) = (&line.code, &line.told) {
            let (code, da, en) = (code.clone(), da.clone(), en.clone());
            self.0.entry(line.line).or_insert(Reason { code, da, en });
        }
    }

    /// Writes the rows to a file that only its owner reads; false when there are none.
    pub(super) fn write(&self, sheet: &Sheet, path: &Path) -> Result<bool, Report> {
        if self.0.is_empty() {
            return Ok(false);
        }
        let (delimiter, header, rows) = sheet.pick(&|line| self.0.contains_key(&line))?;
        let mut file = private(path)?;
        file.write_all(UTF8_MARK.as_bytes())?;
        let mut writer =
            csv::WriterBuilder::new().delimiter(delimiter).flexible(true).from_writer(file);
        let fault = |error: csv::Error| Report::from(anyhow::Error::from(error));
        let kept: Vec<usize> =
            (0..header.len()).filter(|at| !ADDED.contains(&header[*at].as_str())).collect();
        let headers = kept.iter().map(|at| header[*at].as_str()).chain(ADDED);
        writer.write_record(headers).map_err(fault)?;
        for row in rows {
            let Some(reason) = self.0.get(&row.line) else {
                continue;
            };
            let cell = |at: &usize| row.cells.get(*at).map(String::as_str).unwrap_or_default();
            let cells = kept.iter().map(|at| output::guarded(&mask(cell(at))));
            let line = row.line.to_string();
            let told = [line, reason.code.clone(), reason.da.clone(), reason.en.clone()];
            writer.write_record(cells.chain(told)).map_err(fault)?;
        }
        writer.flush()?;
        Ok(true)
    }
}

fn private(path: &Path) -> Result<File, Report> {
    Ok(OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?)
}

/// `sager.csv` has its errors in `sager.csv.fejl.csv`.
pub(super) fn beside(file: &Path) -> PathBuf {
    if file == Path::new("-") {
        return PathBuf::from("fejl.csv");
    }
    let mut name = file.as_os_str().to_owned();
    name.push(".fejl.csv");
    PathBuf::from(name)
}
