//! A JSON document that holds an array of records somewhere: as a stream, only what stands inside of that array. What
//! stands around it is read as well, so that a document that ends too early is noticed.

use std::io::{self, BufRead, BufReader, Read};

use crate::extract::bytes::Complaint;

/// The inside of the array of records.
pub(super) struct Elements {
    input: Input,
    /// How many objects stand around the array.
    around: usize,
    /// How many objects and arrays are open inside of it.
    depth: usize,
    in_string: bool,
    is_escaped: bool,
    ended: bool,
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
        let elements =
            Elements { input, around: path.len(), depth: 0, in_string: false, is_escaped: false, ended: false };
        Ok((elements, line))
    }

    /// How many of these bytes stand inside of the array.
    fn inside(&mut self, bytes: &[u8]) -> usize {
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
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b']' if self.depth == 0 => {
                    self.ended = true;
                    return at;
                }
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        bytes.len()
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
        let inside = self.inside(&into[..length]);
        self.input.line += memchr::memchr_iter(b'\n', &into[..inside]).count() as u64;
        self.input.bytes.consume(inside);
        if self.ended {
            self.input.take();
            for _ in 0..self.around {
                self.input.leave()?;
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
            let found = self.string()?;
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

    /// Reads on to the end of the object that is open.
    fn leave(&mut self) -> io::Result<()> {
        loop {
            match self.next_mark()? {
                Some(b'}') => {
                    self.take();
                    return Ok(());
                }
                Some(b',') => {
                    self.take();
                    self.string()?;
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

    fn string(&mut self) -> io::Result<String> {
        self.expect(b'"', "the name of a member")?;
        let mut raw = vec![b'"'];
        let mut is_escaped = false;
        while let Some(byte) = self.peek()? {
            self.take();
            raw.push(byte);
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => {
                    return serde_json::from_slice(&raw).map_err(|error| self.complaint(error.to_string()));
                }
                _ => {}
            }
        }
        Err(self.complaint("the file ends inside of a name: it is truncated".into()))
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
