//! The texts of the letters: one folder per language, one file per rule, the frame around them.
//!
//! A municipality may put files of its own in their place. One that cannot be used takes the
//! reminders of its own rule with it and no others; one that every letter stands in is set aside,
//! for a frame that fails would silence everybody, also whoever should hear of it.

use std::sync::LazyLock;

use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, syntax::SyntaxConfig,
};

use crate::digest::Language;

mod check;
mod render;
mod sample;
mod words;

pub use sample::{ROLES, Sample};

pub(crate) use render::{Counts, ItemText, Section, Written};

/// Steps that one text may take: thirty times what a full letter of ours takes.
const FUEL: u64 = 200_000;
/// Bytes of one text of a reader's own.
pub const MAX_FILE_BYTES: usize = 32 * 1024;
/// Bytes of one value that a text puts in.
const MAX_PUT_BYTES: usize = 64 * 1024;

/// The rules that have a text, each with the name of its file.
const RULES: [(&str, &str); 20] = [
    ("R01", "follow_up"),
    ("R03", "transition_meeting"),
    ("R05", "method_review"),
    ("R07", "lab_period"),
    ("R08", "limited_support"),
    ("R02", "dialogue"),
    ("R04", "adult_support"),
    ("R06", "method_choice"),
    ("R09", "hours"),
    ("R10", "network_map"),
    ("R11", "parent_update"),
    ("R12", "volunteer_month"),
    ("R13", "handover"),
    ("R14", "method_evaluation"),
    ("R15", "supervision"),
    ("R16", "waiting"),
    ("R17", "law_steps"),
    // What stands for every rule of a case that cannot be folded.
    ("unknown", "unknown_case"),
    // What whoever leads is told when a reminder of another could not be written.
    (UNWRITTEN, "unwritten"),
    // What whoever leads is told when the self-audit found a difference.
    (AUDITED, "self_audit"),
];

/// The rule of the line that says that another line could not be written.
pub const UNWRITTEN: &str = "unwritten";
/// The rule of the line that says that the self-audit found a difference.
pub const AUDITED: &str = "self_audit";

/// The files that stand in every letter of their kind.
const FRAME: [&str; 10] = [
    "words.txt",
    "item.txt",
    "digest.txt",
    "trial.txt",
    "checkpoint.txt",
    "page.html",
    "item.html",
    "digest.html",
    "trial.html",
    "checkpoint.html",
];

macro_rules! folder {
    ($language:literal) => {
        folder!($language: "words.txt", "item.txt", "digest.txt", "follow_up.txt",
            "transition_meeting.txt", "method_review.txt", "lab_period.txt", "limited_support.txt",
            "dialogue.txt", "adult_support.txt", "method_choice.txt", "hours.txt",
            "network_map.txt", "parent_update.txt", "volunteer_month.txt", "handover.txt",
            "method_evaluation.txt", "supervision.txt", "waiting.txt", "law_steps.txt",
            "unknown_case.txt", "unwritten.txt", "self_audit.txt", "trial.txt", "checkpoint.txt",
            "item.html", "digest.html", "trial.html", "checkpoint.html")
    };
    ($language:literal: $($name:literal),+) => {
        [("page.html", include_str!("../templates/page.html")), $((
            $name,
            include_str!(concat!("../templates/", $language, "/", $name)),
        )),+]
    };
}

static BUILT_IN: LazyLock<Texts> = LazyLock::new(|| Texts {
    da: compiled(&folder!("da")),
    en: compiled(&folder!("en")),
    broken: Vec::new(),
});

/// A file that stands in the place of one of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The folder it lies in.
    pub language: Language,
    /// Its name, as `follow_up.txt`.
    pub file: String,
    /// What is in it.
    pub text: String,
}

/// Something about a file of texts that keeps it from being used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The folder it lies in.
    pub language: Language,
    /// Its name.
    pub file: String,
    /// The line, where one can be named.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub next: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.language.code(), self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.what)
    }
}

/// The texts in both languages.
#[derive(Clone, Debug)]
pub struct Texts {
    da: Environment<'static>,
    en: Environment<'static>,
    broken: Vec<Fault>,
}

