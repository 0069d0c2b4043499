//! Chromium plays the scenarios: a page that the harness serves takes one after the other, and posts the traces.

use super::{
    http,
    scenario::Scenario,
    session::Session,
    support::{os, server::GUARD},
};
use std::{
    collections::HashMap,
    env, fs,
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
        mpsc::{self, Sender},
    },
    time::Duration,
};

/// So long after one scenario another ends: a page that hangs fails the test, and so does a browser that does not start.
const PATIENCE: Duration = Duration::from_secs(60);

/// Plays all and returns the trace of each.
pub fn play(all: &[Scenario]) -> Vec<Vec<String>> {
    let (report, reports) = mpsc::channel();
    let harness = Harness { scenarios: all.to_vec(), next: AtomicUsize::new(0), sessions: Mutex::default(), report };
    let harness = Arc::new(harness);
    let answering = harness.clone();
    let address = http::serve(move |request| answering.answer(request));
    let browser = Browser::start(address);
    let mut traces: Vec<Vec<String>> = vec![vec!["Chromium has not ended this scenario".into()]; all.len()];
    // A scenario in which nothing happens any more holds up the others only if there are as many as the page plays at a time.
    for ended in 0..all.len() {
        let Ok((number, trace)) = reports.recv_timeout(PATIENCE) else {
            assert!(ended > 0, "Chromium has not ended one scenario in {PATIENCE:?}; it says {}", browser.errors());
            break;
        };
        traces[number] = trace;
    }
    drop(browser);
    traces
}

/// What the page talks to.
struct Harness {
    scenarios: Vec<Scenario>,
    next: AtomicUsize,
    sessions: Mutex<HashMap<usize, Arc<Session>>>,
    report: Sender<(usize, Vec<String>)>,
}

impl Harness {
    fn answer(&self, request: &http::Request) -> Option<(&'static str, String)> {
        let number = || request.path.rsplit('/').next().and_then(|number| number.parse().ok());
        let session = || self.sessions.lock().expect("no panic").get(&number()?).cloned();
        match request.path.split('/').nth(1)? {
            "" => Some(("text/html", include_str!("page.html").to_owned())),
            "next" => Some(("application/json", self.start_next())),
            "go" => {
                session()?.go();
                Some(("text/plain", String::new()))
            }
            "heard" => {
                session()?.wait_until_heard();
                Some(("text/plain", String::new()))
            }
            "done" => {
                let number = number()?;
                let session = self.sessions.lock().expect("no panic").remove(&number)?;
                let trace = session.end(request.body.lines().map(str::to_owned).collect());
                self.report.send((number, trace)).expect("the test waits");
                Some(("text/plain", String::new()))
            }
            _ => None,
        }
    }

    /// Starts the next scenario's server and describes the scenario to the page; `null`: there is none.
    fn start_next(&self) -> String {
        let number = self.next.fetch_add(1, Relaxed);
        let Some(scenario) = self.scenarios.get(number) else { return "null".into() };
        let session = Session::new(scenario);
        let json = scenario.json(number, session.port());
        self.sessions.lock().expect("no panic").insert(number, Arc::new(session));
        json
    }
}

/// The file in the profile that has what Chromium says.
const ERRORS: &str = "stderr";

/// A running Chromium, with a profile of its own.
struct Browser {
    process: Child,
    profile: PathBuf,
}

impl Browser {
    /// Starts it with the page. It talks to the loopback interface only.
    fn start(page: SocketAddr) -> Self {
        let chromium = env::var_os("CHROMIUM").unwrap_or_else(|| "chromium".into());
        let profile = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("chromium-{}", std::process::id()));
        fs::create_dir_all(&profile).expect("a directory for the profile");
        let mut command = Command::new(&chromium);
        command
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage"])
            .args(["--no-first-run", "--no-default-browser-check", "--disable-background-networking", "--disable-component-update"])
            .args(["--disable-sync", "--disable-default-apps", "--disable-extensions", "--no-proxy-server"])
            .arg("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE [::1]")
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg(format!("http://{page}/"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(profile.join(ERRORS)).expect("a file"));
        let process = command.spawn().unwrap_or_else(|error| panic!("{} does not start: {error}", chromium.display()));
        Browser { process, profile }
    }
}

impl Browser {
    /// What it has said.
    fn errors(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.profile.join(ERRORS)).unwrap_or_default()).into_owned()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        os::end_child(&mut self.process, GUARD);
        // What cannot be removed is in the build's directory.
        let _ = fs::remove_dir_all(&self.profile);
    }
}
