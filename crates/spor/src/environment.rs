//! What whoever starts this process hands to it: variables, and credentials of the service manager.

use std::path::{Path, PathBuf};

/// A variable that is not empty.
#[expect(clippy::disallowed_methods, reason = "the environment is read in the binary alone")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// The file of a credential; none where no service manager gives any.
pub fn credential(name: &str) -> Option<PathBuf> {
    variable("CREDENTIALS_DIRECTORY").map(|folder| Path::new(&folder).join(name))
}
