//! What every function shares, whatever it does: variables, settings, the loop that hands it events, log and metrics. It
//! must know no event and no adapter but that of the settings.

pub mod environment;
pub mod metrics;
pub mod report;
pub mod run;
pub mod settings;