impl Texts {
    /// The texts that come with the program.
    pub fn built_in() -> &'static Texts {
        &BUILT_IN
    }

    /// The texts with some files in the place of ours. What is wrong with them stands in
    /// [`Texts::faults`].
    pub fn with(files: &[Override]) -> Texts {
        let mut texts = BUILT_IN.clone();
        let (frame, rules): (Vec<&Override>, Vec<&Override>) =
            files.iter().partition(|file| FRAME.contains(&file.file.as_str()));
        for file in &frame {
            let alone = BUILT_IN.clone().replaced(file);
            if let Err(fault) = alone.and_then(|alone| alone.try_frame(file.language)) {
                texts.broken.push(Fault { next: SET_ASIDE.to_owned(), ..fault });
            } else if let Ok(next) = texts.clone().replaced(file) {
                texts = next;
            }
        }
        for language in Language::ALL {
            if let Err(fault) = texts.try_frame(language) {
                texts.broken.push(Fault { next: TOGETHER.to_owned(), ..fault });
                *texts.environment_mut(language) = BUILT_IN.environment(language).clone();
            }
        }
        for file in rules {
            match texts.clone().replaced(file) {
                Ok(next) => texts = next,
                Err(fault) => texts.broken.push(fault),
            }
        }
        texts
    }

    /// What is wrong with files that stand in the place of ours.
    pub fn faults(&self) -> &[Fault] {
        &self.broken
    }

    fn replaced(mut self, file: &Override) -> Result<Texts, Fault> {
        if !is_known(&file.file) {
            return Err(file.fault(None, "no text has this name", NO_SUCH_TEXT));
        }
        if file.text.len() > MAX_FILE_BYTES {
            let what = format!("it is longer than {MAX_FILE_BYTES} bytes");
            return Err(file.fault(None, &what, "shorten it"));
        }
        self.environment_mut(file.language)
            .add_template_owned(file.file.clone(), file.text.clone())
            .map_err(|error| fault_of(file.language, &file.file, &error))?;
        Ok(self)
    }

    /// What keeps the text of a rule from being used, if anything does.
    fn broken(&self, language: Language, name: &str) -> Option<&Fault> {
        let of_rule = |fault: &&Fault| {
            fault.language == language && fault.file.split('.').next() == Some(name)
        };
        self.broken.iter().filter(|fault| !FRAME.contains(&fault.file.as_str())).find(of_rule)
    }

    fn environment(&self, language: Language) -> &Environment<'static> {
        match language {
            Language::Da => &self.da,
            Language::En => &self.en,
        }
    }

    fn environment_mut(&mut self, language: Language) -> &mut Environment<'static> {
        match language {
            Language::Da => &mut self.da,
            Language::En => &mut self.en,
        }
    }
}

impl Override {
    fn fault(&self, line: Option<usize>, what: &str, next: &str) -> Fault {
        let (what, next) = (what.to_owned(), next.to_owned());
        Fault { language: self.language, file: self.file.clone(), line, what, next }
    }
}

const SET_ASIDE: &str = "correct it; until then letters go out with the text of the program";
const TOGETHER: &str = "these files do not fit together; letters go out with those of the program";
const NO_SUCH_TEXT: &str = "give it the name of a text; docs/letters.md lists them";
const CORRECT: &str = "correct it; until then the reminders of this rule are not written";

/// Whether a rule has a text of its own.
pub(crate) fn knows(rule: &str) -> bool {
    name_of(rule).is_some()
}

/// Every rule that has a text, with the name of its file.
pub fn rules() -> impl Iterator<Item = (&'static str, &'static str)> {
    RULES.into_iter()
}

fn name_of(rule: &str) -> Option<&'static str> {
    RULES.iter().find(|(id, _)| *id == rule).map(|(_, name)| *name)
}

fn is_known(file: &str) -> bool {
    let of_rule = file.strip_suffix(".txt").or_else(|| file.strip_suffix(".html"));
    let is_rule = |name: &str| RULES.iter().any(|(_, known)| *known == name);
    FRAME.contains(&file) || of_rule.is_some_and(is_rule)
}

/// What the engine says, with the place and what to do.
fn fault_of(language: Language, file: &str, error: &Error) -> Fault {
    let what = match error.kind() {
        ErrorKind::OutOfFuel => "it takes too long: does a loop end?".to_owned(),
        ErrorKind::UndefinedError => {
            let known = "docs/letters.md lists what each text knows";
            format!("{}: {known}", error.detail().unwrap_or("it asks for what is not there"))
        }
        ErrorKind::WriteFailure => {
            let source = std::error::Error::source(error).map(ToString::to_string);
            source.unwrap_or_else(|| "it cannot be written".to_owned())
        }
        kind => error.detail().map_or_else(|| kind.to_string(), str::to_owned),
    };
    let file = error.name().filter(|name| is_known(name)).unwrap_or(file).to_owned();
    Fault { language, file, line: error.line(), what, next: CORRECT.to_owned() }
}

fn compiled(texts: &[(&'static str, &'static str)]) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("it keeps the usual marks, and those do not clash"));
    environment.set_formatter(|out, state, value| {
        if value.as_str().is_some_and(|text| text.len() > MAX_PUT_BYTES) {
            let what = "a value is longer than a letter may be";
            return Err(Error::new(ErrorKind::InvalidOperation, what));
        }
        match value.as_str().filter(|_| !value.is_safe()) {
            // The engine would turn each slash of an address into an entity.
            Some(text) if matches!(state.auto_escape(), AutoEscape::Html) => {
                Ok(out.write_str(&escaped(text))?)
            }
            _ => minijinja::escape_formatter(out, state, value),
        }
    });
    for (name, text) in texts {
        environment.add_template(name, text).expect("a text of ours is a template; tests read all");
    }
    environment
}

/// A text as it stands in a page, between tags or in quotation marks.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
