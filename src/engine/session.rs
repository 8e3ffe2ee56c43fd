//! Sessions with the settings that keep figures right: decimal literals, UTC, places in errors, whole numbers that
//! cannot wrap, memory that is limited and spills.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use anyhow::{Context, Result};
use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList, MemorySchemaProvider,
    SchemaProvider,
};
use datafusion::common::config::ConfigOptions;
use datafusion::error::DataFusionError;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::{FunctionRegistry, SessionState, SessionStateBuilder};
use datafusion::logical_expr::AggregateUDF;
use datafusion::prelude::{SessionConfig, SessionContext};
use parquet::errors::ParquetError;

use crate::engine::Tables;
use crate::engine::arithmetic::CheckedArithmetic;
use crate::engine::comparisons::ComparedRows;
use crate::engine::fifo::FifoLayers;
use crate::engine::joins::KeysOfBothSides;
use crate::engine::rolling::RollingSums;
use crate::engine::sums::CheckedSum;
use crate::engine::supply;
use crate::model::{CHECKS, RECORD};
use crate::warehouse::Warehouse;
use crate::warehouse::spill::SpillFolder;

/// What queries may use.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    pub threads: usize,
    /// Bytes that queries may hold before they spill; half of the machine's where it is not said.
    pub memory_limit: Option<usize>,
    /// Below which folder sorts and joins spill.
    pub spill_folder: PathBuf,
}

/// What all sessions of a process share.
#[derive(Debug, Clone)]
pub struct Engine {
    threads: usize,
    runtime: Arc<RuntimeEnv>,
    /// What every session begins as: to put functions and rules together anew takes as long as to plan a query.
    beginning: SessionState,
    /// The same for one over few rows.
    beginning_over_few: SessionState,
    /// How many bytes of built tables may still be kept in memory.
    to_keep: Arc<AtomicUsize>,
    _spill: Arc<SpillFolder>,
}

/// How much the spill files of all queries may take together.
const SPILL_LIMIT: u64 = 1 << 40;

/// How many spilled runs one merge reads at once. What it reads them into cannot spill, and without a bound the first
/// merge takes all memory that is left and starves the others of the query.
const SPILL_MERGE_WIDTH: usize = 8;

/// Which part of the memory limit built tables may take that are handed on in memory, beside what queries hold.
const KEPT_PART: usize = 8;

/// Below so many rows in all of its tables, a query is done by one thread: others have models of their own to do.
const FEW_ROWS: usize = 20_000;

impl Engine {
    /// An engine that reads from a warehouse.
    ///
    /// # Errors
    /// When the spill folder cannot be used.
    pub fn new(options: &EngineOptions, warehouse: &Warehouse) -> Result<Engine> {
        let engine = Engine::without_warehouse(options)?;
        engine.runtime.register_object_store(&Warehouse::query_url(""), warehouse.store());
        Ok(engine)
    }

