//! A POST of each notice to an address of one's own.
//!
//! The body is [`Notice`] as JSON (`bot/flow/schema/notice.schema.json`); the headers are [`sign::SIGNATURE`] and
//! [`sign::DELIVERY`]. 2xx within nine seconds says that the receiver has it.

use futures::future::BoxFuture;
use podwhy_flow::incident::Notice;
use podwhy_flow::ports::{Clock, Outlet, OutletError};
use reqwest::Client;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;

use crate::address::{Address, StartError};
use crate::call::{client, post};
use crate::sign::{self, signature};

/// One receiver.
#[derive(Clone, Debug)]
pub struct Webhook {
    client: Client,
    address: Address,
    keys: Vec<SecretString>,
    clock: Clock,
}

impl Webhook {
    /// `keys` sign each notice, two of them while one is being replaced; `authority` are certificates in PEM, the only ones that
    /// may have signed the receiver's.
    ///
    /// # Errors
    /// [`StartError`]
    pub fn new(
        address: Address,
        keys: Vec<SecretString>,
        authority: Option<&[u8]>,
        clock: Clock,
    ) -> Result<Webhook, StartError> {
        Ok(Webhook { client: client(&address, authority)?, address, keys, clock })
    }

    async fn deliver(&self, notice: &Notice) -> Result<(), OutletError> {
        let body = serde_json::to_string(notice).map_err(|error| OutletError::Refused(error.to_string()))?;
        let signed = signature(&self.keys, self.clock.now().as_second(), &body);
        let mut headers = HeaderMap::new();
        for (name, text) in [(sign::SIGNATURE, &signed), (sign::DELIVERY, &notice.id)] {
            let value =
                HeaderValue::from_str(text).map_err(|error| OutletError::Refused(error.to_string()))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        let keys: Vec<&SecretString> = self.keys.iter().collect();
        post(&self.client, &self.address, headers, body, &keys).await
    }
}

impl Outlet for Webhook {
    fn send<'a>(&'a self, notice: &'a Notice) -> BoxFuture<'a, Result<(), OutletError>> {
        Box::pin(self.deliver(notice))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use podwhy_flow::incident::News;

    use super::*;
    use crate::testing::{Receiver, clock, notice};

    fn webhook(receiver: &Receiver) -> Webhook {
        let keys = vec![SecretString::from("first"), SecretString::from("second")];
        Webhook::new(receiver.address(), keys, None, clock()).unwrap()
    }

    #[tokio::test]
    async fn a_notice_arrives_signed_by_each_key() {
        let receiver = Receiver::start(200, &[], "").await;
        let sent = notice(News::Opened);
        webhook(&receiver).send(&sent).await.unwrap();
        let (headers, body) = receiver.only().await;
        assert_eq!(serde_json::from_str::<Notice>(&body).unwrap(), sent);
        assert_eq!(
            (&headers["content-type"], &headers["podwhy-delivery"]),
            (&"application/json".parse().unwrap(), &sent.id.parse().unwrap())
        );
        let signed = headers["podwhy-signature"].to_str().unwrap();
        // as a receiver checks it, which knows the second key only
        let (time, rest) = signed.strip_prefix("t=").unwrap().split_once(',').unwrap();
        let own = signature(&["second".into()], time.parse().unwrap(), &body);
        let own = own.split_once(',').unwrap().1;
        assert!(rest.split(',').any(|one| one == own) && time == "1767279840", "{signed}");
        assert!(!signed.contains(&signature(&["third".into()], 1_767_279_840, &body)[13..]));
    }

    #[tokio::test]
    async fn an_answer_says_whether_it_is_sent_again() {
        let send = |status: u16, headers: &'static [(&'static str, &'static str)]| async move {
            let receiver = Receiver::start(status, headers, "first of all, no").await;
            webhook(&receiver).send(&notice(News::Opened)).await
        };
        for taken in [200, 201, 202, 204] {
            assert_eq!(send(taken, &[]).await, Ok(()));
        }
        for later in [408, 425, 500, 502, 503] {
            assert!(matches!(send(later, &[]).await, Err(OutletError::Later { after: None, .. })), "{later}");
        }
        let asked = send(503, &[("retry-after", "7")]).await;
        let Err(OutletError::Later { after, .. }) = asked else { panic!("{asked:?}") };
        assert_eq!(after, Some(Duration::from_secs(7)));
        let crowded = send(429, &[]).await;
        assert!(matches!(crowded, Err(OutletError::Later { after: Some(_), .. })), "{crowded:?}");
        for refused in [301, 307, 400, 401, 404, 410, 413, 422] {
            let told = send(refused, &[("location", "http://127.0.0.1:1/")]).await;
            let Err(OutletError::Refused(why)) = told else { panic!("{refused}: {told:?}") };
            assert!(why.contains("no") && !why.contains("first"), "what was sent is not repeated: {why}");
        }
    }

    #[tokio::test]
    async fn no_answer_tells_no_address() {
        let receiver = Receiver::start(200, &[], "").await;
        let address = Address::parse(&format!("http://{}/hunter2", receiver.closed())).unwrap();
        let webhook = Webhook::new(address, vec!["first".into()], None, clock()).unwrap();
        let told = webhook.send(&notice(News::Opened)).await;
        assert!(matches!(&told, Err(OutletError::Later { why, .. }) if !why.contains("hunter2")), "{told:?}");
    }

    #[test]
    fn an_authority_without_a_certificate_is_an_error() {
        let address = || Address::parse("https://x.example/").unwrap();
        let made = |pem: &'static str| Webhook::new(address(), Vec::new(), Some(pem.as_bytes()), clock());
        assert!(matches!(made("nothing"), Err(StartError::Authority(_))));
    }
}
