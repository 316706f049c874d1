//! Each of the 117 statements of the two source documents is served by something that exists, or is
//! no matter of software; `docs/traceability.md` says so, made from the same lines.
//!
//! `cargo test -p spor-tests --test it -- --ignored the_page_is_written_anew` writes the page.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use spor_domain::{policy, rules, schema};

use super::{none, root, rust};

const STATEMENTS: &str = include_str!("../../traceability/statements.txt");
const PAGE: &str = "docs/traceability.md";
/// The chapters of the two documents, with how many statements each holds.
const CHAPTERS: [(&str, &str, usize); 8] = [
    ("F4.0", "Scope and aim", 5),
    ("F4.1", "Frequent follow-up", 14),
    ("F4.2", "A flexible effort", 17),
    ("F4.3", "From one-to-one to groups", 16),
    ("F4.4", "At least three months", 9),
    ("F4.5", "Family and network", 14),
    ("F4.6", "Deliberate choice of method", 12),
    ("C2", "Case 2: mentor and adult support together", 30),
];

/// One statement.
struct Statement {
    id: &'static str,
    kind: &'static str,
    says: &'static str,
    /// Kind and name of what serves it.
    served: Vec<(&'static str, &'static str)>,
    /// Why it is no matter of software.
    not_software: Option<&'static str>,
}

fn statements() -> Vec<Statement> {
    let lines = STATEMENTS.lines().filter(|line| !line.starts_with('#'));
    lines.map(statement).collect()
}

fn statement(line: &'static str) -> Statement {
    let parts: Vec<&str> = line.split(" | ").collect();
    let [id, kind, says, by] = parts[..] else { panic!("four parts: {line}") };
    let not_software = by.strip_prefix("not_software:");
    let served = by.split(' ').filter(|_| not_software.is_none());
    let served = served.map(|word| word.split_once(':').expect("kind:name")).collect();
    Statement { id, kind, says, served, not_software }
}

#[test]
fn every_statement_of_the_two_documents_is_there_once() {
    let statements = statements();
    assert_eq!(statements.len(), 117);
    for (chapter, _, count) in CHAPTERS {
        let numbers: BTreeSet<usize> = statements
            .iter()
            .filter_map(|statement| statement.id.strip_prefix(chapter)?.strip_prefix('-'))
            .map(|number| number.parse().expect("a number"))
            .collect();
        let expected: BTreeSet<usize> = (1..=count).collect();
        assert_eq!(numbers, expected, "{chapter}");
    }
}

#[test]
fn every_statement_is_served_by_what_exists_or_is_no_matter_of_software() {
    let known = Known::read();
    let mut offenders = Vec::new();
    for statement in statements() {
        let id = statement.id;
        if let Some(reason) = statement.not_software {
            if reason.len() < 20 {
                offenders.push(format!("{id}: no reason"));
            }
            continue;
        }
        for (kind, name) in &statement.served {
            if !known.has(kind, name) {
                offenders.push(format!("{id}: there is no {kind} {name}"));
            }
        }
        let tests = statement.served.iter().filter(|(kind, _)| *kind == "test").count();
        if tests == 0 || tests == statement.served.len() {
            offenders.push(format!("{id}: names a test and something that it tries"));
        }
    }
    none(&offenders, "traceability");
}

#[test]
fn what_comes_from_the_two_documents_is_named_by_a_statement() {
    let statements = statements();
    let names: BTreeSet<(&str, &str)> =
        statements.iter().flat_map(|statement| statement.served.iter().copied()).collect();
    let is_theirs = |source: &str| ["F4", "Case 2", "C2"].iter().any(|at| source.starts_with(at));
    let rules = rules::ALL.iter().filter(|rule| is_theirs(rule.recommendation));
    let keys = policy::KEYS.iter().filter(|key| is_theirs(key.source));
    let named = rules.map(|rule| ("rule", rule.id)).chain(keys.map(|key| ("policy", key.name)));
    let missing = named.filter(|named| !names.contains(named));
    let missing: Vec<String> = missing.map(|(kind, name)| format!("{kind} {name}")).collect();
    none(&missing, "no statement names");
}

#[test]
fn every_switch_stands_in_the_source_and_names_a_test() {
    let known = Known::read();
    let text = include_str!("../../traceability/switches.txt");
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(lines.len() >= 3 * 30, "{} lines", lines.len());
    let mut offenders = Vec::new();
    for switch in lines.chunks(3) {
        let parts: Vec<&str> = switch[0].split(" | ").collect();
        let [id, file, test] = parts[..] else { panic!("three parts: {}", switch[0]) };
        let source = fs::read_to_string(root().join(file)).unwrap_or_default();
        let before = switch[1].strip_prefix("- ").expect("what stands there");
        if source.matches(before).count() != 1 {
            offenders.push(format!("{id}: {file} does not hold once: {before}"));
        }
        if !known.has("test", test) || !switch[2].contains("OFF") {
            offenders.push(format!("{id}: {test}"));
        }
    }
    none(&offenders, "switches");
}

#[test]
fn the_page_on_traceability_is_made_of_the_statements() {
    let page = fs::read_to_string(root().join(PAGE)).expect("the page");
    assert_eq!(page, rendered(), "run the ignored test the_page_is_written_anew");
}

#[test]
#[ignore = "writes docs/traceability.md"]
fn the_page_is_written_anew() {
    fs::write(root().join(PAGE), rendered()).expect("the page can be written");
}

