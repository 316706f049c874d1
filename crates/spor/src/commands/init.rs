//! `spor init`: a store, its keys, and a configuration file where there is none.

use std::path::Path;

use spor_casework::found;
use spor_store::{Kind, Store, StoreId};

use crate::args::Init;
use crate::context::{Context, ids, new_id, wall_clock};
use crate::report::{Exit, Report};
use crate::{output, talk};

const CONFIG_FILE: &str = "spor.toml";

/// Makes the store.
pub async fn run(context: &Context, args: Init) -> Result<Exit, Report> {
    let (location, keys) = context.location()?;
    let municipality =
        args.municipality.as_deref().unwrap_or(context.config.text("store.municipality"));
    let kind = if args.sandbox { Kind::Sandbox } else { Kind::Production };
    crate::kek::check(&context.config, kind)?;
    let id = StoreId::new(new_id());
    let genesis = found::genesis(id, kind, municipality, &ids(), wall_clock());
    let folder = location.path().and_then(Path::parent);
    if let Some(folder) = folder.filter(|folder| *folder != Path::new("")) {
        std::fs::create_dir_all(folder)?;
    }
    let store = Store::create(&location, &keys, genesis).await?;
    let head = store.head().await?;
    store.close().await?;
    let wrote_config = write_config(context)?;
    let keyring = keys.keyring_place(&location);
    let key_file = keys.supplied.is_none().then_some(&keys.kek);
    let key = key_file.map_or_else(
        || "key      supplied from outside (keep a second copy elsewhere)".to_owned(),
        |file| format!("key file {} (keep a second copy elsewhere)", file.display()),
    );
    if output::is_for_programs(&context.global) {
        output::json(&serde_json::json!({
            "store": location.to_string(),
            "store_id": id.to_string(),
            "kind": kind.as_str(),
            "keyring": keyring,
            "key_file": key_file,
            "signing_key": keys.signing,
            "public_key": keys.public(),
            "position": head.position.get(),
        }))?;
        return Ok(Exit::Done);
    }
    output::text(&format!(
        "{} store {location}
  keyring  {keyring}
  {key}
  \
         signing  {} (public half: {})
",
        kind.as_str(),
        keys.signing.display(),
        keys.public().display(),
    ))?;
    if wrote_config {
        talk::say(context, "wrote spor.toml: every setting with its default");
    }
    talk::say(context, "next: spor record case-opened --help, or spor import FILE");
    Ok(Exit::Done)
}

/// A configuration file only where the person uses the default place and none is there.
fn write_config(context: &Context) -> Result<bool, Report> {
    let path = Path::new(CONFIG_FILE);
    if context.global.store.is_some() || context.global.config.is_some() || path.exists() {
        return Ok(false);
    }
    std::fs::write(path, crate::config::DEFAULTS)?;
    Ok(true)
}
