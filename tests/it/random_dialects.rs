//! Random dialects of CSV, all that `docs/extracts.md` knows of, with notations of values and encodings.

use chrono_tz::Tz;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use sopmart::pipeline::{Compression, Csv, Encoding, Negative, Notation, RowEnd, TimePattern};

/// How a file is written, and what its reader is told of that.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each of them is a way to write a file")]
pub struct Dialect {
    pub csv: Csv,
    pub notation: Notation,
    /// What ends a physical line.
    pub line: &'static str,
    /// Whether a line end follows where records have an end of their own.
    pub has_line_behind_mark: bool,
    /// Whether a quote inside of quotes is escaped, not doubled.
    pub escapes_quotes: bool,
    pub quotes_all: bool,
    /// Whether the last record has its end.
    pub ends_last: bool,
    pub preamble: Vec<&'static str>,
    pub footer: Vec<&'static str>,
    pub bytes: Bytes,
    pub is_marked: bool,
    pub compression: Compression,
    /// Whether the file has a column that the contract does not know.
    pub has_more: bool,
    /// Decides of whatever may be written in several ways.
    pub choices: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bytes {
    Utf8,
    Utf16Le,
    Utf16Be,
    Windows1252,
}

fn notations() -> impl Strategy<Value = Notation> {
    let patterns = |choices: &[&[&str]], has_time: bool| {
        let parsed = |typed: &&str| TimePattern::parse(typed, has_time).unwrap();
        let choices: Vec<Vec<TimePattern>> = choices.iter().map(|typed| typed.iter().map(parsed).collect()).collect();
        select(choices)
    };
    let dates: [&[&str]; 8] = [
        &[],
        &["%d.%m.%Y"],
        &["%m/%d/%Y"],
        &["%Y%m%d", "%d.%m.%Y"],
        &["%-d.%-m.%y"],
        &["%d-%b-%Y", "%-m/%-d/%Y"],
        &["%d %B %Y"],
        &["%Y/%j"],
    ];
    let timestamps: [&[&str]; 6] = [
        &[],
        &["%d.%m.%Y %H:%M:%S"],
        &["%m/%d/%Y %-I:%M %p"],
        &["%Y%m%d %H%M%S.%f", "%d.%m.%Y %H:%M"],
        &["%d.%m.%y %-H:%M:%S,%f"],
        &["%Y-%m-%dT%H:%M:%S.%f%z"],
    ];
    let negatives = vec![vec![], vec![Negative::TrailingMinus], vec![Negative::Parentheses, Negative::TrailingMinus]];
    let words: Vec<[Vec<String>; 2]> =
        vec![[vec![], vec![]], [vec!["ja".into(), "X".into()], vec!["nein".into(), "o".into()]]];
    (
        select(vec![vec![], vec![""], vec!["NULL"], vec!["-", "n/a"], vec!["\\N"]]),
        select(vec![
            (b'.', None),
            (b'.', Some(",")),
            (b',', None),
            (b',', Some(".")),
            (b'.', Some("'")),
            (b',', Some(" ")),
        ]),
        select(negatives),
        select(vec![vec![], vec!["€", "EUR"]]),
        patterns(&dates, false),
        patterns(&timestamps, true),
        select(vec![chrono_tz::UTC, chrono_tz::Europe::Berlin]),
        select(words),
    )
        .prop_map(
            |(nulls, (decimal_point, thousands), negatives, currency, dates, timestamps, time_zone, words)| {
                let texts = |texts: Vec<&str>| texts.into_iter().map(str::to_string).collect();
                let thousands = thousands.map(str::to_string);
                let [trues, falses] = words;
                let (nulls, currency) = (texts(nulls), texts(currency));
                let time_zone: Tz = time_zone;
                Notation {
                    nulls,
                    decimal_point,
                    thousands,
                    negatives,
                    currency,
                    dates,
                    timestamps,
                    time_zone,
                    trues,
                    falses,
                }
            },
        )
}

fn csvs() -> impl Strategy<Value = Csv> {
    let delimiters = [",", ",", ";", "\t", "|", "+|", "||", "§", "~^~", "\u{1f}"];
    let marks = ["&|", "@@", "&|\r\n", "\r\n", "#\n"];
    let marked = select(marks.to_vec()).prop_map(|mark| RowEnd::Text(mark.into()));
    let row_end = prop_oneof![3 => Just(RowEnd::Line), 1 => marked];
    let quote = prop_oneof![4 => Just(Some(b'"')), 1 => Just(Some(b'\'')), 1 => Just(None)];
    let escape = prop_oneof![2 => Just(None), 1 => Just(Some(b'\\'))];
    let comments = prop_oneof![2 => Just(vec![]), 1 => Just(vec!["#"]), 1 => Just(vec!["//", "#"])];
    (select(delimiters.to_vec()), quote, escape, row_end, comments, any::<bool>()).prop_map(
        |(delimiter, quote, escape, row_end, comments, has_header)| Csv {
            has_header,
            delimiter: delimiter.into(),
            quote,
            escape,
            row_end,
            comments: comments.into_iter().map(str::to_string).collect(),
            ..Csv::plain()
        },
    )
}

pub fn dialects() -> impl Strategy<Value = Dialect> {
    let above = ["Report of \"today", "\"an open quote", "", "a;b,c", "# of rows: 3", "it's\\"];
    let below = ["Total;3", "\"an open quote", "it's, \"it\"", "-- end --\\"];
    let bytes = select(vec![Bytes::Utf8, Bytes::Utf8, Bytes::Utf16Le, Bytes::Utf16Be, Bytes::Windows1252]);
    let compression = select(vec![Compression::None, Compression::Gzip, Compression::Zstd]);
    let lines = vec(select(above.to_vec()), 0..3);
    let outside = (lines, vec(select(below.to_vec()), 0..3), bytes, any::<bool>(), compression, any::<bool>());
    let marks = (select(vec!["\n", "\r\n", "\r"]), any::<[bool; 4]>(), any::<u64>());
    (csvs(), notations(), outside, marks).prop_map(|(csv, notation, outside, marks)| {
        let (preamble, footer, bytes, is_marked, compression, has_more) = outside;
        let (line, [has_line_behind_mark, escapes_quotes, quotes_all, ends_last], choices) = marks;
        Dialect {
            csv,
            notation,
            line,
            has_line_behind_mark,
            escapes_quotes,
            quotes_all,
            ends_last,
            preamble,
            footer,
            bytes,
            is_marked,
            compression,
            has_more,
            choices,
        }
        .fitted()
    })
}

impl Dialect {
    /// The dialect without what contradicts itself.
    fn fitted(mut self) -> Dialect {
        if let RowEnd::Text(mark) = &self.csv.row_end {
            // Such a file has physical lines that end in LF alone, or behind CR.
            self.line = if self.line == "\r" { "\n" } else { self.line };
            // A footer is made of lines, and so it needs one of its own.
            self.has_line_behind_mark |= !self.footer.is_empty();
            self.has_line_behind_mark &= !mark.ends_with('\n');
            // An empty record and a comment would look alike.
            self.csv.comments.retain(|start| !mark.starts_with(start.as_str()));
        }
        // A number may hold a comma, which only quotes and escapes can keep apart from a delimiter.
        if self.csv.quote.is_none() && self.csv.escape.is_none() && self.csv.delimiter == "," {
            self.csv.delimiter = ";".into();
        }
        self.csv.skip_lines = self.preamble.len() as u64;
        self.csv.footer_lines = self.footer.len() as u64;
        self.has_more &= self.csv.has_header;
        self.is_marked &= self.bytes != Bytes::Windows1252;
        self
    }

    /// What the reader is told: a byte order mark has the last word, and so it is told something else.
    pub fn encoding(&self) -> Encoding {
        let name = match self.bytes {
            _ if self.is_marked => "windows-1252",
            Bytes::Utf8 => "utf-8",
            Bytes::Utf16Le => "utf-16le",
            Bytes::Utf16Be => "utf-16be",
            Bytes::Windows1252 => "windows-1252",
        };
        Encoding::named(name).unwrap()
    }

    pub fn row_end(&self) -> String {
        match &self.csv.row_end {
            RowEnd::Line => self.line.into(),
            RowEnd::Text(mark) => format!("{mark}{}", if self.has_line_behind_mark { self.line } else { "" }),
        }
    }
}
