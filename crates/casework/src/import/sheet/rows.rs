//! A row becomes the journal lines that say the same.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use spor_store::Store;

use super::headers::Header;
use super::values::{Cell, RowProblem};
use super::{Sheet, SheetKind};
use crate::error::Result;

const ADMINISTRATIONS: &[(&str, &[&str])] = &[
    ("children_family", &["børn og familie", "børne- og familieafdeling", "børnefamilie"]),
    ("employment", &["beskæftigelse", "jobcenter", "beskæftigelsesforvaltning"]),
    ("adult_disability", &["voksenhandicap"]),
    ("social", &["social", "socialforvaltning"]),
    ("other", &["anden", "andet"]),
];
const BASES: &[(&str, &[&str])] = &[
    ("LAB-167", &["LAB § 167", "LAB167", "LAB 167", "§ 167"]),
    ("SEL-85", &["SEL § 85", "SEL85", "SEL 85", "§ 85"]),
    ("BL-32", &["Barnets Lov § 32", "BL § 32", "BL32", "BL 32", "§ 32"]),
    ("voluntary", &["frivillig"]),
];
const STATES: &[(&str, &[&str])] = &[
    ("open", &["åben", "aktiv", "i gang", "active"]),
    ("referred", &["henvist"]),
    ("waiting", &["venteliste", "venter"]),
    ("closed", &["lukket", "afsluttet"]),
    ("transferred", &["overflyttet", "flyttet"]),
];
const ASSESSMENTS: &[(&str, &[&str])] =
    &[("suitable", &["egnet", "ja", "yes"]), ("not_suitable", &["ikke egnet", "nej", "no"])];
const ANSWERS: &[(&str, &[&str])] =
    &[("yes", &["ja", "j", "true", "sand", "1"]), ("no", &["nej", "n", "false", "falsk", "0"])];
const FORMS: &[(&str, &[&str])] = &[
    ("one_to_one", &["en til en", "individuel", "1:1"]),
    ("group", &["gruppe"]),
    ("outreach", &["opsøgende", "opsøgning"]),
];
/// Activities that somebody counts; any other stays as it is written.
const ACTIVITIES: &[(&str, &[&str])] = &[
    ("relation", &["relation", "relationsarbejde"]),
    ("everyday_coping", &["hverdagsmestring"]),
    ("labour_market", &["arbejdsmarked", "job"]),
    ("edge_of_lab", &["kanten af LAB"]),
    ("bridge_to_parents", &["bro til forældre"]),
    ("network", &["netværk"]),
    ("education", &["uddannelse"]),
];
/// The track of a grant whose row names none.
const FIRST_TRACK: &str = "T1";
/// Who consented, where the file only says that somebody did.
const UNKNOWN: &str = "ukendt";

/// One row, by field.
pub(super) struct Row<'a> {
    pub(super) header: &'a Header,
    pub(super) cells: &'a [String],
}

/// The lines of a row, the one that all others follow first.
type Lines = std::result::Result<Vec<Map<String, Value>>, RowProblem>;
/// A line that a row may have.
type Perhaps = std::result::Result<Option<Map<String, Value>>, RowProblem>;

