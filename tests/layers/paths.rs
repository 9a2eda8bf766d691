//! All paths that a source file names.

use camino::Utf8Path;
use proc_macro2::{Ident, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{self, Visit};

/// A file of Rust.
pub(crate) struct Source {
    /// Its path, relative to the workspace.
    pub(crate) file: String,
    text: String,
}

impl Source {
    pub(crate) fn new(file: &str, text: &str) -> Source {
        Source {
            file: file.to_owned(),
            text: text.to_owned(),
        }
    }

    pub(crate) fn read(root: &Utf8Path, file: &str) -> Source {
        let text = std::fs::read_to_string(root.join(file));
        Source::new(
            file,
            &text.unwrap_or_else(|error| panic!("{file}: {error}")),
        )
    }

    /// `src/a/b.rs` is `[a, b]`, and so is `src/a/b/mod.rs`; the crate root is empty.
    fn module(&self) -> Vec<String> {
        let path = self
            .file
            .rsplit_once("src/")
            .map_or(self.file.as_str(), |(_, path)| path);
        let path = path.strip_suffix(".rs").unwrap_or(path);
        let path = path.strip_suffix("/mod").unwrap_or(path);
        match path {
            "lib" | "main" => Vec::new(),
            path => path.split('/').map(str::to_owned).collect(),
        }
    }
}

/// All `.rs` files below a folder, sorted.
pub(crate) fn sources_below(root: &Utf8Path, folder: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in root
            .join(&folder)
            .read_dir_utf8()
            .expect("the folder exists")
        {
            let entry = entry.expect("it can be listed");
            let path = format!("{folder}/{}", entry.file_name());
            if entry.file_type().expect("it has a type").is_dir() {
                if entry.file_name() != "target" {
                    open.push(path);
                }
            } else if path.ends_with(".rs") {
                sources.push(Source::read(root, &path));
            }
        }
    }
    sources.sort_by(|a, b| a.file.cmp(&b.file));
    sources
}

/// A path, as written, and where.
#[derive(Debug)]
pub(crate) struct Used {
    /// The module that it is written in.
    module: Vec<String>,
    /// What is written; a glob's last one is `*`.
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
}

impl Used {
    /// The path from the crate root, when it begins with `crate`, `self` or `super`.
    pub(crate) fn in_crate(&self) -> Option<Vec<String>> {
        let (first, rest) = self.segments.split_first()?;
        let mut path = match first.as_str() {
            "crate" => Vec::new(),
            "self" => self.module.clone(),
            "super" => self.above(),
            _ => return None,
        };
        for segment in rest {
            match segment.as_str() {
                "super" => drop(path.pop()),
                "self" => {}
                name => path.push(name.to_owned()),
            }
        }
        Some(path)
    }

    fn above(&self) -> Vec<String> {
        let mut module = self.module.clone();
        module.pop();
        module
    }
}

/// What is in one file, test code aside.
pub(crate) struct Found {
    pub(crate) file: String,
    /// The file's own module.
    pub(crate) module: Vec<String>,
    pub(crate) paths: Vec<Used>,
    /// The modules in it, with their lines.
    pub(crate) modules: Vec<(String, usize)>,
    /// Modules in files of their own that are test code.
    pub(crate) test_modules: Vec<Vec<String>>,
    pub(crate) unsafe_lines: Vec<usize>,
    pub(crate) problems: Vec<String>,
    /// Names that `use` gives: the name, what for, and whether everybody gets it.
    uses: Vec<(String, Vec<String>, bool)>,
    public_modules: Vec<String>,
    current: Vec<String>,
}

impl Found {
    pub(crate) fn in_source(source: &Source) -> Found {
        let module = source.module();
        let mut found = Found {
            file: source.file.clone(),
            current: module.clone(),
            module,
            paths: Vec::new(),
            modules: Vec::new(),
            test_modules: Vec::new(),
            unsafe_lines: Vec::new(),
            problems: Vec::new(),
            uses: Vec::new(),
            public_modules: Vec::new(),
        };
        match syn::parse_file(&source.text) {
            Ok(file) => found.visit_file(&file),
            Err(error) => found.problems.push(format!("{}: {error}", source.file)),
        }
        found
    }

