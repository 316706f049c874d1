//! Every promise names tests that exist, on the databases it names.

use super::{none, root, sources};

#[test]
fn every_promise_has_the_tests_it_names() {
    let page = std::fs::read_to_string(root().join("docs/promises.md")).unwrap();
    let tests: Vec<_> = sources("tests").into_iter().filter(|source| source.is_rust()).collect();
    let (mut offenders, mut count) = (Vec::new(), 0);
    for row in page.lines().filter(|line| line.starts_with("| ") && line.contains('`')) {
        let tried = row.trim_end_matches([' ', '|']).rsplit(" | ").next().unwrap_or_default();
        for (at, group) in tried.split(';').enumerate() {
            for name in group.split('`').skip(1).step_by(2) {
                count += 1;
                let head = format!("fn {name}(");
                let home = tests.iter().find(|source| source.text.contains(&head));
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
    assert!(count > 20, "the names were found: {count}");
    none(&offenders, "promises");
}

/// Whether a file lists a test among those that run on both databases.
fn is_on_both(text: &str, name: &str) -> bool {
    let list = text.split("on_both!").nth(1).and_then(|rest| rest.split(['}', ')']).next());
    let mut listed = list.into_iter().flat_map(|list| list.split([',', '{', '(']));
    listed.any(|listed| listed.trim() == name)
}
