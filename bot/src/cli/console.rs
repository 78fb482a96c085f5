//! `podwhy console`: starts it, prints the link, opens it where there is a desktop, and runs until it is interrupted.

use std::io::{self, Write};
use std::sync::Arc;

use super::{EXIT_WELL, live};
use crate::config::Settings;
use crate::start::{ConsoleOptions, Options, start};

/// Runs the console.
pub fn run(settings: Settings, mut console: ConsoleOptions, no_open: bool) -> anyhow::Result<u8> {
    console.on_new_link = Some(Arc::new(|link: &str| {
        eprintln!(
            "podwhy: a link was opened that had been used before; if that was you, open this one: {link}"
        );
    }));
    live::run(async {
        // before anything is left behind that an end would have to take away
        let interrupted = Interrupted::listen()?;
        let running = start(Options { settings, console }).await?;
        let mut out = io::stdout().lock();
        writeln!(out, "podwhy console: {}", running.url())?;
        if let Some(kubeconfig) = running.kubeconfig() {
            writeln!(out, "It shows a simulated cluster; kubectl can look at it as well:")?;
            writeln!(out, "  kubectl --kubeconfig {} get pods -A", kubeconfig.display())?;
        }
        writeln!(out, "The link works once, on this machine. Ctrl-C ends the console.")?;
        out.flush()?;
        drop(out);
        if !no_open && has_desktop() {
            // the link stands in the terminal: a browser that does not start is no failure
            let _opened = open::that_detached(running.url());
        }
        interrupted.wait().await?;
        Ok(EXIT_WELL)
    })
}

/// On Linux a browser without a display would be a terminal one, in this terminal.
fn has_desktop() -> bool {
    let display = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    display || !cfg!(target_os = "linux")
}

/// Ctrl-C, and on Unix an end from outside or a terminal that is closed.
struct Interrupted {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 3],
}

impl Interrupted {
    fn listen() -> io::Result<Interrupted> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let [first, second, third] =
                [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
            Ok(Interrupted { signals: [signal(first)?, signal(second)?, signal(third)?] })
        }
        #[cfg(not(unix))]
        Ok(Interrupted {})
    }

    #[cfg(unix)]
    async fn wait(mut self) -> io::Result<()> {
        let [interrupt, terminate, hangup] = &mut self.signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
        Ok(())
    }

    #[cfg(not(unix))]
    async fn wait(self) -> io::Result<()> {
        tokio::signal::ctrl_c().await
    }
}