    /// The names that the crate root gives to things of its modules, and which module each is of.
    pub(crate) fn root_names(&self, problems: &mut Vec<String>) -> BTreeMap<String, String> {
        let mut names = BTreeMap::new();
        for (name, path, _) in &self.uses {
            let outside = ["crate", "self"];
            let path: Vec<&String> = path
                .iter()
                .filter(|part| !outside.contains(&part.as_str()))
                .collect();
            if name == "*" {
                problems.push(format!(
                    "{}: the crate root must name what it takes",
                    self.file
                ));
            } else if let [module, ..] = path.as_slice() {
                names.insert(name.clone(), module.to_string());
            }
        }
        names
    }

    /// The names in the crate root that everybody gets.
    pub(crate) fn public_names(&self) -> BTreeSet<String> {
        let uses = self.uses.iter().filter(|(_, _, public)| *public);
        let uses = uses.map(|(name, _, _)| name.clone());
        uses.chain(self.public_modules.iter().cloned()).collect()
    }

    fn used(&mut self, segments: Vec<String>, line: usize) {
        self.paths.push(Used {
            module: self.current.clone(),
            segments,
            line,
        });
    }

    fn problem(&mut self, line: usize, what: &str) {
        self.problems.push(format!("{}:{line}: {what}", self.file));
    }

    /// All leaves of a `use`.
    fn tree(&mut self, tree: &syn::UseTree, before: &[String], public: bool) {
        let with = |ident: &Ident| [before, &[ident.to_string()]].concat();
        let (name, segments, line) = match tree {
            syn::UseTree::Path(path) => return self.tree(&path.tree, &with(&path.ident), public),
            syn::UseTree::Group(group) => {
                group
                    .items
                    .iter()
                    .for_each(|tree| self.tree(tree, before, public));
                return;
            }
            syn::UseTree::Name(name) if name.ident == "self" && !before.is_empty() => {
                let name = before.last().cloned().unwrap_or_default();
                (name, before.to_vec(), line_of_tree(tree))
            }
            syn::UseTree::Name(name) => (
                name.ident.to_string(),
                with(&name.ident),
                line_of_tree(tree),
            ),
            syn::UseTree::Rename(rename) => (
                rename.rename.to_string(),
                with(&rename.ident),
                line_of_tree(tree),
            ),
            syn::UseTree::Glob(_) => {
                let segments = [before, &["*".to_owned()]].concat();
                ("*".to_owned(), segments, line_of_tree(tree))
            }
        };
        self.uses.push((name, segments.clone(), public));
        self.used(segments, line);
    }

    /// Paths in a macro's or an attribute's tokens, which have no structure yet.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let colons = |at: usize| {
            let colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
            colon(at) && colon(at + 1)
        };
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(ident) => {
                    let line = ident.span().start().line;
                    if ident == "unsafe" {
                        self.unsafe_lines.push(line);
                    }
                    let mut segments = vec![ident.to_string()];
                    while colons(at + 1) {
                        match tokens.get(at + 3) {
                            Some(TokenTree::Ident(next)) => segments.push(next.to_string()),
                            Some(TokenTree::Group(_)) if segments[0] == "crate" => {
                                self.problem(line, "paths in macros are written out");
                                break;
                            }
                            _ => break,
                        }
                        at += 3;
                    }
                    if segments.len() > 1 {
                        self.used(segments, line);
                    }
                }
                TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    let path = text.trim_matches('"');
                    if path.starts_with("crate::") || path.starts_with("super::") {
                        let segments = path.split("::").map(str::to_owned).collect();
                        self.used(segments, literal.span().start().line);
                    }
                }
                TokenTree::Punct(_) => {}
            }
            at += 1;
        }
    }
}

fn line_of_tree(tree: &syn::UseTree) -> usize {
    match tree {
        syn::UseTree::Path(path) => path.ident.span().start().line,
        syn::UseTree::Name(name) => name.ident.span().start().line,
        syn::UseTree::Rename(rename) => rename.ident.span().start().line,
        syn::UseTree::Glob(glob) => glob.star_token.spans[0].start().line,
        syn::UseTree::Group(group) => group.brace_token.span.open().start().line,
    }
}

