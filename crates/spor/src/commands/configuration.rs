//! `spor config`: every setting, its value and where it comes from.

use serde_json::Value;

use crate::args::ConfigCommand;
use crate::context::Context;
use crate::output::{self, Rows};
use crate::report::{Exit, Report};

/// Shows or checks the configuration; it was read before this runs, so a check that gets here passed.
pub fn run(context: &Context, args: &ConfigCommand) -> Result<Exit, Report> {
    match args {
        ConfigCommand::Check => output::text("the configuration can be read")?,
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
