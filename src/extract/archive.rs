//! Zip archives: each member that an extract means is a file of its own.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use zip::ZipArchive;

use crate::extract::guard;

/// How much of a member is handed over at a time, and how many such pieces wait.
const PIECE: usize = 256 << 10;
const WAITING: usize = 4;

/// One member of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    pub name: String,
    /// The length of its content.
    pub bytes: u64,
}

/// The members of an archive that are files, sorted by name.
///
/// # Errors
/// When it is no zip archive.
pub(super) fn members(archive: impl Read + Seek) -> io::Result<Vec<Member>> {
    guard::caught(|| listed(archive)).unwrap_or_else(|| Err(io::Error::other(guard::GAVE_UP)))
}

/// Where the length of its name stands in what precedes a member, and how far behind that its name.
/// <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>, 4.3.7
const NAME_LENGTH_AT: u64 = 26;
const NAME_BEHIND: i64 = 2;

/// Reads every member and holds it against its check sum. The list of members has none, and so each name is held against
/// the one that stands before its member.
///
/// # Errors
/// When one of them is damaged, or when it is no zip archive.
pub(super) fn hold(archive: impl Read + Seek) -> io::Result<()> {
    let mut archive = ZipArchive::new(archive)?;
    let mut listed = Vec::new();
    for index in 0..archive.len() {
        let mut member = archive.by_index(index)?;
        listed.push((member.header_start(), member.name_raw().to_vec()));
        io::copy(&mut member, &mut io::sink())?;
    }
    let mut input = archive.into_inner();
    for (start, name) in listed {
        input.seek(SeekFrom::Start(start + NAME_LENGTH_AT))?;
        let mut length = [0; 2];
        input.read_exact(&mut length)?;
        input.seek(SeekFrom::Current(NAME_BEHIND))?;
        let mut found = vec![0; u16::from_le_bytes(length).into()];
        input.read_exact(&mut found)?;
        // Others than ASCII may be written in two encodings.
        if found != name && found.is_ascii() {
            return Err(io::Error::other("a member is listed under another name than its own"));
        }
    }
    Ok(())
}

/// An archive of which no member hides another one: of two that have one name, the reader knows the last.
fn opened<Input: Read + Seek>(mut input: Input) -> io::Result<ZipArchive<Input>> {
    let told = members_told(&mut input)?;
    input.rewind()?;
    let archive = ZipArchive::new(input)?;
    match told {
        Some(told) if told != archive.len() => Err(io::Error::other(format!(
            "it says that it has {told} members, and {} names of members were found",
            archive.len()
        ))),
        _ => Ok(archive),
    }
}

/// How many members an archive says that it has; None where there are so many that it says so elsewhere.
/// <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>, 4.3.16
fn members_told(input: &mut (impl Read + Seek)) -> io::Result<Option<usize>> {
    const LENGTH: usize = 22;
    let end = input.seek(SeekFrom::End(0))?;
    // Behind the record a comment may stand.
    input.seek(SeekFrom::Start(end.saturating_sub((LENGTH + usize::from(u16::MAX)) as u64)))?;
    let mut tail = Vec::new();
    input.read_to_end(&mut tail)?;
    let word = |at: usize| u16::from_le_bytes([tail[at], tail[at + 1]]);
    let is_record = |at: &usize| at + LENGTH + usize::from(word(at + 20)) == tail.len();
    let places = memchr::memmem::rfind_iter(&tail, b"PK\x05\x06").filter(|at| at + LENGTH <= tail.len());
    let found = places.into_iter().find(is_record).map(|at| word(at + 10));
    Ok(found.filter(|told| *told != u16::MAX).map(usize::from))
}

fn listed(archive: impl Read + Seek) -> io::Result<Vec<Member>> {
    let mut archive = opened(archive)?;
    let mut members = Vec::new();
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index)?;
        if file.is_file() {
            members.push(Member { name: file.name()?.into_owned(), bytes: file.size() });
        }
    }
    members.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(members)
}

/// The content of a member, which a thread of its own takes out of the archive and holds against its check sum.
pub(super) fn member(archive: File, name: &str) -> impl Read + Send + use<> {
    let (sender, pieces) = sync_channel(WAITING);
    let name = name.to_string();
    thread::spawn(move || {
        let outcome = guard::caught(|| hand_over(archive, &name, &sender));
        if let Err(error) = outcome.unwrap_or_else(|| Err(io::Error::other(guard::GAVE_UP))) {
            // Where nobody listens any more, nobody needs to know.
            drop(sender.send(Err(error)));
        }
    });
    Content { pieces, piece: Vec::new(), taken: 0, ended: false }
}

fn hand_over(archive: File, name: &str, sender: &SyncSender<io::Result<Vec<u8>>>) -> io::Result<()> {
    let mut archive = ZipArchive::new(BufReader::new(archive))?;
    let mut member = archive.by_name(name)?;
    loop {
        let mut piece = Vec::with_capacity(PIECE);
        member.by_ref().take(PIECE as u64).read_to_end(&mut piece)?;
        // An empty piece is the last.
        let is_last = piece.is_empty();
        if sender.send(Ok(piece)).is_err() || is_last {
            return Ok(());
        }
    }
}

struct Content {
    pieces: Receiver<io::Result<Vec<u8>>>,
    piece: Vec<u8>,
    taken: usize,
    ended: bool,
}

impl Read for Content {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.piece.len() && !self.ended {
            let ended_early = |_| io::Error::other("the archive was not read to its end");
            (self.piece, self.taken) = (self.pieces.recv().map_err(ended_early)??, 0);
            self.ended = self.piece.is_empty();
        }
        let length = (self.piece.len() - self.taken).min(into.len());
        into[..length].copy_from_slice(&self.piece[self.taken..self.taken + length]);
        self.taken += length;
        Ok(length)
    }
}
