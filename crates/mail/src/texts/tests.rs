use chrono::NaiveDate;

use super::words::{civil_day, last_month};
use super::{FRAME, Override, ROLES, RULES, Sample, Texts};
use crate::compose::{self, ComposeError, Refusal};
use crate::digest::{Language, Level};

fn file(name: &str, text: &str) -> Override {
    Override { language: Language::Da, file: name.to_owned(), text: text.to_owned() }
}

fn sample() -> Sample {
    Sample { language: Language::Da, with_link: true }
}

/// What becomes of a digest of R01 and R05 when these files stand in the place of ours.
fn written(files: &[Override]) -> Result<compose::Composed, ComposeError> {
    let items = ["R01", "R05"].map(|rule| sample().item(rule, Level::Overdue, "mentor"));
    let digest = sample().digest(items.to_vec());
    compose::compose(&Texts::with(files), &digest, &sample().header(), &[])
}

/// The one item that was left out, by its place in the letter, and why.
fn refused(text: &str) -> (usize, String) {
    let letter = written(&[file("follow_up.txt", text)]).expect("the other item goes out");
    let [refused] = &letter.refused[..] else { panic!("{:?}", letter.refused) };
    let Refusal::Text(fault) = &refused.why else { panic!("{:?}", refused.why) };
    assert_eq!(fault.file, "follow_up.txt");
    (refused.item, fault.to_string())
}

const OWN: &str = "{% extends \"item.txt\" %}{% block subject %}Kort{% endblock %}\
                   {% block matter %}ring {{ due }}{% endblock %}";

#[test]
fn every_text_can_be_read_in_both_languages() {
    for language in Language::ALL {
        let environment = Texts::built_in().environment(language);
        let rules = RULES.map(|(_, name)| format!("{name}.txt"));
        for file in rules.into_iter().chain(FRAME.map(str::to_owned)) {
            assert!(environment.get_template(&file).is_ok(), "{file}");
        }
    }
}

#[test]
fn every_letter_of_ours_can_be_written() {
    let checked = Texts::built_in().check();
    assert_eq!(checked.faults, []);
    assert_eq!(checked.letters, 2 * (RULES.len() * Level::ALL.len() * ROLES.len() * 7 + 3));
}

#[test]
fn a_text_of_a_readers_own_stands_in_both_parts() {
    let letter = written(&[file("follow_up.txt", OWN)]).unwrap();
    let parsed = mail_parser::MessageParser::default().parse(&letter.bytes).unwrap();
    assert!(parsed.body_text(0).unwrap().contains("ring 15.11.2026"));
    assert!(parsed.body_html(0).unwrap().contains("<p>Ring 15.11.2026.</p>"));
    assert_eq!(letter.refused, []);
}

#[test]
fn a_rule_may_have_a_page_of_its_own() {
    let page = file("follow_up.html", "<li><h3>Sag {{ case }}</h3><p>{{ matter }}</p></li>");
    let letter = written(&[page]).unwrap();
    let parsed = mail_parser::MessageParser::default().parse(&letter.bytes).unwrap();
    assert!(parsed.body_html(0).unwrap().contains("<p>opf\u{f8}lgning mellem"));
}

#[test]
fn a_text_that_does_not_compile_takes_its_own_rule_along_and_no_other() {
    let (item, why) = refused("{% extends \"item.txt\" %}\n{% block subject %}{{ due }");
    assert_eq!(item, 0);
    assert!(why.starts_with("da/follow_up.txt:2: "), "{why}");
}

#[test]
fn a_text_that_asks_for_what_is_not_there_is_refused_with_its_line() {
    let (_, why) = refused(&OWN.replace("{{ due }}", "\n{{ name }}"));
    assert!(why.starts_with("da/follow_up.txt:2: "), "{why}");
    assert!(why.contains("docs/letters.md"), "{why}");
}

#[test]
fn a_text_that_never_ends_is_stopped() {
    let endless = "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}";
    let (_, why) = refused(&OWN.replace("ring", endless));
    assert!(why.contains("does a loop end?"), "{why}");
}

