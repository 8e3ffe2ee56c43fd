//! `sopmart` builds a sales & operations planning data mart: extract -> land -> transform -> check -> publish.
//!
//! The modules stand in the order of the flow. First the nouns, which the stages hand over to each other and
//! of which each may use those above it; then the stages, which never import each other; `run` alone knows
//! their order. Read `run` first.

// The nouns.
pub mod fault;
pub mod store;
pub mod contract;
pub mod model;
pub mod pipeline;
pub mod record;
pub mod warehouse;
pub mod engine;
// The stages.
pub mod extract;
pub mod land;
pub mod infer;
pub mod transform;
pub mod check;
pub mod publish;
// The flow, and the command line over it.
pub mod model_tests;
pub mod generate;
pub mod docs;
pub mod report;
pub mod serve;
pub mod run;
pub mod cli;
