//! A sheet as a stream of rows, which a thread of its own reads out of the workbook.

use std::collections::VecDeque;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use calamine::{Data, DataRef, ExcelDateTime, Ods, Reader, Xls, Xlsb, Xlsx};

use crate::extract::number::of_spreadsheet;
use crate::extract::{SourceFile, archive, guard};
use crate::pipeline::{CellRange, Excel};

/// How many rows are handed over at a time, how many bytes of text they should be, and how many such pieces wait.
const ROWS: usize = 4096;
const BYTES: usize = 4 << 20;
const WAITING: usize = 4;

/// How many columns a sheet may have, down to `XFD`.
const COLUMNS: u32 = 1 << 14;

/// The sheet of a workbook that is meant.
pub(super) struct Sheet {
    path: PathBuf,
    /// What the file is called where it comes from; its ending tells the kind of workbook.
    name: String,
    excel: Excel,
}

/// A row with at least one value.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    /// From 0.
    pub number: u32,
    /// In the order of their columns.
    pub cells: Vec<Cell>,
    pub is_footer: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// From 0.
    pub column: u32,
    content: Content,
}

#[derive(Debug, Clone)]
enum Content {
    Text(String),
    /// A number, a date, a time or a boolean, in the notation of ISO.
    Typed(String),
}

impl Cell {
    pub(super) fn text(&self) -> &str {
        match &self.content {
            Content::Text(text) | Content::Typed(text) => text,
        }
    }

    pub(super) fn is_typed(&self) -> bool {
        matches!(self.content, Content::Typed(_))
    }

    /// `A`, `B`, … `AA`.
    pub(super) fn column_name(&self) -> String {
        let mut name = Vec::new();
        let mut rest = self.column + 1;
        while rest > 0 {
            let letter = u8::try_from((rest - 1) % 26).unwrap_or(0);
            name.push(char::from(b'A' + letter));
            rest = (rest - 1) / 26;
        }
        name.iter().rev().collect()
    }
}

/// Why a sheet cannot be read, as a sentence; nobody listening is also an end.
enum End {
    Fault(String),
    Unheard,
}

type Piece = Result<Vec<Row>, String>;

impl Sheet {
    pub(super) fn of(file: &SourceFile, excel: &Excel) -> Sheet {
        Sheet { path: file.path.clone(), name: file.name.clone(), excel: excel.clone() }
    }

    /// Pieces of rows; an empty one is the last.
    pub(super) fn rows(self) -> Receiver<Piece> {
        let (sender, rows) = sync_channel(WAITING);
        thread::spawn(move || {
            let mut rows = Rows {
                range: self.excel.range,
                footer: usize::try_from(self.excel.footer_lines).unwrap_or(usize::MAX),
                row: Row::default(),
                held: VecDeque::new(),
                ready: Vec::new(),
                ready_bytes: 0,
                sender,
            };
            let outcome = guard::caught(|| self.read(&mut rows).and_then(|()| rows.finish()));
            if let Err(End::Fault(message)) = outcome.unwrap_or_else(|| Err(bad(guard::GAVE_UP))) {
                // Where nobody listens any more, nobody needs to know.
                drop(rows.sender.send(Err(message)));
            }
        });
        rows
    }

    fn read(&self, rows: &mut Rows) -> Result<(), End> {
        let file = || File::open(&self.path).map(BufReader::new).map_err(|error| End::Fault(error.to_string()));
        let end = self.name.rsplit('.').next().unwrap_or_default().to_lowercase();
        if end != "xls" {
            // All others are archives, of which the readers do not look at the check sums.
            archive::hold(file()?).map_err(bad)?;
        }
        match end.as_str() {
            "xls" => self.read_whole(Xls::new(file()?).map_err(bad)?, rows),
            "xlsb" => {
                let mut book = Xlsb::new(file()?).map_err(bad)?;
                let name = self.name_among(&book.sheet_names())?;
                let mut cells = book.worksheet_cells_reader(&name).map_err(bad)?;
                while let Some(cell) = cells.next_cell().map_err(bad)? {
                    rows.add(cell.get_position(), content_of(cell.get_value()))?;
                }
                Ok(())
            }
            "ods" => self.read_whole(Ods::new(file()?).map_err(bad)?, rows),
            _ => {
                let mut book = Xlsx::new(file()?).map_err(bad)?;
                let name = self.name_among(&book.sheet_names())?;
                let mut cells = book.worksheet_cells_reader(&name).map_err(bad)?;
                while let Some(cell) = cells.next_cell().map_err(bad)? {
                    rows.add(cell.get_position(), content_of(cell.get_value()))?;
                }
                Ok(())
            }
        }
    }

    /// These formats have no way to read cell by cell; their sheets are small.
    fn read_whole<Book: Reader<BufReader<File>>>(&self, mut book: Book, rows: &mut Rows) -> Result<(), End>
    where
        Book::Error: std::fmt::Display,
    {
        let name = self.name_among(&book.sheet_names())?;
        let range = book.worksheet_range(&name).map_err(bad)?;
        let (first_row, first_column) = range.start().unwrap_or((0, 0));
        for (row, column, value) in range.used_cells() {
            let at = (first_row + narrow(row), first_column + narrow(column));
            rows.add(at, content_of(value))?;
        }
        Ok(())
    }

