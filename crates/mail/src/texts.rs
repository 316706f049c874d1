//! The texts of the letters: one folder per language, one file per rule, the frame around them.

use std::sync::LazyLock;

use chrono::{Datelike, Months, NaiveDate, TimeDelta};
use minijinja::{Environment, Error, UndefinedBehavior, Value, context, syntax::SyntaxConfig};

use crate::digest::{Digest, Header, Item, ItemNote, Language, Level, SignedTree};

/// The rules that have a text, each with the name of its file.
const RULES: [(&str, &str); 18] = [
    ("R01", "follow_up.txt"),
    ("R03", "transition_meeting.txt"),
    ("R05", "method_review.txt"),
    ("R07", "lab_period.txt"),
    ("R08", "limited_support.txt"),
    ("R02", "dialogue.txt"),
    ("R04", "adult_support.txt"),
    ("R06", "method_choice.txt"),
    ("R09", "hours.txt"),
    ("R10", "network_map.txt"),
    ("R11", "parent_update.txt"),
    ("R12", "volunteer_month.txt"),
    ("R13", "handover.txt"),
    ("R14", "method_evaluation.txt"),
    ("R15", "supervision.txt"),
    ("R16", "waiting.txt"),
    ("R17", "law_steps.txt"),
    // What stands for every rule of a case that cannot be folded.
    ("unknown", "unknown_case.txt"),
];

macro_rules! folder {
    ($language:literal) => {
        folder!($language: "words", "item", "digest", "follow_up", "transition_meeting",
            "method_review", "lab_period", "limited_support", "dialogue", "adult_support",
            "method_choice", "hours", "network_map", "parent_update", "volunteer_month",
            "handover", "method_evaluation", "supervision", "waiting", "law_steps",
            "unknown_case", "trial", "checkpoint")
    };
    ($language:literal: $($name:literal),+) => {
        [$((
            concat!($name, ".txt"),
            include_str!(concat!("../templates/", $language, "/", $name, ".txt")),
        )),+]
    };
}

static DANISH: LazyLock<Environment<'static>> = LazyLock::new(|| compiled(folder!("da")));
static ENGLISH: LazyLock<Environment<'static>> = LazyLock::new(|| compiled(folder!("en")));

/// The lines of one item, and the subject it would have on its own.
pub(crate) struct ItemText {
    pub(crate) subject: String,
    pub(crate) line: String,
}

/// The lines of one level.
pub(crate) struct Section {
    pub(crate) level: Level,
    pub(crate) lines: Vec<String>,
}

impl Section {
    fn to_value(&self) -> Value {
        context! { level => self.level.code(), lines => self.lines.clone() }
    }
}

/// What the frame of a letter tells beside its lines.
pub(crate) struct Counts {
    pub(crate) items: usize,
    pub(crate) cases: usize,
    pub(crate) omitted: usize,
}

/// Whether a rule has a text of its own.
pub(crate) fn knows(rule: &str) -> bool {
    file_of(rule).is_some()
}

/// Writes one item; a rule, role or date that its text asks for and does not get is an error.
pub(crate) fn item(digest: &Digest, header: &Header, item: &Item) -> Result<ItemText, Error> {
    let file = file_of(&item.rule).unwrap_or(&item.rule);
    let late = item.due.map(|due| digest.day.signed_duration_since(due));
    let (note, vacant_role) = match &item.note {
        None => ("", ""),
        Some(ItemNote::MetMeanwhile) => ("met_meanwhile", ""),
        Some(ItemNote::DelayExplained) => ("delay_explained", ""),
        Some(ItemNote::RoleVacant { role }) => ("role_vacant", role.as_str()),
    };
    let mut written =
        environment(digest.language).get_template(file)?.render_captured(context! {
            case => item.case_ref.as_str(),
            show_case => header.case_in_subject,
            due => item.due.map_or(Value::UNDEFINED, |due| civil_day(digest.language, due).into()),
            last_month => last_month(digest.language, digest.day),
            days_late => late.map_or(0, |late| TimeDelta::num_days(&late).max(0)),
            role => item.role.as_str(),
            note,
            vacant_role,
            link => item.link.as_deref(),
        })?;
    let subject = written.with_state_mut(|state| state.render_block("subject"))?;
    Ok(ItemText { subject: subject.trim().to_owned(), line: written.into_output() })
}

