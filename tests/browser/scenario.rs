//! A scenario: what the client does at which moment, and what the server does, as data that a page and libws can both play.

use super::recorder::Recorder;
use std::sync::Arc;

/// What the server does with the one connection.
pub type Script = Arc<dyn Fn(&mut Recorder<'_>) + Send + Sync>;

/// When the client does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The constructor has returned.
    Made,
    /// The server's script has said that it has come so far; before any event.
    Heard,
    /// In the open event.
    Open,
    /// In the message event of this number, from 1.
    Message(usize),
    /// The state is CLOSING, seen from outside any event.
    Closing,
    /// In the error event.
    Error,
    /// In the close event.
    Close,
}

/// Something that the client does.
#[derive(Debug, Clone)]
pub enum Step {
    /// `send()` of a text.
    Text(&'static str),
    /// `send()` of so many letters x.
    LongText(usize),
    /// `send()` of so many bytes, 0, 1, 2 … 255, 0 …
    Binary(usize),
    /// `close()` with the arguments that are there.
    Close(Option<i32>, Option<String>),
    /// Looks at `bufferedAmount`.
    Buffered,
    /// Looks whether `bufferedAmount` is 0.
    Waiting,
    /// Remembers `bufferedAmount`.
    Remember,
    /// Looks how much `bufferedAmount` has grown since.
    Growth,
    /// Looks at `url`, `protocol` and `extensions`.
    Attributes,
    /// Lets the server's script go on.
    Go,
}

/// `close(code)`.
pub fn close(code: i32) -> Step {
    Step::Close(Some(code), None)
}

/// `close(code, reason)`.
pub fn close_with(code: i32, reason: &str) -> Step {
    Step::Close(Some(code), Some(reason.to_owned()))
}

/// One conversation.
#[derive(Clone)]
pub struct Scenario {
    /// What it shows, a sentence.
    pub name: String,
    /// What it is about.
    pub kind: &'static str,
    /// The URL, with `{port}` for the server's port, or, without a server, for one where nobody listens.
    pub url: String,
    /// The subprotocols asked for.
    pub protocols: Vec<String>,
    /// What the client does when.
    pub rules: Vec<(When, Vec<Step>)>,
    /// What the server does; `None`: there is none.
    pub script: Option<Script>,
}

impl std::fmt::Debug for Scenario {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.kind, self.name)
    }
}

impl Scenario {
    /// One without a server, in which the client only connects.
    pub fn new(kind: &'static str, name: impl Into<String>) -> Self {
        Scenario { kind, name: name.into(), url: "ws://127.0.0.1:{port}/".into(), protocols: Vec::new(), rules: Vec::new(), script: None }
    }

    /// With another URL.
    pub fn url(self, url: &str) -> Self {
        Scenario { url: url.into(), ..self }
    }

    /// With subprotocols.
    pub fn protocols(self, protocols: &[&str]) -> Self {
        Scenario { protocols: protocols.iter().map(ToString::to_string).collect(), ..self }
    }

    /// The client does this then.
    pub fn on(mut self, when: When, steps: impl Into<Vec<Step>>) -> Self {
        self.rules.push((when, steps.into()));
        self
    }

