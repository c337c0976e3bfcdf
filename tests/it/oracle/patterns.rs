//! A few shapes of path pattern, each matched by a line of code that can be checked by eye (SPEC 2.5).

/// A pattern of one of these shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// `dir/**`
    Below(&'static str),
    /// `**/*.x`
    Extension(&'static str),
    /// `dir/file`, anchored at the root.
    Exactly(&'static str),
    /// `*`
    Everything,
    /// `!**/*.x`
    Without(&'static str),
}

impl Shape {
    /// As a policy has it.
    pub(super) fn text(self) -> String {
        match self {
            Shape::Below(directory) => format!("{directory}/**"),
            Shape::Extension(extension) => format!("**/*.{extension}"),
            Shape::Exactly(path) => path.to_owned(),
            Shape::Everything => "*".to_owned(),
            Shape::Without(extension) => format!("!**/*.{extension}"),
        }
    }
}

/// Do these patterns contain what stands at `path`, which is no directory?
pub(super) fn contain(patterns: &[Shape], path: &[u8]) -> bool {
    let mut included = false;
    for pattern in patterns {
        match *pattern {
            Shape::Below(directory) => included |= is_below(path, directory),
            Shape::Extension(extension) => {
                included |= components(path).any(|name| ends_folded(name, extension));
            }
            Shape::Exactly(exact) => included |= is_folded(path, exact) || is_below(path, exact),
            Shape::Everything => included = true,
            Shape::Without(extension) => {
                let end = format!(".{extension}");
                included &= !components(path).any(|name| name.ends_with(end.as_bytes()));
            }
        }
    }
    included
        || patterns
            .iter()
            .any(|pattern| stands_in_the_way(*pattern, path))
}

/// Is `path` where a leading directory of the pattern would be?
fn stands_in_the_way(pattern: Shape, path: &[u8]) -> bool {
    match pattern {
        Shape::Below(directory) => is_folded(path, directory) || is_above(path, directory),
        Shape::Exactly(exact) => is_above(path, exact),
        Shape::Extension(_) | Shape::Everything | Shape::Without(_) => false,
    }
}

fn components(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|&byte| byte == b'/')
}

fn ends_folded(name: &[u8], extension: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(format!(".{extension}").as_bytes())
}

fn is_folded(path: &[u8], text: &str) -> bool {
    path.eq_ignore_ascii_case(text.as_bytes())
}

fn is_below(path: &[u8], directory: &str) -> bool {
    path.len() > directory.len()
        && path[directory.len()] == b'/'
        && is_folded(&path[..directory.len()], directory)
}

fn is_above(path: &[u8], text: &str) -> bool {
    text.len() > path.len()
        && text.as_bytes()[path.len()] == b'/'
        && is_folded(path, &text[..path.len()])
}
