//! What a path holds, as its name says.

/// What a path holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Kind {
    /// Code of the product.
    Source,
    /// Code that tests it.
    Test,
    /// Anything else that people write: documents, settings, styles.
    Other,
    /// What people did not write here: copies of other projects, and what programs make.
    Foreign,
}

/// Endings of the names of files that hold code.
const CODE: &[&str] = &[
    "ada", "adb", "asm", "awk", "bash", "c", "cc", "clj", "cljs", "coffee", "cpp", "cr", "cs",
    "cu", "cxx", "d", "dart", "el", "erl", "ex", "exs", "f90", "fs", "go", "gradle", "graphql",
    "groovy", "h", "hh", "hpp", "hrl", "hs", "hxx", "java", "jl", "js", "jsx", "kt", "kts", "lua",
    "m", "mjs", "cjs", "ml", "mli", "mm", "nim", "php", "pl", "pm", "proto", "ps1", "pxd", "py",
    "pyx", "r", "rb", "rs", "s", "scala", "sh", "sol", "sql", "svelte", "swift", "tcl", "tf", "ts",
    "tsx", "v", "vb", "vue", "zig", "nu",
];

/// Directories of what other projects wrote, or programs make.
const FOREIGN: &[&str] = &[
    "vendor",
    "vendored",
    "node_modules",
    "third_party",
    "third-party",
    "thirdparty",
    "dist",
    "generated",
    "bower_components",
    "_vendor",
    "deps",
];

/// Directories of tests.
const TESTS: &[&str] = &[
    "test",
    "tests",
    "testing",
    "testdata",
    "test-data",
    "__tests__",
    "spec",
    "specs",
    "fixtures",
    "t",
    "e2e",
    "benches",
    "benchmarks",
    "testsuite",
];

impl Kind {
    /// What `path` holds.
    pub fn of(path: &[u8]) -> Self {
        let mut parts = path.rsplit(|&byte| byte == b'/');
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let name = String::from_utf8_lossy(&name);
        let mut in_tests = false;
        for directory in parts {
            let directory = directory.to_ascii_lowercase();
            let is_any = |names: &[&str]| names.iter().any(|name| name.as_bytes() == directory);
            if is_any(FOREIGN) {
                return Kind::Foreign;
            }
            in_tests |=
                is_any(TESTS) || directory.ends_with(b"-tests") || directory.ends_with(b"_test");
        }
        if is_made(&name) {
            return Kind::Foreign;
        }
        let Some((stem, ending)) = name.rsplit_once('.') else {
            return Kind::Other;
        };
        if !CODE.contains(&ending) {
            return Kind::Other;
        }
        if in_tests || is_test(stem, ending) {
            Kind::Test
        } else {
            Kind::Source
        }
    }
}

/// Is it the name of a file that a program makes?
fn is_made(name: &str) -> bool {
    const ENDINGS: &[&str] = &[
        ".lock",
        ".min.js",
        ".min.css",
        ".pb.go",
        ".pb.cc",
        ".pb.h",
        "_pb2.py",
        "_pb2_grpc.py",
        ".g.dart",
        ".designer.cs",
        ".map",
        ".snap",
        "bindata.go",
        "-lock.json",
        "-lock.yaml",
        "go.sum",
    ];
    ENDINGS.iter().any(|ending| name.ends_with(ending))
        || name.contains(".generated.")
        || name.contains("_generated.")
        || name.starts_with("zz_generated")
}

fn is_test(stem: &str, ending: &str) -> bool {
    let is_java = matches!(ending, "java" | "kt" | "scala" | "groovy" | "cs");
    [
        "_test", ".test", "_spec", ".spec", "_tests", "-test", ".bench",
    ]
    .iter()
    .any(|end| stem.ends_with(end))
        || stem.starts_with("test_")
        || matches!(stem, "conftest" | "test" | "tests")
        || (is_java && (stem.ends_with("test") || stem.ends_with("tests") || stem.ends_with("it")))
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn names_tell_kinds() {
        for (path, kind) in [
            ("src/a.rs", Kind::Source),
            ("a.py", Kind::Source),
            ("tests/it/a.rs", Kind::Test),
            ("pkg/a_test.go", Kind::Test),
            ("web/a.spec.ts", Kind::Test),
            ("src/main/java/CartTest.java", Kind::Test),
            ("src/contest.py", Kind::Source),
            ("README.md", Kind::Other),
            ("Makefile", Kind::Other),
            ("web/a.css", Kind::Other),
            ("vendor/x/a.go", Kind::Foreign),
            ("api/gen.pb.go", Kind::Foreign),
            ("Cargo.lock", Kind::Foreign),
        ] {
            assert_eq!(Kind::of(path.as_bytes()), kind, "{path}");
        }
    }
}
