//! The messages of a mailbox: a maildir, a folder of files, or one file in the form of mbox.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use super::MAX_MESSAGE_BYTES;

/// Messages of one mailbox.
const MAX_MESSAGES: usize = 100_000;
/// The longest line; what is longer comes in pieces.
const MAX_LINE_BYTES: u64 = 1 << 20;

/// A message, or why it cannot be read.
pub struct Found {
    /// The file, and the number of the message in it when it holds several.
    pub name: String,
    /// What stands in it; of one that is too large, its beginning.
    pub message: io::Result<Vec<u8>>,
}

/// An opened mailbox; it gives its messages one by one and is not changed.
pub enum Mailbox {
    /// Each message in a file of its own.
    Files(std::vec::IntoIter<PathBuf>),
    /// One after the other in one file.
    Mbox(Mbox<BufReader<File>>),
}

impl Mailbox {
    /// Opens `new` and `cur` of a maildir, the files of any other folder, or a file.
    pub fn open(path: &Path) -> io::Result<Mailbox> {
        if !path.is_dir() {
            let reader = BufReader::new(File::open(path)?);
            return Ok(Mailbox::Mbox(Mbox::new(reader, path.display().to_string())));
        }
        let parts = [path.join("new"), path.join("cur")];
        let mut files = Vec::new();
        if parts.iter().any(|part| part.is_dir()) {
            for part in parts.iter().filter(|part| part.is_dir()) {
                files.extend(files_of(part)?);
            }
        } else {
            files = files_of(path)?;
        }
        Ok(Mailbox::Files(files.into_iter()))
    }
}

impl Iterator for Mailbox {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        match self {
            Mailbox::Files(files) => files.next().map(|file| {
                let message = File::open(&file).and_then(whole);
                Found { name: file.display().to_string(), message }
            }),
            Mailbox::Mbox(messages) => messages.next(),
        }
    }
}

fn files_of(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)?.take(MAX_MESSAGES) {
        let entry = entry?;
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        // A link may lead anywhere; a mailbox has none.
        if entry.file_type()?.is_file() && !is_hidden {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// One byte more than is looked at, so that what is too large can be told.
fn whole(file: File) -> io::Result<Vec<u8>> {
    let mut message = Vec::new();
    file.take(MAX_MESSAGE_BYTES as u64 + 1).read_to_end(&mut message)?;
    Ok(message)
}

/// A file that is split at the lines that begin with `From ` after an empty one.
pub struct Mbox<R> {
    reader: R,
    name: String,
    count: usize,
    is_over: bool,
}

impl<R: BufRead> Mbox<R> {
    /// Splits what a reader gives; the name goes before the number of each message.
    pub fn new(reader: R, name: String) -> Mbox<R> {
        Mbox { reader, name, count: 0, is_over: false }
    }

    /// Reads to the next beginning.
    fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut message = Vec::new();
        let mut may_begin = true;
        loop {
            let mut line = Vec::new();
            let mut limited = (&mut self.reader).take(MAX_LINE_BYTES);
            if limited.read_until(b'\n', &mut line)? == 0 {
                self.is_over = true;
                return Ok(message);
            }
            if may_begin && line.starts_with(b"From ") {
                if !message.is_empty() {
                    return Ok(message);
                }
            } else if message.len() <= MAX_MESSAGE_BYTES {
                let quoted = line.iter().take_while(|byte| **byte == b'>').count();
                let is_quoted = quoted > 0 && line[quoted..].starts_with(b"From ");
                message.extend_from_slice(if is_quoted { &line[1..] } else { &line });
            }
            may_begin = matches!(line.as_slice(), b"\n" | b"\r\n");
        }
    }
}

impl<R: BufRead> Iterator for Mbox<R> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        if self.is_over || self.count >= MAX_MESSAGES {
            return None;
        }
        let message = self.read();
        if message.as_ref().is_ok_and(Vec::is_empty) {
            return None;
        }
        self.is_over |= message.is_err();
        self.count += 1;
        Some(Found { name: format!("{}:{}", self.name, self.count), message })
    }
}

#[cfg(test)]
mod tests;
