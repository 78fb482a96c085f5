//! When a process is to end.

use std::io;

/// Ctrl-C, and on Unix an end from outside or a terminal that is closed.
pub struct Stopped {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 3],
}

impl Stopped {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the system does not let it.
    pub fn listen() -> io::Result<Stopped> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let [first, second, third] =
                [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
            Ok(Stopped { signals: [signal(first)?, signal(second)?, signal(third)?] })
        }
        #[cfg(not(unix))]
        Ok(Stopped {})
    }

    /// Until it is to end.
    ///
    /// # Errors
    /// When the system does not tell it.
    #[cfg(unix)]
    pub async fn wait(mut self) -> io::Result<()> {
        let [interrupt, terminate, hangup] = &mut self.signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
        Ok(())
    }

    /// Until it is to end.
    ///
    /// # Errors
    /// When the system does not tell it.
    #[cfg(not(unix))]
    pub async fn wait(self) -> io::Result<()> {
        tokio::signal::ctrl_c().await
    }
}
