//! The headers that are known, in Danish and English, and which column holds which field.

use spor_domain::door::Malformed;
use spor_domain::nearest::nearest;

use super::SheetKind;

/// A column that a file may have.
#[derive(Debug)]
pub struct Column {
    /// Its English name, which is the field's.
    pub name: &'static str,
    /// Its Danish name.
    pub da: &'static str,
    /// Other headers that mean the same.
    pub also: &'static [&'static str],
    /// Whether a file must have it.
    pub required: bool,
}

const fn must(name: &'static str, da: &'static str, also: &'static [&'static str]) -> Column {
    Column { name, da, also, required: true }
}

const fn may(name: &'static str, da: &'static str, also: &'static [&'static str]) -> Column {
    Column { name, da, also, required: false }
}

/// Columns that an error file adds; passed over when it comes back.
const ADDED: [Column; 4] = [
    may(LINE, "linje", &[]),
    may(CODE, "fejlkode", &[]),
    may(REASON_DA, "årsag", &[]),
    may(REASON_EN, "reason", &[]),
];

/// The line of the file that was read.
pub(super) const LINE: &str = "line";
/// The stable code of what is wrong.
pub(super) const CODE: &str = "code";
/// What is wrong, in Danish.
pub(super) const REASON_DA: &str = "reason_da";
/// What is wrong, in English.
pub(super) const REASON_EN: &str = "reason_en";

/// Columns of a file of cases.
const CASES: [Column; 24] = [
    must("source_id", "kilde_id", &["sags_id", "kildens_id", "id"]),
    must("case_ref", "sagsreference", &["case", "sag", "reference"]),
    may("birth_date", "fødselsdato", &["født"]),
    may("cpr", "cpr_nr", &["cpr_nummer", "personnummer"]),
    may("name", "navn", &[]),
    must("municipality", "kommune", &["kommunekode"]),
    must("administration", "forvaltning", &[]),
    must("caseworker", "sagsbehandler", &["rådgiver"]),
    must("mentor", "mentor", &[]),
    must("start", "startdato", &["original_start", "begyndt"]),
    may("state", "status", &["tilstand"]),
    may("basis", "lovgrundlag", &["grundlag", "paragraf"]),
    may("weekly_hours", "timer_pr_uge", &["ugentlige_timer", "timer"]),
    may("grant_from", "bevilget_fra", &["bevilling_fra"]),
    may("grant_until", "bevilget_til", &["bevilling_til"]),
    may("budget", "budget", &["konto"]),
    may("last_follow_up", "seneste_opfølgning", &[]),
    may("last_method_review", "seneste_sagsgennemgang", &["seneste_metodegennemgang"]),
    may("group_assessment", "gruppevurdering", &["egnet_til_gruppe"]),
    may("parents_consent", "samtykke_forældre", &["forældresamtykke"]),
    may("notes_ref", "notatreference", &["notat"]),
    may("target_group", "målgruppe", &[]),
    may("need", "behov", &[]),
    may("track", "spor", &[]),
];

/// Columns of a file of sessions.
const SESSIONS: [Column; 10] = [
    must("source_id", "kilde_id", &["kildens_id", "id"]),
    must("case_ref", "sagsreference", &["case", "sag", "reference"]),
    must("date", "dato", &[]),
    may("minutes", "minutter", &[]),
    may("hours", "timer", &[]),
    must("by", "afholdt_af", &["af", "mentor", "person"]),
    may("form", "form", &[]),
    may("track", "spor", &[]),
    may("start", "klokken", &["starttid", "kl"]),
    may("activities", "aktiviteter", &["aktivitet"]),
];

/// The columns that a file of this kind may have.
pub fn columns(kind: SheetKind) -> &'static [Column] {
    match kind {
        SheetKind::Cases => &CASES,
        SheetKind::Sessions => &SESSIONS,
    }
}

/// Which column of the file holds which field.
#[derive(Debug, Clone)]
pub(super) struct Header {
    /// The headers as they stand in the file.
    pub(super) written: Vec<String>,
    fields: Vec<Option<&'static str>>,
}

