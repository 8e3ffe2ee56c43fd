//! A JSON document that holds an array of records somewhere: as a stream, only what stands inside of that array. What
//! stands around it is read as well, so that a document that ends too early is noticed.

use std::io::{self, BufRead, BufReader, Read};

use crate::extract::bytes::Complaint;

/// How many bytes a name may have.
const LONGEST_NAME: usize = 1 << 20;

/// The inside of the array of records.
pub(super) struct Elements {
    input: Input,
    /// How many objects and arrays are open inside of it.
    depth: usize,
    in_string: bool,
    is_escaped: bool,
    ended: bool,
    last: Last,
    /// The names that led to the array, from the inside out.
    path: Vec<String>,
}

/// What stands last in the array, outside of its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Record,
    Comma,
    /// What is none of these; it goes to quarantine, by itself or with what it stands beside.
    Other,
}

impl Elements {
    /// Reads up to the array that the path leads to; tells the line in which it starts.
    ///
    /// # Errors
    /// When the document has no such array.
    pub(super) fn of(input: Box<dyn Read + Send>, path: &[String]) -> io::Result<(Elements, u64)> {
        let mut input = Input { bytes: BufReader::with_capacity(256 << 10, input), line: 1 };
        for (depth, key) in path.iter().enumerate() {
            let place = if depth == 0 { "the document".to_string() } else { format!("`{}`", path[..depth].join(".")) };
            input.enter(key, &place)?;
        }
        let found = input.next_mark()?;
        if found != Some(b'[') {
            let what = if path.is_empty() { "the document".to_string() } else { format!("`{}`", path.join(".")) };
            return Err(input.complaint(format!("{what} is {}, expected an array of records", named(found))));
        }
        input.take();
        let line = input.line;
        let path = path.iter().rev().cloned().collect();
        let (last, ended) = (Last::Nothing, false);
        Ok((Elements { input, depth: 0, in_string: false, is_escaped: false, ended, last, path }, line))
    }

