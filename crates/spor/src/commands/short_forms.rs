//! The daily entries in a few words: a session, a follow-up.

use serde_json::{Map, Value, json};

use super::record;
use crate::args::{FollowUp, Session};
use crate::context::Context;
use crate::report::{Exit, Report};

/// `spor session REF 60m --by M-01`
pub async fn session(context: &Context, args: Session) -> Result<Exit, Report> {
    let minutes = minutes(&args.length).ok_or_else(|| {
        let message = format!("\"{}\" is no length of time", args.length);
        Report::usage(message, "write 60m, 1h30m or 90")
    })?;
    let mut fields = entry("SessionHeld", &args.case);
    fields.insert("minutes".to_owned(), json!(minutes));
    fields.insert("by".to_owned(), json!(args.by));
    fields.insert("form".to_owned(), json!(args.form));
    if let Some(track) = &args.track {
        fields.insert("track".to_owned(), json!(track));
    }
    if !args.activities.is_empty() {
        fields.insert("activities".to_owned(), json!(args.activities));
    }
    record::write(context, fields, &args.writing).await
}

/// `spor follow-up REF --with caseworker,mentor,youth --outcome continue`
pub async fn follow_up(context: &Context, args: FollowUp) -> Result<Exit, Report> {
    let mut fields = entry("FollowUpHeld", &args.case);
    fields.insert("participants".to_owned(), json!(args.with));
    fields.insert("outcome".to_owned(), json!(args.outcome));
    if let Some(absence) = &args.youth_absence {
        fields.insert("youth_absence".to_owned(), json!(absence));
    }
    if !args.goals.is_empty() {
        fields.insert("goals_reviewed".to_owned(), json!(args.goals));
    }
    record::write(context, fields, &args.writing).await
}

fn entry(kind: &str, case: &str) -> Map<String, Value> {
    let fields = [("type", kind), ("case", case)];
    fields.into_iter().map(|(key, value)| (key.to_owned(), json!(value))).collect()
}

/// 60m, 1h30m, 1h or 90.
fn minutes(text: &str) -> Option<i64> {
    let (hours, rest) = match text.split_once('h') {
        Some((hours, rest)) => (hours.parse::<i64>().ok()?, rest),
        None => (0, text),
    };
    let rest = rest.strip_suffix('m').unwrap_or(rest);
    let minutes = if rest.is_empty() { 0 } else { rest.parse::<i64>().ok()? };
    hours.checked_mul(60)?.checked_add(minutes)
}