    /// An engine over rows in memory alone.
    ///
    /// # Errors
    /// When the spill folder cannot be used.
    pub fn without_warehouse(options: &EngineOptions) -> Result<Engine> {
        let limit = options.memory_limit.unwrap_or_else(half_of_memory);
        let top_consumers = NonZeroUsize::new(5).expect("5 is not 0");
        let spill = Arc::new(SpillFolder::below(&options.spill_folder)?);
        let disk = DiskManagerBuilder::default()
            .with_mode(DiskManagerMode::Directories(vec![spill.path().to_path_buf()]))
            .with_max_temp_directory_size(SPILL_LIMIT)
            .with_max_spill_merge_fan_in(SPILL_MERGE_WIDTH);
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(TrackConsumersPool::new(FairSpillPool::new(limit), top_consumers)))
            .with_disk_manager_builder(disk)
            .build_arc()
            .with_context(|| format!("preparing to spill to {}", spill.path().display()))?;
        let beginning = beginning(&runtime, config(options.threads, true))?;
        let beginning_over_few = over_few(&beginning);
        let to_keep = Arc::new(AtomicUsize::new(limit / KEPT_PART));
        Ok(Engine { threads: options.threads, runtime, beginning, beginning_over_few, to_keep, _spill: spill })
    }

    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Whether so many bytes of a built table may be kept in memory; if so, they are taken from what may.
    pub(super) fn may_keep(&self, bytes: usize) -> bool {
        self.to_keep.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(bytes)).is_ok()
    }

    /// A session that sees these tables and nothing else.
    ///
    /// # Errors
    /// When a table cannot be registered.
    pub fn session(&self, tables: &Tables) -> Result<SessionContext> {
        let schemas = ["marts", "landing", "staging", "intermediate", "settings", RECORD, CHECKS];
        self.session_with(&schemas, tables)
    }

    /// The same for marts alone, without a schema for anything else.
    ///
    /// # Errors
    /// As `session`.
    pub fn session_of_marts(&self, tables: &Tables) -> Result<SessionContext> {
        self.session_with(&["marts"], tables)
    }

    fn session_with(&self, schemas: &[&str], tables: &Tables) -> Result<SessionContext> {
        let beginning = if tables.rows() < FEW_ROWS { &self.beginning_over_few } else { &self.beginning };
        let mut state = beginning.clone();
        let catalog = MemoryCatalogProvider::new();
        for schema in schemas {
            catalog.register_schema(schema, Arc::new(MemorySchemaProvider::new()))?;
        }
        let catalogs = MemoryCatalogProviderList::new();
        catalogs.register_catalog(CATALOG.to_string(), Arc::new(catalog));
        state.register_catalog_list(Arc::new(catalogs));
        let session = SessionContext::new_with_state(state);
        add_tables(&session, tables)?;
        Ok(session)
    }

    /// The same session with joins that spill, for a query whose hash join met the memory limit. Two partitions are
    /// the fewest with which the planner gives up its hash join, and so those that need the least memory.
    pub(super) fn spilling(&self, session: &SessionContext) -> SessionContext {
        let state = SessionStateBuilder::new_from_existing(session.state())
            .with_config(config(2, false))
            .with_physical_optimizer_rules(self.beginning.physical_optimizers().to_vec())
            .build();
        SessionContext::new_with_state(state)
    }
}

/// Another session over the tables of one, with settings of its own.
pub fn another_session(session: &SessionContext) -> SessionContext {
    SessionContext::new_with_state(session.state())
}

fn config(threads: usize, prefer_hash_join: bool) -> SessionConfig {
    let mut config = SessionConfig::new()
        .with_target_partitions(threads)
        .with_default_catalog_and_schema(CATALOG, "marts")
        // Sessions bring their own.
        .with_create_default_catalog_and_schema(false)
        .with_information_schema(true);
    guard(config.options_mut(), prefer_hash_join);
    config
}

pub const CATALOG: &str = "sopmart";

/// A session without tables and without a catalog for them.
fn beginning(runtime: &Arc<RuntimeEnv>, config: SessionConfig) -> Result<SessionState> {
    let mut state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(Arc::clone(runtime))
        .with_default_features()
        .with_analyzer_rule(Arc::new(CheckedArithmetic))
        .with_analyzer_rule(Arc::new(ComparedRows))
        .with_analyzer_rule(Arc::new(KeysOfBothSides))
        .build();
    // It takes rows that `unnest` made of one for rows of one key, and leaves out of an order what such a key would tell.
    let rules = state.optimizers().iter().filter(|rule| rule.name() != "eliminate_duplicated_expr").cloned().collect();
    state = SessionStateBuilder::new_from_existing(state).with_optimizer_rules(rules).build();
    state.register_udaf(Arc::new(AggregateUDF::new_from_impl(CheckedSum::default())))?;
    state.register_udaf(Arc::new(AggregateUDF::new_from_impl(FifoLayers::default())))?;
    state.register_udaf(Arc::new(AggregateUDF::new_from_impl(RollingSums::default())))?;
    for aggregate in supply::aggregates() {
        state.register_udaf(Arc::new(aggregate))?;
    }
    Ok(state)
}

