//! The blocks of an extract's entry that are particular to a format, as typed, and what their words mean.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::contract::Contract;
use crate::pipeline::file::Reading;
use crate::pipeline::reader::values_file::Texts;
use crate::pipeline::reader::{CellRange, Csv, Excel, FixedWidth, Json, Ragged, RowEnd};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pipeline) struct CsvFile {
    header: Option<bool>,
    delimiter: Option<Spanned<String>>,
    quote: Option<Spanned<String>>,
    escape: Option<Spanned<String>>,
    row_end: Option<Spanned<String>>,
    comment: Option<Spanned<Texts>>,
    skip_lines: Option<u64>,
    footer_lines: Option<u64>,
    ragged: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pipeline) struct FixedWidthFile {
    /// `1-10`, `11-` for each column of the contract.
    columns: Spanned<BTreeMap<String, Spanned<String>>>,
    comment: Option<Spanned<Texts>>,
    skip_lines: Option<u64>,
    footer_lines: Option<u64>,
    ragged: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pipeline) struct JsonFile {
    rows: Option<String>,
}

impl JsonFile {
    pub(super) fn meant(&self) -> Json {
        let rows = self.rows.as_deref().unwrap_or_default();
        Json { rows: rows.split('.').filter(|key| !key.is_empty()).map(str::to_string).collect() }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pipeline) struct ExcelFile {
    sheet: Option<String>,
    range: Option<Spanned<String>>,
    header: Option<bool>,
    footer_lines: Option<u64>,
}

impl Reading<'_> {
    pub(super) fn csv(&mut self, typed: Option<&CsvFile>, default_delimiter: &str) -> Option<Csv> {
        let mut csv = Csv { delimiter: default_delimiter.to_string(), ..Csv::plain() };
        let Some(typed) = typed else { return Some(csv) };
        csv.has_header = typed.header.unwrap_or(true);
        if let Some(delimiter) = &typed.delimiter {
            csv.delimiter = self.ends("delimiter", delimiter)?;
        }
        if let Some(quote) = &typed.quote {
            csv.quote = self.character("quote", quote)?;
        }
        if let Some(escape) = &typed.escape {
            csv.escape = self.character("escape", escape)?.filter(|escape| Some(*escape) != csv.quote);
        }
        if let Some(row_end) = &typed.row_end {
            csv.row_end = match row_end.value.as_str() {
                "line" => RowEnd::Line,
                _ => RowEnd::Text(self.ends("row_end", row_end)?),
            };
        }
        csv.comments = self.line_starts(typed.comment.as_ref());
        csv.skip_lines = typed.skip_lines.unwrap_or(0);
        csv.footer_lines = typed.footer_lines.unwrap_or(0);
        csv.ragged = self.ragged(typed.ragged.as_ref())?;
        let marks = [csv.quote, csv.escape];
        let at = typed.quote.as_ref().or(typed.escape.as_ref()).or(typed.delimiter.as_ref());
        if let Some(at) = at
            && marks.into_iter().flatten().any(|mark| csv.delimiter.as_bytes().contains(&mark))
        {
            self.fault(&at.referenced, "`delimiter` holds the character that quotes or escapes");
        }
        if let (RowEnd::Text(end), Some(at)) = (&csv.row_end, &typed.row_end)
            && (end.starts_with(&csv.delimiter) || csv.delimiter.starts_with(end.as_str()))
        {
            self.fault(&at.referenced, "`row_end` and `delimiter` begin alike, so that no record would end");
        }
        Some(csv)
    }

    fn ragged(&mut self, typed: Option<&Spanned<String>>) -> Option<Ragged> {
        let Some(typed) = typed else { return Some(Ragged::Quarantine) };
        match typed.value.as_str() {
            "quarantine" => Some(Ragged::Quarantine),
            "pad" => Some(Ragged::Pad),
            "cut" => Some(Ragged::Cut),
            other => {
                self.fault(&typed.referenced, format!("`ragged` is `{other}`, expected quarantine, pad or cut"));
                None
            }
        }
    }

