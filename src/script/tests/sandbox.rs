//! What a script sees, may do, and how it ends.

use super::*;

#[test]
fn a_script_sees_a_fixed_world() {
    Bed::new().with_view(|view| {
        let table = [
            ("echo $# $1 $0", "1 2 /run/regraft/script\n"),
            (
                "id -u; id -g; umask; pwd; hostname",
                "0\n0\n0022\n/\nlocalhost\n",
            ),
            (
                "env | grep -v -e '^_=' -e SHLVL -e OLDPWD",
                "HOME=/\nLANG=C.UTF-8\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\nPWD=/\n\
                 SOURCE_DATE_EPOCH=1700000000\nSYSTEMD_OFFLINE=1\nTZ=UTC\n",
            ),
            ("echo *", "bin dev etc home proc run sysroot tmp usr var\n"),
            ("cat /etc/shells; cat", "/bin/sh\n"),
            (
                "echo /run/* /usr/share/rpm/*",
                "/run/ostree-booted /run/regraft /usr/share/rpm/*\n",
            ),
            ("echo $(ls /proc/self/fd)", "0 1 2 3\n"),
            ("grep -c . /proc/net/dev", "3\n"),
            ("echo out; echo err >&2", "out\nerr\n"),
        ];
        for (body, expected) in table {
            let body = body.replace("grep", "busybox grep");
            let expected: std::collections::BTreeSet<_> = expected.lines().collect();
            let found = script(&view, &format!("{{ {body}; }} || true"))
                .unwrap()
                .output;
            assert_eq!(
                found.lines().collect::<std::collections::BTreeSet<_>>(),
                expected,
                "{body}"
            );
        }
        let read = script_with(&view, "cat", "/usr/a\n/usr/b\n", &Monitor::silent());
        assert_eq!(read.unwrap().output, "/usr/a\n/usr/b\n");
    });
}

#[test]
fn what_a_script_costs() {
    Bed::new().with_view(|view| {
        let runs = 20;
        let times: Vec<_> = (0..runs)
            .map(|_| script(&view, "true").unwrap().duration)
            .collect();
        let best = times.iter().min().unwrap();
        eprintln!(
            "an empty script: {best:?} at best, {:?} at worst",
            times.iter().max()
        );
        // bubblewrap's own 7 ms, with room for a loaded machine.
        assert!(*best < Duration::from_millis(200), "{times:?}");
    });
}

#[test]
fn what_a_script_may_write_to() {
    Bed::new().with_view(|view| {
        for path in [
            "/usr/x",
            "/etc/x",
            "/tmp/x",
            "/run/x",
            "/var/tmp/x",
            "/var/lib/rpm-state/x",
        ] {
            script(&view, &format!("echo x > {path}")).unwrap();
        }
        let kept = output(
            &view,
            "ls /tmp /run/x /var/tmp /var/lib/rpm-state 2>/dev/null || true",
        );
        assert_eq!(kept, "/tmp:\n\n/var/lib/rpm-state:\nx\n\n/var/tmp:\nx\n");
        for path in [
            "/var/x",
            "/var/lib/x",
            "/proc/sys/kernel/domainname",
            "/proc/sys/vm/swappiness",
            "/usr/share/rpm/x",
        ] {
            let error = script(&view, &format!("echo x > {path}")).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ScriptFailed, "{path}");
            assert!(error.to_string().contains("Read-only"), "{path}: {error}");
        }
    });
}

#[test]
fn what_a_script_may_not_do() {
    Bed::new().with_view(|view| {
        for body in [
            "mount -t tmpfs x /tmp",
            "mount -o remount,rw /var",
            "mknod /usr/disk b 254 0",
            "mknod /usr/null c 1 3",
            "unshare -U true",
            "unshare -U -r -m true",
            "unshare -m true",
            "unshare -n true",
            "hostname other",
            "ip link set lo down",
            "busybox insmod /usr/bin/busybox",
            "busybox swapoff -a && busybox losetup /dev/loop0 /usr/bin/busybox",
            "busybox nsenter -t 1 -m mount -t tmpfs x /tmp",
        ] {
            let error = script(&view, body).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ScriptFailed, "{body}");
        }
        // Its own processes are all that it sees.
        assert_eq!(output(&view, "echo /proc/[0-9]*"), "/proc/1 /proc/2\n");
    });
}

