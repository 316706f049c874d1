//! `spor record --help`: the catalogue of types, and each type's fields with an example.

use std::fmt::Write;

use spor_domain::rejection::Language;
use spor_domain::schema::{self, Category, EventType, Field, Kind};

use crate::report::{Exit, Report};

/// Help on one type, or the list of them.
pub fn help(name: Option<&str>, language: Language) -> Result<String, Report> {
    match name {
        None => Ok(catalogue(language)),
        Some(name) => schema::find_written(name).map(|kind| one(kind, language)).ok_or_else(|| {
            let near = schema::nearest_type(name);
            let near = near.map(|near| format!("did you mean {near}? ")).unwrap_or_default();
            Report::new(
                Exit::Usage,
                "unknown_type",
                format!("there is no event type {name}"),
                "only the types of the catalogue can be stored",
                format!("{near}`spor record --help` lists the types"),
            )
        }),
    }
}

fn catalogue(language: Language) -> String {
    let mut out = String::from(
        "Record one fact by its catalogue name.\n\n\
         Usage: spor record TYPE --case REF [--date D] [--id ENTRY] key=value…\n       \
         spor record --json -   (one entry on stdin)\n\nTypes:\n",
    );
    for kind in schema::event_types().filter(|kind| kind.is_written_by_people()) {
        let _ = writeln!(out, "  {:<32} {}", kind.kebab(), headline(kind, language));
    }
    out.push_str(
        "\nEach type explains itself: spor record session-held --help\n\
         Options: --case --person --group --json --date --id --dry-run --idempotency-key, \
         and those of `spor --help`\n\nExample:\n  \
         spor record session-held --case SPOR-2025-0606 --date 2025-03-12 minutes=60 by=M-04 \
         form=one_to_one\n",
    );
    out
}

fn headline(kind: &EventType, language: Language) -> &'static str {
    match language {
        Language::Da => kind.da,
        Language::En => kind.en,
    }
}

fn one(kind: &EventType, language: Language) -> String {
    let stream = match kind.category {
        Category::Case => " --case REF",
        Category::Staff => " --person REF",
        Category::Group => " --group REF",
        Category::Programme | Category::Reminders | Category::Claim => "",
    };
    let mut out = format!(
        "{}: {}\n\nUsage: spor record {}{stream} [--date D] [--id ENTRY] key=value…\n\nFields:\n",
        kind.name,
        headline(kind, language),
        kind.kebab(),
    );
    for field in kind.fields {
        let need = if field.required { "" } else { " (optional)" };
        let _ = writeln!(out, "  {:<22} {}{need}: {}", field.name, shape(field), field.meaning);
    }
    let _ = write!(out, "\nAs a journal line:\n  {}\n", kind.sample);
    out
}

fn shape(field: &Field) -> String {
    match field.kind {
        Kind::Reference => "reference".to_owned(),
        Kind::Name => "name".to_owned(),
        Kind::Names => "names, separated by commas".to_owned(),
        Kind::Code(list) => list.join("|"),
        Kind::Codes(list) => format!("of {}, separated by commas", list.join("|")),
        Kind::Cases => "cases, separated by commas".to_owned(),
        Kind::Who => "reference, or text".to_owned(),
        Kind::Answer => "true|false, or text".to_owned(),
        Kind::Text([]) => "text".to_owned(),
        Kind::Text(known) => format!("text, or {}", known.join("|")),
        Kind::Texts([]) => "texts, separated by commas".to_owned(),
        Kind::Texts(known) => format!("texts, known are {}", known.join(",")),
        Kind::Date => "YYYY-MM-DD".to_owned(),
        Kind::Whole => "whole number".to_owned(),
        Kind::Decimal => "hours".to_owned(),
        Kind::Flag => "true|false".to_owned(),
        Kind::Value => "number, word or true|false".to_owned(),
        Kind::Changes => "JSON object of fields".to_owned(),
    }
}
