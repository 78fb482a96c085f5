//! A node for tests: a real systemd of its own, and a real containerd.
