//! Generates a CSV of order lines, or lands a file of them and says how long that took: the half of
//! `benches/landing_vs_duckdb.py` that is sopmart's.
//!
//! `land_file generate FILE ROWS plain|quoted` and `land_file land FILE WAREHOUSE THREADS ENCODING`.

#![expect(clippy::print_stdout, reason = "an example talks to its terminal")]

use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use encoding_rs::UTF_16LE;
use sopmart::contract::{Column, Contract, parse_type};
use sopmart::extract::Stop;
use sopmart::land::{LandOptions, land};
use sopmart::pipeline::{Csv, DeliveryTerms, Encoding, Extract, Format, KnownAt, LoadMode, Reader, Source};
use sopmart::warehouse::Warehouse;

const COLUMNS: [(&str, &str); 12] = [
    ("order_id", "text"),
    ("line_number", "integer"),
    ("customer_id", "bigint"),
    ("product_id", "text"),
    ("order_date", "date"),
    ("requested_date", "date"),
    ("quantity", "decimal(18,4)"),
    ("unit_price", "decimal(18,4)"),
    ("discount_rate", "decimal(9,6)"),
    ("status", "text"),
    ("description", "text"),
    ("changed_at", "timestamp"),
];

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["generate", file, rows, "plain"] => generate(Path::new(file), rows.parse()?, ""),
        ["generate", file, rows, "quoted"] => generate(Path::new(file), rows.parse()?, "\""),
        ["land", file, warehouse, threads, encoding] => {
            let encoding = if encoding == "utf-16le" { Encoding::Other(UTF_16LE) } else { Encoding::Utf8 };
            time(Path::new(file), Path::new(warehouse), threads.parse()?, encoding).await
        }
        _ => bail!(
            "usage: land_file generate FILE ROWS plain|quoted | land_file land FILE WAREHOUSE THREADS utf-8|utf-16le"
        ),
    }
}

/// A linear congruential generator is random enough for order lines, and the same on every machine.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn one_of(&mut self, four: [&'static str; 4]) -> &'static str {
        four[usize::try_from(self.below(4)).expect("0 to 3")]
    }
}

/// `quote` stands around every text; texts that need quotes have them anyway.
fn generate(file: &Path, rows: u64, quote: &str) -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "the example writes a source, not a warehouse")]
    let mut out = BufWriter::with_capacity(
        1 << 20,
        std::fs::File::create(file).with_context(|| format!("creating {}", file.display()))?,
    );
    writeln!(out, "{}", COLUMNS.map(|(name, _)| name).join(","))?;
    let mut numbers = Numbers(42);
    for row in 0..rows {
        let (order, line) = (row / 4, row % 4 + 1);
        let day = order / 2000;
        let (year, month, date) = (2015 + day / 336, day / 28 % 12 + 1, day % 28 + 1);
        let due = numbers.below(28) + 1;
        let customer = 100_000 + numbers.below(60_000);
        let product = numbers.below(20_000);
        let (quantity, cents) = (numbers.below(500) + 1, numbers.below(1_000_000));
        let discount = numbers.one_of(["0", "0.05", "0.1", ""]);
        let status = numbers.one_of(["open", "shipped", "cancelled", "invoiced"]);
        let description = match numbers.below(10) {
            0 => format!("\"Bolt, M{}, \"\"zinc\"\"\"", numbers.below(30)),
            1 => String::new(),
            2 => format!("\"Frame, size {}\"", numbers.below(64)),
            _ => format!("{quote}Part {product:05} rev {}{quote}", numbers.below(9)),
        };
        let (hour, minute, second) = (numbers.below(24), numbers.below(60), numbers.below(60));
        writeln!(
            out,
            "{quote}SO-{order:09}{quote},{line},{customer},{quote}{product:06}{quote},{year}-{month:02}-{date:02},{year}-{month:02}-{due:02},{quantity}.000,{}.{:02},{discount},{quote}{status}{quote},{description},{year}-{month:02}-{date:02} {hour:02}:{minute:02}:{second:02}",
            cents / 100,
            cents % 100,
        )?;
    }
    out.flush()?;
    Ok(())
}

async fn time(file: &Path, warehouse: &Path, threads: usize, encoding: Encoding) -> Result<()> {
    let extract = extract(file, encoding)?;
    let warehouse = Warehouse::in_folder(warehouse)?;
    let options = LandOptions {
        now: chrono::Utc::now(),
        known_at: None,
        full_refresh: true,
        accept_shrunk: false,
        threads,
        stop: Stop::default(),
        progress: None,
    };
    let started = Instant::now();
    let landed = land(&warehouse, &extract, &options).await?;
    let seconds = started.elapsed().as_secs_f64();
    let rows: u64 = landed.files.iter().map(|file| file.rows_landed).sum();
    let bytes: u64 = landed.shown.batches.iter().flat_map(|batch| &batch.files).map(|file| file.bytes).sum();
    println!("{seconds:.3} {rows} {bytes}");
    Ok(())
}

fn extract(file: &Path, encoding: Encoding) -> Result<Extract> {
    let column = |(name, data_type): (&str, &str)| -> Result<Column> {
        Ok(Column::plain(name, parse_type(data_type).context("a type of contracts")?))
    };
    let is_parquet = file.extension().is_some_and(|ending| ending == "parquet");
    let format = if is_parquet { Format::Parquet } else { Format::Csv(Csv::plain()) };
    let contract = Contract::plain("order_lines", COLUMNS.into_iter().map(column).collect::<Result<_>>()?);
    Ok(Extract {
        name: "order_lines".into(),
        source: Source::Folder(file.parent().context("a file in a folder")?.to_path_buf()),
        files: file.file_name().context("a file")?.to_string_lossy().into_owned(),
        load: LoadMode::Replace,
        known_at: KnownAt::Now,
        reader: Reader { encoding, ..Reader::plain(format) },
        delivery: DeliveryTerms::default(),
        contract,
    })
}
