//! Servers that people run: nginx and haproxy in front of the echo server, and echo servers with Node's `ws`, Python's `websockets` and
//! libwebsockets, each with TLS and without. One that is not installed is skipped, aloud.

mod conversation;
#[path = "../c_programs/echo_server.rs"]
mod echo_server;
#[path = "../c_programs/program.rs"]
#[allow(dead_code, reason = "one program is run, in one way")]
mod program;
mod servers;
#[path = "../support/mod.rs"]
mod support;
mod wscat;

/// One module a server, with a test for each part of the conversation.
macro_rules! servers {
    ($($name:ident: $start:expr;)*) => {
        $(mod $name {
            use super::{conversation, servers};

            #[test]
            fn messages_come_back_as_they_were() {
                if let Some(server) = $start { conversation::messages(&server) }
            }

            #[test]
            fn our_code_and_reason_are_answered() {
                if let Some(server) = $start { conversation::closing(&server) }
            }

            #[test]
            fn its_code_and_reason_come_after_its_messages() {
                if let Some(server) = $start { conversation::closed(&server) }
            }

            #[test]
            fn what_it_refuses_is_told() {
                if let Some(server) = $start { conversation::refused(&server, "/status/404", 404, "refused with 404") }
            }
        })*
    };
}

servers! {
    nginx: servers::nginx(None);
    nginx_with_tls_1_2: servers::nginx(Some("TLSv1.2"));
    nginx_with_tls_1_3: servers::nginx(Some("TLSv1.3"));
    haproxy: servers::haproxy(false);
    haproxy_with_tls: servers::haproxy(true);
    node: servers::node(false);
    node_with_tls: servers::node(true);
    python: servers::python(false);
    python_with_tls: servers::python(true);
    libwebsockets: servers::libwebsockets(false);
    libwebsockets_with_tls: servers::libwebsockets(true);
}

#[test]
fn nginx_says_that_nobody_listens_behind_it() {
    if let Some(server) = servers::nginx(Some("TLSv1.3")) {
        conversation::refused(&server, "/dead", 502, "502 Bad Gateway");
    }
}

#[test]
fn haproxy_says_that_nobody_listens_behind_it() {
    if let Some(server) = servers::haproxy(true) {
        conversation::refused(&server, "/dead", 503, "503 Service Unavailable");
    }
}
