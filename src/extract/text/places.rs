//! Places in a stretch of text, and what is wrong with records that do not end.

use memchr::{memchr, memchr_iter, memrchr};

use crate::extract::SourceFile;
use crate::extract::text::MAX_RECORD_BYTES;
use crate::fault::{Fault, Place};

/// The place alone, where the text may hold personal values.
pub(crate) fn without_text(mut place: Place) -> Place {
    place.line_text.clear();
    place
}

/// The fault of a record that is longer than any record may be.
pub(crate) fn too_long(file: &SourceFile, text: &[u8], opened: Option<usize>, line: u64, newline: u8) -> Fault {
    let limit = MAX_RECORD_BYTES >> 20;
    match opened {
        Some(opened) => {
            let place = place_of(text, opened, line, newline);
            let message = format!(
                "found an unclosed quote, opened at line {}: the record is longer than {limit} MiB",
                place.line
            );
            Fault::at(&file.name, place, message)
                .with_help("close the quote, or double it where it belongs to the text")
        }
        None => {
            let message = format!("found a record longer than {limit} MiB, expected its end before that");
            Fault::at(&file.name, place_of(text, 0, line, newline), message)
                .with_help("see whether this is the right file, and what ends its records")
        }
    }
}

/// The place of a byte in a text that starts with physical line `first_line`; long lines are cut.
pub(super) fn place_of(text: &[u8], at: usize, first_line: u64, newline: u8) -> Place {
    let start = memrchr(newline, &text[..at]).map_or(0, |newline| newline + 1);
    let end = memchr(newline, &text[at..]).map_or(text.len(), |newline| at + newline).min(at + 200);
    let line = first_line + memchr_iter(newline, &text[..at]).count() as u64;
    let column = String::from_utf8_lossy(&text[start..at]).chars().count() + 1;
    let line_text = String::from_utf8_lossy(&text[start..end]).trim_end_matches('\r').to_string();
    Place { line: usize::try_from(line).unwrap_or(usize::MAX), column, width: 1, line_text }
}
