//! A C program: compiled against the library of this build, run plain or under Valgrind, shown whole when it is not as it should be.

use std::{
    env, fmt, fs,
    io::Write,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

/// The longest that a program may run: far more than any needs, so that one that hangs is ended and shown. One that is to run for
/// `SOAK_SECONDS` has those too.
static PATIENCE: LazyLock<Duration> = LazyLock::new(|| {
    let soak = env::var("SOAK_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(0);
    Duration::from_secs(180 + soak)
});

/// How a program is run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// As it is.
    Plain,
    /// Under Valgrind's memcheck: an error or a leak is a failure.
    Valgrind,
    /// With its network calls written to a file beside it, `NAME.strace`.
    Strace,
}

impl Way {
    /// Whether this machine can; if not, the test that asks is skipped, and says so past the test harness, which would hide it.
    pub fn is_there(self, program: &Program) -> bool {
        static VALGRIND: LazyLock<bool> = LazyLock::new(|| Command::new("valgrind").arg("--version").output().is_ok());
        // It may be there and not be allowed to trace.
        static STRACE: LazyLock<bool> = LazyLock::new(|| {
            let output = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output();
            output.is_ok_and(|output| output.status.success())
        });
        static SKIPPED: AtomicUsize = AtomicUsize::new(0);
        let (is_there, tool) = match self {
            Self::Plain => return true,
            Self::Valgrind => (*VALGRIND, "Valgrind, which is not installed"),
            Self::Strace => (*STRACE, "strace, which is not installed or may not trace"),
        };
        if !is_there {
            let count = 1 + SKIPPED.fetch_add(1, Ordering::Relaxed);
            let line = format!("SKIPPED {} under {tool} ({count} so far)\n", program.name);
            std::io::stderr().write_all(line.as_bytes()).expect("standard error");
        }
        is_there
    }

    fn command(self, program: &Path, suppressions: &[&str]) -> Command {
        match self {
            Self::Plain => Command::new(program),
            Self::Valgrind => {
                let mut command = Command::new("valgrind");
                command.args(["--quiet", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect,possible", "--error-exitcode=99"]);
                for file in suppressions {
                    command.arg(format!("--suppressions={}", Path::new(env!("CARGO_MANIFEST_DIR")).join(file).display()));
                }
                // The text of a backtrace is kept for the process's life: Valgrind would show it.
                command.arg(program).env("RUST_BACKTRACE", "0");
                command
            }
            Self::Strace => {
                let mut command = Command::new("strace");
                command.args(["-f", "-e", "trace=network", "-o"]).arg(program.with_extension("strace")).arg(program);
                command
            }
        }
    }
}

/// A program that is compiled, or why it is not.
pub struct Program {
    name: &'static str,
    suppressions: &'static [&'static str],
    compiled: Result<PathBuf, String>,
}

impl Program {
    /// Compiles sources; `suppressions` name what Valgrind is not to report. All paths are from the project's folder. What the
    /// compiler says against the sources is told by the tests that run the program.
    pub fn compile(name: &'static str, sources: &[&str], suppressions: &'static [&'static str]) -> Self {
        Self { name, suppressions, compiled: compile(name, sources) }
    }

    /// Has a compiler's command, to which the library and the program's file are added, make it.
    #[allow(dead_code, reason = "only the C++ programs need it")]
    pub fn linked(name: &'static str, file: &str, command: Command) -> Self {
        Self { name, suppressions: &[], compiled: link(command, &folder().join(file)) }
    }

    /// Runs it with `input` as its standard input.
    pub fn run(&self, way: Way, arguments: &[&str], input: &[u8]) -> Ended {
        let program = self.compiled.as_ref().unwrap_or_else(|message| panic!("{message}"));
        Self::end(way.command(program, self.suppressions), arguments, input)
    }

    /// Runs it as the argument of another program, whose name and arguments these are.
    #[allow(dead_code, reason = "only the C programs need it")]
    pub fn run_under(&self, tool: &[&str], arguments: &[&str]) -> Ended {
        let program = self.compiled.as_ref().unwrap_or_else(|message| panic!("{message}"));
        let mut command = Command::new(tool[0]);
        command.args(&tool[1..]).arg(program);
        Self::end(command, arguments, b"")
    }

    /// Waits for its end.
    fn end(mut command: Command, arguments: &[&str], input: &[u8]) -> Ended {
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let shown = format!("{command:?}");
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{shown}: {error}"));
        let id = child.id();
        // A program that refuses its arguments ends without reading.
        child.stdin.take().unwrap().write_all(input).ok();

        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(child.wait_with_output()));
        let output = receiver.recv_timeout(*PATIENCE).unwrap_or_else(|_| {
            Command::new("sh").args(["-c", &format!("kill -9 {id}")]).status().expect("sh");
            receiver.recv().expect("the thread that waits")
        });
        let output = output.unwrap_or_else(|error| panic!("{shown}: {error}"));
        Ended { shown, status: output.status, stdout: output.stdout, stderr: String::from_utf8_lossy(&output.stderr).into_owned() }
    }
}

/// A program that has ended; each method checks one thing and panics with all that is known if it is otherwise.
pub struct Ended {
    shown: String,
    status: ExitStatus,
    pub stdout: Vec<u8>,
    stderr: String,
}

impl Ended {
    pub fn ends_with(self, code: i32) -> Self {
        assert!(self.status.code() == Some(code), "the exit status should be {code}{self}");
        self
    }

    /// Whether the exit status is 0.
    #[allow(dead_code, reason = "only the guide's programs need it")]
    pub fn succeeds(&self) -> bool {
        self.status.success()
    }

    /// The whole standard output.
    pub fn prints(self, text: &str) -> Self {
        assert!(self.stdout == text.as_bytes(), "standard output should be\n{text}{self}");
        self
    }

    /// A part of standard output.
    pub fn prints_among_others(self, text: &str) -> Self {
        assert!(String::from_utf8_lossy(&self.stdout).contains(text), "standard output should have {text:?} in it{self}");
        self
    }

    /// A part of standard error.
    pub fn hides(self, text: &str) -> Self {
        assert!(!self.stderr.contains(text), "standard error should not have {text:?} in it{self}");
        self
    }

    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "standard error should have {text:?} in it{self}");
        self
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stdout = String::from_utf8_lossy(&self.stdout);
        let ended = if self.status.signal() == Some(9) { format!(": it had not ended after {:?}", *PATIENCE) } else { String::new() };
        write!(f, "\n$ {}\n{}{ended}\n", self.shown, self.status)?;
        write!(f, "--- standard output\n{stdout}\n--- standard error\n{}\n---", self.stderr)
    }
}