    /// The server does this.
    pub fn server(self, script: impl Fn(&mut Recorder<'_>) + Send + Sync + 'static) -> Self {
        Scenario { script: Some(Arc::new(script)), ..self }
    }

    /// The server accepts and then does this.
    pub fn accepted(self, script: impl Fn(&mut Recorder<'_>) + Send + Sync + 'static) -> Self {
        self.server(move |server| {
            server.accept();
            script(server);
        })
    }

    /// The server accepts, answers the client's Close, and ends TCP.
    pub fn accepted_and_finished(self) -> Self {
        self.server(|server| {
            server.accept();
            server.finish();
        })
    }

    /// What the client does at `when`.
    pub fn steps(&self, when: When) -> impl Iterator<Item = &Step> {
        self.rules.iter().filter(move |(moment, _)| *moment == when).flat_map(|(_, steps)| steps)
    }

    /// For the page, with the server's port filled in.
    pub fn json(&self, number: usize, port: u16) -> String {
        let rules = self.rules.iter().map(|(when, steps)| {
            let steps: Vec<String> = steps.iter().map(Step::json).collect();
            format!("[{},[{}]]", string(&when.name()), steps.join(","))
        });
        let protocols: Vec<String> = self.protocols.iter().map(|protocol| string(protocol)).collect();
        format!(
            r#"{{"number":{number},"port":{port},"url":{},"protocols":[{}],"rules":[{}]}}"#,
            string(&self.url_at(port)),
            protocols.join(","),
            rules.collect::<Vec<_>>().join(",")
        )
    }

    /// The URL with the server's port.
    pub fn url_at(&self, port: u16) -> String {
        self.url.replace("{port}", &port.to_string())
    }
}

impl When {
    /// How a trace calls it.
    pub fn name(self) -> String {
        match self {
            When::Message(number) => format!("message {number}"),
            other => format!("{other:?}").to_lowercase(),
        }
    }
}

impl Step {
    /// How a trace calls it.
    pub fn label(&self) -> String {
        match self {
            Step::Text(text) => format!("send({text:?})"),
            Step::LongText(len) => format!("send({len} letters)"),
            Step::Binary(len) => format!("send({len} bytes)"),
            Step::Close(None, None) => "close()".into(),
            Step::Close(Some(code), None) => format!("close({code})"),
            Step::Close(None, Some(reason)) => format!("close(undefined, {reason:?})"),
            Step::Close(Some(code), Some(reason)) if reason.len() > 60 => format!("close({code}, {} bytes)", reason.len()),
            Step::Close(Some(code), Some(reason)) => format!("close({code}, {reason:?})"),
            Step::Buffered | Step::Waiting => "bufferedAmount".into(),
            Step::Growth => "bufferedAmount has grown by".into(),
            Step::Attributes => "attributes".into(),
            Step::Remember | Step::Go => String::new(),
        }
    }

    fn json(&self) -> String {
        let (what, values) = match self {
            Step::Text(text) => ("text", string(text)),
            Step::LongText(len) => ("letters", len.to_string()),
            Step::Binary(len) => ("binary", len.to_string()),
            Step::Close(None, None) => ("close", String::new()),
            Step::Close(Some(code), None) => ("close", code.to_string()),
            Step::Close(None, Some(reason)) => ("close", format!("null,{}", string(reason))),
            Step::Close(Some(code), Some(reason)) => ("close", format!("{code},{}", string(reason))),
            Step::Buffered => ("buffered", String::new()),
            Step::Waiting => ("waiting", String::new()),
            Step::Remember => ("remember", String::new()),
            Step::Growth => ("growth", String::new()),
            Step::Attributes => ("attributes", String::new()),
            Step::Go => ("go", String::new()),
        };
        format!(r#"{{"what":"{what}","label":{},"values":[{values}]}}"#, string(&self.label()))
    }
}

/// A string in JSON.
fn string(text: &str) -> String {
    let escaped: String = text
        .chars()
        .map(|char| match char {
            '"' | '\\' => format!("\\{char}"),
            '\0'..=' ' | '\x7f'..='\u{9f}' => format!("\\u{:04x}", u32::from(char)),
            other => other.to_string(),
        })
        .collect();
    format!("\"{escaped}\"")
}

/// Bytes as a trace shows them: short ones as text, long ones by their length and a checksum (FNV-1a, 32 bits).
pub fn show(bytes: &[u8]) -> String {
    if bytes.len() <= 130 {
        return format!("'{}'", bytes.iter().map(|&byte| shown(byte)).collect::<String>());
    }
    let sum = bytes.iter().fold(0x811c_9dc5_u32, |sum, &byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{} bytes, checksum {sum:08x}", bytes.len())
}

fn shown(byte: u8) -> String {
    match byte {
        b' '..=b'~' if byte != b'\\' && byte != b'\'' => char::from(byte).to_string(),
        _ => format!("\\x{byte:02x}"),
    }
}
