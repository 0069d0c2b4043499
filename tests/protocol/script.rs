//! Scripts: what server and application do, in order, and what must be seen of it.

use crate::{
    harness::{Connection, HEAD, Numbers},
    trace::{Entry, closed, opened, sent},
    wire,
};
use ws::protocol::{Kind, failure::Phase, limits::Limits};

#[derive(Debug, Clone)]
pub enum Step {
    Server(Vec<u8>),
    Send(Kind, Vec<u8>),
    SendRefused(Vec<u8>),
    Close(Option<(u16, String)>),
    Ping(Vec<u8>),
}

/// How far the end of a connection has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    pub opened: bool,
    /// The application has called `close`.
    pub ours: bool,
    /// The server's Close frame has come.
    pub server: Option<(u16, String)>,
    /// A breach has been found.
    pub breached: bool,
}

#[derive(Debug, Clone)]
pub struct Script {
    pub name: String,
    pub limits: Limits,
    pub steps: Vec<Step>,
    /// What must be seen before the stream ends.
    pub expected: Vec<Entry>,
    /// How far the end has come after so many of the server's bytes; the last is the end of the script.
    milestones: Vec<(usize, Progress)>,
    now: Progress,
    bytes: usize,
}

impl Script {
    pub fn new(name: impl Into<String>) -> Self {
        Self::opened_by(HEAD, name)
    }

    /// A script of a connection with permessage-deflate, which the server accepts with these parameters.
    pub fn deflating(parameters: &str, name: impl Into<String>) -> Self {
        Self::opened_by(&crate::compressed::head(parameters), name)
    }

    fn opened_by(head: &[u8], name: impl Into<String>) -> Self {
        let now = Progress { opened: true, ..Progress::default() };
        let milestones = vec![(0, Progress::default()), (head.len(), now.clone())];
        Script {
            name: name.into(),
            limits: Limits::default(),
            steps: vec![Step::Server(head.to_vec())],
            expected: vec![opened()],
            milestones,
            now,
            bytes: head.len(),
        }
    }

