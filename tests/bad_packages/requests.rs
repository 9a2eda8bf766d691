//! Requests that cannot be met.

use super::*;

#[test]
fn requests_that_cannot_be_met() {
    let foreign = match std::env::consts::ARCH {
        "aarch64" => "x86_64",
        _ => "aarch64",
    };
    let cases = [
        made(
            "lacks",
            Unsolvable,
            &["nothing provides libmissing.so.1"],
            |package| package.requires("libmissing.so.1"),
        ),
        made(
            "lacks-deep",
            Unsolvable,
            &["nothing provides libmissing.so.1"],
            |package| package.requires("lacks"),
        ),
        made(
            "quarrels",
            Unsolvable,
            &["conflicts with", "peaceful-1-1"],
            |mut package| {
                package.builder.conflicts(Dependency::any("peaceful"));
                package.requires("peaceful")
            },
        ),
        made(
            "against-base",
            Unsolvable,
            &["conflicts with nano", "base"],
            |mut package| {
                package.builder.conflicts(Dependency::any("nano"));
                package
            },
        ),
        made(
            "replaces-base",
            Unsolvable,
            &["obsoletes nano", "base"],
            |mut package| {
                package.builder.obsoletes(Dependency::any("nano"));
                package
            },
        ),
        made(
            "too-new",
            Unsolvable,
            &["nothing provides nano >= 99"],
            |mut package| {
                package
                    .builder
                    .requires(Dependency::greater_eq("nano", "99"));
                package
            },
        ),
        made(
            "file-of-other",
            FileConflict,
            &["/usr/share/shared", "peaceful-1-1"],
            |package| {
                package
                    .file("/usr/share/shared", "mine")
                    .requires("peaceful")
            },
        ),
        made(
            "mode-of-other",
            FileConflict,
            &["/usr/share/shared", "peaceful-1-1"],
            |package| {
                let options = FileOptions::new("/usr/share/shared").permissions(0o755);
                package.file_with(b"peaceful", options).requires("peaceful")
            },
        ),
        made(
            "file-of-base",
            FileConflict,
            &["/usr/bin/nano", "nano-1-1"],
            |package| package.file("/usr/bin/nano", "mine"),
        ),
        made(
            "config-of-base",
            FileConflict,
            &["/etc/shells", "setup-1-1"],
            |package| package.config("/etc/shells", "/bin/mine\n"),
        ),
        made(
            "folder-of-base",
            FileConflict,
            &["/usr/share/nano", "nano-1-1"],
            |package| package.file("/usr/share/nano", "no folder"),
        ),
        made(
            "below-file-of-base",
            FileConflict,
            &["/usr/bin/nano"],
            |package| package.file("/usr/bin/nano/inner", "x"),
        ),
        made(
            "below-link-of-base",
            FileConflict,
            &["/usr/bin/sh", "busybox"],
            |package| package.file("/usr/bin/sh/inner", "x"),
        ),
        made(
            "below-link-of-other",
            FileConflict,
            &["/usr/share/peaceful.d"],
            |package| {
                package
                    .file("/usr/share/peaceful.d/passwd", "x")
                    .requires("peaceful")
            },
        ),
    ];
    let bed = bed();
    let client = bed.client("requests");
    let folder = client.path.with_extension("packages");
    let mut packages: Vec<Rpm> = cases
        .iter()
        .map(|case| (case.make)(Rpm::new(&format!("{}-1-1", case.name))))
        .collect();
    packages.push(
        Rpm::new("peaceful-1-1")
            .file("/usr/share/shared", "peaceful")
            .link("/usr/share/peaceful.d", "../../etc"),
    );
    packages.push(Rpm::of_arch("foreign-1-1", foreign).file("/usr/share/foreign", "x"));
    rpms::repository(&folder, packages, Some(&bed.key));
    declare(&client, "own", &format!("file://{folder}"), "");
    let mut table = Table::of(&client, "Requests that cannot be met");
    for case in &cases {
        // A package that fits together with the others may be kept: only its tree does not.
        let before = state(&client);
        match client.install(case.name) {
            Ok(_) => table.wrong(format!("{}: it is not refused", case.name)),
            Err(error) => table.told(case.name, case.kind, &case.words, &error),
        }
        if state(&client) != before {
            table.wrong(format!("{}: the sysroot has changed", case.name));
        }
    }
    for (request, words) in [
        ("nonesuch", &["nonesuch", "check how it is written"][..]),
        ("peacefull", &["there is peaceful"]),
        ("Hello", &["there is hello"]),
        ("foreign", &["another architecture"]),
        ("/usr/bin/nonesuch", &["/usr/bin/nonesuch"]),
        ("nonesuch >= 3", &["nonesuch >= 3"]),
        ("none*", &["none*"]),
        ("(hello or", &["(hello or"]),
        ("nonesuch-1-1.x86_64", &["nonesuch-1-1.x86_64"]),
    ] {
        table.kept_out(&client, request, NotFound, words, || {
            client.install(request)
        });
    }
    table.kept_out(
        &client,
        "two of nothing",
        NotFound,
        &["naught, nonesuch"],
        || {
            client.change(|tx| {
                tx.install("nonesuch").install("naught");
            })
        },
    );
    table.finish();
    works(&client);
}
