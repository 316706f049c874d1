//! Every promise names tests that exist, on the databases it names.

use super::{none, root, sources};

#[test]
fn every_promise_has_the_tests_it_names() {
    let page = std::fs::read_to_string(root().join("docs/promises.md")).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| is_row(line) && line.contains('`')).collect();
    assert!(every_name_is_a_test(&rows, "promises") > 20);
}

#[test]
fn every_fault_of_a_letters_way_names_the_tests_that_make_it_happen() {
    let page = std::fs::read_to_string(root().join("docs/reminders.md")).unwrap();
    let tables = page.split("## What fails").nth(1).expect("the tables of faults");
    let rows: Vec<&str> =
        tables.lines().filter(|line| is_row(line) && !line.starts_with("| fault ")).collect();
    assert!(rows.len() > 38, "{} faults", rows.len());
    let bare: Vec<String> =
        rows.iter().filter(|row| !row.contains('`')).map(|row| (*row).to_owned()).collect();
    none(&bare, "a fault without a test");
    assert!(every_name_is_a_test(&rows, "faults") > 90);
}

fn is_row(line: &str) -> bool {
    line.starts_with("| ")
}

/// Counts the names in the last cells of rows; each must be a test, and run where the row says.
fn every_name_is_a_test(rows: &[&str], what: &str) -> usize {
    let tests: Vec<_> = sources("tests").into_iter().filter(|source| source.is_rust()).collect();
    let (mut offenders, mut count) = (Vec::new(), 0);
    for row in rows {
        let tried = row.trim_end_matches([' ', '|']).rsplit(" | ").next().unwrap_or_default();
        for (at, group) in tried.split(';').enumerate() {
            for name in group.split('`').skip(1).step_by(2) {
                count += 1;
                // A function, or a row of a macro that makes one.
                let (head, row) = (format!("fn {name}("), format!("    {name}: "));
                let is_home = |text: &str| text.contains(&head) || text.contains(&row);
                let home = tests.iter().find(|source| is_home(&source.text));
                let on_both = at == 0 && group.contains("both:");
                match home {
                    None => offenders.push(format!("{name} is no test")),
                    Some(home) if on_both && !is_on_both(&home.text, name) => {
                        offenders.push(format!("{name} runs on one database only"));
                    }
                    Some(_) => {}
                }
            }
        }
    }
    none(&offenders, what);
    count
}

/// Whether a file lists a test among those that run on both databases.
fn is_on_both(text: &str, name: &str) -> bool {
    let list = text.split("on_both!").nth(1).and_then(|rest| rest.split(['}', ')']).next());
    let mut listed = list.into_iter().flat_map(|list| list.split([',', '{', '(']));
    listed.any(|listed| listed.trim() == name)
}
