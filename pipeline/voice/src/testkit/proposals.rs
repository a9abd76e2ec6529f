//! The suite that every store of proposals passes.

use crate::learning::{Entry, Proposal, Proposals, Status};

/// What every store of proposals does: the first of an id stays, and a status changes only from the one it had.
///
/// # Errors
/// What is not as it should be.
pub async fn proposals_conform(store: &dyn Proposals) -> std::result::Result<(), String> {
    let fault = |error: aftercall_core::error::Error| error.to_string();
    let entry = |question: &str| {
        Entry::new(
            Proposal {
                id: "0123456789abcdef".to_owned(),
                contact: "local/conformance".to_owned(),
                locale: Some("en-US".to_owned()),
                question: question.to_owned(),
                answer: "The gold plan has 20 gigabytes.".to_owned(),
                citations: vec!["local/conformance#1".to_owned()],
            },
            &[],
        )
    };
    let id = "0123456789abcdef";
    let expect = |what: &str, well: bool| if well { Ok(()) } else { Err(what.to_owned()) };
    expect("a proposal that nobody made", store.get(id).await.map_err(fault)?.is_none())?;
    expect(
        "nothing can be changed that is not there",
        !store.change(id, &Status::Waiting, &Status::Approved).await.map_err(fault)?,
    )?;
    expect("the first is kept", store.put_if_absent(&entry("How much data?")).await.map_err(fault)?)?;
    expect("the second is not", !store.put_if_absent(&entry("What else?")).await.map_err(fault)?)?;
    expect("the first stays", store.get(id).await.map_err(fault)? == Some(entry("How much data?")))?;
    expect(
        "a status changes from the one it had",
        store.change(id, &Status::Waiting, &Status::Rejected).await.map_err(fault)?,
    )?;
    expect("and from no other", !store.change(id, &Status::Waiting, &Status::Approved).await.map_err(fault)?)?;
    expect("a decided one is not made new", !store.put_if_absent(&entry("How much data?")).await.map_err(fault)?)?;
    let listed = store.list().await.map_err(fault)?;
    expect("it is listed once, as it is", listed.len() == 1 && listed.iter().all(|one| one.status == Status::Rejected))
}
