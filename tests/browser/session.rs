//! One scenario being played: its server, if it has one, and the trace that is made of both sides at the end.

use super::{
    recorder::Recorder,
    scenario::Scenario,
    support::{
        os,
        server::{Server, wait},
    },
};
use std::{
    os::fd::OwnedFd,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
};

/// The server's side of a scenario that is being played.
pub struct Session {
    server: Mutex<Option<(Server, Receiver<Vec<String>>)>>,
    go: Sender<()>,
    heard: Mutex<Receiver<()>>,
    port: u16,
    /// Keeps others from the port if there is no server.
    _nobody: Option<OwnedFd>,
}

impl Session {
    /// Starts the scenario's server; without one, there is a port where nobody listens.
    pub fn new(scenario: &Scenario) -> Self {
        let (go, may_go) = mpsc::channel();
        let (hear, heard) = mpsc::channel();
        let heard = Mutex::new(heard);
        let Some(script) = scenario.script.clone() else {
            let (nobody, port) = os::port_without_listener();
            return Session { server: Mutex::default(), go, heard, port, _nobody: Some(nobody) };
        };
        let (tell, told) = mpsc::channel();
        let server = Server::new(move |peer| {
            let mut recorder = Recorder::new(peer, may_go, hear);
            // One scenario's failure is a line of its trace: the others go on.
            if catch_unwind(AssertUnwindSafe(|| script(&mut recorder))).is_err() {
                recorder.lines.push("server: the script has failed".into());
            }
            tell.send(recorder.lines).expect("the session waits");
        });
        let port = server.address().port();
        Session { server: Mutex::new(Some((server, told))), go, heard, port, _nobody: None }
    }

    /// The server's port, or one where nobody listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Lets the server's script go on.
    pub fn go(&self) {
        // A script that did not have to wait may be over.
        let _ = self.go.send(());
    }

    /// Whether the server's script has said that it has come so far since it was last asked.
    pub fn is_heard(&self) -> bool {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).try_recv().is_ok()
    }

    /// Waits until the server's script says that it has come so far.
    pub fn wait_until_heard(&self) {
        wait(&self.heard.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The whole trace: the client's lines, then the server's, without what differs from one run to the next.
    pub fn end(&self, client: Vec<String>) -> Vec<String> {
        let mut lines = client;
        if let Some((_server, told)) = self.server.lock().unwrap_or_else(PoisonError::into_inner).take() {
            lines.extend(wait(&told));
        }
        let port = format!(":{}", self.port);
        lines.chunk_by(PartialEq::eq).map(|same| repeated(&same[0].replace(&port, ":<port>"), same.len())).collect()
    }
}

/// A line that occurs so often in a row.
fn repeated(line: &str, count: usize) -> String {
    if count == 1 { line.to_owned() } else { format!("{line} ({count} times)") }
}
