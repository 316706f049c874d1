//! `spor reminders forecast`: how many letters the next months bring, to whom, and the peaks.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;
use serde_json::{Value, json};
use spor_domain::policy::Policies;
use spor_domain::rejection::{Language, Rejection};
use spor_scheduler::foresee::cases::Cases;
use spor_scheduler::foresee::draft::{Change, drafted};
use spor_scheduler::foresee::forecast::forecast;
use spor_scheduler::foresee::tally::{self, Tally, Volume};
use spor_scheduler::foresee::{Assumed, Outlook, Span};

use crate::args::{AsOf, By, Forecast, Format};
use crate::context::{Context, Session, When, day};
use crate::output::{self, Rows};
use crate::report::{Exit, Report};
use crate::talk;

/// A larger draft is none.
const MAX_BYTES: u64 = 1 << 20;
/// The key of a draft that is no setting: from which day it holds.
const FROM: &str = "from";

/// Reckons the volume and shows it.
pub async fn run(context: &Context, asked: &Forecast) -> Result<Exit, Report> {
    let session = context.open_to_read().await?;
    let when = AsOf { as_of: asked.from.clone(), known_at: asked.known_at.clone() };
    let when = session.when(&when)?;
    let span = Span::months(when.day, asked.months);
    let assumed = if asked.unmet { Assumed::Unmet } else { Assumed::Met };
    let (policies, outlook) = outlook(&session, &when, (span, assumed)).await?;
    let outlook = match &asked.policy {
        Some(file) => {
            let changes = read_draft(file, None, when.day)?;
            outlook.under(draft_of(&policies, &changes, context.language)?)
        }
        None => outlook,
    };
    let progress = talk::progress(context, "cases looked at");
    let shown = progress.clone();
    let cases = Cases::known(&session.runner(), when.known_at, session.now).await?;
    let on_cases = |cases| shown.set_position(cases);
    let tally = forecast(cases, &Arc::new(outlook), on_cases).await;
    progress.finish_and_clear();
    let tally = tally?;
    warn_of_unreadable(context, &tally);
    show(context, asked, &tally, (span, assumed))?;
    Ok(Exit::Done)
}

/// The published policies, and an outlook under them.
pub async fn outlook(
    session: &Session,
    when: &When,
    asked: (Span, Assumed),
) -> Result<(Arc<Policies>, Outlook), Report> {
    let (policies, _) = session.memory.policies(when.known_at).await?;
    let directory = session.memory.directory(when.known_at).await?;
    let refused = session.store.suppressions().await?;
    let refused = refused.into_iter().map(|suppression| suppression.address).collect();
    let outlook = Outlook::new((*policies).clone(), directory, refused, asked);
    Ok((policies, outlook))
}

/// A draft as a file has it: settings, and perhaps the day from which they hold.
pub fn read_draft(
    file: &Path,
    from: Option<NaiveDate>,
    otherwise: NaiveDate,
) -> Result<Vec<Change>, Report> {
    let unreadable = |what: String| {
        let next = "write lines such as follow_up_interval_days = 28 and from = 2027-01-01; \
                    `spor policy show` lists the settings";
        Report::new(
            Exit::Usage,
            "draft_unreadable",
            format!("{}: {what}", file.display()),
            "a draft is a TOML file of settings",
            next,
        )
    };
    let length = fs::metadata(file).map_err(|error| unreadable(error.to_string()))?.len();
    if length > MAX_BYTES {
        return Err(unreadable("the file is too large".to_owned()));
    }
    let text = fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))?;
    let mut table: toml::Table =
        text.parse().map_err(|error: toml::de::Error| unreadable(error.message().to_owned()))?;
    let own = table.remove(FROM).map(|own| match own {
        toml::Value::String(text) => day(&text),
        toml::Value::Datetime(at) => day(&at.to_string()),
        _ => Err(unreadable("from is a date".to_owned())),
    });
    let from = from.or(own.transpose()?).unwrap_or(otherwise);
    let change = |(key, value): (String, toml::Value)| {
        let value = match value {
            toml::Value::Integer(number) => json!(number),
            toml::Value::Boolean(flag) => json!(flag),
            toml::Value::Float(number) => json!(number),
            toml::Value::String(text) => json!(text),
            _ => return Err(unreadable(format!("{key} is no number, word or flag"))),
        };
        Ok(Change { key, value, from })
    };
    let changes: Vec<Change> = table.into_iter().map(change).collect::<Result<_, _>>()?;
    if changes.is_empty() {
        return Err(unreadable("it names no setting".to_owned()));
    }
    Ok(changes)
}

