//! Talk on stderr: failures, warnings, progress and logs. Never an answer, never personal data.

use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use spor_domain::rejection::Language;
use tracing_subscriber::EnvFilter;

use crate::args::Lang;
use crate::context::Context;
use crate::report::Report;

/// Sets up colours and logs for this run.
pub fn start(context: &Context) {
    if context.global.no_color {
        anstream::ColorChoice::Never.write_global();
    }
    let level = match (context.global.quiet, context.global.verbose) {
        (true, _) => "error",
        (false, 0) => context.config.text("log.level"),
        (false, 1) => "info",
        (false, _) => "debug",
    };
    let filter = EnvFilter::new(format!(
        "off,spor={level},spor_scheduler={level},\
        spor_store={level},spor_projections={level},spor_mail={level}"
    ));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match context.config.text("log.format") {
        "json" => logs.json().try_init(),
        _ => logs.with_ansi(false).try_init(),
    };
    // Another subscriber can only be there already, which is as good.
    drop(started);
}

/// Three lines, or the same as JSON.
pub fn failure(report: &Report, as_json: bool, lang: Option<Lang>) {
    if as_json {
        anstream::eprintln!("{}", report.as_json());
        return;
    }
    let language = if lang == Some(Lang::Da) { Language::Da } else { Language::En };
    let words = report.in_words(language);
    let (first, rest) = words.split_once('\n').unwrap_or((&words, ""));
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    anstream::eprintln!("{red}{first}{red:#}\n{rest}");
}

/// Something the person should know although the command went through.
pub fn warn(context: &Context, text: &str) {
    if !context.global.quiet {
        let yellow = Style::new().fg_color(Some(AnsiColor::Yellow.into()));
        anstream::eprintln!("{yellow}note:{yellow:#} {text}");
    }
}

/// Something that is going on.
pub fn say(context: &Context, text: &str) {
    if !context.global.quiet {
        anstream::eprintln!("{text}");
    }
}

/// A question to the person, said whatever was asked to be left unsaid.
pub fn ask(text: &str) {
    anstream::eprintln!("{text}");
}

/// Progress of long work: on a terminal only.
pub fn progress(context: &Context, what: &'static str) -> ProgressBar {
    if context.global.quiet {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {msg} {human_pos} ({per_sec})")
        .expect("the template is valid");
    let bar = ProgressBar::new_spinner().with_style(style).with_message(what);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
