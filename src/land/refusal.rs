//! A delivery with too many bad rows is refused, with enough said to mend it.

use std::collections::BTreeMap;
use std::fmt;

use crate::contract::MaxQuarantined;
use crate::fault::Fault;
use crate::land::LandError;
use crate::land::file::Delivered;
use crate::land::tally::OFFENDERS_SHOWN;
use crate::pipeline::Extract;

/// A delivery that was refused since too many of its rows broke a rule.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub extract: String,
    pub max_quarantined: MaxQuarantined,
    pub rows_read: u64,
    pub rows_quarantined: u64,
    pub by_rule: BTreeMap<String, u64>,
    /// The first records in quarantine.
    pub offenders: Vec<Fault>,
    /// Where all of them are, relative to the warehouse.
    pub quarantine: Vec<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refusal { extract, max_quarantined, rows_read, rows_quarantined, .. } = self;
        write!(
            out,
            "extract `{extract}` is refused: {rows_quarantined} of {rows_read} rows break a rule, its contract allows {max_quarantined}"
        )?;
        let rules: Vec<_> = self.by_rule.iter().map(|(rule, count)| format!("{count} {rule}")).collect();
        if !rules.is_empty() {
            write!(out, " ({})", rules.join(", "))?;
        }
        for fault in &self.offenders {
            write!(out, "\n  {fault}")?;
            if let Some(place) = &fault.place {
                write!(out, "\n    {}", place.line_text)?;
            }
        }
        for path in &self.quarantine {
            write!(out, "\n  all of them: sopmart quarantine --rows --refused {path}")?;
        }
        Ok(())
    }
}

/// # Errors
/// When more rows of these files are in quarantine than the contract allows for one delivery.
pub(super) fn refuse_if_bad(extract: &Extract, files: &[Delivered]) -> Result<(), LandError> {
    let batches = || files.iter().map(|file| &file.landed.batch);
    let rows_quarantined = batches().map(|batch| batch.rows_quarantined).sum();
    let rows_read = batches().map(|batch| batch.rows_read).sum();
    if extract.contract.max_quarantined.allows(rows_quarantined, rows_read) {
        return Ok(());
    }
    let mut by_rule = BTreeMap::new();
    for (rule, count) in batches().flat_map(|batch| &batch.quarantined_by_rule) {
        *by_rule.entry(rule.clone()).or_insert(0) += count;
    }
    Err(LandError::Refused(Box::new(Refusal {
        extract: extract.name.clone(),
        max_quarantined: extract.contract.max_quarantined,
        rows_read,
        rows_quarantined,
        by_rule,
        offenders: files.iter().flat_map(|file| &file.offenders).take(OFFENDERS_SHOWN).cloned().collect(),
        quarantine: batches().flat_map(|batch| &batch.quarantine).map(|file| file.path.clone()).collect(),
    })))
}
