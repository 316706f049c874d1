//! The handbook's commands do what the handbook says: they are run in its order.

use std::fs;
use std::path::Path;

use spor_tests::binary::Sandbox;

/// The commands of the handbook's blocks, without `spor`.
fn commands() -> Vec<Vec<String>> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/haandbog.md");
    let text = fs::read_to_string(page).unwrap();
    let blocks = text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let lines = blocks.flat_map(str::lines);
    lines.map(|line| words(line.strip_prefix("spor ").expect("a command of ours"))).collect()
}

/// Words as a shell splits them; text in single quotes stays together.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for letter in line.chars() {
        match letter {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            letter => words.last_mut().expect("there is always a word").push(letter),
        }
    }
    words
}

#[test]
fn every_command_of_the_handbook_works() {
    let commands = commands();
    assert!(commands.len() > 50, "{}", commands.len());
    let sandbox = Sandbox::empty();
    for command in &commands {
        let arguments: Vec<&str> = command.iter().map(String::as_str).collect();
        sandbox.must(&arguments);
    }
}
