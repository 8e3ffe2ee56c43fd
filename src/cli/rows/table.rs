//! Rows as people read them: columns side by side, numbers to the right, as wide as the terminal; where even that is too
//! narrow, each row as a list of its columns. A text that could be taken for something else stands in quotes.

use std::io::Write;

use anyhow::Result;
use arrow::datatypes::SchemaRef;
use console::Style;
use datafusion::execution::SendableRecordBatchStream;
use futures::TryStreamExt;

use crate::cli::rows::{SHOWN, Texts};
use crate::record::screen::{Screen, cut, padded, width_of, wrapped};

/// How many rows a terminal is shown: more than anybody reads there.
const ROWS_ON_A_SCREEN: u64 = 1000;

/// The fewest characters that a text is cut to; with less than that, rows read better as lists.
const SHORTEST_TEXT: usize = 12;

const GAP: &str = "  ";
const NULL: &str = "NULL";

/// What became of an answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::cli) struct Shown {
    /// Of the answer, shown or not.
    pub rows: u64,
    pub rows_left_out: u64,
    pub are_texts_cut: bool,
}

/// Shows an answer. All of it, whole, where it is for no screen.
///
/// # Errors
/// When the query fails on its way, or what is written to takes no more.
pub(in crate::cli) async fn show(
    mut rows: SendableRecordBatchStream,
    out: &mut impl Write,
    screen: Option<Screen>,
) -> Result<Shown> {
    let columns = columns(&rows.schema());
    let most = if screen.is_some() { ROWS_ON_A_SCREEN } else { u64::MAX };
    let (mut kept, mut shown) = (Vec::new(), Shown::default());
    while let Some(batch) = rows.try_next().await? {
        let texts = Texts::of(&batch, &SHOWN)?;
        for row in 0..batch.num_rows() {
            shown.rows += 1;
            if shown.rows <= most {
                let cells = (0..columns.len()).map(|column| texts.value(&batch, column, row));
                kept.push(cells.map(|cell| cell.map(Cell::of)).collect::<Result<Vec<Cell>>>()?);
            }
        }
    }
    shown.rows_left_out = shown.rows.saturating_sub(most);
    let style = screen.is_some_and(|screen| screen.is_styled);
    match screen.map(|screen| (fitting(&columns, &kept, screen.width), screen.width)) {
        None => side_by_side(&columns, &kept, &natural(&columns, &kept), style, out)?,
        Some((Some(widths), _)) => {
            shown.are_texts_cut = widths != natural(&columns, &kept);
            side_by_side(&columns, &kept, &widths, style, out)?;
        }
        Some((None, width)) => as_lists(&columns, &kept, width, style, out)?,
    }
    out.flush()?;
    Ok(shown)
}

struct Column {
    name: String,
    is_number: bool,
}

fn columns(schema: &SchemaRef) -> Vec<Column> {
    let column = |field: &arrow::datatypes::FieldRef| Column {
        name: plain(field.name()),
        is_number: field.data_type().is_numeric(),
    };
    schema.fields().iter().map(column).collect()
}

/// One value: its lines, mostly one.
struct Cell {
    lines: Vec<String>,
    is_null: bool,
}

impl Cell {
    fn of(value: Option<String>) -> Cell {
        let Some(text) = value else { return Cell { lines: vec![NULL.to_string()], is_null: true } };
        let is_mistakable = text.is_empty() || text == NULL || text.starts_with(' ') || text.ends_with(' ');
        let text = if is_mistakable { format!("'{text}'") } else { text };
        Cell { lines: text.trim_end_matches('\n').split('\n').map(plain).collect(), is_null: false }
    }

    fn width(&self) -> usize {
        self.lines.iter().map(|line| width_of(line)).max().unwrap_or(0)
    }
}

/// Signs that would steer a terminal are shown as what they are.
fn plain(text: &str) -> String {
    let shown = |sign: char| if sign.is_control() { sign.escape_default().to_string() } else { sign.to_string() };
    if text.contains(char::is_control) { text.chars().map(shown).collect() } else { text.to_string() }
}

