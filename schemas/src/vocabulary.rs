//! The closed sets of words that rows and messages use.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Defines an enum whose wire words stand once, used by serde, `as_str` and `parse` alike.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every value, in declaration order.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word as it stands in rows and messages.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            /// The value of a word, whatever its letter case; `None` for a word that is not in the set.
            pub fn parse(word: &str) -> Option<Self> {
                $(if word.eq_ignore_ascii_case($word) { return Some($name::$variant); })+
                None
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.pad(self.as_str()) }
        }
    };
}

words! {
    /// How the contact took place.
    Channel {
        /// A phone call.
        Voice = "VOICE",
        /// A chat, SMS or messaging contact.
        Chat = "CHAT",
        /// A task.
        Task = "TASK",
        /// An e-mail.
        Email = "EMAIL",
        /// The source does not say.
        Unknown = "UNKNOWN",
    }
}

words! {
    /// Who speaks.
    ParticipantRole {
        /// The customer.
        Customer = "CUSTOMER",
        /// A human agent.
        Agent = "AGENT",
        /// A bot that converses: Lex, a custom bot, a voice agent.
        Bot = "BOT",
        /// Someone else on the line: interpreter, lawyer, relative, transfer target.
        ThirdParty = "THIRD_PARTY",
        /// A supervisor who joined.
        Supervisor = "SUPERVISOR",
        /// A prompt of the flow or of the system, which is not part of the conversation.
        System = "SYSTEM",
        /// The source does not say, or says a word that is not known.
        Unknown = "UNKNOWN",
    }
}

words! {
    /// The sentiment of a turn.
    SentimentLabel {
        /// Positive.
        Positive = "POSITIVE",
        /// Neutral.
        Neutral = "NEUTRAL",
        /// Negative.
        Negative = "NEGATIVE",
        /// Both; counts as neutral in scores.
        Mixed = "MIXED",
    }
}

words! {
    /// Which conversation a summary is about.
    UseCase {
        /// Customer and bot.
        CustomerBot = "UC1",
        /// Customer and agent.
        CustomerAgent = "UC2",
    }
}

words! {
    /// How the customer's matter stood at the end of the contact.
    Resolution {
        /// Solved in this contact.
        Resolved = "resolved",
        /// Not solved, and nobody took it over.
        Unresolved = "unresolved",
        /// Handed to an agent, a supervisor or another team.
        Escalated = "escalated",
        /// The customer left before an end.
        Abandoned = "abandoned",
    }
}

words! {
    /// A step whose result belongs to an analysis.
    Stage {
        /// Talk time, silence, speed, interruptions, response times.
        Measures = "measures",
        /// Sentiment of turns and scores of the contact.
        Sentiment = "sentiment",
        /// Summary of the customer side (UC1).
        CustomerSummary = "customer-summary",
        /// Summary of the agent side (UC2).
        AgentSummary = "agent-summary",
        /// The bot's first answer.
        FirstResponse = "first-response",
        /// Rule-based categories.
        Categories = "categories",
        /// Entities.
        Entities = "entities",
    }
}
