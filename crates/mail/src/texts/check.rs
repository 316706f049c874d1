//! Every text in every language, level, role and note, written once with invented values.

use std::collections::BTreeSet;

use super::{FRAME, Fault, ROLES, Sample, Texts, rules};
use crate::compose::{self, ComposeError, Refusal};
use crate::digest::{Held, ItemNote, Language, Level};

/// What a check found.
#[derive(Debug, Default)]
pub struct Checked {
    /// How many letters were written.
    pub letters: usize,
    /// What is wrong, each place once.
    pub faults: Vec<Fault>,
}

impl Texts {
    /// Writes every letter there can be, with invented values, and says what is wrong.
    pub fn check(&self) -> Checked {
        let mut checked = Checked { letters: 0, faults: self.faults().to_vec() };
        for language in Language::ALL {
            for (rule, name) in rules() {
                // Its own fault is known; what stands in its place is not tried again.
                if self.broken(language, name).is_none() {
                    self.check_rule(language, (rule, name), &mut checked);
                }
            }
            let found = self.try_frame(language).err();
            checked.faults.extend(found);
            checked.letters += 3;
        }
        let mut seen = BTreeSet::new();
        checked.faults.retain(|fault| seen.insert(fault.to_string()));
        checked
    }

    fn check_rule(&self, language: Language, (rule, name): (&str, &str), checked: &mut Checked) {
        for (level, role) in Level::ALL.into_iter().flat_map(|l| ROLES.map(|role| (l, role))) {
            for (note, with_link) in notes() {
                let sample = Sample { language, with_link };
                let mut item = sample.item(rule, level, role);
                item.note = note;
                checked.letters += 1;
                let letter =
                    compose::compose(self, &sample.digest(vec![item]), &sample.header(), &[]);
                let fault = match letter {
                    Ok(_) => continue,
                    Err(ComposeError::AllRefused(refused)) => match refused.into_iter().next() {
                        Some(compose::Refused { why: Refusal::Text(fault), .. }) => fault,
                        Some(refused) => unwritable(language, name, &refused.why.to_string()),
                        None => continue,
                    },
                    Err(error) => unwritable(language, name, &error.to_string()),
                };
                checked.faults.push(fault);
            }
        }
    }

    /// Writes what stands in every letter, with the program's own texts of the rules.
    pub(super) fn try_frame(&self, language: Language) -> Result<(), Fault> {
        let sample = Sample { language, with_link: true };
        let header = sample.header();
        let mut own = self.clone();
        own.broken.retain(|fault| FRAME.contains(&fault.file.as_str()));
        let (built_in, environment) =
            (Texts::built_in().environment(language), own.environment_mut(language));
        for (_, name) in rules() {
            environment.remove_template(&format!("{name}.html"));
            let file = format!("{name}.txt");
            let text = built_in.get_template(&file).expect("a text of ours").source().to_owned();
            environment.add_template_owned(file, text).expect("a text of ours is a template");
        }
        let named = |error: ComposeError| match error {
            ComposeError::Text(fault) => fault,
            ComposeError::AllRefused(mut refused) => match refused.swap_remove(0).why {
                Refusal::Text(fault) => fault,
                why => unwritable(language, "item", &why.to_string()),
            },
            error => unwritable(language, "digest", &error.to_string()),
        };
        for count in [1, 2, compose::MAX_LINES + 2] {
            let mut digest = sample.digest(sample.items(count));
            digest.held = (1..count.min(3))
                .map(|_| Held {
                    rule: "R01".to_owned(),
                    case_ref: "2026-016".to_owned(),
                    role: "mentor".to_owned(),
                    due: Sample::day(),
                    calendar_id: "ponmlkjihgfedcba".to_owned(),
                })
                .collect();
            let letter = compose::compose(&own, &digest, &header, &[]).map_err(named)?;
            let refused = letter.refused.into_iter().next();
            refused
                .map_or(Ok(()), |refused| Err(named(ComposeError::AllRefused(vec![refused]))))?;
        }
        compose::trial(&own, &header, language).map_err(named)?;
        compose::checkpoint(&own, &sample.tree(), &header, language).map_err(named)?;
        Ok(())
    }
}

fn notes() -> Vec<(Option<ItemNote>, bool)> {
    let role = || "caseworker".to_owned();
    vec![
        (None, true),
        (None, false),
        (Some(ItemNote::MetMeanwhile), true),
        (Some(ItemNote::DelayExplained), true),
        (Some(ItemNote::RoleVacant { role: role() }), true),
        (Some(ItemNote::LetterRefused { role: role() }), true),
        (Some(ItemNote::NoAddress { role: role() }), true),
    ]
}

fn unwritable(language: Language, name: &str, what: &str) -> Fault {
    let (file, what) = (format!("{name}.txt"), what.to_owned());
    let next = "take it out of the text".to_owned();
    Fault { language, file, line: None, what, next }
}
