//! Pods are made through a runtime's CRI, as the kubelet does: with the messages that need no more than a test has.
//! <https://github.com/kubernetes/cri-api/blob/v0.37.2/pkg/apis/runtime/v1/api.proto>

use std::collections::HashMap;
use std::path::PathBuf;

use hyper_util::rt::TokioIo;
use podwhy_node::Containerd;
use prost::Message;
use tokio::net::UnixStream;
use tonic::Request;
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint, Uri};
use tonic_prost::ProstCodec;
use tower::service_fn;

/// `NamespaceMode.NODE`
const NODE: i32 = 2;

#[derive(Clone, PartialEq, Message)]
struct Nothing {}

#[derive(Clone, PartialEq, Message)]
struct Metadata {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    uid: String,
    #[prost(string, tag = "3")]
    namespace: String,
}

#[derive(Clone, PartialEq, Message)]
struct Namespaces {
    #[prost(int32, tag = "1")]
    network: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Security {
    #[prost(message, optional, tag = "1")]
    namespaces: Option<Namespaces>,
}

#[derive(Clone, PartialEq, Message)]
struct Linux {
    #[prost(string, tag = "1")]
    cgroup_parent: String,
    #[prost(message, optional, tag = "2")]
    security: Option<Security>,
}

#[derive(Clone, PartialEq, Message)]
struct Sandbox {
    #[prost(message, optional, tag = "1")]
    metadata: Option<Metadata>,
    #[prost(message, optional, tag = "8")]
    linux: Option<Linux>,
}

#[derive(Clone, PartialEq, Message)]
struct RunSandbox {
    #[prost(message, optional, tag = "1")]
    config: Option<Sandbox>,
}

/// The id of a sandbox or of a container, as requests and answers have it.
#[derive(Clone, PartialEq, Message)]
struct Id {
    #[prost(string, tag = "1")]
    id: String,
}

#[derive(Clone, PartialEq, Message)]
struct Name {
    #[prost(string, tag = "1")]
    name: String,
}

#[derive(Clone, PartialEq, Message)]
struct Config {
    #[prost(message, optional, tag = "1")]
    metadata: Option<Name>,
    #[prost(message, optional, tag = "2")]
    image: Option<Name>,
    #[prost(map = "string, string", tag = "9")]
    labels: HashMap<String, String>,
}

#[derive(Clone, PartialEq, Message)]
struct CreateContainer {
    #[prost(string, tag = "1")]
    sandbox: String,
    #[prost(message, optional, tag = "2")]
    config: Option<Config>,
    #[prost(message, optional, tag = "3")]
    sandbox_config: Option<Sandbox>,
}

#[derive(Clone, PartialEq, Message)]
struct Stop {
    #[prost(string, tag = "1")]
    id: String,
    #[prost(int64, tag = "2")]
    timeout: i64,
}

/// One pod, on the node's own network.
pub(crate) struct Pod {
    channel: Channel,
    sandbox: String,
    config: Sandbox,
    name: String,
}

impl Pod {
    /// Runs a pod's sandbox.
    pub(crate) async fn run(node: &Containerd, name: &str) -> Pod {
        let socket: PathBuf = node.socket();
        let connector = service_fn(move |_: Uri| {
            let socket = socket.clone();
            async move { UnixStream::connect(socket).await.map(TokioIo::new) }
        });
        let channel = Endpoint::from_static("http://localhost").connect_with_connector_lazy(connector);
        let metadata =
            Metadata { name: name.into(), uid: format!("uid-of-{name}"), namespace: "shop".into() };
        let security = Security { namespaces: Some(Namespaces { network: NODE }) };
        let linux = Linux { cgroup_parent: node.cgroup_parent().into(), security: Some(security) };
        let config = Sandbox { metadata: Some(metadata), linux: Some(linux) };
        let mut pod = Pod { channel, sandbox: String::new(), config: config.clone(), name: name.into() };
        pod.sandbox = pod.call::<_, Id>("RunPodSandbox", RunSandbox { config: Some(config) }).await.id;
        pod
    }

    /// Creates a container in it, and returns its id.
    pub(crate) async fn create(&self, name: &str, image: &str) -> String {
        let labels = [
            ("io.kubernetes.pod.namespace", "shop"),
            ("io.kubernetes.pod.name", &self.name),
            ("io.kubernetes.pod.uid", &format!("uid-of-{}", self.name)),
            ("io.kubernetes.container.name", name),
        ];
        let labels = labels.map(|(key, value)| (key.to_string(), value.to_string())).into();
        let named = |name: &str| Some(Name { name: name.to_string() });
        let config = Config { metadata: named(name), image: named(image), labels };
        let (sandbox, sandbox_config) = (self.sandbox.clone(), Some(self.config.clone()));
        let asked = CreateContainer { sandbox, config: Some(config), sandbox_config };
        self.call::<_, Id>("CreateContainer", asked).await.id
    }

    pub(crate) async fn start(&self, container: &str) {
        let Nothing {} = self.call("StartContainer", Id { id: container.to_string() }).await;
    }

    /// Kills a container.
    pub(crate) async fn stop(&self, container: &str) {
        let Nothing {} = self.call("StopContainer", Stop { id: container.to_string(), timeout: 0 }).await;
    }

    async fn call<Q, A>(&self, method: &str, request: Q) -> A
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let mut grpc = Grpc::new(self.channel.clone());
        grpc.ready().await.unwrap();
        let path = format!("/runtime.v1.RuntimeService/{method}").parse().unwrap();
        grpc.unary(Request::new(request), path, ProstCodec::<Q, A>::default()).await.unwrap().into_inner()
    }
}
