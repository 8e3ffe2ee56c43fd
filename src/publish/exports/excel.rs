//! Marts as one workbook for people who check figures: a sheet for each mart with typed columns, a sheet that says from
//! which run they are and what their files hash to, and one that says what every column means.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use datafusion::prelude::SessionContext;
use futures::TryStreamExt;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet};

use crate::contract::parse_type;
use crate::publish::exports::rows_in_order;
use crate::warehouse::publish_log::{Entry, PublishedColumn, PublishedMart};

/// What a sheet of Excel holds beside its header.
const MOST_ROWS: u64 = 1_048_575;
const MOST_COLUMNS: usize = 16_384;
const LONGEST_TEXT: usize = 32_767;
const LONGEST_NAME: usize = 31;

/// Excel keeps so many digits of a number.
const DIGITS: u32 = 15;

/// Days from Excel's day 0 to 1970-01-01, and the first day from which on Excel counts as everybody does (1900-03-01).
const TO_1970: f64 = 25_569.0;
const FIRST_DAY: f64 = 61.0;

/// The workbook's bytes; equal for equal entries.
///
/// # Errors
/// When a mart does not fit into a sheet; it names the mart and what to do.
pub async fn workbook(
    session: &SessionContext,
    entry: &Entry,
    pipeline: &str,
    marts: &[(&str, &PublishedMart)],
) -> Result<Vec<u8>> {
    for (name, mart) in marts {
        fits(name, mart)?;
    }
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_timestamp(entry.published_at.timestamp())?;
    let title = format!("{pipeline}: marts as of {}", entry.as_of);
    workbook
        .set_properties(&DocProperties::new().set_title(title).set_author("sopmart").set_creation_datetime(&created));
    let names = sheet_names(marts);
    let mut shortened = Vec::new();
    let mut about = Worksheet::new();
    about.set_name("About")?;
    let mut sheets = Vec::new();
    for ((name, mart), sheet_name) in marts.iter().zip(&names) {
        let mut sheet = workbook.new_worksheet_with_low_memory()?;
        sheet.set_name(sheet_name)?;
        let rounded =
            fill(&mut sheet, session, name, mart).await.with_context(|| format!("marts.{name} as a sheet"))?;
        shortened.push(rounded);
        sheets.push(sheet);
    }
    say_about(&mut about, entry, pipeline, marts, &names, &shortened)?;
    workbook.push_worksheet(about);
    for sheet in sheets {
        workbook.push_worksheet(sheet);
    }
    let mut dictionary = Worksheet::new();
    dictionary.set_name("Dictionary")?;
    explain(&mut dictionary, marts)?;
    workbook.push_worksheet(dictionary);
    Ok(workbook.save_to_buffer()?)
}

fn fits(name: &str, mart: &PublishedMart) -> Result<()> {
    let rows = mart.rows();
    let advice = "leave it out of `excel`, which may be a list of marts, and take it as `csv` or `parquet`";
    if rows > MOST_ROWS {
        bail!("marts.{name} has {rows} rows, and a sheet of Excel holds {MOST_ROWS}: {advice}");
    }
    if mart.schema.len() > MOST_COLUMNS {
        bail!("marts.{name} has {} columns, and a sheet of Excel holds {MOST_COLUMNS}: {advice}", mart.schema.len());
    }
    Ok(())
}

/// The marts' names, cut to what Excel allows and made different where that makes them equal.
fn sheet_names(marts: &[(&str, &PublishedMart)]) -> Vec<String> {
    let mut taken = BTreeSet::from(["about".to_string(), "dictionary".to_string()]);
    let mut names = Vec::new();
    for (mart, _) in marts {
        let mut name: String = mart.chars().take(LONGEST_NAME).collect();
        let mut count = 1;
        while !taken.insert(name.to_lowercase()) {
            count += 1;
            let ending = format!("~{count}");
            name = mart.chars().take(LONGEST_NAME - ending.len()).collect::<String>() + &ending;
        }
        names.push(name);
    }
    names
}

/// Writes a mart's rows, and says how many numbers have more digits than Excel keeps.
async fn fill(sheet: &mut Worksheet, session: &SessionContext, name: &str, mart: &PublishedMart) -> Result<u64> {
    let formats = mart.schema.iter().map(format_of).collect::<Result<Vec<_>>>()?;
    for (position, column) in (0..).zip(&mart.schema) {
        let is_text = column.type_name == "text";
        let width = column.name.len().max(if is_text { 18 } else { 11 }).min(36);
        sheet.set_column_width(position, u32::try_from(width)?)?;
    }
    header(sheet, mart.schema.iter().map(|column| column.name.as_str()))?;
    let rows = mart.rows();
    let last = u16::try_from(mart.schema.len().max(1) - 1)?;
    sheet.autofilter(0, 0, u32::try_from(rows)?, last)?;
    let mut stream = rows_in_order(session, name, mart).await?;
    let (mut row, mut rounded) = (1, 0);
    while let Some(batch) = stream.try_next().await? {
        rounded += append(sheet, &batch, row, &formats)?;
        row += u32::try_from(batch.num_rows())?;
    }
    Ok(rounded)
}

