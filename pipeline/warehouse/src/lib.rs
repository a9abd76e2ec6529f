//! Rows to Arrow to Parquet: the tables and their columns, day partitions, windows and manifests. Columns come from the
//! types in `schemas` and nowhere else. It must not work anything out: what a value is, core says.

pub mod columns;
pub mod customers;
pub mod dump;
pub mod encode;
pub mod erase;
pub mod glue;
mod heaps;
pub mod history;
pub mod manifest;
pub mod marks;
mod order;
pub mod plan;
mod pool;
pub mod request;
pub mod revision;
mod rewrite;
mod rows;
mod schedule;
pub mod tables;
mod turns;
pub mod views;
mod writer;
