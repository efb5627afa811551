# Sourced by each case. `step WHAT COMMAND…` runs a command and leaves what it said, its exit status, how long it took
# and what the kernel held afterwards in /out/steps, for the runner to compare.
# shellcheck shell=bash

step_number=0

# The rules as the real tools of both backends and nft show them; looking makes no tables. Legacy tables come by their
# names, not in the order of their making.
kernel_state() {
  local name table
  for name in iptables ip6tables; do
    echo "## $name-legacy-save"
    # shellcheck disable=SC2013
    for table in $(sort "/proc/net/${name/tables/_tables}_names"); do
      /usr/sbin/xtables-legacy-multi "$name-save" -t "$table" 2>&1 | grep -v '^# '
    done
    echo "## $name-nft-save"
    /usr/sbin/xtables-nft-multi "$name-save" 2>&1 | grep -v '^# '
  done
  # In an order of its own: that of the tables' making may hang on which of two processes came first.
  nft list tables 2>&1 | sort | while read -r table; do
    echo "## nft list $table"
    # shellcheck disable=SC2086
    nft list $table 2>&1
  done
}

note_state() {
  kernel_state >"$1.state"
}

step() {
  local what=$1 begun ended at
  shift
  step_number=$((step_number + 1))
  at=/out/steps/$(printf '%03d' "$step_number")
  echo "$what" >"$at.what"
  begun=${EPOCHREALTIME/[.,]/}
  "$@" >"$at.out" 2>"$at.err" </dev/null
  echo $? >"$at.rc"
  ended=${EPOCHREALTIME/[.,]/}
  echo $((ended - begun)) >"$at.us"
  note_state "$at"
}

# Two interfaces with addresses, for programs that look for them.
two_interfaces() {
  ip link add eth0 type veth peer name far0
  ip link add eth1 type veth peer name far1
  ip address add 192.0.2.2/24 dev eth0
  ip address add 10.1.0.1/24 dev eth1
  ip -6 address add 2001:db8::2/64 dev eth0 nodad
  ip -6 address add 2001:db8:1::1/64 dev eth1 nodad
  local device
  for device in eth0 eth1 far0 far1; do ip link set "$device" up; done
  ip route add default via 192.0.2.1
  ip -6 route add default via 2001:db8::1
}