/// The published policies with a draft on top; a value that could not be published is refused.
pub fn draft_of(
    policies: &Policies,
    changes: &[Change],
    language: Language,
) -> Result<Policies, Report> {
    let refused = |problem| Report::refused(&Rejection::Policy(problem), language);
    drafted(policies, changes).map_err(refused)
}

/// A case that cannot be read is counted, never passed over.
pub fn warn_of_unreadable(context: &Context, tally: &Tally) {
    if tally.unreadable > 0 {
        let count = tally.unreadable;
        talk::warn(context, &format!("{count} cases cannot be read and are left out; see doctor"));
    }
}

fn show(
    context: &Context,
    asked: &Forecast,
    tally: &Tally,
    (span, assumed): (Span, Assumed),
) -> Result<(), Report> {
    let by = asked.by.map(|by| match by {
        By::Day => tally::By::Day,
        By::Week => tally::By::Week,
        By::Person => tally::By::Person,
        By::Rule => tally::By::Rule,
    });
    if let (Format::Json | Format::Ndjson, None) = (context.global.output, by) {
        return output::json(&json!({
            "from": span.from, "until": span.until, "assumed": assumed.as_str(),
            "cases": tally.cases, "unreadable": tally.unreadable, "total": tally.total(),
            "peaks": tally.peaks(), "by_day": tally.by(tally::By::Day),
            "by_week": tally.by(tally::By::Week), "by_person": tally.by(tally::By::Person),
            "by_rule": tally.by(tally::By::Rule),
        }));
    }
    if context.global.output == Format::Table {
        output::text(&summary(tally, (span, assumed), context.language))?;
    }
    output::rows(&context.global, &rows(by.unwrap_or(tally::By::Week), tally))
}

/// What is assumed, the totals and the peaks.
fn summary(tally: &Tally, (span, assumed): (Span, Assumed), language: Language) -> String {
    let total = tally.total();
    let (letters, reminders) = (total.letters.unwrap_or(0), total.reminders);
    let unreached = total.unreached.unwrap_or(0);
    let (cases, from, until) = (tally.cases, span.from, span.until);
    let assuming = match (language, assumed) {
        (Language::Da, Assumed::Met) => {
            "Forudsat, at hver pligt opfyldes på sin frist (forsinkede den første dag)."
        }
        (Language::Da, Assumed::Unmet) => "Forudsat, at intet mere opfyldes: trinene stiger.",
        (Language::En, Assumed::Met) => {
            "Assuming that each duty is met on its due date (a late one on the first day)."
        }
        (Language::En, Assumed::Unmet) => "Assuming that nothing is met any more: levels rise.",
    };
    let volume = match language {
        Language::Da => format!(
            "{from} til {until}: {letters} breve med {reminders} påmindelser i {cases} forløb; \
             {unreached} når ingen"
        ),
        Language::En => format!(
            "{from} to {until}: {letters} letters with {reminders} reminders in {cases} cases; \
             {unreached} reach nobody"
        ),
    };
    let peak = |peak: &Volume| format!("{} ({})", peak.of, peak.letters.unwrap_or(0));
    let peaks: Vec<String> = tally.peaks().iter().map(peak).collect();
    let named = match language {
        Language::Da => "flest breve",
        Language::En => "most letters",
    };
    format!("{assuming}\n{volume}\n{named}: {}\n", peaks.join(", "))
}

fn rows(by: tally::By, tally: &Tally) -> Rows {
    let first = match by {
        tally::By::Day => "day",
        tally::By::Week => "week",
        tally::By::Person => "person",
        tally::By::Rule => "rule",
    };
    let mut rows =
        Rows::new(&[first, "letters", "reminders", "unreached", "busiest_day", "on_busiest_day"]);
    for volume in tally.by(by) {
        let cells: [Value; 6] = [
            json!(volume.of),
            json!(volume.letters),
            json!(volume.reminders),
            json!(volume.unreached),
            json!(volume.busiest_day),
            json!(volume.on_busiest_day),
        ];
        rows.push(cells.to_vec());
    }
    rows
}