    /// How many of these bytes stand inside of the array.
    ///
    /// # Errors
    /// Where records are not separated by one comma, with the place.
    fn inside(&mut self, bytes: &[u8]) -> Result<usize, (usize, &'static str)> {
        for (at, byte) in bytes.iter().enumerate() {
            if self.in_string {
                match byte {
                    _ if self.is_escaped => self.is_escaped = false,
                    b'\\' => self.is_escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                continue;
            }
            if self.depth == 0 {
                self.last = match (byte, self.last) {
                    (byte, last) if byte.is_ascii_whitespace() => last,
                    (b',', Last::Record | Last::Other) => Last::Comma,
                    (b']', Last::Comma) => return Err((at, "found the end of the array behind a comma")),
                    (b',', _) => return Err((at, "found a comma, expected a record")),
                    (b'{' | b'[' | b'"', Last::Record) => {
                        return Err((at, "found a record behind another one, expected a comma"));
                    }
                    (b'{' | b'[' | b'"', _) => Last::Record,
                    (b']', last) => last,
                    _ => Last::Other,
                };
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b']' if self.depth == 0 => {
                    self.ended = true;
                    return Ok(at);
                }
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        Ok(bytes.len())
    }
}

impl Read for Elements {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.ended || into.is_empty() {
            return Ok(0);
        }
        let bytes = self.input.bytes.fill_buf()?;
        if bytes.is_empty() {
            let message = "the file ends inside of the array of records: it is truncated";
            return Err(self.input.complaint(message.into()));
        }
        let length = bytes.len().min(into.len());
        into[..length].copy_from_slice(&bytes[..length]);
        let lines = |bytes: &[u8]| memchr::memchr_iter(b'\n', bytes).count() as u64;
        let inside = self.inside(&into[..length]).map_err(|(at, message)| {
            self.input.line += lines(&into[..at]);
            self.input.complaint(format!("{message}: the array of records is damaged"))
        })?;
        self.input.line += lines(&into[..inside]);
        self.input.bytes.consume(inside);
        if self.ended {
            self.input.take();
            for key in &self.path {
                self.input.leave(key)?;
            }
            self.input.end()?;
        }
        Ok(inside)
    }
}

struct Input {
    bytes: BufReader<Box<dyn Read + Send>>,
    line: u64,
}

impl Input {
    fn complaint(&self, message: String) -> io::Error {
        io::Error::other(Complaint { line: self.line, message })
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.bytes.fill_buf()?.first().copied())
    }

    fn take(&mut self) {
        self.bytes.consume(1);
    }

    /// The next byte that is no white space; it is still to be taken.
    fn next_mark(&mut self) -> io::Result<Option<u8>> {
        while let Some(byte) = self.peek()? {
            if !byte.is_ascii_whitespace() {
                return Ok(Some(byte));
            }
            self.line += u64::from(byte == b'\n');
            self.take();
        }
        Ok(None)
    }

    fn expect(&mut self, mark: u8, what: &str) -> io::Result<()> {
        let found = self.next_mark()?;
        if found != Some(mark) {
            return Err(self.complaint(format!("found {}, expected {what}", named(found))));
        }
        self.take();
        Ok(())
    }

    /// Reads up to the value of a key.
    fn enter(&mut self, key: &str, place: &str) -> io::Result<()> {
        self.expect(b'{', "an object")?;
        loop {
            if self.next_mark()? == Some(b'}') {
                return Err(self.complaint(format!("{place} has no `{key}`, in which the records should stand")));
            }
            let found = self.name()?;
            self.expect(b':', "`:`")?;
            if found == key {
                return Ok(());
            }
            self.skip_value()?;
            match self.next_mark()? {
                Some(b',') => self.take(),
                Some(b'}') => {}
                other => return Err(self.complaint(format!("found {}, expected `,` or `}}`", named(other)))),
            }
        }
    }

    /// Reads on to the end of the object that is open, which has that key no second time.
    fn leave(&mut self, key: &str) -> io::Result<()> {
        loop {
            match self.next_mark()? {
                Some(b'}') => {
                    self.take();
                    return Ok(());
                }
                Some(b',') => {
                    self.take();
                    if self.name()? == key {
                        return Err(self.complaint(format!("found `{key}` twice, expected one array of records")));
                    }
                    self.expect(b':', "`:`")?;
                    self.skip_value()?;
                }
                other => return Err(self.complaint(format!("found {}, expected `,` or `}}`", named(other)))),
            }
        }
    }

    fn end(&mut self) -> io::Result<()> {
        match self.next_mark()? {
            None => Ok(()),
            other => Err(self.complaint(format!("found {} behind the document, expected its end", named(other)))),
        }
    }

    fn name(&mut self) -> io::Result<String> {
        let raw = self.string()?;
        serde_json::from_slice(&raw).map_err(|error| self.complaint(error.to_string()))
    }

    /// A text as it is written; of a very long one, which is no name, only the beginning is kept.
    fn string(&mut self) -> io::Result<Vec<u8>> {
        self.expect(b'"', "the name of a member")?;
        let mut raw = vec![b'"'];
        let mut is_escaped = false;
        while let Some(byte) = self.peek()? {
            self.take();
            self.line += u64::from(byte == b'\n');
            if raw.len() < LONGEST_NAME {
                raw.push(byte);
            }
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => return Ok(raw),
                _ => {}
            }
        }
        Err(self.complaint("the file ends inside of a text: it is truncated".into()))
    }

    fn skip_value(&mut self) -> io::Result<()> {
        match self.next_mark()? {
            Some(b'"') => self.string().map(drop),
            Some(b'{' | b'[') => self.skip_nested(),
            Some(_) => {
                while self
                    .peek()?
                    .is_some_and(|byte| !matches!(byte, b',' | b'}' | b']') && !byte.is_ascii_whitespace())
                {
                    self.take();
                }
                Ok(())
            }
            None => Err(self.complaint("the file ends where a value is expected: it is truncated".into())),
        }
    }

    fn skip_nested(&mut self) -> io::Result<()> {
        let mut depth = 0_usize;
        while let Some(byte) = self.next_mark()? {
            match byte {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.take();
            if depth == 0 {
                return Ok(());
            }
        }
        Err(self.complaint("the file ends inside of a value: it is truncated".into()))
    }
}

fn named(mark: Option<u8>) -> String {
    match mark {
        None => "the end of the file".into(),
        Some(b'{') => "an object".into(),
        Some(b'[') => "an array".into(),
        Some(b'"') => "a text".into(),
        Some(mark) => format!("`{}`", char::from(mark).escape_default()),
    }
}
