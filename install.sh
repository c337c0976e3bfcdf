#!/bin/sh
# Wires portcullis into a git server as its pre-receive hook, takes it out again, and shows what it does.
# `usage` says how it is called, the end of the file starts it, and in between each task has its function.
set -eu

usage() {
  cat <<'USAGE'
Usage: ./install.sh --demo                         see it work, in a scratch repository
       ./install.sh --repo PATH [OPTION]...        guard one repository
       ./install.sh --gitea DATA_ROOT [OPTION]...  guard every repository of Gitea or Forgejo
       ./install.sh --gitlab GITALY [OPTION]...    guard every repository of a GitLab (on each Gitaly)
       ./install.sh --gitolite HOME [OPTION]...    guard every repository of a gitolite

DATA_ROOT is app.ini (/etc/gitea/app.ini), its [repository] ROOT, or the data directory that holds
gitea-repositories or git/repositories (/var/lib/gitea, in the official containers /data). GITALY is
its config.toml, the directory that holds that, or custom_hooks_dir itself. HOME is that of the
account that gitolite runs as, where .gitolite.rc is.
Where the server runs in a container, run this in there.

  --policy FILE       the policy that decides (default: /etc/portcullis/policy.yml)
  --forge KIND        who tells the hook the pusher's name: gitea, forgejo, gitlab, gitolite, http,
                      ssh, cert, plain, or auto: whichever has made the repository, else a web
                      server, else who signs the push (default: plain; else the kind of server)
  --state-dir DIR     where the last good policy is kept (default: /var/lib/portcullis if that is
                      there, else the git directory); the account that runs git must be able to write it
  --binary FILE       the program to install (default: target/release/portcullis, built if need be)
  --prefix DIR        where it goes: DIR/bin/portcullis (default: /usr/local)
  --template-dir DIR  with --gitea: the git template directory for new repositories
                      (default: portcullis-template beside the repository root)
  --push-options      with --repo: let pushers send options, such as -o portcullis=json
  --dry-run           say what would be done, change nothing
  --uninstall         remove the hooks that this script wrote, instead
  --remove-binary     with --uninstall: remove the program, too
  --forget            with --uninstall: remove what it remembers in each repository (what refs
                      have held, approvals, broken glass), too
  --help              print this

No file is overwritten or removed that this script did not write. Running it again is safe.
Exit codes: 0 done, 1 something could not be done, 2 wrong usage.
USAGE
}

# ---- telling -------------------------------------------------------------------------------------

say() { printf '%s\n' "$*"; }

# problem TEXT...: this could not be done; the work on other repositories goes on.
problem() {
  printf 'install.sh: %s\n' "$*" >&2
  problems=$((problems + 1))
}

die() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}

wrong_usage() {
  printf 'install.sh: %s\nTry ./install.sh --help\n' "$*" >&2
  exit 2
}

# did DONE DO WHAT: what was done or, in a dry run, what would be.
did() {
  if [ -n "$dry_run" ]; then say "would $2 $3"; else say "$1 $3"; fi
}

# ---- files ---------------------------------------------------------------------------------------

