//! An echo server for the demos and tests: a thread per connection, on 127.0.0.1, its URL the first line it prints.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

mod connection;
mod count;
mod route;

const USAGE: &str = "\
usage: echo-server [--port N] [--until-eof]

Echoes WebSocket messages on 127.0.0.1 and prints its URL as the first line.
  --port N      listen on port N (default 0: the system chooses)
  --until-eof   exit when standard input ends

Paths that do something else than echo:
  /close?code=4001&reason=bye   echo one message, then start the closing handshake
  /count                        no echo; the close reason tells what came before the Close frame
  /drop                         after the first message end the TCP connection without a Close frame
  /headers                      first a text message with the request's headers, then echo
  /hold                         accept the handshake, then neither read nor write
  /status/404                   refuse the handshake with that status
";

/// What the command line says.
struct Arguments {
    port: u16,
    until_eof: bool,
}

fn main() -> ExitCode {
    let arguments = match parse(std::env::args().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("echo-server: {message}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("echo-server: cannot listen on 127.0.0.1:{}: {error}", arguments.port);
            ExitCode::FAILURE
        }
    }
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Arguments>, String> {
    let mut arguments = Arguments { port: 0, until_eof: false };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--port" => {
                let port = words.next().ok_or("--port needs a number")?;
                arguments.port = port.parse().map_err(|_| format!("--port {port}: not a number from 0 to 65535"))?;
            }
            "--until-eof" => arguments.until_eof = true,
            "--help" => return Ok(None),
            other => return Err(format!("unknown argument {other}")),
        }
    }
    Ok(Some(arguments))
}

fn run(arguments: &Arguments) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port))?;
    let mut stdout = io::stdout();
    writeln!(stdout, "ws://{}/", listener.local_addr()?)?;
    stdout.flush()?;
    if arguments.until_eof {
        thread::spawn(exit_at_end_of_input);
    }
    for stream in listener.incoming() {
        // A connection that was gone before it was accepted, or one too many for the system, is given up alone. The next try after
        // one too many would fail as fast: a moment's rest keeps that from taking a whole processor.
        match stream.and_then(connection::spawn) {
            Ok(()) => {}
            Err(error) => {
                eprintln!("echo-server: a connection is not served: {error}");
                thread::sleep(Duration::from_millis(10));
            }
        }
    }
    Ok(())
}

/// Ends the process when standard input does, so that a test that dies takes its server along.
fn exit_at_end_of_input() {
    let mut bytes = [0; 512];
    let mut stdin = io::stdin();
    loop {
        match stdin.read(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => std::process::exit(0),
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn words(line: &str) -> impl Iterator<Item = String> {
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>().into_iter()
    }

    #[test]
    fn without_arguments_the_system_chooses_the_port() {
        let arguments = parse(words("")).unwrap().unwrap();
        assert_eq!(arguments.port, 0);
        assert!(!arguments.until_eof);
    }

    #[test]
    fn a_port_and_until_eof_are_taken() {
        let arguments = parse(words("--port 9001 --until-eof")).unwrap().unwrap();
        assert_eq!(arguments.port, 9001);
        assert!(arguments.until_eof);
    }

    #[test]
    fn a_wrong_argument_is_named() {
        for (line, named) in [("--port", "--port"), ("--port 65536", "65536"), ("--prot 1", "--prot")] {
            let message = parse(words(line)).err().unwrap();
            assert!(message.contains(named), "{line}: {message}");
        }
    }
}
