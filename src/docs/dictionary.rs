//! All that the page shows: the tables that a pipeline builds or reads, its settings and its checks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Result, anyhow};
use serde::Serialize;

use crate::check::{self, Check};
use crate::contract::Severity;
use crate::docs::tables::Table;
use crate::docs::verdicts::{LastRuns, Verdict};
use crate::engine::{self, Flow, Lineage, PlannedTable, RowUse, SourceColumn};
use crate::fault::Faults;
use crate::model::{Graph, RECORD, SettingTold, SqlFile, TableName};
use crate::pipeline::Pipeline;

/// The data of the page.
#[derive(Debug, Serialize)]
pub(super) struct Dictionary<'a> {
    pipeline: &'a str,
    file: &'a str,
    time_zone: &'a str,
    sopmart_version: &'static str,
    last: &'a LastRuns,
    /// Columns are counted through all of them: lineage names a column by its place.
    pub tables: Vec<Table>,
    settings: Vec<ToldSetting<'a>>,
    checks: Vec<ToldCheck<'a>>,
}

#[derive(Debug, Serialize)]
struct ToldSetting<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    unit: Option<&'a str>,
    meaning: &'a str,
    default: &'a serde_json::Value,
    value: &'a serde_json::Value,
    /// Whether the pipeline sets it.
    own: bool,
}

#[derive(Debug, Serialize)]
struct ToldCheck<'a> {
    name: String,
    /// The table that it is about, and those it reads.
    about: String,
    tables: Vec<String>,
    severity: Severity,
    #[serde(skip_serializing_if = "Option::is_none")]
    says: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Arc<str>>,
    /// Whether its file is the project's own.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    own: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'a Verdict>,
}

/// The dictionary, and the models whose columns cannot be told where they come from.
pub(super) async fn of<'a>(pipeline: &'a Pipeline, last: &'a LastRuns) -> Result<(Dictionary<'a>, Vec<String>)> {
    let graph = pipeline.graph().map_err(|faults| anyhow!(Faults(faults)))?;
    let shown = shown(pipeline, &graph);
    let planned = engine::planned_tables(pipeline, &graph, &shown).await?;
    let mut named: Vec<(TableName, Table)> = Vec::new();
    for name in &shown {
        named.extend(table(pipeline, name, planned.get(name)).map(|table| (name.clone(), table)));
    }
    let places = Places::of(&named);
    let mut without_lineage = Vec::new();
    for (name, table) in &mut named {
        table.inputs = graph.inputs(name).filter_map(|input| places.tables.get(input).copied()).collect();
        table.rows = last.rows.get(&name.to_string()).copied();
        table.quarantined = last.quarantined.get(&name.name).copied().filter(|_| name.schema == "landing");
        let Some(planned) = planned.get(name) else { continue };
        match &planned.lineage {
            Some(lineage) => places.put_into(table, lineage),
            None => without_lineage.push(name.to_string()),
        }
    }
    let dictionary = Dictionary {
        pipeline: &pipeline.name,
        file: &pipeline.file,
        time_zone: pipeline.time_zone.name(),
        sopmart_version: env!("CARGO_PKG_VERSION"),
        last,
        tables: named.into_iter().map(|(_, table)| table).collect(),
        settings: pipeline.settings.told().map(ToldSetting::of).collect(),
        checks: checks(pipeline, &graph, &shown, last),
    };
    Ok((dictionary, without_lineage))
}

/// What is published, what reconciling checks compare, all that these read, and every extract.
fn shown(pipeline: &Pipeline, graph: &Graph) -> BTreeSet<TableName> {
    let totals = pipeline.totals_of(|table| pipeline.marts.contains(table)).map(|model| model.name.clone());
    let mut shown = graph.with_upstream(pipeline.marts.iter().cloned().chain(totals));
    shown.extend(pipeline.extracts.iter().map(|extract| TableName::new("landing", &extract.name)));
    shown
}