absolute() {
  case $1 in
    /) echo / ;;
    /*) printf '%s\n' "${1%/}" ;;
    *) set -- "${1#./}" && printf '%s\n' "$PWD/${1%/}" ;;
  esac
}

# quoted TEXT: as one word of a shell script.
quoted() {
  printf '%s\n' "$1" | sed "s/'/'\\\\''/g; 1s/^/'/; \$s/\$/'/"
}

exists() { [ -e "$1" ] || [ -L "$1" ]; }

# owner DIR: its user and group in numbers.
owner() {
  # shellcheck disable=SC2012 # stat is not POSIX
  ls -ldn "$1" | awk '{ print $3 ":" $4 }'
}

# adopt FILE DIR: what root makes in a folder belongs to whom the folder belongs.
adopt() {
  if [ "$(id -u)" -eq 0 ]; then chown "$(owner "$2")" "$1"; fi
}

# place SOURCE TARGET: an executable copy, there as a whole or not at all.
place() {
  folder=$(dirname "$2")
  staged=$(mktemp "$folder/.portcullis.XXXXXX") || die "cannot write into $folder: run this as an account that may, or choose another --prefix"
  if cp "$1" "$staged" && chmod 755 "$staged" && adopt "$staged" "$folder" && mv -f "$staged" "$2"; then
    [ -x "$2" ] || die "$2 cannot be executed there: is its file system mounted noexec?"
  else
    rm -f "$staged"
    die "cannot write $2"
  fi
}

# make_folder DIR: like mkdir -p, each new folder with the owner of the one above.
make_folder() {
  if [ ! -d "$1" ]; then
    make_folder "$(dirname "$1")"
    mkdir "$1" || die "cannot make the folder $1"
    adopt "$1" "$(dirname "$1")"
  fi
}

# ---- versions and accounts -----------------------------------------------------------------------

# is_older VERSION MINIMUM
is_older() {
  awk -v version="$1" -v minimum="$2" 'BEGIN {
    split(version, is, "."); split(minimum, needs, ".")
    for (part = 1; part <= 3; part++) if (is[part] + 0 != needs[part] + 0) exit !(is[part] + 0 < needs[part] + 0)
    exit 1
  }'
}

# check_version NAME MINIMUM WORDS: WORDS is what the server's program says of itself, or nothing.
check_version() {
  version=$(printf '%s\n' "$3" | sed -n 's/^[^0-9]*[^0-9.]\([0-9][0-9]*\.[0-9][0-9.]*\).*/\1/p' | sed -n 1p)
  if [ -z "$version" ]; then
    say "note: no program tells the version of this $1; it must be $2 or newer"
  elif is_older "$version" "$2"; then
    die "$1 $version is too old: portcullis knows how $1 calls its hooks from $2 on; nothing was changed"
  else
    say "$1 $version"
  fi
}

# as_account COMMAND: runs this line as the account $account, with all its groups.
as_account() {
  if [ "$(id -un)" = "$account" ]; then
    sh -c "$1"
  else
    (cd / && su -s /bin/sh "$account" -c "$1")
  fi
}

# can_try: whether this script may act as $account, which root may, as a rule.
can_try() { [ "$(id -un)" = "$account" ] || { [ "$(id -u)" -eq 0 ] && as_account true 2>/dev/null; }; }

# check_account DIR: whoever runs git, to whom DIR belongs, can use what the hook needs.
check_account() {
  # shellcheck disable=SC2012 # stat is not POSIX
  account=$(ls -ld "$1" | awk '{ print $3 }')
  can_try || return 0
  as_account "test -r $(quoted "$policy")" ||
    die "the account $account, which runs git, cannot read $policy: every push would be refused. Let it read the file, and enter each folder above it; nothing was changed"
  if [ -n "$state_dir" ] && [ -d "$state_dir" ]; then
    as_account "test -w $(quoted "$state_dir")" ||
      die "the account $account, which runs git, cannot write into $state_dir; nothing was changed"
  fi
}

# check_program: that account can run what was installed.
check_program() {
  if [ -n "$dry_run" ] || ! can_try; then return; fi
  as_account "test -x $(quoted "$installed")" ||
    problem "the account $account, which runs git, cannot run $installed: every push is refused. Let it enter each folder above"
}

# ---- the program and its policy ------------------------------------------------------------------

# Sets $binary to a portcullis that can be run; empty in a dry run that would have to build it.
find_binary() {
  if [ -n "$binary" ]; then
    if [ -f "$binary" ] && [ -x "$binary" ]; then return; fi
    die "--binary $binary: no such program"
  fi
  built=${CARGO_TARGET_DIR:-target}/release/portcullis
  binary=$(absolute "$built")
  if [ -x "$built" ] && [ -z "$(find Cargo.toml Cargo.lock src -newer "$built")" ]; then
    return
  fi
  PATH=$PATH:${CARGO_HOME:-${HOME-}/.cargo}/bin
  command -v cargo >/dev/null ||
    die "there is no current $built, and no cargo to build it with: install Rust (https://rustup.rs), or name a portcullis program with --binary FILE"
  if [ -n "$dry_run" ]; then
    say "would build the program: cargo build --release --locked"
    binary=
    return
  fi
  say "building the program: cargo build --release --locked (the first time takes minutes)"
  cargo build --release --locked || die "the build failed"
}

check_policy() {
  [ -r "$policy" ] || die "there is no policy at $policy that can be read: write one (examples/ has some to start from), or name it with --policy FILE"
  if [ -z "$binary" ]; then
    say "would check the policy $policy"
  elif "$binary" check --policy "$policy"; then
    case $(ls -ld "$policy") in
      ???????r*) ;;
      *) say "note: not everyone may read $policy; the account that runs git must" ;;
    esac
  else
    die "the policy is not valid: $policy; nothing was changed"
  fi
}

