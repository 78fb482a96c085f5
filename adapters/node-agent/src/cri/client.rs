//! One call to the runtime's socket.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use prost::Message;
use thiserror::Error as ThisError;
use tokio::net::UnixStream;
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint, Uri};
use tonic::{Code, Request};
use tonic_prost::ProstCodec;
use tower::service_fn;

/// A runtime answers what it knows in well under a second; one that hangs is told as that.
pub(super) const LOOK: Duration = Duration::from_secs(15);

/// A removal deletes files: so long it may take, as the kubelet lets it.
/// <https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/> (`runtimeRequestTimeout`)
pub(super) const ACT: Duration = Duration::from_secs(120);

/// The kubelet's own limit: <https://github.com/kubernetes/cri-client/blob/v0.37.2/pkg/utils.go> (`maxMsgSize`)
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// So many characters of a runtime's message are kept: it may quote what a stranger's image says.
const MOST_MESSAGE: usize = 300;

/// Why the runtime did not do or tell it.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
pub enum CriError {
    /// Its socket is not there or nobody listens.
    #[error("the runtime cannot be reached: {0}")]
    Unreachable(String),
    /// It did not answer in time.
    #[error("the runtime did not answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// It does not know what it was asked for.
    #[error("the runtime does not know it: {0}")]
    NotFound(String),
    /// It answered that it does not do that.
    #[error("the runtime says: {0}")]
    Said(String),
}

/// A container runtime. It connects when it is asked, and again when the connection was lost.
#[derive(Clone, Debug)]
pub struct Cri {
    channel: Channel,
}

impl Cri {
    /// The runtime behind a socket: `/run/containerd/containerd.sock`. Nothing is asked yet. It has to be made on a tokio runtime.
    pub fn new(socket: &Path) -> Cri {
        let socket: PathBuf = socket.to_path_buf();
        // tonic wants an address, which goes nowhere
        let endpoint = Endpoint::from_static("http://localhost").connect_timeout(LOOK);
        let connector = service_fn(move |_: Uri| {
            let socket = socket.clone();
            async move { UnixStream::connect(socket).await.map(TokioIo::new) }
        });
        Cri { channel: endpoint.connect_with_connector_lazy(connector) }
    }

    pub(super) async fn runtime<Q, A>(
        &self,
        method: &str,
        request: Q,
        within: Duration,
    ) -> Result<A, CriError>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        self.call("RuntimeService", method, request, within).await
    }

    pub(super) async fn image<Q, A>(&self, method: &str, request: Q, within: Duration) -> Result<A, CriError>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        self.call("ImageService", method, request, within).await
    }

    async fn call<Q, A>(
        &self,
        service: &str,
        method: &str,
        request: Q,
        within: Duration,
    ) -> Result<A, CriError>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let path = format!("/runtime.v1.{service}/{method}");
        let path = path.parse().map_err(|_| CriError::Said("that is no method".to_string()))?;
        let mut request = Request::new(request);
        // the runtime is told as well, so that it does not go on alone
        request.set_timeout(within);
        let called = async {
            let mut grpc = Grpc::new(self.channel.clone()).max_decoding_message_size(MOST_BYTES);
            grpc.ready().await.map_err(|why| CriError::Unreachable(causes(&why)))?;
            let codec = ProstCodec::<Q, A>::default();
            grpc.unary(request, path, codec).await.map_err(|status| failed(&status, within))
        };
        match tokio::time::timeout(within, called).await {
            Ok(answer) => answer.map(tonic::Response::into_inner),
            Err(_) => Err(CriError::TimedOut(within)),
        }
    }
}

fn failed(status: &tonic::Status, within: Duration) -> CriError {
    match status.code() {
        Code::NotFound => CriError::NotFound(short(status.message())),
        // Cancelled is tonic's own, when it does not wait any longer
        Code::DeadlineExceeded | Code::Cancelled => CriError::TimedOut(within),
        // a runtime's own answer has no cause: with one, the connection was not made or was lost
        Code::Unavailable => CriError::Unreachable(causes(status)),
        _ if status.source().is_some() => CriError::Unreachable(causes(status)),
        _ => CriError::Said(short(status.message())),
    }
}

fn causes(error: &dyn Error) -> String {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    short(&last.to_string())
}

fn short(text: &str) -> String {
    let printed = |letter: char| if letter.is_control() { ' ' } else { letter };
    text.chars().take(MOST_MESSAGE).map(printed).collect()
}

#[cfg(test)]
mod tests {
    use tokio::net::UnixListener;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_runtime_that_hangs_is_told_as_that() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("hangs.sock");
        let _listener = UnixListener::bind(&socket).unwrap();
        assert_eq!(Cri::new(&socket).version().await, Err(CriError::TimedOut(LOOK)));
    }

    #[test]
    fn what_strangers_say_is_cut() {
        let said = tonic::Status::unknown(format!("a\n{}", "ü".repeat(1000)));
        let CriError::Said(said) = failed(&said, LOOK) else { panic!("{said}") };
        assert_eq!(said.chars().count(), MOST_MESSAGE);
        assert!(said.starts_with("a ü"));
        let late = failed(&tonic::Status::deadline_exceeded(""), LOOK);
        assert_eq!(late, CriError::TimedOut(LOOK));
    }
}
