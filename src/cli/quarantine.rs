//! `sopmart quarantine`: the records that broke a rule, of all loads that are shown, or of a delivery that was refused;
//! counted, shown, or as CSV.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::cli::{Cli, Output, open_pipeline, open_warehouse_to_read, print, say};
use crate::fault::nearest;
use crate::land::{QuarantinedRow, quarantined_rows};
use crate::pipeline::{Extract, Overrides, Pipeline};
use crate::record::number;
use crate::warehouse::{BatchFile, ShownBatch, Warehouse, read_loads, shown};

#[derive(Debug, Args)]
pub(super) struct QuarantineArgs {
    /// A name below pipelines/, or the path of a pipeline.yaml
    #[arg(env = "SOPMART_PIPELINE")]
    pipeline: Option<String>,
    /// Only records of this extract
    #[arg(long, env = "SOPMART_EXTRACT", value_name = "EXTRACT")]
    extract: Option<String>,
    /// Only records that break this rule
    #[arg(long, env = "SOPMART_RULE", value_name = "RULE")]
    rule: Option<String>,
    /// Instead of what is shown, a delivery that was refused: the file that its message names
    #[arg(long, env = "SOPMART_REFUSED", value_name = "FILE", conflicts_with = "extract")]
    refused: Option<String>,
    /// Show the records themselves, this many
    #[arg(long, env = "SOPMART_ROWS", value_name = "N", num_args = 0..=1, default_missing_value = "20")]
    rows: Option<usize>,
    /// Write all of them to stdout as CSV, the reason beside the record
    #[arg(long, env = "SOPMART_CSV", conflicts_with = "rows", value_parser = clap::builder::FalseyValueParser::new())]
    csv: bool,
}

pub(super) async fn quarantine(cli: &Cli, arguments: &QuarantineArgs) -> Result<u8> {
    let (_, pipeline) = open_pipeline(cli, arguments.pipeline.as_deref(), &Overrides::default())?;
    let warehouse = open_warehouse_to_read(cli).await?;
    if let Some(name) = &arguments.extract
        && pipeline.extract(name).is_none()
    {
        let near = nearest(name, pipeline.extracts.iter().map(|extract| extract.name.as_str()));
        let meant = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        bail!("the pipeline has no extract `{name}`{meant}");
    }
    let mut asked = Vec::new();
    if let Some(file) = &arguments.refused {
        asked.push(refused(&warehouse, &pipeline, file).await?);
    }
    for extract in pipeline.extracts.iter().filter(|_| arguments.refused.is_none()) {
        if arguments.extract.as_ref().is_none_or(|name| *name == extract.name) {
            let loads = read_loads(&warehouse, &extract.name).await?;
            let batches = shown(&loads, &extract.load, None).batches;
            asked.push((extract, batches.into_iter().map(Part::of).collect()));
        }
    }
    match arguments.rows {
        _ if arguments.csv => as_csv(&warehouse, &asked, arguments).await?,
        Some(limit) => show_rows(cli, &warehouse, &asked, arguments, limit).await?,
        None => count(cli, &asked, arguments)?,
    }
    Ok(0)
}

type Asked<'a> = [(&'a Extract, Vec<Part>)];

/// The quarantine of one file of a load.
struct Part {
    /// Batches are content, and may have come under another name first.
    source_file: Option<String>,
    by_rule: BTreeMap<String, u64>,
    files: Vec<BatchFile>,
}

impl Part {
    fn of(batch: ShownBatch) -> Part {
        Part { source_file: Some(batch.source_file), by_rule: batch.quarantined_by_rule, files: batch.quarantine }
    }
}

/// What no load refers to, `quarantine/EXTRACT/BATCH.parquet`.
async fn refused<'a>(warehouse: &Warehouse, pipeline: &'a Pipeline, file: &str) -> Result<(&'a Extract, Vec<Part>)> {
    let expected = || format!("`{file}` is no quarantine of this pipeline, expected quarantine/EXTRACT/….parquet");
    let below = file.strip_prefix("quarantine/").with_context(expected)?;
    let extract = below.split('/').next().and_then(|name| pipeline.extract(name)).with_context(expected)?;
    let bytes = warehouse.bytes(file).await?.with_context(|| format!("the warehouse has no {file}"))?;
    let files = vec![BatchFile { path: file.to_string(), rows: 0, bytes }];
    let mut by_rule = BTreeMap::new();
    for row in quarantined_rows(warehouse, &files, usize::MAX).await? {
        *by_rule.entry(row.rule).or_default() += 1;
    }
    Ok((extract, vec![Part { source_file: None, by_rule, files }]))
}

