//! Good files of every format, for tests that damage them: the same rows in each, and where each record stands.

use std::io::Write;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, StringArray};
use arrow::record_batch::RecordBatch;
use rust_xlsxwriter::{ExcelDateTime, Format as Style, Workbook};
use sopmart::extract::ReadError;
use sopmart::pipeline::{CellRange, Compression, Csv, Encoding, Excel, Extract, FixedWidth, Format, Json, Reader};

use crate::landing_stage::{Stage, contract};
use crate::read_rows::{Outcome, Row, read_rows};

pub const ROWS: usize = 24;

const COLUMNS: [(&str, &str); 4] = [("id", "text"), ("note", "text"), ("amount", "decimal(10,2)"), ("day", "date")];

const NOTES: [&str; 8] = ["plain", "Müller", "with, comma", "two\nlines", "say \"no\"", "", "日本 🚲", "it's"];

pub struct GoodFile {
    pub name: &'static str,
    pub reader: Reader,
    pub bytes: Vec<u8>,
    /// Where each record stands in the bytes, with its end; of formats that are text alone.
    pub records: Vec<Range<usize>>,
    /// What ends a line, in the file's encoding.
    pub newline: Vec<u8>,
}

/// The fields of a row: a name that no other row holds a part of, a note, an amount, a day.
fn fields(row: usize) -> [String; 4] {
    let day = chrono::NaiveDate::default() + chrono::TimeDelta::days(i64::try_from(row).unwrap() * 1000);
    [format!("id-{row:04}"), NOTES[row % NOTES.len()].into(), format!("{row}.{:02}", row * 3), day.to_string()]
}

fn text_file(name: &'static str, format: Format, before: &str, records: &[String], behind: &str) -> GoodFile {
    let mut bytes = before.as_bytes().to_vec();
    let mut ranges = Vec::new();
    for record in records {
        ranges.push(bytes.len()..bytes.len() + record.len());
        bytes.extend(record.as_bytes());
    }
    bytes.extend(behind.as_bytes());
    GoodFile { name, reader: Reader::plain(format), bytes, records: ranges, newline: b"\n".to_vec() }
}

/// With a header, and with quotes around the notes that need them.
pub fn csv(line_end: &str) -> GoodFile {
    let quoted = |note: &str| match note {
        "" => String::new(),
        note if note.contains([',', '"', '\n']) => format!("\"{}\"", note.replace('"', "\"\"")),
        note => note.to_string(),
    };
    let record = |row| {
        let [id, note, amount, day] = fields(row);
        format!("{id},{},{amount},{day}{line_end}", quoted(&note))
    };
    let records: Vec<String> = (0..ROWS).map(record).collect();
    let file = text_file("a.csv", Format::Csv(Csv::plain()), &format!("id,note,amount,day{line_end}"), &records, "");
    GoodFile { newline: vec![*line_end.as_bytes().last().unwrap()], ..file }
}

pub fn utf_16() -> GoodFile {
    let GoodFile { name, reader, bytes, records, .. } = csv("\n");
    let text = String::from_utf8(bytes).unwrap();
    let encoded = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let place = |at: usize| 2 + encoded(&text[..at]).len();
    let records = records.into_iter().map(|record| place(record.start)..place(record.end)).collect();
    let reader = Reader { encoding: Encoding::named("utf-16le").unwrap(), ..reader };
    GoodFile { name, reader, bytes: encoded(&format!("\u{feff}{text}")), records, newline: encoded("\n") }
}

pub fn fixed_width() -> GoodFile {
    let places = vec![(1, Some(7)), (9, Some(20)), (22, Some(30)), (32, Some(41))];
    let format = Format::FixedWidth(FixedWidth::of(places));
    let record = |row| {
        let [id, note, amount, day] = fields(row);
        format!("{id} {:<12} {amount:>9} {day}\n", note.replace('\n', " "))
    };
    text_file("a.txt", format, "", &(0..ROWS).map(record).collect::<Vec<_>>(), "")
}

fn json_object(row: usize) -> String {
    let [id, note, amount, day] = fields(row);
    let note = serde_json::to_string(&note).unwrap();
    format!("{{\"id\": \"{id}\", \"note\": {note}, \"amount\": {amount}, \"day\": \"{day}\"}}")
}

pub fn json_lines() -> GoodFile {
    let records: Vec<String> = (0..ROWS).map(|row| json_object(row) + "\n").collect();
    text_file("a.ndjson", Format::Json(Json::default()), "", &records, "")
}

pub fn json_array() -> GoodFile {
    let end = |row| if row + 1 < ROWS { ",\n" } else { "\n" };
    let records: Vec<String> = (0..ROWS).map(|row| json_object(row) + end(row)).collect();
    text_file("a.json", Format::Json(Json::default()), "[\n", &records, "]\n")
}

pub fn compressed() -> Vec<GoodFile> {
    let plain = csv("\n");
    let names = [
        ("a.csv.gz", Compression::Gzip),
        ("a.csv.zst", Compression::Zstd),
        ("a.csv.bz2", Compression::Bzip2),
        ("a.zip", Compression::Zip),
    ];
    let file =
        |name, bytes| GoodFile { name, reader: plain.reader.clone(), bytes, records: Vec::new(), newline: Vec::new() };
    let mut files: Vec<_> =
        names.into_iter().map(|(name, compression)| file(name, packed(compression, &plain.bytes))).collect();
    // There is no encoder of xz among the dependencies; `printf 'id,name\n1,one\n2,two\n' | xz -9`.
    files.push(file("a.csv.xz", include_bytes!("two_rows.csv.xz").to_vec()));
    files
}

