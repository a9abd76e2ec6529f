//! `aftercall agent`: a person's own conversation with the voice agent, in the terminal. The code hook, Producer, worker and
//! Consumer are those of a call; what a flow's blocks would say between them is said here.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_local::answerer::ModelAnswerer;
use aftercall_local::language_model::LanguageModel;
use aftercall_voice::agent::{Agent, OUTCOME, respond, warm};
use aftercall_voice::answers::{Answerer, Documents, LocalAnswerer};
use aftercall_voice::conversation::{Conversation, Speaker, Spoken};
use aftercall_voice::dialogue::{SealKey, Settings as Tuning};
use aftercall_voice::lex::LexEvent;
use aftercall_voice::lex::connect::ConnectEvent;
use aftercall_voice::long_answer::{
    Clock, Polling, Producer, ProducerSettings, Reply, Status, Worker, consume, produce, work,
};
use aftercall_voice::memory::{MemoryAnswers, MemoryJobs, MemoryQueue};
use async_trait::async_trait;
use clap::Args;
use jiff::Timestamp;
use pollster::block_on;
use serde_json::json;

use crate::flow::save;
use crate::machine::model_settings;
use crate::output::{bold, dim};
use aftercall_settings::Settings;

/// `agent`.
#[derive(Args)]
pub struct AgentArgs {
    /// Folder of documents that the agent answers from (.md, .txt)
    #[arg(long, value_name = "DIR")]
    docs: PathBuf,
    /// Language of the conversation, as a BCP 47 tag
    #[arg(long, default_value = "en-US", value_name = "TAG")]
    locale: String,
    /// Write the conversation as a canonical document, which `aftercall run` takes; not redacted yet
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
}

/// Most time for a long answer, ms: the worker's own limit in a deployment.
const WORKER_MS: u64 = 110_000;
const SESSION: &str = "terminal";

struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now_ms(&self) -> u64 {
        u64::try_from(Timestamp::now().as_millisecond()).unwrap_or(0)
    }

    async fn sleep(&self, ms: u64) {
        std::thread::sleep(Duration::from_millis(ms));
    }
}

/// What was said in one turn of the agent.
struct Said {
    text: String,
    outcome: String,
    citations: Vec<String>,
    cached: bool,
    handover: Option<String>,
}

/// A conversation under way.
struct Talk<'a> {
    answerer: &'a dyn Answerer,
    kb_version: String,
    locale: &'a str,
    answers: MemoryAnswers,
    attributes: BTreeMap<String, String>,
    key: SealKey,
    turns: u32,
}

/// Talks until the input ends, somebody says goodbye, or a colleague would take over.
pub fn agent(settings: &Settings, args: &AgentArgs, json: bool) -> Result<()> {
    let documents = Documents::open(&args.docs)?;
    let kb_version = documents.version().to_owned();
    let answerer: Box<dyn Answerer> = match &settings.model {
        Some(model) => Box::new(ModelAnswerer { documents, model: LanguageModel::new(model_settings(model)) }),
        None => Box::new(LocalAnswerer(documents)),
    };
    if let Some(folder) = &args.save {
        std::fs::create_dir_all(folder).map_err(|error| {
            Error::new(ErrorKind::Storage, "cannot be written").with("folder", folder.display()).because(error)
        })?;
    }
    warm();
    let mut talk = Talk {
        answerer: answerer.as_ref(),
        kb_version,
        locale: &args.locale,
        answers: MemoryAnswers::default(),
        attributes: BTreeMap::new(),
        // What it seals does not leave this process.
        key: SealKey::from_secret(SESSION.as_bytes()),
        turns: 0,
    };
    let began = (Timestamp::now(), Instant::now());
    let spoken = talk.converse(json, began.1)?;
    if let Some(folder) = args.save.as_ref().filter(|_| !spoken.is_empty()) {
        let conversation = Conversation {
            id: format!("terminal-{}", began.0.as_millisecond()),
            locale: args.locale.clone(),
            started: Some(began.0.to_string()),
            spoken,
        };
        save(&conversation, folder)?;
        if !json {
            anstream::println!("{}", dim(format!("kept in {}", folder.join(conversation.file_name()).display())));
        }
    }
    Ok(())
}