    fn name_among(&self, names: &[String]) -> Result<String, End> {
        match &self.excel.sheet {
            None => names.first().cloned().ok_or_else(|| End::Fault("the workbook has no sheet".into())),
            Some(wanted) if names.contains(wanted) => Ok(wanted.clone()),
            Some(wanted) => {
                let message = format!("the workbook has no sheet `{wanted}`, found {}", names.join(", "));
                Err(End::Fault(message))
            }
        }
    }
}

fn bad(error: impl std::fmt::Display) -> End {
    End::Fault(format!("found bytes that are not a workbook, or that are damaged: {error}"))
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Collects cells into rows and hands them over.
struct Rows {
    range: CellRange,
    footer: usize,
    row: Row,
    /// Rows of which the last ones may be the footer.
    held: VecDeque<Row>,
    ready: Vec<Row>,
    ready_bytes: usize,
    sender: SyncSender<Piece>,
}

impl Rows {
    fn add(&mut self, (row, column): (u32, u32), content: Option<Content>) -> Result<(), End> {
        if row < self.row.number {
            return Err(End::Fault(format!("found row {} behind row {}", row + 1, self.row.number + 1)));
        }
        if row > self.row.number {
            self.end_row()?;
            self.row.number = row;
        }
        let CellRange { first_row, first_column, last_row, last_column } = self.range;
        let is_inside = row >= first_row
            && column >= first_column
            && last_row.is_none_or(|last| row <= last)
            && last_column.is_none_or(|last| column <= last);
        if let Some(content) = content.filter(|_| is_inside) {
            let cell = Cell { column, content };
            if column >= COLUMNS {
                return Err(bad(format!(
                    "there is a column {}, beyond the last that a sheet may have",
                    cell.column_name()
                )));
            }
            match self.row.cells.binary_search_by_key(&column, |cell| cell.column) {
                Ok(_) => return Err(bad(format!("cell {}{} is there twice", cell.column_name(), row + 1))),
                Err(place) => self.row.cells.insert(place, cell),
            }
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), End> {
        let row = std::mem::take(&mut self.row);
        if row.cells.is_empty() {
            return Ok(());
        }
        self.held.push_back(row);
        if self.held.len() > self.footer
            && let Some(row) = self.held.pop_front()
        {
            self.ready_bytes += row.cells.iter().map(|cell| cell.text().len()).sum::<usize>();
            self.ready.push(row);
        }
        if self.ready.len() >= ROWS || self.ready_bytes >= BYTES {
            return self.hand_over();
        }
        Ok(())
    }

    fn hand_over(&mut self) -> Result<(), End> {
        self.ready_bytes = 0;
        self.sender.send(Ok(std::mem::take(&mut self.ready))).map_err(|_| End::Unheard)
    }

    fn finish(&mut self) -> Result<(), End> {
        self.end_row()?;
        let footer = self.held.drain(..).map(|row| Row { is_footer: true, ..row });
        self.ready.extend(footer);
        if !self.ready.is_empty() {
            self.hand_over()?;
        }
        self.hand_over()
    }
}

/// What a cell says; None where it is empty.
fn content_of(value: &impl CellValue) -> Option<Content> {
    value.content().filter(|content| !matches!(content, Content::Text(text) if text.is_empty()))
}

trait CellValue {
    fn content(&self) -> Option<Content>;
}

impl CellValue for DataRef<'_> {
    fn content(&self) -> Option<Content> {
        Some(match self {
            DataRef::Empty => return None,
            DataRef::Int(number) => Content::Typed(number.to_string()),
            DataRef::Float(number) => Content::Typed(of_spreadsheet(*number)),
            DataRef::String(text) => Content::Text(text.clone()),
            DataRef::SharedString(text) => Content::Text((*text).to_string()),
            DataRef::Bool(value) => Content::Typed(value.to_string()),
            DataRef::DateTime(time) => date_or_time(time),
            DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Content::Typed(text.clone()),
            DataRef::Error(error) => Content::Text(error.to_string()),
        })
    }
}

impl CellValue for Data {
    fn content(&self) -> Option<Content> {
        Some(match self {
            Data::Empty => return None,
            Data::Int(number) => Content::Typed(number.to_string()),
            Data::Float(number) => Content::Typed(of_spreadsheet(*number)),
            Data::String(text) => Content::Text(text.clone()),
            Data::Bool(value) => Content::Typed(value.to_string()),
            Data::DateTime(time) => date_or_time(time),
            Data::DateTimeIso(text) | Data::DurationIso(text) => Content::Typed(text.clone()),
            Data::Error(error) => Content::Text(error.to_string()),
        })
    }
}

/// The last day that a spreadsheet knows, as it counts days from 1900 and from 1904.
const LAST_DATE: &str = "9999-12-31";
const LAST_DAYS: [f64; 2] = [2_958_465.0, 2_957_003.0];

/// A day, or a day with its time; a duration, and what is no day of a spreadsheet, as its number of days.
fn date_or_time(time: &ExcelDateTime) -> Content {
    let days = time.as_f64();
    let (year, month, day, hour, minute, second, millisecond) = time.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    // The first and the last day are also what days before and behind them are read as.
    let is_a_day = days >= 0.0 && (date != LAST_DATE || LAST_DAYS.contains(&days.floor()));
    if time.is_duration() || !is_a_day {
        return Content::Typed(of_spreadsheet(days));
    }
    if (hour, minute, second, millisecond) == (0, 0, 0, 0) {
        return Content::Typed(date);
    }
    Content::Typed(format!("{date} {hour:02}:{minute:02}:{second:02}.{millisecond:03}"))
}
