//! `spor reminders effect`: whether reminders help, rule by rule.

use serde_json::json;
use spor_scheduler::effect::{self, Span};

use crate::args::Effect;
use crate::context::{Context, day};
use crate::output::{self, Rows};
use crate::report::{Exit, Report};

/// Shows how soon the duty was done after a letter.
pub async fn run(context: &Context, args: Effect) -> Result<Exit, Report> {
    let span = Span {
        from: args.from.as_deref().map(day).transpose()?,
        until: args.until.as_deref().map(day).transpose()?,
    };
    let session = context.open_to_read().await?;
    let effects = effect::effects(&session.memory, span, session.now).await?;
    let mut rows = Rows::new(&[
        "rule",
        "name",
        "sent",
        "told",
        "met",
        "median_days",
        "judged",
        "before_next_pct",
    ]);
    for effect in effects {
        rows.push(vec![
            json!(effect.rule),
            json!(effect.name),
            json!(effect.sent),
            json!(effect.told),
            json!(effect.met),
            json!(effect.median_days),
            json!(effect.judged),
            json!(effect.before_next_pct),
        ]);
    }
    if rows.rows.is_empty() && !output::is_for_programs(&context.global) {
        output::text("no reminder was sent")?;
    } else {
        output::rows(&context.global, &rows)?;
    }
    Ok(Exit::Done)
}
