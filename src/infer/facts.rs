//! What a column holds, gathered over all of its rows.

use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher, RandomState};

use arrow::array::{Array, ArrayRef, StringArray};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::infer::guess::{Kinds, NULL_WORDS};

/// Up to how many different values are told one by one.
const FEW: usize = 12;

/// Beyond so many values of all columns together it is not found out whether one stands twice in its column.
const MOST_DISTINCT: usize = 20_000_000;

#[derive(Debug, Default)]
pub(super) struct Facts {
    pub rows: u64,
    /// Rows without a value.
    pub empty: u64,
    /// What the values can be read as; words for no value apart.
    pub kinds: Kinds,
    /// Words such as `NULL` that most likely stand for no value, with how many rows have one.
    pub null_words: BTreeSet<String>,
    pub null_word_rows: u64,
    pub longest: usize,
    /// The different values, while there are few.
    few: Option<BTreeSet<String>>,
    distinct: Distinct,
}

#[derive(Debug, Default)]
struct Distinct {
    hasher: RandomState,
    most: usize,
    /// None where a value stands twice, or where there are too many to know.
    hashes: Option<HashSet<u64>>,
}

impl Distinct {
    fn add(&mut self, text: &str) {
        let hash = self.hasher.hash_one(text);
        if let Some(hashes) = &mut self.hashes
            && (!hashes.insert(hash) || hashes.len() > self.most)
        {
            self.hashes = None;
        }
    }
}

impl Facts {
    /// Of one of so many columns, before its first row.
    pub(super) fn of_one_of(columns: usize) -> Facts {
        let most = MOST_DISTINCT / columns.max(1);
        let distinct = Distinct { most, hashes: Some(HashSet::new()), ..Distinct::default() };
        Facts { distinct, ..Facts::default() }
    }

    pub(super) fn add_texts(&mut self, texts: &StringArray) {
        for text in texts {
            self.rows += 1;
            // Landing takes these blanks alone from around a value.
            match text.map(|text| (text, text.trim_ascii())).filter(|(_, trimmed)| !trimmed.is_empty()) {
                None => self.empty += 1,
                Some((text, trimmed)) => {
                    self.add_value(text);
                    if NULL_WORDS.contains(&trimmed) {
                        self.null_words.insert(trimmed.to_string());
                        self.null_word_rows += 1;
                    } else {
                        self.kinds.add(trimmed);
                    }
                }
            }
        }
    }

    /// Values whose type is known already.
    pub(super) fn add_typed(&mut self, values: &ArrayRef) {
        self.rows += values.len() as u64;
        self.empty += values.null_count() as u64;
        let Ok(formatter) = ArrayFormatter::try_new(values, &FormatOptions::default()) else { return };
        if self.distinct.hashes.is_none() && self.few.as_ref().is_some_and(|few| few.len() > FEW) {
            return;
        }
        for row in (0..values.len()).filter(|row| values.is_valid(*row)) {
            self.add_value(&formatter.value(row).to_string());
        }
    }

    fn add_value(&mut self, text: &str) {
        self.longest = self.longest.max(text.chars().count());
        self.distinct.add(text);
        let few = self.few.get_or_insert_default();
        if few.len() <= FEW && !few.contains(text) {
            few.insert(text.to_string());
        }
    }

    /// The different values, where there are few among many rows.
    pub(super) fn few_values(&self) -> Option<&BTreeSet<String>> {
        let few = self.few.as_ref()?;
        (few.len() <= FEW && self.rows >= 5 * few.len() as u64).then_some(few)
    }

    /// Whether every row has a value that no other one has.
    pub(super) fn is_unique(&self) -> bool {
        self.rows > 0 && self.empty == 0 && self.distinct.hashes.is_some()
    }
}
