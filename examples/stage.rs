//! Upgrades, layers strace and takes nano out; what changes and when it takes effect is printed.
//! The sysroot is `/`, or the one that is given.

use regraft::{Base, Flow, Job, Sysroot};

fn main() -> regraft::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "/".to_owned());
    let sysroot = Sysroot::open(path)?;
    let mut job = Job::new().on_progress(|p| {
        eprint!("\r{:3.0} % {}", p.fraction() * 100.0, p.phase());
        Flow::Continue
    });

    let mut tx = sysroot.transaction(Base::Pending)?;
    tx.upgrade().install("strace").remove_base("nano");
    let plan = tx.plan(&mut job)?;
    print!("{plan}"); // a table: action, NEVRA, from, size, why

    let outcome = tx.stage(&plan, &mut job)?;
    println!("{outcome}"); // "staged ID for the next boot", "deployed ID", "nothing to do"
    Ok(())
}
