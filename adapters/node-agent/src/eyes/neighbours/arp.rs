//! The node's ARP table: whether someone on the node's own segment answers for an address.

use std::net::IpAddr;

use super::super::Host;

const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// Whether the node has asked its segment for this address and nobody has answered. Only IPv4 has such a table.
pub fn is_unanswered(host: &Host, ip: IpAddr) -> bool {
    // the node's own, whatever network the agent has
    let table = host.text("/proc/1/net/arp", MOST_BYTES).or_else(|_| host.text("/proc/net/arp", MOST_BYTES));
    table.is_ok_and(|table| is_incomplete(&table, ip))
}

/// An entry without flags is one that nobody answered: `10.0.0.9 0x1 0x0 00:00:00:00:00:00 * eth0`.
/// <https://man7.org/linux/man-pages/man5/proc_pid_net.5.html>
fn is_incomplete(table: &str, ip: IpAddr) -> bool {
    let mut entries = table.lines().skip(1).filter_map(|line| {
        let mut fields = line.split_whitespace();
        let address: IpAddr = fields.next()?.parse().ok()?;
        let flags = fields.nth(1)?;
        (address == ip).then_some(flags == "0x0")
    });
    // it may be asked for on several interfaces: an answer on one of them is an answer
    entries.next().is_some_and(|first| first && entries.all(|incomplete| incomplete))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
IP address       HW type     Flags       HW address            Mask     Device
10.0.0.1         0x1         0x2         52:54:00:12:35:02     *        eth0
10.0.0.9         0x1         0x0         00:00:00:00:00:00     *        eth0
10.0.0.8         0x1         0x0         00:00:00:00:00:00     *        eth0
10.0.0.8         0x1         0x2         52:54:00:12:35:03     *        eth1
broken
";

    #[test]
    fn only_an_entry_that_nobody_answered_is_unanswered() {
        let incomplete = |ip: &str| is_incomplete(TABLE, ip.parse().unwrap());
        assert!(incomplete("10.0.0.9"));
        assert_eq!(["10.0.0.1", "10.0.0.8", "10.0.0.7", "fd00::1"].map(incomplete), [false; 4]);
    }

    #[test]
    fn the_nodes_own_table_is_asked_before_the_agents() {
        let root = tempfile::tempdir().unwrap();
        let ip: IpAddr = "10.0.0.9".parse().unwrap();
        let host = Host::at(root.path());
        assert!(!is_unanswered(&host, ip));
        std::fs::create_dir_all(root.path().join("proc/net")).unwrap();
        std::fs::write(root.path().join("proc/net/arp"), TABLE).unwrap();
        assert!(is_unanswered(&host, ip));
        std::fs::create_dir_all(root.path().join("proc/1/net")).unwrap();
        std::fs::write(root.path().join("proc/1/net/arp"), "IP address\n").unwrap();
        assert!(!is_unanswered(&host, ip));
    }
}
