//! What `landing.<extract>` shows: it follows from the extract's loads, how it loads, and what was known by when.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};

use crate::pipeline::LoadMode;
use crate::warehouse::{BatchFile, Load};

/// A batch that `landing.<extract>` shows, with what comes with its load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownBatch {
    /// The load's number.
    pub load: u64,
    /// The load's place among those known at the same time: its number, or that of the load it reads again.
    pub place: u64,
    pub batch_id: String,
    /// Its columns and their types, as the contract of then wrote them.
    pub columns: Vec<(String, String)>,
    /// The row rules that its rows keep, as the contract of then said them.
    pub rules: Vec<String>,
    pub files: Vec<BatchFile>,
    pub source_file: String,
    pub known_at: DateTime<Utc>,
    /// Where given, each row is known when this column says, and rows known later than the run asks for do not count.
    pub known_at_column: Option<String>,
    pub snapshot_date: Option<NaiveDate>,
    /// The newest time in the column by which its freshness is told.
    pub covered_to: Option<DateTime<Utc>>,
    pub rows_quarantined: u64,
    pub quarantined_by_rule: BTreeMap<String, u64>,
    /// Where its records in quarantine stand.
    pub quarantine: Vec<BatchFile>,
}

/// What `landing.<extract>` shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// In the order of their loads: known time, then number.
    pub batches: Vec<ShownBatch>,
    /// What a person should know of this choice.
    pub warnings: Vec<String>,
}

/// What a load is about: loads of one kind are compared with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind<'a> {
    Extract,
    Date(Option<NaiveDate>),
    Path(&'a str),
}

impl<'a> Kind<'a> {
    /// What a load of this file (its first, where it has several) and this snapshot date is about.
    pub fn of(mode: &LoadMode, path: &'a str, snapshot_date: Option<NaiveDate>) -> Kind<'a> {
        match mode {
            LoadMode::Replace => Kind::Extract,
            LoadMode::Snapshot { .. } => Kind::Date(snapshot_date),
            LoadMode::Append { .. } | LoadMode::Upsert { .. } => Kind::Path(path),
        }
    }

    fn of_load(mode: &LoadMode, load: &'a Load) -> Kind<'a> {
        Kind::of(mode, load.files.first().map_or("", |file| file.path.as_str()), load.snapshot_date)
    }
}

/// The loads that count, in the order in which they do: those since the extract has loaded so, for what another way of
/// loading meant by its loads, they do not mean; and of these not those that later ones read again.
pub fn in_force<'a>(loads: &'a [Load], mode: &LoadMode) -> Vec<&'a Load> {
    let is_read_again: HashSet<u64> = loads.iter().filter_map(|load| load.rereads).collect();
    let place = place_among(loads);
    let mut kept: Vec<&Load> = since_the_change(loads, mode).filter(|load| !is_read_again.contains(&load.n)).collect();
    kept.sort_by_cached_key(|load| (load.known_at, place(load)));
    kept
}

/// Loads in order, by what they are about.
pub fn by_kind<'a>(in_force: &[&'a Load], mode: &LoadMode) -> HashMap<Kind<'a>, Vec<&'a Load>> {
    let mut by_kind: HashMap<_, Vec<_>> = HashMap::new();
    for load in in_force {
        by_kind.entry(Kind::of_load(mode, load)).or_default().push(*load);
    }
    by_kind
}

/// What was shown of an extract before its way of loading changed to this one and has not been delivered since, over
/// several changes; a killed run leaves some.
pub fn shown_before(loads: &[Load], mode: &LoadMode) -> Vec<ShownBatch> {
    let Some(last) = loads.iter().filter(|load| !load.mode.is_as(mode)).max_by_key(|load| load.n) else {
        return Vec::new();
    };
    let before: Vec<Load> = loads.iter().filter(|load| load.n <= last.n).cloned().collect();
    let mut missing = shown_before(&before, &last.mode);
    missing.extend(shown(&before, &last.mode, None).batches);
    // Also loads that were read again since have brought their files.
    let has_come: HashSet<&str> =
        since_the_change(loads, mode).flat_map(|load| &load.files).map(|file| file.path.as_str()).collect();
    missing.retain(|batch| !has_come.contains(batch.source_file.as_str()));
    missing
}

fn since_the_change<'a>(loads: &'a [Load], mode: &LoadMode) -> impl Iterator<Item = &'a Load> {
    let changed = loads.iter().filter(|load| !load.mode.is_as(mode)).map(|load| load.n).max();
    loads.iter().filter(move |load| changed.is_none_or(|changed| load.n > changed))
}

