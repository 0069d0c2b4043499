//! Which proxy a connection goes through, if any: what the program said, then what the environment says, then the exceptions.

use super::{
    address::{Endpoint, Proxy},
    environment,
    exceptions::Exceptions,
};
use crate::error::{Error, Result};

/// What a program says about proxies.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// The proxy of all connections but the exceptions.
    pub proxy: Option<Proxy>,
    /// The exceptions; `None`: those of the environment, if that is asked.
    pub exceptions: Option<Exceptions>,
    /// Whether the environment is asked.
    pub from_environment: bool,
}

impl Choice {
    /// Sets who one is to the proxy that was set; `None`: nobody.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] without a proxy; [`Error::Syntax`] for what it cannot be told.
    pub fn set_credentials(&mut self, who: Option<(&[u8], &[u8])>) -> Result<()> {
        let proxy = self.proxy.clone().ok_or_else(|| {
            Error::InvalidState("there is no proxy to give a user name and a password to: call ws_options_set_proxy before".into())
        })?;
        self.proxy = Some(match who {
            None => proxy.without_credentials(),
            Some((user, password)) => proxy.with_credentials(user, password)?,
        });
        Ok(())
    }

    /// The proxy for a target that is reached with TLS (`secure`) or without. `variable` reads the environment, if that is asked.
    ///
    /// # Errors
    ///
    /// [`Error::Syntax`] for a proxy of the environment that may not be.
    pub fn choose(&self, secure: bool, target: &Endpoint, variable: impl Fn(&str) -> Option<String>) -> Result<Option<Proxy>> {
        let excepted = match &self.exceptions {
            Some(exceptions) => exceptions.contain(target),
            None => self.from_environment && environment::exceptions(&variable).contain(target),
        };
        match &self.proxy {
            _ if excepted => Ok(None),
            None if self.from_environment => environment::proxy(secure, target, &variable),
            proxy => Ok(proxy.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::url;

    fn endpoint(authority: &str) -> Endpoint {
        let url = url::parse(&format!("ws://{authority}/")).unwrap();
        Endpoint { host: url.host, port: url.port }
    }

    /// An environment with a proxy `env` for all and the exception `outside.example`.
    fn variable(name: &str) -> Option<String> {
        match name {
            "all_proxy" => Some("env".into()),
            "no_proxy" => Some("outside.example".into()),
            _ => None,
        }
    }

    /// The proxy's name for a host; "" if there is none.
    fn chosen(choice: &Choice, host: &str) -> String {
        let proxy = choice.choose(false, &endpoint(host), variable).unwrap();
        proxy.map(|proxy| proxy.to_string()).unwrap_or_default()
    }

    #[test]
    fn nothing_said_is_no_proxy_whatever_the_environment_says() {
        for host in ["inside.example", "outside.example", "localhost"] {
            assert_eq!(chosen(&Choice::default(), host), "");
        }
    }

    #[test]
    fn the_environment_is_asked_for_proxy_and_exceptions() {
        let choice = Choice { from_environment: true, ..Choice::default() };
        assert_eq!(chosen(&choice, "inside.example"), "env:80");
        assert_eq!(chosen(&choice, "outside.example"), "");
        assert_eq!(chosen(&choice, "localhost"), "");
        let own = Choice { exceptions: Some(Exceptions::parse("inside.example")), ..choice };
        assert_eq!([chosen(&own, "inside.example"), chosen(&own, "outside.example")], ["", "env:80"]);
    }

    #[test]
    fn a_proxy_that_was_set_goes_before_that_of_the_environment_and_for_this_machine_too() {
        let choice = Choice { proxy: Some(Proxy::parse("own:1").unwrap()), ..Choice::default() };
        for host in ["inside.example", "outside.example", "localhost", "127.0.0.1"] {
            assert_eq!(chosen(&choice, host), "own:1");
        }
        let both = Choice { from_environment: true, ..choice.clone() };
        assert_eq!(["inside.example", "outside.example", "localhost"].map(|host| chosen(&both, host)), ["own:1", "", "own:1"]);
        let excepted = Choice { exceptions: Some(Exceptions::parse("localhost")), ..choice };
        assert_eq!(["localhost", "127.0.0.1", "outside.example"].map(|host| chosen(&excepted, host)), ["", "own:1", "own:1"]);
    }

    #[test]
    fn credentials_belong_to_the_proxy_that_was_set() {
        let mut choice = Choice::default();
        assert!(matches!(choice.set_credentials(Some((b"a", b"b"))), Err(Error::InvalidState(_))));
        choice.proxy = Some(Proxy::parse("http://alice:secret@own").unwrap());
        assert!(matches!(choice.set_credentials(Some((b"a:b", b""))), Err(Error::Syntax(_))));
        let user = |choice: &Choice| choice.proxy.as_ref().unwrap().credentials().map(|who| who.user.clone());
        assert_eq!(user(&choice), Some(b"alice".to_vec()), "an error changes nothing");
        choice.set_credentials(Some((b"bob", b"x:y"))).unwrap();
        assert_eq!(user(&choice), Some(b"bob".to_vec()));
        choice.set_credentials(None).unwrap();
        assert_eq!(user(&choice), None);
    }
}