is_portcullis() {
  case $("$1" --version 2>/dev/null </dev/null) in
    "portcullis "*) return 0 ;;
    *) return 1 ;;
  esac
}

install_binary() {
  if [ -n "$binary" ] && [ -f "$installed" ] && cmp -s "$binary" "$installed"; then
    say "already up to date: $installed"
    return
  fi
  if exists "$installed" && ! is_portcullis "$installed"; then
    die "$installed is there and is not portcullis: move it away, or choose another --prefix; nothing was changed"
  fi
  did wrote write "$installed"
  [ -n "$dry_run" ] && return
  mkdir -p "$(dirname "$installed")" || die "cannot make the folder of $installed"
  place "$binary" "$installed"
}

remove_binary() {
  if ! exists "$installed"; then
    say "not there: $installed"
  elif is_portcullis "$installed"; then
    did removed remove "$installed"
    [ -n "$dry_run" ] || rm "$installed" || problem "cannot remove $installed"
  else
    problem "$installed is not portcullis and stays"
  fi
}

# ---- hooks ---------------------------------------------------------------------------------------

marker='# written by portcullis install.sh;'
in_folder=pre-receive.d/50-portcullis

is_ours() {
  [ -f "$1" ] && [ ! -L "$1" ] || return 1
  case $(sed -n 2p "$1") in
    "$marker"*) return 0 ;;
    *) return 1 ;;
  esac
}

# dispatches HOOK: it starts every hook of pre-receive.d, as the ones of Gitea and Forgejo do.
dispatches() {
  [ -f "$1" ] && [ -x "$1" ] && sed '/^[[:space:]]*#/d' "$1" | grep -q -e 'pre-receive\.d' -e 'hookname}\.d'
}

# render_hook BINARY: hooks/pre-receive with its four values, in $wrapper.
render_hook() {
  while IFS= read -r line; do
    case $line in
      *=@BINARY@) line="binary=$(quoted "$1")" ;;
      *=@POLICY@) line="policy=$(quoted "$policy")" ;;
      *=@FORGE@) line="forge=$(quoted "$forge")" ;;
      *=@STATE_DIR@) line="state_dir=$(quoted "$state_dir")" ;;
    esac
    printf '%s\n' "$line"
  done <hooks/pre-receive >"$wrapper"
}

wire_hook() {
  if is_ours "$1" && [ -x "$1" ] && cmp -s "$wrapper" "$1"; then
    say "already up to date: $1"
  elif exists "$1" && ! is_ours "$1"; then
    problem "$1 was not written by this script, and stays as it is"
    return 1
  else
    did wrote write "$1"
    [ -n "$dry_run" ] && return
    make_folder "$(dirname "$1")"
    place "$wrapper" "$1"
  fi
}

# unwire_hook HOOK: and the folders that it leaves empty, up to `hooks`.
unwire_hook() {
  is_ours "$1" || return 0
  found=yes
  did removed remove "$1"
  [ -n "$dry_run" ] && return
  rm "$1" || {
    problem "cannot remove $1"
    return 1
  }
  folder=$(dirname "$1")
  rmdir "$folder" 2>/dev/null || return 0
  # What git has made stays, and what the server's configuration names.
  if [ "$(basename "$folder")" != hooks ] && [ "$task" != gitlab ]; then rmdir "$(dirname "$folder")" 2>/dev/null || :; fi
}

# ---- repositories --------------------------------------------------------------------------------

is_git_directory() { [ -f "$1/HEAD" ] && [ -d "$1/objects" ] && [ -d "$1/refs" ]; }

# runs_its_hooks REPOSITORY: git looks for hooks in its `hooks` folder, not elsewhere.
runs_its_hooks() {
  elsewhere=$(git --git-dir="$1" config --type=path --get core.hooksPath) || return 0
  [ "$(cd "$1" && cd "$elsewhere" 2>/dev/null && pwd -P)" = "$(cd "$1" && pwd -P)/hooks" ] && return
  problem "$1: git does not look into its hooks folder, because core.hooksPath is $elsewhere. Unset that (git --git-dir=$(quoted "$1") config --show-origin core.hooksPath says where it is set), then run this again"
  return 1
}

# Sets $repository to the git directory of --repo PATH.
find_repository() {
  for repository in "$1" "$1/.git"; do
    if is_git_directory "$repository"; then return; fi
  done
  die "$1 is not a git repository"
}

