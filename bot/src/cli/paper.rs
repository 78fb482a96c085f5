//! `podwhy man` and `podwhy completion`: what packages install beside the binary.

use std::io::Write;
use std::path::Path;

use clap::{CommandFactory, ValueEnum};
use clap_complete::env::Shells;
use podwhy_flow::UserError;

use super::EXIT_WELL;
use super::args::Args;

/// A shell that names complete in.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Shell {
    /// bash
    Bash,
    /// elvish
    Elvish,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
    /// zsh
    Zsh,
}

/// The variable by which a shell asks for completions.
const VARIABLE: &str = "COMPLETE";

/// Prints the manual page, or writes it and those of the commands into a folder.
pub fn man(folder: Option<&Path>, out: &mut Vec<u8>) -> anyhow::Result<u8> {
    let Some(folder) = folder else {
        clap_mangen::Man::new(Args::command()).render(out)?;
        return Ok(EXIT_WELL);
    };
    let written = |error| UserError::Input(format!("cannot write to {}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(written)?;
    clap_mangen::generate_to(Args::command(), folder).map_err(written)?;
    writeln!(out, "man -l {}", folder.join("podwhy.1").display())?;
    Ok(EXIT_WELL)
}

/// Prints what a shell reads to complete names.
pub fn completion(shell: Shell, name: &str, out: &mut Vec<u8>) -> anyhow::Result<u8> {
    let word = shell.to_possible_value().map(|value| value.get_name().to_string()).unwrap_or_default();
    let shells = Shells::builtins();
    let known = shells.completer(&word);
    let completer = known.ok_or_else(|| UserError::Input(format!("no completion for {word}")))?;
    completer.write_registration(VARIABLE, name, name, name, out)?;
    Ok(EXIT_WELL)
}
