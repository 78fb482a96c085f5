//! Logs as programs of each language write them.

mod course;

use proptest::prelude::*;

use super::names::hosts_in;
use super::{Class, MAX_LINES, read};

/// (log, class, what the telling line must hold, the host it is about)
type Sample = (&'static str, Option<Class>, &'static str, Option<(&'static str, Option<u16>)>);

const SAMPLES: &[Sample] = &[
    // Go
    (
        "starting\npanic: runtime error: index out of range [3] with length 3\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:41 +0x1d\nexit status 2\n",
        Some(Class::Panic),
        "index out of range",
        None,
    ),
    (
        "panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x48f1a2]\n\ngoroutine 1 [running]:\nmain.loadRates(...)\n\t/src/main.go:41\n",
        Some(Class::Panic),
        "nil pointer dereference",
        None,
    ),
    (
        "{\"level\":\"info\",\"ts\":1.7,\"msg\":\"starting\"}\n{\"level\":\"fatal\",\"ts\":1.7,\"caller\":\"cmd/main.go:52\",\"msg\":\"cannot open the store\",\"error\":\"dial tcp: lookup postgress on 10.96.0.10:53: no such host\",\"stacktrace\":\"main.main\\n\\t/src/main.go\"}\n",
        Some(Class::Dns),
        "lookup postgress",
        Some(("postgress", None)),
    ),
    (
        "time=\"2026-05-04T09:10:03Z\" level=info msg=\"connecting\"\ntime=\"2026-05-04T09:10:33Z\" level=fatal msg=\"no database\" error=\"dial tcp 10.96.12.7:5432: i/o timeout\"\n",
        Some(Class::Timeout),
        "i/o timeout",
        Some(("10.96.12.7", Some(5432))),
    ),
    (
        "2026/05/04 09:10:03 Error: unknown flag: --metrics-adr\nUsage:\n  ranker serve [flags]\n\nFlags:\n  -h, --help   help for serve\n",
        Some(Class::Arguments),
        "--metrics-adr",
        None,
    ),
    (
        "2026/05/04 09:10:03 listen tcp :8080: bind: address already in use\n",
        Some(Class::PortInUse),
        "address already in use",
        None,
    ),
    (
        "2026/05/04 09:10:03 Get \"https://vault.ops.svc:8200/v1/auth\": tls: failed to verify certificate: x509: certificate signed by unknown authority\n",
        Some(Class::Tls),
        "x509",
        Some(("vault.ops.svc", Some(8200))),
    ),
    (
        "E0504 09:10:03.123456       1 leaderelection.go:332] error retrieving resource lock ops/lock: context deadline exceeded\nI0504 09:10:08.000000       1 leaderelection.go:285] failed to renew lease ops/lock: timed out waiting for the condition\nF0504 09:10:08.100000       1 main.go:120] leaderelection lost\n",
        Some(Class::LostLease),
        "leaderelection lost",
        None,
    ),
    // Java
    (
        "2026-05-04 09:10:03.123  INFO 1 --- [main] c.s.OrdersApplication : Starting\n2026-05-04 09:10:09.456 ERROR 1 --- [main] o.s.b.SpringApplication : Application run failed\norg.springframework.beans.factory.BeanCreationException: Error creating bean with name 'dataSource'\n\tat org.springframework.beans.A.b(A.java:1)\n\tat c.s.Main.main(Main.java:10)\nCaused by: org.postgresql.util.PSQLException: Connection to orders-db:5432 refused. Check that the hostname and port are correct.\n\tat org.postgresql.C.d(C.java:2)\n\t... 40 more\nCaused by: java.net.ConnectException: Connection refused\n\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)\n\t... 12 more\n",
        Some(Class::Refused),
        "Connection refused",
        None,
    ),
    (
        "Exception in thread \"main\" java.lang.IllegalStateException: boot\n\tat A.main(A.java:3)\nCaused by: java.net.UnknownHostException: kafka-0.kafka: Name or service not known\n\tat B.c(B.java:4)\n",
        Some(Class::Dns),
        "UnknownHostException",
        Some(("kafka-0.kafka", None)),
    ),
    (
        "\n***************************\nAPPLICATION FAILED TO START\n***************************\n\nDescription:\n\nFailed to configure a DataSource: 'url' attribute is not specified and no embedded datasource could be configured.\n\nReason: Failed to determine a suitable driver class\n\n\nAction:\n\nConsider the following:\n\tIf you want an embedded database (H2, HSQL or Derby), please put it on the classpath.\n",
        Some(Class::Config),
        "Failed to configure a DataSource",
        None,
    ),
    (
        "Exception in thread \"http-nio-8080-exec-3\" java.lang.OutOfMemoryError: Java heap space\n\tat java.base/java.util.Arrays.copyOf(Arrays.java:3745)\n",
        Some(Class::Memory),
        "Java heap space",
        None,
    ),
    ("Error: Unable to access jarfile /app/orders.jar\n", Some(Class::MissingLibrary), "orders.jar", None),
    (
        "09:10:03.001 [main] ERROR c.s.Cfg - refused\njava.lang.IllegalArgumentException: Could not resolve placeholder 'PAYMENTS_URL' in value \"${PAYMENTS_URL}\"\n\tat x.Y.z(Y.java:1)\n",
        Some(Class::MissingVariable),
        "PAYMENTS_URL",
        None,
    ),
    // Python
    (
        "INFO:root:up\nTraceback (most recent call last):\n  File \"/app/main.py\", line 12, in <module>\n    url = os.environ['DATABASE_URL']\n  File \"/usr/lib/python3.12/os.py\", line 714, in __getitem__\n    raise KeyError(key) from None\nKeyError: 'DATABASE_URL'\n",
        Some(Class::MissingVariable),
        "DATABASE_URL",
        None,
    ),
    (
        "Traceback (most recent call last):\n  File \"/app/a.py\", line 3, in <module>\n    import torch\nModuleNotFoundError: No module named 'torch'\n",
        Some(Class::MissingLibrary),
        "torch",
        None,
    ),
    (
        "Traceback (most recent call last):\n  File \"/app/a.py\", line 3, in f\n    x()\nsqlalchemy.exc.OperationalError: (psycopg2.OperationalError) connection to server at \"orders-db\" (10.96.3.4), port 5432 failed: FATAL:  password authentication failed for user \"orders\"\n\n(Background on this error at: https://sqlalche.me/e/20/e3q8)\n",
        Some(Class::Auth),
        "password authentication failed",
        Some(("orders-db", Some(5432))),
    ),
    (
        "requests.exceptions.ConnectionError: HTTPConnectionPool(host='ranker', port=8080): Max retries exceeded with url: /v1 (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at 0x7f>: Failed to establish a new connection: [Errno 111] Connection refused'))\n",
        Some(Class::Refused),
        "Connection refused",
        Some(("ranker", Some(8080))),
    ),
    (
        "Traceback (most recent call last):\n  File \"/app/a.py\", line 3, in f\n    open('/data/out.csv', 'w')\nPermissionError: [Errno 13] Permission denied: '/data/out.csv'\n",
        Some(Class::Permission),
        "/data/out.csv",
        None,
    ),
    (
        "redis.exceptions.ConnectionError: Error 111 connecting to cache:6379. Connection refused.\n",
        Some(Class::Refused),
        "6379",
        Some(("cache", Some(6379))),
    ),
    // Node
    (
        "node:internal/process/promises:394\n      triggerUncaughtException(err, true /* fromPromise */);\n      ^\n\nError: connect ECONNREFUSED 10.0.0.77:6379\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16) {\n  errno: -111,\n  code: 'ECONNREFUSED',\n  syscall: 'connect',\n  address: '10.0.0.77',\n  port: 6379\n}\n\nNode.js v22.3.0\n",
        Some(Class::Refused),
        "ECONNREFUSED 10.0.0.77:6379",
        Some(("10.0.0.77", Some(6379))),
    ),
    (
        "{\"level\":30,\"time\":1,\"msg\":\"up\"}\n{\"level\":60,\"time\":2,\"err\":{\"type\":\"Error\",\"message\":\"getaddrinfo ENOTFOUND mongo.data.svc.cluster.local\",\"stack\":\"Error: x\\n    at a\"},\"msg\":\"cannot start\"}\n",
        Some(Class::Dns),
        "ENOTFOUND",
        Some(("mongo.data.svc.cluster.local", None)),
    ),
    (
        "Error: Cannot find module '/app/dist/main.js'\n    at Module._resolveFilename (node:internal/modules/cjs/loader:1145:15) {\n  code: 'MODULE_NOT_FOUND',\n  requireStack: []\n}\nnpm ERR! code ELIFECYCLE\nnpm ERR! errno 1\n",
        Some(Class::MissingLibrary),
        "/app/dist/main.js",
        None,
    ),
    (
        "Error: listen EADDRINUSE: address already in use :::3000\n    at Server.setupListenHandle (node:net:1817:16)\n",
        Some(Class::PortInUse),
        "3000",
        None,
    ),
    (
        "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n 1: 0xb7a940 node::Abort() [node]\n",
        Some(Class::Memory),
        "heap out of memory",
        None,
    ),
    // Rust
    (
        "thread 'main' panicked at src/main.rs:17:49:\ncalled `Result::unwrap()` on an `Err` value: Os { code: 2, kind: NotFound, message: \"No such file or directory\" }\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n",
        Some(Class::MissingFile),
        "No such file or directory",
        None,
    ),
    (
        "thread 'main' panicked at 'index out of bounds: the len is 3 but the index is 7', src/main.rs:9:5\nnote: run with `RUST_BACKTRACE=1`\n",
        Some(Class::Panic),
        "index out of bounds",
        None,
    ),
    (
        "Error: error sending request for url (http://ledger:9000/): client error (Connect): dns error: failed to lookup address information: Name or service not known\n",
        Some(Class::Dns),
        "ledger",
        Some(("ledger", Some(9000))),
    ),
    // .NET
    (
        "Unhandled exception. System.InvalidOperationException: boot failed\n ---> System.Net.Sockets.SocketException (111): Connection refused [::ffff:10.96.0.5]:5672\n   at System.Net.Sockets.Socket.Connect()\n   --- End of inner exception stack trace ---\n   at Program.Main()\n",
        Some(Class::Refused),
        "Connection refused",
        None,
    ),
    (
        "Unhandled exception. System.Net.Http.HttpRequestException: Name or service not known (pricing:80)\n   at X.Y()\n",
        Some(Class::Dns),
        "pricing",
        Some(("pricing", Some(80))),
    ),
    (
        "Unhandled exception. System.IO.IOException: No space left on device : '/data/queue'\n   at X.Y()\n",
        Some(Class::Disk),
        "/data/queue",
        None,
    ),
    // Ruby, PHP, C, shells, servers
    (
        "/usr/local/bundle/gems/pg-1.5/lib/pg/connection.rb:710:in `async_connect_or_reset': could not translate host name \"db\" to address: Temporary failure in name resolution (PG::ConnectionBad)\n\tfrom /app/config/environment.rb:5:in `<main>'\n",
        Some(Class::Dns),
        "could not translate",
        Some(("db", None)),
    ),
    (
        "PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000] [1045] Access denied for user 'shop'@'10.60.3.17' (using password: YES) in /app/db.php:12\nStack trace:\n#0 /app/db.php(12): PDO->__construct()\n#1 {main}\n  thrown in /app/db.php on line 12\n",
        Some(Class::Auth),
        "Access denied",
        None,
    ),
    (
        "nginx: [emerg] host not found in upstream \"backend\" in /etc/nginx/conf.d/default.conf:12\n",
        Some(Class::Dns),
        "backend",
        Some(("backend", None)),
    ),
    (
        "nginx: [emerg] mkdir() \"/var/cache/nginx/client_temp\" failed (30: Read-only file system)\n",
        Some(Class::ReadOnly),
        "/var/cache/nginx",
        None,
    ),
    (
        "curl: (6) Could not resolve host: config-server\n",
        Some(Class::Dns),
        "config-server",
        Some(("config-server", None)),
    ),
    (
        "wget: can't connect to remote host (10.96.0.5): Connection refused\n",
        Some(Class::Refused),
        "10.96.0.5",
        Some(("10.96.0.5", None)),
    ),
    ("wget: bad address 'shop-db:5432'\n", Some(Class::Dns), "shop-db", Some(("shop-db", Some(5432)))),
    (
        "/entrypoint.sh: line 4: API_TOKEN: unbound variable\n",
        Some(Class::MissingVariable),
        "API_TOKEN",
        None,
    ),
    (
        "ERROR 2005 (HY000): Unknown MySQL server host 'mysql-primry' (-2)\n",
        Some(Class::Dns),
        "mysql-primry",
        Some(("mysql-primry", None)),
    ),
    (
        "psql: error: could not connect to server: Connection refused\n\tIs the server running on host \"orders-db\" (10.96.3.4) and accepting\n\tTCP/IP connections on port 5432?\n",
        Some(Class::Refused),
        "Connection refused",
        None,
    ),
    (
        "2026-05-04 09:10:03 UTC [1] FATAL:  data directory \"/var/lib/postgresql/data\" has wrong ownership\n",
        Some(Class::Database),
        "wrong ownership",
        None,
    ),
    (
        "migrate: error: Dirty database version 12. Fix and force version.\n",
        Some(Class::Database),
        "Dirty",
        None,
    ),
    ("no such table: facts\n", Some(Class::Database), "facts", None),
    ("schema version 3 < 5\n", Some(Class::Database), "3 < 5", None),
    (
        "loading config\nFATAL: cannot parse /etc/billing.toml line 12: expected value\n",
        Some(Class::Config),
        "billing.toml",
        None,
    ),
    ("proxy: cannot read /etc/proxy/bootstrap.json\n", Some(Class::MissingFile), "bootstrap.json", None),
    (
        "E0101 reflector.go:138] failed to list *v1.Secret: secrets is forbidden: User \"system:serviceaccount:rbac-a:default\" cannot list resource \"secrets\" in API group \"\" at the cluster scope\n",
        Some(Class::Rbac),
        "cannot list",
        None,
    ),
    // a harmless mention before another end
    (
        "WARN cache redis:6379 connection refused, falling back to memory\npanic: assignment to entry in nil map\n\ngoroutine 1 [running]:\n",
        Some(Class::Panic),
        "nil map",
        None,
    ),
    ("/etc/app/local.toml not found, using defaults\nserving\nbye\n", None, "bye", None),
    // tried for a while
    (
        "WARN dial tcp 10.96.0.9:5672: connect: connection refused, retrying in 1s\nWARN dial tcp 10.96.0.9:5672: connect: connection refused, retrying in 2s\nERROR giving up after 2 tries\n",
        Some(Class::Refused),
        "connection refused",
        Some(("10.96.0.9", Some(5672))),
    ),
    ("hello\nworld\n", None, "world", None),
];

#[test]
fn the_reason_is_told_and_not_its_place() {
    let mut wrong = Vec::new();
    for (log, class, holds, host) in SAMPLES {
        let got = read(log).unwrap();
        let found = hosts_in(&got.line).into_iter().next().map(|h| (h.name, h.port));
        let host = host.map(|(name, port)| (name.to_string(), port));
        if got.class != *class || !got.line.contains(holds) || host.is_some() && found != host {
            wrong.push(format!("{log}\n  -> {:?} {:?} {found:?}", got.class, got.line));
        }
        assert!(got.excerpt.lines().count() <= MAX_LINES && got.excerpt.chars().count() <= 600, "{log}");
        assert!(!got.excerpt.contains("\tat ") && !got.excerpt.contains(".go:41"), "{}", got.excerpt);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// (log, class, whether nothing else could be why)
const DOUBTS: &[(&str, Option<Class>, bool)] = &[
    (
        "ERROR otel export: dial tcp: lookup otel on 10.96.0.10:53: no such host\nserving\nFATAL license has run out for this cluster\n",
        None,
        true,
    ),
    ("ERROR dial tcp: lookup db on 10.96.0.10:53: no such host\nFATAL exiting\n", Some(Class::Dns), true),
    ("WARN dial tcp 10.96.0.9:5672: connect: connection refused\nbye\n", Some(Class::Refused), false),
    ("WARN dial tcp 10.96.0.9:5672: connect: connection refused\n", Some(Class::Refused), true),
    ("INFO connection refused, will use the other one\n", Some(Class::Refused), false),
    (
        "java.net.ConnectException: Connection refused\n\tat A.b(A.java:1)\n2026 ERROR o.s.b.SpringApplication : Application run failed\n",
        Some(Class::Refused),
        true,
    ),
    (
        "ERROR kafka: no such host\njava.lang.IllegalStateException: page size must be positive\n\tat A.b(A.java:1)\n",
        Some(Class::Dns),
        false,
    ),
    // words that only look like one of the classes
    ("loading lookup users: cached\nDB_HOST set to db\n0 pending migrations\nbye\n", None, false),
    ("ERROR in ./src/index.js\nModule not found: Error: Can't resolve './App' in '/app/src'\n", None, true),
    ("user name is already in use\n", None, false),
    (
        "tempfile: FileNotFoundError: [Errno 2] No usable temporary directory found in ['/tmp', '/var/tmp']\n",
        Some(Class::ReadOnly),
        true,
    ),
    ("rpc error: code = PermissionDenied desc = caller may not\n", Some(Class::Auth), true),
    (
        "[error] Postgrex.Protocol failed to connect: ** (DBConnection.ConnectionError) tcp connect (db:5432): connection refused - :econnrefused\n",
        Some(Class::Refused),
        true,
    ),
];

#[test]
fn what_may_be_something_else_is_not_sure() {
    let wrong: Vec<String> = DOUBTS
        .iter()
        .map(|(log, class, sure)| (log, class, sure, read(log).unwrap()))
        .filter(|(_, class, sure, got)| got.class != **class || (class.is_some() && got.sure != **sure))
        .map(|(log, .., got)| format!("{log} -> {:?} {} {:?}", got.class, got.sure, got.line))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_empty_log_says_nothing() {
    assert_eq!(read("\n \n"), None);
}

#[test]
fn the_reason_is_found_above_a_hundred_goroutines() {
    let frames =
        "goroutine 7 [chan receive]:\nmain.worker(0xc000010000)\n\t/src/worker.go:20 +0x1d\n\n".repeat(60);
    let log = format!("up\npanic: send on closed channel\n\n{frames}");
    let got = read(&log).unwrap();
    assert_eq!(got.line, "panic: send on closed channel");
    assert_eq!(got.excerpt, "up\npanic: send on closed channel");
}

#[test]
fn places_and_times_are_no_hosts() {
    for line in [
        "at main.go:41",
        "12:30:45 up",
        "2026-05-04T09:10:03Z x",
        "java.net.ConnectException: 7",
        "v1.2:3",
        "E0101 reflector.go:138] x",
    ] {
        assert_eq!(hosts_in(line), Vec::new(), "{line}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400), lines in prop::collection::vec("[\\PC]{0,60}", 0..6)) {
        let text = format!("{}\n{}", String::from_utf8_lossy(&bytes), lines.join("\n"));
        if let Some(reading) = read(&text) {
            prop_assert!(reading.excerpt.lines().count() <= MAX_LINES);
            prop_assert!(reading.excerpt.chars().count() <= 600);
            let _hosts = hosts_in(&reading.line);
        }
    }

    #[test]
    fn samples_in_any_order_are_read(picked in prop::collection::vec(any::<prop::sample::Index>(), 1..6), cut in any::<prop::sample::Index>()) {
        let text: String = picked.iter().map(|pick| pick.get(SAMPLES).0).collect();
        let cut = (0..=cut.index(text.len() + 1)).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        let _cut = read(&text[cut..]);
        prop_assert!(read(&text).is_some());
    }
}

#[test]
fn what_stands_on_the_line_above_still_names_a_credential() {
    let log =
        "config:\n  password:\n    Zx81mnbvQ7\nERROR dial tcp 10.0.0.1:1: connect: connection refused\n";
    assert!(!read(log).unwrap().excerpt.contains("Zx81mnbvQ7"), "{}", read(log).unwrap().excerpt);
    let body = "MIIEpAIBAAKCAQEA7bq9uXkq3l0m5Yc0nZs8n1o2p3q4r5s6t7u8v9w0x1y2z3A4\n".repeat(12);
    let log = format!(
        "-----BEGIN RSA PRIVATE KEY-----\n{body}-----END RSA PRIVATE KEY-----\nfatal: cannot parse the key\n"
    );
    let got = read(&log).unwrap();
    assert!(
        !got.excerpt.contains("MIIEpAIB") && got.excerpt.contains("fatal: cannot parse"),
        "{}",
        got.excerpt
    );
    let quiet = format!("starting\n{body}");
    assert!(!read(&quiet).unwrap().excerpt.contains("MIIEpAIB"));
    assert!(!read(&quiet).unwrap().shown_line(160).contains("MIIEpAIB"));
}

#[test]
fn a_hostile_log_is_read_to_its_end() {
    let nested = format!("{{\"msg\":{}1{}}}", "[".repeat(20_000), "]".repeat(20_000));
    let columns = "Traceback (most recent call last):\n".repeat(20_000);
    let colons = "a:1 ".repeat(20_000);
    for log in [nested, columns, colons, "x\n".repeat(60_000), "Caused by: \n".repeat(20_000)] {
        let Some(reading) = read(&log) else { continue };
        assert!(reading.excerpt.lines().count() <= MAX_LINES && hosts_in(&reading.line).len() < 100);
    }
}

/// An exception nobody caught, and behind it what could not be sent off when the program ended.
const AFTER_ANOTHER: &str = "INFO:rates:starting\nTraceback (most recent call last):\n  File \"/app/main.py\", line 9, in <module>\n    rate = RATES[region]\n           ~~~~~^^^^^^^^\nKeyError: 'apac-south'\nERROR:telemetry.sdk:Exception while exporting Span.\nTraceback (most recent call last):\n  File \"/usr/lib/python3/urllib3/connection.py\", line 198, in _new_conn\n    sock = connect()\nsocket.gaierror: [Errno -2] Name or service not known\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  File \"/usr/lib/python3/requests/adapters.py\", line 667, in send\n    raise\nrequests.exceptions.ConnectionError: HTTPConnectionPool(host='collector', port=4318): Max retries exceeded: Failed to resolve 'collector' ([Errno -2] Name or service not known)\n";

#[test]
fn what_failed_after_the_program_gave_up_is_not_sure() {
    let reading = read(AFTER_ANOTHER).unwrap();
    assert!(!reading.sure, "{reading:?}");
    let from = AFTER_ANOTHER.find("ERROR:telemetry").unwrap();
    assert!(read(&AFTER_ANOTHER[from..]).unwrap().sure, "one chain of exceptions tells one reason");
}

#[test]
fn an_end_with_a_reason_of_its_own_does_not_sum_up_what_was_before() {
    let wait = "{\"level\":\"error\",\"msg\":\"db not ready, retrying: dial tcp 10.96.4.12:5432: connect: connection refused\"}\n";
    let went_on = "{\"level\":\"info\",\"msg\":\"connected\"}\n";
    let own =
        format!("{wait}{went_on}{{\"level\":\"fatal\",\"msg\":\"run failed: ledger out of balance\"}}\n");
    let reading = read(&own).unwrap();
    assert!(reading.class.is_none() && reading.line.contains("out of balance"), "{reading:?}");
    let summed = format!("{wait}{{\"level\":\"fatal\",\"msg\":\"giving up after 5 attempts\"}}\n");
    let reading = read(&summed).unwrap();
    assert!(reading.sure && reading.class == Some(Class::Refused), "{reading:?}");
}

#[test]
fn what_a_server_notes_of_its_callers_is_no_error() {
    let log = "level=info msg=\"request completed\" path=/admin status=403 duration=2ms\nlevel=error msg=\"ledger out of balance\"\n";
    let reading = read(log).unwrap();
    assert!(reading.line.contains("out of balance") && reading.class.is_none(), "{reading:?}");
}

#[test]
fn the_exception_that_ended_the_program_goes_before_its_parts_that_end() {
    let log = "Exception in thread \"main\" java.lang.IllegalStateException: tenant table is empty\n\tat com.example.Main.main(Main.java:31)\nERROR i.o.e.HttpExporter - Failed to export spans\njava.net.UnknownHostException: otel-collector: Name or service not known\n\tat java.net.Inet6AddressImpl.lookupAllHostAddr(Native Method)\n";
    let reading = read(log).unwrap();
    assert!(reading.line.contains("tenant table is empty"), "{}", reading.line);
}

#[test]
fn a_level_is_no_panic_and_a_callers_answer_no_login() {
    let log = "ERROR: Registering runner... failed status=couldn't execute POST: x509: certificate signed by unknown authority\nPANIC: Failed to register the runner.\n";
    assert_eq!(read(log).unwrap().class, Some(Class::Tls));
    let log =
        "INFO: 10.0.3.4:52110 - \"GET /admin HTTP/1.1\" 401 Unauthorized\ncorrupted size vs. prev_size\n";
    assert_eq!(read(log).unwrap().class, Some(Class::Panic));
}

#[test]
fn the_reason_may_stand_in_a_later_line_of_a_json_message() {
    let log = r#"{"log.level":"ERROR","message":"node validation exception\n[1] bootstrap checks failed. You must address the points described in the following [1] lines before starting\nbootstrap check failure [1] of [1]: max virtual memory areas vm.max_map_count [65530] is too low"}"#;
    assert!(read(log).unwrap().line.contains("vm.max_map_count"));
}
