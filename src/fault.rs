//! A fault is one thing wrong in a file that a person can mend: which file, where, what was found, what was
//! expected and what to do. Every reader of a file speaks of its faults in this one form.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

/// One thing wrong in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file as a person would name it, relative to the project or to the source where there is one.
    pub file: String,
    /// Where in the file, if it can be said.
    pub place: Option<Place>,
    /// What was found and, where it is not plain from that, what was expected: one sentence without a final period.
    pub message: String,
    /// What to do about it, if there is more to say.
    pub help: Option<String>,
}

/// A stretch of text in a file; lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub line: usize,
    pub column: usize,
    /// How many characters the caret underlines; at least 1.
    pub width: usize,
    /// The text of that line, without its end; empty where it may not be shown.
    pub line_text: String,
}

impl Place {
    /// The place of `bytes` (a byte range) in the whole text of a file.
    pub fn of_bytes(text: &str, bytes: Range<usize>) -> Place {
        let start = floor_char_boundary(text, bytes.start.min(text.len()));
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line = text[..start].matches('\n').count() + 1;
        let column = text[line_start..start].chars().count() + 1;
        let end = floor_char_boundary(text, bytes.end.clamp(start, text.len()));
        let width = text[start..end].lines().next().map_or(0, |first| first.chars().count()).max(1);
        Place { line, column, width, line_text: line_of(text, line) }
    }

    /// The place of a line and column, both counted from 1, in the whole text of a file.
    pub fn of_line(text: &str, line: usize, column: usize, width: usize) -> Place {
        Place { line: line.max(1), column: column.max(1), width: width.max(1), line_text: line_of(text, line) }
    }

    /// Where a word stands in the whole text of a file, as a whole word, last: queries name their result last.
    pub fn of_word(text: &str, word: &str) -> Option<Place> {
        let is_part = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
        let found = text.match_indices(word).filter(|(at, _)| {
            !is_part(text[..*at].chars().next_back()) && !is_part(text[*at + word.len()..].chars().next())
        });
        found.last().map(|(at, _)| Place::of_bytes(text, at..at + word.len()))
    }
}

fn floor_char_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn line_of(text: &str, line: usize) -> String {
    text.lines().nth(line.max(1) - 1).unwrap_or_default().to_string()
}

impl Fault {
    /// A fault of a whole file.
    pub fn of_file(file: impl Into<String>, message: impl Into<String>) -> Fault {
        Fault { file: file.into(), place: None, message: message.into(), help: None }
    }

    /// A fault at a place in a file.
    pub fn at(file: impl Into<String>, place: Place, message: impl Into<String>) -> Fault {
        Fault { file: file.into(), place: Some(place), message: message.into(), help: None }
    }

    /// The same fault with advice.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Fault {
        self.help = Some(help.into());
        self
    }

    /// `file:line:column`, or as much of it as is known.
    pub fn location(&self) -> String {
        match &self.place {
            Some(place) => format!("{}:{}:{}", self.file, place.line, place.column),
            None => self.file.clone(),
        }
    }

    /// The fault as a person reads it on a terminal: the message, the line and a caret under the place.
    pub fn render(&self, renderer: &Renderer) -> String {
        let text;
        let mut group = Group::with_title(Level::ERROR.primary_title(self.message.as_str()));
        match &self.place {
            Some(place) if place.line_text.is_empty() => {
                let origin = Origin::path(self.file.as_str()).line(place.line).char_column(place.column);
                group = group.element(origin);
            }
            Some(place) => {
                // A very long line (a row of data, say) is shown from shortly before the place.
                let skipped = place.column.saturating_sub(60);
                text = place.line_text.chars().skip(skipped).take(160).collect::<String>();
                let start = place.column - 1 - skipped;
                let span = char_to_byte(&text, start)..char_to_byte(&text, start + place.width);
                let snippet = Snippet::source(text.as_str()).line_start(place.line).path(self.file.as_str());
                group = group.element(snippet.annotation(AnnotationKind::Primary.span(span)));
            }
            None => group = group.element(Origin::path(self.file.as_str())),
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}

fn char_to_byte(text: &str, characters: usize) -> usize {
    text.char_indices().nth(characters).map_or(text.len(), |(byte, _)| byte)
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.location(), self.message)?;
        match &self.help {
            Some(help) => write!(out, " ({help})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Fault {}

/// Reads a YAML text into its typed form.
///
/// # Errors
/// The first thing that is no YAML, stands twice, is unknown or is of another type, with its place.
pub fn parse_yaml<'text, T: serde::Deserialize<'text>>(file: &str, text: &'text str) -> Result<T, Fault> {
    serde_saphyr::from_str(text).map_err(|error| {
        let error = error.without_snippet();
        let message = error.to_string();
        // The place stands in front of the message already.
        let message = message.split(" at line ").next().unwrap_or(&message);
        // Nor is a reader of the file one of its parser's.
        let message = message.split(", set DuplicateKeyPolicy").next().unwrap_or(message).to_string();
        match error.location() {
            Some(location) => Fault::at(file, yaml_place(text, &location), message),
            None => Fault::of_file(file, message),
        }
    })
}

/// The place that the YAML reader means, to which a CR alone ends a line, too.
pub fn yaml_place(text: &str, location: &serde_saphyr::Location) -> Place {
    let width = usize::try_from(location.span().len()).unwrap_or(1);
    let line = usize::try_from(location.line()).unwrap_or(1).max(1);
    let column = usize::try_from(location.column()).unwrap_or(1).max(1);
    let mut lines = text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'));
    let line_text = lines.nth(line - 1).unwrap_or_default().to_string();
    let rest_of_line = line_text.chars().count().saturating_sub(column - 1);
    Place { line, column, width: width.clamp(1, rest_of_line.max(1)), line_text }
}

/// All faults found in one go; as an error it is what `run` stops with before it starts.
#[derive(Debug, Clone, Default)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, fault) in self.0.iter().enumerate() {
            if position > 0 {
                out.write_str("\n")?;
            }
            write!(out, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// The candidate nearest to a mistyped name, where one is near enough to be meant.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count().min(name.chars().count()) / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

/// An error with its causes in one line; a cause that the words before it quote already is not said again.
pub fn with_causes(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if said.is_empty() {
            said = cause;
        } else if !said.contains(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}