fn compile(name: &str, sources: &[&str]) -> Result<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cxx = Path::new(sources[0]).extension().is_some_and(|extension| extension == "cpp");
    let (variable, default, standard) = if cxx { ("CXX", "c++", "-std=c++11") } else { ("CC", "cc", "-std=c99") };
    let compiler = env::var(variable).unwrap_or_else(|_| default.to_owned());
    let mut words = compiler.split_whitespace();
    let mut command = Command::new(words.next().ok_or_else(|| format!("{variable} is empty"))?);
    command.args(words).arg(standard).args(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g", "-pthread", "-I"]);
    command.arg(root.join("include")).args(sources.iter().map(|source| root.join(source)));
    link(command, &folder().join(name))
}

fn link(mut command: Command, path: &Path) -> Result<PathBuf, String> {
    command.arg(built().join("deps/libws.so")).args(["-Wl,-rpath,$ORIGIN", "-o"]).arg(path);
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() { Ok(path.to_owned()) } else { Err(format!("{command:?}\n{}", String::from_utf8_lossy(&output.stderr))) }
}

/// Where the programs go, with the library beside them under the name that they ask for.
pub fn folder() -> &'static Path {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
        let folder = built().join("c-programs");
        fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let (link, new) = (folder.join("libws.so.0"), folder.join(format!("libws.so.{}", std::process::id())));
        std::os::unix::fs::symlink("../deps/libws.so", &new).unwrap_or_else(|error| panic!("{}: {error}", new.display()));
        fs::rename(&new, &link).unwrap_or_else(|error| panic!("{}: {error}", link.display()));
        folder
    });
    &FOLDER
}

/// Cargo's folder for this build's profile: this program lies in its `deps`.
pub fn built() -> &'static Path {
    static BUILT: LazyLock<PathBuf> = LazyLock::new(|| env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned());
    &BUILT
}