    pub fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.limits);
        self
    }

    /// The server sends bytes.
    pub fn server(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.bytes += bytes.as_ref().len();
        // Adjacent bytes are one step, so that they can come in one read.
        if let Some(Step::Server(before)) = self.steps.last_mut() {
            before.extend_from_slice(bytes.as_ref());
        } else {
            self.steps.push(Step::Server(bytes.as_ref().to_vec()));
        }
        self
    }

    /// What is seen next.
    pub fn gives(mut self, entry: Entry) -> Self {
        self.expected.push(entry);
        self
    }

    /// What is seen next, in this order.
    pub fn gives_all(mut self, entries: Vec<Entry>) -> Self {
        self.expected.extend(entries);
        self
    }

    /// The application sends a message, which goes out.
    pub fn send(mut self, kind: Kind, payload: &[u8]) -> Self {
        self.steps.push(Step::Send(kind, payload.to_vec()));
        self.gives(sent(if kind == Kind::Text { 0x81 } else { 0x82 }, payload))
    }

    /// The application sends a message, which does not go out.
    pub fn send_refused(mut self, payload: &[u8]) -> Self {
        self.steps.push(Step::SendRefused(payload.to_vec()));
        self
    }

    /// The application sends a ping, which goes out.
    pub fn ping(mut self, payload: &[u8]) -> Self {
        self.steps.push(Step::Ping(payload.to_vec()));
        self.gives(sent(0x89, payload))
    }

    /// The application closes; the Close frame goes out unless one has.
    pub fn close(mut self, body: Option<(u16, &str)>) -> Self {
        self.steps.push(Step::Close(body.map(|(code, reason)| (code, reason.to_owned()))));
        if self.now.ours || self.now.server.is_some() {
            return self;
        }
        self.now.ours = true;
        self.note().gives(sent(0x88, &wire::close_body(body)))
    }

    /// The server sends its Close frame, which is echoed if we have not sent ours.
    pub fn server_close(self, body: Option<(u16, &str)>) -> Self {
        let mut script = self.server(wire::close(body));
        let (code, reason) = body.unwrap_or((1005, ""));
        script.now.server = Some((code, reason.to_owned()));
        script = script.note();
        if script.now.ours { script } else { script.gives(sent(0x88, &wire::close_body(body))).gives(Entry::Closing) }
    }

    /// The server breaks the protocol, which is certain with the last of these bytes. `words` stand in the error's text.
    pub fn breach(self, code: u16, words: &str, bytes: impl AsRef<[u8]>) -> Self {
        let mut script = self.server(bytes);
        script.now.breached = true;
        script = script.note();
        let phase = if script.now.ours { Phase::Closing } else { Phase::Open };
        if !script.now.ours {
            script = script.gives(sent(0x88, &code.to_be_bytes()));
        }
        script.gives(Entry::Shutdown).gives(Entry::Error(phase, words.into())).gives(closed(1006, "", false))
    }

    fn note(mut self) -> Self {
        self.milestones.push((self.bytes, self.now.clone()));
        self
    }

    /// How many bytes the server sends.
    pub fn len(&self) -> usize {
        self.bytes
    }

    /// How far the end has come after `count` of the server's bytes and what the application does then.
    pub fn progress(&self, count: usize) -> &Progress {
        let reached = self.milestones.iter().rev().find(|(bytes, _)| *bytes <= count);
        &reached.expect("the first milestone is at 0").1
    }

    /// Plays the script until `count` bytes of the server have come, in reads of the sizes that `sizes` gives. `watch` is called
    /// with the number of bytes so far after each, and again after what the application does then.
    pub fn play(
        &self,
        connection: &mut Connection,
        count: usize,
        mut sizes: impl FnMut() -> usize,
        mut watch: impl FnMut(&Connection, usize),
    ) {
        let mut played = 0;
        for step in &self.steps {
            match step {
                Step::Server(all) => {
                    let mut bytes = &all[..all.len().min(count - played)];
                    let cut = bytes.len() < all.len();
                    while !bytes.is_empty() {
                        let (part, rest) = bytes.split_at(sizes().min(bytes.len()));
                        connection.receive(part);
                        played += part.len();
                        bytes = rest;
                        watch(connection, played);
                    }
                    if cut {
                        return;
                    }
                }
                Step::Send(kind, payload) => assert!(connection.send(*kind, payload), "{}: a message was refused", self.name),
                Step::SendRefused(payload) => assert!(!connection.send(Kind::Binary, payload), "{}: a message was accepted", self.name),
                Step::Close(body) => connection.close(body.as_ref().map(|(code, reason)| (*code, reason.as_str()))),
                Step::Ping(payload) => assert!(connection.ping(payload), "{}: a ping was refused", self.name),
            }
            watch(connection, played);
        }
    }

    /// What is seen when the stream ends after `progress`: what is seen last, then that the stream is dropped.
    pub fn ending(progress: &Progress, clean: bool) -> Vec<Entry> {
        let mut entries = match progress {
            Progress { opened: false, .. } => vec![Entry::Error(Phase::Handshake, String::new()), closed(1006, "", false)],
            Progress { breached: true, .. } => vec![],
            Progress { server: Some((code, reason)), .. } => vec![closed(*code, reason, clean)],
            _ => vec![closed(1006, "", false)],
        };
        entries.push(Entry::Finished);
        entries
    }
}

/// Sizes of reads: mostly small, sometimes large.
pub fn random_sizes(numbers: &mut Numbers) -> usize {
    match numbers.below(4) {
        0 => 1,
        1 => 1 + numbers.below(8),
        2 => 1 + numbers.below(200),
        _ => 1 + numbers.below(50_000),
    }
}

/// All scripts.
pub fn all() -> Vec<Script> {
    let scripts: Vec<Script> = [
        crate::messages::scripts(),
        crate::fragments::scripts(),
        crate::control::scripts(),
        crate::deflate::scripts(),
        crate::deflate_faults::scripts(),
        crate::closing::scripts(),
        crate::violations::scripts(),
        crate::utf8::scripts(),
        crate::limits::scripts(),
    ]
    .concat();
    let mut names: Vec<&str> = scripts.iter().map(|script| script.name.as_str()).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "two scripts have one name");
    scripts
}
