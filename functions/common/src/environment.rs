//! The environment of a function: names of tables, buckets and the rest, as docs/aws.md lists them. Every mistake is named
//! at once. A function that never uses a name need not have it.

use aftercall_core::error::{Error, ErrorKind, Result};

/// Reads variables and remembers which are missing.
pub struct Environment<'a> {
    read: &'a dyn Fn(&str) -> Option<String>,
    missing: Vec<&'static str>,
}

/// A variable of this process. One that is not Unicode counts as missing, and is named as that.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Environment<'static> {
    /// The environment of this process.
    pub fn of_process() -> Self {
        Self::new(&variable)
    }
}

impl<'a> Environment<'a> {
    /// An environment in which `read` looks variables up.
    pub fn new(read: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { read, missing: Vec::new() }
    }

    /// A variable that has to be set.
    pub fn needed(&mut self, name: &'static str) -> String {
        let value = self.optional(name);
        if value.is_none() {
            self.missing.push(name);
        }
        value.unwrap_or_default()
    }

    /// A variable that may be set.
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.read)(name).filter(|value| !value.is_empty())
    }

    /// An error that names every variable that is missing.
    pub fn finish(self) -> Result<()> {
        if self.missing.is_empty() {
            return Ok(());
        }
        let names = self.missing.join(", ");
        Err(Error::new(ErrorKind::Config, format!("these variables have to be set: {names}; see docs/aws.md")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_missing_variable_is_named() {
        let read = |name: &str| (name == "AFTERCALL_RAW_BUCKET").then(|| "raw".to_string());
        let mut environment = Environment::new(&read);
        assert_eq!(environment.needed("AFTERCALL_RAW_BUCKET"), "raw");
        environment.needed("AFTERCALL_ANALYSIS_BUCKET");
        let error = environment.finish().map_err(|error| error.to_string());
        assert_eq!(
            error,
            Err("these variables have to be set: AFTERCALL_ANALYSIS_BUCKET; see docs/aws.md".to_string())
        );
    }
}
