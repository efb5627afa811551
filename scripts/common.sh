# What the scripts share. Sourced, not run.
# shellcheck shell=bash
# shellcheck disable=SC2034  # the variables are for those who source this
script=$(realpath "$0")
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.." || exit 1

# Where the network tools are, which an ordinary user's $PATH leaves out.
export PATH=$PATH:/usr/sbin:/sbin

# Prints a command, then runs it.
run() {
  printf '+ %s\n' "$*" >&2
  "$@"
}

# Prints the calling script's own header comment as its help.
help_from_header() {
  sed -n '2,/^[^#]/{/^#/!q;s/^# \{0,1\}//;p}' "$script"
}

# Sets `netns_rights` to what must stand before a command that makes network namespaces: nothing where we may do
# so ourselves, else unshare with a user namespace in which we may.
find_netns_rights() {
  netns_rights=()
  if unshare -n true 2>/dev/null; then
    return
  fi
  # With the caller's subordinate users (subuid(5)) where there are any, since rules may name users.
  local map
  for map in --map-auto --; do
    if unshare -Urn "$map" true 2>/dev/null; then
      netns_rights=(unshare -Urn "$map")
      # Root of a user namespace cannot open the host's lock file, and ferrule takes no other lock in its place.
      mkdir -p build
      export XTABLES_LOCKFILE=${XTABLES_LOCKFILE:-$PWD/build/xtables.lock}
      return
    fi
  done
  echo "Neither network namespaces (CAP_SYS_ADMIN) nor user namespaces (unshare -Urn) are allowed here." >&2
  exit 1
}

jobs=$(nproc)
