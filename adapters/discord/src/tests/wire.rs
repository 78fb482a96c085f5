//! Over real sockets.

mod dialled;
mod gateway;
mod limited;
mod logged;
mod reading;

use std::sync::Arc;
use std::time::Duration;

use podwhy_flow::ports::Clock;
use secrecy::SecretString;
use tokio::time::{interval, timeout};

use crate::testing::Fake;
use crate::testing::flow::Flow;
use crate::testing::net::Net;
use crate::{Discord, Metrics, Options, Ports, Timeouts};

const TOKEN: &str = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs";

fn options(net: &Net) -> Options {
    let timeouts = Timeouts { restart: Duration::from_millis(50), ..Timeouts::default() };
    Options { api: Some(net.api.clone()), timeouts, ..Options::new(SecretString::from(TOKEN)) }
}

fn ports() -> Ports {
    Ports {
        answering: Arc::new(Flow::default()),
        claims: Fake::default().claims(),
        incidents: None,
        clock: Clock::default(),
        metrics: Metrics::default(),
    }
}

async fn net() -> Net {
    Net::start(Duration::from_secs(40), true).await
}

/// Until readiness says so.
async fn told(bot: &Discord, wanted: impl Fn(&Result<(), String>) -> bool) -> Result<(), String> {
    let mut look = interval(Duration::from_millis(20));
    let said = async {
        loop {
            look.tick().await;
            let ready = bot.ready();
            if wanted(&ready) {
                return ready;
            }
        }
    };
    timeout(Duration::from_secs(30), said).await.unwrap_or_else(|_| panic!("still {:?}", bot.ready()))
}