/// What `landing.<extract>` shows of its loads; with `known_at`, only of those known by then.
pub fn shown(loads: &[Load], mode: &LoadMode, known_at: Option<DateTime<Utc>>) -> Shown {
    let is_known = |load: &&Load| known_at.is_none_or(|known_at| load.known_from() <= known_at);
    let known: Vec<&Load> = in_force(loads, mode).into_iter().filter(is_known).collect();
    let counts = if hides_earlier(mode) { newest_of_each_kind(&known, mode) } else { known };
    let shown = batches_of(counts, place_among(loads));
    match mode {
        LoadMode::Append { .. } => each_content_once(shown, loads),
        LoadMode::Upsert { .. } => without_corrected_records(shown),
        LoadMode::Replace | LoadMode::Snapshot { .. } => shown,
    }
}

/// Takes away the quarantine of files that came corrected since: their rows stay beneath the new ones, what was wrong
/// with the others does not.
fn without_corrected_records(mut shown: Shown) -> Shown {
    let mut newer = HashSet::new();
    for batch in shown.batches.iter_mut().rev() {
        if !newer.insert(batch.source_file.clone()) {
            batch.rows_quarantined = 0;
            batch.quarantined_by_rule.clear();
            batch.quarantine.clear();
        }
    }
    shown
}

/// Of these loads those that are not shown, each with the load that hides it: of the same kind, and known later.
pub fn hidden<'a>(delivered: &[&'a Load], loads: &'a [Load], mode: &LoadMode) -> Vec<(&'a Load, &'a Load)> {
    if !hides_earlier(mode) {
        return Vec::new();
    }
    let newest: HashMap<Kind<'_>, &Load> =
        in_force(loads, mode).into_iter().map(|load| (Kind::of_load(mode, load), load)).collect();
    let hider = |load: &&'a Load| newest.get(&Kind::of_load(mode, load)).copied().filter(|newest| newest.n != load.n);
    delivered.iter().filter_map(|load| Some((*load, hider(load)?))).collect()
}

/// Whether of several loads of one kind only the newest is shown.
fn hides_earlier(mode: &LoadMode) -> bool {
    match mode {
        LoadMode::Replace | LoadMode::Snapshot { .. } | LoadMode::Append { same_path_adds: false } => true,
        LoadMode::Append { same_path_adds: true } | LoadMode::Upsert { .. } => false,
    }
}

/// A load's place among those known at the same time: its number, or that of the load it reads again.
fn place_among(loads: &[Load]) -> impl Fn(&Load) -> u64 {
    let reread: HashMap<u64, u64> = loads.iter().filter_map(|load| Some((load.n, load.rereads?))).collect();
    move |load| std::iter::successors(Some(load.n), |n| reread.get(n).copied()).last().unwrap_or(load.n)
}

/// Of loads in order, the last of each kind, in order.
fn newest_of_each_kind<'a>(loads: &[&'a Load], mode: &LoadMode) -> Vec<&'a Load> {
    let newest: HashMap<Kind<'_>, u64> = loads.iter().map(|load| (Kind::of_load(mode, load), load.n)).collect();
    loads.iter().copied().filter(|load| newest[&Kind::of_load(mode, load)] == load.n).collect()
}

fn batches_of(loads: Vec<&Load>, place: impl Fn(&Load) -> u64) -> Shown {
    let batches = loads.into_iter().flat_map(|load| {
        let place = place(load);
        load.files.iter().map(move |file| ShownBatch {
            load: load.n,
            place,
            batch_id: file.batch.batch_id.clone(),
            columns: file.batch.columns.clone(),
            rules: file.batch.rules.clone(),
            files: file.batch.files.clone(),
            source_file: file.path.clone(),
            known_at: load.known_at,
            known_at_column: load.known_at_column.as_ref().map(|column| column.name.clone()),
            snapshot_date: load.snapshot_date,
            covered_to: file.batch.covered.map(|(_, last)| last),
            rows_quarantined: file.batch.rows_quarantined,
            quarantined_by_rule: file.batch.quarantined_by_rule.clone(),
            quarantine: file.batch.quarantine.clone(),
        })
    });
    Shown { batches: batches.collect(), warnings: Vec::new() }
}

/// Leaves out bytes that came under another path before: a copied or renamed file adds nothing.
fn each_content_once(shown: Shown, loads: &[Load]) -> Shown {
    let content_of: HashMap<(u64, &str), _> = loads
        .iter()
        .flat_map(|load| load.files.iter().map(|file| ((load.n, file.path.as_str()), file.content())))
        .collect();
    let mut first_path: HashMap<_, String> = HashMap::new();
    let mut once = Shown::default();
    for batch in shown.batches {
        let content = content_of[&(batch.load, batch.source_file.as_str())];
        let first = first_path.entry(content).or_insert_with(|| batch.source_file.clone());
        if *first == batch.source_file {
            once.batches.push(batch);
        } else if batch.files.iter().any(|file| file.rows > 0) {
            // Empty files are all alike, and nothing is lost by leaving one out.
            once.warnings.push(format!(
                "{} has the same bytes as {first}, which came before; its rows count once",
                batch.source_file
            ));
        }
    }
    once
}
