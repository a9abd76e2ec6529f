//! The command as a user runs it, over the sample contacts, over bad input, and killed at any moment.

mod bad_input;
mod crash;
mod samples;
mod support;
