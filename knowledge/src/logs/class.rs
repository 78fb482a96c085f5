//! What a line of a program's log speaks of, by the words its libraries and its operating system use.
//!
//! The patterns are the fixed sentences of libc, of each language's runtime and of the drivers of the usual databases:
//! a program writes what it likes, but it mostly quotes one of these.

use std::sync::LazyLock;

use regex::bytes::{RegexBuilder, RegexSet, RegexSetBuilder};

/// What went wrong, as far as words tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The Kubernetes API refused it.
    Rbac,
    /// A name was not resolved.
    Dns,
    /// A certificate or a handshake.
    Tls,
    /// The other side knows it not, or the password is wrong.
    Auth,
    /// Nobody listens.
    Refused,
    /// The file system may not be written.
    ReadOnly,
    /// Threads, files or watches are used up.
    Limits,
    /// The disk is full.
    Disk,
    /// Another listens on the port.
    PortInUse,
    /// The database's contents are not what it expects.
    Database,
    /// A file or a port it may not use.
    Permission,
    /// No answer in time.
    Timeout,
    /// The network gave the connection up.
    Unreachable,
    /// A module, class or shared library is not in the image.
    MissingLibrary,
    /// A variable is not set.
    MissingVariable,
    /// An argument it does not know.
    Arguments,
    /// A file is not there.
    MissingFile,
    /// Its configuration cannot be understood.
    Config,
    /// It could not get more memory.
    Memory,
    /// A kind of object that the cluster does not serve.
    MissingKind,
    /// Another replica leads.
    LostLease,
    /// It broke off: Go, Rust, C.
    Panic,
    /// An exception nobody caught.
    Exception,
}

impl Class {
    /// The word in the JSON answer.
    pub fn as_str(self) -> &'static str {
        match self {
            Class::Rbac => "rbac",
            Class::Dns => "dns",
            Class::Tls => "tls",
            Class::Auth => "auth",
            Class::Refused => "refused",
            Class::ReadOnly => "read-only",
            Class::Limits => "limits",
            Class::Disk => "disk",
            Class::PortInUse => "port-in-use",
            Class::Database => "database",
            Class::Permission => "permission",
            Class::Timeout => "timeout",
            Class::Unreachable => "unreachable",
            Class::MissingLibrary => "missing-library",
            Class::MissingVariable => "missing-variable",
            Class::Arguments => "arguments",
            Class::MissingFile => "missing-file",
            Class::Config => "config",
            Class::Memory => "memory",
            Class::MissingKind => "missing-kind",
            Class::LostLease => "lost-lease",
            Class::Panic => "panic",
            Class::Exception => "exception",
        }
    }

    /// How much it says: that a program broke off says less than why.
    pub(super) fn weight(self) -> i32 {
        match self {
            Class::Panic | Class::Exception => 2,
            // an operator that may not list ends much later, for its caches never fill
            Class::Rbac | Class::MissingKind => 4,
            _ => 3,
        }
    }

    /// Whether it is about another party of the network.
    pub fn is_about_a_dependency(self) -> bool {
        matches!(
            self,
            Class::Dns | Class::Refused | Class::Auth | Class::Timeout | Class::Tls | Class::Unreachable
        )
    }
}

