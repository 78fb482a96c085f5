//! What a log tells in its course: what was got over, what came of the end, and who only sums up.

use super::super::{Class, read};

/// (log, class, what the telling line must hold, whether nothing else could be why)
const COURSES: &[(&str, Option<Class>, &str, bool)] = &[
    // got over
    (
        "[error] connect 10.60.2.9:7000: Connection refused (retry 1)\n[info] connected\nSegmentation fault (core dumped)\n",
        Some(Class::Panic),
        "Segmentation fault",
        true,
    ),
    (
        "ERROR cache: dial tcp 10.96.0.9:6379: connect: connection refused\nINFO connection restored\nno tenant is configured in /etc/app/tenants.yaml\n",
        None,
        "no tenant is configured",
        false,
    ),
    (
        "ERROR dial tcp 10.96.4.11:5432: connect: connection refused\nINFO connected to database\nERROR price feed returned an empty list, giving up\n",
        None,
        "price feed",
        true,
    ),
    (
        "ERROR dial tcp 10.96.4.11:5432: connect: connection refused\nINFO not connected, waiting\nERROR giving up after 5 attempts\n",
        Some(Class::Refused),
        "10.96.4.11",
        true,
    ),
    // after somebody asked it to end, and while it clears up
    (
        "INFO received SIGTERM\nERROR deregister: dial tcp 127.0.0.1:8500: connect: connection refused\n",
        Some(Class::Refused),
        "deregister",
        false,
    ),
    (
        "ERROR unrecoverable: poison message at offset 7\nINFO closing consumer\nERROR flush traces: lookup tempo.monitoring on 10.96.0.10:53: no such host\n",
        None,
        "poison message",
        true,
    ),
    // a level that says that it is the end
    (
        "ERROR otel export: dial tcp 10.96.7.1:4317: connect: connection refused\nlevel=fatal msg=\"3 migrations were skipped, refusing to start\"\n",
        None,
        "migrations were skipped",
        true,
    ),
    (
        "WARN redis:6379 connection refused, falling back to memory\nserving\n",
        Some(Class::Refused),
        "falling back",
        false,
    ),
    (
        "redis.exceptions.AuthenticationError: WRONGPASS invalid username-password pair or user is disabled.\n",
        Some(Class::Auth),
        "WRONGPASS",
        true,
    ),
    // who only sums up
    (
        "2026-06-10 0 [ERROR] [MY-010457] [Server] --initialize specified but the data directory has files in it.\n2026-06-10 0 [ERROR] [MY-010119] [Server] Aborting\n",
        None,
        "has files in it",
        true,
    ),
    (
        "ERROR SqlExceptionHelper : Connection to orders-db:5432 refused.\norg.springframework.beans.factory.BeanCreationException: Error creating bean with name 'entityManagerFactory'\n\tat a.b.C.d(C.java:1)\nCaused by: org.hibernate.HibernateException: Unable to determine Dialect without JDBC metadata (please set 'x')\n",
        Some(Class::Refused),
        "orders-db:5432",
        true,
    ),
    (
        "E0610 11:57:01.100000       1 reflector.go:150] failed to list *v1.Node: nodes is forbidden: User \"system:serviceaccount:shop:op\" cannot list resource \"nodes\" in API group \"\" at the cluster scope\nF0610 11:59:01.100000       1 main.go:90] timed out waiting for caches to sync\n",
        Some(Class::Rbac),
        "cannot list",
        true,
    ),
    // where the runtimes of Node, Ruby and C++ end
    (
        "[error] statsd: getaddrinfo ENOTFOUND statsd.monitoring\n/app/cart.js:19\n    throw new Error('x')\n    ^\n\nError: cart without currency: a-17\n    at price (/app/cart.js:19:11)\n\nNode.js v20.14.0\n",
        None,
        "cart without currency",
        true,
    ),
    (
        "ERROR -- : statsd: getaddrinfo: Name or service not known\n/app/lib/cart.rb:19:in `price': undefined method `amount' for nil (NoMethodError)\n\tfrom /app/main.rb:3:in `<main>'\n",
        Some(Class::Exception),
        "undefined method",
        true,
    ),
    (
        "[warning] peer 10.60.2.9:7000 timed out, will retry\nterminate called after throwing an instance of 'YAML::BadFile'\n  what():  bad file: /etc/matcher/rules.yaml\nAborted (core dumped)\n",
        Some(Class::Panic),
        "bad file",
        true,
    ),
    // what an error object holds is no line of its own
    (
        "error: password authentication failed for user \"shop\"\n    at Parser.parse (/app/node_modules/pg/x.js:1:1) {\n  length: 98,\n  severity: 'FATAL',\n  code: '28P01',\n  routine: 'auth_failed'\n}\n",
        Some(Class::Auth),
        "password authentication",
        true,
    ),
    // what a server notes of its clients
    (
        "2026-06-10 11:57:01 UTC [1] LOG:  starting PostgreSQL 16\n2026-06-10 11:57:31 UTC [44] PANIC:  could not write to file \"pg_wal/x\": No space left on device\n2026-06-10 11:57:31 UTC [75] FATAL:  password authentication failed for user \"orders\"\n",
        Some(Class::Disk),
        "No space left",
        true,
    ),
    // the brackets tell
    (
        "pymysql.err.OperationalError: (2003, \"Can't connect to MySQL server on 'mysql.data' (timed out)\")\n",
        Some(Class::Timeout),
        "timed out",
        true,
    ),
    (
        "{\"t\":1,\"s\":\"E\",\"c\":\"CONTROL\",\"msg\":\"DBException in initAndListen, terminating\",\"attr\":{\"error\":\"DBPathInUse: Unable to lock the lock file: /data/db/mongod.lock\"}}\n",
        Some(Class::Exception),
        "mongod.lock",
        true,
    ),
    (
        "ERROR source kind Certificate: no matches for kind \"Certificate\" in version \"cert-manager.io/v1\"\nERROR problem running manager: failed to wait for cert caches to sync: timed out waiting for cache\n",
        Some(Class::MissingKind),
        "no matches for kind",
        true,
    ),
];

#[test]
fn what_is_over_is_no_reason() {
    let mut wrong = Vec::new();
    for (log, class, holds, sure) in COURSES {
        let got = read(log).unwrap();
        if got.class != *class || !got.line.contains(holds) || class.is_some() && got.sure != *sure {
            wrong.push(format!("{log}  -> {:?} {} {:?}", got.class, got.sure, got.line));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_long_line_is_cut_around_the_words_that_say_why() {
    let lead = "level=error msg=\"loading configuration failed\" ".repeat(6);
    let reading = read(&format!("{lead} open /etc/app/rules.yaml: no such file or directory\n")).unwrap();
    let shown = reading.shown_line(160);
    assert!(shown.contains("rules.yaml: no such file") && shown.starts_with("level=error"), "{shown}");
    assert!(shown.chars().count() <= 170, "{shown}");
}