fn count(cli: &Cli, asked: &Asked<'_>, arguments: &QuarantineArgs) -> Result<()> {
    let mut counts: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    for (extract, parts) in asked {
        for (rule, rows) in parts.iter().flat_map(|part| &part.by_rule) {
            if arguments.rule.as_ref().is_none_or(|wanted| wanted == rule) {
                let (all, files) = counts.entry((&extract.name, rule)).or_default();
                *all += rows;
                *files += 1;
            }
        }
    }
    if cli.output == Output::Json {
        let lines = counts.iter().map(|((extract, rule), (rows, files))| {
            serde_json::json!({ "extract": extract, "rule": rule, "rows": rows, "files": files })
        });
        return print(&serde_json::json!({ "quarantine": lines.collect::<Vec<_>>() }).to_string());
    }
    if counts.is_empty() {
        say("no record is in quarantine");
        return Ok(());
    }
    let width = counts.keys().map(|(extract, _)| extract.len()).max().unwrap_or(0).max("extract".len());
    let mut text = format!("{:width$}  {:14}  {:>10}  {:>6}", "extract", "rule", "rows", "files");
    for ((extract, rule), (rows, files)) in &counts {
        text.push_str(&format!("\n{extract:width$}  {rule:14}  {:>10}  {:>6}", number(*rows), number(*files)));
    }
    print(&text)
}

async fn show_rows(
    cli: &Cli,
    warehouse: &Warehouse,
    asked: &Asked<'_>,
    arguments: &QuarantineArgs,
    limit: usize,
) -> Result<()> {
    let mut told = Vec::new();
    let mut lines = Vec::new();
    for (extract, parts) in asked {
        let is_personal = extract.contract.columns.iter().any(|column| column.is_personal);
        for part in parts {
            for row in rows_of(warehouse, part, arguments).await?.into_iter().take(limit - told.len()) {
                let raw_text = if is_personal {
                    "(not shown: it may hold personal values; --csv has it)".to_string()
                } else {
                    row.raw_text
                };
                let column = row.column_name.as_deref().map_or_else(String::new, |name| format!("column `{name}`: "));
                let (file, line, message) = (&row.source_file, row.source_row, &row.message);
                lines.push(format!("{}: {file}:{line}: {column}{message} [{}]\n  {raw_text}", extract.name, row.rule));
                told.push(serde_json::json!({
                    "extract": extract.name,
                    "file": row.source_file,
                    "line": row.source_row,
                    "place": row.place,
                    "column": row.column_name,
                    "rule": row.rule,
                    "message": row.message,
                    "raw_text": raw_text,
                }));
            }
        }
    }
    if cli.output == Output::Json {
        return print(&serde_json::json!({ "rows": told }).to_string());
    }
    if lines.is_empty() {
        say("no such record is in quarantine");
        return Ok(());
    }
    print(&lines.join("\n"))
}

async fn as_csv(warehouse: &Warehouse, asked: &Asked<'_>, arguments: &QuarantineArgs) -> Result<()> {
    print("extract,file,line,place,column,rule,message,raw_text")?;
    for (extract, parts) in asked {
        for part in parts {
            for row in rows_of(warehouse, part, arguments).await? {
                let (line, place) = (row.source_row.to_string(), row.place.to_string());
                let column = row.column_name.as_deref().unwrap_or_default();
                let fields =
                    [&extract.name, &row.source_file, &line, &place, column, &row.rule, &row.message, &row.raw_text];
                print(&fields.map(quoted).join(","))?;
            }
        }
    }
    Ok(())
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.into() }
}

async fn rows_of(warehouse: &Warehouse, part: &Part, arguments: &QuarantineArgs) -> Result<Vec<QuarantinedRow>> {
    let mut rows = quarantined_rows(warehouse, &part.files, usize::MAX).await?;
    rows.retain(|row| arguments.rule.as_ref().is_none_or(|rule| *rule == row.rule));
    if let Some(source_file) = &part.source_file {
        for row in &mut rows {
            row.source_file.clone_from(source_file);
        }
    }
    Ok(rows)
}
