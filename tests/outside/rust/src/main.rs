//! Makes a sysroot in the folder that is named, and shows what is deployed there.

fn main() -> regraft::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "/".to_owned());
    let sysroot = regraft::Sysroot::create(path)?;
    for deployment in sysroot.deployments()? {
        println!("{}", deployment.id());
    }
    println!("{} deployments", sysroot.deployments()?.len());
    Ok(())
}