# recognise REPOSITORY: which server has made it, by what that keeps there, as the hook does with --forge auto.
recognise() {
  if [ -e "$1/hooks/pre-receive.d/gitea" ]; then
    forge=gitea
  elif [ -e "$1/gl-conf" ]; then
    forge=gitolite
  else
    case $(cd "$1" && pwd -P)/ in
      */@hashed/* | */@snippets/* | */@groups/* | */@cluster/*) forge=gitlab ;;
      *)
        say "no forge has made this repository: the users of a web server are known, and whoever signs the push"
        return
        ;;
    esac
  fi
  say "this is a repository of $forge: --forge $forge"
}

wire_repository() {
  find_repository "$1"
  runs_its_hooks "$repository" || exit 1
  if [ "$forge" = auto ]; then recognise "$repository"; fi
  hook=$repository/hooks/pre-receive
  if [ "$forge" = gitlab ]; then
    # Gitaly starts nothing else of a repository.
    hook=$repository/custom_hooks/$in_folder
  elif exists "$hook" && ! is_ours "$hook"; then
    dispatches "$hook" || die_of_foreign_hook
    say "$hook starts what is in pre-receive.d: portcullis goes there"
    hook=$repository/hooks/$in_folder
  fi
  prepare "$repository"
  wire_hook "$hook" || exit 1
  if [ -n "$push_options" ]; then allow_push_options; fi
  if [ "$forge" = ssh ]; then say_ssh_keys; fi
  say_doctor --repo "$repository"
}

# A setting of ours has another beside it, by which it is known when it is to be taken back.
push_options_key=receive.advertisePushOptions

allow_push_options() {
  case $(git --git-dir="$repository" config --type=bool --get "$push_options_key" 2>/dev/null) in
    true)
      say "already so: $push_options_key"
      return
      ;;
    false)
      problem "$repository: $push_options_key is false, and stays so; set it to true if pushers may send options"
      return
      ;;
  esac
  did set set "$push_options_key"
  [ -n "$dry_run" ] && return
  for key in portcullis.advertisedPushOptions "$push_options_key"; do
    git --git-dir="$repository" config "$key" true || problem "cannot write the configuration of $repository"
  done
}

forbid_push_options() {
  git --git-dir="$repository" config --get portcullis.advertisedPushOptions >/dev/null || return 0
  found=yes
  did unset unset "$push_options_key"
  [ -n "$dry_run" ] && return
  git --git-dir="$repository" config --unset "$push_options_key" || :
  git --git-dir="$repository" config --unset portcullis.advertisedPushOptions || :
  # An older git leaves the headings of empty sections.
  for section in receive portcullis; do
    git --git-dir="$repository" config --get-regexp "^$section\\." >/dev/null ||
      git --git-dir="$repository" config --remove-section "$section" 2>/dev/null || :
  done
}

# say_doctor OPTION PLACE: how to look whether all is as it should be.
say_doctor() {
  say "to look whether all is well, as the account that runs git:"
  say "  $(quoted "$installed") doctor --policy $(quoted "$policy") $1 $(quoted "$2")"
}

die_of_foreign_hook() {
  die "$hook was not written by this script, and stays as it is; nothing was changed.
git runs one pre-receive hook. To have both, move yours into pre-receive.d, put in its place a hook that starts
every hook of that folder, and run this again:

  cd $(quoted "$repository/hooks")
  mkdir -p pre-receive.d && mv pre-receive pre-receive.d/10-before
  cat >pre-receive <<'END'
#!/bin/sh
# Hands the push to each hook of pre-receive.d; the first that refuses it ends it.
updates=\$(cat)
for hook in hooks/pre-receive.d/*; do
  printf '%s\\n' \"\$updates\" | \"\$hook\" || exit
done
END
  chmod +x pre-receive
"
}

say_ssh_keys() {
  say "each key in authorized_keys must say who pushes with it, for example:"
  # shellcheck disable=SC2016 # sshd's variable, not ours
  say '  restrict,command="PORTCULLIS_PUSHER=alice git-shell -c \"$SSH_ORIGINAL_COMMAND\"" ssh-ed25519 …'
}

unwire_repository() {
  find_repository "$1"
  found=
  unwire_hook "$repository/hooks/pre-receive" || :
  unwire_hook "$repository/hooks/$in_folder" || :
  unwire_hook "$repository/custom_hooks/$in_folder" || :
  forbid_push_options
  if [ -z "$found" ]; then say "nothing of portcullis in $repository/hooks"; fi
  forget_past "$repository"
}

# forget_past REPOSITORY: what has been remembered stays for the day when the hook comes back, unless told otherwise.
forget_past() {
  [ -d "$1/portcullis" ] || return 0
  if [ -z "$forget" ]; then
    say "stays: $1/portcullis, what refs have held and who has approved (--forget removes it)"
    return
  fi
  did removed remove "$1/portcullis"
  [ -n "$dry_run" ] || rm -r "$1/portcullis" || problem "cannot remove $1/portcullis"
}

# ---- Gitea and Forgejo ---------------------------------------------------------------------------

# ini_value FILE SECTION KEY: what an app.ini says; nothing for SECTION is what stands before the first.
ini_value() {
  awk -v section="$2" -v key="$3" '
    { gsub(/^[[:space:]]+|[[:space:]]+$/, "") }
    /^\[/ { current = substr($0, 2, length($0) - 2); next }
    current == section && (at = index($0, "=")) {
      name = substr($0, 1, at - 1); sub(/[[:space:]]+$/, "", name)
      value = substr($0, at + 1); sub(/^[[:space:]]+/, "", value)
      if (name == key) { print value; exit }
    }' "$1"
}

# Sets $root to the [repository] ROOT of the app.ini $1, whose other values say where that is if it does not.
read_gitea_root() {
  work=$(ini_value "$1" '' WORK_PATH)
  data=$(ini_value "$1" server APP_DATA_PATH)
  root=$(ini_value "$1" repository ROOT)
  if [ -z "$root" ]; then
    case ${data:=data} in /*) ;; *) data=${work:+$work/}$data ;; esac
    for root in "$data/forgejo-repositories" "$data/gitea-repositories"; do
      if [ -d "$root" ]; then break; fi
    done
  fi
  case $root in /*) ;; *) root=${work:+$work/}$root ;; esac
  case $root in
    /*) [ -d "$root" ] || die "$1 names $root as its [repository] ROOT, which is not there" ;;
    *) die "$1 has no full path as its [repository] ROOT, and no WORK_PATH: give that directory itself" ;;
  esac
}

# Sets $root to the repository root of --gitea DATA_ROOT, and $template.
find_gitea_root() {
  if [ -f "$1" ]; then
    read_gitea_root "$1"
    : "${template:=$(dirname "$root")/portcullis-template}"
    return
  fi
  for root in "$1" "$1/git/repositories" "$1/gitea-repositories" "$1/data/gitea-repositories" \
    "$1/forgejo-repositories" "$1/data/forgejo-repositories"; do
    for repository in "$root"/*/*.git; do
      if is_git_directory "$repository"; then
        : "${template:=$(dirname "$root")/portcullis-template}"
        return
      fi
    done
  done
  die "no repositories (OWNER/NAME.git) below $1: give it app.ini"
}

