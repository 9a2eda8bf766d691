//! The layers of the view, what is read back from it, and the order of scripts.

use super::*;

fn short(changed: &Changed) -> (&str, String, &str) {
    let kind = match &changed.kind {
        Kind::File { attributes, size } => format!("{:o} {size}", attributes.mode),
        Kind::Symlink { target, .. } => format!("-> {target}"),
        Kind::Directory {
            attributes,
            replaced,
        } => {
            format!(
                "{:o}{}",
                attributes.mode,
                if *replaced { " replaced" } else { "" }
            )
        }
        Kind::Removed => "removed".to_owned(),
    };
    (&changed.path, kind, &changed.by)
}

#[test]
fn changes_name_the_script_that_made_them() {
    Bed::new().with_view(|mut view| {
        let body = "echo /bin/x >> /etc/shells; chmod 600 /usr/share/doc/a; rm /usr/share/doc/b; \
                    ln -s busybox /usr/bin/new; mkdir -m 700 /usr/share/dir; \
                    busybox mkfifo /usr/share/dir/pipe; echo x > /usr/share/gone; rm /bin/ip";
        script(&view, body).unwrap();
        view.attribute("one.post").unwrap();
        let body = "rm -r /usr/share/doc; mkdir /usr/share/doc; echo 1 > /usr/share/doc/c; \
                    rm /usr/share/gone; chown 7:8 /usr/share/dir";
        script(&view, body).unwrap();
        view.attribute("two.post").unwrap();
        let changes = view.changes().unwrap();
        let found: Vec<_> = changes.changed.iter().map(short).collect();
        let expected = [
            ("usr", "40755", "one.post"),
            ("usr/bin", "40755", "one.post"),
            ("usr/bin/ip", "removed", "one.post"),
            ("usr/bin/new", "-> busybox", "one.post"),
            ("usr/etc", "40755", "one.post"),
            ("usr/etc/shells", "100644 15", "one.post"),
            ("usr/share", "40755", "two.post"),
            ("usr/share/dir", "40700", "two.post"),
            ("usr/share/doc", "40755 replaced", "two.post"),
            ("usr/share/doc/c", "100644 2", "two.post"),
        ];
        let expected = expected.map(|(path, kind, by)| (path, kind.to_owned(), by));
        assert_eq!(found, expected);
        assert_eq!(
            changes.left_out,
            [("usr/share/dir/pipe".to_owned(), "a named pipe")]
        );
        let dir = &changes.changed[7];
        let Kind::Directory { attributes, .. } = &dir.kind else {
            panic!("{dir:?}");
        };
        assert_eq!((attributes.uid, attributes.gid), (7, 8));
        let mut text = String::new();
        let mut file = view.open_changed("usr/etc/shells").unwrap();
        std::io::Read::read_to_string(&mut file, &mut text).unwrap();
        assert_eq!(text, "/bin/sh\n/bin/x\n");
    });
}

#[test]
fn no_object_is_ever_written_to() {
    // `ostree fsck` follows each.
    for kind in [BaseViewKind::Checkout, BaseViewKind::Image] {
        Bed::new().with_view_of(kind, hostile_scripts);
    }
}

fn hostile_scripts(view: View) {
    for body in [
        "chmod 4777 /usr/share/doc/a",
        "truncate -s 0 /usr/share/doc/b",
        "echo more >> /usr/share/doc/c",
        "chown 5:5 /usr/bin/busybox /usr/bin/sh",
        "busybox setfattr -n user.a -v b /usr/etc/shells || true",
        "echo x 1<> /usr/etc/shells",
        "ln /usr/share/doc/a /usr/share/doc/d; echo x > /usr/share/doc/d",
        "mv /usr/share/doc/c /usr/share/doc/e; echo x >> /usr/share/doc/e",
        "touch -d 1990-01-01 /usr/bin/busybox",
        "cd /proc/self/root/usr/share/doc && echo x > a",
        "dd if=/dev/zero of=/usr/bin/busybox bs=1 count=4 conv=notrunc || true",
    ] {
        script(&view, body).unwrap();
    }
}

#[test]
fn equal_files_stay_apart_when_one_is_written() {
    Bed::new().with_view(|view| {
        // Both are one object, so one inode below.
        script(&view, "echo x >> /usr/share/doc/a").unwrap();
        assert_eq!(output(&view, "cat /usr/share/doc/b"), "same");
    });
}

