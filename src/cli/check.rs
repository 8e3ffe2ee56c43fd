//! `sopmart check`: pipeline, contracts and every model, planned without data.

use anyhow::Result;

use crate::cli::{Cli, Output, print, say, show_faults};
use crate::engine::{self, PlanOutcome};
use crate::fault::Fault;
use crate::pipeline::{self, Overrides, Project};

pub(super) async fn check(cli: &Cli, named: Option<&str>, _threads: usize) -> Result<u8> {
    let project = Project::open(&cli.project)?;
    let file = project.pipeline_file(named)?;
    let (faults, not_checked, planned, idle) = match pipeline::read_for_planning(&project, &file, &Overrides::default())
    {
        Ok(pipeline) => {
            let outcomes = engine::plan_all(&pipeline).await?;
            let mut faults = Vec::new();
            let mut not_checked = Vec::new();
            let mut planned = 0_usize;
            for (path, outcome) in outcomes {
                match outcome {
                    PlanOutcome::Planned => planned += 1,
                    PlanOutcome::Faults(found) => faults.extend(found),
                    PlanOutcome::NotChecked(why) => not_checked.push(format!("{path}: not checked because {why}")),
                }
            }
            // Which settings a file uses that cannot be read is not known.
            if pipeline.unreadable_sql.is_empty() {
                faults.extend(pipeline.settings.unused(pipeline.sql_files()));
            }
            (faults, not_checked, planned, pipeline.idle())
        }
        Err(faults) => (faults, Vec::new(), 0, Vec::new()),
    };
    show_faults(&faults);
    for line in &not_checked {
        say(line);
    }
    for line in &idle {
        say(&format!("warning: {line}"));
    }
    report(cli, &faults, &not_checked, planned, &idle)?;
    Ok(u8::from(!(faults.is_empty() && not_checked.is_empty())))
}

fn report(cli: &Cli, faults: &[Fault], not_checked: &[String], planned: usize, warnings: &[String]) -> Result<()> {
    if cli.output == Output::Json {
        let faults: Vec<_> = faults
            .iter()
            .map(|fault| {
                let place = fault.place.as_ref();
                serde_json::json!({
                    "file": fault.file,
                    "line": place.map(|place| place.line),
                    "column": place.map(|place| place.column),
                    "message": fault.message,
                    "help": fault.help,
                })
            })
            .collect();
        let told = serde_json::json!({
            "faults": faults,
            "not_checked": not_checked,
            "planned": planned,
            "warnings": warnings,
        });
        return print(&told.to_string());
    }
    let what = match faults.len() {
        0 if not_checked.is_empty() => format!("{planned} SQL files planned, nothing to complain about"),
        1 => format!("1 fault; {planned} SQL files planned"),
        count => format!("{count} faults; {planned} SQL files planned"),
    };
    say(&what);
    Ok(())
}
