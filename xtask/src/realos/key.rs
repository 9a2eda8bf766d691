//! The key that signs packages and metadata. It is made once, and lies in the cache.

use crate::run;
use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

/// Who signs.
const OWNER: &str = "regraft realos <realos@regraft.invalid>";
/// The key is older than what it signs, and signatures have one fixed time.
const MADE: &str = "20260101T000000!";
const SIGNED: &str = "20260105T000000!";

/// A key, with its secret half in gpg's home.
pub(super) struct Key {
    /// What `GNUPGHOME` is to be.
    pub(super) home: Utf8PathBuf,
    /// The public half, armored.
    pub(super) public: Utf8PathBuf,
    pub(super) fingerprint: String,
    pub(super) signer: Signer,
}

impl Key {
    /// The key of this cache; makes it when there is none.
    pub(super) fn open(cache: &Utf8Path) -> Result<Key> {
        let home = cache.join("gnupg");
        let public = cache.join("regraft-realos.asc");
        if !public.exists() {
            fs::create_dir_all(&home)?;
            fs::set_permissions(&home, Permissions::from_mode(0o700))?;
            println!("making a signing key");
            if list(&home)?.is_none() {
                run::output(
                    gpg(&home)
                        .args(["--faked-system-time", MADE, "--passphrase", ""])
                        .args(["--quick-generate-key", OWNER, "rsa3072", "sign", "never"]),
                )?;
            }
            let text = run::output(gpg(&home).args(["--armor", "--export", OWNER]))?;
            let temporary = cache.join(".regraft-realos.asc");
            fs::write(&temporary, text)?;
            fs::rename(&temporary, &public)?;
        }
        let fingerprint = list(&home)?.with_context(|| format!("{home} has no key"))?;
        let signer = Signer {
            home: home.clone(),
            fingerprint: fingerprint.clone(),
        };
        Ok(Key {
            home,
            public,
            fingerprint,
            signer,
        })
    }

    /// Writes `FILE.asc`, a detached signature.
    pub(super) fn sign(&self, file: &Utf8Path) -> Result<()> {
        run::output(
            gpg(&self.home)
                .args(["--faked-system-time", SIGNED, "--yes", "--armor"])
                .args(["--local-user", &self.fingerprint, "--detach-sign"])
                .args(["--output", &format!("{file}.asc"), file.as_str()]),
        )?;
        Ok(())
    }
}

/// Signs packages with the program rpmsign, so that this crate need not build an OpenPGP library.
pub(super) struct Signer {
    home: Utf8PathBuf,
    fingerprint: String,
}

impl Signer {
    /// Adds a header signature to an RPM.
    pub(super) fn sign(&self, package: &Utf8Path) -> Result<()> {
        let command = format!(
            "/usr/bin/gpg gpg --homedir {} --batch --no-tty --no-armor --faked-system-time {SIGNED} \
             --digest-algo sha256 -u {} -sbo %{{__signature_filename}} %{{__plaintext_filename}}",
            self.home, self.fingerprint
        );
        run::output(
            Command::new("rpmsign")
                .args(["--define", &format!("_gpg_name {}", self.fingerprint)])
                .args(["--define", &format!("_gpg_path {}", self.home)])
                .args(["--define", &format!("__gpg_sign_cmd {command}")])
                .args(["--addsign", package.as_str()]),
        )?;
        Ok(())
    }
}

impl Drop for Key {
    /// gpg leaves an agent behind for each home.
    fn drop(&mut self) {
        let ended = Command::new("gpgconf")
            .args(["--homedir", self.home.as_str(), "--kill", "gpg-agent"])
            .status();
        if let Err(error) = ended {
            eprintln!("cannot end the gpg-agent of {}: {error}", self.home);
        }
    }
}

fn gpg(home: &Utf8Path) -> Command {
    let mut command = Command::new("gpg");
    command.args(["--homedir", home.as_str(), "--batch", "--quiet", "--no-tty"]);
    command
}

/// The fingerprint of the first secret key.
fn list(home: &Utf8Path) -> Result<Option<String>> {
    let text = run::output(gpg(home).args(["--with-colons", "--list-secret-keys"]))?;
    Ok(text
        .lines()
        .filter_map(|line| line.strip_prefix("fpr:"))
        .find_map(|line| line.split(':').find(|field| !field.is_empty()))
        .map(str::to_owned))
}
