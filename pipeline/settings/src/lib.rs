//! The settings of an installation, on one machine and on AWS alike: [`load`] finds them and names all mistakes at once,
//! [`parts`] turns them into what stages take. It opens no store and asks no service.

mod definitions;
mod load;
pub mod parts;
mod reader;
mod voice;

pub use load::{
    Bedrock, Flags, Model, Origin, Outbound, Prices, SentimentProvider, Settings, Value, Voice, VoiceAnswerer, load,
};
pub use reader::Source;
