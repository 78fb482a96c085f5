//! One control plane, from nothing to ready.

use std::sync::{Mutex, PoisonError};

use anyhow::{anyhow, ensure};
use tempfile::TempDir;

use super::certificates::Authority;
use super::plan::Plan;
use super::servers::Servers;
use super::{Binaries, ControlPlane, Identity, Options, wait};

/// Starts one; the caller may be inside a runtime.
pub(super) fn start(binaries: &Binaries, options: &Options) -> anyhow::Result<ControlPlane> {
    // one at a time: several that start at once on few cores are late together
    static STARTING: Mutex<()> = Mutex::new(());
    let _turn = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    // a thread with a runtime of its own, since the caller's may be waiting for this very call
    std::thread::scope(|scope| scope.spawn(|| start_here(binaries, options)).join())
        .map_err(|_| anyhow!("starting the control plane panicked"))?
}

fn start_here(binaries: &Binaries, options: &Options) -> anyhow::Result<ControlPlane> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut left = 3;
    loop {
        left -= 1;
        match runtime.block_on(try_start(binaries, options)) {
            Err(error) if left > 0 && format!("{error:#}").contains("address already in use") => {}
            outcome => return outcome,
        }
    }
}

async fn try_start(binaries: &Binaries, options: &Options) -> anyhow::Result<ControlPlane> {
    ensure!(
        !(options.oldest && options.scheduler),
        "the newest scheduler binds nothing on the oldest server"
    );
    let folder = TempDir::with_prefix("podwhy-control-plane-")?;
    let authority = Authority::new(folder.path())?;
    let mut servers = Servers::new(folder.path(), wait::start_timeout()?);
    let plan = Plan::new(folder.path(), binaries, &authority, options)?;
    let (url, audit_log) = (plan.url(), plan.audit_log());
    let admin = Identity::new(&authority, &url, "admin", &["system:masters"])?;
    plan.etcd(&mut servers).await?;
    plan.apiserver(&mut servers, &admin).await?;
    if options.controller_manager {
        plan.controller_manager(&mut servers).await?;
    }
    if options.scheduler {
        plan.scheduler(&mut servers).await?;
    }
    if options.kwok {
        plan.kwok(&mut servers).await?;
    }
    drop(plan);
    Ok(ControlPlane { servers, authority, binaries: binaries.clone(), admin, url, audit_log, folder })
}
