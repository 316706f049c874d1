//! Which kind of file system a file lies on.

use std::path::Path;

#[cfg(test)]
mod tests;

const NETWORK: &[&str] = &[
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "ncpfs",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "gpfs",
    "beegfs",
    "fuse.sshfs",
    "fuse.glusterfs",
    "fuse.ceph",
    "fuse.s3fs",
    "fuse.rclone",
    "davfs",
    "fuse.davfs2",
];

/// The kind of the network file system that a path lies on, by the mount table's text.
pub(super) fn network_kind(mounts: &str, path: &Path) -> Option<String> {
    let mut best: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let mut fields = line.split(' ').skip(1);
        let (Some(point), Some(kind)) = (fields.next(), fields.next()) else {
            continue;
        };
        let point = unescape(point);
        // The longest mount point wins; of two equal ones the later one lies on top.
        let longer = best.is_none_or(|(length, _)| point.len() >= length);
        if longer && path.starts_with(&point) {
            best = Some((point.len(), kind));
        }
    }
    let (_, kind) = best?;
    NETWORK.contains(&kind).then(|| kind.to_owned())
}

/// The mount table writes a space as `\040`.
fn unescape(point: &str) -> String {
    point.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
}
