//! `sopmart test`: runs the model tests of the project.

use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use futures::StreamExt;
use futures::stream;

use crate::cli::{Cli, Output, print, say};
use crate::engine::{Engine, EngineOptions};
use crate::fault::{Faults, nearest};
use crate::model_tests::{self, Case, Known};
use crate::pipeline::{self, Overrides, Pipeline, Project};

pub(super) async fn test(cli: &Cli, filter: Option<&str>, threads: usize) -> Result<u8> {
    let project = Project::open(&cli.project)?;
    let pipelines = Arc::new(pipelines(&project)?);
    let engine =
        Engine::without_warehouse(&EngineOptions { threads, memory_limit: None, spill_folder: std::env::temp_dir() })?;
    let mut results = Vec::new();
    let cases = model_tests::cases(&project.folder)?;
    let wanted = filter.unwrap_or_default();
    if !cases.iter().any(|case| case.name.contains(wanted)) {
        let models = cases.iter().filter_map(|case| case.name.split('/').next());
        let meant = nearest(wanted, models).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        bail!("of {} model tests none has `{wanted}` in its name{meant}", cases.len());
    }
    let cases = cases.into_iter().filter(|case| case.name.contains(wanted));
    let known = Arc::new(Known::default());
    // Side by side, and told in their order.
    let mut running = stream::iter(cases.map(|case| {
        let (pipelines, engine, known) = (Arc::clone(&pipelines), engine.clone(), Arc::clone(&known));
        tokio::spawn(async move { (run_case(&case, &pipelines, &engine, &known).await, case.name) })
    }))
    .buffered(threads);
    while let Some(ran) = running.next().await {
        let (outcome, name) = ran.context("a model test stopped")?;
        match &outcome {
            None => say(&format!("ok      {name}")),
            Some(difference) => say(&format!("FAILED  {name}\n{difference}")),
        }
        results.push((name, outcome));
    }
    let failed = results.iter().filter(|(_, outcome)| outcome.is_some()).count();
    say(&format!("{} passed, {failed} failed", results.len() - failed));
    if cli.output == Output::Json {
        let cases: Vec<_> = results
            .iter()
            .map(|(name, difference)| serde_json::json!({ "case": name, "passed": difference.is_none(), "difference": difference }))
            .collect();
        print(&serde_json::json!({ "cases": cases }).to_string())?;
    }
    Ok(u8::from(failed > 0))
}

/// All pipelines of the project, as a case may be about the staging of any.
fn pipelines(project: &Project) -> Result<Vec<Pipeline>> {
    let files = project.pipeline_files()?;
    let read = |file| pipeline::read(project, file, &Overrides::default()).map_err(|faults| anyhow!(Faults(faults)));
    files.iter().map(|file| read(file).with_context(|| format!("reading {}", file.display()))).collect()
}

async fn run_case(case: &Case, pipelines: &[Pipeline], engine: &Engine, known: &Known) -> Option<String> {
    let pipeline = pipelines.iter().find(|pipeline| model_tests::is_about(case, pipeline)).or(pipelines.first())?;
    match model_tests::run_case(case, pipeline, engine, known).await {
        Ok(difference) => difference,
        Err(error) => Some(format!("{error:#}")),
    }
}
