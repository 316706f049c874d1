//! How a PostgreSQL server dies: all of it, its first process alone, or one of its backends.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::binary::wait_until;
use crate::postgres::Cluster;

/// Kills every process of the server at once and starts it again.
pub fn kill_all(cluster: &mut Cluster) {
    cluster.kill();
    cluster.start();
}

/// Kills the first process of the server, which all others notice, and starts it again.
pub fn kill_first(cluster: &mut Cluster) {
    let first = first(cluster);
    let others = children(first);
    kill(first);
    wait_until("the orphans have noticed", || !others.iter().any(|other| is_alive(*other)));
    // The shell that watches the server learns that there is nothing to watch.
    cluster.kill();
    cluster.start();
}

/// Kills one process that serves the program; the server recovers by itself. False when there was
/// none.
pub fn kill_backend(cluster: &Cluster, nth: u64) -> bool {
    let serving: Vec<u32> = children(first(cluster)).into_iter().filter(is_serving).collect();
    let chosen = nth.checked_rem(serving.len() as u64).and_then(|nth| usize::try_from(nth).ok());
    let Some(backend) = chosen.map(|nth| serving[nth]) else {
        return false;
    };
    kill(backend);
    true
}

fn first(cluster: &Cluster) -> u32 {
    let file = fs::read_to_string(cluster.folder().join("data/postmaster.pid"));
    let text = file.expect("the server runs");
    text.lines().next().and_then(|line| line.parse().ok()).expect("the number of a process")
}

fn children(process: u32) -> Vec<u32> {
    let list = fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    list.unwrap_or_default().split_whitespace().filter_map(|child| child.parse().ok()).collect()
}

fn is_serving(process: &u32) -> bool {
    let title = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&title).contains("spor_program")
}

/// Whether a process is there and not merely waiting to be buried.
fn is_alive(process: u32) -> bool {
    let status = fs::read_to_string(Path::new("/proc").join(process.to_string()).join("stat"));
    status.is_ok_and(|status| !status.contains(") Z "))
}

fn kill(process: u32) {
    // It may have ended by itself a moment ago.
    let _ = Command::new("kill").args(["-9", &process.to_string()]).status();
}
