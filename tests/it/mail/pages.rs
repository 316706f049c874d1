//! What every page of a letter keeps, without a browser: language, headings, links, contrast.

use std::collections::BTreeMap;

use spor_mail::reading;

use super::every_letter;

/// The least contrast of text that WCAG 2.2 asks for at level AA.
const CONTRAST: f64 = 4.5;

#[test]
fn every_page_says_its_language_and_has_its_headings_in_order() {
    for (name, language, bytes) in every_letter() {
        let page = reading::read(&bytes).unwrap().html;
        assert!(page.contains(&format!("<html lang=\"{}\">", language.code())), "{name}");
        let levels: Vec<u32> = page
            .match_indices("<h")
            .filter_map(|(at, _)| page[at + 2..].chars().next()?.to_digit(10))
            .collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "{name}");
        assert_eq!(levels[0], 1, "{name}");
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{name}: {levels:?}");
        assert_eq!(page.matches("<main>").count(), 1, "{name}");
    }
}

#[test]
fn no_page_loads_anything_or_runs_anything() {
    for (name, _, bytes) in every_letter() {
        let page = reading::read(&bytes).unwrap().html.to_lowercase();
        for word in ["<img", "src=", "url(", "@import", "<link", "<script", "<svg", "onclick"] {
            assert!(!page.contains(word), "{name}: {word}");
        }
    }
}

#[test]
fn a_line_has_one_link_and_it_names_its_case() {
    for (name, _, bytes) in every_letter() {
        let page = reading::read(&bytes).unwrap().html;
        for line in page.split("<li>").skip(1) {
            let line = line.split("</li>").next().unwrap();
            assert_eq!(line.matches("<a ").count(), 1, "{name}: {line}");
            let case = line.split("sag/").nth(1).and_then(|rest| rest.split('"').next());
            let case = case.unwrap_or_else(|| panic!("{name}: {line}"));
            assert!(line.matches(case).count() >= 3, "{name}: heading, link and its words: {line}");
        }
    }
}

#[test]
fn the_plain_part_says_what_the_page_says() {
    for (name, _, bytes) in every_letter() {
        let read = reading::read(&bytes).unwrap();
        let plain: String = read.text.split_whitespace().collect::<Vec<_>>().join(" ");
        for line in read.html.split("<li>").skip(1) {
            let told = line.split("<p>").nth(1).and_then(|rest| rest.split(".</p>").next());
            // Behind its first letter, which stands in the middle of a line there.
            let told: String = told.unwrap().chars().skip(1).collect();
            assert!(plain.contains(&told), "{name}: {told} is not in\n{plain}");
        }
    }
}

/// The colours of text and of grounds in a piece of style: by what they belong to.
fn colours(style: &str, property: &str) -> BTreeMap<String, [f64; 3]> {
    let mut found = BTreeMap::new();
    for rule in style.split('}') {
        let Some((names, inside)) = rule.split_once('{') else { continue };
        for (key, value) in inside.split(';').filter_map(|pair| pair.split_once(':')) {
            let Some(hex) = value.trim().strip_prefix('#').filter(|_| key.trim() == property)
            else {
                continue;
            };
            let part = |at: usize| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap());
            found.insert(names.trim().to_owned(), [part(0), part(2), part(4)]);
        }
    }
    found
}

/// By the formula of WCAG 2.2.
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let luminance = |colour: [f64; 3]| {
        let linear = colour.map(|value| {
            let value = value / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_colour_of_text_stands_out_from_every_ground_by_day_and_by_night() {
    let (_, _, bytes) = every_letter().swap_remove(0);
    let page = reading::read(&bytes).unwrap().html;
    let style = page.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next());
    let (day, night) = style.unwrap().split_once("@media (prefers-color-scheme: dark) {").unwrap();
    let texts = colours(day, "color");
    assert!(texts.len() >= 8, "{texts:?}");
    // What has a colour by day has one of its own by night.
    for name in texts.keys() {
        let by_night = colours(night, "color");
        assert!(by_night.keys().any(|names| names.split(", ").any(|of| of == name)), "{name}");
    }
    for style in [day, night] {
        let grounds = colours(style, "background");
        assert!(grounds.len() >= 2, "{grounds:?}");
        for (text, colour) in colours(style, "color") {
            for (ground, behind) in &grounds {
                let found = contrast(colour, *behind);
                assert!(found >= CONTRAST, "{text} on {ground}: {found:.2}");
            }
        }
    }
}

#[test]
fn the_measure_of_contrast_measures() {
    let grey = |value: f64| [value, value, value];
    assert!((contrast(grey(0.0), grey(255.0)) - 21.0).abs() < 0.01);
    assert!((contrast(grey(118.0), grey(255.0)) - 4.54).abs() < 0.01);
}
