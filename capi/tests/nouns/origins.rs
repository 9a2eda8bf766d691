//! Origins.

use super::*;

#[test]
fn origins() {
    let library = Library::new();
    let program = library.compile("tests/nouns/origin.c", "c99");
    let (_folder, path) = folder();
    let sum = "0123456789abcdef".repeat(4);
    let full = format!(
        "# kept\n[origin]\nbaserefspec=os:os/x86_64/base\noverride-commit={sum}\n\
         custom-url=https://example.invalid/\ncustom-description=A tool\n\
         unconfigured-state=Register first\n\n[packages]\nrequested=git;zsh;\n\
         requested-local={sum}:foo-1:1-1.x86_64;\n\n[overrides]\nremove=nano;\n\
         replace-local={sum}:bar-2-1.x86_64;\nreplace=repo=updates,vim,vim-common;\n\n[rpmostree]\n\
         regenerate-initramfs=true\ninitramfs-args=-v;--no-hostonly;\ninitramfs-etc=/etc/fstab;\n\n\
         [modules]\nenable=nodejs:18;\ninstall=nodejs:18/default;\n\n\
         [libostree-transient]\npinned=true\n"
    );
    std::fs::write(path.join("full.origin"), &full).unwrap();
    let mut files = vec![path.join("full.origin")];
    if let Some(data) = testdata("rpm-ostree/stages") {
        files.extend(below(&data, "*.origin"));
    }
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        let said = build::run(library.command(&program).arg(file));
        let mut dump = Dump::default();
        dump.origin(&Origin::parse(&text).unwrap());
        assert_eq!(said, dump.finish(), "{file}");
    }
    // Each edit gives the text that Rust's gives.
    let said = build::run(library.command(&program).args([files[0].as_str(), "edits"]));
    let mut said = said.lines();
    let mut origin = Origin::parse(&full).unwrap();
    let foo = "foo-1:1-1.x86_64".parse().unwrap();
    let mut step = |edit: &dyn Fn(&mut Origin)| {
        edit(&mut origin);
        let line = said.next().unwrap();
        let text = line.split_once(")=").unwrap().1.replace("\\n", "\n");
        assert_eq!(text, origin.to_text(), "{line}");
    };
    step(&|it| *it = it.without_transient());
    step(&|it| _ = it.add_requested("zsh"));
    step(&|it| _ = it.add_requested("git"));
    step(&|it| _ = it.remove_requested("zsh"));
    step(&|it| _ = it.add_requested_local(&sum, &foo));
    step(&|it| _ = it.remove_requested_local(&foo));
    step(&|it| _ = it.add_requested_local(&sum, &foo));
    step(&|it| _ = it.clear_requested());
    step(&|it| _ = it.add_override_remove("nano"));
    step(&|it| _ = it.reset_override_remove("nano"));
    step(&|it| _ = it.add_override_replace_local(&sum, &foo));
    step(&|it| _ = it.reset_override_replace_local(&foo));
    step(&|it| _ = it.add_override_replace("updates", "vim"));
    step(&|it| _ = it.add_override_replace("updates", "bar"));
    step(&|it| _ = it.reset_override_replace("vim"));
    step(&|it| _ = it.reset_overrides());
    step(&|it| it.set_override_commit(Some(&sum)));
    step(&|it| it.set_override_commit(None));
    step(&|it| it.set_refspec("other:branch"));
    assert_eq!(said.next(), None);
}
