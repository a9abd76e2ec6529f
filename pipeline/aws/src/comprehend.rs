//! Sentiment labels by Amazon Comprehend, many turns a call. It labels and nothing else: scores are the core's. Limits and
//! wire form: AWS API reference, `BatchDetectSentiment`.

use aftercall_core::error::Result;
use aftercall_schemas::SentimentLabel;
use aftercall_stages::ports::LabelTurns;
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_comprehend::Client;
use aws_sdk_comprehend::operation::batch_detect_sentiment::BatchDetectSentimentOutput;
use aws_sdk_comprehend::types::{LanguageCode, SentimentType};

use crate::config::Warming;
use crate::error::{Service, failed};

/// Its name and the version of how it is asked.
pub const NAME: &str = "comprehend/1";
/// Texts a call.
const TEXTS: usize = 25;
/// Bytes a text.
const BYTES: usize = 5000;

/// Amazon Comprehend.
pub struct Comprehend {
    client: Client,
}

/// A text and where it stands among those that were asked for.
type Placed<'a> = (usize, &'a str);

impl Comprehend {
    /// Amazon Comprehend; nothing is called yet.
    pub fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(config) }
    }

    /// Opens a connection. The call costs nothing: one without a text is refused.
    pub fn warm(&self) -> Warming<'_> {
        let call = self.client.batch_detect_sentiment().language_code(LanguageCode::En).set_text_list(Some(Vec::new()));
        Box::pin(async move { drop(call.send().await) })
    }

    /// The labels of these texts, in their order. Texts are cut at 5,000 bytes, empty ones have no label, and neither has
    /// any in a language that the service does not know. A text that the service refuses twice has none.
    ///
    /// # Errors
    /// As a call fails; what the calls before it said is lost, because a score of a part would be taken for the whole.
    pub async fn label(&self, texts: &[&str], language: &str) -> Result<Vec<Option<SentimentLabel>>> {
        let mut labels = vec![None; texts.len()];
        let Some(language) = language_code(language) else { return Ok(labels) };
        let placed: Vec<Placed<'_>> =
            texts.iter().map(|text| cut(text)).enumerate().filter(|(_, text)| !text.is_empty()).collect();
        let refused = self.round(&placed, &language, &mut labels).await?;
        if !refused.is_empty() {
            self.round(&refused, &language, &mut labels).await?;
        }
        Ok(labels)
    }

    /// Asks for all of these once. Returns those that the service refused.
    async fn round<'a>(
        &self,
        placed: &[Placed<'a>],
        language: &LanguageCode,
        labels: &mut [Option<SentimentLabel>],
    ) -> Result<Vec<Placed<'a>>> {
        let mut refused = Vec::new();
        for call in placed.chunks(TEXTS) {
            let texts = call.iter().map(|(_, text)| (*text).to_owned()).collect();
            let detect = self.client.batch_detect_sentiment().language_code(language.clone());
            let answer = detect.set_text_list(Some(texts)).send().await;
            let answer = answer.map_err(|error| failed("turns cannot be labelled", Service::Comprehend, &error))?;
            refused.extend(read(&answer, call, labels));
        }
        Ok(refused)
    }
}

/// Puts the labels of an answer in their places. Returns the texts without one that the answer calls an error. Indexes
/// count within the call; one that does not exist is left alone.
fn read<'a>(
    answer: &BatchDetectSentimentOutput,
    call: &[Placed<'a>],
    labels: &mut [Option<SentimentLabel>],
) -> Vec<Placed<'a>> {
    let at = |index: Option<i32>| index.and_then(|index| usize::try_from(index).ok()).and_then(|index| call.get(index));
    for found in answer.result_list() {
        if let Some((place, _)) = at(found.index())
            && let Some(label) = labels.get_mut(*place)
        {
            *label = found.sentiment().and_then(label_of);
        }
    }
    answer.error_list().iter().filter_map(|error| at(error.index()).copied()).collect()
}

fn label_of(sentiment: &SentimentType) -> Option<SentimentLabel> {
    match sentiment {
        SentimentType::Positive => Some(SentimentLabel::Positive),
        SentimentType::Negative => Some(SentimentLabel::Negative),
        SentimentType::Neutral => Some(SentimentLabel::Neutral),
        SentimentType::Mixed => Some(SentimentLabel::Mixed),
        _ => None,
    }
}

/// The service's code for a BCP 47 tag: without region, except that Chinese of Taiwan is a language of its own.
fn language_code(tag: &str) -> Option<LanguageCode> {
    let tag = tag.trim().replace('_', "-");
    if tag.eq_ignore_ascii_case("zh-TW") {
        return Some(LanguageCode::ZhTw);
    }
    let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    LanguageCode::try_parse(&primary).ok()
}

/// The text without spaces around it, cut at 5,000 bytes between two characters.
fn cut(text: &str) -> &str {
    let text = text.trim();
    text.get(..text.floor_char_boundary(BYTES)).unwrap_or(text)
}

#[async_trait]
impl LabelTurns for Comprehend {
    fn name(&self) -> &str {
        NAME
    }

    async fn label(&self, texts: &[&str], language: &str) -> Result<Vec<Option<SentimentLabel>>> {
        Self::label(self, texts, language).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_stripped_but_taiwan() {
        let code = |tag| language_code(tag).map(|code| code.as_str().to_owned());
        assert_eq!(code("en-US").as_deref(), Some("en"));
        assert_eq!(code("PT-br").as_deref(), Some("pt"));
        assert_eq!(code("zh-TW").as_deref(), Some("zh-TW"));
        assert_eq!(code("zh-CN").as_deref(), Some("zh"));
        assert_eq!(code("nl-NL"), None);
        assert_eq!(code(""), None);
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        let long = "é".repeat(2600);
        assert_eq!(cut(&long).len(), 5000);
        let odd = format!("a{long}");
        assert_eq!(cut(&odd).len(), 4999);
        assert_eq!(cut("  kurz \n"), "kurz");
        assert_eq!(cut(" \n"), "");
    }
}
