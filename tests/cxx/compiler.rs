//! The C++ compilers, and the styles in which programs are compiled.

use super::program::{self, Program};
use std::{env, io::Write, path::Path, process::Command, sync::LazyLock};

/// A compiler that may be there: words of an environment variable, or a default.
pub struct Compiler {
    words: Vec<String>,
    /// Whether it is there.
    is_there: bool,
    /// The sanitizers' flags, if it has them.
    sanitizers: &'static [&'static str],
}

/// How a program is compiled, and what its file is called after.
#[derive(Clone, Copy)]
pub struct Style {
    name: &'static str,
    flags: &'static [&'static str],
}

/// What most programs do.
pub const PLAIN: Style = Style { name: "cxx17", flags: &["-std=c++17"] };
/// What embedded programs and games do, with coroutines and `std::span`.
pub const STRICT: Style = Style { name: "cxx20-strict", flags: &["-std=c++20", "-fno-exceptions", "-fno-rtti"] };
/// The newest, with exceptions.
pub const NEWEST: Style = Style { name: "cxx20", flags: &["-std=c++20"] };
/// The oldest, without exceptions.
pub const OLDEST: Style = Style { name: "cxx17-strict", flags: &["-std=c++17", "-fno-exceptions", "-fno-rtti"] };

/// The warnings that users turn on: the headers must not cause one in their code.
const WARNINGS: [&str; 7] = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror", "-g"];

pub static CXX: LazyLock<Compiler> = LazyLock::new(|| Compiler::new("CXX", "c++"));
pub static CLANGXX: LazyLock<Compiler> = LazyLock::new(|| Compiler::new("CLANGXX", "clang++"));

impl Compiler {
    fn new(variable: &str, default: &str) -> Self {
        let words = env::var(variable).unwrap_or_else(|_| default.to_owned());
        let mut compiler = Self { words: words.split_whitespace().map(str::to_owned).collect(), is_there: false, sanitizers: &[] };
        compiler.is_there = compiler.bare().arg("--version").output().is_ok_and(|output| output.status.success());
        if compiler.is_there {
            const SANITIZERS: &[&str] = &["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"];
            let trial = program::folder().join(format!("sanitized-{variable}"));
            let source = trial.with_extension("cpp");
            std::fs::write(&source, "int main() {}\n").unwrap();
            let built = compiler.bare().args(SANITIZERS).arg(&source).arg("-o").arg(&trial).output().unwrap();
            if built.status.success() && Command::new(&trial).output().is_ok_and(|output| output.status.success()) {
                compiler.sanitizers = SANITIZERS;
            } else {
                say(&format!("SKIPPED the sanitizers of {words}, which cannot be used\n"));
            }
        }
        compiler
    }

    fn bare(&self) -> Command {
        let mut command = Command::new(self.words.first().expect("a compiler's name"));
        command.args(&self.words[1..]);
        command
    }

    /// The compiler with warnings and the project's headers; `None`, said aloud for `what`, where it is not installed.
    pub fn command(&self, what: &str, style: Style) -> Option<Command> {
        if !self.is_there {
            say(&format!("SKIPPED {what} with {}, which is not installed\n", self.words.join(" ")));
            return None;
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut command = self.bare();
        command.args(style.flags).args(WARNINGS).arg("-I").arg(root.join("include")).current_dir(root);
        Some(command)
    }

    /// A program of these sources, with the sanitizers.
    pub fn program(&self, name: &'static str, sources: &[&str], style: Style) -> Option<Program> {
        let mut command = self.command(name, style)?;
        command.args(self.sanitizers).args(sources).arg("-pthread");
        let compiler = self.words.join("-").replace('/', "-");
        Some(Program::linked(name, &format!("cxx-{name}-{}-{compiler}", style.name), command))
    }
}

/// Past the test harness, which would hide it.
pub fn say(line: &str) {
    std::io::stderr().write_all(line.as_bytes()).expect("standard error");
}
