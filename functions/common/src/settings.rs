//! The settings of a deployment: variables, and the SSM parameter that one of them may name.

use aftercall_aws::ssm;
use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_settings::{Flags, Settings, Source};
use aws_config::SdkConfig;

use crate::environment::{Environment, variable};

/// Finds the settings.
///
/// # Errors
/// A parameter that cannot be read; everything that is wrong with the settings, at once.
pub async fn load(config: &SdkConfig) -> Result<Settings> {
    let parameter = Environment::of_process().optional("AFTERCALL_SETTINGS_PARAMETER");
    let text = match &parameter {
        Some(name) => Some(ssm::parameter(config, name).await?),
        None => None,
    };
    let source = match (&parameter, &text) {
        (Some(name), Some(text)) => Source::Text { name, text },
        _ => Source::Usual,
    };
    aftercall_settings::load(&Flags::new(), &variable, source).map_err(|mistakes| {
        Error::new(ErrorKind::Config, format!("the settings cannot be used: {}", mistakes.join("; ")))
    })
}