# The oldest that was tried, and the first Forgejo of its own. They call hooks in the same way, and read CODEOWNERS in two.
check_gitea() {
  words=
  for program in forgejo gitea; do
    if command -v "$program" >/dev/null; then words=$("$program" --version 2>/dev/null </dev/null) && break; fi
  done
  case $words in
    *[Ff]orgejo*)
      check_version Forgejo 1.18 "$words"
      if [ -n "$by_default" ]; then forge=forgejo; fi
      ;;
    *) check_version Gitea 1.16 "$words" ;;
  esac
}

wire_gitea() {
  find_gitea_root "$1"
  check_gitea
  prepare "$root"
  count=0
  for repository in "$root"/*/*.git; do
    is_git_directory "$repository" || continue
    count=$((count + 1))
    runs_its_hooks "$repository" || continue
    wire_hook "$repository/hooks/$in_folder" || continue
    dispatches "$repository/hooks/pre-receive" ||
      problem "$repository/hooks/pre-receive does not start what is in pre-receive.d, so portcullis is not asked: let the forge write it again with 'gitea admin regenerate hooks'"
  done
  wire_hook "$template/hooks/$in_folder" || :
  say "repositories below $root: $count"
  say "for new ones, app.ini must have this (this script does not edit it):"
  say
  say "  [git.config]"
  say "  init.templateDir = $template"
  say
  say_doctor --root "$root"
}

unwire_gitea() {
  find_gitea_root "$1"
  for repository in "$root"/*/*.git; do
    if is_git_directory "$repository"; then unwire_repository "$repository"; fi
  done
  found=
  unwire_hook "$template/hooks/$in_folder" || :
  if [ -n "$found" ]; then
    [ -n "$dry_run" ] || rmdir "$template" 2>/dev/null || :
    say "if app.ini still has init.templateDir = $template, take that line out"
  fi
}

