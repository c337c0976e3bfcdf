# What the measuring scripts share: histories, the push of a part of one, policies. Meant to be sourced; `$work` is a
# folder of theirs, and `$binary` the program.
# shellcheck shell=bash disable=SC2154

# No configuration, and no date, of whoever runs this.
isolate() {
  export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_NO_LAZY_FETCH=1 LC_ALL=C
  export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@shop.example GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@shop.example
  export GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000'
  unset GIT_DIR GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES
}

# --- histories -------------------------------------------------------------------------------------------------------

# A stream for fast-import: `$1` commits on main in 40 folders of 25 files, every tenth in payments/, every tenth merged
# from a side branch that forked a few commits before. Marks count from 1.
stream() {
  awk -v commits="$1" 'BEGIN {
    for (n = 1; n <= commits; n++) {
      is_merge = n > 20 && n % 10 == 0
      print "commit refs/heads/" (n % 10 == 9 ? "side" : "main")
      print "mark :" n
      printf "committer A <a@shop.example> %d +0000\n", 1700000000 + 60 * n
      message = "Change " n "\n\nThis is what it does, and why it was worth doing.\n"
      printf "data %d\n%s\n", length(message), message
      if (n % 10 == 9 && n > 8) print "from :" n - 4
      else if (n > 1) print "from :" (n % 10 == 0 ? n - 2 : n - 1)
      if (is_merge) print "merge :" n - 1
      if (n == 1) {
        for (folder = 0; folder < 40; folder++) for (file = 0; file < 25; file++)
          printf "M 100644 inline web/%d/%d.txt\ndata 2\n0\n", folder, file
        print "M 100644 inline payments/0.txt\ndata 2\n0"
      }
      if (!is_merge) {
        content = "line " n "\n"
        path = n % 10 == 1 ? "payments/" n % 7 ".txt" : "web/" (n * 7) % 40 "/" (n * 3) % 25 ".txt"
        printf "M 100644 inline %s\ndata %d\n%s\n", path, length(content), content
      } else {
        # What the side branch changed, as git merges it.
        content = "line " n - 1 "\n"
        printf "M 100644 inline web/%d/%d.txt\ndata %d\n%s\n", ((n - 1) * 7) % 40, ((n - 1) * 3) % 25, length(content), content
      }
    }
  }'
}

# A source repository with a history of `$1` commits: `$work/source-$1.git`, tags c1, c2, … at some marks.
source_of() {
  local repository=$work/source-$1.git
  if [[ ! -d $repository ]]; then
    git init --quiet --bare --initial-branch=main "$repository"
    stream "$1" | git -C "$repository" fast-import --quiet --export-marks="$repository/marks"
    git -C "$repository" repack -adq
  fi
  echo "$repository"
}

at_mark() {
  sed -n "s/^:$2 //p" "$1/marks"
}

# The push of `$3` to a repository that has what `$2` reaches, both in the repository `$1`: sets `server`, `quarantine`,
# `old`, `new`.
receive() {
  local source=$1
  new=$(git -C "$source" rev-parse --verify --quiet "$3^{commit}")
  server=$(mktemp -d "$work/server.XXXXXX") quarantine=$(mktemp -d "$work/quarantine.XXXXXX")
  git init --quiet --bare --initial-branch=main "$server"
  mkdir "$quarantine/pack"
  if [[ $2 == - ]]; then
    old=$(printf '%0*d' ${#new} 0)
    git -C "$source" pack-objects --quiet --revs --stdout <<<"$new" >"$work/pack"
  else
    old=$(git -C "$source" rev-parse --verify --quiet "$2^{commit}")
    git -C "$source" pack-objects --quiet --revs "$server/objects/pack/pack" <<<"$old" >/dev/null
    git -C "$server" update-ref refs/heads/main "$old"
    printf '%s\n^%s\n' "$new" "$old" | git -C "$source" pack-objects --quiet --revs --thin --stdout >"$work/pack"
  fi
  in_push git index-pack --stdin --fix-thin <"$work/pack" >/dev/null
  printf '%s %s refs/heads/main\n' "$old" "$new" >"$work/updates"
}

# Runs a command as `git receive-pack` runs its hook.
in_push() {
  GIT_DIR=$server GIT_OBJECT_DIRECTORY=$quarantine GIT_ALTERNATE_OBJECT_DIRECTORIES=$server/objects "$@"
}

# --- policies --------------------------------------------------------------------------------------------------------

# A policy of one rule on the paths `$1`, that every commit meets, or (`$2` = loud) none.
policy() {
  local asks='message: "(?s).*"'
  [[ ${2-} != loud ]] || asks='trailers: [{ key: Change-Ticket, value: "NONE-[0-9]+" }]'
  cat >"$work/policy.yml" <<END
version: 1
limits: { time: 600s }
rules:
  - id: one
    refs: ["**"]
    paths: [$1]
    require: { $asks }
END
}

# A policy of `$1` rules with `$2` patterns each.
many_rules() {
  awk -v rules="$1" -v patterns="$2" 'BEGIN {
    print "version: 1\nlimits: { time: 600s }\nrules:"
    for (rule = 0; rule < rules; rule++) {
      printf "  - id: rule-%d\n    refs: [\"**\"]\n    paths: [", rule
      for (n = 0; n < patterns; n++) printf "%s\"services/s%d/%d/**\"", n ? ", " : "", rule, n
      print "]\n    require: { message: \"(?s).*\" }"
    }
  }' >"$work/policy.yml"
}

# --- the hook --------------------------------------------------------------------------------------------------------

hook() { in_push "$binary" hook --policy "$work/policy.yml" <"$work/updates"; }
