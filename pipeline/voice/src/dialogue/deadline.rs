//! The time a turn may take. Lex gives up on a code hook after 30 s whatever the function's own timeout says.

/// Lex's limit of a code hook without fulfilment updates, ms.
pub const LEX_LIMIT_MS: u64 = 30_000;
/// What is left for the way back, ms.
const MARGIN_MS: u64 = 2_000;

/// A deadline that is below Lex's, whatever a setting says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OwnDeadline(u64);

impl OwnDeadline {
    /// A deadline in ms; none if Lex would be quicker, or if it is no time at all.
    pub fn from_ms(ms: u64) -> Option<Self> {
        (1..=LEX_LIMIT_MS - MARGIN_MS).contains(&ms).then_some(Self(ms))
    }

    /// In ms.
    pub const fn ms(self) -> u64 {
        self.0
    }
}

impl Default for OwnDeadline {
    /// Six seconds: silence that a caller still bears.
    fn default() -> Self {
        Self(6_000)
    }
}
