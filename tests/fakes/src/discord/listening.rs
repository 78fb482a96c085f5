//! Loopback ports that can be shut and opened again.

use std::net::SocketAddr;

use anyhow::Context;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

enum Command {
    Open(TcpListener),
    Shut(oneshot::Sender<()>),
}

/// A port of ours. Its connections end with it.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) addr: SocketAddr,
    commands: mpsc::UnboundedSender<Command>,
    task: JoinHandle<()>,
}

impl Port {
    /// Listens on a free port of 127.0.0.1, and serves each connection in a task of its own until `serve` or the port ends.
    pub(super) async fn open<F, S>(serve: S) -> anyhow::Result<Port>
    where
        F: Future<Output = ()> + Send + 'static,
        S: Fn(TcpStream) -> F + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no port on loopback")?;
        let addr = listener.local_addr()?;
        let (commands, orders) = mpsc::unbounded_channel();
        let task = tokio::spawn(listen(listener, orders, serve));
        Ok(Port { addr, commands, task })
    }

    /// Refuses connections and breaks those there are. When it returns, it is so.
    pub(super) async fn shut(&self) -> anyhow::Result<()> {
        let (done, heard) = oneshot::channel();
        self.commands.send(Command::Shut(done)).ok().context("the port's task ended")?;
        heard.await.context("the port's task ended")
    }

    /// Takes connections again, on the same port.
    pub(super) async fn reopen(&self) -> anyhow::Result<()> {
        let listener =
            TcpListener::bind(self.addr).await.with_context(|| format!("{} was taken", self.addr))?;
        self.commands.send(Command::Open(listener)).ok().context("the port's task ended")
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen<F, S>(listener: TcpListener, mut orders: mpsc::UnboundedReceiver<Command>, serve: S)
where
    F: Future<Output = ()> + Send + 'static,
    S: Fn(TcpStream) -> F + Send + 'static,
{
    let mut listener = Some(listener);
    // connections end when this is dropped or replaced
    let mut lives = watch::Sender::new(());
    loop {
        let accept = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            accepted = accept => if let Ok((stream, _)) = accepted {
                stream.set_nodelay(true).unwrap_or_default();
                let (served, mut life) = (serve(stream), lives.subscribe());
                tokio::spawn(async move {
                    tokio::select! {
                        () = served => {}
                        // never sent: it ends when the sender is gone
                        _ = life.changed() => {}
                    }
                });
            },
            order = orders.recv() => match order {
                Some(Command::Open(opened)) => listener = Some(opened),
                Some(Command::Shut(done)) => {
                    listener = None;
                    lives = watch::Sender::new(());
                    done.send(()).unwrap_or_default();
                }
                None => return,
            },
        }
    }
}
