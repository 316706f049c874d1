//! The section [mail] of the configuration: how the relay is told who we are.

use std::path::Path;

use spor_mail::relay::{Credentials, Login, Way};
use spor_mail::token::Issuer;

use super::run::bad_mail;
use crate::config::Config;
use crate::report::Report;

/// How we say who we are; nothing when no account is set.
pub fn login(config: &Config) -> Result<Option<Login>, Report> {
    let user = config.filled("mail.username");
    let password = config.path("mail.password_file");
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
    match (user, password) {
        (Some(user), _) if is_token => {
            Ok(Some(Login::Token { user: user.to_owned(), issuer: issuer(config)? }))
        }
        (None, _) if is_token => {
            Err(missing("mail.username", "the mailbox that letters go out from"))
        }
        (Some(user), Some(path)) => {
            let known = Credentials { user: user.to_owned(), password: secret(&path)? };
            Ok(Some(Login::Password { known, way }))
        }
        (None, None) if way == Way::WhatFits => Ok(None),
        (Some(_), None) => {
            Err(missing("mail.password_file", "the file with the account's password"))
        }
        (None, _) => Err(missing("mail.username", "the account at the relay")),
    }
}

fn issuer(config: &Config) -> Result<Issuer, Report> {
    let needed = |key: &str, what: &str| {
        config.filled(key).map(str::to_owned).ok_or_else(|| missing(key, what))
    };
    Ok(Issuer {
        url: needed("mail.token_url", "where tokens are fetched")?,
        client_id: needed("mail.client_id", "what the token endpoint calls this program")?,
        secret_file: config.path("mail.client_secret_file").ok_or_else(|| {
            missing("mail.client_secret_file", "the file with the secret of mail.client_id")
        })?,
        scope: config.text("mail.scope").to_owned(),
        ca_file: config.path("mail.token_ca_file").or_else(|| config.path("mail.ca_file")),
    })
}

fn missing(key: &str, what: &str) -> Report {
    bad_mail(format!("{key} is empty: {what} is needed to log in"))
}

fn secret(path: &Path) -> Result<String, Report> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        bad_mail(format!("mail.password_file {} cannot be read: {error}", path.display()))
    })?;
    Ok(text.trim_end().to_owned())
}
