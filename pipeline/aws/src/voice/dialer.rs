//! Calls out through Amazon Connect: StartOutboundVoiceContact (API reference), as `outbound::request` has it.

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_voice::outbound::{CallRequest, Dialer};
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_connect::Client;

use crate::config::Warming;
use crate::error::{Service, failed};

/// Connect.
pub struct Connect {
    client: Client,
}

impl Connect {
    /// Connect; nothing is called yet.
    pub fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(config) }
    }

    /// Opens a connection. A request without a number is refused and calls nobody.
    pub fn warm(&self) -> Warming<'_> {
        let call = self.client.start_outbound_voice_contact().contact_flow_id("").instance_id("");
        Box::pin(async move { drop(call.destination_phone_number("").send().await) })
    }
}

#[async_trait]
impl Dialer for Connect {
    async fn dial(&self, request: &CallRequest) -> Result<String> {
        let call = self
            .client
            .start_outbound_voice_contact()
            .client_token(&request.client_token)
            .instance_id(&request.instance_id)
            .contact_flow_id(&request.contact_flow_id)
            .queue_id(&request.queue_id)
            .source_phone_number(&request.source_phone_number)
            .destination_phone_number(&request.destination_phone_number)
            .set_attributes(Some(request.attributes.clone().into_iter().collect()));
        let called = call.send().await.map_err(|error| {
            failed("nobody can be called", Service::Connect, &error).with("instance", &request.instance_id)
        })?;
        called.contact_id.filter(|id| !id.is_empty()).ok_or_else(|| {
            Error::new(ErrorKind::Provider, "Connect has named no contact").with("instance", &request.instance_id)
        })
    }
}