#[test]
fn a_base_is_checked_out_once() {
    let bed = Bed::new();
    let base = bed.commit(&bed.tree());
    let repo = bed.open();
    let silent = Monitor::silent();
    fs::create_dir_all(bed.views().join(format!("{base}.unfinished/usr"))).unwrap();
    let commit = Commit::load(&repo, &base).unwrap();
    let view = BaseView::checked_out(&repo, &commit, &bed.views(), &silent).unwrap();
    let again = BaseView::checked_out(&repo, &commit, &bed.views(), &silent).unwrap();
    assert_eq!(view.path, again.path);
    let names = |path: &Utf8Path| {
        let mut names: Vec<_> = path
            .read_dir_utf8()
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(&bed.views()), [base.hex()]);
    let mode = fs::metadata(bed.views()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    // Links to objects, not copies.
    assert!(
        fs::metadata(view.path.join("usr/share/doc/a"))
            .unwrap()
            .nlink()
            >= 3
    );
    BaseView::prune(&bed.views(), &[base].into()).unwrap();
    assert_eq!(names(&bed.views()), [base.hex()]);
    BaseView::prune(&bed.views(), &[].into()).unwrap();
    assert!(names(&bed.views()).is_empty());
    bed.check_objects();
}

#[test]
fn the_delta_makes_one_tree_of_the_other() {
    for kind in [
        BaseViewKind::Deployment,
        BaseViewKind::Image,
        BaseViewKind::Checkout,
    ] {
        check_delta(kind);
    }
}

fn check_delta(kind: BaseViewKind) {
    let bed = Bed::new();
    let tree = bed.tree();
    fs::create_dir(tree.join("usr/share/file-then")).unwrap();
    fs::write(tree.join("usr/share/then-dir"), "x").unwrap();
    fs::write(tree.join("usr/share/file-then/inner"), "x").unwrap();
    let from = bed.commit(&tree);
    fs::remove_file(tree.join("usr/share/doc/b")).unwrap();
    fs::write(tree.join("usr/share/doc/c"), "new content").unwrap();
    fs::remove_dir_all(tree.join("usr/share/rpm")).unwrap();
    fs::remove_dir_all(tree.join("usr/share/file-then")).unwrap();
    fs::write(tree.join("usr/share/file-then"), "y").unwrap();
    fs::remove_file(tree.join("usr/share/then-dir")).unwrap();
    fs::create_dir_all(tree.join("usr/share/then-dir/deep/er")).unwrap();
    fs::write(tree.join("usr/share/then-dir/deep/er/file"), "z").unwrap();
    symlink("z", tree.join("usr/share/then-dir/link")).unwrap();
    fs::set_permissions(tree.join("usr/etc"), PermissionsExt::from_mode(0o700)).unwrap();
    std::os::unix::fs::chown(tree.join("usr/share/then-dir"), Some(3), Some(4)).unwrap();
    let to = bed.commit(&tree);

    let scratch = bed.path.join("scratch");
    fs::create_dir(&scratch).unwrap();
    namespace::on_writer_thread("writer", &bed.path, || {
        let repo = bed.open();
        let silent = Monitor::silent();
        let [from, to] = [from, to].map(|commit| Commit::load(&repo, &commit).unwrap());
        let mut lower = BaseView::checked_out(&repo, &from, &bed.views(), &silent)?;
        if kind == BaseViewKind::Deployment {
            // As libostree and an administrator leave one.
            let deployment = lower.path.clone();
            fs::create_dir_all(deployment.join("etc/secret")).unwrap();
            fs::write(deployment.join(".ostree.cfs"), "x").unwrap();
            lower = BaseView::deployed(&repo, &deployment, from.root)?.unwrap();
            assert_eq!(lower.foreign, [".ostree.cfs", "etc"]);
        }
        if kind == BaseViewKind::Image {
            lower = BaseView::image(&repo, &from, &bed.views(), &scratch, &silent)?.unwrap();
        }
        let delta = scratch.join("delta");
        lower::write_delta(&repo, Some(&lower), &to.root, &delta, &silent)?;
        assert!(!delta.join("usr/bin").exists(), "what is equal is not in it");
        let view = View::new(&scratch, &[delta, lower.path.clone()], 0)?;
        assert!(!view.is_directory("etc") && !view.root().join(".ostree.cfs").exists());
        // Committed again it is the same tree. What the view itself adds is below /var.
        let seen = view.root().join("usr");
        let list = |path: &Utf8Path| {
            let all = "find . -printf '%p %M %U %G %s %l\\n' | sed 's/^\\([^ ]* d[^ ]* [0-9]* [0-9]*\\) [0-9]*/\\1/' | sort";
            run("sh", &["-c", &format!("cd {path} && {all}")])
        };
        assert_eq!(list(&seen), list(&tree.join("usr")));
        assert_eq!(fs::read_to_string(seen.join("share/doc/c")).unwrap(), "new content");
        Ok(())
    })
    .unwrap();
    bed.check_objects();
}

/// Directories of several blocks, links as long as they get, attributes, and files of any size.
#[test]
fn an_image_shows_what_a_checkout_does() {
    let bed = Bed::new();
    let tree = bed.tree();
    let many = tree.join("usr/share/many");
    fs::create_dir(&many).unwrap();
    for number in 0..700 {
        // Some sort before `.` and some after it.
        let start = ["+", "-", "0", "a", "ä"][number % 5];
        let name = format!("{start}{number}{}", "x".repeat(number % 90));
        fs::write(many.join(name), format!("{number}\n")).unwrap();
    }
    symlink("y".repeat(4000), many.join("long-link")).unwrap();
    symlink("y".repeat(4090), many.join("longest-link")).unwrap();
    fs::create_dir(many.join("empty")).unwrap();
    fs::write(many.join("empty-file"), "").unwrap();
    fs::write(many.join("large"), vec![7; 9_000_001]).unwrap();
    for (name, value) in [("user.a", "b"), ("security.other", "c")] {
        let file = many.join("large");
        rustix::fs::setxattr(
            file.as_std_path(),
            name,
            value.as_bytes(),
            rustix::fs::XattrFlags::empty(),
        )
        .unwrap();
    }
    fs::set_permissions(many.join("large"), PermissionsExt::from_mode(0o6755)).unwrap();
    let base = bed.commit(&tree);
    let scratch = bed.path.join("scratch");
    fs::create_dir(&scratch).unwrap();
    namespace::on_writer_thread("writer", &bed.path, || {
        let repo = bed.open();
        let silent = Monitor::silent();
        let base = Commit::load(&repo, &base)?;
        let image = BaseView::image(&repo, &base, &bed.views(), &scratch, &silent)?.unwrap();
        let checkout = BaseView::checked_out(&repo, &base, &bed.views(), &silent)?;
        let list = |path: &Utf8Path| {
            let all = "find . -type d -printf '%p %M %U %G\\n' -o -type l -printf '%p %U %G %l\\n' -o -empty -printf '%p %M %U %G\\n' -o -printf '%p %M %U %G %s %T@\\n' | sort; \
                       find . -type f -exec sha256sum {} + | sort; \
                       cat usr/share/many/+* usr/share/many/-* usr/share/many/a* | sha256sum; \
                       ls -f usr/share/many | sort | uniq -d";
            run("sh", &["-c", &format!("cd {path} && {all}")])
        };
        let (seen, expected) = (list(&image.path), list(&checkout.path));
        for (seen, expected) in seen.lines().zip(expected.lines()) {
            assert_eq!(seen, expected);
        }
        assert_eq!(seen.len(), expected.len());
        for name in ["user.a", "security.other", "trusted.overlay.redirect"] {
            let value = |view: &BaseView| {
                let mut value = [0; 100];
                let file = view.path.join("usr/share/many/large");
                rustix::fs::getxattr(file.as_std_path(), name, &mut value).map(|n| value[..n].to_vec())
            };
            assert_eq!(value(&image), value(&checkout), "{name}");
        }
        // Made once.
        let made = || fs::metadata(bed.views().join(format!("{}.erofs", base.checksum))).unwrap().ino();
        let before = made();
        drop(image);
        fs::remove_dir(scratch.join("meta")).unwrap();
        fs::remove_dir(scratch.join("base")).unwrap();
        drop(BaseView::image(&repo, &base, &bed.views(), &scratch, &silent)?.unwrap());
        assert_eq!(made(), before);
        BaseView::prune(&bed.views(), &[].into())?;
        assert_eq!(bed.views().read_dir_utf8().unwrap().count(), 0);
        Ok(())
    })
    .unwrap();
    bed.check_objects();
}

fn scriptlets(name: &str, scripts: &[(Slot, &str)]) -> Scriptlets {
    let code = |body: &str| {
        let body = Some(body.as_bytes().to_vec());
        Code::new(Vec::new(), body, 0, name).unwrap().unwrap()
    };
    Scriptlets {
        package: format!("{name}-1-1.noarch").parse().unwrap(),
        scripts: scripts
            .iter()
            .map(|(slot, body)| (*slot, code(body)))
            .collect(),
        triggers: Vec::new(),
    }
}

#[test]
fn slots_run_in_order_and_ignored_scripts_do_not() {
    Bed::new().with_view(|mut view| {
        let note = |text: &str| format!("echo {text}$1 >> /usr/log");
        let a = scriptlets(
            "a",
            &[
                (Slot::Post, &note("a-post-")),
                (Slot::Pre, &note("a-pre-")),
                (Slot::PreTrans, &note("never")),
                (Slot::PostUn, &note("never")),
            ],
        );
        let b = scriptlets(
            "kernel-core",
            &[
                (Slot::Post, &note("b-post-")),
                (Slot::PostTrans, &note("never")),
            ],
        );
        let packages = [
            ScriptPackage {
                scripts: &a,
                instances: 1,
            },
            ScriptPackage {
                scripts: &b,
                instances: 2,
            },
        ];
        let monitor = Monitor::silent();
        monitor.begin(Phase::Scripts, 3, Unit::Items).unwrap();
        let mut runner = Runner::new(&mut view, &monitor);
        for slot in [Slot::Pre, Slot::Post, Slot::PostTrans] {
            runner.slot(slot, &packages).unwrap();
        }
        runner.sanity(&a.package).unwrap();
        let names: Vec<_> = runner.finish().into_iter().map(|log| log.name()).collect();
        assert_eq!(names, ["a.pre", "a.post", "kernel-core.post", "a.sanity"]);
        assert_eq!(
            output(&view, "cat /usr/log"),
            "a-pre-1\na-post-1\nb-post-2\n"
        );
    });
}
