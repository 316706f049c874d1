//! The configuration: compiled-in defaults, then `spor.toml`, then the environment, then flags.
//!
//! Every key has a default in `config/spor.default.toml`; an unknown key is an error.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use spor_domain::nearest::nearest;
use toml::{Table, Value};

use crate::report::{Exit, Report};

/// The defaults, comments and all.
pub const DEFAULTS: &str = include_str!("../../../config/spor.default.toml");

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The compiled-in default.
    Default,
    /// A configuration file.
    File(PathBuf),
    /// A variable of the environment.
    Environment(String),
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(name) => f.write_str(name),
        }
    }
}

/// The effective settings, each with its source.
#[derive(Debug, Clone)]
pub struct Config {
    values: BTreeMap<String, (Value, Source)>,
    folder: PathBuf,
}

impl Config {
    /// Reads the layers. `file` is the one asked for; else `spor.toml` here, where it exists.
    pub fn load(file: Option<&Path>) -> Result<Self, Report> {
        let defaults: Table = DEFAULTS.parse().expect("the compiled-in defaults are TOML");
        let mut config = Self { values: BTreeMap::new(), folder: PathBuf::from(".") };
        for (key, value) in flat(&defaults) {
            config.values.insert(key, (value, Source::Default));
        }
        let found = Path::new("spor.toml");
        if let Some(path) = file.or_else(|| found.exists().then_some(found)) {
            config.read(path)?;
        }
        config.read_environment()?;
        Ok(config)
    }

    /// Every key with its value and source.
    pub fn settings(&self) -> impl Iterator<Item = (&str, &Value, &Source)> {
        self.values.iter().map(|(key, (value, source))| (key.as_str(), value, source))
    }

    /// A text setting.
    pub fn text(&self, key: &str) -> &str {
        self.value(key).as_str().expect("the defaults say that it is a text")
    }

    /// A text setting, when it is not empty.
    pub fn filled(&self, key: &str) -> Option<&str> {
        Some(self.text(key)).filter(|text| !text.is_empty())
    }

    /// A whole number.
    pub fn number(&self, key: &str) -> u64 {
        let number = self.value(key).as_integer().expect("the defaults say that it is a number");
        u64::try_from(number).unwrap_or_default()
    }

    /// Yes or no.
    pub fn flag(&self, key: &str) -> bool {
        self.value(key).as_bool().expect("the defaults say that it is a flag")
    }

    /// A path, relative to the folder of the configuration file.
    pub fn path(&self, key: &str) -> Option<PathBuf> {
        self.filled(key).map(|path| self.folder.join(path))
    }

    /// The store's location, relative to the folder of the configuration file.
    pub fn store_url(&self) -> String {
        let url = self.text("store.url");
        match url.strip_prefix("sqlite:") {
            Some(path) if self.folder != Path::new("") && self.folder != Path::new(".") => {
                format!("sqlite:{}", self.folder.join(path).display())
            }
            Some(_) | None => url.to_owned(),
        }
    }

    fn value(&self, key: &str) -> &Value {
        &self.values.get(key).expect("every key stands in the defaults").0
    }

    fn read(&mut self, path: &Path) -> Result<(), Report> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let message = format!("{} cannot be read: {error}", path.display());
            bad(message, "check the path given with --config")
        })?;
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            let message = format!("{} is not TOML:\n{error}", path.display());
            bad(message, "correct the place shown")
        })?;
        for (key, value) in flat(&table) {
            self.set(&key, value, Source::File(path.to_owned()))?;
        }
        path.parent().unwrap_or(Path::new("")).clone_into(&mut self.folder);
        Ok(())
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    fn read_environment(&mut self) -> Result<(), Report> {
        let keys: Vec<String> = self.values.keys().cloned().collect();
        for key in keys {
            let long = format!("SPOR_{}", key.replace('.', "_").to_uppercase());
            let name = if key == "store.url" { "SPOR_STORE".to_owned() } else { long };
            let Ok(text) = std::env::var(&name) else {
                continue;
            };
            let value = match self.value(&key) {
                Value::Integer(_) => text.parse().map(Value::Integer).ok(),
                Value::Boolean(_) => text.parse().map(Value::Boolean).ok(),
                _ => Some(Value::String(text.clone())),
            };
            let value = value.ok_or_else(|| {
                bad(format!("{name} cannot be \"{text}\""), "give a number, or true or false")
            })?;
            self.set(&key, value, Source::Environment(name))?;
        }
        Ok(())
    }

    fn set(&mut self, key: &str, value: Value, source: Source) -> Result<(), Report> {
        let Some((known, _)) = self.values.get(key) else {
            let near = nearest(key, self.values.keys().map(String::as_str));
            let near = near.map(|near| format!("did you mean {near}? ")).unwrap_or_default();
            let next = format!("{near}`spor config show` lists every key");
            return Err(bad(format!("{source}: there is no setting {key}"), &next));
        };
        if !known.same_type(&value) {
            let message =
                format!("{source}: {key} is a {}, not a {}", known.type_str(), value.type_str());
            return Err(bad(message, "`spor config show` shows every default"));
        }
        check_words(key, &value, &source)?;
        self.values.insert(key.to_owned(), (value, source));
        Ok(())
    }
}

fn check_words(key: &str, value: &Value, source: &Source) -> Result<(), Report> {
    let words: &[&str] = match key {
        "person.lang" | "letters.lang" => &["da", "en"],
        "mail.auth" => &["auto", "plain", "login", "xoauth2"],
        "mail.security" => &["starttls", "tls", "none"],
        "mail.when_in_doubt" => &["resend", "hold"],
        "log.level" => &["error", "warn", "info", "debug"],
        "log.format" => &["text", "json"],
        _ => return Ok(()),
    };
    match value.as_str() {
        Some(word) if words.contains(&word) => Ok(()),
        _ => {
            let message = format!("{source}: {key} cannot be {value:?}");
            Err(bad(message, &format!("give one of {}", words.join(", "))))
        }
    }
}

fn bad(message: String, next: &str) -> Report {
    let because = "a setting that is not understood would be ignored silently";
    Report::new(Exit::Usage, "configuration", message, because, next)
}

/// `[section] key` as `section.key`.
fn flat(table: &Table) -> Vec<(String, Value)> {
    let mut settings = Vec::new();
    for (section, value) in table {
        match value {
            Value::Table(keys) => {
                for (key, value) in keys {
                    settings.push((format!("{section}.{key}"), value.clone()));
                }
            }
            other => settings.push((section.clone(), other.clone())),
        }
    }
    settings
}
