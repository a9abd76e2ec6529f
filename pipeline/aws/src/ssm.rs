//! A parameter of the Parameter Store: the settings of a deployment. Read once, at init.

use aftercall_core::error::{Error, ErrorKind, Result};
use aws_config::SdkConfig;
use aws_sdk_ssm::Client;

use crate::error::{Service, failed};

/// The text of a parameter, decrypted where it is encrypted.
pub async fn parameter(config: &SdkConfig, name: &str) -> Result<String> {
    let got = Client::new(config).get_parameter().name(name).with_decryption(true).send().await;
    let got =
        got.map_err(|error| failed("a parameter cannot be read", Service::Ssm, &error).with("parameter", name))?;
    got.parameter
        .and_then(|parameter| parameter.value)
        .ok_or_else(|| Error::new(ErrorKind::Config, "a parameter has no value").with("parameter", name))
}