#[test]
fn failures_are_told_with_their_output() {
    Bed::new().with_view(|view| {
        let table = [
            ("echo why >&2; exit 3", "exit status 3", "why\n"),
            ("kill -9 $$", "exit status 137, as by signal 9", ""),
        ];
        for (body, expected, text) in table {
            let Err(Error::ScriptFailed {
                status,
                output,
                package: of,
                script,
                ..
            }) = script(&view, body)
            else {
                panic!("{body}");
            };
            let found = (status.as_str(), output.as_str(), script.as_str(), of);
            assert_eq!(found, (expected, text, "post", package()));
        }
        let what = Invocation {
            package: &package(),
            script: "pre",
            interpreter: &["/usr/bin/perl".to_owned()],
            body: None,
            arguments: &[],
            input: b"",
        };
        let error = crate::script::sandbox::run(&view, &what, &Monitor::silent())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("its interpreter /usr/bin/perl is not in the tree"),
            "{error}"
        );
        // Only the end of a long output is kept.
        let long = output(&view, "seq 1 200000");
        assert!(
            long.len() < 70_000 && long.starts_with("[...]"),
            "{}",
            long.len()
        );
        assert!(long.ends_with("\n199999\n200000\n"));
    });
}

#[test]
fn a_script_that_hangs_is_ended_with_all_its_processes() {
    Bed::new().with_view(|view| {
        let view = view.with_timeout(Duration::from_millis(300));
        let body = "(busybox setsid sleep 98765 &) ; sleep 98765";
        let error = script(&view, body).unwrap_err();
        assert!(
            error.to_string().contains("timed out after 0.3 s"),
            "{error}"
        );
        let running = || run("ps", &["-eo", "args"]).matches("sleep 98765").count();
        assert_eq!(running(), 0);
        let view = view.with_timeout(Duration::from_secs(60));
        // One that leaves a process behind ends without waiting for it, and it ends as well.
        script(&view, "busybox setsid sleep 98765 >/dev/null 2>&1 &").unwrap();
        assert_eq!(running(), 0);

        let mut job = Job::new();
        let cancel = job.cancel_handle();
        let started = Instant::now();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                std::thread::sleep(Duration::from_millis(200));
                cancel.cancel();
            });
            // The job's own thread is not in the namespace; what matters here is its monitor.
            let (sender, receiver) = std::sync::mpsc::channel();
            scope.spawn(move || {
                job.run("test", &[], |monitor| {
                    sender.send(monitor.clone()).unwrap();
                    while monitor.check().is_ok() {
                        std::thread::sleep(Duration::from_millis(5));
                    }
                    Ok(())
                })
            });
            let monitor = receiver.recv().unwrap();
            let error = script_with(&view, body, "", &monitor).unwrap_err();
            assert!(matches!(error, Error::Cancelled), "{error}");
        });
        assert!(started.elapsed() < Duration::from_secs(20));
        assert_eq!(running(), 0);
    });
}

#[test]
fn a_link_in_the_place_of_etc_does_not_lead_outside() {
    Bed::new().with_view(|view| {
        script(&view, "mv /usr/etc /usr/old && ln -s /etc /usr/etc").unwrap();
        let error = script(&view, "true").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::State, "{error}");
    });
}

#[test]
fn a_root_that_is_no_mount_point_is_made_one() {
    let bed = Bed::new();
    let base = bed.commit(&bed.tree());
    namespace::on_writer_thread("writer", &bed.path, || {
        // A chroot with all that bubblewrap needs, into a folder that is not mounted.
        let root = bed.path.join("chroot");
        fs::create_dir(&root).unwrap();
        let copy = format!(
            "mkdir -p {root}/proc {root}/dev {root}/tmp {root}/usr/bin {root}/{0} && \
             mount --rbind /dev {root}/dev && mount -t proc proc {root}/proc && \
             for f in /usr/bin/bwrap $(ldd /usr/bin/bwrap | grep -o '/lib[^ ]*'); do \
             mkdir -p {root}$(dirname $f) && cp -L $f {root}$f || exit 1; done",
            bed.views()
        );
        run("sh", &["-c", &copy]);
        let repo = bed.open();
        let silent = Monitor::silent();
        let base = Commit::load(&repo, &base)?;
        BaseView::checked_out(&repo, &base, &bed.views(), &silent)?;
        let lower = root.join("base");
        run(
            "cp",
            &[
                "-a",
                bed.views().join(base.checksum.hex()).as_str(),
                lower.as_str(),
            ],
        );
        fs::create_dir(root.join("scratch")).unwrap();
        rustix::process::chdir(root.as_std_path()).unwrap();
        rustix::process::chroot(".").unwrap();
        rustix::process::chdir("/").unwrap();
        let output = Command::new("/usr/bin/bwrap")
            .args(["--bind", "/", "/", "/base/usr/bin/busybox", "true"])
            .output()
            .unwrap();
        assert!(!output.status.success(), "then it is not needed");
        let view = View::new(Utf8Path::new("/scratch"), &["/base".into()], 0)?;
        assert_eq!(script(&view, "echo works").unwrap().output, "works\n");
        Ok(())
    })
    .unwrap();
}
