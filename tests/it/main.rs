//! The one integration-test binary: linking DataFusion is slow, so it is paid for once.

mod failing_store;
mod publishing;
mod publishing_evolution;
mod publishing_faults;
mod publishing_locks;
mod publishing_types;