/// What a plan needs that is run by one thread: the smaller side of a join to begin with, sorts, aggregates in one step, and
/// that it can be stopped; and the look at whether all that is so. The other rules save time where rows are many.
const RULES_OVER_FEW: [&str; 7] = [
    "OutputRequirements",
    "join_selection",
    "EnsureRequirements",
    "CombinePartialFinalAggregate",
    "OptimizeAggregateOrder",
    "EnsureCooperative",
    "SanityCheckPlan",
];

/// A session over few rows: they are done before they are handed out to threads, and planning takes longest.
fn over_few(beginning: &SessionState) -> SessionState {
    let rules = beginning.physical_optimizers().iter().filter(|rule| RULES_OVER_FEW.contains(&rule.name()));
    SessionStateBuilder::new_from_existing(beginning.clone())
        .with_config(beginning.config().clone().with_target_partitions(1))
        .with_physical_optimizer_rules(rules.cloned().collect())
        .build()
}

/// Lets a session see these tables, too.
///
/// # Errors
/// When one cannot be registered, or is there already.
pub(super) fn add_tables(session: &SessionContext, tables: &Tables) -> Result<()> {
    let catalog = session.catalog(CATALOG).context("the session makes its catalog")?;
    for (name, table) in tables.iter() {
        let schema: Arc<dyn SchemaProvider> =
            catalog.schema(&name.schema).with_context(|| format!("{name}: unknown schema"))?;
        schema.register_table(name.name.clone(), Arc::clone(table))?;
    }
    Ok(())
}

/// The settings that decide whether figures are right.
fn guard(options: &mut ConfigOptions, prefer_hash_join: bool) {
    // `0.1` is a decimal, not a double, and a long number keeps its digits.
    options.sql_parser.parse_float_as_decimal = true;
    options.sql_parser.collect_spans = true;
    // A timestamp with a zone is one in UTC.
    options.execution.time_zone = Some("+00:00".to_string());
    options.optimizer.prefer_hash_join = prefer_hash_join;
}

/// Half of what the machine, or the control group around this process, has.
fn half_of_memory() -> usize {
    let machine = rustix::system::sysinfo();
    let whole = usize::try_from(machine.totalram).unwrap_or(usize::MAX).saturating_mul(machine.mem_unit as usize);
    let group = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|limit| limit.trim().parse().ok());
    whole.min(group.unwrap_or(usize::MAX)) / 2
}

/// Whether a store, a disk or too little memory is at fault, and neither a query nor its rows.
pub fn is_of_the_machine(error: &anyhow::Error) -> bool {
    error.chain().any(is_cause_of_the_machine)
}

fn is_cause_of_the_machine(cause: &(dyn std::error::Error + 'static)) -> bool {
    if cause.is::<object_store::Error>() || cause.is::<std::io::Error>() {
        return true;
    }
    if let Some(error) = cause.downcast_ref::<DataFusionError>() {
        return match error.find_root() {
            DataFusionError::ObjectStore(_) | DataFusionError::IoError(_) | DataFusionError::ResourcesExhausted(_) => {
                true
            }
            DataFusionError::ParquetError(error) => is_cause_of_the_machine(error.as_ref()),
            DataFusionError::External(error) => is_cause_of_the_machine(error.as_ref()),
            _ => false,
        };
    }
    match cause.downcast_ref::<ParquetError>() {
        Some(ParquetError::External(error)) => is_cause_of_the_machine(error.as_ref()),
        Some(ParquetError::EOF(_)) => true,
        _ => false,
    }
}

/// Whether the error says that memory ran out where nothing could spill.
pub(super) fn is_out_of_memory(error: &DataFusionError) -> bool {
    matches!(error.find_root(), DataFusionError::ResourcesExhausted(_))
}
