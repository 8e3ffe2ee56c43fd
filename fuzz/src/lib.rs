//! What the fuzz targets share: how bytes become choices, how a file is read in every way at once, and what has to be
//! true of each fault.

pub mod choices;
pub mod faults;
pub mod files;
pub mod lines;
pub mod notations;
