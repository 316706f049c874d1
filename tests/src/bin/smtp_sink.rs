//! The scripted relay as a program: letters become files, orders come in over the standard input.
//!
//! `smtp_sink --folder DIR [--port N] [--encryption starttls|stripped|tls] [--open]
//! [--account USER:PASSWORD] [--mechanisms "PLAIN LOGIN"] [--delay-ms N] [--script RULE]… [--stay]`
//!
//! It prints `port N`, `ca FILE` and `ready`. Each line it reads is a rule of the script, or
//! `clear`; it answers `ok`. It ends with its standard input, so that it never outlives a test,
//! unless `--stay` is given.

use std::{
    fs,
    io::{self, BufRead, Write},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context, bail};
use spor_tests::smtp::{Config, Encryption, Rule, Server};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let orders = read_arguments()?;
    fs::create_dir_all(&orders.folder)?;
    let ca_file = orders.folder.join("ca.pem");
    let server = Server::start(Config { folder: Some(orders.folder), ..orders.config }).await?;
    fs::write(&ca_file, server.ca_pem())?;
    for rule in &orders.script {
        server.script(rule);
    }
    say(&format!("port {}\nca {}\nready", server.port(), ca_file.display()))?;
    for line in io::stdin().lock().lines() {
        match line?.trim() {
            "clear" => server.clear(),
            rule if Rule::parse(rule).is_some() => server.script(rule),
            other => bail!("not a rule: {other}"),
        }
        say("ok")?;
    }
    if orders.stay {
        std::future::pending::<()>().await;
    }
    Ok(())
}

struct Orders {
    folder: PathBuf,
    config: Config,
    script: Vec<String>,
    stay: bool,
}

fn read_arguments() -> anyhow::Result<Orders> {
    let mut orders = Orders {
        folder: PathBuf::new(),
        config: Config::default(),
        script: Vec::new(),
        stay: false,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{name} needs a value"));
        match name.as_str() {
            "--folder" => orders.folder = PathBuf::from(value()?),
            "--port" => orders.config.port = value()?.parse()?,
            "--open" => orders.config.account = None,
            "--stay" => orders.stay = true,
            "--delay-ms" => orders.config.delay = Duration::from_millis(value()?.parse()?),
            "--mechanisms" => orders.config.mechanisms = value()?,
            "--account" => {
                let account = value()?;
                let (user, password) = account.split_once(':').context("USER:PASSWORD")?;
                orders.config.account = Some((user.to_owned(), password.to_owned()));
            }
            "--encryption" => {
                orders.config.encryption = match value()?.as_str() {
                    "starttls" => Encryption::Required,
                    "stripped" => Encryption::Stripped,
                    "tls" => Encryption::FromTheStart,
                    other => bail!("not a kind of encryption: {other}"),
                }
            }
            "--script" => {
                let rule = value()?;
                Rule::parse(&rule).with_context(|| format!("not a rule: {rule}"))?;
                orders.script.push(rule);
            }
            other => bail!("not known: {other}"),
        }
    }
    if orders.folder.as_os_str().is_empty() {
        bail!("--folder is needed");
    }
    Ok(orders)
}

fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}
