//! Shows what is deployed, first what boots next: what it follows, what is layered, what is taken
//! out. The sysroot is `/`, or the one that is given.

use regraft::Sysroot;

fn main() -> regraft::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "/".to_owned());
    for deployment in Sysroot::open(path)?.deployments()? {
        let mark = if deployment.is_booted() { '*' } else { ' ' };
        println!("{mark} {}", deployment.id());
        if let Some(refspec) = deployment.origin().refspec() {
            let version = deployment.version().unwrap_or("-");
            println!("    follows {refspec}, version {version}");
        }
        for request in deployment.packages() {
            println!("    layered {request}");
        }
        for package in deployment.removed_base_packages() {
            println!("    without {package}");
        }
    }
    Ok(())
}
