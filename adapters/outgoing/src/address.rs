//! Which addresses are called: encrypted ones, and this machine.

use std::fmt;

use thiserror::Error;
use url::{Host, Url};

/// Where a receiver is. It shows as its host alone: a path may hold a credential, as those of chat apps do.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(Url);

/// Why a receiver cannot be called.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StartError {
    /// The address will not do.
    #[error("{0}")]
    Address(&'static str),
    /// The certificates of its authority cannot be read.
    #[error("its authority's certificates cannot be read: {0}")]
    Authority(String),
    /// No client can be made.
    #[error("no HTTP client: {0}")]
    Client(String),
}

impl Address {
    /// Reads one.
    ///
    /// # Errors
    /// [`StartError::Address`] when it is neither https nor on this machine, or holds a user or a fragment.
    pub fn parse(text: &str) -> Result<Address, StartError> {
        let url = Url::parse(text).map_err(|_| StartError::Address("it is no URL"))?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return Err(StartError::Address("it is not encrypted: write https")),
            _ => return Err(StartError::Address("it is neither https nor http")),
        }
        if url.host().is_none() {
            return Err(StartError::Address("it names no host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(StartError::Address("leave the user out: every notice is signed instead"));
        }
        if url.fragment().is_some() {
            return Err(StartError::Address("leave out what follows #: it is never sent"));
        }
        Ok(Address(url))
    }

    pub(crate) fn url(&self) -> Url {
        self.0.clone()
    }

    /// Whether it is on this machine.
    pub fn is_local(&self) -> bool {
        is_loopback(&self.0)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.0.host_str().unwrap_or_default())
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_encrypted_addresses_and_this_machine_are_called() {
        for text in ["https://x.example/y?z=1", "http://127.0.0.1:1/", "http://localhost/", "http://[::1]/"] {
            assert!(Address::parse(text).is_ok(), "{text}");
        }
        for text in [
            "http://x.example/",
            "http://10.0.0.1/",
            "http://localhost.example/",
            "https://ann:pw@x.example/",
            "https://x.example/#y",
            "ftp://127.0.0.1/",
            "x.example",
            "",
        ] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_address_does_not_show_its_path() {
        let address = Address::parse("https://hooks.example/T0/hunter2?k=hunter2").unwrap();
        assert_eq!(format!("{address:?}"), "Address(hooks.example)");
    }
}
