//! The one integration-test binary: linking DataFusion is slow, so it is paid for once.

mod bad_input;
mod failing_store;
mod landing;
mod landing_csv;
mod landing_modes;
mod landing_stage;