/// `#[cfg(test)]` or `#[cfg(all(test, ...))]`: never in the library.
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) if list.path.is_ident("cfg") => {
            let condition: String = list.tokens.to_string().split_whitespace().collect();
            condition == "test" || condition.starts_with("all(test,")
        }
        meta => meta.path().is_ident("test"),
    })
}

fn is_hidden(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) => {
            list.path.is_ident("doc") && list.tokens.to_string().contains("hidden")
        }
        _ => false,
    })
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::ExternCrate(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::ForeignMod(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::TraitAlias(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Union(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

impl<'a> Visit<'a> for Found {
    fn visit_item(&mut self, item: &'a syn::Item) {
        if is_test(attributes(item)) {
            if let syn::Item::Mod(module) = item {
                let path = [self.current.as_slice(), &[module.ident.to_string()]].concat();
                self.test_modules
                    .extend(module.content.is_none().then_some(path));
            }
            return;
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'a syn::ImplItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'a syn::ItemMod) {
        let name = module.ident.to_string();
        let public = matches!(module.vis, syn::Visibility::Public(_));
        if public && self.current.is_empty() && !is_hidden(&module.attrs) {
            self.public_modules.push(name.clone());
        }
        self.modules
            .push((name.clone(), module.ident.span().start().line));
        self.current.push(name);
        visit::visit_item_mod(self, module);
        self.current.pop();
    }

    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        let public = matches!(item.vis, syn::Visibility::Public(_)) && !is_hidden(&item.attrs);
        self.tree(&item.tree, &[], public);
    }

    fn visit_item_extern_crate(&mut self, item: &'a syn::ItemExternCrate) {
        if item.ident == "self" {
            self.problem(item.ident.span().start().line, "the whole crate is named");
        }
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        if path.leading_colon.is_none() && path.segments.len() > 1 {
            let segments = path.segments.iter().map(|part| part.ident.to_string());
            let line = path.segments[0].ident.span().start().line;
            self.used(segments.collect(), line);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'a syn::Macro) {
        // A bridge of cxx names C++ headers in the same way.
        let tokens = call.tokens.to_string();
        let header = tokens.ends_with(".h\"") || tokens.ends_with(".hpp\"");
        if call.path.is_ident("include") && !header {
            let line = call.path.segments[0].ident.span().start().line;
            self.problem(line, "include! hides what is used");
        }
        visit::visit_macro(self, call);
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'a syn::Attribute) {
        let path = attribute.path();
        let line = attribute.pound_token.spans[0].start().line;
        if path.is_ident("doc") {
            return;
        }
        if path.is_ident("path") {
            self.problem(line, "#[path] hides what a module is");
        }
        if path.is_ident("unsafe") {
            self.unsafe_lines.push(line);
        }
        if let syn::Meta::List(list) = &attribute.meta {
            let allows = ["allow", "expect", "warn"]
                .iter()
                .any(|name| path.is_ident(name));
            if allows && list.tokens.to_string().contains("unsafe_code") {
                self.unsafe_lines.push(line);
            }
            self.tokens(list.tokens.clone());
        }
        visit::visit_attribute(self, attribute);
    }

    fn visit_expr_unsafe(&mut self, block: &'a syn::ExprUnsafe) {
        self.unsafe_lines.push(block.unsafe_token.span.start().line);
        visit::visit_expr_unsafe(self, block);
    }

    fn visit_signature(&mut self, signature: &'a syn::Signature) {
        let token = signature.unsafety.iter();
        self.unsafe_lines
            .extend(token.map(|token| token.span.start().line));
        visit::visit_signature(self, signature);
    }

    fn visit_item_impl(&mut self, item: &'a syn::ItemImpl) {
        let token = item.unsafety.iter();
        self.unsafe_lines
            .extend(token.map(|token| token.span.start().line));
        visit::visit_item_impl(self, item);
    }

    fn visit_item_trait(&mut self, item: &'a syn::ItemTrait) {
        let token = item.unsafety.iter();
        self.unsafe_lines
            .extend(token.map(|token| token.span.start().line));
        visit::visit_item_trait(self, item);
    }

    fn visit_item_foreign_mod(&mut self, item: &'a syn::ItemForeignMod) {
        let token = item.unsafety.iter();
        self.unsafe_lines
            .extend(token.map(|token| token.span.start().line));
        visit::visit_item_foreign_mod(self, item);
    }
}
