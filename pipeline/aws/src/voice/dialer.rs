//! Calls out through Amazon Connect: StartOutboundVoiceContact (API reference), as `outbound::request` has it; and the numbers of
//! flagged contacts: DescribeContact, which knows a contact for 24 months. The pipeline itself keeps no number.

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_voice::outbound::{CallRequest, ContactBook, Dialer, KnownContact};
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_connect::Client;
use aws_sdk_connect::operation::describe_contact::DescribeContactError;
use aws_sdk_connect::types::ContactInitiationMethod as Method;
use jiff::Timestamp;

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

/// The contacts of an instance.
pub struct InstanceContacts<'a> {
    connect: &'a Connect,
    instance_id: &'a str,
}

impl<'a> InstanceContacts<'a> {
    /// The contacts of the instance with this id.
    pub const fn new(connect: &'a Connect, instance_id: &'a str) -> Self {
        Self { connect, instance_id }
    }
}

#[async_trait]
impl ContactBook for InstanceContacts<'_> {
    async fn find(&self, contact_id: &str) -> Result<Option<KnownContact>> {
        // Connect's ids are UUIDs; the pipeline also has contacts that are named after their documents.
        if !is_uuid(contact_id) {
            return Ok(None);
        }
        let describe = self.connect.client.describe_contact().instance_id(self.instance_id).contact_id(contact_id);
        let contact = match describe.send().await {
            Ok(described) => described.contact,
            Err(error)
                if error.as_service_error().is_some_and(DescribeContactError::is_resource_not_found_exception) =>
            {
                None
            }
            Err(error) => {
                let failed = failed("a contact cannot be looked up", Service::Connect, &error);
                return Err(failed.with("instance", self.instance_id));
            }
        };
        Ok(contact.map(|contact| KnownContact {
            number: contact.customer_endpoint.and_then(|endpoint| endpoint.address).filter(|number| !number.is_empty()),
            called_out: matches!(
                contact.initiation_method,
                Some(Method::Outbound | Method::Api | Method::ExternalOutbound)
            ),
            began_at: contact.initiation_timestamp.and_then(|at| Timestamp::from_second(at.secs()).ok()),
        }))
    }
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_connect_are_uuids() {
        assert!(is_uuid("b49644f6-672f-445c-b209-f76b36482830"));
        for other in ["", "lex:s-1", "b49644f6672f445cb209f76b36482830", "b49644f6-672f-445c-b209-f76b3648283z"] {
            assert!(!is_uuid(other), "{other}");
        }
    }
}
