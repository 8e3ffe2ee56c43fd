//! What landing an extract looks like in a run's record.

use crate::land::{FileOutcome, Landed, Refusal, WhatBecame};
use crate::record::{ExtractOutcome, ExtractRecord, FileRecord};

impl Landed {
    pub fn record(&self) -> ExtractRecord {
        let has_landed = self.files.iter().any(|file| file.what == WhatBecame::Landed);
        let landed = || self.files.iter().filter(|file| file.what == WhatBecame::Landed);
        ExtractRecord {
            extract: self.extract.clone(),
            outcome: if has_landed { ExtractOutcome::Landed } else { ExtractOutcome::Unchanged },
            files: self.files.iter().map(FileOutcome::record).collect(),
            rows_read: landed().map(|file| file.rows_read).sum(),
            rows_landed: landed().map(|file| file.rows_landed).sum(),
            rows_quarantined: landed().map(|file| file.rows_quarantined).sum(),
            quarantined_before: landed().filter_map(|file| file.quarantined_before).reduce(|one, other| one + other),
            quarantined_shown: self.shown.batches.iter().map(|batch| batch.rows_quarantined).sum(),
        }
    }
}

impl FileOutcome {
    fn record(&self) -> FileRecord {
        let outcome = match self.what {
            WhatBecame::Landed => "landed",
            WhatBecame::Unchanged => "unchanged",
            WhatBecame::SameContent => "same content",
        };
        FileRecord {
            file: self.name.clone(),
            outcome: outcome.to_string(),
            rows_read: self.rows_read,
            rows_landed: self.rows_landed,
            rows_quarantined: self.rows_quarantined,
            quarantined_before: self.quarantined_before,
        }
    }
}

impl Refusal {
    pub fn record(&self) -> ExtractRecord {
        ExtractRecord {
            extract: self.extract.clone(),
            outcome: ExtractOutcome::Refused,
            files: Vec::new(),
            rows_read: self.rows_read,
            rows_landed: self.rows_read - self.rows_quarantined,
            rows_quarantined: self.rows_quarantined,
            quarantined_before: None,
            quarantined_shown: 0,
        }
    }
}
