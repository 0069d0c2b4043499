//! Ports that a browser does not connect to, because servers of other protocols listen there (Fetch standard, "port blocking").

/// The standard's table of bad ports, in order, with the services that it names.
const BAD: [(u16, &str); 83] = [
    (0, "reserved"),
    (1, "tcpmux"),
    (7, "echo"),
    (9, "discard"),
    (11, "systat"),
    (13, "daytime"),
    (15, "netstat"),
    (17, "qotd"),
    (19, "chargen"),
    (20, "ftp-data"),
    (21, "ftp"),
    (22, "ssh"),
    (23, "telnet"),
    (25, "smtp"),
    (37, "time"),
    (42, "name"),
    (43, "nicname"),
    (53, "domain"),
    (69, "tftp"),
    (77, "priv-rjs"),
    (79, "finger"),
    (87, "ttylink"),
    (95, "supdup"),
    (101, "hostname"),
    (102, "iso-tsap"),
    (103, "gppitnp"),
    (104, "acr-nema"),
    (109, "pop2"),
    (110, "pop3"),
    (111, "sunrpc"),
    (113, "auth"),
    (115, "sftp"),
    (117, "uucp-path"),
    (119, "nntp"),
    (123, "ntp"),
    (135, "epmap"),
    (137, "netbios-ns"),
    (139, "netbios-ssn"),
    (143, "imap"),
    (161, "snmp"),
    (179, "bgp"),
    (389, "ldap"),
    (427, "svrloc"),
    (465, "submissions"),
    (512, "exec"),
    (513, "login"),
    (514, "shell"),
    (515, "printer"),
    (526, "tempo"),
    (530, "courier"),
    (531, "chat"),
    (532, "netnews"),
    (540, "uucp"),
    (548, "afp"),
    (554, "rtsp"),
    (556, "remotefs"),
    (563, "nntps"),
    (587, "submission"),
    (601, "syslog-conn"),
    (636, "ldaps"),
    (989, "ftps-data"),
    (990, "ftps"),
    (993, "imaps"),
    (995, "pop3s"),
    (1719, "h323gatestat"),
    (1720, "h323hostcall"),
    (1723, "pptp"),
    (2049, "nfs"),
    (3659, "apple-sasl"),
    (4045, "npp"),
    (4190, "sieve"),
    (5060, "sip"),
    (5061, "sips"),
    (6000, "x11"),
    (6566, "sane-port"),
    (6665, "ircu"),
    (6666, "ircu"),
    (6667, "ircu"),
    (6668, "ircu"),
    (6669, "ircu"),
    (6679, "osaut"),
    (6697, "ircs-u"),
    (10080, "amanda"),
];

/// The service for which the standard calls `port` bad; `None`: it is not.
#[must_use]
pub fn bad(port: u16) -> Option<&'static str> {
    BAD.binary_search_by_key(&port, |(bad, _)| *bad).ok().map(|index| BAD[index].1)
}

/// Why no connection may be made to `port`, for people; `None`: one may. `block` is whether bad ports are blocked. Port 0 always is:
/// TCP has no such port to connect to.
#[must_use]
pub fn refusal(port: u16, block: bool) -> Option<String> {
    match bad(port) {
        Some(_) if port == 0 => Some("the URL's port 0 is none that one can connect to: use the port that the server listens on".into()),
        Some(service) if block => Some(format!(
            "the URL's port {port} ({service}) is blocked: the Fetch standard lets no browser connect to it; use another port, or allow \
             it with ws_options_set_block_ports(options, 0)"
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{BAD, bad, refusal};

    #[test]
    fn the_table_is_the_standards() {
        // Written as the standard's ranges and numbers, apart from the table.
        let bad_ports = [
            vec![0, 1, 7, 9, 11, 13, 15, 17],
            (19..=23).collect(),
            vec![25, 37, 42, 43, 53, 69, 77, 79, 87, 95],
            (101..=104).collect(),
            (109..=111).collect(),
            vec![113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465],
            (512..=515).collect(),
            vec![526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995],
            vec![1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566],
            (6665..=6669).collect(),
            vec![6679, 6697, 10080],
        ]
        .concat();
        assert_eq!((0..=u16::MAX).filter(|port| bad(*port).is_some()).collect::<Vec<_>>(), bad_ports);
        assert_eq!(BAD.map(|(port, _)| port).to_vec(), bad_ports, "in order, each once");
        assert!(BAD.iter().all(|(_, service)| !service.is_empty()));
    }

    #[test]
    fn the_ports_of_the_web_are_not_bad() {
        for port in [80, 443, 8080, 8443, 591, 3000, 9001, 18, 24, 511, 516, 6664, 6670, 10079, 10081, u16::MAX] {
            assert_eq!((bad(port), refusal(port, true), refusal(port, false)), (None, None, None), "{port}");
        }
    }

    #[test]
    fn a_refusal_names_the_port_the_standard_and_the_option() {
        for (port, service) in BAD.into_iter().skip(1) {
            let text = refusal(port, true).unwrap();
            for part in [&format!("port {port} ({service})"), "Fetch standard", "ws_options_set_block_ports(options, 0)"] {
                assert!(text.contains(part), "{text}");
            }
        }
    }

    #[test]
    fn all_but_port_0_can_be_allowed() {
        assert!((1..=u16::MAX).all(|port| refusal(port, false).is_none()));
        for block in [true, false] {
            assert!(refusal(0, block).unwrap().contains("port 0"));
        }
    }
}
