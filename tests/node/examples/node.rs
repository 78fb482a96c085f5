//! A node for scripts: a real systemd with units of these names, and a real containerd. It prints where they are, and ends them when its
//! standard input ends. Needs root.

use std::io::Read;

use podwhy_node::{Containerd, Systemd, Trouble};

fn main() -> Result<(), Trouble> {
    let systemd = Systemd::start();
    if let Some(systemd) = &systemd {
        for name in ["kubelet.service", "containerd.service"] {
            systemd.unit(name, "[Service]\nExecStart=sleep infinity\nKillMode=process\n")?;
            systemd.run(name)?;
        }
        println!("bus={}", systemd.address());
    }
    let containerd = Containerd::start();
    if let Some(containerd) = &containerd {
        println!("cri={}", containerd.socket().display());
    }
    println!("ready=1");
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