impl<'a> Row<'a> {
    /// The cell of a field, where the row has one that is filled.
    fn cell(&self, field: &str) -> Option<Cell<'a>> {
        let at = (0..self.cells.len()).find(|at| self.header.field(*at) == Some(field))?;
        let text = self.cells[at].trim();
        (!text.is_empty()).then(|| Cell { header: &self.header.written[at], text })
    }

    /// The text of a field.
    pub(super) fn text(&self, field: &str) -> Option<&'a str> {
        self.cell(field).map(|cell| cell.text)
    }

    fn must(&self, field: &'static str) -> std::result::Result<Cell<'a>, RowProblem> {
        self.cell(field).ok_or_else(|| empty(field))
    }

    /// The journal lines that say what the row says.
    pub(super) fn lines(&self, sheet: &Sheet, store: &Store) -> Result<Lines> {
        if let Some(problem) = self.misfit() {
            return Ok(Err(problem));
        }
        match sheet.kind {
            SheetKind::Sessions => Ok(self.session()),
            SheetKind::Cases => {
                let born = match self.birth_date() {
                    Ok(born) => born,
                    Err(problem) => return Ok(Err(problem)),
                };
                // The number ends here: what goes on is a keyed hash of it.
                let person = match &born.1 {
                    Some(digits) => {
                        let keyed = store.claim_stream("cpr", digits)?;
                        Some(keyed.reference().trim_start_matches("cpr-").to_owned())
                    }
                    None => None,
                };
                Ok(self.case(sheet, born.0, person))
            }
        }
    }

    /// A row that does not have the columns of its header is not guessed at.
    fn misfit(&self) -> Option<RowProblem> {
        let (found, wanted) = (self.cells.len(), self.header.len());
        let nameless = |at: usize| self.header.field(at).is_none();
        let stray = (0..found).any(|at| nameless(at) && !self.cells[at].trim().is_empty());
        (found < wanted || stray).then(|| {
            RowProblem::new(
                "wrong_column_count",
                format!("rækken har {found} celler, overskriften {wanted}"),
                format!("the row has {found} cells, the header {wanted}"),
            )
        })
    }

    fn birth_date(&self) -> std::result::Result<(NaiveDate, Option<String>), RowProblem> {
        let said = self.cell("birth_date").map(Cell::date).transpose()?;
        let (digits, born) = match self.cell("cpr").map(Cell::cpr).transpose()? {
            Some((digits, born)) => (Some(digits), Some(born)),
            None => (None, None),
        };
        match (said, born) {
            (Some(said), Some(born)) if said != born => Err(RowProblem::new(
                "birth_dates_differ",
                "fødselsdatoen er ikke den, CPR-nummeret siger".to_owned(),
                "the birth date is not the one that the CPR number says".to_owned(),
            )),
            (Some(day), _) | (None, Some(day)) => Ok((day, digits)),
            (None, None) => Err(empty("birth_date")),
        }
    }

    fn case(&self, sheet: &Sheet, born: NaiveDate, person: Option<String>) -> Lines {
        if let Some(state) = self.cell("state") {
            let word = state.word(STATES)?;
            if word != "open" {
                return Err(not_open(word));
            }
        }
        let mut imported = self.line(sheet.day, "CaseImported")?;
        for (field, cell) in [("caseworker", "caseworker"), ("mentor", "mentor")] {
            imported.insert(field.to_owned(), self.must(cell)?.person()?);
        }
        for field in ["municipality", "source_id"] {
            imported.insert(field.to_owned(), self.must(field)?.name()?);
        }
        let administration = self.must("administration")?.word(ADMINISTRATIONS)?;
        imported.insert("administration".to_owned(), json!(administration));
        imported.insert("birth_date".to_owned(), json!(born));
        imported.insert("source".to_owned(), json!(sheet.source));
        imported.insert("batch".to_owned(), json!(sheet.batch));
        imported.insert("original_start".to_owned(), json!(self.must("start")?.date()?));
        imported.extend(person.map(|key| ("person_key".to_owned(), json!(key))));
        for field in ["last_follow_up", "last_method_review"] {
            if let Some(cell) = self.cell(field) {
                imported.insert(field.to_owned(), json!(cell.date()?));
            }
        }
        for field in ["name", "need", "target_group"] {
            imported.extend(self.cell(field).map(|cell| (field.to_owned(), json!(cell.text))));
        }
        let mut lines = vec![imported];
        lines.extend(self.grant(sheet.day)?);
        lines.extend(self.assessment(sheet.day)?);
        lines.extend(self.consent(sheet.day)?);
        lines.extend(self.note(sheet.day)?);
        Ok(lines)
    }

    /// A line of this type on the row's case.
    fn line(
        &self,
        day: NaiveDate,
        kind: &str,
    ) -> std::result::Result<Map<String, Value>, RowProblem> {
        let case = self.must("case_ref")?.case()?;
        let fields = [("date", json!(day)), ("type", json!(kind)), ("case", case)];
        Ok(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// The same, under a reference by which a repeat finds it.
    fn part(
        &self,
        day: NaiveDate,
        kind: &str,
        id: &str,
    ) -> std::result::Result<Map<String, Value>, RowProblem> {
        let mut line = self.line(day, kind)?;
        line.insert("id".to_owned(), json!(id));
        Ok(line)
    }

    fn grant(&self, day: NaiveDate) -> Perhaps {
        let Some(basis) = self.cell("basis") else {
            let stray = ["weekly_hours", "grant_from", "grant_until", "budget", "track"];
            return match stray.into_iter().find(|field| self.cell(field).is_some()) {
                Some(_) => Err(empty("basis")),
                None => Ok(None),
            };
        };
        let mut line = self.part(day, "SupportGranted", "import-grant")?;
        let basis = basis.word(BASES)?;
        let budget = match self.cell("budget") {
            Some(cell) => cell.text,
            None => budget_of(basis),
        };
        line.insert("basis".to_owned(), json!(basis));
        line.insert("budget".to_owned(), json!(budget));
        let hours = self.must("weekly_hours")?.hundredths()?;
        line.insert("weekly_hours".to_owned(), decimal(hours));
        let track = match self.cell("track") {
            Some(cell) => cell.name()?,
            None => json!(FIRST_TRACK),
        };
        line.insert("track".to_owned(), track);
        line.insert("person".to_owned(), self.must("mentor")?.person()?);
        for (field, cell) in [("from", "grant_from"), ("until", "grant_until")] {
            if let Some(cell) = self.cell(cell) {
                line.insert(field.to_owned(), json!(cell.date()?));
            }
        }
        Ok(Some(line))
    }

    fn assessment(&self, day: NaiveDate) -> Perhaps {
        let Some(cell) = self.cell("group_assessment") else {
            return Ok(None);
        };
        let mut line = self.part(day, "GroupSuitabilityAssessed", "import-group")?;
        line.insert("outcome".to_owned(), json!(cell.word(ASSESSMENTS)?));
        line.insert("by".to_owned(), self.must("caseworker")?.person()?);
        Ok(Some(line))
    }

    fn consent(&self, day: NaiveDate) -> Perhaps {
        let Some(cell) = self.cell("parents_consent") else {
            return Ok(None);
        };
        if cell.word(ANSWERS)? == "no" {
            return Ok(None);
        }
        let mut line = self.part(day, "ConsentGiven", "import-consent")?;
        line.insert("scope".to_owned(), json!("parent_updates"));
        line.insert("by".to_owned(), json!([UNKNOWN]));
        Ok(Some(line))
    }

    fn note(&self, day: NaiveDate) -> Perhaps {
        let Some(cell) = self.cell("notes_ref") else {
            return Ok(None);
        };
        let mut line = self.part(day, "ConfidentialNoteAdded", "import-note")?;
        line.insert("note_ref".to_owned(), cell.name()?);
        // Nobody said who may read it, so the narrowest.
        line.insert("visibility".to_owned(), json!("youth_confidential"));
        Ok(Some(line))
    }

    fn session(&self) -> Lines {
        let mut line = self.line(self.must("date")?.date()?, "SessionHeld")?;
        line.insert("id".to_owned(), self.must("source_id")?.name()?);
        line.insert("minutes".to_owned(), json!(self.minutes()?));
        line.insert("by".to_owned(), self.must("by")?.person()?);
        let form = match self.cell("form") {
            Some(cell) => cell.word(FORMS)?,
            None => FORMS[0].0,
        };
        line.insert("form".to_owned(), json!(form));
        if let Some(cell) = self.cell("track") {
            line.insert("track".to_owned(), cell.name()?);
        }
        line.extend(
            self.cell("start").map(|cell| ("start".to_owned(), json!(cell.text.replace('.', ":")))),
        );
        if let Some(cell) = self.cell("activities") {
            let activities = cell.text.split([',', '|', '/']).map(str::trim);
            let known = |text| Cell { text, ..cell }.word(ACTIVITIES).unwrap_or(text);
            let activities = activities.filter(|text| !text.is_empty());
            line.insert(
                "activities".to_owned(),
                activities.map(|text| json!(known(text))).collect(),
            );
        }
        Ok(vec![line])
    }

    fn minutes(&self) -> std::result::Result<i64, RowProblem> {
        match (self.cell("minutes"), self.cell("hours")) {
            (Some(minutes), _) => minutes.whole(),
            (None, Some(hours)) => Ok((hours.hundredths()? * 60 + 50) / 100),
            (None, None) => Err(empty("minutes")),
        }
    }
}

/// The budget that carries a basis where the file names none.
fn budget_of(basis: &str) -> &'static str {
    match basis {
        "LAB-167" => "employment",
        "SEL-85" => "social",
        "BL-32" => "children_family",
        _ => "none",
    }
}

fn decimal(hundredths: i64) -> Value {
    if hundredths % 100 == 0 {
        return json!(hundredths / 100);
    }
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

fn empty(field: &'static str) -> RowProblem {
    RowProblem::new(
        "missing_cell",
        format!("cellen {field} er tom"),
        format!("the cell {field} is empty"),
    )
}

fn not_open(state: &str) -> RowProblem {
    RowProblem::new(
        "state_not_imported",
        format!("kun åbne forløb indlæses; dette er {state}"),
        format!("only open cases are brought in; this one is {state}"),
    )
}
