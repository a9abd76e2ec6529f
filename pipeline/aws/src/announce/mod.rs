//! Telling others: routed revisions as events on a bus, what is known of contacts as records of a stream. Forms are
//! written down in `docs/aws.md`. Services may refuse some entries of a call and take the others: what was refused is sent
//! again, and what still is refused fails the whole, which may then be repeated.

#[cfg(feature = "eventbridge")]
pub mod events;
#[cfg(feature = "kinesis")]
pub mod records;
mod send;

#[cfg(all(feature = "eventbridge", feature = "kinesis"))]
pub use bus::Bus;

#[cfg(all(feature = "eventbridge", feature = "kinesis"))]
mod bus {
    use aftercall_core::error::Result;
    use aftercall_schemas::events::{ContactFlagged, ContactRouted, Insight};
    use aftercall_stages::ports::Announce;
    use async_trait::async_trait;
    use aws_config::SdkConfig;

    use super::events::EventBus;
    use super::records::InsightStream;
    use crate::config::Warming;

    /// Bus and stream together.
    pub struct Bus {
        events: EventBus,
        insights: InsightStream,
    }

    impl Bus {
        /// The bus and the stream with these names (or ARNs of the bus); nothing is called yet.
        pub fn new(config: &SdkConfig, event_bus: impl Into<String>, insights_stream: impl Into<String>) -> Self {
            Self { events: EventBus::new(config, event_bus), insights: InsightStream::new(config, insights_stream) }
        }

        /// Opens both connections.
        pub fn warm(&self) -> [Warming<'_>; 2] {
            [self.events.warm(), self.insights.warm()]
        }
    }

    #[async_trait]
    impl Announce for Bus {
        async fn routed(&self, messages: &[ContactRouted]) -> Result<()> {
            self.events.routed(messages).await
        }

        async fn insights(&self, insights: &[Insight]) -> Result<()> {
            self.insights.insights(insights).await
        }

        async fn flagged(&self, messages: &[ContactFlagged]) -> Result<()> {
            self.events.flagged(messages).await
        }
    }
}