/// How wide each column is where there is room for all.
fn natural(columns: &[Column], rows: &[Vec<Cell>]) -> Vec<usize> {
    let widest = |(position, column): (usize, &Column)| {
        let cells = rows.iter().map(|row| row[position].width()).max().unwrap_or(0);
        cells.max(width_of(&column.name))
    };
    columns.iter().enumerate().map(widest).collect()
}

/// How wide each column is in a terminal, the widest texts cut first; None where they do not stand side by side. Of a
/// number or a name nothing is cut.
fn fitting(columns: &[Column], rows: &[Vec<Cell>], width: usize) -> Option<Vec<usize>> {
    let mut widths = natural(columns, rows);
    let gaps = GAP.len() * columns.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > width {
        let least = |column: &Column| width_of(&column.name).max(SHORTEST_TEXT);
        let texts = columns.iter().zip(&mut widths).filter(|(column, _)| !column.is_number);
        let shrinkable = texts.filter(|(column, width)| **width > least(column));
        *shrinkable.map(|(_, width)| width).max_by_key(|width| **width)? -= 1;
    }
    Some(widths)
}

fn side_by_side(
    columns: &[Column],
    rows: &[Vec<Cell>],
    widths: &[usize],
    is_styled: bool,
    out: &mut impl Write,
) -> Result<()> {
    let (bold, dim) = styles(is_styled);
    let names = columns.iter().zip(widths).map(|(column, width)| padded(&column.name, *width, column.is_number));
    let rule = widths.iter().map(|width| "─".repeat(*width)).collect::<Vec<_>>().join(GAP);
    writeln!(out, "{}", bold.apply_to(names.collect::<Vec<_>>().join(GAP).trim_end()))?;
    writeln!(out, "{}", dim.apply_to(rule))?;
    for row in rows {
        let lines = row.iter().map(|cell| cell.lines.len()).max().unwrap_or(0);
        for line in 0..lines {
            let mut shown = String::new();
            for ((cell, column), width) in row.iter().zip(columns).zip(widths) {
                let text = cell.lines.get(line).map_or("", String::as_str);
                let text = padded(&cut(text, *width), *width, column.is_number);
                shown.push_str(&if cell.is_null { dim.apply_to(text).to_string() } else { text });
                shown.push_str(GAP);
            }
            writeln!(out, "{}", shown.trim_end())?;
        }
    }
    Ok(())
}

/// Each row as a list of its columns, whose texts are wrapped and never cut.
fn as_lists(columns: &[Column], rows: &[Vec<Cell>], width: usize, is_styled: bool, out: &mut impl Write) -> Result<()> {
    let (bold, dim) = styles(is_styled);
    let names = columns.iter().map(|column| width_of(&column.name)).max().unwrap_or(0).min(width / 2);
    for (number, row) in rows.iter().enumerate() {
        let title = format!("── row {} ", number + 1);
        let rule = "─".repeat(width.saturating_sub(width_of(&title)));
        writeln!(out, "{}", dim.apply_to(format!("{title}{rule}")))?;
        for (cell, column) in row.iter().zip(columns) {
            let texts =
                cell.lines.iter().flat_map(|line| wrapped(line, width.saturating_sub(names + GAP.len()).max(1)));
            let mut name = padded(&cut(&column.name, names), names, false);
            for text in texts {
                let text = if cell.is_null { dim.apply_to(text).to_string() } else { text };
                let line = format!("{}{GAP}{text}", bold.apply_to(&name));
                writeln!(out, "{}", line.trim_end())?;
                name = " ".repeat(names);
            }
        }
    }
    Ok(())
}

fn styles(is_styled: bool) -> (Style, Style) {
    (Style::new().bold().force_styling(is_styled), Style::new().dim().force_styling(is_styled))
}
