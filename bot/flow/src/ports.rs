//! What the flow needs of the world outside, one trait a file, named after the need.

mod alerts;
mod board;
mod claims;
mod clock;
mod cluster_read;
mod cluster_watch;
mod dump_read;
mod incident_clicks;
mod incident_dumps;
mod incident_orders;
mod lead;
mod ledger;
mod outlet;
mod past;
mod permissions;
mod remediations;
mod simulation;

pub use alerts::{Alerts, AlertsError};
pub use board::{Board, BoardError, Place};
pub use claims::{ClaimError, Claims};
pub use clock::Clock;
pub use cluster_read::{ClusterError, ClusterRead, LogOf};
pub use cluster_watch::{ClusterWatch, NodeSeen, PodSeen, Seen, What};
pub use dump_read::{DumpRead, Dumped};
pub use incident_clicks::{Click, IncidentClicks, Said};
pub use incident_dumps::{DumpWrite, IncidentDumps, TextFile};
pub use incident_orders::{IncidentOrders, Ordered};
pub use lead::{Alone, Lead};
pub use ledger::{Ledger, LedgerError};
pub use outlet::{Outlet, OutletError};
pub use past::{Past, Remembered, Sought, Standing};
pub use permissions::{KubernetesUser, Permissions, Right};
pub use remediations::Remediations;
pub use simulation::{SimulatedFailure, Simulation};
