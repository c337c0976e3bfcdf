//! How Gitaly calls custom hooks (gitaly, internal/gitaly/hook/custom.go): with a few variables and no others, in a
//! repository that is known by a full path.

use super::gitea::write_program;
use super::{Git, HookRun, Server, WorkingClone};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Stands for what Gitaly does between git and the custom hooks of a repository.
const BETWEEN: &str = r#"#!/bin/sh
updates=$(cat)
set -- HOME=/ PATH="$PATH" GIT_DIR="$PWD" LANG=en_US.UTF-8 GIT_TERMINAL_PROMPT=0 \
  GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null XDG_CONFIG_HOME=/dev/null
for name in GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_PUSH_OPTION_COUNT GIT_PUSH_OPTION_0 \
  GL_ID GL_USERNAME GL_REPOSITORY GL_PROJECT_PATH GL_PROTOCOL; do
  eval "value=\${$name-}"
  [ -z "$value" ] || set -- "$@" "$name=$value"
done
for hook in custom_hooks/pre-receive custom_hooks/pre-receive.d/*; do
  case $hook in *~) continue ;; esac
  [ -f "$hook" ] && [ -x "$hook" ] || continue
  printf '%s\n' "$updates" | env -i "$@" "$hook" || exit
done
"#;

impl Server {
    /// Puts the hook where Gitaly looks for it, and stands for Gitaly; says where the hook is now.
    pub(crate) fn delegate_as_gitaly_does(&self) -> PathBuf {
        let ours = self
            .repository()
            .join("custom_hooks/pre-receive.d/50-portcullis");
        fs::create_dir_all(ours.parent().expect("it has one")).expect("a folder can be made");
        let hook = self.repository().join("hooks/pre-receive");
        fs::rename(&hook, &ours).expect("there is a hook");
        write_program(&hook, BETWEEN);
        ours
    }

    /// Moves `name` to `new` as Gitaly does for someone who presses a button: in a quarantine outside the repository,
    /// and without a git that receives.
    pub(crate) fn operate(
        &self,
        clone: &WorkingClone,
        name: &str,
        new: Option<&str>,
        variables: &[(&str, &str)],
    ) -> HookRun {
        self.operate_at(&self.repository(), clone, name, new, variables)
    }

    /// The same, where the hook sees the repository at `git_dir`: a snapshot of it, with Gitaly's transactions.
    pub(crate) fn operate_at(
        &self,
        git_dir: &Path,
        clone: &WorkingClone,
        name: &str,
        new: Option<&str>,
        variables: &[(&str, &str)],
    ) -> HookRun {
        let zero = "0".repeat(40);
        let old = self.tip(name);
        let line = format!(
            "{} {} {name}\n",
            old.as_deref().unwrap_or(&zero),
            new.unwrap_or(&zero)
        );
        let ours = git_dir.join("custom_hooks/pre-receive.d/50-portcullis");
        let mut hook = Command::new(ours);
        hook.env_clear()
            .current_dir(git_dir)
            .env("PATH", std::env::var_os("PATH").expect("PATH is set"))
            .env("HOME", "/")
            .env("GIT_DIR", git_dir)
            .env("LANG", "en_US.UTF-8")
            .envs([
                ("GIT_CONFIG_GLOBAL", "/dev/null"),
                ("GIT_CONFIG_SYSTEM", "/dev/null"),
                ("XDG_CONFIG_HOME", "/dev/null"),
                ("GIT_TERMINAL_PROMPT", "0"),
            ])
            .envs(variables.iter().copied());
        let source = clone.path(".").display().to_string();
        let fetch = |git: &Git, new: &str| {
            git.run(["fetch", "--quiet", "--no-write-fetch-head", &source, new]);
        };
        if let Some(new) = new {
            let quarantine = self.folder().join("+gitaly/tmp/quarantine-1");
            let _ = fs::remove_dir_all(&quarantine);
            fs::create_dir_all(quarantine.join("pack")).expect("a folder can be made");
            let objects = git_dir.join("objects");
            let git = Git::at(git_dir)
                .env("GIT_OBJECT_DIRECTORY", &quarantine)
                .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", &objects);
            fetch(&git, new);
            hook.env("GIT_OBJECT_DIRECTORY", &quarantine)
                .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", &objects);
        }
        let run = HookRun::of(&mut hook, line);
        if run.code == Some(0) {
            match new {
                Some(new) => {
                    fetch(&self.git(), new);
                    self.git().run(["update-ref", name, new]);
                }
                None => drop(self.git().run(["update-ref", "-d", name])),
            }
        }
        run
    }
}
