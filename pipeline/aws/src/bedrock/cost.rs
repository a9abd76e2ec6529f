//! What tokens cost. A price is US dollars a million tokens, so tokens times price is millionths of a US dollar.

use aftercall_core::summary::prompts::Request;

/// Prices in US dollars a million tokens, from the model's price list. All zero: what an answer costs is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Prices {
    /// Tokens that are read.
    pub input: f64,
    /// Tokens that are written.
    pub output: f64,
    /// Tokens that are read from the cache.
    pub cache_read: f64,
    /// Tokens that are written to the cache.
    pub cache_write: f64,
}

/// Tokens of an answer or of several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Read, without those of the cache.
    pub input: i64,
    /// Written.
    pub output: i64,
    /// Read from the cache.
    pub cache_read: i64,
    /// Written to the cache.
    pub cache_write: i64,
}

impl Tokens {
    /// Adds those of another answer.
    pub fn add(&mut self, more: &Self) {
        self.input = self.input.saturating_add(more.input);
        self.output = self.output.saturating_add(more.output);
        self.cache_read = self.cache_read.saturating_add(more.cache_read);
        self.cache_write = self.cache_write.saturating_add(more.cache_write);
    }

    /// All that were read, from wherever: `inputTokens` does not count those of the cache.
    pub const fn all_input(&self) -> i64 {
        self.input.saturating_add(self.cache_read).saturating_add(self.cache_write)
    }
}

impl Prices {
    /// Whether they are known.
    pub fn are_known(&self) -> bool {
        let all = [self.input, self.output, self.cache_read, self.cache_write];
        all.iter().all(|price| price.is_finite() && *price >= 0.0) && self.input > 0.0 && self.output > 0.0
    }

    /// What these tokens cost, in millionths of a US dollar, rounded up.
    pub fn micros(&self, tokens: &Tokens) -> i64 {
        let of = |tokens: i64, price: f64| whole(tokens) * price;
        let sum = of(tokens.input, self.input)
            + of(tokens.output, self.output)
            + of(tokens.cache_read, self.cache_read)
            + of(tokens.cache_write, self.cache_write);
        rounded_up(sum)
    }

    /// The same in US dollars; `None` where prices are not known.
    pub fn cost_usd(&self, tokens: &Tokens) -> Option<f64> {
        self.are_known().then(|| whole(self.micros(tokens)) / 1e6)
    }

    /// The most that an answer can cost in US dollars, asked for twice, the second time with the first answer sent along;
    /// `None` where prices are not known.
    pub fn most_usd(&self, request: &Request, max_tokens: i32) -> Option<f64> {
        let sent_along = f64::from(max_tokens) * self.input.max(self.cache_write);
        let once = self.most(request, 0, max_tokens);
        self.are_known().then(|| (2.0 * whole(once) + sent_along.ceil()) / 1e6)
    }

    /// The most that an answer can cost, in millionths of a US dollar: a token has at least one byte, and all of it is
    /// written to the cache where that costs more. `before` are the bytes of earlier answers that are sent along.
    pub fn most(&self, request: &Request, before: usize, max_tokens: i32) -> i64 {
        self.most_of(&[request.system.len(), request.user.len(), request.schema.to_string().len(), before], max_tokens)
    }

    /// The same of parts with so many bytes.
    pub fn most_of(&self, bytes: &[usize], max_tokens: i32) -> i64 {
        let bytes = i64::try_from(bytes.iter().sum::<usize>()).unwrap_or(i64::MAX);
        rounded_up(whole(bytes) * self.input.max(self.cache_write) + f64::from(max_tokens) * self.output)
    }
}

/// A count as a number to multiply with. Counts of tokens are far below 2^53, where this is exact.
fn whole(count: i64) -> f64 {
    count as f64
}

/// Rounded up; a cast from f64 saturates.
fn rounded_up(micros: f64) -> i64 {
    micros.ceil() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_counts_each_kind_of_token_at_its_price() {
        let prices = Prices { input: 3.0, output: 15.0, cache_read: 0.3, cache_write: 3.75 };
        let tokens = Tokens { input: 1000, output: 200, cache_read: 4000, cache_write: 100 };
        // 3000 + 3000 + 1200 + 375 millionths.
        assert_eq!(prices.micros(&tokens), 7575);
        assert_eq!(prices.cost_usd(&tokens), Some(0.007_575));
        assert_eq!(tokens.all_input(), 5100);
        assert_eq!(Prices::default().cost_usd(&tokens), None, "what is not known is not zero");
        assert!(!Prices { input: f64::NAN, ..prices }.are_known());
    }

    #[test]
    fn an_answer_never_costs_more_than_the_most() {
        let prices = Prices { input: 3.0, output: 15.0, cache_read: 0.3, cache_write: 3.75 };
        let request = Request {
            version: "v".into(),
            system: "s".repeat(100),
            same_bytes: 50,
            user: "u".repeat(50),
            schema: serde_json::json!({}),
        };
        // Each byte a token of its own, all written to the cache.
        let worst = Tokens { input: 0, output: 10, cache_read: 0, cache_write: 152 };
        assert_eq!(prices.most(&request, 0, 10), prices.micros(&worst));
        // Twice, and the ten tokens of the first answer sent along.
        assert_eq!(prices.most_usd(&request, 10), Some((2 * prices.micros(&worst) + 38) as f64 / 1e6));
        assert_eq!(Prices::default().most_usd(&request, 10), None);
    }
}
