//! `sopmart quarantine`: the records that broke a rule, of all loads that are shown; counted, shown, or as CSV.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use clap::Args;

use crate::cli::{Cli, Output, open_pipeline, open_warehouse_to_read, print, say};
use crate::fault::nearest;
use crate::land::{QuarantinedRow, quarantined_rows};
use crate::pipeline::{Extract, Overrides};
use crate::record::number;
use crate::warehouse::{ShownBatch, Warehouse, read_loads, shown};

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
    for extract in &pipeline.extracts {
        if arguments.extract.as_ref().is_none_or(|name| *name == extract.name) {
            let loads = read_loads(&warehouse, &extract.name).await?;
            asked.push((extract, shown(&loads, &extract.load, None).batches));
        }
    }
    match arguments.rows {
        _ if arguments.csv => as_csv(&warehouse, &asked, arguments).await?,
        Some(limit) => show_rows(cli, &warehouse, &asked, arguments, limit).await?,
        None => count(cli, &asked, arguments)?,
    }
    Ok(0)
}

type Asked<'a> = [(&'a Extract, Vec<ShownBatch>)];

fn count(cli: &Cli, asked: &Asked<'_>, arguments: &QuarantineArgs) -> Result<()> {
    let mut counts: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    for (extract, batches) in asked {
        for (rule, rows) in batches.iter().flat_map(|batch| &batch.quarantined_by_rule) {
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
    for (extract, batches) in asked {
        let is_personal = extract.contract.columns.iter().any(|column| column.is_personal);
        for batch in batches {
            for row in rows_of(warehouse, batch, arguments).await?.into_iter().take(limit - told.len()) {
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
    for (extract, batches) in asked {
        for batch in batches {
            for row in rows_of(warehouse, batch, arguments).await? {
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

async fn rows_of(warehouse: &Warehouse, batch: &ShownBatch, arguments: &QuarantineArgs) -> Result<Vec<QuarantinedRow>> {
    let mut rows = quarantined_rows(warehouse, &batch.quarantine, usize::MAX).await?;
    rows.retain(|row| arguments.rule.as_ref().is_none_or(|rule| *rule == row.rule));
    // Batches are content, and may have come under another name first.
    for row in &mut rows {
        row.source_file.clone_from(&batch.source_file);
    }
    Ok(rows)
}
