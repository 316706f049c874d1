//! Why a rule has no deadline in a case on a day: which of its conditions fails.

use spor_domain::consent::PARENT_UPDATES;
use spor_domain::policy::Policy;
use spor_domain::rejection::Language;
use spor_domain::rules::Rule;
use spor_domain::support::Basis;
use spor_domain::view::{State, View};

use super::Reason;

/// The condition that fails: a stable word, and the sentence in Danish and English.
pub(super) fn fails(rule: &Rule, view: &View, policy: &Policy, language: Language) -> Reason {
    let (code, da, en) = of_case(view).unwrap_or_else(|| of_rule(rule, view, policy));
    let text = match language {
        Language::Da => da,
        Language::En => en,
    };
    Reason { code: code.to_owned(), text: text.to_owned() }
}

type Said = (&'static str, &'static str, &'static str);

fn of_case(view: &View) -> Option<Said> {
    if view.erased_on.is_some() {
        return Some((
            "erased",
            "personens oplysninger er slettet, og med dem alle pligter",
            "the person's data are erased, and with them every duty",
        ));
    }
    None
}

fn of_rule(rule: &Rule, view: &View, policy: &Policy) -> Said {
    let has_begun = !view.episodes.is_empty();
    match rule.id {
        "R16" => (
            "not_waiting",
            "forløbet har ikke stået på venteliste på denne dag",
            "the case has not been on the waiting list by that day",
        ),
        _ if !has_begun => (
            "not_begun",
            "forløbet er ikke begyndt på denne dag",
            "the case has not begun by that day",
        ),
        "R02" => (
            "dialogue_kept",
            "der var dialog hver uge, eller støtten hviler",
            "there was a dialogue every week, or support rests",
        ),
        "R03" | "R04" => of_age(view, policy),
        "R07" => of_lab(view),
        "R08" => (
            "no_limited_period",
            "ingen måned med mere støtte er begyndt",
            "no month with more support was begun",
        ),
        "R09" => of_hours(view),
        "R11" => of_parents(view, policy),
        "R12" => (
            "volunteer_enough",
            "ingen frivillig har haft en hel måned under det aftalte",
            "no volunteer has had a whole month below the agreement",
        ),
        "R13" => ("no_handover", "ingen overlevering er begyndt", "no handover was begun"),
        "R14" => (
            "not_closed",
            "forløbet er ikke afsluttet her på denne dag",
            "the case was not closed here by that day",
        ),
        "R15" => (
            "no_dual_role",
            "ingen har to aktive spor i forløbet på denne dag",
            "nobody holds two active tracks in the case on that day",
        ),
        "R17" if !policy.law_steps_rule => (
            "rule_off",
            "kommunen har slået reglen fra (law_steps_rule)",
            "the municipality has switched the rule off (law_steps_rule)",
        ),
        "R17" => (
            "no_law_measure",
            "ingen støtte efter Barnets Lov (BL-32) er bevilget",
            "no support under the children's act (BL-32) was granted",
        ),
        _ => (
            "no_deadline",
            "reglen har ingen frist i forløbet på denne dag",
            "the rule has no deadline in this case on this day",
        ),
    }
}

fn of_age(view: &View, policy: &Policy) -> Said {
    if view.known_birth_date().is_none() {
        return (
            "birth_date_unknown",
            "fødselsdatoen kan ikke læses: slettet, eller nøglen mangler",
            "the birth date cannot be read: erased, or its key is missing",
        );
    }
    let begun = view.episodes.first().map(|episode| episode.start);
    if view.adult_on(policy) <= begun {
        return (
            "adult_at_start",
            "den unge var fyldt 18, da forløbet begyndte",
            "the young person was 18 when the case began",
        );
    }
    ("no_deadline", "reglen har ingen frist i forløbet", "the rule has no deadline in this case")
}

fn of_lab(view: &View) -> Said {
    let has_lab = view.tracks.iter().any(|track| track.basis == Basis::Lab167);
    if has_lab {
        return (
            "no_last_day",
            "mentorbevillingen har ingen slutdato",
            "the mentor grant has no last day",
        );
    }
    (
        "no_lab_track",
        "ingen mentorstøtte efter LAB § 167 er bevilget på denne dag",
        "no mentor support under LAB § 167 was granted by that day",
    )
}

fn of_hours(view: &View) -> Said {
    if view.tracks.is_empty() {
        return (
            "no_track",
            "ingen støtte er bevilget, så der er ingen timer at holde op imod",
            "no support was granted, so there are no hours to compare",
        );
    }
    (
        "hours_kept",
        "timerne holder sig til bevillingen, hviler, eller er yngre end fire uger",
        "the hours keep to the grant, rest, or are younger than four weeks",
    )
}

fn of_parents(view: &View, policy: &Policy) -> Said {
    if view.family.agreements.is_empty() {
        return (
            "nothing_agreed",
            "familiens inddragelse er ikke aftalt",
            "nothing was agreed with the family",
        );
    }
    let given = view.family.consents.iter().rfind(|c| c.scope.as_deref() == Some(PARENT_UPDATES));
    if !given.is_some_and(|consent| consent.is_given) {
        return (
            "no_consent",
            "den unge har ikke givet samtykke, eller har trukket det tilbage",
            "the young person has not consented, or has withdrawn it",
        );
    }
    if view.adult_on(policy).is_some_and(|on| on <= view.day) {
        return ("adult", "den unge er fyldt 18", "the young person is 18");
    }
    if view.state() != Some(State::Open) {
        return ("not_open", "forløbet er afsluttet", "the case has ended");
    }
    ("no_deadline", "ingen opdatering er aftalt at forfalde", "no update is agreed to be due")
}
