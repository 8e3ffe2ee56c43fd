//! The one integration-test binary: linking DataFusion is slow, so it is paid for once.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on stops there, and what it writes are its own temporary files"
)]

mod adventureworks;
mod adventureworks_entities;
mod aging_histories;
mod aging_order;
mod aging_properties;
mod aging_reference;
mod bad_input;
mod bad_input_runs;
mod built_tables;
mod capacity_plans;
mod capacity_properties;
mod check_command;
mod cli_support;
mod contract_infer;
mod contract_promises;
mod engine;
mod entities;
mod examples;
mod concurrent_runs;
mod failing_store;
mod forecast_accuracy_properties;
mod forecast_metrics;
mod fuzz_findings;
mod generate;
mod generate_figures;
mod generate_selling;
mod good_files;
mod kill;
mod landing;
mod landing_csv;
mod landing_damage;
mod landing_damage_binary;
mod landing_deliveries;
mod landing_dialects;
mod landing_differential;
mod landing_differential_python;
mod landing_encodings;
mod landing_folders;
mod landing_formats;
mod landing_modes;
mod landing_properties;
mod landing_stage;
mod landing_strictness;
mod landing_values;
mod marts_of_runs;
mod marts_page;
mod model_tests;
mod object_stores;
mod numbers;
mod plant_changes;
mod plant_guards;
mod plant_run;
mod postgres_server;
mod published_facts;
mod publishing;
mod publishing_evolution;
mod publishing_faults;
mod publishing_locks;
mod publishing_types;
mod quarantine_command;
mod random_dialects;
mod random_tables;
mod read_rows;
mod readers;
mod rolling_sums;
mod s3_server;
mod sample_story;
mod supply_periods;
mod star;
mod table_writer;
mod target_exports;
mod target_postgres;
mod tidy;
mod tidy_cases;
mod tidy_rust;
mod tidy_sql;
mod warehouse_faults;
mod written_values;