/// Everything that a statement may name.
struct Known {
    words: BTreeMap<&'static str, BTreeSet<String>>,
    code: String,
}

impl Known {
    fn read() -> Self {
        let sources = rust();
        let text_of = |path: &str| {
            let found = sources.iter().find(|source| source.path == path);
            found.map_or("", |source| source.text.as_str())
        };
        let refusals = text_of("crates/domain/src/rejection.rs");
        let flags = text_of("crates/domain/src/view/flags.rs");
        let warnings = text_of("crates/domain/src/decide.rs");
        let models = sources.iter().filter(|source| {
            let is_of = |folder: &str| source.path.starts_with(folder) && !source.is_test();
            is_of("crates/projections/src/tables/") || is_of("crates/projections/src/reports")
        });
        let tables = models.filter_map(|source| {
            let name = source.text.split("    name: \"").nth(1)?.split('"').next()?;
            Some(name.to_owned())
        });
        let kinds = schema::event_types();
        let fields = kinds.flat_map(|kind| {
            kind.fields.iter().map(|field| format!("{}.{}", kind.name, field.name))
        });
        let deviations = flags.split("impl Deviation").nth(1).unwrap_or_default();
        let flags = flags.split("impl Deviation").next().unwrap_or_default();
        let words = BTreeMap::from([
            ("event", schema::event_types().map(|kind| kind.name.to_owned()).collect()),
            ("field", fields.collect()),
            ("rule", rules::ALL.iter().map(|rule| rule.id.to_owned()).collect()),
            ("policy", policy::KEYS.iter().map(|key| key.name.to_owned()).collect()),
            ("refusal", codes(refusals).chain(codes(deviations)).collect()),
            ("flag", codes(flags).collect()),
            ("warning", codes(warnings).collect()),
            ("table", tables.collect()),
        ]);
        let code = sources.into_iter().map(|source| source.text).collect();
        Self { words, code }
    }

    fn has(&self, kind: &str, name: &str) -> bool {
        match kind {
            "test" => is_test(&self.code, name),
            kind => self.words.get(kind).is_some_and(|known| known.contains(name)),
        }
    }
}

/// The codes that the arms of a `match` give: `… => "too_early",`.
fn codes(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter_map(|line| {
        let code = line.trim().split_once("=> \"")?.1.strip_suffix("\",")?;
        Some(code.to_owned())
    })
}

/// Whether a function of that name stands under an attribute that makes a test of it.
fn is_test(code: &str, name: &str) -> bool {
    let head = format!("fn {name}(");
    let mut places = code.match_indices(&head).map(|(at, _)| at);
    places.any(|at| code[..at].trim_end().trim_end_matches("async").trim_end().ends_with("test]"))
}

fn rendered() -> String {
    let statements = statements();
    let idle = statements.iter().filter(|s| s.not_software.is_some()).count();
    let mut page = format!(
        "# Traceability\n\n\
        What the two source documents say, statement by statement, and what serves it here. Made \
        from\n`tests/traceability/statements.txt` by a test that fails when a named thing does not \
        exist. Of {}\nstatements {idle} are no matter of software (evidence, voices).\n\n\
        Kind: DL deadline, INV invariant, REC practice, DATA, ROLE, REP report, RISK, EVID \
        evidence,\nVOICE. Strength: M must, S should, m may, - none. What the named tests find \
        when the rule is\nswitched off stands in `docs/switched-off.md`.\n",
        statements.len()
    );
    for (chapter, title, count) in CHAPTERS {
        write!(page, "\n## {chapter} {title} ({count})\n\n").expect("text grows");
        page.push_str(
            "| id | kind | what it says | served by | tried by |\n|---|---|---|---|---|\n",
        );
        let prefix = format!("{chapter}-");
        for statement in statements.iter().filter(|s| s.id.starts_with(&prefix)) {
            let (by, tests) = match statement.not_software {
                Some(reason) => (format!("*not software*: {reason}"), "–".to_owned()),
                None => (served(statement), listed(statement, "test")),
            };
            let Statement { id, kind, says, .. } = statement;
            writeln!(page, "| {id} | {kind} | {says} | {by} | {tests} |").expect("text grows");
        }
    }
    let named: BTreeSet<&str> = statements
        .iter()
        .flat_map(|s| s.served.iter())
        .map(|(_, name)| name.split('.').next().unwrap_or_default())
        .collect();
    let others = schema::event_types().filter(|kind| !named.contains(kind.name));
    let others: Vec<String> = others.map(|kind| format!("`{}`", kind.name)).collect();
    page.push_str("\n## Beyond the two documents\n\nEvents that no statement asks for: ");
    page.push_str("today's law, bookkeeping, the program's own facts.\n\n");
    writeln!(page, "{}", others.join(", ")).expect("text grows");
    page
}

fn served(statement: &Statement) -> String {
    let order = ["event", "field", "rule", "refusal", "warning", "flag", "policy", "table"];
    let groups = order.into_iter().filter_map(|kind| {
        let names = listed(statement, kind);
        (!names.is_empty()).then(|| format!("{kind} {names}"))
    });
    groups.collect::<Vec<_>>().join("; ")
}

fn listed(statement: &Statement, kind: &str) -> String {
    let of_kind = statement.served.iter().filter(|(of, _)| *of == kind);
    of_kind.map(|(_, name)| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