fn table(pipeline: &Pipeline, name: &TableName, planned: Option<&PlannedTable>) -> Option<Table> {
    match (name.schema.as_str(), planned) {
        ("landing", _) => pipeline.extract(&name.name).map(Table::of_extract),
        ("settings", _) => {
            let rows = &pipeline.settings.table(&name.name)?.rows;
            Some(Table::plain(name, rows.schema_ref()))
        }
        (_, Some(planned)) => Some(Table::of_model(pipeline, pipeline.model(name)?, planned)),
        (RECORD, None) => Table::of_record(name),
        (_, None) => None,
    }
}

/// Where tables and columns stand on the page.
struct Places {
    tables: BTreeMap<TableName, usize>,
    columns: BTreeMap<SourceColumn, usize>,
}

impl Places {
    fn of(named: &[(TableName, Table)]) -> Places {
        let tables = named.iter().enumerate().map(|(place, (name, _))| (name.clone(), place)).collect();
        let columns = named.iter().flat_map(|(name, table)| {
            table.columns.iter().map(|column| SourceColumn { table: name.clone(), column: column.name.clone() })
        });
        Places { tables, columns: columns.zip(0..).collect() }
    }

    /// Lineage as the page has it: each source is one number, the place of its column and how it is used in one.
    fn put_into(&self, table: &mut Table, lineage: &Lineage) {
        let of_column = |sources: &engine::Sources| {
            let sources = sources.iter().filter_map(|(source, flow)| Some((self.columns.get(source)?, flow)));
            sources.map(|(place, flow)| place * 4 + number_of(*flow)).collect()
        };
        table.lineage = Some(lineage.columns.iter().map(of_column).collect());
        let rows = lineage.rows.iter().filter_map(|(source, uses)| {
            let uses: usize = uses.iter().map(|how| bit_of(*how)).sum();
            Some(self.columns.get(source)? * 16 + uses)
        });
        table.rows_by = rows.collect();
    }
}

fn number_of(flow: Flow) -> usize {
    match flow {
        Flow::Decides => 0,
        Flow::Copied => 1,
        Flow::Computed => 2,
        Flow::OverRows => 3,
    }
}

fn bit_of(how: RowUse) -> usize {
    match how {
        RowUse::Filters => 1,
        RowUse::Joins => 2,
        RowUse::Groups => 4,
        RowUse::Sorts => 8,
    }
}

impl<'a> ToldSetting<'a> {
    fn of((name, told): (&'a str, &'a SettingTold)) -> ToldSetting<'a> {
        ToldSetting {
            name,
            kind: &told.kind,
            unit: told.unit.as_deref(),
            meaning: &told.meaning,
            default: &told.default,
            value: &told.value,
            own: told.is_of_the_pipeline,
        }
    }
}

/// The checks that a run of the whole pipeline carries out.
fn checks<'a>(
    pipeline: &Pipeline,
    graph: &Graph,
    shown: &BTreeSet<TableName>,
    last: &'a LastRuns,
) -> Vec<ToldCheck<'a>> {
    let is_in_run = |table: &TableName| match table.schema.as_str() {
        "marts" => pipeline.marts.contains(table),
        _ => shown.contains(table),
    };
    // What a check was carried out over is told by its verdict; here there is no data.
    let known = graph.order().iter().cloned().chain(pipeline.sources()).map(|table| (table, String::new())).collect();
    let checks = check::all_checks(pipeline, is_in_run, &known);
    checks.iter().map(|check| ToldCheck::of(pipeline, check, last)).collect()
}

impl<'a> ToldCheck<'a> {
    fn of(pipeline: &Pipeline, check: &Check, last: &'a LastRuns) -> ToldCheck<'a> {
        // What compares totals is a model.
        let totals = pipeline.model(&TableName::new("checks", &check.name)).and_then(|model| model.parts.first());
        let sql = check.query().or(totals.map(|part| &part.sql));
        ToldCheck {
            name: check.name.clone(),
            about: check.about.to_string(),
            tables: check.tables.iter().map(ToString::to_string).collect(),
            severity: check.severity,
            says: sql.map(SqlFile::title).filter(|title| !title.is_empty()),
            path: sql.map(|sql| sql.path.clone()),
            own: sql.is_some_and(|sql| !pipeline.is_products(&sql.path)),
            text: sql.map(|sql| Arc::from(sql.text.trim_start_matches('\n'))),
            verdict: last.verdicts.get(&check.name),
        }
    }
}
