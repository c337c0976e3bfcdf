//! The path sets that every policy has, as data.
//!
//! They name what the tools themselves read, by the names that the tools fix; what a project chooses freely (where its
//! services live) is the policy's to say. Without a `/`, a pattern matches at any depth.

/// A path set that every policy has, by its name, without the `@`.
pub fn path_set(name: &str) -> Option<&'static [&'static str]> {
    PATH_SETS
        .iter()
        .find_map(|(known, patterns)| (*known == name).then_some(*patterns))
}

/// All names.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    PATH_SETS.iter().map(|(name, _)| *name)
}

const PATH_SETS: [(&str, &[&str]); 7] = [
    // What decides how the repository itself is treated: by git, by the forge, by review, by agents that work in it.
    (
        "control",
        &[
            ".gitattributes",
            ".gitmodules",
            ".gitignore",
            ".mailmap",
            ".lfsconfig",
            "CODEOWNERS",
            "OWNERS",
            "OWNERS_ALIASES",
            "/.github/*",
            "/.github/rulesets/**",
            "/.gitea/*",
            "/.forgejo/*",
            "/.gitlab/*",
            "**/.husky/**",
            "**/.githooks/**",
            ".pre-commit-config.yaml",
            "lefthook.yml",
            "renovate.json",
            ".renovaterc",
            ".renovaterc.json",
            ".github/dependabot.yml",
            "AGENTS.md",
            "CLAUDE.md",
            "GEMINI.md",
            "**/.claude/**",
            "**/.cursor/**",
            ".cursorrules",
            ".mcp.json",
            "**/.devcontainer/**",
            ".vscode/tasks.json",
            ".vscode/settings.json",
        ],
    ),
    // What runs on build machines, with their credentials.
    (
        "ci",
        &[
            "/.github/workflows/**",
            "/.github/actions/**",
            "/.gitea/workflows/**",
            "/.forgejo/workflows/**",
            ".gitlab-ci.yml",
            "*.gitlab-ci.yml",
            "/.gitlab/ci/**",
            "/.circleci/**",
            "/.buildkite/**",
            "/.woodpecker/**",
            "/.woodpecker.yml",
            "/.woodpecker.yaml",
            "/.drone.yml",
            "/.travis.yml",
            "/.tekton/**",
            "/.teamcity/**",
            "/.builds/**",
            "/.build.yml",
            "/.cirrus.yml",
            "/.appveyor.yml",
            "/appveyor.yml",
            "/azure-pipelines.yml",
            "/.azure-pipelines/**",
            "/bitbucket-pipelines.yml",
            "/buildspec.yml",
            "/cloudbuild.yaml",
            "Jenkinsfile",
            "Jenkinsfile.*",
            ".goreleaser.yml",
            ".goreleaser.yaml",
        ],
    ),
    // What becomes machines, networks and rights.
    (
        "iac",
        &[
            "*.tf",
            "*.tf.json",
            "*.tfvars",
            "*.tfvars.json",
            ".terraform.lock.hcl",
            "terragrunt.hcl",
            "*.tofu",
            "*.bicep",
            "*.pkr.hcl",
            "*.nomad",
            "*.nomad.hcl",
            "Pulumi.yaml",
            "Pulumi.*.yaml",
            "cdk.json",
            "serverless.yml",
            "serverless.yaml",
            "Dockerfile",
            "Dockerfile.*",
            "*.Dockerfile",
            "Containerfile",
            "Containerfile.*",
            "docker-compose.yml",
            "docker-compose.yaml",
            "docker-compose.*.yml",
            "docker-compose.*.yaml",
            "compose.yml",
            "compose.yaml",
            "Chart.yaml",
            "helmfile.yaml",
            "kustomization.yaml",
            "kustomization.yml",
            "skaffold.yaml",
            "ansible.cfg",
            "**/playbooks/**",
            "Vagrantfile",
        ],
    ),
    // What pins the code of others.
    (
        "lockfiles",
        &[
            "Cargo.lock",
            "package-lock.json",
            "npm-shrinkwrap.json",
            "yarn.lock",
            "pnpm-lock.yaml",
            "bun.lock",
            "bun.lockb",
            "deno.lock",
            "go.sum",
            "go.work.sum",
            "Gemfile.lock",
            "poetry.lock",
            "Pipfile.lock",
            "uv.lock",
            "pdm.lock",
            "pylock.toml",
            "pixi.lock",
            "conda-lock.yml",
            "composer.lock",
            "gradle.lockfile",
            "buildscript-gradle.lockfile",
            "verification-metadata.xml",
            "packages.lock.json",
            "Package.resolved",
            "Podfile.lock",
            "Cartfile.resolved",
            "pubspec.lock",
            "mix.lock",
            "rebar.lock",
            "stack.yaml.lock",
            "cabal.project.freeze",
            "flake.lock",
            "Chart.lock",
            ".terraform.lock.hcl",
            "MODULE.bazel.lock",
            "conan.lock",
        ],
    ),
    // What changes a database for good.
    (
        "migrations",
        &[
            "**/migrations/**",
            "**/migration/**",
            "**/db/migrate/**",
            "**/db/schema.rb",
            "**/db/structure.sql",
            "**/db/changelog/**",
            "**/alembic/versions/**",
            "**/prisma/migrations/**",
            "schema.prisma",
            "**/flyway/**",
            "**/liquibase/**",
            "*.up.sql",
            "*.down.sql",
            "V[0-9]*__*.sql",
        ],
    ),
    // What people read and no program runs.
    (
        "docs",
        &[
            "*.md",
            "*.markdown",
            "*.rst",
            "*.adoc",
            "*.asciidoc",
            "*.txt",
            "/docs/**",
            "/doc/**",
            "/man/**",
            "LICENSE",
            "LICENSE-*",
            "COPYING",
            "NOTICE",
            "AUTHORS",
            "CHANGELOG",
            // Read by programs after all.
            "!CMakeLists.txt",
            "!requirements*.txt",
            "!constraints*.txt",
            "!robots.txt",
            "!AGENTS.md",
            "!CLAUDE.md",
            "!GEMINI.md",
        ],
    ),
    // How things look.
    (
        "styles",
        &[
            "*.css",
            "*.scss",
            "*.sass",
            "*.less",
            "*.styl",
            "*.pcss",
            "*.postcss",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::Pattern;

    #[test]
    fn every_pattern_is_one() {
        for (name, patterns) in PATH_SETS {
            assert_eq!(path_set(name), Some(patterns));
            for pattern in patterns {
                assert!(Pattern::parse(pattern).is_ok(), "{pattern} of @{name}");
            }
        }
    }
}