/// Of a line that two classes claim, the first listed is meant.
const PATTERNS: &[(Class, &[&str])] = &[
    (
        Class::Rbac,
        &[
            r#"is forbidden: User \\?"[^"]+\\?" cannot [a-z*]+ (resource|path)"#,
            r#"\bUser \\?"system:[^"]+\\?" cannot [a-z]"#,
        ],
    ),
    (
        Class::Dns,
        &[
            r"lookup [^ ]+ on [^ ]+:[0-9]+: |dial (tcp|udp)[46]?: lookup |lookup [^ ]+: (no such|temporary|i/o timeout|server misb|no address|getaddrinfo)",
            r"no such host|unknown host|host not found",
            r"\bENOTFOUND|EAI_AGAIN|EAI_NODATA|EAI_NONAME|ESERVFAIL|gaierror",
            r"UnknownHostException|NameResolutionError|UnresolvedAddressException",
            r"name or service not known|name does not resolve|nodename nor servname",
            r"failure in name resolution|no address associated with hostname",
            r"could not translate host name|failed to lookup address",
            r"(could ?n[o']t|can't|cannot|unable to|failed to) resolve (host|server|address|the host|[a-z0-9.-]+:[0-9]{2,5}\b)",
            r"(could ?n[o']t|unable to|failed to|nslookup: can't) resolve '",
            r"could not be resolved \(|host not found in upstream|unknown [a-z]+ server host",
            r"No resolvable bootstrap urls|DNS (resolution|lookup) failed|name resolver error",
            r"No such host is known|php_network_getaddresses|getaddrinfo[^a-z]*(failed|for)",
            r"\bNXDOMAIN\b|\bSERVFAIL\b|bad address '|server can't find|dns error:",
        ],
    ),
    (
        Class::Tls,
        &[
            r"x509: |PKIX path|certificate verify failed|CERTIFICATE_VERIFY_FAILED|SSLHandshakeException|SSLPeerUnverified",
            r"certificate (has expired|is not yet valid|signed by unknown|chain)|self[- ]signed certificate",
            r"UNABLE_TO_(VERIFY|GET)[A-Z_]*|CERT_HAS_EXPIRED|ERR_TLS_|DEPTH_ZERO_SELF_SIGNED",
            r"\btls: [a-z]|remote error: tls|SSL routines|SSL_ERROR|SSL connection could not be established",
            r"TLS handshake (failed|error|timeout)|SSL handshake|unknown ca\b|bad certificate|InvalidCertificate|UnknownIssuer",
            r"gave HTTP response to HTTPS client|server does not support SSL|wrong version number|PEM_read_bio|no start line",
        ],
    ),
    (
        Class::Auth,
        &[
            r"password authentication failed|authentication failed|auth(entication)? (error|failure)|AuthenticationFailed",
            r"Access denied for user|Login failed for user|ORA-01017|invalid username[ /]|(bad|invalid|wrong) (username or password|credentials|password)",
            r"\bWRONGPASS\b|\bNOAUTH\b|invalid password|no pg_hba\.conf entry|role \\?.[^ ]+ does not exist",
            r"not authorized to perform|PERMISSION_DENIED|code = (PermissionDenied|Unauthenticated)|\bAccessDenied\b|UNAUTHENTICATED",
            r"username or password not allowed|^\s*\* permission denied|\bCode: 403\b",
            r"SaslAuthenticationException|SASL authentication|ACCESS_REFUSED|NOT_AUTHORIZED|TopicAuthorizationException",
            r"\b401\b.{0,3}(Unauthorized|Authorization)|status(code)?[ =:]+(code )?401\b|\b403 Forbidden|status(code)?[ =:]+(code )?403\b",
            r"server has asked for the client to provide credentials|(token|credentials|api key)[a-z ]* (is |has |have )?(expired|invalid|revoked)",
            r"InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|NoCredentialProviders|Unable to locate credentials|could not find default credentials",
        ],
    ),
    (
        Class::Refused,
        &[
            r"connection refused|ECONNREFUSED|\(os error 111\)|Errno 111\b|actively refused",
            r"Connection to [^ ]+ refused|NoBrokersAvailable|brokers are down|Broker may not be available",
            r"Unable to connect to any of the specified MySQL hosts|Communications link failure",
            r"Can't connect to (MySQL|local MySQL|MariaDB) server|couldn't connect to server|can't connect to remote host",
            r"no healthy upstream|no connection could be made|Can't reach database server",
        ],
    ),
    (
        Class::ReadOnly,
        &[
            r"read-only file ?system|\bEROFS|\(os error 30\)|Errno 30\b|ReadOnlyFileSystemException|readonly database|No usable temporary directory",
        ],
    ),
    (
        Class::Limits,
        &[
            r"file watchers reached|inotify_(init|add_watch)|too many open files|\bEMFILE\b",
            r"unable to create (new )?native thread|can't start new thread|pthread_create|fork: retry|cannot fork|fork failed",
        ],
    ),
    (
        Class::Disk,
        &[
            r"no space left on device|\bENOSPC|\bEDQUOT|disk quota exceeded|not enough space on the disk|\bdisk (is )?full\b|could not extend file",
        ],
    ),
    (
        Class::PortInUse,
        &[
            r"address (already )?in use|EADDRINUSE|port [0-9]+ (is |was )?already (in use|allocated)|Only one usage of each socket|\(os error 98\)|Errno 98\b",
        ],
    ),
    (
        Class::Database,
        &[
            r"no such table|relation \\?.[^ ]+ does not exist|Table '[^']+' doesn't exist|(column|schema|database|function) \\?.[^ ]+ does not exist",
            r"Unknown (database|column) '|permission denied for (table|relation|schema|database|sequence|function)|must be owner of",
            r"migrations? (failed|error|is dirty|checksum)|(failed|error|could not|cannot|unable)[^.,]* migrat|dirty database version|FlywayException|LiquibaseException|alembic\.util",
            r"schema (version|is)[^.]*(<|>|!=|older|newer|mismatch|expected|required|not up)|Can't locate revision",
            r"SQLSTATE\[42|syntax error at or near|violates [a-z -]+ constraint|duplicate key value|Duplicate entry '",
            r"database is locked|too many (connections|clients)|remaining connection slots|files are incompatible with server",
            r"data directory .*(wrong ownership|invalid permissions|not empty|initialized by)|valid checkpoint record|InnoDB[:\]] .*(corrupt|unable to lock)",
        ],
    ),
    (
        Class::Permission,
        &[
            r"permission denied|\bEACCES|\bEPERM\b|operation not permitted|AccessDeniedException|UnauthorizedAccessException|PermissionError|Access to the path|\(os error 13\)",
        ],
    ),
    (
        Class::Timeout,
        &[
            r"i/o timeout|deadline[ _]exceeded|timed out|ETIMEDOUT|ESOCKETTIMEDOUT|TimeoutError|TimeoutException|(Read|Connect)Timeout\b",
            r"timeout (expired|exceeded|error|while|waiting|after|reached|of [0-9])|timeout[.:]?\s*$|Client\.Timeout|did not (complete|respond|become ready|start) within|\(os error 110\)",
        ],
    ),
    (
        Class::Unreachable,
        &[
            r"no route to host|EHOSTUNREACH|network is unreachable|ENETUNREACH|\(os error 113\)|host is down",
            r"connection reset|ECONNRESET|broken pipe|\bEPIPE\b|socket hang up|unexpected EOF|connection (was )?(closed|aborted|terminated)",
            r"endpoints were reachable|code = Unavailable|UNAVAILABLE: |StatusCode\.UNAVAILABLE|No living connections|NoNodeAvailable",
        ],
    ),
    (
        Class::MissingLibrary,
        &[
            r"Cannot find (module|package) '|MODULE_NOT_FOUND|ModuleNotFoundError|ImportError|No module named|cannot load such file",
            r"ClassNotFoundException|NoClassDefFoundError|NoSuchMethodError|UnsupportedClassVersionError|Could not find or load main class|Unable to access jarfile|no main manifest attribute",
            r"loading shared librar|cannot open shared object|Error relocating|GLIBC(XX)?_[0-9.]+. not found|DllNotFoundException|Could not load file or assembly",
            r"GemNotFound|Could not find gem|must install or update \.NET|framework '[^']+'[^.]* (was )?not found|Failed opening required",
        ],
    ),
    (
        Class::MissingVariable,
        &[
            r"env(ironment)?[ _]?var(iable)?s?\b.*(not set|missing|required|undefined|empty|not found|not defined|unset|must be|not present|NotPresent)",
            r"(missing|required|undefined|unset|expected|no)( the| an)?( required)? env(ironment)?[ _]?var",
            r"(?-i:KeyError: '[A-Z][A-Z0-9_]+'|key not found: .?[A-Z][A-Z0-9_]+|required key [A-Z][A-Z0-9_]+ missing)",
            r"(?-i:\b[A-Z][A-Z0-9]*_[A-Z0-9_]+['`]?) (is |was |must |has |cannot )?(not set|required|be set|be defined|missing|undefined|unset|not defined|not provided|not been set|empty|be empty)\b",
            r"Could not resolve placeholder|unbound variable|parameter (null or )?not set|VarError|value: NotPresent",
        ],
    ),
    (
        Class::Arguments,
        &[
            r"flag provided but not defined|unknown (shorthand )?(flag|option|command|argument)|unrecognized (option|argument|command|VM option)|invalid option|illegal option|unexpected argument|arguments are required|unknown long flag|Unrecognized VM option",
        ],
    ),
    (
        Class::MissingFile,
        &[
            r"no such file|\bENOENT|FileNotFound(Error|Exception)|NoSuchFileException|\(os error 2\)|Could not find (a part of the path|file)",
            r"(cannot|can't|could not|couldn't|unable to|failed to|fail to) (open|read|load|find|stat|access|locate) [^:]*(/|\.(ya?ml|json|toml|ini|conf|cfg|properties|xml|pem|crt|key|env))",
            r"file [^ ]+ (does not|doesn't) exist|(config|configuration|certificate|key|secret)( file)? not found",
        ],
    ),
    (
        Class::Config,
        &[
            r"(cannot|can't|could not|couldn't|unable to|failed to|error|while) (pars|unmarshal|decod|deserializ)|unmarshal errors|parse error|error parsing",
            r"yaml: |toml: |expected value|mapping values are not allowed|unexpected (token|character|end of JSON)|invalid character|syntax error",
            r"invalid (value|config|configuration|setting|option|property|port|url|duration|level|type|format|yaml|json|toml)|(malformed|unsupported|illegal) (config|value|yaml|json|option|setting)",
            r"nginx: \[emerg\]|unknown (directive|field|key|property|setting)|configuration (error|file .* failed|is invalid|invalid)|invalid .*configuration|config(uration)? (error|invalid|validation)",
            r"missing (required )?(config|setting|option|field|key|property|parameter|value)|(field|property|setting|option|key) [^ ]+ (is )?(missing|required)",
            r"ImproperlyConfigured|JSONDecodeError|JsonParseException|YAMLException|ScannerError|ConfigurationException|ConfigException|ValidationError|JsonReaderException|Failed to configure a DataSource|Failed to bind properties",
        ],
    ),
    (
        Class::Memory,
        &[
            r"OutOfMemory|out of memory|\bMemoryError\b|cannot allocate memory|ENOMEM|bad_alloc|memory allocation of [0-9]+ bytes failed|Allowed memory size|failed to allocate memory|not enough memory|insufficient memory",
        ],
    ),
    (
        Class::MissingKind,
        &[
            r#"no matches for kind \\?"[^"]+" in (version|group)|no kind \\?"[^"]+" is registered|ensure CRDs are installed first"#,
        ],
    ),
    (
        Class::LostLease,
        &[
            r"leader ?election lost|lost (the )?(leader|lease|leadership)|failed to renew lease|stopped leading",
        ],
    ),
    (
        Class::Panic,
        &[
            r"(?-i:panic: )|fatal error: |panicked at|SIGSEGV|segmentation (fault|violation)|core dumped|assertion .*failed|stack overflow|StackOverflow|terminate called after|\bSIGABRT\b|Fatal Python error|corrupted size vs|(free|malloc|realloc|munmap_chunk)\(\): |double free or corruption|stack smashing detected",
        ],
    ),
    (
        Class::Exception,
        &[
            r"(?-i:\b[A-Z][A-Za-z]*(Exception|Error)\b)|unhandled (promise )?(rejection|exception)|UnhandledPromiseRejection|uncaught|Traceback \(most recent|Exception in thread",
        ],
    ),
];