# ---- GitLab --------------------------------------------------------------------------------------

# Sets $hooks to the directory with hooks for all repositories, which --gitlab GITALY leads to.
find_gitaly_hooks() {
  hooks=$1
  for config in "$1" "$1/config.toml" "$1/gitaly/config.toml"; do
    [ -f "$config" ] || continue
    hooks=$(sed -n 's/^[[:space:]]*custom_hooks_dir[[:space:]]*=[[:space:]]*"\(.*\)"[[:space:]]*$/\1/p' "$config")
    [ -n "$hooks" ] && return
    die "$config names no custom_hooks_dir, so Gitaly calls no hook for all repositories. Set it below [hooks] (with the
Linux package: gitaly['configuration'] = { hooks: { custom_hooks_dir: '/var/opt/gitlab/gitaly/custom_hooks' } } in
/etc/gitlab/gitlab.rb, then gitlab-ctl reconfigure), restart Gitaly, and run this again"
  done
  [ -d "$1" ] || die "there is no Gitaly at $1: give its config.toml, the directory that holds that, or custom_hooks_dir"
}

# The first whose hooks are told the project's path through all of its ways.
check_gitaly() {
  words=
  for program in gitaly /opt/gitlab/embedded/bin/gitaly; do
    if command -v "$program" >/dev/null; then words=$("$program" --version 2>/dev/null </dev/null) && break; fi
  done
  check_version Gitaly 14.0 "$words"
}

wire_gitlab() {
  find_gitaly_hooks "$1"
  check_gitaly
  prepare "$hooks"
  wire_hook "$hooks/$in_folder" || exit 1
  say "Gitaly calls it for every repository; on a cluster, run this on each node"
}

unwire_gitlab() {
  find_gitaly_hooks "$1"
  found=
  unwire_hook "$hooks/$in_folder" || :
  if [ -z "$found" ]; then say "nothing of portcullis in $hooks"; fi
}

# ---- gitolite ------------------------------------------------------------------------------------

# Sets $hook to where gitolite takes the hook of all repositories from, for the account whose home is $1.
find_gitolite() {
  rc=$1/.gitolite.rc
  [ -f "$rc" ] || die "there is no $rc: give the home of the account that gitolite runs as"
  # shellcheck disable=SC2016 # perl's variables, not ours
  local_code=$(sed -n 's/^[[:space:]]*LOCAL_CODE[[:space:]]*=>[[:space:]]*"\(.*\)".*/\1/p' "$rc" | sed -n '$p' |
    sed -e 's|\$ENV{HOME}|~|' -e 's|\$rc{GL_ADMIN_BASE}|~/.gitolite|')
  case $local_code in
    '') local_code=$1/.gitolite ;;
    "~"*) local_code=$1${local_code#?} ;;
  esac
  hook=$local_code/hooks/common/pre-receive
}

# set_up_gitolite HOME: it links its common hooks into every repository.
set_up_gitolite() {
  if [ -n "$dry_run" ]; then
    say "would run gitolite setup --hooks-only"
    return
  fi
  # shellcheck disable=SC2012 # stat is not POSIX
  account=$(ls -ld "$1/.gitolite.rc" | awk '{ print $3 }')
  if ! command -v gitolite >/dev/null; then
    problem "gitolite is not on the PATH: run 'gitolite setup --hooks-only' as $account to have the hook in every repository"
  elif [ "$(id -un)" = "$account" ]; then
    HOME=$1 gitolite setup --hooks-only || problem "gitolite setup --hooks-only has failed"
  elif [ "$(id -u)" -eq 0 ]; then
    (cd / && HOME=$1 su -m -s /bin/sh "$account" -c 'gitolite setup --hooks-only') ||
      problem "gitolite setup --hooks-only has failed, as $account"
  else
    problem "run 'gitolite setup --hooks-only' as $account to have the hook in every repository"
  fi
}

# The first with hooks/common as it is now. Its program would write a log to say more.
check_gitolite() {
  words=
  for file in "$(dirname "$(readlink -f "$(command -v gitolite || echo /)")")/VERSION" /usr/share/gitolite3/VERSION; do
    if [ -r "$file" ]; then words="gitolite $(cat "$file")" && break; fi
  done
  check_version gitolite 3.0 "$words"
}

