//! aftercall on one machine: the ports over SQLite and a folder, the readers of files, and the driver that calls the
//! stages in order. It contains no stage and no rule of its own, and no engine: plain calls and threads.

pub mod again;
pub mod answerer;
pub mod backfill;
pub mod driver;
pub mod folder;
pub mod language_model;
pub mod objects;
pub mod proposals;
pub mod read;
pub mod secret;
pub mod store;
