use std::path::Path;

use super::network_kind;

const MOUNTS: &str = "/dev/vda / ext4 rw 0 0\n\
    proc /proc proc rw 0 0\n\
    files:/share /srv/shared\\040files nfs4 rw 0 0\n\
    /dev/vdb /srv/shared\\040files/local ext4 rw 0 0\n";

#[test]
fn a_share_is_found_by_its_longest_mount_point() {
    let kind = |path: &str| network_kind(MOUNTS, Path::new(path));
    assert_eq!(kind("/var/lib/spor/spor.db"), None);
    assert_eq!(kind("/srv/shared files/spor.db"), Some("nfs4".to_owned()));
    assert_eq!(kind("/srv/shared files/local/spor.db"), None);
}
