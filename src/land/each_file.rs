//! `append` and `upsert`: one load per file, compared with what its path brought before.

use crate::land::Delivery;
use crate::land::file::Delivered;
use crate::warehouse::Load;

pub(super) fn deliveries(files: Vec<Delivered>) -> Vec<Delivery> {
    files.into_iter().map(|file| Delivery { files: vec![file], snapshot_date: None }).collect()
}

pub(super) fn is_of_same_kind(delivery: &Delivery, load: &Load) -> bool {
    delivery.files.iter().any(|file| load.files.iter().any(|landed| landed.path == file.landed.path))
}
