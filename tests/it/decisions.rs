//! Every refusal by its code, each beside the wish that is granted; and the days at the borders.

use std::fs;
use std::path::Path;

use spor_domain::policy::Policy;
use spor_domain::view::View;

mod advice;
mod assigning;
mod clocks;
mod closing;
mod correction;
mod door;
mod duties;
mod erasure;
mod family;
mod goal_and_method;
mod group;
mod handing;
mod hours;
mod lab_period;
mod limited_period;
mod opening;
mod reopening;
mod session;
mod staff_and_policy;
mod support;
mod transition;

/// A case opened on a Monday, of a young person who is of age.
const OPENED: &str = "2025-01-06 CaseOpened birth_date=2004-06-18 mentor=M-01 caseworker=SB-01";
/// Support under SEL § 85 from the first day, which no period limits.
const SEL: &str = "2025-01-06 SupportGranted track=T1 basis=SEL-85 weekly_hours=4 budget=social";
/// Mentor support under LAB § 167 for the six months that the law allows.
const LAB: &str =
    "2025-01-06 SupportGranted track=T1 basis=LAB-167 weekly_hours=4 until=2025-07-06";

/// The words of the flags that are up.
fn flags(view: &View, policy: &Policy) -> Vec<&'static str> {
    view.flags(policy).into_iter().map(|flag| flag.as_str()).collect()
}

/// The words of the bases that are active.
fn active(view: &View) -> Vec<&'static str> {
    view.active_bases().into_iter().map(|basis| basis.as_str()).collect()
}

#[test]
fn every_code_of_a_refusal_has_a_test_here() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = fs::read_to_string(root.join("../crates/domain/src/rejection.rs")).unwrap();
    let door = fs::read_to_string(root.join("../crates/domain/src/door/malformed.rs")).unwrap();
    let mut tests = String::new();
    for entry in fs::read_dir(root.join("it/decisions")).unwrap() {
        tests.push_str(&fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    let codes = source.lines().filter_map(|line| {
        let code = line.trim().strip_prefix("Self::")?.split_once("=> \"")?.1;
        code.strip_suffix("\",")
    });
    let refusals: Vec<&str> = codes.filter(|code| is_code(code)).collect();
    assert!(refusals.len() > 30, "{refusals:?}");
    for code in refusals {
        assert!(tests.contains(&format!("rejected(\"{code}\")")), "no test of {code}");
    }
    for code in door.lines().map(str::trim).filter_map(|line| line.strip_prefix('"')) {
        let Some(code) = code.strip_suffix("\",").filter(|code| is_code(code)) else {
            continue;
        };
        let is_of_import = code.starts_with("recorded_");
        assert!(is_of_import || tests.contains(&format!("(\"{code}\")")), "no test of {code}");
    }
}

fn is_code(text: &str) -> bool {
    text.contains('_') && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
