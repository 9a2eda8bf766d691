//! What it costs to layer a package, on bases of several sizes: the table of `benches/README.md`.
//!
//! Run it with `cargo xtask bench`, which gives it a fresh file system. Each measured transaction is
//! a process of its own (this program again), starts from the same deployment and adds one; nothing
//! is deleted meanwhile, because ext4 pays for that later. Nothing here fails because something is
//! slow: it prints what it has found, ratios of one run included.
#![allow(unreachable_pub, reason = "the modules' items are this program's own")]

#[path = "layering/bed.rs"]
mod bed;
#[path = "layering/measure.rs"]
mod measure;
#[path = "layering/report.rs"]
mod report;
#[path = "../tests/support/rpms.rs"]
#[allow(dead_code, reason = "tests use more of it")]
mod rpms;

use bed::Bed;
use camino::Utf8PathBuf;
use measure::{Kind, Run};

/// Bases, by their number of files.
const SIZES: [usize; 2] = [20_000, 100_000];

/// How often each is measured; the report shows the fastest, because all else that the
/// machine does can only make one slower.
const REPEATS: usize = 5;

fn main() {
    // `cargo bench` adds `--bench`.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["transaction", sysroot, kind, view, start] => {
            measure::transaction((*sysroot).into(), kind, view, start);
        }
        ["rehearsal", sysroot, kind, view, start] => {
            measure::rehearsal((*sysroot).into(), kind, view, start);
        }
        ["default-view-on", folders @ ..] => measured(folders, Views::Default),
        ["on", folders @ ..] => measured(folders, Views::All),
        _ => println!("run it with `cargo xtask bench`"),
    }
}

/// What scripts are shown the base through.
#[derive(PartialEq, Eq)]
enum Views {
    /// The default alone.
    Default,
    /// Also those that it stands in for.
    All,
}

/// Measures each size in a folder on a file system of its own.
fn measured(folders: &[&str], views: Views) {
    let folders = folders.iter().map(Utf8PathBuf::from);
    let mut report = report::Report::default();
    let beds: Vec<(usize, Bed)> = SIZES
        .into_iter()
        .zip(folders)
        .map(|(size, folder)| {
            eprintln!("a base of {size} files");
            (size, Bed::new(&folder, size))
        })
        .collect();
    for kind in Kind::ALL {
        let all = kind.views().iter().copied();
        for view in all.take(if views == Views::All { usize::MAX } else { 1 }) {
            let mut runs: Vec<Vec<Run>> = vec![Vec::new(); beds.len()];
            for (_, bed) in &beds {
                measure::warm_up(bed, kind, view);
            }
            // In turns, so that whatever else the machine does concerns all sizes.
            for _ in 0..REPEATS {
                for (runs, (size, bed)) in runs.iter_mut().zip(&beds) {
                    eprint!("{size} files: ");
                    runs.push(measure::run(bed, kind, view));
                }
            }
            for (runs, (size, bed)) in runs.iter().zip(&beds) {
                let calls = measure::count_calls(bed, kind, view);
                report.add(*size, bed.database(), (kind, view), runs, calls);
            }
        }
    }
    println!("{report}");
}
