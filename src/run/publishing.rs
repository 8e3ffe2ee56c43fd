//! The last step of a run: what was built and has passed becomes what readers see, and says so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use crate::engine;
use crate::fault::Faults;
use crate::model::{RECORD, TableName};
use crate::publish::{self, BuiltMart, Proposal};
use crate::record::{self, PublishedRecord, RunStatus};
use crate::run::telling::Told;
use crate::run::{Flow, RunError};
use crate::transform::Transform;
use crate::warehouse::publish_log::Entry;
use crate::warehouse::{self, BuiltTable, MartFile};

impl Flow<'_> {
    pub(super) async fn publish(
        &self,
        job: &Transform<'_>,
        newest: Option<Entry>,
        mut built: BTreeMap<TableName, BuiltTable>,
        first: &Told,
        last: &Told,
    ) -> Result<RunStatus, RunError> {
        self.begin("publish").await?;
        let publishes = self.publishes();
        let intact = match &newest {
            Some(entry) => Some(self.without_lost_files(entry).await?),
            None => None,
        };
        let before = intact.as_ref().filter(|_| publishes);
        let published_at = Utc::now();
        let mut marts = self.built_marts(&first.marts, &built, newest.as_ref()).await?;
        let standing = self.as_published(last, before);
        let mut proposal = self.propose(before, &[marts.as_slice(), standing.as_slice()].concat(), published_at)?;
        if !last.is_empty() && (matches!(proposal, Proposal::Entry(_)) || !publishes) {
            built = self.tell(job, last, built, newest.as_ref(), &proposal).await?;
            marts.extend(self.built_marts(&last.marts, &built, newest.as_ref()).await?);
            proposal = self.propose(before, &marts, published_at)?;
        }
        let status = match proposal {
            proposal if !publishes => {
                if let Proposal::Entry(entry) = proposal {
                    let set = serde_json::to_value(&*entry).context("an entry is JSON")?;
                    self.note(|record| record.built_set = Some(set));
                }
                RunStatus::Built
            }
            Proposal::Entry(entry) => {
                self.keep_texts().await?;
                let entry = publish::commit(self.warehouse, *entry).await?;
                self.note(|record| record.published = Some(published_record(&entry, newest.as_ref())));
                self.follow(&entry).await;
                self.note_highlights(&entry).await;
                RunStatus::Published
            }
            Proposal::NothingToDo => {
                let published = newest.as_ref().map(|entry| published_record(entry, Some(entry)));
                self.note(|record| record.published = published);
                RunStatus::NothingToDo
            }
        };
        // A run that publishes nothing is not held up by what an earlier one published.
        Ok(if publishes { self.unless_a_target_is_behind(status) } else { status })
    }

    fn propose(
        &self,
        before: Option<&Entry>,
        marts: &[BuiltMart<'_>],
        published_at: DateTime<Utc>,
    ) -> Result<Proposal, RunError> {
        let (run_id, as_of) = (self.run_id(), self.pipeline.settings.as_of());
        let allow_breaking = self.request.allow_breaking || !self.publishes();
        let run = publish::Run { run_id, as_of, published_at, allow_breaking };
        publish::propose(before, marts, &run)
            .map_err(|error| if error.is::<Faults>() { RunError::Failed(error) } else { RunError::CouldNotRun(error) })
    }

    /// The entry as far as its files are there: what was lost is published anew from what this run has built.
    async fn without_lost_files(&self, entry: &Entry) -> Result<Entry> {
        let mut intact = entry.clone();
        for (name, mart) in &mut intact.marts {
            let mut lost = Vec::new();
            for file in &mart.files {
                if self.warehouse.bytes(&file.path).await? != Some(file.bytes) {
                    lost.push(file.path.clone());
                }
            }
            if lost.is_empty() {
                continue;
            }
            // Of another date nothing can be built now: its file stays named, and readers hear that it is gone.
            let as_of = self.pipeline.settings.as_of();
            mart.files.retain(|file| !lost.contains(&file.path) || file.as_of.is_some_and(|date| date != as_of));
            mart.fingerprint.clear();
            let warning = format!("of marts.{name} a published file is gone or cut short: {}", lost.join(", "));
            self.note(|record| record.warnings.push(warning));
        }
        Ok(intact)
    }

    /// Keeps every text that the run used.
    async fn keep_texts(&self) -> Result<()> {
        let kept = warehouse::keep_texts(self.warehouse, self.pipeline).await?;
        self.note(|record| {
            record.texts = kept.own;
            record.product_texts = Some(kept.product);
        });
        Ok(())
    }

    /// What the published marts say; the set is published, whether that can be said or not.
    async fn note_highlights(&self, entry: &Entry) {
        let highlights = self.highlights(entry).await;
        self.note(|record| match highlights {
            Ok(lines) => record.highlights = lines,
            Err(error) => record.warnings.push(format!("what the marts say cannot be shown: {error:#}")),
        });
    }

    /// A few lines of what the published marts say.
    async fn highlights(&self, entry: &Entry) -> Result<Vec<String>> {
        let published = engine::published_tables(entry)?;
        let mut lines: Vec<String> = Vec::new();
        for sql in &self.pipeline.summaries {
            let has_all = sql.tables.iter().all(|table| entry.marts.contains_key(&table.name.name));
            if has_all {
                let session = self.engine.session(&published)?;
                let plan = engine::plan(&session, sql, &self.pipeline.settings).await?;
                let table = record::table(&sql.title(), &engine::collect(&session, plan).await?)?;
                // An empty line between two tables.
                if !lines.is_empty() && !table.is_empty() {
                    lines.push(String::new());
                }
                lines.extend(table);
            }
        }
        Ok(lines)
    }

    async fn built_marts<'b>(
        &'b self,
        marts: &BTreeSet<TableName>,
        built: &BTreeMap<TableName, BuiltTable>,
        newest: Option<&Entry>,
    ) -> Result<Vec<BuiltMart<'b>>> {
        let mut found = Vec::new();
        for name in marts {
            found.push(self.built_mart(&built[name], newest).await?);
        }
        Ok(found)
    }

    async fn built_mart<'b>(&'b self, table: &BuiltTable, newest: Option<&Entry>) -> Result<BuiltMart<'b>> {
        let contract = self.pipeline.contract(&table.name).context("every mart has a contract")?;
        let published = newest.and_then(|entry| entry.marts.get(&table.name.name));
        let mut files = Vec::new();
        for file in &table.files {
            let known = published.and_then(|mart| mart.files.iter().find(|known| known.path == file.path));
            files.push(match known {
                Some(known) => known.clone(),
                None => MartFile::describe(self.warehouse, &file.path, contract).await?,
            });
        }
        let (name, fingerprint) = (table.name.name.clone(), table.fingerprint.clone());
        let causes_entry = !self.graph.inputs(&table.name).any(|input| input.schema == RECORD);
        Ok(BuiltMart { name, contract, fingerprint, files, causes_entry })
    }

    fn unless_a_target_is_behind(&self, status: RunStatus) -> RunStatus {
        let record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        if record.targets.iter().any(|target| target.error.is_some()) { RunStatus::NotFollowed } else { status }
    }
}

fn published_record(entry: &Entry, before: Option<&Entry>) -> PublishedRecord {
    let rows = |files: &[MartFile]| files.iter().map(|file| file.rows).sum();
    let is_changed = |name: &String| {
        before.and_then(|before| before.marts.get(name)).is_none_or(|mart| mart.files != entry.marts[name].files)
    };
    PublishedRecord {
        entry: entry.n,
        as_of: entry.as_of,
        marts: entry.marts.iter().map(|(name, mart)| (name.clone(), rows(&mart.files))).collect(),
        changed: entry.marts.keys().filter(|name| is_changed(name)).cloned().collect(),
    }
}