/// Compressed with the check sum that the usual tools write.
pub fn packed(compression: Compression, text: &[u8]) -> Vec<u8> {
    fn into<Encoder: Write>(mut encoder: Encoder, text: &[u8]) -> Encoder {
        encoder.write_all(text).unwrap();
        encoder
    }
    match compression {
        Compression::Gzip => {
            into(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()), text).finish().unwrap()
        }
        Compression::Bzip2 => {
            into(bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast()), text).finish().unwrap()
        }
        Compression::Zstd => {
            let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
            encoder.include_checksum(true).unwrap();
            into(encoder, text).finish().unwrap()
        }
        Compression::Zip => {
            let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
            archive.start_file("in/a.csv", zip::write::SimpleFileOptions::default()).unwrap();
            into(archive, text).finish().unwrap().into_inner()
        }
        Compression::None | Compression::Xz => text.to_vec(),
    }
}

fn batch(rows: Range<usize>) -> RecordBatch {
    let texts = |field: usize| rows.clone().map(|row| Some(fields(row)[field].clone())).collect::<StringArray>();
    let amounts = rows.clone().map(|row| i128::try_from(row * 103).unwrap()).collect::<Vec<_>>();
    let days = rows.clone().map(|row| i32::try_from(row * 1000).unwrap()).collect::<Vec<_>>();
    let amounts = Decimal128Array::from(amounts).with_precision_and_scale(10, 2).unwrap();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(texts(0))),
        ("note", Arc::new(texts(1))),
        ("amount", Arc::new(amounts)),
        ("day", Arc::new(Date32Array::from(days))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

/// Files of types, each in two pieces.
pub fn typed() -> Vec<GoodFile> {
    let batches = [batch(0..ROWS / 2), batch(ROWS / 2..ROWS)];
    let schema = batches[0].schema();
    let mut parquet = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut parquet, schema.clone(), None).unwrap();
    for batch in &batches {
        writer.write(batch).unwrap();
        writer.flush().unwrap();
    }
    writer.close().unwrap();
    let mut file = arrow::ipc::writer::FileWriter::try_new(Vec::new(), &schema).unwrap();
    for batch in &batches {
        file.write(batch).unwrap();
    }
    let mut stream = arrow::ipc::writer::StreamWriter::try_new(Vec::new(), &schema).unwrap();
    for batch in &batches {
        stream.write(batch).unwrap();
    }
    let mut avro = arrow_avro::writer::AvroWriter::new(Vec::new(), schema.as_ref().clone()).unwrap();
    for batch in &batches {
        avro.write(batch).unwrap();
    }
    avro.finish().unwrap();
    let good = |name, format, bytes| GoodFile {
        name,
        reader: Reader::plain(format),
        bytes,
        records: Vec::new(),
        newline: Vec::new(),
    };
    vec![
        good("a.parquet", Format::Parquet, parquet),
        good("a.arrow", Format::Arrow, file.into_inner().unwrap()),
        good("a.arrows", Format::Arrow, stream.into_inner().unwrap()),
        good("a.avro", Format::Avro, avro.into_inner()),
    ]
}

pub fn workbook() -> GoodFile {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let style = Style::new().set_num_format("yyyy-mm-dd");
    for (column, (name, _)) in (0..).zip(COLUMNS) {
        sheet.write(0, column, name).unwrap();
    }
    for row in 0..ROWS {
        let [id, note, amount, day] = fields(row);
        let number = u32::try_from(row).unwrap() + 1;
        sheet.write(number, 0, id).unwrap();
        sheet.write(number, 1, note).unwrap();
        sheet.write(number, 2, amount.parse::<f64>().unwrap()).unwrap();
        sheet.write_with_format(number, 3, ExcelDateTime::parse_from_str(&day).unwrap(), &style).unwrap();
    }
    let excel = Excel { sheet: None, range: CellRange::default(), has_header: true, footer_lines: 0 };
    let bytes = book.save_to_buffer().unwrap();
    GoodFile {
        name: "a.xlsx",
        reader: Reader::plain(Format::Excel(excel)),
        bytes,
        records: Vec::new(),
        newline: Vec::new(),
    }
}

impl GoodFile {
    pub fn extract(&self, stage: &Stage) -> Extract {
        let columns = if self.name == "a.csv.xz" { &[("id", "text"), ("name", "text")][..] } else { &COLUMNS[..] };
        let (files, reader) = (self.name.to_string(), self.reader.clone());
        Extract { contract: contract(columns), files, reader, ..stage.extract.clone() }
    }

    /// What the file holds as it is.
    pub fn rows(&self, stage: &Stage) -> Vec<Row> {
        let outcome = self.read(stage, &self.bytes).unwrap_or_else(|refusal| panic!("{refusal}"));
        assert!(outcome.quarantined.is_empty(), "{}: {:?}", self.name, outcome.quarantined);
        outcome.rows()
    }

    /// Reads other bytes in the file's place: what landed and went to quarantine, or why they are refused. A refusal
    /// names the file; a panic of a reader, and an error that is none of the file, fail the test.
    pub fn read(&self, stage: &Stage, bytes: &[u8]) -> Result<Outcome, String> {
        stage.deliver(self.name, bytes);
        match read_rows(&self.extract(stage), 512, 2) {
            Ok(outcome) => Ok(outcome),
            Err(ReadError::Source(faults)) => {
                let told = faults.to_string();
                assert!(
                    told.contains(self.name) && told.len() > self.name.len() + 2,
                    "this refusal says little: {told}"
                );
                Err(told)
            }
            Err(other) => panic!("{} ends in an error that does not name it: {other}", self.name),
        }
    }
}