wire_gitolite() {
  find_gitolite "$1"
  # Where gitolite itself would install its command.
  PATH=$PATH:$1/bin
  check_gitolite
  prepare "$1"
  wire_hook "$hook" || exit 1
  set_up_gitolite "$1"
  say_doctor --root "$1/repositories"
}

unwire_gitolite() {
  find_gitolite "$1"
  found=
  unwire_hook "$hook" || :
  [ -n "$found" ] || say "nothing of portcullis in $(dirname "$hook")"
  [ -d "$1/repositories" ] || return 0
  find "$1/repositories" -name portcullis -type d -path '*.git/portcullis' -prune >"$output"
  while IFS= read -r past; do forget_past "$(dirname "$past")"; done <"$output"
  # What gitolite has linked to it would be a hook that is not there.
  find "$1/repositories" -name pre-receive -type l >"$output"
  while IFS= read -r link; do
    [ "$(readlink "$link")" = "$hook" ] || continue
    did removed remove "$link"
    [ -n "$dry_run" ] || rm "$link" || problem "cannot remove $link"
  done <"$output"
}

# prepare DIR: what wiring needs, whatever it wires; DIR belongs to the account that runs git.
prepare() {
  find_binary
  check_policy
  check_account "$1"
  install_binary
  check_program
  render_hook "$installed"
}

# ---- the demo ------------------------------------------------------------------------------------

demo() {
  find_binary
  playground=$(mktemp -d "${TMPDIR:-/tmp}/portcullis-demo.XXXXXX") || die "cannot make a temporary folder"
  server=$playground/server.git clone=$playground/clone policy=$playground/policy.yml
  export HOME="$playground" GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0 LC_ALL=C
  cp examples/quick-start/policy.yml "$policy"
  git init --quiet --bare --initial-branch=main "$server"
  forge=plain
  check_policy
  render_hook "$binary"
  wire_hook "$server/hooks/pre-receive"
  git clone --quiet "$server" "$clone" 2>/dev/null
  git -C "$clone" symbolic-ref HEAD refs/heads/main
  git -C "$clone" config user.name "Alice Demo"
  git -C "$clone" config user.email alice@shop.example

  say
  say "1. Alice changes a stylesheet. No rule of the policy asks anything of it."
  change web/site.css "body { margin: 0 }" "Remove the page margin"
  push accepted

  say
  say "2. She changes the payment service. The policy wants a change ticket there, and she forgot it."
  change services/payments/charge.rs "fn charge(cents: u64) {}" "Charge in cents"
  push refused
  for word in payments-ticket Change-Ticket; do
    grep -q "^remote: .*$word" "$output" || die "the demo went wrong: the refusal does not say $word"
  done

  say
  say "3. She does what the message says, with her ticket number, and pushes again."
  amend
  push accepted

  say
  say "That was real git with a real hook. To play on:"
  say "  policy      $policy"
  say "  clone       $clone"
  say "  server      $server"
  say "  throw away  rm -rf $(quoted "$playground")"
  say "To guard a repository of yours: ./install.sh --repo PATH.git --policy FILE"
}

# change FILE CONTENT MESSAGE: one commit in the demo's clone.
change() {
  mkdir -p "$clone/$(dirname "$1")"
  printf '%s\n' "$2" >"$clone/$1"
  git -C "$clone" add "$1"
  say "   \$ git commit -m $(quoted "$3")  # $1"
  git -C "$clone" commit --quiet -m "$3"
}

# amend: with the command that the refusal suggests, her ticket in the place of ${CHANGE_TICKET:?}.
amend() {
  command=$(sed -n 's/^remote: *\(git commit --amend .*"\) *$/\1/p' "$output" | sed 's/[$]{CHANGE_TICKET:?}/PAY-1042/')
  [ -n "$command" ] || die "the demo went wrong: the refusal suggests no command to copy"
  say "   \$ $command"
  (cd "$clone" && eval "$command" >/dev/null)
}

# push accepted|refused: shows all that git says, and insists on the outcome.
push() {
  say "   \$ git push origin main"
  outcome=accepted
  git -C "$clone" push origin main >"$output" 2>&1 || outcome=refused
  cat "$output"
  [ "$outcome" = "$1" ] || die "the demo went wrong: the push was $outcome, and should have been $1"
  if [ "$1" = accepted ] && grep -q '^remote:' "$output"; then
    die "the demo went wrong: an accepted push should be silent"
  fi
  say "   => $outcome"
}

