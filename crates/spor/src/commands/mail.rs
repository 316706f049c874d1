//! The section [mail] of the configuration: how the relay is told who we are.

use std::path::{Path, PathBuf};

use spor_mail::relay::{Credentials, Login, Way};
use spor_mail::token::Issuer;

use super::run::bad_mail;
use crate::config::Config;
use crate::environment::credential;
use crate::report::Report;

const PASSWORD_CREDENTIAL: &str = "mail.password_credential";
const PASSWORD_FILE: &str = "mail.password_file";

/// How we say who we are; nothing when no account is set.
pub fn login(config: &Config) -> Result<Option<Login>, Report> {
    let is_token = match config.text("mail.auth") {
        "xoauth2" => true,
        "auto" => config.filled("mail.token_url").is_some(),
        _ => false,
    };
    let way = match config.text("mail.auth") {
        "plain" => Way::Plain,
        "login" => Way::Login,
        _ => Way::WhatFits,
    };
    let named = [PASSWORD_CREDENTIAL, PASSWORD_FILE];
    let has_password = named.into_iter().any(|key| config.filled(key).is_some());
    match config.filled("mail.username") {
        Some(user) if is_token => {
            Ok(Some(Login::Token { user: user.to_owned(), issuer: issuer(config)? }))
        }
        Some(user) => {
            let path = secret_file(config, PASSWORD_CREDENTIAL, PASSWORD_FILE)?;
            let path = path.ok_or_else(|| missing(PASSWORD_FILE, "the account's password"))?;
            let known = Credentials { user: user.to_owned(), password: secret(&path)? };
            Ok(Some(Login::Password { known, way }))
        }
        None if is_token => Err(missing("mail.username", "the mailbox that letters go out from")),
        None if has_password || way != Way::WhatFits => {
            Err(missing("mail.username", "the account at the relay"))
        }
        None => Ok(None),
    }
}

fn issuer(config: &Config) -> Result<Issuer, Report> {
    let needed = |key: &str, what: &str| {
        config.filled(key).map(str::to_owned).ok_or_else(|| missing(key, what))
    };
    Ok(Issuer {
        url: needed("mail.token_url", "where tokens are fetched")?,
        client_id: needed("mail.client_id", "what the token endpoint calls this program")?,
        secret_file: secret_file(
            config,
            "mail.client_secret_credential",
            "mail.client_secret_file",
        )?
        .ok_or_else(|| {
            missing("mail.client_secret_file", "the file with the secret of mail.client_id")
        })?,
        scope: config.text("mail.scope").to_owned(),
        ca_file: config.path("mail.token_ca_file").or_else(|| config.path("mail.ca_file")),
    })
}

fn missing(key: &str, what: &str) -> Report {
    bad_mail(format!("{key} is empty: {what} is needed to log in"))
}

/// Where a secret lies: in a credential of the service manager, or in a file that is named.
fn secret_file(config: &Config, named: &str, file: &str) -> Result<Option<PathBuf>, Report> {
    let Some(name) = config.filled(named) else {
        return Ok(config.path(file));
    };
    let handed = credential(name).ok_or_else(|| {
        bad_mail(format!("{named} is {name}: the service manager gives no credentials"))
    });
    handed.map(Some)
}

fn secret(path: &Path) -> Result<String, Report> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        bad_mail(format!("the account's password {} cannot be read: {error}", path.display()))
    })?;
    Ok(text.trim_end().to_owned())
}
