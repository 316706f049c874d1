//! `spor config`: every setting, its value and where it comes from.

use serde_json::Value;

use super::run::{configured_relay, return_path, sender};
use crate::args::ConfigCommand;
use crate::context::Context;
use crate::output::{self, Rows};
use crate::report::{Exit, Report};

/// Shows or checks the configuration; it was read before this runs, so what is left to check is
/// what its settings say together. Nothing is sent and nobody is asked.
pub fn run(context: &Context, args: &ConfigCommand) -> Result<Exit, Report> {
    match args {
        ConfigCommand::Check => {
            configured_relay(&context.config)?;
            sender(&context.config)?;
            return_path(&context.config)?;
            output::text("the configuration can be read")?;
        }
        ConfigCommand::Show => {
            let mut rows = Rows::new(&["key", "value", "from"]);
            for (key, value, source) in context.config.settings() {
                let value = serde_json::to_value(value).unwrap_or(Value::Null);
                rows.push(vec![key.into(), value, source.to_string().into()]);
            }
            output::rows(&context.global, &rows)?;
        }
    }
    Ok(Exit::Done)
}