# ---- the command line ----------------------------------------------------------------------------

task='' target='' policy=/etc/portcullis/policy.yml forge='' binary='' prefix=/usr/local template='' state_dir=''
push_options='' dry_run='' uninstall='' remove_binary='' forget='' by_default='' problems=0

# choose TASK TARGET
choose() {
  [ -z "$task" ] || wrong_usage "choose one of --demo, --repo, --gitea, --gitlab and --gitolite"
  task=$1 target=$2
}

while [ $# -gt 0 ]; do
  case $1 in
    --?*=*)
      option=$1
      shift
      set -- "${option%%=*}" "${option#*=}" "$@"
      ;;
  esac
  case $1 in
    --repo | --gitea | --gitlab | --gitolite | --policy | --forge | --state-dir | --binary | --prefix | --template-dir)
      [ -n "${2-}" ] || wrong_usage "$1 needs a value"
      case $1 in
        --repo) choose repository "$(absolute "$2")" ;;
        --gitea | --gitlab | --gitolite) choose "${1#--}" "$(absolute "$2")" ;;
        --policy) policy=$(absolute "$2") ;;
        --forge) forge=$2 ;;
        --state-dir) state_dir=$(absolute "$2") ;;
        --binary) binary=$(absolute "$2") ;;
        --prefix) prefix=$(absolute "$2") ;;
        --template-dir) template=$(absolute "$2") ;;
      esac
      shift
      ;;
    --demo) choose demo '' ;;
    --push-options) push_options=yes ;;
    --dry-run) dry_run=yes ;;
    --uninstall) uninstall=yes ;;
    --remove-binary) remove_binary=yes ;;
    --forget) forget=yes ;;
    --help | -h)
      usage
      exit
      ;;
    *) wrong_usage "unknown argument: $1" ;;
  esac
  shift
done

[ -n "$task" ] || wrong_usage "choose one of --demo, --repo, --gitea, --gitlab and --gitolite"
if [ "$task" = demo ] && [ -n "$dry_run$uninstall" ]; then
  wrong_usage "--demo leaves nothing but a temporary folder: it knows neither --dry-run nor --uninstall"
fi
if [ -n "$push_options" ] && [ "$task" != repository ]; then wrong_usage "--push-options goes with --repo"; fi
if [ -n "$remove_binary" ] && [ -z "$uninstall" ]; then wrong_usage "--remove-binary goes with --uninstall"; fi
if [ -n "$forget" ] && [ -z "$uninstall" ]; then wrong_usage "--forget goes with --uninstall"; fi
case $task:${forge:=default} in
  gitea:default) forge=gitea by_default=yes ;;
  gitea:gitea | gitea:forgejo) ;;
  gitea:*) wrong_usage "--gitea goes with --forge gitea or --forge forgejo" ;;
  gitlab:default | gitolite:default) forge=$task ;;
  gitlab:gitlab | gitolite:gitolite) ;;
  gitlab:* | gitolite:*) wrong_usage "--$task goes with --forge $task" ;;
  *:default) forge=plain ;;
  *:gitea | *:forgejo | *:gitlab | *:gitolite | *:http | *:ssh | *:cert | *:plain | *:auto) ;;
  *) wrong_usage "unknown --forge $forge" ;;
esac
installed=$prefix/bin/portcullis

command -v git >/dev/null || die "git is not installed"
# Before 2.11, what is pushed is in the repository before the hook is asked.
git version | awk '{ split($3, n, "."); exit !(n[1] > 2 || n[1] == 2 && n[2] >= 11) }' ||
  die "$(git version) is too old: portcullis needs git 2.11 or newer"
# shellcheck disable=SC2046 # names of variables
unset $(git rev-parse --local-env-vars) CDPATH
cd "$(dirname "$0")"

scratch=$(mktemp -d) || die "cannot make a temporary folder"
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
wrapper=$scratch/hook output=$scratch/output

case $task$uninstall in
  demo) demo ;;
  repository) wire_repository "$target" ;;
  gitea) wire_gitea "$target" ;;
  gitlab) wire_gitlab "$target" ;;
  gitolite) wire_gitolite "$target" ;;
  repositoryyes) unwire_repository "$target" ;;
  giteayes) unwire_gitea "$target" ;;
  gitlabyes) unwire_gitlab "$target" ;;
  gitoliteyes) unwire_gitolite "$target" ;;
esac
if [ -n "$remove_binary" ]; then remove_binary; fi
[ "$problems" -eq 0 ]