/// A first line that stays in sight.
fn header<'a>(sheet: &mut Worksheet, names: impl Iterator<Item = &'a str>) -> Result<()> {
    let bold = Format::new().set_bold();
    for (position, name) in (0..).zip(names) {
        sheet.write_string_with_format(0, position, name, &bold)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn append(sheet: &mut Worksheet, batch: &RecordBatch, first: u32, formats: &[Format]) -> Result<u64> {
    let mut rounded = 0;
    for row in 0..batch.num_rows() {
        let at = first + u32::try_from(row)?;
        for ((position, column), format) in (0..).zip(batch.columns()).zip(formats) {
            if column.is_valid(row) {
                let is_rounded = value(sheet, (at, position), column, row, format)
                    .with_context(|| format!("column {}", batch.schema_ref().field(usize::from(position)).name()))?;
                rounded += u64::from(is_rounded);
            }
        }
    }
    Ok(rounded)
}

/// Writes one value; true where Excel rounds it.
fn value(sheet: &mut Worksheet, at: (u32, u16), column: &ArrayRef, row: usize, format: &Format) -> Result<bool> {
    let (line, position) = at;
    let mut is_rounded = false;
    let number = match column.data_type() {
        DataType::Utf8 => {
            let text = column.as_string::<i32>().value(row);
            if text.encode_utf16().count() > LONGEST_TEXT {
                bail!(
                    "a text is longer than the {LONGEST_TEXT} letters that a cell of Excel holds: take the mart as `csv` or `parquet`"
                );
            }
            sheet.write_string(line, position, text)?;
            return Ok(false);
        }
        DataType::Boolean => {
            sheet.write_boolean(line, position, column.as_boolean().value(row))?;
            return Ok(false);
        }
        DataType::Int16 => f64::from(column.as_primitive::<Int16Type>().value(row)),
        DataType::Int32 => f64::from(column.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => {
            let number = column.as_primitive::<Int64Type>().value(row);
            is_rounded = has_too_many_digits(i128::from(number));
            nearest(i128::from(number), 0)?
        }
        DataType::Float64 => column.as_primitive::<Float64Type>().value(row),
        DataType::Decimal128(_, scale) => {
            let unscaled = column.as_primitive::<Decimal128Type>().value(row);
            is_rounded = has_too_many_digits(unscaled);
            nearest(unscaled, *scale)?
        }
        DataType::Date32 => f64::from(column.as_primitive::<Date32Type>().value(row)) + TO_1970,
        DataType::Timestamp(..) => {
            let moment = column.as_primitive::<TimestampMicrosecondType>().value(row);
            // To the millisecond, which is all that Excel shows.
            let milliseconds = nearest(i128::from(moment.div_euclid(1000)), 0)?;
            milliseconds / 86_400_000.0 + TO_1970
        }
        other => bail!("{other} is no type of a mart"),
    };
    let is_day = matches!(column.data_type(), DataType::Date32 | DataType::Timestamp(..));
    if (is_day && number < FIRST_DAY) || !number.is_finite() {
        // What Excel cannot count or calculate with, it is told as a text.
        let shown = arrow::util::display::array_value_to_string(column, row)?;
        sheet.write_string(line, position, shown)?;
        return Ok(false);
    }
    sheet.write_number_with_format(line, position, number, format)?;
    Ok(is_rounded)
}

/// The double next to a decimal, as its text is read.
fn nearest(unscaled: i128, scale: i8) -> Result<f64> {
    format!("{unscaled}e{}", -i32::from(scale)).parse().context("digits and an exponent are a number")
}

fn has_too_many_digits(unscaled: i128) -> bool {
    let mut digits = unscaled.unsigned_abs();
    while digits != 0 && digits.is_multiple_of(10) {
        digits /= 10;
    }
    digits >= 10_u128.pow(DIGITS)
}

/// How a column's values are shown; what they are is not changed by it.
fn format_of(column: &PublishedColumn) -> Result<Format> {
    let is_share = column.unit.as_deref() == Some("fraction");
    let is_money =
        column.name.ends_with("_amount") || column.unit.as_deref().is_some_and(|unit| unit.contains("currency"));
    let shown = match parse_type(&column.type_name).with_context(|| format!("{} is no type", column.type_name))? {
        DataType::Date32 => "yyyy-mm-dd",
        DataType::Timestamp(..) => "yyyy-mm-dd hh:mm:ss",
        DataType::Decimal128(_, 1..) | DataType::Float64 if is_share => "0.0%",
        DataType::Decimal128(_, 1..) | DataType::Float64 if is_money => "#,##0.00",
        DataType::Decimal128(_, 1..) | DataType::Float64 => "#,##0.00##",
        DataType::Int16 | DataType::Int32 | DataType::Int64 | DataType::Decimal128(..) => "#,##0",
        _ => return Ok(Format::new()),
    };
    Ok(Format::new().set_num_format(shown))
}

/// The first sheet: which run, as of when, and from which files.
fn say_about(
    sheet: &mut Worksheet,
    entry: &Entry,
    pipeline: &str,
    marts: &[(&str, &PublishedMart)],
    names: &[String],
    rounded: &[u64],
) -> Result<()> {
    let bold = Format::new().set_bold();
    let said = [
        ("pipeline", pipeline.to_string()),
        ("as of", entry.as_of.to_string()),
        ("published at (UTC)", entry.published_at.format("%Y-%m-%d %H:%M:%S").to_string()),
        ("entry of the publish log", entry.n.to_string()),
        ("SHA-256 of the entry", entry.sha256.clone()),
        ("run", entry.run_id.clone()),
        ("sopmart", entry.sopmart_version.clone()),
        ("times", "UTC".to_string()),
        ("numbers", format!("Excel keeps {DIGITS} digits; `rounded` counts those that have more")),
    ];
    let mut row = 0;
    for (what, is) in said {
        sheet.write_string_with_format(row, 0, what, &bold)?;
        sheet.write_string(row, 1, is)?;
        row += 1;
    }
    row += 1;
    let columns = ["mart", "sheet", "rows", "rounded", "contract version", "key", "file", "SHA-256 of the file"];
    for (position, column) in (0..).zip(columns) {
        sheet.write_string_with_format(row, position, column, &bold)?;
    }
    for (((name, mart), sheet_name), rounded) in marts.iter().zip(names).zip(rounded) {
        let rows = mart.rows();
        let whole = Format::new().set_num_format("#,##0");
        row += 1;
        sheet.write_string(row, 0, *name)?;
        sheet.write_url_with_text(row, 1, format!("internal:'{sheet_name}'!A1").as_str(), sheet_name)?;
        sheet.write_number_with_format(row, 2, nearest(i128::from(rows), 0)?, &whole)?;
        sheet.write_number_with_format(row, 3, nearest(i128::from(*rounded), 0)?, &whole)?;
        sheet.write_string(row, 4, &mart.contract_version)?;
        sheet.write_string(row, 5, mart.key.join(", "))?;
        for (position, file) in mart.files.iter().enumerate() {
            row += u32::from(position > 0);
            sheet.write_string(row, 6, &file.path)?;
            sheet.write_string(row, 7, &file.sha256)?;
        }
    }
    for (column, width) in [(0, 30), (1, 30), (2, 11), (3, 9), (4, 16), (5, 50), (6, 60), (7, 66)] {
        sheet.set_column_width(column, width)?;
    }
    Ok(())
}

/// The last sheet: every column of every mart.
fn explain(sheet: &mut Worksheet, marts: &[(&str, &PublishedMart)]) -> Result<()> {
    header(sheet, ["mart", "column", "type", "unit", "in the key", "refers to", "meaning"].into_iter())?;
    let mut row = 0;
    let wrapped = Format::new().set_text_wrap();
    let mut line = |cells: [&str; 6], meaning: Option<&String>| -> Result<()> {
        row += 1;
        for (position, cell) in (0..).zip(cells) {
            sheet.write_string(row, position, cell)?;
        }
        sheet.write_string_with_format(row, 6, meaning.map_or("", String::as_str), &wrapped)?;
        Ok(())
    };
    for (name, mart) in marts {
        line([name, "", "", "", "", ""], mart.description.as_ref())?;
        for column in &mart.schema {
            let unit = column.unit.as_deref().unwrap_or_default();
            let in_key = if mart.key.contains(&column.name) { "yes" } else { "" };
            let refers_to = column.references.as_deref().unwrap_or_default();
            line([name, &column.name, &column.type_name, unit, in_key, refers_to], column.description.as_ref())?;
        }
    }
    sheet.autofilter(0, 0, row, 6)?;
    for (column, width) in [(0, 30), (1, 36), (2, 16), (3, 18), (4, 10), (5, 34), (6, 100)] {
        sheet.set_column_width(column, width)?;
    }
    Ok(())
}