impl Header {
    /// Reads the headers; unknown, doubled and missing ones are named.
    pub(super) fn read(kind: SheetKind, written: Vec<String>) -> Result<Self, Malformed> {
        let known = columns(kind);
        let mut fields: Vec<Option<&'static str>> = Vec::with_capacity(written.len());
        for header in &written {
            let folded = fold(header);
            if folded.is_empty() {
                fields.push(None);
                continue;
            }
            let column = known.iter().chain(&ADDED).find(|column| column.is_called(&folded));
            let Some(column) = column else {
                return Err(unknown(kind, header));
            };
            if let Some(at) = fields.iter().position(|field| *field == Some(column.name)) {
                return Err(doubled(header, &written[at], column));
            }
            fields.push(Some(column.name));
        }
        let lacks = |name: &str| !fields.contains(&Some(name));
        if let Some(missing) = known.iter().find(|c| c.required && lacks(c.name)) {
            return Err(lacking(kind, &[missing]));
        }
        let either: Vec<&Column> = match kind {
            SheetKind::Cases => named(known, &["birth_date", "cpr"]),
            SheetKind::Sessions => named(known, &["minutes", "hours"]),
        };
        if either.iter().all(|column| lacks(column.name)) {
            return Err(lacking(kind, &either));
        }
        Ok(Self { written, fields })
    }

    /// The field that a column holds.
    pub(super) fn field(&self, at: usize) -> Option<&'static str> {
        self.fields.get(at).copied().flatten()
    }

    /// How many columns the file has.
    pub(super) fn len(&self) -> usize {
        self.written.len()
    }
}

impl Column {
    fn is_called(&self, folded: &str) -> bool {
        let names = [self.name, self.da].into_iter().chain(self.also.iter().copied());
        names.into_iter().any(|name| fold(name) == folded)
    }
}

fn named<'a>(columns: &'a [Column], names: &[&str]) -> Vec<&'a Column> {
    columns.iter().filter(|column| names.contains(&column.name)).collect()
}

/// A word as it is compared: `CPR-nr.` and `cpr_nr` are one.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.trim().trim_start_matches('\u{feff}').to_lowercase().chars() {
        match letter {
            'æ' => folded.push_str("ae"),
            'ø' => folded.push_str("oe"),
            'å' => folded.push_str("aa"),
            letter if letter.is_alphanumeric() => folded.push(letter),
            _ if folded.ends_with('_') || folded.is_empty() => {}
            _ => folded.push('_'),
        }
    }
    folded.trim_end_matches('_').to_owned()
}

fn list(kind: SheetKind) -> String {
    let both = |column: &Column| {
        if column.name == column.da {
            column.name.to_owned()
        } else {
            format!("{} ({})", column.da, column.name)
        }
    };
    columns(kind).iter().map(both).collect::<Vec<_>>().join(", ")
}

fn unknown(kind: SheetKind, header: &str) -> Malformed {
    let words = columns(kind)
        .iter()
        .flat_map(|column| [column.name, column.da].into_iter().chain(column.also.iter().copied()));
    let near = nearest(&header.trim().replace([' ', '-'], "_"), words);
    let meant = near.map_or_else(String::new, |near| format!("did you mean {near}? "));
    let shown: String = header.trim().chars().take(60).collect();
    Malformed {
        code: "unknown_header",
        message: format!("there is no column \"{shown}\""),
        because: "a column that is not understood would be lost silently".to_owned(),
        try_next: format!("{meant}known headers are: {}", list(kind)),
    }
}

fn doubled(second: &str, first: &str, column: &Column) -> Malformed {
    Malformed {
        code: "doubled_header",
        message: format!("\"{}\" and \"{}\" are both {}", first.trim(), second.trim(), column.name),
        because: "one of them would be lost silently".to_owned(),
        try_next: "take one of the columns out".to_owned(),
    }
}

fn lacking(kind: SheetKind, columns: &[&Column]) -> Malformed {
    let names: Vec<String> =
        columns.iter().map(|column| format!("{} ({})", column.da, column.name)).collect();
    Malformed {
        code: "missing_header",
        message: format!("the column {} is missing", names.join(" or ")),
        because: "without it no row can be brought in".to_owned(),
        try_next: format!("add it; known headers are: {}", list(kind)),
    }
}
