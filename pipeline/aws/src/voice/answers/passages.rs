//! What a knowledge base found, as passages with their source (Amazon Bedrock API reference, KnowledgeBaseRetrievalResult and
//! RetrievedReference).

use std::collections::HashMap;

use aftercall_voice::answers::Citation;
use aftercall_voice::answers::grounded::CitedPassage;
use aws_sdk_bedrockagentruntime::types::{RetrievalResultContent, RetrievalResultLocation};
use aws_smithy_types::Document;

/// Where every result of a knowledge base says its source, whatever the kind of its location.
const SOURCE_URI: &str = "x-amz-bedrock-kb-source-uri";
/// The source of a passage that says none.
const UNNAMED: &str = "the knowledge base";

/// A passage; none of a result without text, such as an image.
pub fn passage(
    content: Option<&RetrievalResultContent>,
    location: Option<&RetrievalResultLocation>,
    metadata: Option<&HashMap<String, Document>>,
) -> Option<CitedPassage> {
    let text = content?.text.trim();
    let of_location = location.and_then(source);
    let of_metadata = || metadata?.get(SOURCE_URI)?.as_string().map(str::to_owned);
    let document = of_location.or_else(of_metadata).unwrap_or_else(|| UNNAMED.to_owned());
    (!text.is_empty()).then(|| CitedPassage { text: text.to_owned(), citation: Citation { document, line: None } })
}

fn source(location: &RetrievalResultLocation) -> Option<String> {
    let s3 = location.s3_location.as_ref().and_then(|s3| s3.uri.clone());
    let web = || location.web_location.as_ref().and_then(|web| web.url.clone());
    let custom = || location.custom_document_location.as_ref().and_then(|custom| custom.id.clone());
    s3.or_else(web).or_else(custom)
}
