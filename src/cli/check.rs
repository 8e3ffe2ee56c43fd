//! `sopmart check`: pipeline, contracts and every model, planned without data.

use anyhow::Result;

use crate::cli::console::show_faults;
use crate::cli::{Cli, Output, print, say};
use crate::engine::{self, PlanOutcome};
use crate::fault::Fault;
use crate::pipeline::{self, Overrides, Pipeline, Project};

pub(super) async fn check(cli: &Cli, named: Option<&str>, _threads: usize) -> Result<u8> {
    let project = Project::open(&cli.project)?;
    let file = project.pipeline_file(named)?;
    let findings = match pipeline::read_for_planning(&project, &file, &Overrides::default()) {
        Ok(pipeline) => Findings::of(&pipeline).await?,
        Err(faults) => Findings { faults, ..Findings::default() },
    };
    findings.report(cli)?;
    Ok(u8::from(!(findings.faults.is_empty() && findings.not_checked.is_empty())))
}

#[derive(Default)]
struct Findings {
    faults: Vec<Fault>,
    /// Files that could not be planned since another one cannot be read.
    not_checked: Vec<String>,
    planned: usize,
    warnings: Vec<String>,
}

impl Findings {
    async fn of(pipeline: &Pipeline) -> Result<Findings> {
        let mut findings = Findings { warnings: pipeline.idle(), ..Findings::default() };
        for (path, outcome) in engine::plan_all(pipeline).await? {
            match outcome {
                PlanOutcome::Planned => findings.planned += 1,
                PlanOutcome::Faults(found) => findings.faults.extend(found),
                PlanOutcome::NotChecked(why) => findings.not_checked.push(format!("{path}: not checked because {why}")),
            }
        }
        // Which settings a file uses that cannot be read is not known.
        if pipeline.unreadable_sql.is_empty() {
            findings.faults.extend(pipeline.settings.unused(pipeline.sql_files()));
        }
        Ok(findings)
    }

    fn report(&self, cli: &Cli) -> Result<()> {
        let Findings { faults, not_checked, planned, warnings } = self;
        show_faults(faults);
        for line in not_checked {
            say(line);
        }
        for line in warnings {
            say(&format!("warning: {line}"));
        }
        if cli.output == Output::Json {
            return print(&self.to_json());
        }
        let what = match faults.len() {
            0 if not_checked.is_empty() => format!("{planned} SQL files planned, nothing to complain about"),
            1 => format!("1 fault; {planned} SQL files planned"),
            count => format!("{count} faults; {planned} SQL files planned"),
        };
        say(&what);
        Ok(())
    }

    fn to_json(&self) -> String {
        let Findings { faults, not_checked, planned, warnings } = self;
        let faults: Vec<_> = faults.iter().map(fault_json).collect();
        let told = serde_json::json!({
            "faults": faults,
            "not_checked": not_checked,
            "planned": planned,
            "warnings": warnings,
        });
        told.to_string()
    }
}

/// A fault for machines.
pub(super) fn fault_json(fault: &Fault) -> serde_json::Value {
    let place = fault.place.as_ref();
    serde_json::json!({
        "file": fault.file,
        "line": place.map(|place| place.line),
        "column": place.map(|place| place.column),
        "message": fault.message,
        "help": fault.help,
    })
}
