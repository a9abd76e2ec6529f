//! A service's stand-in: a server that hands each request to a function and records it. HTTP/1.1, one request a
//! connection; nothing of AWS is checked but what the function checks.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use aftercall_aws::config::{Deadlines, shared_config};
use aws_config::SdkConfig;
use aws_sdk_bedrockruntime::config::{Credentials, SharedCredentialsProvider};
use serde_json::Value;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Sent {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

impl Sent {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// An answer: status, header lines, body.
pub struct Reply(u16, pub Vec<(&'static str, String)>, Vec<u8>);

impl Reply {
    pub fn ok(body: Value) -> Self {
        Self(200, vec![("content-type", "application/json".to_owned())], body.to_string().into_bytes())
    }

    /// A refusal as REST-JSON and AWS JSON services send it.
    pub fn refused(status: u16, code: &str) -> Self {
        Self(
            status,
            vec![("content-type", "application/json".to_owned()), ("x-amzn-errortype", code.to_owned())],
            serde_json::json!({ "__type": code, "message": "no" }).to_string().into_bytes(),
        )
    }

    /// An answer that is no JSON, with its own content type and further headers.
    pub fn raw(headers: Vec<(&'static str, String)>, body: Vec<u8>) -> Self {
        Self(200, headers, body)
    }
}

/// A running stand-in. Its thread ends with the test's process.
pub struct StandIn {
    pub endpoint: String,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl StandIn {
    /// Starts one. `answer` gets the number of the request, from 0, and the request.
    pub fn start(answer: impl Fn(usize, &Sent) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let sent = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&sent);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                let request = read(&stream);
                let number = record.lock().unwrap().len();
                record.lock().unwrap().push(request.clone());
                write(&stream, &answer(number, &request));
            }
        });
        Self { endpoint, sent }
    }

    /// What has been sent.
    pub fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    /// A configuration that sends everything here, also when the environment names another endpoint.
    pub async fn config(&self, deadlines: &Deadlines) -> SdkConfig {
        let shared = shared_config(deadlines).await;
        SdkConfig::builder()
            .behavior_version(shared.behavior_version().unwrap())
            .http_client(shared.http_client().unwrap())
            .sleep_impl(shared.sleep_impl().unwrap())
            .retry_config(shared.retry_config().unwrap().clone())
            .timeout_config(shared.timeout_config().unwrap().clone())
            .endpoint_url(&self.endpoint)
            .region(aws_config::Region::new("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "test")))
            .build()
    }
}

fn read(stream: &TcpStream) -> Sent {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let path = line.split(' ').nth(1).unwrap().to_owned();
    let mut headers = Vec::new();
    loop {
        line.clear();
        if reader.read_line(&mut line).unwrap() <= 2 {
            break;
        }
        let (name, value) = line.trim_end().split_once(':').unwrap();
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    Sent { path, headers, body: serde_json::from_slice(&body).unwrap_or(Value::Null) }
}

fn write(mut stream: &TcpStream, Reply(status, headers, body): &Reply) {
    let mut head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("Content-Length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
}
