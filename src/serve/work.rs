//! Where the statements of one connection work: on threads of their own, so that none keeps the server or another
//! connection waiting, and in plans that look up from their work often enough to be stopped.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use arrow::array::RecordBatch;
use arrow::datatypes::{FieldRef, Schema};
use datafusion::common::exec_err;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::error::Result as EngineResult;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::joins::utils::JoinFilter;
use datafusion::physical_plan::joins::{HashJoinExec, NestedLoopJoinExec, NestedLoopJoinExecBuilder};
use datafusion::physical_plan::unnest::UnnestExec;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::DataFrame;
use futures::StreamExt;
use pgwire::error::PgWireResult;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::serve::dialect::STACK;
use crate::serve::refusal::{INTERNAL, error, of_engine};

/// The threads that the statements of a connection work on, from the first one on.
pub struct Workers {
    threads: usize,
    runtime: OnceLock<Runtime>,
}

/// More threads than this make a statement no faster, where others are at work as well.
const MOST_THREADS: usize = 4;

impl Workers {
    pub fn new(threads: usize) -> Workers {
        Workers { threads: threads.min(MOST_THREADS), runtime: OnceLock::new() }
    }

    fn begun(&self) -> EngineResult<&Runtime> {
        if let Some(runtime) = self.runtime.get() {
            return Ok(runtime);
        }
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(self.threads).thread_stack_size(STACK).thread_name("statement").enable_all();
        let begun = builder.build()?;
        // A connection says one thing at a time; were there two, one of the runtimes would go at once.
        if let Err(begun) = self.runtime.set(begun) {
            begun.shutdown_background();
        }
        Ok(self.runtime.get().expect("it was set above"))
    }

    /// Does something that may take long on these threads; it ends, as soon as it looks up, when nobody waits for it.
    ///
    /// # Errors
    /// Its own, and when it breaks off.
    pub async fn apart<T: Send + 'static>(
        &self,
        work: impl Future<Output = PgWireResult<T>> + Send + 'static,
    ) -> PgWireResult<T> {
        let mut task = JoinSet::new();
        task.spawn_on(work, self.begun().map_err(|error| of_engine(&error))?.handle());
        match task.join_next().await {
            Some(Ok(done)) => done,
            _ => Err(error(INTERNAL, "the work on the statement has broken off")),
        }
    }

    /// Begins the work on a question; it ends when what comes back is dropped.
    ///
    /// # Errors
    /// When the engine finds no way to do it.
    pub async fn begin(&self, frame: DataFrame) -> EngineResult<Work> {
        let (begun, is_begun) = oneshot::channel();
        let (sender, batches) = mpsc::channel(AHEAD);
        let stop = Stop(Arc::default());
        let is_over = Arc::clone(&stop.0);
        let mut task = JoinSet::new();
        let work = async move {
            let mut batches = match stream(frame, is_over).await {
                Ok(batches) => batches,
                Err(error) => return drop(begun.send(Err(error))),
            };
            if begun.send(Ok(())).is_err() {
                return;
            }
            while let Some(batch) = batches.next().await {
                if sender.send(batch).await.is_err() {
                    return;
                }
            }
        };
        task.spawn_on(work, self.begun()?.handle());
        let work = Work { batches, task, _stop: stop };
        match is_begun.await {
            Ok(begun) => begun.map(|()| work),
            Err(_) => broken_off(),
        }
    }
}

fn broken_off<T>() -> EngineResult<T> {
    exec_err!("the work on the statement has broken off")
}

impl Drop for Workers {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// How many batches may be ready before the client takes them.
const AHEAD: usize = 2;

/// A question that is worked on.
pub struct Work {
    batches: mpsc::Receiver<EngineResult<RecordBatch>>,
    task: JoinSet<()>,
    _stop: Stop,
}

impl Work {
    /// The next rows; None when there are no more.
    pub async fn next(&mut self) -> Option<EngineResult<RecordBatch>> {
        if let Some(batch) = self.batches.recv().await {
            return Some(batch);
        }
        // One that has broken off has no more rows either, and is no whole answer.
        let has_broken_off = matches!(self.task.join_next().await, Some(Err(_)));
        has_broken_off.then(broken_off)
    }
}

/// Tells a plan, when it is dropped, that nobody waits for it any more.
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

async fn stream(
    frame: DataFrame,
    is_over: Arc<AtomicBool>,
) -> EngineResult<datafusion::execution::SendableRecordBatchStream> {
    let context = Arc::new(frame.task_ctx());
    let plan = frame.create_physical_plan().await?;
    execute_stream(that_looks_up(plan, &is_over)?, context)
}

/// The same plan, of which no part works for long without looking up: one that gives many rows for few gives way from
/// time to time, and a join that tries pairs of which few match asks whether it is over.
fn that_looks_up(plan: Arc<dyn ExecutionPlan>, is_over: &Arc<AtomicBool>) -> EngineResult<Arc<dyn ExecutionPlan>> {
    let watched = |filter: &JoinFilter| {
        let expression = Arc::new(UntilOver { tried: Arc::clone(filter.expression()), is_over: Arc::clone(is_over) });
        JoinFilter::new(expression, filter.column_indices().to_vec(), Arc::clone(filter.schema()))
    };
    plan.transform_up(|plan| {
        let any: &dyn std::any::Any = plan.as_ref();
        let watched: Arc<dyn ExecutionPlan> = if let Some(join) = any.downcast_ref::<NestedLoopJoinExec>()
            && let Some(filter) = join.filter()
        {
            let (left, right) = (Arc::clone(join.left()), Arc::clone(join.right()));
            let new = NestedLoopJoinExecBuilder::new(left, right, *join.join_type()).with_filter(Some(watched(filter)));
            Arc::new(new.with_projection_ref(join.projection().clone()).build()?)
        } else if let Some(join) = any.downcast_ref::<HashJoinExec>()
            && let Some(filter) = join.filter()
        {
            join.builder().with_filter(Some(watched(filter))).build_exec()?
        } else if plan.name().ends_with("JoinExec") || any.is::<UnnestExec>() {
            plan
        } else {
            return Ok(Transformed::no(plan));
        };
        Ok(Transformed::yes(Arc::new(CooperativeExec::new(watched)) as Arc<dyn ExecutionPlan>))
    })
    .data()
}

/// What a join tries its pairs by, until nobody waits for them any more.
#[derive(Debug, Clone)]
struct UntilOver {
    tried: Arc<dyn PhysicalExpr>,
    is_over: Arc<AtomicBool>,
}

impl PartialEq for UntilOver {
    fn eq(&self, other: &UntilOver) -> bool {
        self.tried.eq(&other.tried)
    }
}

impl Eq for UntilOver {}

impl Hash for UntilOver {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.tried.hash(state);
    }
}

impl fmt::Display for UntilOver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tried.fmt(formatter)
    }
}

impl PhysicalExpr for UntilOver {
    fn evaluate(&self, batch: &RecordBatch) -> EngineResult<ColumnarValue> {
        if self.is_over.load(Ordering::Relaxed) {
            return exec_err!("the statement is over");
        }
        self.tried.evaluate(batch)
    }

    fn return_field(&self, schema: &Schema) -> EngineResult<FieldRef> {
        self.tried.return_field(schema)
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.tried]
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> EngineResult<Arc<dyn PhysicalExpr>> {
        let tried = children.swap_remove(0);
        Ok(Arc::new(UntilOver { tried, is_over: Arc::clone(&self.is_over) }))
    }

    fn fmt_sql(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tried.fmt_sql(formatter)
    }
}
