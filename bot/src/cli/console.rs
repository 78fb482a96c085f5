//! `podwhy console`: starts it, prints the link, opens it where there is a desktop, and runs until it is interrupted.

use std::io::{self, Write};
use std::sync::Arc;

use super::{EXIT_WELL, live};
use crate::config::Settings;
use crate::start::{ConsoleOptions, Options, start};
use crate::stop::Stopped;

/// Runs the console.
pub fn run(settings: Settings, mut console: ConsoleOptions, no_open: bool) -> anyhow::Result<u8> {
    console.on_new_link = Some(Arc::new(|link: &str| {
        eprintln!(
            "podwhy: a link was opened that had been used before; if that was you, open this one: {link}"
        );
    }));
    live::run(async {
        // before anything is left behind that an end would have to take away
        let interrupted = Stopped::listen()?;
        let running = start(Options::console(settings, console)).await?;
        let mut out = io::stdout().lock();
        writeln!(out, "podwhy console: {}", running.url().unwrap_or_default())?;
        if let Some(kubeconfig) = running.kubeconfig() {
            writeln!(out, "It shows a simulated cluster; kubectl can look at it as well:")?;
            writeln!(out, "  kubectl --kubeconfig {} get pods -A", kubeconfig.display())?;
        }
        writeln!(out, "The link works once, on this machine. Ctrl-C ends the console.")?;
        out.flush()?;
        drop(out);
        if !no_open && has_desktop() {
            // the link stands in the terminal: a browser that does not start is no failure
            let _opened = open::that_detached(running.url().unwrap_or_default());
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