static SET: LazyLock<Option<RegexSet>> = LazyLock::new(|| {
    let patterns = PATTERNS.iter().flat_map(|(_, patterns)| patterns.iter());
    // the words are ASCII, and without Unicode's tables a line costs a third
    RegexSetBuilder::new(patterns).case_insensitive(true).unicode(false).build().ok()
});

/// The class of each pattern of [`SET`].
static CLASSES: LazyLock<Vec<Class>> =
    LazyLock::new(|| PATTERNS.iter().flat_map(|(class, patterns)| patterns.iter().map(|_| *class)).collect());

/// What the line speaks of.
pub fn class_of(line: &str) -> Option<Class> {
    let matches = SET.as_ref()?.matches(line.as_bytes());
    let mut classes = matches.iter().filter_map(|at| CLASSES.get(at).copied());
    let first = classes.next()?;
    // that no connection was made is said of all ways not to make one: the words in brackets tell which
    let vague = first == Class::Refused && !is_refusal(line);
    let other = classes.find(|class| matches!(class, Class::Timeout | Class::Unreachable)).filter(|_| vague);
    Some(other.unwrap_or(first))
}

fn is_refusal(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    ["refused", "111", "10061"].iter().any(|words| line.contains(words))
}

/// Where the words stand that say so.
pub(super) fn place_of(line: &str) -> Option<std::ops::Range<usize>> {
    let first = SET.as_ref()?.matches(line.as_bytes()).iter().next()?;
    let pattern = PATTERNS.iter().flat_map(|(_, patterns)| patterns.iter()).nth(first)?;
    let words = RegexBuilder::new(pattern).case_insensitive(true).unicode(false).build().ok()?;
    let found = words.find(line.as_bytes())?;
    let is_whole = line.is_char_boundary(found.start()) && line.is_char_boundary(found.end());
    is_whole.then(|| found.range())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles_and_the_classes_stand_in_order() {
        assert!(SET.is_some());
        assert!(PATTERNS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(class_of("starting"), None);
        assert_eq!(class_of("dial tcp: lookup db on 10.0.0.10:53: no such host"), Some(Class::Dns));
    }
}
