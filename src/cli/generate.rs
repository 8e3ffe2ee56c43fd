//! `sopmart generate`: extracts of a made-up company, at any scale.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use chrono::NaiveDate;
use clap::Args;

use crate::cli::{Cli, Output, print};
use crate::generate::{self, Request, Written};
use crate::record::number;

#[derive(Debug, Args)]
pub(super) struct GenerateArgs {
    /// The folder that is written; it must be empty, or not be there yet
    #[arg(env = "SOPMART_FOLDER", value_name = "DIR")]
    folder: PathBuf,
    /// How much: 1 is a million order lines, two million stock movements and one and a half million forecasts
    #[arg(long, env = "SOPMART_SCALE", default_value_t = 0.001)]
    scale: f64,
    /// Another seed makes another company of the same size and story
    #[arg(long, env = "SOPMART_SEED", default_value_t = 20, value_name = "N")]
    seed: u64,
    /// The last day of the history
    #[arg(long, env = "SOPMART_AS_OF", default_value = "2026-03-31", value_name = "YYYY-MM-DD")]
    as_of: NaiveDate,
    /// How many threads work, which changes nothing in the files [default: one for each core]
    #[arg(long, env = "SOPMART_THREADS", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
}

pub(super) fn generate(cli: &Cli, arguments: &GenerateArgs, threads: usize) -> Result<u8> {
    let GenerateArgs { folder, scale, seed, as_of, .. } = arguments;
    let request = Request { scale: *scale, seed: *seed, threads, as_of: *as_of };
    let started = Instant::now();
    let shown = folder.display();
    let written = generate::generate(folder, &request).with_context(|| format!("generating extracts into {shown}"))?;
    let milliseconds = started.elapsed().as_millis();
    match cli.output {
        Output::Json => print(&json(arguments, &written, milliseconds)?)?,
        Output::Text => print(&text(arguments, &written, milliseconds))?,
    }
    Ok(0)
}

fn json(arguments: &GenerateArgs, written: &[(&str, Written)], milliseconds: u128) -> Result<String> {
    let extracts: Vec<_> = written
        .iter()
        .map(|(extract, written)| {
            let Written { files, rows, bad_rows, bytes } = written;
            serde_json::json!({ "extract": extract, "files": files, "rows": rows, "bad_rows": bad_rows, "bytes": bytes })
        })
        .collect();
    let milliseconds = u64::try_from(milliseconds).context("a time that fits")?;
    let told = serde_json::json!({
        "folder": arguments.folder, "scale": arguments.scale, "seed": arguments.seed, "as_of": arguments.as_of,
        "extracts": extracts, "milliseconds": milliseconds,
    });
    Ok(told.to_string())
}

fn text(arguments: &GenerateArgs, written: &[(&str, Written)], milliseconds: u128) -> String {
    let mut text = format!("{:28} {:>6} {:>13} {:>9} {:>14}", "extract", "files", "rows", "bad rows", "bytes");
    let mut total = Written::default();
    for (extract, written) in written {
        let Written { files, rows, bad_rows, bytes } = written;
        text.push_str(&format!(
            "\n{extract:28} {:>6} {:>13} {:>9} {:>14}",
            number(*files),
            number(*rows),
            number(*bad_rows),
            number(*bytes)
        ));
        total = Written {
            files: total.files + files,
            rows: total.rows + rows,
            bad_rows: total.bad_rows + bad_rows,
            bytes: total.bytes + bytes,
        };
    }
    let folder = arguments.folder.display();
    let (files, rows, bytes) = (number(total.files), number(total.rows), number(total.bytes));
    text.push_str(&format!(
        "\n\nWrote {files} files with {rows} rows and {bytes} bytes into {folder} as of {} in {}.{:03} seconds; the \
         pipeline `standard` reads them where its `source` is this folder",
        arguments.as_of,
        milliseconds / 1000,
        milliseconds % 1000
    ));
    text
}