    fn line_starts(&mut self, typed: Option<&Spanned<Texts>>) -> Vec<String> {
        let starts = Texts::list(typed);
        if let Some(typed) = typed.filter(|_| starts.iter().any(String::is_empty)) {
            self.fault(&typed.referenced, "`comment` holds an empty text, with which every line starts");
        }
        starts
    }

    /// One character of ASCII, or none.
    #[expect(clippy::option_option, reason = "the outer one is a fault, the inner one the word `none`")]
    fn character(&mut self, field: &str, typed: &Spanned<String>) -> Option<Option<u8>> {
        match typed.value.as_bytes() {
            b"none" => Some(None),
            [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r') => Some(Some(*byte)),
            _ => {
                let message = format!("`{field}` is `{}`, expected `none` or one ASCII character", typed.value);
                self.fault(&typed.referenced, message);
                None
            }
        }
    }

    /// What stands between fields or behind records.
    fn ends(&mut self, field: &str, typed: &Spanned<String>) -> Option<String> {
        match typed.value.as_str() {
            "tab" => Some("\t".into()),
            "" => {
                self.fault(&typed.referenced, format!("`{field}` is empty, expected `tab`, a character or several"));
                None
            }
            text if field == "delimiter" && text.contains(['\n', '\r']) => {
                self.fault(&typed.referenced, "`delimiter` holds a line end");
                None
            }
            text => Some(text.to_string()),
        }
    }

    pub(super) fn fixed_width(&mut self, typed: &Spanned<FixedWidthFile>, contract: &Contract) -> Option<FixedWidth> {
        let typed = &typed.value;
        let named = &typed.columns;
        for (name, place) in &named.value {
            self.known_column(name, &place.referenced, contract);
        }
        let mut places = Vec::new();
        for column in &contract.columns {
            let Some(place) = named.value.get(&column.name) else {
                let message = format!("`columns` has no place for column `{}` of {}", column.name, contract.file);
                self.fault(&named.referenced, message);
                continue;
            };
            match fixed_place(&place.value) {
                Some(place) => places.push(place),
                None => {
                    let message = format!("`{}`, expected characters such as 1-10 or 11-", place.value);
                    self.fault(&place.referenced, message);
                }
            }
        }
        if places.len() != contract.columns.len() {
            return None;
        }
        let mut form = FixedWidth::of(places);
        form.comments = self.line_starts(typed.comment.as_ref());
        form.skip_lines = typed.skip_lines.unwrap_or(0);
        form.footer_lines = typed.footer_lines.unwrap_or(0);
        form.ragged = self.ragged(typed.ragged.as_ref())?;
        Some(form)
    }

    pub(super) fn excel(&mut self, typed: Option<&ExcelFile>) -> Option<Excel> {
        let range = match typed.and_then(|typed| typed.range.as_ref()) {
            None => CellRange::default(),
            Some(range) => match CellRange::parse(&range.value) {
                Some(range) => range,
                None => {
                    let message = format!("`range` is `{}`, expected cells such as B4:H200 or B4:H", range.value);
                    self.fault(&range.referenced, message);
                    return None;
                }
            },
        };
        Some(Excel {
            sheet: typed.and_then(|typed| typed.sheet.clone()),
            range,
            has_header: typed.and_then(|typed| typed.header).unwrap_or(true),
            footer_lines: typed.and_then(|typed| typed.footer_lines).unwrap_or(0),
        })
    }
}

fn fixed_place(text: &str) -> Option<(usize, Option<usize>)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let first: usize = first.trim().parse().ok().filter(|first| *first > 0)?;
    let last = match last.trim() {
        "" => None,
        last => Some(last.parse().ok().filter(|last| *last >= first)?),
    };
    Some((first, last))
}
