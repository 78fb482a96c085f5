//! Standard input, for the protocol alone.
//!
//! A kubeconfig may name a program that gets credentials, and such a program inherits standard input: it would read what the
//! assistant sends, or wait for a person who is not there.

use std::io;

use tokio::io::AsyncRead;

/// Takes standard input for the protocol, and leaves programs that are started from now on an empty one.
///
/// # Errors
/// When the system refuses.
#[cfg(unix)]
pub(crate) fn input() -> io::Result<impl AsyncRead + Send + Unpin + 'static> {
    use std::fs::File;
    use std::os::fd::AsFd;

    // a copy is closed where a program is started
    let protocol = io::stdin().as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    Ok(tokio::fs::File::from_std(File::from(protocol)))
}

/// Standard input as it is.
///
/// # Errors
/// None here.
#[cfg(not(unix))]
pub(crate) fn input() -> io::Result<impl AsyncRead + Send + Unpin + 'static> {
    Ok(tokio::io::stdin())
}
