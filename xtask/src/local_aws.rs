//! What the test command does with a local AWS: starts it for the adapters' tests, deploys the functions onto it, and runs
//! the tests of the CDK app. Needs Python and Node; where one is missing it says what is skipped and why, or fails.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Skips;

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
pub fn start(root: &Path, skips: Skips) -> Result<Option<Emulator>, String> {
    const READY_WITHIN: Duration = Duration::from_secs(60);
    let python = match python(root) {
        Ok(python) => python,
        Err(why) => return skips.skip(&format!("the local AWS: {why}")).map(|()| None),
    };
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

/// The interpreter with what the local AWS needs, made on the first run; else why there is none.
fn python(root: &Path) -> Result<PathBuf, String> {
    let made = Command::new("python3")
        .args(["-c", "import environment; print(environment.python())"])
        .current_dir(root.join("tests/aws"))
        .output();
    match made {
        Ok(output) if output.status.success() => {
            Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim().to_string()))
        }
        Ok(output) => {
            let why = String::from_utf8_lossy(&output.stderr);
            Err(why.lines().last().unwrap_or("Python cannot be used").to_string())
        }
        Err(error) => Err(format!("there is no python3: {error}")),
    }
}

/// Tests of the CDK app, which need nothing of Rust.
pub fn cdk(root: &Path, skips: Skips) -> Result<(), String> {
    let folder = root.join("cdk");
    let npm = |arguments: &[&str]| Command::new("npm").args(arguments).current_dir(&folder).status();
    let installed = match npm(&["ci", "--no-audit", "--no-fund", "--loglevel=error"]) {
        Ok(status) => status.success(),
        Err(error) => return skips.skip(&format!("tests of cdk/, because there is no npm: {error}")),
    };
    if !installed {
        return skips.skip("tests of cdk/, because `npm ci` failed there; is the registry reachable?");
    }
    succeeded("npm test in cdk/", npm(&["test"]))
}

/// The deployed functions on a local AWS.
pub fn deployed(root: &Path, skips: Skips) -> Result<(), String> {
    let mut run = Command::new("python3");
    run.arg(root.join("tests/aws/run.py")).current_dir(root);
    if skips == Skips::Refused {
        run.arg("--strict");
    }
    match run.status() {
        Err(error) => skips.skip(&format!("the deployment on a local AWS, because there is no python3: {error}")),
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