#[test]
fn a_text_that_would_write_ten_megabytes_is_stopped() {
    let page = "{% for a in range(10000) %}".to_owned() + &"x".repeat(1024) + "{% endfor %}";
    let (_, why) = refused(&OWN.replace("ring", &page));
    assert!(why.contains("bytes"), "{why}");
    let doubled = "{% set a %}xxxxxxxx{% endset %}".to_owned()
        + &"{% set a %}{{ a }}{{ a }}{% endset %}".repeat(30);
    let (_, why) = refused(&OWN.replace("ring", &doubled));
    assert!(why.contains("longer than a letter may be"), "{why}");
}

#[test]
fn a_text_that_repeats_a_number_of_a_person_is_refused() {
    for number in ["999999-9999", "999999\u{ad}-9999", "99999&#57;-9999"] {
        let page = format!("<li><h3>x</h3>{number}</li>");
        let letter = written(&[file("follow_up.html", &page)]).unwrap();
        assert!(matches!(letter.refused[0].why, Refusal::Forbidden(_)), "{number}");
    }
}

#[test]
fn a_frame_that_fails_is_set_aside_and_letters_go_out_in_ours() {
    for (name, text) in [
        ("digest.txt", "{% block subject %}x{% endblock %}{{ nothing }}"),
        ("item.txt", "{% block matter %}"),
        ("page.html", "{{ nothing }}"),
        ("words.txt", "{% set roles = {} %}"),
    ] {
        let texts = Texts::with(&[file(name, text)]);
        assert_eq!(texts.faults().len(), 1, "{name}: {:?}", texts.faults());
        assert!(texts.faults()[0].next.contains("text of the program"));
        let letter = written(&[file(name, text)]).unwrap();
        assert_eq!(letter, written(&[]).unwrap());
    }
}

#[test]
fn a_frame_of_a_readers_own_is_used_where_it_can_be() {
    let page = Texts::built_in().environment(Language::Da).get_template("page.html").unwrap();
    let own = page.source().replace("<p class=\"from\">Spor", "<p class=\"from\">Ungeindsatsen");
    let letter = written(&[file("page.html", &own)]).unwrap();
    assert!(String::from_utf8(letter.bytes).unwrap().contains("Ungeindsatsen"));
}

#[test]
fn a_file_that_no_letter_uses_is_named() {
    let checked = Texts::with(&[file("follow-up.txt", OWN)]).check();
    assert_eq!(checked.faults.len(), 1);
    assert_eq!(checked.faults[0].to_string(), "da/follow-up.txt: no text has this name");
}

#[test]
fn a_check_names_each_place_once() {
    let text = OWN.replace("ring", "{{ nobody }}");
    let checked = Texts::with(&[file("hours.txt", &OWN.replace("ring", "{{ due }}"))]).check();
    assert_eq!(checked.faults.len(), 1, "{:?}", checked.faults);
    let checked = Texts::with(&[file("follow_up.txt", &text)]).check();
    assert_eq!(checked.faults.len(), 1, "{:?}", checked.faults);
}

#[test]
fn both_languages_have_the_same_words() {
    let keys = |environment: &minijinja::Environment<'_>, table: &str| {
        let words = environment.get_template("words.txt").unwrap();
        let words = words.render_captured(()).unwrap();
        let table = words.state().lookup(table).expect("the table is there");
        let mut keys: Vec<String> = table.try_iter().unwrap().map(|key| key.to_string()).collect();
        keys.sort();
        keys
    };
    let mut roles = ROLES.map(str::to_owned);
    roles.sort();
    let mut levels = Level::ALL.map(|level| level.code().to_owned());
    levels.sort();
    for language in Language::ALL {
        let environment = Texts::built_in().environment(language);
        assert_eq!(keys(environment, "roles"), roles);
        for table in ["levels", "headings", "meanings"] {
            assert_eq!(keys(environment, table), levels);
        }
    }
}

#[test]
fn days_are_written_as_people_write_them() {
    let day = NaiveDate::from_ymd_opt(2026, 3, 5).unwrap();
    assert_eq!(civil_day(Language::Da, day), "05.03.2026");
    assert_eq!(civil_day(Language::En, day), "5 March 2026");
}

#[test]
fn a_statement_about_a_month_names_the_month_before() {
    let day = |text: &str| text.parse().unwrap();
    assert_eq!(last_month(Language::Da, day("2026-01-01")), "december 2025");
    assert_eq!(last_month(Language::En, day("2025-10-31")), "September 2025");
}
