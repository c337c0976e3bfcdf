//! What an import looks like in each language.

use std::sync::LazyLock;

use gix::bstr::ByteSlice as _;
use regex::bytes::Regex;

/// What a file says that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Import {
    /// A path, from the directory of the file; where nothing is there, one that ends so.
    Path(Vec<u8>),
    /// A path from the directory of the file and from nowhere else, perhaps without the ending.
    Beside(Vec<u8>),
    /// The parts of a name, of which the last ones may be something within the file; and how many directories above that of
    /// the file it begins. `None`: at the root of some package.
    Parts(Vec<Vec<u8>>, Option<usize>),
    /// The full name of a Go package.
    Package(Vec<u8>),
}

static C: LazyLock<Regex> = LazyLock::new(|| {
    expression(r#"(?m-u)^[ \t]*\#[ \t]*(?:include|import)[ \t]*["<]([^">\n]+)[">]"#)
});
static SCRIPT: LazyLock<Regex> = LazyLock::new(|| {
    expression(r#"(?-u)(?:\bfrom|\bimport|\brequire)[ \t]*\(?[ \t]*['"](\.{1,2}/[^'"\n]+)['"]"#)
});
static PYTHON_FROM: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?m-u)^[ \t]*from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(?:\(([^)]*)\)|([^\n\#]*))")
});
static PYTHON: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?m-u)^[ \t]*import[ \t]+([\w., \t]+)"));
static JAVA: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?m-u)^[ \t]*import[ \t]+(?:static[ \t]+)?([\w.]+)"));
static GO: LazyLock<Regex> = LazyLock::new(|| {
    expression(r#"(?m-u)^(?:import)?[ \t]*(?:[\w.]+[ \t]+)?"([\w./~-]+)"[ \t]*(?://[^\n]*)?$"#)
});
static RUST: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?-u)\b(crate|super)((?:::\w+)+)(?:::\{([^{}]*)\})?|\b(crate|super)::\{([^{}]*)\}")
});
static PROTO: LazyLock<Regex> = LazyLock::new(|| {
    expression(r#"(?m-u)^[ \t]*import[ \t]+(?:public[ \t]+|weak[ \t]+)?"([^"\n]+)""#)
});
static RUBY: LazyLock<Regex> =
    LazyLock::new(|| expression(r#"(?m-u)^[ \t]*require_relative[ \t(]+['"]([^'"\n]+)['"]"#));

fn expression(text: &str) -> Regex {
    Regex::new(text).expect("it is right, or every test of imports would fail")
}

/// What the file at `path` says that it needs.
pub(super) fn imports_of(path: &[u8], content: &[u8]) -> Vec<Import> {
    let ending = path.rsplit(|&byte| byte == b'.').next();
    match ending.unwrap_or_default() {
        b"c" | b"cc" | b"cpp" | b"cxx" | b"cu" | b"h" | b"hh" | b"hpp" | b"hxx" | b"m" | b"mm" => {
            paths(&C, content, Import::Path)
        }
        b"js" | b"jsx" | b"mjs" | b"cjs" | b"ts" | b"tsx" | b"vue" | b"svelte" => {
            paths(&SCRIPT, content, Import::Beside)
        }
        b"py" | b"pyx" | b"pxd" => python(content),
        b"java" | b"kt" | b"scala" | b"groovy" => paths(&JAVA, content, |name| {
            Import::Parts(parts(&name, b"."), None)
        }),
        b"go" => paths(&GO, content, Import::Package),
        b"rs" => rust(path, content),
        b"proto" => paths(&PROTO, content, Import::Path),
        b"rb" => paths(&RUBY, content, Import::Beside),
        _ => Vec::new(),
    }
}

fn paths(expression: &Regex, content: &[u8], import: impl Fn(Vec<u8>) -> Import) -> Vec<Import> {
    let found = expression.captures_iter(content);
    found.map(|found| import(found[1].to_vec())).collect()
}

fn parts(name: &[u8], between: &[u8]) -> Vec<Vec<u8>> {
    let parts = name.split_str(between);
    parts
        .filter(|part| !part.is_empty())
        .map(<[u8]>::to_vec)
        .collect()
}

/// What stands before `as`.
fn without_alias(name: &[u8]) -> &[u8] {
    name.trim().split_str(" ").next().unwrap_or_default()
}

/// `import a.b, c` and `from a.b import c, d`; one dot before the name is the file's own directory, each more one above.
fn python(content: &[u8]) -> Vec<Import> {
    let mut imports = Vec::new();
    for found in PYTHON.captures_iter(content) {
        let names = found[1].split_str(",").map(without_alias);
        imports.extend(names.map(|name| Import::Parts(parts(name, b"."), None)));
    }
    for found in PYTHON_FROM.captures_iter(content) {
        let above = found[1].len().checked_sub(1);
        let names = found.get(3).or(found.get(4));
        let names = names.map_or(&b""[..], |names| names.as_bytes());
        for name in names.split_str(",").map(without_alias) {
            let mut all = parts(&found[2], b".");
            all.extend(parts(name, b"."));
            imports.push(Import::Parts(all, above));
        }
    }
    imports
}

/// `crate::a::b` and `super::a`, wherever they stand, with the names in one pair of braces.
fn rust(path: &[u8], content: &[u8]) -> Vec<Import> {
    let name = path.rsplit(|&byte| byte == b'/').next();
    let is_directory = name == Some(b"mod.rs");
    let mut imports = Vec::new();
    for found in RUST.captures_iter(content) {
        let group = |number| found.get(number).map(|group| group.as_bytes());
        let is_above = group(1).or(group(4)) == Some(b"super");
        // Above `a/b.rs` is `a`; above `a/mod.rs`, what `a` lies in.
        let above = is_above.then_some(usize::from(is_directory));
        let start = parts(group(2).unwrap_or_default(), b"::");
        let names = group(3).or(group(5)).unwrap_or_default();
        for name in names.split_str(",") {
            let mut all = start.clone();
            all.extend(parts(name.trim(), b"::"));
            imports.push(Import::Parts(all, above));
        }
    }
    imports
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(all: &[&str]) -> Vec<Vec<u8>> {
        all.iter().map(|part| part.as_bytes().to_vec()).collect()
    }

    fn at_root(all: &[&str]) -> Import {
        Import::Parts(named(all), None)
    }

    fn beside(all: &[&str], above: usize) -> Import {
        Import::Parts(named(all), Some(above))
    }

    #[track_caller]
    fn assert_found(file: &str, content: &str, expected: &[Import]) {
        let found = imports_of(file.as_bytes(), content.as_bytes());
        assert_eq!(found, expected, "{file}");
    }

    #[test]
    fn languages_of_paths() {
        let path = |path: &str| Import::Path(path.into());
        let beside = |path: &str| Import::Beside(path.into());
        let package = |name: &str| Import::Package(name.into());
        assert_found(
            "a.c",
            "#include <stdio.h>\n  # include \"lib/x.h\"\nint include;\n",
            &[path("stdio.h"), path("lib/x.h")],
        );
        assert_found(
            "a.ts",
            "import x from './x';\nimport('../y.js'); require(\"./z\");\nimport react from 'react';\n",
            &[beside("./x"), beside("../y.js"), beside("./z")],
        );
        assert_found(
            "a.go",
            "import \"x.org/m/p\"\nimport (\n\tq \"x.org/m/q\" // why\n)\nvar s = \"x\"\n",
            &[package("x.org/m/p"), package("x.org/m/q")],
        );
        assert_found(
            "a.proto",
            "import public \"a/b.proto\";\n",
            &[path("a/b.proto")],
        );
        assert_found("a.rb", "require_relative 'b/c'\n", &[beside("b/c")]);
        assert_found("a.sh", "import x\n", &[]);
    }

    #[test]
    fn languages_of_names() {
        assert_found(
            "a.py",
            "import a.b as c, d\nfrom . import e\nfrom ..f import (g,\n    h)\n",
            &[
                at_root(&["a", "b"]),
                at_root(&["d"]),
                beside(&["e"], 0),
                beside(&["f", "g"], 1),
                beside(&["f", "h"], 1),
            ],
        );
        assert_found(
            "A.java",
            "import static a.b.C.d;\nimport a.B;\n",
            &[at_root(&["a", "b", "C", "d"]), at_root(&["a", "B"])],
        );
        assert_found(
            "src/a.rs",
            "use crate::b::{C, d};\nuse super::e;\nlet x = crate::f::g();\n",
            &[
                at_root(&["b", "C"]),
                at_root(&["b", "d"]),
                beside(&["e"], 0),
                at_root(&["f", "g"]),
            ],
        );
    }
}