/// Writes the frame around the sections: subject for several items, and the whole text.
pub(crate) fn frame(
    digest: &Digest,
    sections: &[Section],
    counts: &Counts,
) -> Result<(String, String), Error> {
    let template = environment(digest.language).get_template("digest.txt")?;
    let mut written = template.render_captured(context! {
        day => civil_day(digest.language, digest.day),
        items => counts.items,
        cases => counts.cases,
        omitted => counts.omitted,
        sections => sections.iter().map(Section::to_value).collect::<Value>(),
        municipality => digest.municipality.as_deref(),
        recipient => digest.recipient_ref.as_str(),
    })?;
    let subject = written.with_state_mut(|state| state.render_block("subject"))?;
    let text = written.into_output();
    Ok((subject.trim().to_owned(), format!("{}\n", text.trim_end())))
}

/// Writes a trial letter: subject and text.
pub(crate) fn trial(language: Language) -> Result<(String, String), Error> {
    let template = environment(language).get_template("trial.txt")?;
    let mut written = template.render_captured(context! {})?;
    let subject = written.with_state_mut(|state| state.render_block("subject"))?;
    Ok((subject.trim().to_owned(), format!("{}\n", written.into_output().trim_end())))
}

/// Writes a letter that carries a signed checkpoint: subject and text.
pub(crate) fn checkpoint(tree: &SignedTree, language: Language) -> Result<(String, String), Error> {
    let template = environment(language).get_template("checkpoint.txt")?;
    let mut written = template.render_captured(context! {
        day => civil_day(language, tree.day),
        origin => tree.origin.as_str(),
        size => tree.size,
        note => tree.note.as_str(),
        municipality => tree.municipality.as_deref(),
    })?;
    let subject = written.with_state_mut(|state| state.render_block("subject"))?;
    Ok((subject.trim().to_owned(), format!("{}\n", written.into_output().trim_end())))
}

/// The order of the sections: the most urgent first.
pub(crate) const LEVELS: [Level; 4] =
    [Level::Critical, Level::Escalated, Level::Overdue, Level::Notice];

/// A day as people write it: `21.11.2026`, in English `21 November 2026`.
fn civil_day(language: Language, day: NaiveDate) -> String {
    match language {
        Language::Da => day.format("%d.%m.%Y").to_string(),
        Language::En => day.format("%-d %B %Y").to_string(),
    }
}

/// The month before a day: what a statement about a whole month is about.
fn last_month(language: Language, day: NaiveDate) -> String {
    const MONTHS: [&str; 12] = [
        "januar",
        "februar",
        "marts",
        "april",
        "maj",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "december",
    ];
    let before = day.checked_sub_months(Months::new(1)).unwrap_or(day);
    match language {
        Language::Da => format!("{} {}", MONTHS[before.month0() as usize], before.year()),
        Language::En => before.format("%B %Y").to_string(),
    }
}

fn environment(language: Language) -> &'static Environment<'static> {
    match language {
        Language::Da => &DANISH,
        Language::En => &ENGLISH,
    }
}

fn file_of(rule: &str) -> Option<&'static str> {
    RULES.iter().find(|(id, _)| *id == rule).map(|(_, file)| *file)
}

fn compiled<const N: usize>(texts: [(&'static str, &'static str); N]) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("it keeps the usual marks, and those do not clash"));
    for (name, text) in texts {
        environment.add_template(name, text).expect("a text of ours is a template; tests read all");
    }
    environment
}

#[cfg(test)]
mod tests;