impl Talk<'_> {
    fn converse(&mut self, json: bool, began: Instant) -> Result<Vec<Spoken>> {
        let mut spoken = Vec::new();
        let mut note = |speaker: Speaker, text: &str, from: Instant, to: Instant| {
            let ms = |at: Instant| u64::try_from(at.duration_since(began).as_millis()).unwrap_or(u64::MAX);
            if !text.trim().is_empty() {
                spoken.push(Spoken { speaker, text: text.trim().to_owned(), start_ms: ms(from), end_ms: ms(to) });
            }
        };
        let asks = std::io::stdin().is_terminal() && !json;
        if !json {
            anstream::println!("{}  {}", bold("agent"), "How can I help you?");
            note(Speaker::Agent, "How can I help you?", began, began);
        }
        let mut lines = std::io::stdin().lock().lines();
        loop {
            if asks {
                anstream::print!("{}    ", bold("you"));
                std::io::stdout()
                    .flush()
                    .map_err(|error| Error::new(ErrorKind::Storage, "the terminal cannot be written").because(error))?;
            }
            let listening = Instant::now();
            let Some(line) = lines.next() else { break };
            let line =
                line.map_err(|error| Error::new(ErrorKind::Storage, "the input cannot be read").because(error))?;
            if line.trim() == "/quit" {
                break;
            }
            let heard = Instant::now();
            note(Speaker::Caller, &line, listening, heard);
            let said = self.turn(&line, json)?;
            let took = heard.elapsed();
            note(Speaker::Agent, &said.text, heard + took, heard + took);
            print(&line, &said, took, json);
            if matches!(said.outcome.as_str(), "AGENT" | "END") {
                break;
            }
        }
        Ok(spoken)
    }

    /// One turn: as Lex would hand it to the code hook, and what the flow would do with its outcome.
    fn turn(&mut self, words: &str, json: bool) -> Result<Said> {
        self.turns += 1;
        let event = json!({
            "inputMode": "Speech", "sessionId": SESSION, "inputTranscript": words,
            "bot": { "localeId": self.locale.replace('-', "_") },
            "sessionState": { "sessionAttributes": self.attributes, "intent": { "name": "FallbackIntent" } },
        });
        let failed = |error: String| Error::new(ErrorKind::Corrupt, "the turn cannot be answered").because(error);
        let event = LexEvent::parse(&event.to_string()).map_err(failed)?;
        let agent = Agent {
            answerer: self.answerer,
            answers: &self.answers,
            clock: &SystemClock,
            settings: &Tuning::default(),
            key: &self.key,
            kb_version: &self.kb_version,
        };
        let responded = block_on(respond(&event, &agent)).map_err(|error| failed(error.to_string()))?;
        self.attributes.clone_from(responded.response.attributes());
        let own: Vec<&str> = responded.response.messages().iter().map(|message| message.text()).collect();
        let outcome = self.attributes.get(OUTCOME).cloned().unwrap_or_default();
        let mut said = Said {
            text: own.join(" "),
            outcome,
            citations: responded.citations,
            cached: responded.cached,
            handover: self.attributes.get("handoverSummary").cloned(),
        };
        match said.outcome.as_str() {
            "NOMATCH" => said.text = "Sorry, I did not catch that.".to_owned(),
            "SILENCE" => said.text = "Are you still there?".to_owned(),
            "END" if said.text.is_empty() => said.text = "Thank you for calling. Goodbye.".to_owned(),
            "ASYNC" => self.wait(&mut said, json)?,
            _ => {}
        }
        Ok(said)
    }

    /// The long way: Producer, worker, Consumer.
    fn wait(&self, said: &mut Said, json: bool) -> Result<()> {
        if !json {
            anstream::println!("{}  One moment while I look that up.", bold("agent"));
        }
        let question = self.attributes.get("question").cloned().unwrap_or_default();
        let event = json!({"Details": {
            "Parameters": { "question": question, "locale": self.locale, "turn": self.turns.to_string() },
            "ContactData": { "ContactId": SESSION },
        }});
        let event = ConnectEvent::parse(&event.to_string())
            .map_err(|error| Error::new(ErrorKind::Corrupt, "the question cannot be asked").because(error))?;
        let (jobs, queue) = (MemoryJobs::default(), MemoryQueue::default());
        let settings = ProducerSettings { job_ms: WORKER_MS, ..ProducerSettings::new(&self.kb_version) };
        let producer =
            Producer { jobs: &jobs, queue: &queue, answers: &self.answers, clock: &SystemClock, settings: &settings };
        let mut reply = block_on(produce(&event, &producer))?;
        for job in queue.sent() {
            let worker = Worker {
                jobs: &jobs,
                answers: &self.answers,
                answerer: self.answerer,
                clock: &SystemClock,
                answer_ms: WORKER_MS,
            };
            // A fault that may pass would come again with the queue's next delivery; here the caller is told at once.
            reply = match block_on(work(&job, &worker)) {
                Ok(_) => block_on(consume(&job.job_id, &jobs, &SystemClock, &Polling::default(), WORKER_MS)),
                Err(_) => Reply::without(Status::Expired, Some(job.job_id.clone())),
            };
        }
        if reply.status == Status::Ready {
            said.text = reply.answer;
            said.outcome = "ANSWERED".to_owned();
        } else {
            said.text = "I could not find that out. I will pass you to a colleague.".to_owned();
            said.outcome = "AGENT".to_owned();
        }
        Ok(())
    }
}

fn print(question: &str, said: &Said, took: Duration, json: bool) {
    let ms = took.as_secs_f64() * 1_000.0;
    let handover = said.handover.as_ref().filter(|_| said.outcome == "AGENT");
    if json {
        // One object a turn and line, so that a program can read while it writes.
        anstream::println!(
            "{}",
            json!({
                "question": question, "answer": said.text, "outcome": said.outcome, "citations": said.citations,
                "cached": said.cached, "ms": ms, "handover": handover,
            })
        );
        return;
    }
    anstream::println!("{}  {}", bold("agent"), said.text);
    let mut facts = said.citations.clone();
    facts.extend(said.cached.then(|| "stored answer".to_owned()));
    facts.push(format!("{ms:.1} ms"));
    anstream::println!("       {}", dim(facts.join(" · ")));
    if let Some(summary) = handover {
        anstream::println!("       {}", dim(format!("the colleague reads: {summary}")));
    }
}
