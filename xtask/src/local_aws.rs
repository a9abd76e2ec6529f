//! What the test command does with a local AWS: starts it for the adapters' tests, deploys the functions onto it, and runs
//! the tests of the CDK app. Needs Python and Node; where one is missing it says what is skipped and why.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A local AWS that ends with this value.
pub struct Emulator {
    child: Child,
    port: u16,
}

impl Emulator {
    /// The environment of tests that use it.
    pub fn environment(&self) -> [(&'static str, String); 5] {
        [
            ("AFTERCALL_TEST_EMULATOR", "1".into()),
            ("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.port)),
            ("AWS_ACCESS_KEY_ID", "test".into()),
            ("AWS_SECRET_ACCESS_KEY", "test".into()),
            ("AWS_REGION", "us-east-1".into()),
        ]
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // Closing its standard input ends it with everything that it has started.
        drop(self.child.stdin.take());
        if let Err(error) = self.child.wait() {
            eprintln!("the local AWS does not end: {error}");
        }
    }
}

/// Starts a local AWS; `None`, said aloud, where it cannot be had.
pub fn start(root: &Path) -> Result<Option<Emulator>, String> {
    const READY_WITHIN: Duration = Duration::from_secs(60);
    let Some(python) = python(root) else { return Ok(None) };
    let port = free_port()?;
    let records = root.join("target/aws-records");
    std::fs::create_dir_all(&records).map_err(|error| format!("{}: {error}", records.display()))?;
    let mut launcher = Command::new(python);
    launcher.args(["launcher.py", "--with-parent", "--port", &port.to_string(), "--records"]).arg(&records);
    launcher.current_dir(root.join("tests/aws")).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    // A group of its own: it ends its whole group when we are gone.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut launcher, 0);
    let child = launcher.spawn().map_err(|error| format!("tests/aws/launcher.py cannot be started: {error}"))?;
    let mut emulator = Emulator { child, port };
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        if let Ok(Some(status)) = emulator.child.try_wait() {
            return Err(format!("tests/aws/launcher.py has ended: {status}"));
        }
        if began.elapsed() > READY_WITHIN {
            return Err("tests/aws/launcher.py does not listen".into());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(Some(emulator))
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| format!("no port is free: {error}"))?;
    listener.local_addr().map(|address| address.port()).map_err(|error| format!("no port is free: {error}"))
}

/// The interpreter with what the local AWS needs; made on the first run.
fn python(root: &Path) -> Option<PathBuf> {
    let made = Command::new("python3")
        .args(["-c", "import environment; print(environment.python())"])
        .current_dir(root.join("tests/aws"))
        .output();
    match made {
        Ok(output) if output.status.success() => {
            Some(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim().to_string()))
        }
        Ok(output) => {
            let why = String::from_utf8_lossy(&output.stderr);
            eprintln!("skipped: the local AWS: {}", why.lines().last().unwrap_or("Python cannot be used"));
            None
        }
        Err(error) => {
            eprintln!("skipped: the local AWS, because there is no python3: {error}");
            None
        }
    }
}

/// Tests of the CDK app, which need nothing of Rust.
pub fn cdk(root: &Path) -> Result<(), String> {
    let folder = root.join("cdk");
    let npm = |arguments: &[&str]| Command::new("npm").args(arguments).current_dir(&folder).status();
    let installed = match npm(&["ci", "--no-audit", "--no-fund", "--loglevel=error"]) {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("skipped: tests of cdk/, because there is no npm: {error}");
            return Ok(());
        }
    };
    if !installed {
        eprintln!("skipped: tests of cdk/, because `npm ci` failed there; is the registry reachable?");
        return Ok(());
    }
    succeeded("npm test in cdk/", npm(&["test"]))
}

/// The deployed functions on a local AWS.
pub fn deployed(root: &Path) -> Result<(), String> {
    let run = Command::new("python3").arg(root.join("tests/aws/run.py")).current_dir(root).status();
    match run {
        Err(error) => {
            eprintln!("skipped: the deployment on a local AWS, because there is no python3: {error}");
            Ok(())
        }
        status => succeeded("tests/aws/run.py", status),
    }
}

fn succeeded(what: &str, status: std::io::Result<std::process::ExitStatus>) -> Result<(), String> {
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{what}: {status}")),
        Err(error) => Err(format!("{what} cannot be started: {error}")),
    }
}
