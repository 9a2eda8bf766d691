//! `.repo` files.

use super::*;

#[test]
fn repo_files() {
    let bed = bed();
    let client = bed.client("files");
    let file = repo_folder(&client).join("bad.repo");
    let mut table = Table::of(&client, "Repository files");
    let texts: [(&str, &str, &[&str]); 20] = [
        ("no address", "[a]\nname=a\n", &["[a]", "give it a baseurl"]),
        (
            "address of no kind",
            "[a]\nbaseurl=gopher://h/\n",
            &["[a]", "baseurl", "http://"],
        ),
        (
            "address without host",
            "[a]\nbaseurl=http://\n",
            &["[a]", "baseurl"],
        ),
        (
            "relative address",
            "[a]\nbaseurl=srv/repo\n",
            &["[a]", "baseurl", "no address"],
        ),
        (
            "address with NUL",
            "[a]\nbaseurl=http://h/\0x\n",
            &["[a]", "baseurl"],
        ),
        (
            "enabled=2",
            "[a]\nbaseurl=http://h/\nenabled=2\n",
            &["enabled=\"2\"", "1, yes, true"],
        ),
        (
            "gpgcheck=maybe",
            "[a]\nbaseurl=http://h/\ngpgcheck=maybe\n",
            &["gpgcheck=\"maybe\""],
        ),
        (
            "timeout=-1",
            "[a]\nbaseurl=http://h/\ntimeout=-1\n",
            &["timeout=\"-1\""],
        ),
        (
            "cost=1e9",
            "[a]\nbaseurl=http://h/\ncost=1e9\n",
            &["cost=\"1e9\"", "whole number"],
        ),
        (
            "metadata_expire=x",
            "[a]\nbaseurl=http://h/\nmetadata_expire=x\n",
            &["s, m, h, d"],
        ),
        (
            "metadata_expire=nan",
            "[a]\nbaseurl=http://h/\nmetadata_expire=nan\n",
            &["s, m, h, d"],
        ),
        (
            "id twice",
            "[a]\nbaseurl=http://h/\n[a]\nbaseurl=http://i/\n",
            &["[a]", "twice"],
        ),
        (
            "id of another file",
            "[extra]\nbaseurl=http://h/\n",
            &["[extra]", "extra.repo"],
        ),
        (
            "id with a slash",
            "[../a]\nbaseurl=http://h/\n",
            &["[../a]", "cannot"],
        ),
        ("id with a dot first", "[.a]\nbaseurl=http://h/\n", &["dot"]),
        (
            "section without end",
            "[a\nbaseurl=http://h/\n",
            &["line 1", "bracket"],
        ),
        (
            "no section",
            "baseurl=http://h/\n",
            &["line 1", "no section"],
        ),
        ("no value", "[a]\nbaseurl\n", &["line 2", "key=value"]),
        (
            "value of nothing",
            "[a]\n  http://h/\n",
            &["line 2", "indented"],
        ),
        (
            "sort unknown",
            "[a]\nbaseurl=http://h/\ntype=apt\n",
            &["rpm-md"],
        ),
    ];
    let install = || client.install("hello");
    for (name, text, words) in texts {
        std::fs::write(&file, text).unwrap();
        let words = [words, &["bad.repo"]].concat();
        table.kept_out(&client, name, Config, &words, install);
    }
    let huge = format!("[a]\nbaseurl=http://h/\n{}", "# more\n".repeat(700_000));
    let outside = bed.path.join("outside.repo");
    std::fs::write(&outside, "[outside]\nbaseurl=http://h/\n").unwrap();
    let makes: [(&str, &dyn Fn(), &[&str]); 6] = [
        (
            "binary",
            &|| std::fs::write(&file, [b'[', 0xff, 0xfe, 0]).unwrap(),
            &["not UTF-8"],
        ),
        (
            "huge",
            &|| std::fs::write(&file, &huge).unwrap(),
            &["more than 4194304 bytes"],
        ),
        (
            "folder",
            &|| std::fs::create_dir(&file).unwrap(),
            &["no regular file"],
        ),
        (
            "FIFO",
            &|| {
                run(Command::new("mkfifo").arg(&file));
            },
            &["no regular file"],
        ),
        (
            "symlink to nothing",
            &|| std::os::unix::fs::symlink("nowhere", &file).unwrap(),
            &["symlink to nothing"],
        ),
        (
            "symlink out of the deployment",
            &|| std::os::unix::fs::symlink(&outside, &file).unwrap(),
            &["symlink to nothing"],
        ),
    ];
    for (name, make, words) in makes {
        let _ = std::fs::remove_file(&file);
        make();
        let words = [words, &["bad.repo"]].concat();
        table.kept_out(&client, name, Config, &words, install);
        let _ = std::fs::remove_dir(&file);
    }
    let _ = std::fs::remove_file(&file);
    table.finish();
    works(&client);
    // The largest file that is read takes no time to speak of.
    let many: String = (0..200_000)
        .map(|n| format!("[r{n}]\nenabled=0\n"))
        .collect();
    let begun = Instant::now();
    let all = RepoConfig::parse(&many, "many.repo", &Variables::new()).unwrap();
    assert_eq!(all.len(), 200_000);
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
}
