//! Acceptance stories through the real binary: `init`, `import`, `case show`, `reminders list`.
//!
//! `SPOR_STORIES=FILE cargo test -p spor-tests --test e2e stories_of_another_file` tells the
//! stories of another file; `SPOR_STORY=S01` picks one of them.

use std::path::Path;

use serde_json::Value;
use spor_tests::stories;

#[test]
fn born_on_29_february_meets_late() {
    told("seed.json", "S01");
}

#[test]
fn support_is_switched_and_back_with_one_person() {
    told("seed.json", "S02");
}

#[test]
fn a_course_ends_early_as_the_young_person_wishes() {
    told("seed.json", "S04");
}

#[test]
fn a_volunteer_takes_over() {
    told("seed.json", "S11");
}

#[test]
fn wrong_entries_are_corrected_and_stay_visible() {
    told("seed.json", "S06");
}

#[test]
fn a_follow_up_is_missed_twice() {
    told("seed.json", "S08");
}

#[test]
fn what_the_seed_leaves_open_is_settled_by_stories_of_our_own() {
    let path = folder().join("own.json");
    let stories = stories::of_file(&path);
    all_come_out(&stories.iter().collect::<Vec<_>>());
}

#[test]
fn stories_of_another_file_come_out_as_they_say() {
    let Some(path) = std::env::var_os("SPOR_STORIES") else {
        return;
    };
    let stories = stories::of_file(Path::new(&path));
    let picked = std::env::var_os("SPOR_STORY");
    let is_picked =
        |story: &&Value| picked.as_ref().is_none_or(|id| story["id"].as_str() == id.to_str());
    all_come_out(&stories.iter().filter(is_picked).collect::<Vec<_>>());
}

#[test]
fn a_story_that_is_not_so_is_told_apart() {
    let stories = stories::of_file(&folder().join("seed.json"));
    let mut story = stories.into_iter().find(|story| story["id"] == "S08").expect("S08");
    story["events"][1]["expect"] = "rejected".into();
    story["expectations"] = serde_json::json!([
        {"as_of": "2025-04-04", "case": "SPOR-2025-0808", "expect": {
            "age": 20, "follow_up": {"status": "ok", "missed_intervals": 1},
            "flags": ["imported_history"], "reminders_absent": ["R01", "R05"],
            "reminders_open": [
                {"rule": "R01", "due": "2025-04-03", "level": "overdue", "to": ["mentor"]},
                {"rule": "R07", "level": "notice", "to": []}
            ]}},
        {"as_of": "2024-04-04", "case": "SPOR-2025-0808", "expect": {"state": "open"}},
    ]);
    let failures = stories::tell(&story);
    assert_eq!(failures.len(), 9, "{failures:#?}");
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("stories")
}

fn told(file: &str, id: &str) {
    let stories = stories::of_file(&folder().join(file));
    let story = stories.iter().find(|story| story["id"] == id);
    all_come_out(&[story.expect("the story is in the file")]);
}

fn all_come_out(stories: &[&Value]) {
    let failures: Vec<String> = stories.iter().flat_map(|story| stories::tell(story)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
